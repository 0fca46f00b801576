"""Makes .venv and installs what a lock file names, once: `python3 tools/setup.py base` or `… dev`.

Runs on the machine's own Python, before anything is installed: standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
PYTHON = VENV / "bin" / "python"


def wanted(names: list[str]) -> list[str]:
    """The locks to install; the PostgreSQL driver comes along when the address asks for it."""
    if "base" in names and "postgres" not in names and _address().startswith("postgres"):
        return [*names, "postgres"]
    return names


def _address() -> str:
    if "DATABASE_URL" in os.environ:
        return os.environ["DATABASE_URL"]
    file = ROOT / ".env"
    for line in file.read_text().splitlines() if file.exists() else ():
        name, _, value = line.removeprefix("export ").partition("=")
        if name.strip() == "DATABASE_URL":
            return value.strip().strip("'\"")
    return ""


def install(names: list[str]) -> None:
    """Installs each lock whose hash is not the one remembered in the stamp."""
    done = json.loads(STAMP.read_text()) if STAMP.exists() and PYTHON.exists() else {}
    marks = {name: _mark(name) for name in names}
    missing = [name for name in names if done.get(name) != marks[name]]
    if not missing:
        return
    if not PYTHON.exists():
        print("Making .venv …", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
            sys.exit("Python cannot make a virtual environment: install the package python3-venv and try again.")
    for name in missing:
        print(f"Installing requirements/{name}.txt …", flush=True)
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if subprocess.run([*pip, "-r", f"requirements/{name}.txt"], cwd=ROOT, check=False).returncode:
            sys.exit(f"requirements/{name}.txt could not be installed: pip's reason stands above.")
        # Written after each: a set-up that was interrupted goes on where it stopped.
        done[name] = marks[name]
        STAMP.write_text(json.dumps(done))


def _mark(name: str) -> str:
    lock = (ROOT / "requirements" / f"{name}.txt").read_bytes()
    return hashlib.sha256(sys.version.encode() + lock).hexdigest()


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 (this file runs on whatever Python the machine has)
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: try `make PYTHON=python3.11 …`.")
    install(wanted(sys.argv[1:] or ["base"]))
