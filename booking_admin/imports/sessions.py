"""The sessions of an import: found by course and start, and made where there is none, with room for all that come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from booking_admin.database import db, forget, transaction
from booking_admin.imports.courses import Terms
from booking_admin.imports.wanted import Wanted
from booking_admin.models import Meeting, Slot
from booking_admin.models.scheduling import UNKNOWN_DATE, import_mark
from booking_admin.models.tenancy import tenant
from booking_admin.rules.actor import Actor
from booking_admin.rules.import_reading import at
from booking_admin.rules.pricing import FareShare
from booking_admin.rules.states import SlotStatus
from booking_admin.services import audit, bulk, capacity
from booking_admin.services.bulk import Batch, Numbers, Pace

ASKED = 300  # times in one question
UNKNOWN_TITLE = "Imported, date unknown"
PlaceKey = tuple[int, str]  # the course, and when it begins; empty where nobody knows
Found = dict[PlaceKey, tuple[int, datetime, datetime]]  # number, start and end


class Sessions:
    """Finds and makes the sessions of one run."""

    def __init__(
        self, run_id: int, by: Actor, terms: Mapping[int, Terms], fares: Mapping[int, Mapping[str, FareShare]],
        now: datetime,
    ) -> None:  # fmt: skip
        self.run_id, self.by, self.terms, self.fares, self.now = run_id, by, terms, fares, now

    def find_or_make(self, wanted: Mapping[PlaceKey, Wanted]) -> Found:
        """Every session that is asked for."""
        found = self._found(wanted)
        missing = {key: each for key, each in wanted.items() if key not in found}
        if missing:
            self._make(missing)
            found.update(self._found(missing))
        self._widen(wanted, found)
        return found

    def _found(self, wanted: Mapping[PlaceKey, Wanted]) -> Found:
        by_course: dict[int, dict[datetime | None, PlaceKey]] = {}
        for key, each in wanted.items():
            by_course.setdefault(key[0], {})[at(each.starts)] = key
        found: Found = {}
        columns = select(Slot.id, Slot.starts_at, Slot.ends_at)
        for course_id, keys in by_course.items():
            times = [each for each in keys if each is not None]
            for first in range(0, len(times), ASKED):
                here = columns.where(Slot.course_id == course_id, Slot.starts_at.in_(times[first : first + ASKED]))
                # What takes or took place before what is only planned; a cancelled one is nowhere to go.
                here = here.where(Slot.status != SlotStatus.cancelled, Slot.occurrence.is_distinct_from(UNKNOWN_DATE))
                for slot_id, starts_at, ends_at in db.session.execute(
                    here.order_by(Slot.status == SlotStatus.draft, Slot.id)
                ):
                    found.setdefault(keys[starts_at], (slot_id, starts_at, ends_at))
            if None in keys:
                unknown = columns.where(Slot.course_id == course_id, Slot.occurrence == UNKNOWN_DATE).order_by(Slot.id)
                for slot_id, starts_at, ends_at in db.session.execute(unknown.limit(1)):
                    found[keys[None]] = slot_id, starts_at, ends_at
        forget()
        return found

    def _make(self, wanted: Mapping[PlaceKey, Wanted]) -> None:
        pace, numbers, batch = Pace(), Numbers(), Batch()
        for key in sorted(wanted):
            self._add(batch, wanted[key], key[0])
            if len(batch) >= pace.room:
                with pace.measured(len(batch)), transaction(self.by):
                    bulk.write(batch, numbers)
                batch = Batch()
        if len(batch):
            with transaction(self.by):
                bulk.write(batch, numbers)

    def _add(self, batch: Batch, wanted: Wanted, course_id: int) -> None:
        terms = self.terms[course_id]
        starts_at, ends_at = at(wanted.starts), at(wanted.ends)
        is_known = starts_at is not None
        if starts_at is None:
            # It is over in any case, so that nobody books it.
            starts_at = min(at(wanted.first_ordered) or self.now, self.now - terms.duration)
        ends_at = ends_at or starts_at + terms.duration
        over = ends_at <= self.now
        slot = batch.add(Slot, {
            "course_id": course_id, "schedule_id": None,
            "occurrence": import_mark(self.run_id, over=over) if is_known else UNKNOWN_DATE,
            "title": None if is_known else UNKNOWN_TITLE,
            "status": SlotStatus.completed if over else SlotStatus.published, "zone": tenant().zone,
            "starts_at": starts_at, "ends_at": ends_at,
            "capacity": max(terms.capacity, self._seats(course_id, wanted.people)),
            "published_at": None if over else self.now, "completed_at": ends_at if over else None,
            "created_by_id": self.by.user_id, "created_at": self.now, "updated_at": self.now,
        })  # fmt: skip
        batch.add(Meeting, {
            "slot_id": slot, "number": 1, "starts_at": starts_at, "ends_at": ends_at,
            "busy_from": starts_at - terms.before, "busy_until": ends_at + terms.after,
            "created_at": self.now, "updated_at": self.now,
        })  # fmt: skip

    def _widen(self, wanted: Mapping[PlaceKey, Wanted], found: Found) -> None:
        """Makes room where the date is unknown: such a session has as many seats as were ever imported into it."""
        for key in sorted(key for key in wanted if not key[1]):
            with transaction(self.by):
                (slot,) = capacity.lock(found[key][0])
                needed = slot.seats_taken + slot.seats_held + self._seats(key[0], wanted[key].people_left)
                if needed > slot.capacity:
                    before = slot.capacity
                    capacity.resize(slot, needed)
                    audit.record(self.by, "slot.capacity", slot, changes={"capacity": (before, needed)})

    def _seats(self, course_id: int, people: Counter[str]) -> int:
        fares = self.fares[course_id]
        return sum(many for code, many in people.items() if fares[code].takes_seat)
