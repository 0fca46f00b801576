"""What the tests need of the machine, PostgreSQL and Chromium: found, installed, or asked for in one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def postgres() -> Path | None:
    """The folder with initdb and pg_ctl; Debian keeps it off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = Path("/usr/lib/postgresql")
    versions = [each for each in debian.glob("*/bin") if (each / "initdb").exists() and (each / "pg_ctl").exists()]
    return max(versions, key=lambda each: float(each.parent.name), default=None)


def chromium() -> str | None:
    """The browser's program."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def missing() -> list[str]:
    """The Debian packages that would bring what was not found."""
    wanted = {"postgresql": postgres(), "chromium": chromium()}
    return [package for package, found in wanted.items() if found is None]


def provide() -> None:
    """Installs what is missing where that is possible, else stops and says what to do."""
    packages = missing()
    if not packages:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        sys.exit(f"The tests need {' and '.join(packages)}: install them (`apt-get install {' '.join(packages)}`).")
    print(f"Installing {' and '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", *command], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False
        )
        if done.returncode:
            sys.stdout.buffer.write(done.stdout)
            sys.exit(f"apt-get could not install {' and '.join(packages)}: its reason stands above.")


if __name__ == "__main__":
    provide()
