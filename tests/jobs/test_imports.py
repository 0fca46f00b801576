"""Imports in the background: asked for once, done once, watched meanwhile, and taken up by the next after any end."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from booking_admin import imports, jobs
from booking_admin.database import db, transaction
from booking_admin.jobs import base
from booking_admin.models import AuditEntry, Customer, ImportRun, JobRun, tenancy
from booking_admin.models.tenancy import enter
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor, ActorKind, Channel, Role
from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import again
from booking_admin.rules.states import JobStatus
from booking_admin.rules.words import ImportKind, ImportStatus
from booking_admin.services import errands, files, import_work
from tests.factories import make_user
from tests.jobs.at_work import BY, work

MAPPING = {"source": "club", "fields": {"id": "No", "name": "Name", "email": "E-mail"}}


@pytest.fixture(autouse=True)
def folder(app, tmp_path, monkeypatch) -> None:
    """Files lie in a folder of the test's own."""
    monkeypatch.setattr(files, "_root", [tmp_path])
    monkeypatch.setattr(jobs.errands, "TOLD_EVERY", 0.0)


@pytest.fixture
def ada(tenant) -> Actor:
    """An admin who imports."""
    user = make_user(name="Ada Admin")
    enter(tenant)
    return Actor(ActorKind.user, user.id, user.name, Role.admin)


def file(tmp_path, by: Actor, count: int = 3) -> int:
    """A file of so many people, as somebody sent it."""
    path = tmp_path / "sent.csv"
    path.write_text("No,Name,E-mail\n" + "".join(f"{n},Ana Li{n},ana{n}@example.com\n" for n in range(count)))
    return imports.upload("people.csv", path, by=by)


def ask_check(file_id: int, by: Actor) -> int:
    with transaction(by):
        row = import_work.file(file_id, by=by)
        return import_work.ask_check(row, kind=ImportKind.customers, mapping=MAPPING, by=by).id


def ask(run_id: int, by: Actor, verb=import_work.ask_run) -> int:
    with transaction(by):
        return verb(db.session.get_one(ImportRun, run_id), by=by).id


def tick(tenant) -> None:
    base.round_(*jobs.TABLE)
    enter(tenant)


def errand(errand_id: int) -> JobRun:
    return db.session.get_one(JobRun, errand_id, populate_existing=True)


def checked(tmp_path, tenant, by: Actor, count: int = 3) -> int:
    errand_id = ask_check(file(tmp_path, by, count), by)
    tick(tenant)
    return errand(errand_id).params["made"]


def people() -> int:
    return db.session.scalar(select(func.count()).select_from(Customer))


def test_what_was_asked_for_is_done_once_in_the_name_of_who_asked(tenant, tmp_path, ada):
    run_id = checked(tmp_path, tenant, ada)
    first, second = ask(run_id, ada), ask(run_id, ada)
    tick(tenant)
    tick(tenant)

    assert first == second
    assert people() == 3
    assert errand(first).status is JobStatus.done
    told = db.session.execute(
        select(AuditEntry.actor_label, AuditEntry.channel).where(AuditEntry.action == "import.run")
    )
    assert [tuple(row) for row in told] == [("Ada Admin", Channel.job)]


def test_nothing_is_done_for_a_business_that_asked_for_nothing(tenant, south, tmp_path, ada):
    run_id = checked(tmp_path, tenant, ada)
    ask(run_id, ada)

    with tenancy.inside(south):
        work("import_files")
        assert people() == 0
    enter(tenant)

    assert people() == 0
    tick(tenant)
    assert people() == 3


def test_its_progress_can_be_read_while_it_is_at_work(tenant, tmp_path, ada, monkeypatch):
    run_id = checked(tmp_path, tenant, ada, count=120)
    errand_id = ask(run_id, ada)
    seen = []
    kept = errands.tell

    def tell(errand_id: int, done: int, of: int, *, owner: str) -> None:
        seen.append((done, of))
        kept(errand_id, done, of, owner=owner)

    monkeypatch.setattr(errands, "tell", tell)
    tick(tenant)

    assert len(seen) > 1
    assert seen == sorted(seen)
    assert {of for _done, of in seen} == {errand(errand_id).total}


