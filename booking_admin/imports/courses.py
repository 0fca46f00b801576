"""The courses of an import: found by code or name, and made where there is none, off sale until somebody looked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from booking_admin.database import db, forget, transaction
from booking_admin.imports.wanted import Wanted, usual
from booking_admin.models import Course
from booking_admin.models.tenancy import tenant
from booking_admin.rules import limits
from booking_admin.rules.actor import Actor
from booking_admin.rules.text import fold
from booking_admin.services import audit

AT_ONCE = 20
CourseKey = tuple[str, str]  # folded code, folded name


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a course a new session needs."""

    id: int
    capacity: int
    duration: timedelta
    before: timedelta
    after: timedelta


class Courses:
    """The courses by code and by name; of several that are called the same the one on sale, else the oldest."""

    def __init__(self, run_id: int, by: Actor) -> None:
        self.run_id, self.by = run_id, by
        self.by_code: dict[str, Terms] = {}
        self.by_name: dict[str, Terms] = {}
        order = (Course.archived_at.isnot(None), Course.is_active.is_(False), Course.id)
        for row in db.session.scalars(select(Course).order_by(*order)):
            self._add(row)
        forget()

    def find(self, course: CourseKey) -> Terms:
        """The course that rows name so; raises KeyError."""
        code, name = course
        return self.by_code[code] if code in self.by_code else self.by_name[name]

    def make_missing(
        self, names: Mapping[CourseKey, tuple[str, str | None]], asked: Mapping[tuple[CourseKey, str], Wanted]
    ) -> None:
        """Makes those of the named courses that are not here, by what is asked of their sessions."""
        # Those with a code first: who names the same course without finds it.
        missing = sorted((each for each in names if not self._has(each)), key=lambda each: (not each[0], each))
        for first in range(0, len(missing), AT_ONCE):
            with transaction(self.by):
                for course in missing[first : first + AT_ONCE]:
                    if not self._has(course):
                        same = [wanted for (other, _starts), wanted in asked.items() if _is_same(course, other)]
                        self._make(*names[course], same)

    def _has(self, course: CourseKey) -> bool:
        code, name = course
        return code in self.by_code or name in self.by_name

    def _make(self, name: str, code: str | None, wanted: Sequence[Wanted]) -> None:
        lengths = Counter(
            int((datetime.fromisoformat(each.ends) - datetime.fromisoformat(each.starts)).total_seconds() // 60)
            for each in wanted
            if each.starts and each.ends
        )
        low, high = limits.DURATION_MINUTES
        prices = sum((each.prices for each in wanted), Counter[int]())
        row = Course(
            name=name, code=code, kind=tenant().trade, duration_minutes=min(max(usual(lengths) or 60, low), high),
            price_cents=usual(prices) or 0,
            # Nobody has looked at its price and its tax yet.
            is_active=False,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        changes = {"name": (None, name), "import_run_id": (None, self.run_id)}
        audit.record(self.by, "course.create", row, changes=changes)
        self._add(row)

    def _add(self, row: Course) -> None:
        minutes = (row.duration_minutes, row.setup_minutes, row.teardown_minutes)
        terms = Terms(row.id, row.capacity, *(timedelta(minutes=each) for each in minutes))
        self.by_name.setdefault(fold(row.name), terms)
        if row.code:
            self.by_code.setdefault(fold(row.code), terms)


def _is_same(course: CourseKey, other: CourseKey) -> bool:
    return bool(course[0] and course[0] == other[0]) or bool(course[1] and course[1] == other[1])
