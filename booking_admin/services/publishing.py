"""Sessions go on sale, one or all drafts of a schedule, and those who want news of the course are told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from booking_admin.database import db
from booking_admin.models import Customer, Slot, WaitlistEntry
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import NotBookable, SessionClash
from booking_admin.rules.say import say
from booking_admin.rules.states import EntryStatus, SlotStatus
from booking_admin.services import conflicts, errands, interests, messages, scheduling
from booking_admin.services.conflicts import Conflict

JOB, CHORE = "publishing", "publish_sessions"
AT_ONCE = 20  # sessions; more of them, or more people to tell, are published and told in the background
TOLD_AT_ONCE = 50
KIND = "session_published"


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing a schedule comes to: its drafts, soonest first, what is in the way of each, and who is told."""

    slots: list[Slot]
    found: list[list[Conflict]]
    readers: int

    def hard(self) -> Iterator[Conflict]:
        """What refuses it, unless somebody says why all the same."""
        return (conflict for of_one in self.found for conflict in of_one if conflict.is_hard)

    def is_large(self, *, notify: bool) -> bool:
        """Whether it goes on in the background."""
        return len(self.slots) > AT_ONCE or (notify and self.readers > TOLD_AT_ONCE)


def plan(slot: Slot) -> Plan:
    """The drafts of the schedule that a session is of, as they stand; each is in the others' way as well."""
    rows = list(db.session.scalars(_drafts(slot.schedule_id).order_by(Slot.starts_at, Slot.id)))
    return Plan(rows, conflicts.find([conflicts.proposal_of(each) for each in rows]), readers(slot.course_id))


def publish(slot: Slot, *, despite: str | None = None, notify: bool = False, by: Actor) -> Slot:
    """Puts a draft on sale, as scheduling does; with notify those who want news of the course are told."""
    scheduling.publish(slot, by=by, despite=despite)
    if notify:
        spread(slot, many=1, by=by)
    return slot


def publish_all(slot: Slot, *, despite: str | None = None, notify: bool = False, by: Actor) -> None:
    """Publishes all drafts of a session's schedule, or none; raises SessionClash, unless despite says why all the same.

    With notify, customers who want news of the course and who wait for any session of it get one message about all.
    """
    conflicts.lock()
    found = plan(slot)
    if not found.slots:
        raise NotBookable(reason=say("No draft of this schedule is left."))
    hard = [conflict.sentence() for conflict in found.hard()]
    if hard and not (despite or "").strip():
        raise SessionClash(conflicts=hard[: conflicts.TOLD])
    if found.is_large(notify=notify):
        params = {
            "schedule": slot.schedule_id, "until": max(each.id for each in found.slots), "first": found.slots[0].id,
            "many": len(found.slots), "despite": despite, "notify": notify,
        }  # fmt: skip
        errands.request(JOB, params, chore=CHORE, by=by)
        return
    for each in sorted(found.slots, key=lambda each: each.id):
        scheduling.publish(each, despite=despite, by=by)
    if notify:
        spread(found.slots[0], many=len(found.slots), by=by)


def spread(first: Slot, *, many: int, by: Actor) -> None:
    """Tells who wants news that so many sessions are on sale, of which this is the first; many people by the job."""
    if readers(first.course_id) > TOLD_AT_ONCE:
        params = {"schedule": None, "until": 0, "first": first.id, "many": many, "despite": None, "notify": True}
        errands.request(JOB, params, chore=CHORE, by=by)
        return
    after = 0
    while after := tell(first, key=first.id, many=many, after=after):
        pass


def readers(course_id: int) -> int:
    """How many customers would be told of new sessions of a course."""
    return db.session.scalar(select(func.count()).select_from(Customer).where(_wants_news(course_id))) or 0


def announced(first_id: int) -> Slot | None:
    """The session that the message names: the first, or where it is no longer on sale the next of its schedule."""
    first = db.session.get(Slot, first_id)
    if first is None or first.status is SlotStatus.published:
        return first
    others = select(Slot).where(Slot.schedule_id == first.schedule_id, Slot.status == SlotStatus.published)
    return db.session.scalars(others.where(Slot.ends_at > clock.now()).order_by(Slot.starts_at).limit(1)).one_or_none()


def left(schedule_id: int, *, after: int, until: int) -> int | None:
    """The next draft of those that were to be published, by its id."""
    wanted = _drafts(schedule_id).where(Slot.id > after, Slot.id <= until).with_only_columns(Slot.id)
    return db.session.scalars(wanted.order_by(Slot.id).limit(1)).one_or_none()


def tell(first: Slot, *, key: int, many: int, after: int, most: int = 25) -> int:
    """Tells the next few of the new sessions, of which this is the first; answers the last one's id, 0 after all.

    The key says which publication it was: nobody is told of it twice.
    """
    wanted = select(Customer).where(_wants_news(first.course_id), Customer.id > after)
    last = 0
    for customer in db.session.scalars(wanted.order_by(Customer.id).limit(most)):
        facts = {**messages.of_slot(first), "course": first.course.name, "more": many - 1}
        about = messages.About(slot_id=first.id, facts=facts)
        messages.queue(KIND, messages.to_customer(customer), about, once=f"{KIND}:{key}:{customer.id}")
        last = customer.id
    return last


# --- inside ----------------------------------------------------------------------------------------------------------


def _drafts(schedule_id: int | None) -> Select[Slot]:
    return select(Slot).where(
        Slot.schedule_id == schedule_id, Slot.status == SlotStatus.draft, Slot.ends_at > clock.now()
    )


def _wants_news(course_id: int) -> ColumnElement[bool]:
    """Customers who asked for news of a course, and who wait for any session of it."""
    waits = exists().where(
        WaitlistEntry.customer_id == Customer.id, WaitlistEntry.course_id == course_id,
        WaitlistEntry.slot_id.is_(None), WaitlistEntry.status == EntryStatus.waiting,
    )  # fmt: skip
    asked = interests.wants_news(course_id)
    return and_(or_(asked, waits), Customer.archived_at.is_(None), Customer.erased_at.is_(None))
