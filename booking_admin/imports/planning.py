"""Which courses and sessions the rows of an import need, and where each of its bookings goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from booking_admin.database import db, forget
from booking_admin.imports.courses import CourseKey, Courses
from booking_admin.imports.sessions import Sessions
from booking_admin.imports.wanted import Wanted
from booking_admin.models import ImportRow
from booking_admin.rules import clock
from booking_admin.rules.actor import Actor
from booking_admin.rules.pricing import FareShare
from booking_admin.rules.text import fold
from booking_admin.rules.words import ImportRowStatus
from booking_admin.services import quotes

PAGE = 2_000
Key = tuple[CourseKey, str]  # the course, and when it begins; empty where nobody knows


def course_key(values: Mapping[str, Any]) -> CourseKey:
    """By what a row names its course."""
    return fold(values.get("course_code") or ""), fold(values.get("course") or "")


@dataclass(frozen=True, slots=True)
class Place:
    """A session that is there, with the fares of its course."""

    slot_id: int
    starts_at: datetime
    ends_at: datetime
    fares: Mapping[str, FareShare]


def bookings_of(run_id: int, *statuses: ImportRowStatus) -> Iterator[tuple[ImportRowStatus, dict[str, Any]]]:
    """The bookings of a run, as they were understood."""
    after = 0
    while True:
        page = db.session.execute(
            select(ImportRow.line, ImportRow.status, ImportRow.data)
            .where(ImportRow.run_id == run_id, ImportRow.line > after, ImportRow.status.in_(statuses))
            .order_by(ImportRow.line)
            .limit(PAGE)
        ).all()
        if not page:
            forget()
            return
        after = page[-1].line
        yield from ((row.status, row.data) for row in page if row.data and "people" in row.data)


class Planner:
    """Finds and makes what the rows of one run need."""

    def __init__(self, run_id: int, by: Actor) -> None:
        self.run_id, self.by = run_id, by
        self.now = clock.now()
        self.names: dict[CourseKey, tuple[str, str | None]] = {}  # as they were written: name and code

    def places(self) -> dict[Key, Place]:
        """Every session that the run needs, found or made; made ones have room for all of its bookings."""
        asked = self._asked()
        courses = Courses(self.run_id, self.by)
        courses.make_missing(self.names, asked)
        terms = {course: courses.find(course) for course, _starts in asked}
        joined: dict[tuple[int, str], Wanted] = {}
        for (course, starts), wanted in asked.items():
            joined.setdefault((terms[course].id, starts), Wanted(wanted.starts)).join(wanted)
        by_id = {each.id: each for each in terms.values()}
        fares = {course_id: quotes.fares(course_id) for course_id in by_id}
        forget()
        slots = Sessions(self.run_id, self.by, by_id, fares, self.now).find_or_make(joined)
        return {
            (course, starts): Place(*slots[terms[course].id, starts], fares[terms[course].id])
            for course, starts in asked
        }

    def _asked(self) -> dict[Key, Wanted]:
        found: dict[Key, Wanted] = {}
        for status, values in bookings_of(self.run_id, ImportRowStatus.ready, ImportRowStatus.done):
            course, starts = course_key(values), values.get("starts")
            written = values.get("course") or values["course_code"], values.get("course_code")
            self.names[course] = min(
                written, self.names.get(course, written), key=lambda each: (each[0], each[1] or "")
            )
            found.setdefault((course, starts or ""), Wanted(starts)).add(values, is_done=status is ImportRowStatus.done)
        return found
