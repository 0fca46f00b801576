"""What a demo business is declared with: its catalogue, the rhythm of its week, and the scenes one can play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import BlackoutKind, BookingSource, PromotionKind, Trade

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
WEEKDAYS = (MON, TUE, WED, THU, FRI)
Party = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CourseSheet:
    """A course: minutes are those of one day, the price is one adult's; values are further columns."""

    code: str
    name: str
    category: str
    minutes: int
    price_cents: int
    capacity: int
    summary: str
    description: str
    days: int = 1
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A venue with its rooms, each with a name and how many it takes."""

    name: str
    address: str
    city: str
    postcode: str
    directions: str
    rooms: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody who leads; the courses are those that they are qualified for, none named: any without such rows."""

    name: str
    title: str
    email: str
    phone: str
    bio: str
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FareSheet:
    """A fare of all courses; without a share it follows from the code, as with every tenant."""

    code: str
    name: str
    share_bp: int | None = None
    takes_seat: bool = True
    min_age: int | None = None
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """A promotion; early birds count by themselves, of codes a share of the bookings has one."""

    name: str
    kind: PromotionKind
    percent_bp: int | None = None
    amount_cents: int | None = None
    code: str | None = None
    course: str | None = None
    days_before: int | None = None
    min_party: int | None = None
    share: float = 0.0
    is_stackable: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """A blackout, in days from today."""

    name: str
    kind: BlackoutKind
    first: int
    last: int
    course: str | None = None
    place: str | None = None
    leader: str | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where, and who leads; named as declared."""

    place: str | None = None
    room: str | None = None
    leader: str | None = None
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What takes place week by week; with a name it becomes a schedule. Fill is how well it sells."""

    course: str
    weekdays: tuple[int, ...]
    times: tuple[str, ...]
    spot: Spot
    name: str | None = None
    fill: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """A session that is set up for trying things out.

    It starts at a time of a day counted from today, or so many minutes from now, but always today. `free` seats are
    left; offers are parties with the minutes that are left to accept; parties of `someday` want any session of the
    course on its day or the next; `ticked` is the share that is checked in; with `unpaid`, a booking from the website
    is about to lose its seat.
    """

    course: str
    spot: Spot
    day: int = 0
    time: str = "09:00"
    minutes: int | None = None
    free: int | None = None
    queue: tuple[Party, ...] = ()
    someday: tuple[Party, ...] = ()
    offers: tuple[tuple[Party, int], ...] = ()
    waitlisted: int = 0
    ticked: float = 0.0
    group: str | None = None
    unpaid: bool = False
    status: SlotStatus = SlotStatus.published
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Business:
    """One tenant of the demo data. History and future are days around today; parties and sources have weights."""

    slug: str
    name: str
    trade: Trade
    zone: str
    currency: str
    country: str
    prefix: str
    values: Mapping[str, Any]
    settings: Mapping[str, Any]
    fares: tuple[FareSheet, ...]
    courses: tuple[CourseSheet, ...]
    places: tuple[Place, ...]
    leaders: tuple[Leader, ...]
    deals: tuple[Deal, ...]
    closed: tuple[Closed, ...]
    rhythms: tuple[Rhythm, ...]
    scenes: tuple[Scene, ...]
    parties: tuple[tuple[Party, int], ...]
    sources: tuple[tuple[BookingSource, int], ...]
    languages: tuple[str, ...]
    phone: str
    phones: tuple[int, int]
    customers: int
    companies: float
    history: int
    future: int
    ahead_days: float
    full: tuple[float, float]
    account_every: int = 0  # one of so many bookings is the same firm's
    requests: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def team(self) -> tuple[tuple[str, str], ...]:
        """The people who sign in here: role and name; the instructor is the first of the leaders."""
        return ("admin", "Alex Admin"), ("staff", "Sam Desk"), ("instructor", self.leaders[0].name)
