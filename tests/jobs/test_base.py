"""Jobs: whose turn it is, one at a time however many ask, each item on its own, and runs that can be read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from booking_admin import jobs
from booking_admin.database import db, transaction
from booking_admin.jobs import base, ticker
from booking_admin.models import AuditEntry, Customer, HouseState, JobRun, tenancy
from booking_admin.models.tenancy import enter, leave
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Role
from booking_admin.rules.errors import NotFound, SlotFull
from booking_admin.rules.states import JobStatus
from booking_admin.services import runs
from booking_admin.services.runs import Tally
from tests.factories import elsewhere, make_customer, make_user
from tests.jobs.at_work import BY, all_runs
from tests.services.together import at_once

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is gone after it."""
    monkeypatch.setattr(base, "TABLE", dict(base.TABLE))
    monkeypatch.setattr(runs, "CHORES", dict(runs.CHORES))


def greet(**options):
    """A job that gives each customer without a city one; answers itself, and for whom it was called."""
    called: list[int] = []

    @base.job(minutes=5, each=lambda: select(Customer.id).where(Customer.city.is_(None)).order_by(Customer.id),
              of=Customer, **options)  # fmt: skip
    def greet_customers(customer, *, by):
        """Greets customers."""
        called.append(customer.id)
        if customer.family_name == "Wrong":
            raise ValueError("no such name")
        if customer.family_name == "Full":
            raise SlotFull(left=1, wanted=2)
        customer.city = "Bristol"

    return base.TABLE["greet_customers"], called


def test_every_job_says_what_it_does_in_one_sentence():
    assert list(runs.CHORES) == list(base.TABLE)
    for chore in runs.CHORES.values():
        assert chore.sentence.endswith(".")
        assert chore.every <= timedelta(hours=1)


# --- items ------------------------------------------------------------------------------------------------------------


def test_one_failing_item_stops_none_of_the_others(app, tenant):
    wanted, called = greet()
    ids = [make_customer(family_name=name).id for name in ("Good", "Wrong", "Full", "Fine")]
    db.session.rollback()

    tally = jobs.run(wanted)

    (run,) = all_runs("greet_customers")
    cities = [db.session.get_one(Customer, each).city for each in ids]
    assert called == ids
    assert cities == ["Bristol", None, None, "Bristol"]
    assert tally == Tally(total=4, done=2, failed=2, error=f"{ids[1]}: ValueError: no such name")
    assert (run.status, run.total, run.done, run.failed) == (JobStatus.done, 4, 2, 2)
    assert (run.error, run.lease_by) == (tally.error, None)


def test_a_run_in_which_nothing_went_well_has_failed(app, tenant):
    wanted, _called = greet()
    make_customer(family_name="Wrong")

    jobs.run(wanted)

    assert [run.status for run in all_runs("greet_customers")] == [JobStatus.failed]


def test_a_question_that_fails_is_seen(app, tenant):
    @base.job(minutes=5, each=lambda: 1 / 0, of=Customer)  # type: ignore[arg-type, return-value]
    def ask_wrongly(row, *, by):
        """Asks wrongly."""

    jobs.run(base.TABLE["ask_wrongly"])

    (run,) = all_runs("ask_wrongly")
    assert (run.status, run.error) == (JobStatus.failed, "ZeroDivisionError: division by zero")


def test_what_somebody_else_did_meanwhile_was_nothing_to_do(app, tenant):
    make_customer()

    @base.job(minutes=5, each=lambda: select(Customer.id), of=Customer)
    def look_on(row, *, by):
        """Looks on."""
        return False

    assert jobs.run(base.TABLE["look_on"]) == Tally(total=0)


def test_a_run_that_takes_too_long_stops_and_is_due_again_at_once(app, tenant, monkeypatch):
    monkeypatch.setattr(base, "LONGEST", 0.0)
    wanted, called = greet()
    first, second = make_customer().id, make_customer().id

    for _ in range(2):
        jobs.run(wanted)

    assert called == [first, second]


# --- whose turn -------------------------------------------------------------------------------------------------------


def test_a_job_runs_when_its_time_has_come(app, tenant):
    wanted, _called = greet()
    with time_machine.travel(NOON, tick=False) as now:
        ran = [jobs.run(wanted) is not None]
        for seconds in (60, 239, 1, 1):
            now.shift(seconds)
            ran.append(jobs.run(wanted) is not None)

    assert ran == [True, False, False, True, False]


def test_runs_that_found_nothing_are_overwritten_and_others_are_kept(app, tenant):
    wanted, _called = greet()
    with time_machine.travel(NOON, tick=False) as now:
        for found in (0, 0, 1, 0, 0, 0, 1):
            if found:
                make_customer()
            jobs.run(wanted)
            now.shift(timedelta(hours=1))

    assert [run.total for run in all_runs("greet_customers")] == [1, 1]


def test_of_many_that_begin_at_once_one_does(app, tenant):
    wanted, called = greet()
    make_customer()

    answers = at_once(app, tenant, [lambda: runs.claim(wanted.chore, owner=str(time.monotonic_ns()))] * 6)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert called == []
    assert [run.status for run in all_runs("greet_customers")] == [JobStatus.running]


def test_a_run_of_a_dead_process_is_given_up_after_its_lease(app, tenant):
    wanted, _called = greet()
    make_customer()
    with time_machine.travel(NOON, tick=False) as now:
        with transaction(BY):
            runs.claim(wanted.chore, owner="dead")
        now.shift(runs.LEASE - timedelta(seconds=1))
        early = jobs.run(wanted, is_forced=True)
        now.shift(1)
        late = jobs.run(wanted)

    died, taken_over = all_runs("greet_customers")
    assert (early, late) == (None, Tally(total=1, done=1))
    assert (died.status, died.error) == (JobStatus.aborted, runs.DIED)
    assert (taken_over.status, taken_over.done) == (JobStatus.done, 1)


