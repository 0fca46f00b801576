"""What stands in the way of a session in a real diary, and the ways round it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from booking_admin.database import db
from booking_admin.models import Qualification, Slot
from booking_admin.rules import clock
from booking_admin.rules.clashes import ClashKind, Proposal
from booking_admin.rules.errors import SessionClash
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import ResourcePer, Trade
from booking_admin.services import conflicts
from booking_admin.services.suggestions import SuggestionKind, suggest
from tests.factories import (
    elsewhere,
    make_blackout,
    make_course,
    make_equipment,
    make_instructor,
    make_room,
    make_slot,
    make_venue,
    save,
)

MONDAY = clock.instant(datetime.fromisoformat("2027-03-01T09:00"), "Europe/London")


def on(hours: float = 0, days: int = 0) -> datetime:
    return MONDAY + timedelta(days=days, hours=hours)


def proposal(course, hours: float = 0, days: int = 0, length: float = 3, **places) -> Proposal:
    start = on(hours, days)
    return conflicts.proposal(course, [(start, start + timedelta(hours=length))], **places)


def said(wanted: Proposal) -> list[str]:
    return [str(conflict.sentence()) for conflict in conflicts.find([wanted])[0]]


def test_it_says_what_is_taken_by_which_session_and_from_when_to_when(tenant):
    course = make_course(name="Gas safety", setup_minutes=15, teardown_minutes=30)
    room, ines = make_room(name="Workshop"), make_instructor(name="Ines")
    make_slot(course=course, starts_at=on(), venue=room.venue, room=room, instructor=ines)

    wanted = proposal(make_course(), 3, venue_id=room.venue_id, room_id=room.id, backup_instructor_id=ines.id)

    assert said(wanted) == ["Ines is taken by “Gas safety”, Mon 1 Mar, 08:45 to 12:30.",
                            "Workshop is taken by “Gas safety”, Mon 1 Mar, 08:45 to 12:30."]  # fmt: skip
    assert said(proposal(make_course(), 3.5, venue_id=room.venue_id, room_id=room.id)) == []


def test_drafts_and_small_rooms_warn_and_what_was_cancelled_is_free(tenant):
    room = make_room(capacity=8)
    make_slot(starts_at=on(), venue=room.venue, room=room, status=SlotStatus.draft)
    make_slot(starts_at=on(), venue=room.venue, room=room, status=SlotStatus.cancelled)

    found = conflicts.find([proposal(make_course(), venue_id=room.venue_id, room_id=room.id, capacity=9)])[0]

    assert [(each.clash.kind, each.is_hard) for each in found] == [(ClashKind.room, False), (ClashKind.size, False)]
    assert "draft" in str(found[0].sentence())
    assert str(found[1].sentence()) == f"{room.name} is too small by 1 place."


def test_a_session_is_not_in_its_own_way_and_strangers_are_in_nobodys(tenant, south):
    room = make_room()
    slot_id = make_slot(starts_at=on(), venue=room.venue, room=room, days=2).id
    with elsewhere(south):
        make_blackout(on=MONDAY.date())

    assert conflicts.find([conflicts.proposal_of(db.session.get_one(Slot, slot_id))]) == [[]]


def test_a_venue_without_rooms_is_one_place_and_of_tours_a_meeting_point(tenant):
    hall, house = make_venue(), make_room().venue
    walk = make_course(kind=Trade.tour)
    make_slot(starts_at=on(), venue=hall)
    make_slot(starts_at=on(), venue=house)

    found = conflicts.find([
        proposal(make_course(), venue_id=hall.id), proposal(make_course(), venue_id=house.id),
    ])  # fmt: skip

    assert [[each.is_hard for each in one] for one in found] == [[True], []]
    assert [each.is_hard for each in conflicts.find([proposal(walk, venue_id=hall.id)])[0]] == [False]


def test_equipment_is_counted_over_all_courses_that_need_it(tenant):
    course = make_course(setup_minutes=60)
    meters = make_equipment(12, course=course, per=ResourcePer.seat)
    make_slot(course=course, starts_at=on(), capacity=5, days=2)
    make_slot(course=course, starts_at=on(2), capacity=4)

    assert said(proposal(course, capacity=3)) == []
    assert said(proposal(course, capacity=5)) == [
        f"2 too few of {meters.name} are free, Mon 1 Mar, 08:00 to 12:00."]  # fmt: skip


def test_blackouts_close_days_or_hours_of_the_house_a_course_a_venue_or_somebody(tenant):
    course, ines = make_course(), make_instructor()
    away = make_venue(zone="America/New_York")
    make_blackout(on=on(days=1).date(), name="Bank holiday")
    make_blackout(on=on(days=2).date(), name="Exams", course=course, from_time=time(10), to_time=time(11))
    make_blackout(on=on(days=3).date(), name="Ines on leave", instructor=ines, is_active=False)
    make_blackout(on=on(days=4).date(), name="Lifts", venue=away, from_time=time(22), to_time=time(2))

    assert said(proposal(make_course(), days=1)) == ["Closed for “Bank holiday”, Tue 2 Mar, 00:00 to Wed 3 Mar, 00:00."]
    assert said(proposal(course, days=2)) == ["Closed for “Exams”, Wed 3 Mar, 10:00 to 11:00."]
    assert said(proposal(course, 2, days=2)) == []
    assert said(proposal(make_course(), days=2)) == []
    assert said(proposal(course, days=3, instructor_id=ines.id)) == []
    # Ten in the evening in New York is three in the morning here.
    assert said(proposal(course, -5, days=5, venue_id=away.id)) == [
        "Closed for “Lifts”, Sat 6 Mar, 03:00 to 07:00."]  # fmt: skip


def test_a_hard_conflict_is_refused_unless_somebody_says_why(tenant):
    room = make_room()
    make_slot(starts_at=on(), venue=room.venue, room=room, course=make_course(name="First aid"))
    wanted = proposal(make_course(), venue_id=room.venue_id, room_id=room.id)

    with pytest.raises(SessionClash, match="is taken by “First aid”") as refused:
        conflicts.refuse(wanted, despite="  ")
    overridden = conflicts.refuse(wanted, despite="They share it.")

    assert "say why all the same" in str(refused.value)
    assert [conflict.clash.kind for conflict in overridden] == [ClashKind.room]


# --- ways round ------------------------------------------------------------------------------------------------------


def test_ways_round_are_ranked_and_free_of_conflicts_themselves(tenant):
    course = make_course(capacity=8)
    venue = make_venue()
    workshop, small, _hall, attic = (
        make_room(name=name, venue=venue, capacity=size)
        for name, size in (("Workshop", 8), ("Small", 4), ("Hall", 30), ("Attic", 10))
    )
    ines, uma, otto = (make_instructor(name=name) for name in ("Ines", "Uma", "Otto"))
    for person in (ines, uma, otto):
        valid = {"until_on": on(days=-1).date()} if person is otto else {}
        save(Qualification(instructor=person, course=course, **valid))
    make_slot(starts_at=on(), course=make_course(), venue=venue, room=workshop)
    make_slot(starts_at=on(5.5), course=make_course(), venue=venue, room=workshop)
    make_slot(starts_at=on(), course=make_course(), venue=venue, room=attic)
    make_slot(starts_at=on(days=7), course=make_course(), venue=venue, room=workshop)
    make_blackout(on=on(days=14).date())

    found = suggest(proposal(course, venue_id=venue.id, room_id=workshop.id, instructor_id=ines.id, capacity=8))

    starts = [(each.kind, clock.local(each.proposal.spans[0][0], "Europe/London")) for each in found]
    assert [(kind, f"{at:%d %H:%M}") for kind, at in starts if kind is SuggestionKind.week] == [
        ("week", "22 09:00"), ("week", "29 09:00"), ("week", "05 09:00")]  # fmt: skip
    assert [each.kind for each in found] == ["room", *["week"] * 3]  # the day has three hours free nowhere
    assert str(found[0].sentence()) == "Take Hall instead."
    assert small.id not in {each.proposal.room_id for each in found}
    assert all(conflicts.find([each.proposal]) == [[]] for each in found)


def test_the_nearest_times_of_the_day_come_first_and_others_who_may_lead(tenant):
    course = make_course(duration_minutes=60)
    ines, uma, _otto = make_instructor(name="Ines"), make_instructor(name="Uma"), make_instructor(name="Otto")
    save(Qualification(instructor=uma, course=course))
    make_slot(starts_at=on(), minutes=90, course=make_course(), instructor=ines)

    found = suggest(proposal(course, length=1, instructor_id=ines.id))

    assert [str(each.sentence()) for each in found[:4]] == [
        "Take Mon 1 Mar, 08:00 instead.", "Take Mon 1 Mar, 10:30 instead.", "Take Mon 1 Mar, 10:45 instead.",
        "Let Uma lead it."]  # fmt: skip


def test_where_neither_room_nor_person_alone_helps_both_are_changed(tenant):
    course, ines = make_course(), make_instructor(name="Ines")
    workshop = make_room(name="Workshop")
    make_room(name="Hall", venue=workshop.venue)
    make_instructor(name="Uma")
    make_slot(starts_at=on(), course=make_course(), venue=workshop.venue, room=workshop, instructor=ines)

    found = suggest(proposal(course, venue_id=workshop.venue_id, room_id=workshop.id, instructor_id=ines.id))

    assert [str(each.sentence()) for each in found if each.kind is SuggestionKind.both] == ["Take Hall, led by Uma."]
    assert suggest(proposal(course, days=1, venue_id=workshop.venue_id, room_id=workshop.id)) == []
