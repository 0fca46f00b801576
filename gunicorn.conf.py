"""Several processes: `.venv/bin/gunicorn app:app` reads this file by itself.

What its command line or GUNICORN_CMD_ARGS says goes before what stands here. See docs/operators.md.
"""

from __future__ import annotations

import os
from typing import Any

from app import app
from booking_admin import jobs

_host = app.config["HOST"]
bind = f"[{_host}]:{app.config['PORT']}" if ":" in _host else f"{_host}:{app.config['PORT']}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))  # one for each processor
threads = 4
# People think between two clicks: a connection that waits for them holds no thread, and a new one costs them time.
keepalive = 60  # seconds
# Loaded once and shared: nothing is connected to yet when the processes part.
preload_app = True
# What proxies say is for the app to judge, by TRUSTED_PROXIES.
secure_scheme_headers: dict[str, str] = {}
# It would lie in the home of whoever starts the server.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """In each process, since a clock does not survive the fork; each run of a job is claimed by one of them."""
    worker.clockwork = jobs.start(app)


def worker_exit(server: Any, worker: Any) -> None:
    """Lets what is at work end its present item."""
    jobs.stop(getattr(worker, "clockwork", None))
