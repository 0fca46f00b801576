"""Today: what takes place and who is here, what waits for somebody at the desk, and how full the week is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import g, url_for
from flask_admin import AdminIndexView, expose
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select, true

from booking_admin import actions
from booking_admin.models import Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import today
from booking_admin.reports.gathering import Rows, gather
from booking_admin.reports.today import First
from booking_admin.rules import clock
from booking_admin.rules.states import EntryStatus
from booking_admin.rules.words import MessageChannel
from booking_admin.services import access, outbox
from booking_admin.views import day, paging
from booking_admin.views.base import Panel

SHOWN = 4  # of each kind; the rest is one link away
# The parts of a day, each from its first hour on.
PARTS = ((0, _("Morning"), _("am")), (12, _("Afternoon"), _("pm")), (17, _("Evening"), _("eve")))
# From how many percent on a cell is how dark.
HEAT = (1, 30, 50, 75, 90)


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of work: its first rows, how many there are, and sums over all of them."""

    rows: list[Any] = field(default_factory=list)
    count: int = 0
    sums: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """All that waits for somebody at the desk."""

    confirm: Group
    waiting: Group
    collect: Group
    trouble: Group
    settle: Group

    @property
    def offers(self) -> int:
        """How many of those who wait were offered seats."""
        return self.waiting.sums[0] if self.waiting.sums else 0

    @property
    def count(self) -> int:
        return sum(each.count for each in (self.confirm, self.collect, self.trouble, self.settle)) + self.offers


@dataclass(slots=True)
class Cell:
    """A part of one day: how many sessions start in it, their seats, and how many are occupied."""

    slots: int = 0
    capacity: int = 0
    occupied: int = 0

    @property
    def percent(self) -> int | None:
        """How full it is; None where nothing can be."""
        return round(100 * self.occupied / self.capacity) if self.capacity else None

    @property
    def heat(self) -> int:
        return sum((self.percent or 0) >= floor for floor in HEAT)


@dataclass(slots=True)
class Week:
    """The next seven days: cells by part of the day and date, and seats over all."""

    days: list[date]
    parts: list[tuple[Any, Any, list[Cell]]]
    free: int = 0
    capacity: int = 0
    occupied: int = 0

    @property
    def percent(self) -> int:
        return round(100 * self.occupied / self.capacity) if self.capacity else 0

    def slots_on(self, on: date) -> int:
        number = self.days.index(on)
        return sum(cells[number].slots for _name, _short, cells in self.parts)


class Today(Panel, AdminIndexView):
    permissions = {"index": "today.view"}
    live = ("index",)

    def __init__(self, name: str, endpoint: str, url: str) -> None:
        super().__init__(name=name, endpoint=endpoint, url=url)
        self.static_folder = None  # Flask-Admin's own files are not served

    @expose("/")
    def index(self) -> Any:
        now, on = clock.now(), clock.today(tenant().zone)
        found = day.lines(on, permission="today.view")
        is_desk = access.can(g.actor, "booking.view")
        coming = [] if is_desk else day.lines(on + timedelta(days=1), today.UPCOMING_DAYS - 1, permission="today.view")
        waits, full = desk(on) if is_desk else (None, None)
        return self.render(
            "admin/index.html",
            now=now,
            on=on,
            lines=found,
            now_before=next((number for number, line in enumerate(found) if line.meeting.starts_at > now), len(found)),
            here=sum(line.present.here for line in found),
            expected=sum(line.present.expected for line in found),
            coming=day.by_day(coming),
            rows=day.Rows(),
            work=waits,
            week=full,
            steps=steps,
            day_url=day_url,
            sees_sums=access.can(g.actor, "money.see") or g.actor.sees_money,
            may_book=access.can(g.actor, "booking.create"),
            kept=outbox.kept_reason(MessageChannel.email) if access.can(g.actor, "settings.edit") else None,
        )


# --- the worklist ----------------------------------------------------------------------------------------------------


def desk(on: date) -> tuple[Work, Week]:
    """What waits for somebody, and how full the week is from this day on; one question for all of it."""
    firsts = (
        (today.first_to_confirm(), "booking.view"),
        (today.first_waiting(), "waitlist.view"),
        (today.first_to_collect(), "booking.view"),
        (today.first_not_delivered(), "message.view"),
        (today.first_to_settle(), "booking.view"),
    )
    occupancy = today.occupancy(bounds(on)).where(*access.criteria(g.actor, "today.view", Slot))
    *found, spans = gather(*(asked(*each) for each in firsts), Rows(None, occupancy))
    confirm, waiting, collect, trouble, settle = (group(rows) for rows in found)
    offered = [entry for entry in waiting.rows if entry.status is EntryStatus.offered]
    made = Work(confirm, Group(offered, waiting.count, waiting.sums), collect, trouble, settle)
    return made, week(on, spans)


def asked(first: First, permission: str) -> Rows:
    """The question for the first rows of a kind of work, as far as the permission reaches."""
    kind = first.kind
    numbers = first.numbers.where(*access.criteria(g.actor, permission, kind))
    if first.sums:
        over_all = numbers.order_by(None).with_only_columns(*first.sums).subquery()
        some = numbers.limit(SHOWN).subquery()
        place = func.row_number().over().label("place")
        places = select(some.c.id, place, *over_all.c).join(over_all, true()).subquery()
    else:
        places = paging.placed(numbers, 0, SHOWN)
    sums = [column for column in places.c if column.name not in ("id", "place")]
    rows = select(kind, *sums).join(places, places.c.id == kind.id).order_by(places.c.place)
    return Rows(kind, rows, first.loads, sums)


def group(rows: list[Any]) -> Group:
    """Those rows, with what was counted over all of their kind."""
    if not rows:
        return Group()
    _row, count, *sums = rows[0]
    return Group([row[0] for row in rows], count, tuple(int(each or 0) for each in sums))


def steps(row: Any, name: str) -> list[actions.Action]:
    """The step of this name, where it is legal and permitted."""
    action = actions.named(type(row), name)
    is_open = action is not None and access.can(g.actor, action.permission) and action.is_legal(row, g.actor)
    return [action] if action and is_open else []


def day_url(on: date) -> str:
    """The list of what starts on a day of the week."""
    both = f"{on.isoformat()} to {on.isoformat()}"
    return url_for("sessions.index_view", tab="week", flt0_starts_at_between=both)


# --- the week --------------------------------------------------------------------------------------------------------


def bounds(first: date) -> list[datetime]:
    """When each part of the next seven days begins, and when the last one is over."""
    begins = [
        clock.instant(datetime.combine(first + timedelta(days=number), time(hour)), tenant().zone)
        for number in range(today.UPCOMING_DAYS)
        for hour, *_names in PARTS
    ]
    return [*begins, today.span(first, today.UPCOMING_DAYS)[1]]


def week(first: date, spans: list[Any]) -> Week:
    """How full the next seven days are, by part of the day."""
    days = [first + timedelta(days=number) for number in range(today.UPCOMING_DAYS)]
    made = Week(days, [(name, short, [Cell() for _day in days]) for _hour, name, short in PARTS])
    for span, slots, capacity, free, occupied in spans:
        day, part = divmod(span, len(PARTS))
        made.parts[part][2][day] = Cell(slots, int(capacity), int(occupied))
        made.free += int(free)
        made.capacity += int(capacity)
        made.occupied += int(occupied)
    return made
