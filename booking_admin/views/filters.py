"""Filters as chips on Flask-Admin's own addresses: each checks what it is given, so that no address is a crash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Boolean, Column, Date, Integer, and_, or_

from booking_admin.database import Base, UTCDateTime, Word, db
from booking_admin.forms.said import label
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money
from booking_admin.rules.words import Period
from booking_admin.views.fields import OPTIONS_MAX, kind_of, named, pickable
from booking_admin.views.formats import spoken_day

_ = gettext
# In the middle of a sentence: "Starts in the next 30 days".
PERIODS = {
    Period.today: lazy_gettext("today"),
    Period.tomorrow: lazy_gettext("tomorrow"),
    Period.this_week: lazy_gettext("this week"),
    Period.next_7_days: lazy_gettext("in the next 7 days"),
    Period.next_30_days: lazy_gettext("in the next 30 days"),
    Period.last_7_days: lazy_gettext("in the last 7 days"),
    Period.last_30_days: lazy_gettext("in the last 30 days"),
    Period.this_month: lazy_gettext("this month"),
    Period.last_month: lazy_gettext("last month"),
}
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)


class PanelFilter(BaseSQLAFilter):
    """One comparison of one column: `op` names it in the address, `kind` says how it is asked on the page."""

    op = ""
    kind = "single"
    input_type = "text"
    says: Any = ""
    joined: Any = None  # what stands before the value in a chip, where it is not what the comparison is called

    def __init__(self, column: Any, name: Any, path: str = "") -> None:
        self.path = path or getattr(column, "key", "")
        super().__init__(column, name)

    @property
    def arg(self) -> str:
        """Its name in an address; it stays the same when columns are reordered or translated."""
        return f"{self.path.replace('.', '_')}_{self.op}"

    def operation(self) -> Any:
        return self.says

    def clean(self, value: str) -> Any:
        """What was asked, as a value; raises ValueError with a sentence."""
        return value.strip()

    def validate(self, value: str) -> bool:
        return self.refusal(value) is None

    def refusal(self, value: str) -> str | None:
        """Why this cannot be asked, a sentence."""
        try:
            self.clean(value)
        except (ValueError, KeyError, OverflowError) as error:
            return str(error) if isinstance(error, ValueError) and str(error) else gettext("Choose one of the list.")
        return None

    def options_now(self) -> list[tuple[str, str]]:
        """What can be chosen, asked anew for every page."""
        return []

    def words(self, value: str) -> str:
        """The value as people read it."""
        known = dict(self.options_now())
        return f" {gettext('or')} ".join(known.get(each, each) for each in value.split(",")) if known else value

    def apply(self, query: Any, value: Any, alias: Any = None) -> Any:
        return query.where(self.condition(self.get_column(alias), value))

    def condition(self, column: Any, value: Any) -> Any:
        raise NotImplementedError


class Contains(PanelFilter):
    op, says = "contains", lazy_gettext("contains")

    def condition(self, column: Any, value: str) -> Any:
        return column.icontains(value, autoescape=True)


class Equals(PanelFilter):
    op, says = "equals", lazy_gettext("is")

    def condition(self, column: Any, value: Any) -> Any:
        return column == value


class InWords(PanelFilter):
    """One of some words; an unknown one is refused, not a crash."""

    op, kind, says = "in_list", "checks", lazy_gettext("is")

    def options_now(self) -> list[tuple[str, str]]:
        return [(word.value, label(word)) for word in self.column.type.kind]

    def clean(self, value: str) -> list[Any]:
        return [self.column.type.kind(each) for each in value.split(",") if each]

    def refusal(self, value: str) -> str | None:
        known = {word for word, _said in self.options_now()}
        return None if known.issuperset(each for each in value.split(",") if each) else _("Choose one of the list.")

    def condition(self, column: Any, value: list[Any]) -> Any:
        return column.in_(value)


class NotInWords(InWords):
    op, says = "not_in_list", lazy_gettext("is not")

    def condition(self, column: Any, value: list[Any]) -> Any:
        return or_(column.not_in(value), column.is_(None))


class Is(PanelFilter):
    """Yes or no."""

    op, kind, says = "equals", "choice", lazy_gettext("is")

    def options_now(self) -> list[tuple[str, str]]:
        return [("1", _("Yes")), ("0", _("No"))]

    def clean(self, value: str) -> bool:
        return {"1": True, "0": False}[value]

    def condition(self, column: Any, value: bool) -> Any:
        return column.is_(value)


class Related(PanelFilter):
    """A row of another table, of those that this person may see."""

    op, kind, says = "equals", "choice", lazy_gettext("is")

    def __init__(self, column: Any, name: str, path: str, target: type[Base]) -> None:
        self.target = target
        super().__init__(column, name, path)

    def options_now(self) -> list[tuple[str, str]]:
        rows = db.session.scalars(pickable(self.target).limit(OPTIONS_MAX))
        return [(str(row.id), named(row)) for row in rows]

    def words(self, value: str) -> str:
        row = db.session.scalars(pickable(self.target).where(self.target.id == int(value))).first()  # type: ignore[attr-defined]
        return named(row) if row is not None else value

    def clean(self, value: str) -> int:
        return _whole(value)

    def condition(self, column: Any, value: int) -> Any:
        return column == value


class More(PanelFilter):
    op, says, input_type = "greater", lazy_gettext("is at least"), "number"

    def clean(self, value: str) -> int:
        return _number(self.path, value)

    def condition(self, column: Any, value: int) -> Any:
        return column >= value


class Less(More):
    op, says = "smaller", lazy_gettext("is at most")

    def condition(self, column: Any, value: int) -> Any:
        return column <= value


class Same(More):
    op, says = "equals", lazy_gettext("is")

    def condition(self, column: Any, value: int) -> Any:
        return column == value


class Days(PanelFilter):
    """Days, in the tenant's zone: from the first moment of the first up to the end of the last."""

    op, kind, says, input_type = "between", "range", lazy_gettext("is between"), "date"

    def clean(self, value: str) -> tuple[date, date]:
        parts = value.split(" to ")
        if len(parts) != 2:
            raise ValueError(_("Choose a first and a last day."))
        first, last = _day(parts[0]), _day(parts[1])
        if first > last:
            raise ValueError(_("The last day is before the first one."))
        return first, last

    def words(self, value: str) -> str:
        return _(
            "%(first)s and %(last)s", first=spoken_day(self.clean(value)[0]), last=spoken_day(self.clean(value)[1])
        )

    def condition(self, column: Any, value: tuple[date, date]) -> Any:
        first, last = value
        if isinstance(column.type, Date):
            return and_(column >= first, column <= last)
        return and_(column >= _start(first), column < _start(last + timedelta(days=1)))


