"""transaction(): all or nothing, one at a time, and nothing slow inside."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jinja2
import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_admin.database import after_commit, db, session, transaction
from booking_admin.jobs.messages import deliver_messages
from booking_admin.models import Booking, Customer, Promotion, Slot, WaitlistEntry
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, job_actor
from booking_admin.rules.requests import NewBooking, NewCustomer, NewEntry, NewPayment
from booking_admin.rules.states import BookingStatus
from booking_admin.rules.words import PaymentMethod
from booking_admin.services import attendance, bookings, checkout, customers, waitlist
from tests import factories, haste
from tests.factories import make_course, make_customer, make_slot
from tests.jobs.post_office import PostOffice
from tests.services.together import ADMIN, STAFF


@pytest.fixture
def office(app, monkeypatch) -> Iterator[PostOffice]:
    """Mail goes out, to here."""
    made, post = PostOffice(), app.extensions["mail"]
    for name, value in {"server": "127.0.0.1", "port": made.port, "use_tls": False, "suppress": False}.items():
        monkeypatch.setattr(post, name, value)
    monkeypatch.setattr(post, "default_sender", "desk@example.com")
    yield made
    made.stop()


def named(name: str) -> Customer:
    return Customer(given_name="Cora", family_name=name, email="cora@example.com")


def write(step: Callable[[], Any], by: Actor = STAFF) -> Any:
    with transaction(by):
        return step()


def save(name: str) -> str:
    with transaction(STAFF) as current:
        current.add(named(name))
    return "saved"


def lose(name: str, error: type[BaseException]) -> None:
    """Writes a row, and then something goes wrong."""
    with transaction(STAFF) as current:
        current.add(named(name))
        current.flush()
        raise error


def no_database(*_: object, **__: object) -> None:
    raise OSError("no database")


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Customer))


def elsewhere(app, tenant, step, seconds=5.0):
    """What somebody else gets who takes a step at this moment; None where they are still waiting after a while."""
    answers: list[object] = []

    def other() -> None:
        with app.app_context():
            enter(tenant)
            try:
                answers.append(step())
            except Exception as error:
                answers.append(error)
            finally:
                db.session.remove()

    thread = threading.Thread(target=other, daemon=True)
    thread.start()
    thread.join(timeout=seconds)
    return answers[0] if answers else None


# --- all or nothing --------------------------------------------------------------------------------------------------


def test_an_error_takes_everything_back_and_the_next_one_begins_anew(app, tenant):
    with pytest.raises(ZeroDivisionError):
        lose("Lost", ZeroDivisionError)

    assert count() == 0
    assert save("Found") == "saved"
    assert count() == 1


def test_a_process_that_is_told_to_stop_takes_everything_back(app, tenant):
    with pytest.raises(KeyboardInterrupt):
        lose("Lost", KeyboardInterrupt)

    assert count() == 0
    assert not session().info.keys() & {"writing", "actor", "effects", "connection"}


def test_a_commit_that_fails_is_an_error_like_any_other(app, tenant, monkeypatch):
    told: list[str] = []

    def step() -> None:
        session().add(named("Lost"))
        after_commit(lambda: told.append("saved"))

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", no_database)
        with pytest.raises(OSError, match="no database"):
            write(step)

    assert (count(), told) == (0, [])
    assert elsewhere(app, tenant, lambda: save("Next")) == "saved"


def test_it_does_not_nest(app, tenant):
    with transaction(STAFF) as current:
        current.add(named("Kept"))
        with pytest.raises(RuntimeError, match="does not nest"):
            write(count, ADMIN)
        assert current.info["actor"] is STAFF

    assert count() == 1


def test_nobody_sees_it_before_it_is_saved(app, tenant):
    with transaction(STAFF) as current:
        current.add(named("Soon"))
        current.flush()
        assert elsewhere(app, tenant, count) == 0

    assert elsewhere(app, tenant, count) == 1


def test_what_was_read_before_is_let_go(app, tenant):
    assert count() == 0
    assert db.session.scalars(select(Customer)).all() == []  # reads, and keeps its view of the books
    elsewhere(app, tenant, lambda: save("Theirs"))

    with transaction(STAFF) as current:
        assert current.scalar(select(Customer.family_name)) == "Theirs"


# --- effects ---------------------------------------------------------------------------------------------------------


def test_effects_come_after_the_commit_and_in_order(app, tenant):
    told: list[object] = []

    with transaction(STAFF) as current:
        after_commit(lambda: told.append(elsewhere(app, tenant, count)))
        after_commit(lambda: told.append("second"))
        current.add(named("Saved"))
        assert told == []

    assert told == [1, "second"]


def test_effects_of_what_failed_never_come(app, tenant):
    told: list[str] = []

    def failing() -> None:
        after_commit(lambda: told.append("failed"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(failing)
    write(lambda: after_commit(lambda: told.append("saved")))

    assert told == ["saved"]


def test_an_effect_may_write_in_a_transaction_of_its_own(app, tenant):
    def afterwards() -> None:
        save("Afterwards")

    write(lambda: after_commit(afterwards))

    assert count() == 1


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_who_failed_lets_the_next_one_in(app, tenant):
    with pytest.raises(ZeroDivisionError):
        lose("Lost", ZeroDivisionError)

    assert elsewhere(app, tenant, lambda: save("Next")) == "saved"


def test_who_cannot_begin_lets_the_next_one_in(app, tenant, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Session, "connection", no_database)
        with pytest.raises(OSError, match="no database"):
            save("Lost")

    assert save("Mine") == "saved"
    assert elsewhere(app, tenant, lambda: save("Next")) == "saved"


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_on_sqlite_the_next_one_waits_at_the_gate_not_at_the_database(app, tenant):
    # SQLite's own waiting is unfair, and over after ten seconds.
    with transaction(STAFF):
        assert elsewhere(app, tenant, lambda: save("Waiting"), seconds=0.5) is None
        assert session().scalar(select(Customer.family_name)) is None


# --- short -----------------------------------------------------------------------------------------------------------


def test_what_is_slow_is_noticed(app, tenant):
    with haste.watched() as caught:
        with pytest.raises(AssertionError, match=r"Template\.render"):
            write(jinja2.Template("slow").render)
        jinja2.Template("quick").render()
        assert caught == ["Template.render"]
        caught.clear()


def test_who_swallows_the_refusal_is_noticed_at_the_end(app, tenant):
    def swallows() -> None:
        with contextlib.suppress(AssertionError):
            time.sleep(0)

    with pytest.raises(AssertionError, match=r"time\.sleep"), haste.watched():
        write(swallows)


def test_no_step_of_the_desk_does_anything_slow_while_it_writes(app, tenant):
    course, pays = make_course(), NewPayment(PaymentMethod.cash, 20_000)
    slots = [make_slot(course=course, capacity=3).id for _ in range(3)]
    factories.save(Promotion(name="Spring", kind="code", code="SPRING", code_folded="spring", percent_bp=1_000))
    nia = NewCustomer("Nia", "Newcomer", email="nia@example.com")
    new = NewBooking(slots[0], nia, {"adult": 2}, promotion_code="spring", payment=pays, mailing_list=True)
    full, party = NewBooking(slots[2], make_customer().id, {"adult": 3}), make_customer().id

    with haste.watched():
        one = write(lambda: bookings.book(new, by=ADMIN)).id
        write(lambda: bookings.move(get(Booking, one), slot_id=slots[1], by=ADMIN))
        write(lambda: customers.note(get(Booking, one).customer, "Likes the window.", by=ADMIN))
        two = write(lambda: bookings.book(full, by=ADMIN)).id
        entry = write(lambda: waitlist.join(NewEntry(course.id, party, {"adult": 1}, slot_id=slots[2]), by=ADMIN)).id
        write(lambda: bookings.confirm(get(Booking, two), by=ADMIN))
        write(lambda: bookings.to_waitlist(get(Booking, two), by=ADMIN))
        write(lambda: bookings.accept_offer(get(WaitlistEntry, entry), by=ADMIN))
        write(lambda: bookings.cancel(get(Booking, two), reason="ill", by=ADMIN))
        write(lambda: checkout.pay(get(Booking, one), method=PaymentMethod.cash, amount_cents=100, by=ADMIN))
        with time_machine.travel(clock.now() + timedelta(days=7, hours=1)):
            write(lambda: attendance.check_in(get(Booking, one), by=ADMIN))
            write(lambda: bookings.complete(get(Booking, one), by=ADMIN))
            write(lambda: bookings.correct(get(Booking, one), to=BookingStatus.no_show, reason="slip", by=ADMIN))

    assert [get(Slot, slot).seats_taken for slot in slots] == [0, 0, 1]


def get(kind, row_id):
    return db.session.get_one(kind, row_id)


def test_nothing_slow_happens_at_the_front_door_while_it_writes(app, tenant, sign_in):
    with haste.watched():
        staff = sign_in("staff")
        staff.post("/login", data={"email": "sam.staff@north.example.com", "password": "wrong"})
        staff.post("/forgotten", data={"email": "sam.staff@north.example.com"})
        fresh = "another good long password"
        data = {"current": factories.PASSWORD, "password": fresh, "again": fresh}
        assert staff.post("/account/password", data=data).status_code == 303
        assert staff.get("/north/admin/").status_code == 200


def test_nothing_slow_happens_while_a_message_is_claimed_and_recorded(app, tenant, office):
    with transaction(STAFF):
        waitlist.join(NewEntry(make_course().id, make_customer().id, {"adult": 1}), by=STAFF)

    with haste.watched():
        assert list(deliver_messages(by=job_actor("test"))) == [None]

    assert len(office.mails) == 1
