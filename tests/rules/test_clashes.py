"""What stands in the way of a session: every pair of meetings compared is the measure of the quick way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import clashes
from booking_admin.rules.clashes import EVERYWHERE, Clash, ClashKind, Diary, Proposal, Surroundings, Taken

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
COURSE, TOUR = 1, 2


def at(hour: float, hours: float = 1, day: int = 0) -> tuple[datetime, datetime]:
    since = MORNING + timedelta(days=day, hours=hour - 9)
    return since, since + timedelta(hours=hours)


def overlap(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def found(proposal: Proposal, around: Surroundings) -> list[Clash]:
    return clashes.find([proposal], around)[0]


def taken(*spans: tuple[datetime, datetime], key=("room", 1)) -> Surroundings:
    around = Surroundings()
    around.taken[key] = [Taken(*span, slot_id=number) for number, span in enumerate(spans, start=1)]
    return around


def test_one_may_begin_when_the_other_ends():
    around = taken(at(9), at(11))

    assert found(Proposal(COURSE, (at(10),), room_id=1), around) == []
    assert [clash.slot_id for clash in found(Proposal(COURSE, (at(9.5),), room_id=1), around)] == [1]


def test_setting_up_and_clearing_away_count():
    around = taken(at(9), at(11.25))
    wanted = Proposal(COURSE, (at(10),), room_id=1, setup_minutes=15, teardown_minutes=30)

    assert [clash.slot_id for clash in found(wanted, around)] == [1, 2]


def test_a_course_of_three_days_leaves_the_room_free_at_night():
    around = taken(at(9, 8), at(9, 8, day=1), at(9, 8, day=2))

    assert found(Proposal(COURSE, (at(18, 4), at(18, 4, day=1)), room_id=1), around) == []
    assert len(found(Proposal(COURSE, (at(16, 4), at(16, 4, day=1)), room_id=1), around)) == 2


def test_what_goes_on_past_midnight_is_in_the_way_on_both_days():
    around = taken(at(23, 2))  # 23:00 to 01:00

    assert len(found(Proposal(COURSE, (at(22, 1.5),), room_id=1), around)) == 1
    assert len(found(Proposal(COURSE, (at(0.5, day=1),), room_id=1), around)) == 1
    assert found(Proposal(COURSE, (at(1, day=1),), room_id=1), around) == []


def test_a_leader_and_a_backup_are_in_one_place_at_a_time():
    around = taken(at(9), key=("person", 5))

    leading = found(Proposal(COURSE, (at(9),), instructor_id=5), around)
    standing_by = found(Proposal(COURSE, (at(9),), instructor_id=4, backup_instructor_id=5), around)

    assert [clash.kind for clash in leading + standing_by] == [ClashKind.instructor, ClashKind.backup]


def test_a_venue_without_rooms_is_one_place_but_only_a_meeting_point_of_tours():
    around = taken(at(9), key=("venue", 3))
    around.whole_venues, around.tours = frozenset({3}), frozenset({TOUR})

    assert [clash.is_hard for clash in found(Proposal(COURSE, (at(9),), venue_id=3), around)] == [True]
    assert [clash.is_hard for clash in found(Proposal(TOUR, (at(9),), venue_id=3), around)] == [False]
    assert found(Proposal(COURSE, (at(9),), venue_id=4), around) == []


def test_equipment_counts_at_its_peak():
    around = Surroundings(stock={7: 12}, needs={COURSE: [(7, 2, 1)]})
    around.used[7] = [(*at(9, 2), 5, True), (*at(10, 2), 4, True), (*at(13), 100, True), (*at(11, 1), 3, False)]

    def missing(span: tuple[datetime, datetime], capacity: int) -> list[tuple[int, bool]]:
        return [(clash.missing, clash.is_hard) for clash in found(Proposal(COURSE, (span,), capacity=capacity), around)]

    assert missing(at(9), 5) == []  # 5 + 2 + 5
    assert missing(at(9, 2), 5) == [(4, True)]  # from ten to eleven 9 + 7
    assert missing(at(11), 5) == [(2, False)]  # only if the draft takes place
    assert missing(at(14), 10) == []


def test_a_room_that_is_too_small_is_a_warning():
    around = Surroundings(sizes={1: 8})

    (clash,) = found(Proposal(COURSE, (at(9),), room_id=1, capacity=10), around)

    assert (clash.kind, clash.missing, clash.is_hard) == (ClashKind.size, 2, False)


def test_proposals_are_in_each_others_way():
    plan = [Proposal(COURSE, (at(hour),), room_id=1) for hour in (9, 9.5, 11)]

    answers = clashes.find(plan, Surroundings())

    assert [[clash.slot_id for clash in each] for each in answers] == [[-2], [-1], []]


def test_of_very_many_the_first_are_told():
    around = taken(*(at(9 + hour / 2) for hour in range(40)))

    clash = found(Proposal(COURSE, (at(9, 20),), room_id=1), around)

    assert len(clash) == clashes.MOST


# --- against comparing everything with everything --------------------------------------------------------------------

hours = st.integers(0, 40)
ids = st.one_of(st.none(), st.integers(1, 3))


@st.composite
def sessions(draw) -> Proposal:
    """A session of up to three meetings that are not in each other's way, with what they take to set up and clear."""
    starts = sorted(draw(st.lists(hours, min_size=1, max_size=3, unique=True)))
    starts = [hour for before, hour in zip([-9, *starts], starts, strict=False) if hour - before >= 3]
    rooms = [after - hour - 2 for hour, after in pairwise([*starts, starts[-1] + 7])]
    spans = tuple(at(9 + hour, draw(st.integers(1, min(5, room)))) for hour, room in zip(starts, rooms, strict=True))
    leader, backup = draw(ids), draw(ids)
    return Proposal(
        draw(st.sampled_from([COURSE, TOUR])), spans, venue_id=draw(ids), room_id=draw(ids), instructor_id=leader,
        backup_instructor_id=None if backup == leader else backup, capacity=draw(st.integers(0, 12)),
        setup_minutes=draw(st.sampled_from([0, 30])), teardown_minutes=draw(st.sampled_from([0, 60])),
    )  # fmt: skip


