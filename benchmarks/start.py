"""How long from `make run` to the first page? Into an empty database, and every time after that."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
PATIENCE = 300.0  # seconds; demo data may be loaded on the first start


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the command to the sign-in page."""

    first: float
    second: float


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`make run` on a database in this folder, ended as a supervisor ends it."""
    settings = {
        "DATABASE_URL": f"sqlite:///{folder / 'booking.db'}",
        "SECRET_KEY": "only the benchmark knows this key",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    process = subprocess.Popen(
        ["make", "--silent", "run"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def seconds_to_first_page(folder: Path) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    with running(folder, port) as process:
        while time.perf_counter() - began < PATIENCE:
            if process.poll() is not None:
                raise RuntimeError(f"`make run` ended with {process.returncode}: call it by hand to see why.")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=10):
                    return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
    raise RuntimeError("`make run` did not answer.")


def measure() -> Start:
    """The packages are installed already: the one start that installs them depends on the network alone."""
    with tempfile.TemporaryDirectory() as folder:
        first = seconds_to_first_page(Path(folder))
        return Start(first, median(seconds_to_first_page(Path(folder)) for _ in range(ROUNDS)))
