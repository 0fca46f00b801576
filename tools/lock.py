"""Writes the hashed lock files in requirements/ from pyproject.toml: `make lock`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "base": [],
    "postgres": ["--extra", "postgres"],
    "stripe": ["--extra", "stripe"],
    "redis": ["--extra", "redis"],
    "gunicorn": ["--extra", "gunicorn"],
    # What the benchmarks start is there as well.
    "dev": ["--extra", "postgres", "--extra", "gunicorn", "--group", "dev"],
}


def lock(name: str, choice: list[str]) -> None:
    """One file that is whole by itself, with the versions of base.txt wherever the two meet."""
    target = f"requirements/{name}.txt"
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        # What is committed names no registry, no folder of a machine and no machine's own settings.
        *("--no-config", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
        *(() if name == "base" else ("--constraint", "requirements/base.txt")),
        *choice,
        *("--output-file", target),
    ]
    own = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    subprocess.run(command, cwd=ROOT, env=own, check=True)
    packages = [line for line in (ROOT / target).read_text().splitlines() if line[0].isalpha()]
    print(f"{target}: {len(packages)} packages")


if __name__ == "__main__":
    (ROOT / "requirements").mkdir(exist_ok=True)
    for each, options in LOCKS.items():
        lock(each, options)