def keys(one: Proposal) -> set[tuple[str, int]]:
    held = {("person", person) for _role, person in one.people}
    if one.room_id:
        return held | {("room", one.room_id)}
    return held | ({("venue", one.venue_id)} if one.venue_id == 1 else set())


def surroundings(there: list[Proposal]) -> Surroundings:
    """What those that stand in the diary, numbered from 1, take; of venues the first alone has no rooms."""
    around = Surroundings(
        whole_venues=frozenset({1}), tours=frozenset({TOUR}), stock={7: 20}, needs={COURSE: [(7, 1, 1)]}
    )
    for number, one in enumerate(there, start=1):
        for since, until in one.busy:
            for key in keys(one):
                is_met = key[0] == "venue" and one.course_id == TOUR
                around.taken[key].append(Taken(since, until, number, not is_met))
            if one.course_id == COURSE:
                around.used[7].append((since, until, 1 + one.capacity, True))
    around.blackouts[EVERYWHERE] = [Taken(*at(20, 4), slot_id=91)]
    around.blackouts["person", 2] = [Taken(*at(30, 6), slot_id=92)]
    return around


def in_the_way(one: Proposal, there: dict[int, Proposal]) -> set[tuple[str, int | None, bool]]:
    """Everything compared with everything, minute by minute of the peaks."""
    said: set[tuple[str, int | None, bool]] = set()
    for number, other in there.items():
        for key in keys(one) & keys(other):
            if any(overlap(mine, theirs) for mine in one.busy for theirs in other.busy):
                is_met = key[0] == "venue" and TOUR in (one.course_id, other.course_id)
                said.add((f"{key[0]} {key[1]}", number, not is_met))
    closed = [(at(20, 4), 91, True), (at(30, 6), 92, 2 in {person for _role, person in one.people})]
    for span, number, concerns in closed:
        if concerns and any(overlap(mine, span) for mine in one.busy):
            said.add((f"blackout {number}", number, True))
    if one.course_id == COURSE:
        half_hours = [since + timedelta(minutes=30) * step for since, until in one.busy
                      for step in range(int((until - since) / timedelta(minutes=30)))]  # fmt: skip
        for moment in half_hours:
            out = [other for other in [one, *there.values()] if other.course_id == COURSE
                   for since, until in other.busy if since <= moment < until]  # fmt: skip
            if sum(1 + other.capacity for other in out) > 20:
                said.add(("resource 7", None, True))
    return said


def told(found: list[Clash]) -> set[tuple[str, int | None, bool]]:
    people = {ClashKind.instructor: "person", ClashKind.backup: "person"}
    return {(f"{people.get(clash.kind, clash.kind)} {clash.subject_id}",
             clash.subject_id if clash.kind is ClashKind.blackout else clash.slot_id, clash.is_hard)
            for clash in found}  # fmt: skip


@patch.object(clashes, "MOST", 1_000)
@given(st.lists(sessions(), max_size=6), st.lists(sessions(), min_size=1, max_size=3))
def test_it_finds_what_comparing_everything_finds(there: list[Proposal], wanted: list[Proposal]):
    around = surroundings(there)
    numbered = dict(enumerate(there, start=1))
    others = {-number: one for number, one in enumerate(wanted, start=1)}

    together = clashes.find(wanted, around)
    alone = [Diary(around).clashes(one) for one in wanted]

    for number, one in enumerate(wanted, start=1):
        rest = {key: other for key, other in others.items() if key != -number}
        assert told(together[number - 1]) == in_the_way(one, {**numbered, **rest})
        assert told(alone[number - 1]) == in_the_way(one, numbered)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(1, 6)), max_size=12))
def test_what_is_shared_is_what_each_pair_of_meetings_says(spans):
    taken = [Taken(*at(hour, hours), slot_id=slot) for hour, hours, slot in spans]

    found = clashes.shared({("room", 1): taken})

    assert set(found) == {
        one for one in taken if any(one.slot_id != other.slot_id and overlap(one[:2], other[:2]) for other in taken)
    }
    assert all(keys == [("room", 1)] for keys in found.values())