def test_who_comes_back_after_its_lease_does_not_end_the_run_of_another(app, tenant):
    wanted, _called = greet()
    with time_machine.travel(NOON, tick=False) as now:
        with transaction(BY):
            slow = runs.claim(wanted.chore, owner="slow")
        now.shift(runs.LEASE)
        jobs.run(wanted)
        with transaction(BY):
            runs.finish(slow or 0, Tally(total=7, done=7), owner="slow")

    assert [run.status for run in all_runs("greet_customers")] == [JobStatus.aborted, JobStatus.done]


# --- run now ----------------------------------------------------------------------------------------------------------


def test_run_now_runs_at_the_next_tick_once_however_often_it_is_asked_for(app, tenant):
    wanted, called = greet()
    ada = Actor(ActorKind.user, make_user().id, "Ada", Role.admin)
    jobs.run(wanted)
    make_customer()
    assert jobs.run(wanted) is None

    for _ in range(2):
        with transaction(ada):
            runs.request("greet_customers", by=ada)
    waiting = [line.is_waiting for line in runs.lines() if line.chore == wanted.chore]
    for _ in range(2):
        base.round_("greet_customers")
        enter(tenant)

    last = all_runs("greet_customers")[-1]
    asked = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "job.run")).all()
    assert waiting == [True]
    assert len(called) == 1
    assert (last.status, last.done, last.requested_by_id) == (JobStatus.done, 1, ada.id)
    assert len(asked) == 1
    assert [line.is_waiting for line in runs.lines() if line.chore == wanted.chore] == [False]


def test_run_now_waits_for_the_run_that_goes_on(app, tenant):
    wanted, _called = greet()
    with time_machine.travel(NOON, tick=False) as now:
        with transaction(BY):
            first = runs.claim(wanted.chore, owner="busy")
            runs.request("greet_customers", by=BY)
        waits = jobs.run(wanted)
        with transaction(BY):
            runs.finish(first or 0, Tally(), owner="busy")
        now.shift(1)
        runs_now = jobs.run(wanted)

    assert (waits, runs_now) == (None, Tally())


def test_a_job_that_nobody_knows_is_not_asked_for(app, tenant):
    with pytest.raises(NotFound), transaction(BY):
        runs.request("drop_everything", by=BY)


# --- tenants ----------------------------------------------------------------------------------------------------------


def test_a_round_goes_through_all_businesses_and_one_that_breaks_stops_no_other(app, tenant, south, monkeypatch):
    wanted, called = greet()
    north_id = make_customer().id
    with elsewhere(south):
        south_id = make_customer().id
    real = base.run

    def run(which):
        if tenancy.tenant().id == tenant.id:
            raise RuntimeError("the disk is full")
        return real(which)

    monkeypatch.setattr(base, "run", run)
    base.round_(wanted.chore.name)
    monkeypatch.setattr(base, "run", real)
    first = list(called)
    base.round_(wanted.chore.name)

    assert first == [south_id]
    assert called == [south_id, north_id]


def test_the_jobs_of_one_business_see_no_rows_of_another(app, tenant, south):
    wanted, called = greet()
    mine = make_customer().id
    with elsewhere(south):
        make_customer()

    jobs.run(wanted)

    assert called == [mine]


# --- the ticker -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clockwork(app, monkeypatch) -> Iterator[object]:
    monkeypatch.setitem(app.config, "SCHEDULER", True)
    monkeypatch.setattr(ticker, "SECONDS", 1)
    started = jobs.start(app)
    try:
        yield started
    finally:
        jobs.stop(started)
        base.stopping.clear()


def eventually(holds) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        db.session.rollback()
        if holds():
            return True
        time.sleep(0.1)
    return False


def test_nothing_ticks_by_itself(app):
    assert not app.config["SCHEDULER"]
    assert jobs.start(app) is None
    assert [each.name for each in threading.enumerate() if "APScheduler" in each.name] == []


def test_the_ticker_marks_its_life_and_runs_what_is_asked_for(tenant, clockwork):
    with transaction(BY):
        run_id = runs.request("tidy_up", by=BY).id

    def is_done() -> bool:
        return db.session.scalar(select(JobRun.status).where(JobRun.id == run_id)) is JobStatus.done

    assert eventually(is_done)
    assert eventually(lambda: runs.ticked_at() is not None)
    assert eventually(lambda: all(line.last is not None for line in runs.lines()))


def test_a_mark_of_life_is_written_by_one_for_all(app, tenant):
    leave()
    with time_machine.travel(NOON, tick=False) as now:
        marks = []
        for _ in range(5):
            ticker.tick(app)
            marks.append(runs.ticked_at())
            db.session.rollback()
            now.shift(10)

    assert [(mark - NOON).total_seconds() for mark in marks if mark] == [0, 0, 20, 20, 40]
    assert db.session.query(HouseState).count() == 1
    assert clock.now() > NOON


@pytest.mark.parametrize("app", ["postgres"], indirect=True)  # on SQLite they come one after the other
def test_those_who_mark_their_life_for_the_first_time_are_in_nobodys_way(app, tenant):
    assert at_once(app, tenant, [runs.tick] * 8, by=BY) == [None] * 8
    assert db.session.query(HouseState).count() == 1
