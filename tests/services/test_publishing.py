"""Sessions are published and moved where nothing is in their way, or where somebody says why all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from booking_admin.database import db, transaction
from booking_admin.models import AuditEntry, AuditPersonal, Interest, JobRun, Message, Slot, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.errors import IllegalStep, NotBookable, SessionClash
from booking_admin.rules.states import SlotStatus
from booking_admin.services import messages, publishing, scheduling
from tests.factories import (
    MAKER,
    make_booking,
    make_course,
    make_customer,
    make_instructor,
    make_room,
    make_schedule,
    make_slot,
    save,
)
from tests.services.test_cancelling import run
from tests.services.together import at_once

MONDAY = clock.instant(datetime.fromisoformat("2027-03-01T09:00"), "Europe/London")


@pytest.fixture
def room(tenant):
    return make_room(name="Workshop")


def session(room, hours: float = 0, **given) -> Slot:
    return make_slot(starts_at=MONDAY + timedelta(hours=hours), venue=room.venue, room=room, **given)


def last_entry() -> tuple[AuditEntry, AuditPersonal]:
    statement = select(AuditEntry, AuditPersonal).join(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id)
    return db.session.execute(statement.order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_draft_is_published_where_nothing_is_in_its_way(room):
    session(room, 3)
    draft = session(room, status=SlotStatus.draft)

    with transaction(MAKER):
        scheduling.publish(draft, by=MAKER)

    assert (draft.status, draft.published_at is not None) == (SlotStatus.published, True)
    with pytest.raises(IllegalStep), transaction(MAKER):
        scheduling.publish(draft, by=MAKER)


def test_a_draft_that_clashes_stays_a_draft_unless_somebody_says_why(room):
    session(room, 2, course=make_course(name="First aid"))
    draft = session(room, status=SlotStatus.draft)

    with pytest.raises(SessionClash, match="Workshop is taken by “First aid”"), transaction(MAKER):
        scheduling.publish(draft, by=MAKER)
    status = db.session.get_one(Slot, draft.id).status
    with transaction(MAKER):
        scheduling.publish(draft, by=MAKER, despite="They share the room.")

    assert status is SlotStatus.draft
    assert draft.status is SlotStatus.published
    entry, personal = last_entry()
    assert (entry.action, personal.reason) == ("slot.publish", "They share the room.")
    assert "First aid" in entry.changes["conflicts"][1][0]


def test_of_two_clashing_drafts_published_at_once_one_wins(app, tenant, room):
    ids = [session(room, hours, status=SlotStatus.draft).id for hours in (0, 1)]

    answers = at_once(
        app, tenant, [lambda i=i: scheduling.publish(db.session.get_one(Slot, i), by=MAKER).id for i in ids]
    )

    refused = [answer for answer in answers if isinstance(answer, SessionClash)]
    assert len(refused) == 1
    assert "Workshop" in str(refused[0])
    published = select(func.count()).select_from(Slot).where(Slot.status == SlotStatus.published)
    assert db.session.scalar(published) == 1


def test_of_two_moved_into_one_place_at_once_one_wins(app, tenant, room):
    ids = [session(room, hours).id for hours in (0, 4)]
    there = MONDAY + timedelta(days=1)

    answers = at_once(
        app, tenant,
        [lambda i=i: scheduling.change_slot(db.session.get_one(Slot, i), values={}, start=there, by=MAKER).id
         for i in ids],
    )  # fmt: skip

    assert sorted(type(answer).__name__ for answer in answers) == ["SessionClash", "int"]


def test_a_published_session_moves_only_where_it_is_free_and_a_draft_anywhere(room):
    session(room, 3)
    live, draft = session(room), session(room, status=SlotStatus.draft)
    there = MONDAY + timedelta(hours=2)

    with pytest.raises(SessionClash), transaction(MAKER):
        scheduling.change_slot(live, values={}, start=there, by=MAKER)
    with transaction(MAKER):
        scheduling.change_slot(draft, values={}, start=there, by=MAKER)
        scheduling.change_slot(live, values={"notes": "Bring boots."}, by=MAKER)
    with transaction(MAKER):
        scheduling.change_slot(live, values={}, start=there, by=MAKER, despite="Only the last hour is shared.")

    assert (draft.starts_at, live.starts_at, live.notes) == (there, there, "Bring boots.")


def test_a_busy_person_is_refused_and_holders_are_told_only_if_it_is_said(room):
    ines = make_instructor(name="Ines")
    make_slot(starts_at=MONDAY, instructor=ines)
    slot = session(room)
    make_booking(slot=slot)

    def told() -> int:
        return db.session.scalar(select(func.count()).select_from(Message).where(Message.kind == "booking_moved"))

    with pytest.raises(SessionClash, match="Ines"), transaction(MAKER):
        scheduling.change_slot(slot, values={"instructor_id": ines.id}, by=MAKER)
    with transaction(MAKER):
        scheduling.change_slot(slot, values={}, start=MONDAY + timedelta(hours=1), by=MAKER)
    before = told()
    with transaction(MAKER):
        scheduling.change_slot(slot, values={}, start=MONDAY, by=MAKER, notify=True)

    assert (before, told()) == (0, 1)


def test_what_is_over_is_not_published(room):
    draft = make_slot(starts_at=clock.now() - timedelta(days=1), status=SlotStatus.draft)

    with pytest.raises(NotBookable, match="over"), transaction(MAKER):
        scheduling.publish(draft, by=MAKER)


def test_a_new_session_is_published_at_once_only_where_it_is_free(room):
    session(room)
    course, places = make_course(min_capacity=3), {"venue_id": room.venue_id, "room_id": room.id}
    spans = [(MONDAY, MONDAY + timedelta(hours=1))]

    with pytest.raises(SessionClash), transaction(MAKER):
        scheduling.create_slot(course.id, spans, values=places, publish_now=True, by=MAKER)
    with transaction(MAKER):
        made = scheduling.create_slot(
            course.id, spans, values=places, publish_now=True, by=MAKER, despite="One of them is outside."
        )

    assert made.status is SlotStatus.published
    assert f"{made.decide_on}" == "2027-02-22"


def drafts(schedule, many: int = 3, **given) -> list[Slot]:
    usual: dict[str, Any] = {"schedule_id": schedule.id, "course": schedule.course, "status": SlotStatus.draft, **given}
    return [make_slot(starts_at=MONDAY + timedelta(weeks=week), occurrence=f"o{week}", **usual) for week in range(many)]


def publish_all(slot: Slot, **given) -> None:
    with transaction(MAKER):
        publishing.publish_all(db.session.get_one(Slot, slot.id), by=MAKER, **given)


def news() -> list[tuple[str, int]]:
    db.session.rollback()
    found = select(Message).where(Message.kind == publishing.KIND).order_by(Message.to_name)
    return [(each.to_name, each.data["more"]) for each in db.session.scalars(found)]


def reader(name: str, course) -> None:
    save(Interest(customer=make_customer(given_name=name, family_name="Reader"), course=course))


def on_sale(slots: list[Slot]) -> list[bool]:
    db.session.rollback()
    return [db.session.get_one(Slot, each.id).status is SlotStatus.published for each in slots]


def test_a_schedule_is_published_as_a_whole_or_not_at_all_and_who_wants_news_is_told_once(room):
    schedule = make_schedule()
    slots = drafts(schedule, venue=room.venue, room=room)
    other = drafts(make_schedule(), 1)
    taken = session(room, 24 * 7)
    reader("Ana", schedule.course)
    reader("Stranger", other[0].course)
    both = make_customer(given_name="Bo", family_name="Both")
    save(Interest(customer=both, course=schedule.course))
    save(WaitlistEntry(course=schedule.course, customer=both, party={"adult": 1}, seats=1))

    with pytest.raises(SessionClash, match="Workshop is taken"):
        publish_all(slots[0], notify=True)
    before = on_sale(slots), news()
    publish_all(slots[0], notify=True, despite="They share it.")

    assert before == ([False] * 3, [])
    assert (on_sale(slots), on_sale(other), on_sale([taken])) == ([True] * 3, [False], [True])
    assert news() == [("Ana Reader", 2), ("Bo Both", 2)]
    with pytest.raises(NotBookable, match="No draft"):
        publish_all(slots[0])


def test_a_long_schedule_is_published_in_the_background_and_what_is_taken_meanwhile_stays_a_draft(room, monkeypatch):
    monkeypatch.setattr(publishing, "AT_ONCE", 2)
    schedule = make_schedule()
    slots = drafts(schedule, venue=room.venue, room=room)
    reader("Ana", schedule.course)

    publish_all(slots[0], notify=True)
    asked = on_sale(slots)
    session(room, 24 * 7)
    run("publish_sessions")
    run("publish_sessions")

    errand = db.session.scalars(select(JobRun).where(JobRun.job == publishing.JOB)).one()
    assert asked == [False] * 3
    assert on_sale(slots) == [True, False, True]
    assert (errand.status, errand.params["published"], errand.params["refused"]) == ("done", 2, 1)
    assert news() == [("Ana Reader", 2)]


def test_whether_something_was_said_before_is_known(tenant):
    ana = make_customer()

    with transaction(MAKER):
        to = messages.to_customer(ana)
        answers = [messages.queue(publishing.KIND, to, messages.About(), once="new") for _time in range(2)]

    assert answers == [True, False]
