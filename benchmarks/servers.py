"""The servers to measure: started as an operator starts them, on a database that is there, and watched from outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds

# One process with threads, as a small team has it; several of them, as a larger one does.
ONE = (sys.executable, "app.py")
SEVERAL = (sys.executable, "-m", "gunicorn", "app:app")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and how long it took to answer, in seconds."""

    pid: int
    port: int
    start: float

    def processes(self) -> list[int]:
        """It and those that it started."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def memory(self) -> float:
        """Megabytes in use by the largest of its processes."""
        return max(_resident(pid) for pid in self.processes())


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextmanager
def serving(command: tuple[str, ...], address: str, folder: Path) -> Iterator[Server]:
    """A server on this database, whose log goes to a file in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "DATABASE_URL": address,
        "FILES_DIR": str(folder / "files"),
        "SECRET_KEY": "only the benchmark knows this key",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    began = time.perf_counter()
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        _wait_for(process, port)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended with {process.returncode}: start it by hand to see why.")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=10):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise RuntimeError("The server did not answer.")
