"""A process that takes each step in a process of its own, and may have it killed at a named point.

A point reads "after capacity.take" or "before 2 Session.commit": which call of which function, and on which side of it.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from booking_admin import imports
from booking_admin.adapters.mailer import Post
from booking_admin.database import db, transaction
from booking_admin.imports.writing import Run
from booking_admin.jobs.messages import deliver_messages
from booking_admin.models import Booking, Tenant, WaitlistEntry
from booking_admin.models.tenancy import enter
from booking_admin.rules.actor import Actor, ActorKind, Role, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.requests import NewBooking, NewCustomer, NewPayment
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import bookings, idempotency, waitlist
from booking_admin.services.idempotency import Claim
from tests.engines import make_app

DESK = Actor(ActorKind.user, None, "Sam", Role.staff)
CLOCK = job_actor("mortal")
CLASSES: dict[str, type] = {"Session": Session, "Claim": Claim, "Post": Post, "Run": Run}


# --- the steps -------------------------------------------------------------------------------------------------------


def book(slot_id: int, key: str) -> int:
    """A new customer, three people, a promotion, paid at the desk: every kind of row that a booking writes."""
    new = NewBooking(
        slot_id, NewCustomer("Nia", "Newcomer", email="nia@example.com"), {"adult": 2, "child": 1},
        promotion_code="SPRING", payment=NewPayment(PaymentMethod.cash, 20_000), mailing_list=True,
    )  # fmt: skip
    with transaction(DESK):
        turn = idempotency.claim(DESK, "bookings.create", key, {"slot": slot_id})
        if isinstance(turn, idempotency.Answer):
            return turn.entity_id
        made = bookings.book(new, by=DESK)
        turn.store(201, entity="booking", entity_id=made.id)
    return made.id


def cancel(booking_id: int) -> int:
    """Paid money goes back, and the seats go to who waits."""
    with transaction(DESK):
        return bookings.cancel(db.session.get_one(Booking, booking_id), reason="ill", by=DESK).id


def offer(entry_id: int) -> bool:
    """An offer that ran out passes on."""
    with transaction(CLOCK):
        return waitlist.expire(db.session.get_one(WaitlistEntry, entry_id), by=CLOCK)


def deliver(port: int, minutes: int = 0) -> list[str | None]:
    """The job that sends, so many minutes from now; the outcome of each message."""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
        return list(deliver_messages(by=CLOCK))


def run(run_id: int) -> None:
    """An import that was checked is written."""
    imports.run(run_id, by=CLOCK)


STEPS: dict[str, Callable[..., Any]] = {
    "book": book, "cancel": cancel, "offer": offer, "deliver": deliver, "run": run,
}  # fmt: skip


# --- the end ---------------------------------------------------------------------------------------------------------


def doom(point: str) -> None:
    """Makes this process die at the point."""
    when, *number, name = point.split()
    owner, function = name.split(".")
    where: Any = CLASSES.get(owner) or importlib.import_module(f"booking_admin.services.{owner}")
    living, last = getattr(where, function), int(number[0]) if number else 1
    calls = itertools.count(1)

    def dying(*args: Any, **more: Any) -> Any:
        is_last = next(calls) == last
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = living(*args, **more)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(where, function, dying)


def main() -> None:
    """Takes a step for each line, in a fork: nothing of the step before is left but what was saved."""
    app = make_app(sys.argv[1])
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            os._exit(_take(app, **json.loads(line)))
        _, status = os.waitpid(process, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)


def _take(app: Any, slug: str, step: str, point: str | None, facts: dict[str, Any]) -> int:
    try:
        post = app.extensions["mail"]
        post.server, post.port, post.use_tls, post.suppress = "127.0.0.1", facts.get("port"), False, False
        post.default_sender = "desk@example.com"
        with app.app_context():
            enter(db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one())
            if point:
                doom(point)
            try:
                answer = STEPS[step](**facts)
            except BookingError as refused:
                answer = type(refused).__name__
            print(json.dumps({"answer": answer}), flush=True)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


class Mortal:
    """The process, from outside."""

    def __init__(self, address: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.mortal", address],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def killed(self, slug: str, step: str, point: str, **facts: Any) -> None:
        """Takes a step up to a point, where it dies."""
        said = self._ask(slug, step, point, facts)
        assert said["ended"] == -signal.SIGKILL, f"{step} did not come to {point}"

    def take(self, slug: str, step: str, **facts: Any) -> Any:
        """Takes a step to its end; answers what it gave, or the name of its refusal."""
        said = self._ask(slug, step, None, facts)
        assert said["ended"] == 0, f"{step} failed"
        return said["answer"]

    def _ask(self, slug: str, step: str, point: str | None, facts: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"slug": slug, "step": step, "point": point, "facts": facts}) + "\n")
        self.process.stdin.flush()
        said: dict[str, Any] = {}
        while "ended" not in said:
            said |= json.loads(self.process.stdout.readline())
        return said

    def stop(self) -> None:
        self.process.communicate()


if __name__ == "__main__":
    main()