class Within(Days):
    """Days in plain words, which move on with the date: in an address, and in a view that was saved long ago."""

    op, kind, says, joined = "in", "words", lazy_gettext("is"), ""

    def options_now(self) -> list[tuple[str, str]]:
        return [(each.value, label(each)) for each in PERIODS]

    def clean(self, value: str) -> tuple[date, date]:
        entered = tenant()
        return clock.period(Period(value), entered.zone, entered.settings.first_weekday)

    def refusal(self, value: str) -> str | None:
        return None if value in set(Period) else _("Choose one of the list.")

    def words(self, value: str) -> str:
        return str(PERIODS[Period(value)])


class From(PanelFilter):
    op, says, input_type = "after", lazy_gettext("is from"), "date"

    def clean(self, value: str) -> date:
        return _day(value)

    def words(self, value: str) -> str:
        return spoken_day(self.clean(value))

    def condition(self, column: Any, value: date) -> Any:
        return column >= (value if isinstance(column.type, Date) else _start(value))


class Until(From):
    op, says = "before", lazy_gettext("is until")

    def condition(self, column: Any, value: date) -> Any:
        return column <= value if isinstance(column.type, Date) else column < _start(value + timedelta(days=1))


def _start(on: date) -> datetime:
    return clock.day(on, tenant().zone)[0]


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_("Write a date like 2026-03-31.")) from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(_("This date is too far away."))
    return found


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or len(text.strip()) > 15:
        raise ValueError(_("Write a whole number."))
    return int(text)


def _number(path: str, text: str) -> int:
    if path.endswith("_cents"):
        return money.parse(text, tenant().currency)
    return money.parse_percent(text) if path.endswith("_bp") else _whole(text)


def filters_for(column: Column[Any], name: Any, path: str) -> Iterable[PanelFilter]:
    """The comparisons that make sense for a column, the usual one first."""
    kind = column.type
    if (target := kind_of(column)) is not None:
        return [Related(column, name, path, target)]
    if isinstance(kind, Word):
        return [InWords(column, name, path), NotInWords(column, name, path)]
    if isinstance(kind, Boolean):
        return [Is(column, name, path)]
    if isinstance(kind, (UTCDateTime, Date)):
        return [each(column, name, path) for each in (Within, Days, From, Until)]
    if isinstance(kind, Integer) or path.endswith("_cents"):
        return [each(column, name, path) for each in (Same, More, Less)]
    return [Contains(column, name, path), Equals(column, name, path)]
