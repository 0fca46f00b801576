"""All checks, side by side: `make check`. Prints what each said only where it complains."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = {
    "ruff": ["ruff", "check", "--quiet"],
    "format": ["ruff", "format", "--check", "--quiet"],
    "types": ["mypy"],
    "imports": ["lint-imports", "--no-cache"],
    "house": ["pytest", "-q", "--no-header", "-p", "no:cacheprovider", "tests/test_house.py"],
    "templates": ["djlint", "templates", "--lint", "--quiet"],
    "leftovers": ["vulture"],
    "docs": ["python", "tools/check_docs.py"],
    "words": ["python", "tools/catalogue.py", "--check"],
}


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


def main() -> int:
    began = time.monotonic()
    failed = []
    with ThreadPoolExecutor() as pool:
        for name, done in zip(CHECKS, pool.map(run, CHECKS.values()), strict=True):
            print(f"{name:10} {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stdout + done.stderr)
    print(
        f"{len(CHECKS)} checks in {time.monotonic() - began:.0f} s"
        + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
