"""What stands in the way of a session, in words; asked before it is written, and again under a lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from booking_admin.database import db, dialect
from booking_admin.models import Blackout, Course, Instructor, Resource, Room, Slot, Venue
from booking_admin.models.tenancy import tenant, tenant_id
from booking_admin.rules import clashes, clock
from booking_admin.rules.clashes import Clash, ClashKind, Proposal, Span
from booking_admin.rules.errors import SessionClash
from booking_admin.rules.say import Said, say, say_many
from booking_admin.rules.states import SlotStatus
from booking_admin.services import diary

PROPOSED = ("venue_id", "room_id", "instructor_id", "backup_instructor_id", "capacity")
TOLD = 5  # of a refusal
CHUNK = 500
_NAMED: dict[ClashKind, type[Any]] = {
    ClashKind.room: Room, ClashKind.size: Room, ClashKind.venue: Venue, ClashKind.instructor: Instructor,
    ClashKind.backup: Instructor, ClashKind.resource: Resource, ClashKind.blackout: Blackout,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conflict:
    """A clash with its names: of the room, person, equipment or blackout, and of the session, if it is because of one.

    zone is where its times are read.
    """

    clash: Clash
    name: str
    session: str | None
    is_draft: bool
    zone: str

    @property
    def is_hard(self) -> bool:
        return self.clash.is_hard

    def sentence(self) -> Said:
        """What is in the way, for a person."""
        facts: dict[str, Any] = {"name": self.name, "session": self.session, **self._times()}
        kind, few = self.clash.kind, self.clash.missing
        if kind is ClashKind.size:
            return say_many("%(name)s is too small by %(num)s place.", "%(name)s is too small by %(num)s places.",
                            few, name=self.name)  # fmt: skip
        if kind is ClashKind.resource:
            return say_many("%(num)s too few of %(name)s is free, %(since)s to %(until)s.",
                            "%(num)s too few of %(name)s are free, %(since)s to %(until)s.", few, **facts)  # fmt: skip
        if kind is ClashKind.blackout:
            return say("Closed for “%(name)s”, %(since)s to %(until)s.", **facts)
        if self.session is None:
            return say("%(name)s is needed twice: also %(since)s to %(until)s.", **facts)
        if self.is_draft:
            return say("%(name)s is planned for the draft “%(session)s” as well, %(since)s to %(until)s.", **facts)
        return say("%(name)s is taken by “%(session)s”, %(since)s to %(until)s.", **facts)

    def _times(self) -> dict[str, Any]:
        since, until = (clock.local(each, self.zone) for each in (self.clash.since, self.clash.until))
        return {"since": since, "until": f"{until:%H:%M}" if since.date() == until.date() else until}


# --- what is proposed ------------------------------------------------------------------------------------------------


def proposal(course: Course, spans: Sequence[Span], *, slot_id: int | None = None, **places: Any) -> Proposal:
    """A session of a course as somebody wants it; places are venue_id, room_id, instructor_id, … and capacity."""
    return Proposal(
        course.id, tuple(spans), setup_minutes=course.setup_minutes, teardown_minutes=course.teardown_minutes,
        slot_id=slot_id, **places,
    )  # fmt: skip


def proposal_of(slot: Slot, **changes: Any) -> Proposal:
    """A session that there is, as it stands or with changes; spans are those of its meetings unless given."""
    spans = changes.pop("spans", None) or [(meeting.starts_at, meeting.ends_at) for meeting in slot.meetings]
    places = {name: changes.get(name, getattr(slot, name)) for name in PROPOSED}
    return proposal(slot.course, spans, slot_id=slot.id, **places)


# --- the questions ---------------------------------------------------------------------------------------------------


def find(proposals: Sequence[Proposal], *, zone: str | None = None) -> list[list[Conflict]]:
    """What is in the way of each, hard conflicts first; proposals are in each other's way as well.

    5,000 of them are asked about as quickly as one by one a few dozen: there are a handful of questions for all.
    """
    if not proposals:
        return []
    return worded(clashes.find(proposals, diary.around(proposals)), zone=zone)


def worded(found: Sequence[Sequence[Clash]], *, zone: str | None = None) -> list[list[Conflict]]:
    """Clashes with the names of what they are about."""
    every = [clash for each in found for clash in each]
    names = {(kind, row_id): name for kind, row_id, name in _names(every)}
    sessions = _sessions({clash.slot_id for clash in every if (clash.slot_id or 0) > 0 and _of_slot(clash)})
    where = zone or tenant().zone

    def one(clash: Clash) -> Conflict:
        session, is_draft = sessions.get(clash.slot_id or 0, (None, False)) if _of_slot(clash) else (None, False)
        return Conflict(clash, names.get((clash.kind, clash.subject_id), "–"), session, is_draft, where)

    return [[one(clash) for clash in each] for each in found]


def lock() -> None:
    """From here to the end of the transaction nobody else decides about dates: of two that clash the second sees it.

    Taken before any session is locked. SQLite has one writer anyway.
    """
    if dialect() == "postgresql":
        name = f"diary:{tenant_id()}"
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def refuse(wanted: Proposal, *, despite: str | None = None, zone: str | None = None) -> list[Conflict]:
    """Raises SessionClash where hard conflicts stand in the way, unless a reason is given; answers those overridden."""
    (found,) = find([wanted], zone=zone)
    hard = [conflict for conflict in found if conflict.is_hard]
    if hard and not (despite and despite.strip()):
        raise SessionClash(conflicts=[conflict.sentence() for conflict in hard[:TOLD]])
    return hard


# --- names -----------------------------------------------------------------------------------------------------------


def _of_slot(clash: Clash) -> bool:
    return clash.kind in (ClashKind.room, ClashKind.venue, ClashKind.instructor, ClashKind.backup)


def _names(found: Sequence[Clash]) -> Iterator[tuple[ClashKind, int, str]]:
    for kind in {clash.kind for clash in found}:
        model = _NAMED[kind]
        wanted = sorted({clash.subject_id for clash in found if clash.kind is kind})
        for chunk in _chunks(wanted):
            for row_id, name in db.session.execute(select(model.id, model.name).where(model.id.in_(chunk))):
                yield kind, row_id, name


def _sessions(slot_ids: set[int | None]) -> dict[int, tuple[str, bool]]:
    found = {}
    for chunk in _chunks(sorted(each for each in slot_ids if each is not None)):
        wanted = select(Slot.id, func.coalesce(Slot.title, Course.name), Slot.status).join(Slot.course)
        for slot_id, name, status in db.session.execute(wanted.where(Slot.id.in_(chunk))):
            found[slot_id] = (name, status is SlotStatus.draft)
    return found


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
