"""A process of its own that runs jobs: says it is ready, waits for a line, works; it may be told when to die."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import select

from booking_admin import jobs
from booking_admin.adapters import mailer
from booking_admin.database import db
from booking_admin.models import Tenant
from booking_admin.models.tenancy import enter
from booking_admin.rules.actor import job_actor
from booking_admin.services import outbox
from tests.engines import make_app


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# Where a process may be told to die while it delivers.
DEATHS: dict[str, tuple[Any, str]] = {
    "claimed": (outbox, "send"),
    "worded": (mailer.Post, "send"),
    "sent": (outbox, "record"),
}


def deliver(rounds: int, port: int, dies: str | None) -> dict[str, int]:
    """Sends without asking whose turn it is, as two processes would whose leases crossed."""
    if dies:
        where, name = DEATHS[dies]
        setattr(where, name, die)
    done = failed = 0
    for _ in range(rounds):
        for reason in jobs.messages.deliver_messages(by=job_actor("child")):
            done, failed = done + (reason is None), failed + (reason is not None)
    return {"done": done, "failed": failed}


def main() -> None:
    asked = json.loads(sys.argv[1])
    app = make_app(asked["address"])
    post = app.extensions["mail"]
    post.server, post.port, post.use_tls, post.suppress = "127.0.0.1", asked["port"], False, False
    post.default_sender = "desk@book.example.com"
    with app.app_context():
        enter(db.session.scalars(select(Tenant).where(Tenant.slug == asked["slug"])).one())
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps(deliver(asked["rounds"], asked["port"], asked.get("dies"))), flush=True)


if __name__ == "__main__":
    main()
