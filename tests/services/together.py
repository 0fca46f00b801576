"""Several people at once: threads with sessions of their own, and processes of their own, that start together."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from booking_admin.database import db, transaction
from booking_admin.models.tenancy import TenantFacts, enter
from booking_admin.rules.actor import Actor, ActorKind, Role

STAFF = Actor(ActorKind.user, None, "Sam", Role.staff)
ADMIN = Actor(ActorKind.user, None, "Ada", Role.admin)


def at_once(app: Flask, tenant: TenantFacts, steps: Sequence[Callable[[], Any]], by: Actor = ADMIN) -> list[Any]:
    """Takes all steps at the same moment, each in its own thread and transaction; answers what each gave or raised."""
    db.session.rollback()
    barrier = threading.Barrier(len(steps))
    answers: list[Any] = [None] * len(steps)

    def take(index: int, step: Callable[[], Any]) -> None:
        with app.app_context():
            enter(tenant)
            barrier.wait(timeout=30)
            try:
                with transaction(by):
                    answers[index] = step()
            except Exception as error:  # the caller looks at each
                answers[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), "two of them wait for each other"
    return answers


def child(app: Flask, tenant: TenantFacts, scenario: str, **facts: Any) -> subprocess.Popen[str]:
    """A process of its own that plays a scenario of tests/services/child.py; it begins when it gets a line."""
    asked = {"address": app.config["SQLALCHEMY_DATABASE_URI"], "slug": tenant.slug, "scenario": scenario, **facts}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.services.child", json.dumps(asked)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def in_processes(children: Sequence[subprocess.Popen[str]]) -> list[Any]:
    """Lets processes begin together; answers the JSON line that each printed."""
    for process in children:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready", process.stderr and process.stderr.read()
    for process in children:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = []
    for process in children:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        answers.append(json.loads(out.strip().splitlines()[-1]))
    return answers