@pytest.mark.parametrize("verb", [import_work.ask_run, import_work.ask_undo])
def test_a_server_that_is_stopped_goes_on_where_it_was(tenant, tmp_path, ada, monkeypatch, verb):
    run_id = checked(tmp_path, tenant, ada, count=120)
    if verb is import_work.ask_undo:
        ask(run_id, ada)
        tick(tenant)
    before = people()
    errand_id = ask(run_id, ada, verb)
    kept = errands.tell

    def stop(*given, **named) -> None:
        kept(*given, **named)
        base.stopping.set()

    with monkeypatch.context() as patch:
        patch.setattr(errands, "tell", stop)
        try:
            work("import_files")
        finally:
            base.stopping.clear()

    assert errand(errand_id).status is JobStatus.running
    assert people() not in (0, 120)
    assert people() != before
    tick(tenant)
    assert errand(errand_id).status is JobStatus.done
    assert people() == (0 if verb is import_work.ask_undo else 120)


def test_what_a_dead_process_held_is_taken_up_when_its_lease_is_over(tenant, tmp_path, ada, monkeypatch):
    run_id = checked(tmp_path, tenant, ada)
    errand_id = ask(run_id, ada)
    with transaction(BY):
        errands.claim(import_work.JOB, owner="dead")

    work("import_files")
    assert people() == 0
    later = clock.now() + errands.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert errands.is_stuck(errand(errand_id))
    work("import_files")

    assert people() == 3
    with pytest.raises(errands.Lost), transaction(BY):
        errands.tell(errand_id, 1, 3, owner="dead")


def test_it_stays_with_its_process_though_nothing_is_told_for_long(tenant, tmp_path, ada, monkeypatch):
    errand_id = ask_check(file(tmp_path, ada), ada)
    leases = []

    def read_for_long(*given, **named) -> int:
        for _time in range(40):
            leases.append(errand(errand_id).lease_until)
            db.session.rollback()
            if len(set(leases)) > 2:
                break
            time.sleep(0.1)
        return 0

    monkeypatch.setattr(jobs.errands, "BEAT", 0.05)
    monkeypatch.setattr(imports, "check", read_for_long)
    work("import_files")

    assert len(set(leases)) > 2
    assert leases == sorted(leases)
    assert errand(errand_id).status is JobStatus.done


def test_what_ends_its_process_each_time_is_given_up(tenant, tmp_path, ada, monkeypatch):
    errand_id = ask_check(file(tmp_path, ada), ada)
    now = clock.now()
    for number in range(errands.TRIES):
        moment = now + number * 2 * errands.LEASE
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        with transaction(BY):
            assert errands.claim(import_work.JOB, owner=f"dead {number}").id == errand_id
    monkeypatch.setattr(clock, "now", lambda: now + errands.TRIES * 2 * errands.LEASE)

    work("import_files")

    assert errand(errand_id).status is JobStatus.failed
    assert "stopped in the middle of this several times" in again(errand(errand_id).params["said"])
    assert db.session.scalars(select(ImportRun.id)).all() == []


def test_a_refusal_is_kept_for_whoever_asked_and_a_mistake_of_ours_is_not_shown(tenant, tmp_path, ada, monkeypatch):
    refused = ask_check(file(tmp_path, ada, count=0), ada)
    tick(tenant)
    broken = ask_check(file(tmp_path, ada), ada)
    with monkeypatch.context() as patch:
        patch.setattr(imports, "check", lambda *given, **named: 1 / 0)
        tick(tenant)

    assert "header and no rows" in again(errand(refused).params["said"])
    assert errand(broken).error == "ZeroDivisionError: division by zero"
    assert "ask for it once more" in again(errand(broken).params["said"])
    # And that one can be asked for again.
    again_id = ask_check(db.session.get_one(JobRun, broken).params["file"], ada)
    tick(tenant)
    assert errand(again_id).status is JobStatus.done


def test_bad_rows_stop_the_run_unless_they_are_to_be_left_out(tenant, tmp_path, ada):
    path = tmp_path / "sent.csv"
    path.write_text("No,Name,E-mail\n1,Ana Li,ana@example.com\n2,Ben Li,nowhere\n")
    errand_id = ask_check(imports.upload("people.csv", path, by=ada), ada)
    tick(tenant)
    run_id = errand(errand_id).params["made"]

    with pytest.raises(Invalid) as refused:
        ask(run_id, ada)
    with transaction(ada):
        import_work.ask_run(db.session.get_one(ImportRun, run_id), skip_bad=True, by=ada)
    tick(tenant)

    assert list(refused.value.errors) == ["skip_bad"]
    assert people() == 1
    assert db.session.scalars(select(ImportRun.status)).one() is ImportStatus.done
