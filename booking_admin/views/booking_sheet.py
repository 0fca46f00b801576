"""What the page for new bookings shows at one moment: the form, and what of the house can be chosen in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import g

from booking_admin.forms.booking import NAMED, BookingForm
from booking_admin.forms.steps import PEOPLE
from booking_admin.models import Customer
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money
from booking_admin.rules.errors import PartyRefused, PromotionRefused
from booking_admin.rules.pricing import FareShare, Quote
from booking_admin.rules.requests import NewBooking
from booking_admin.rules.window import closed, never, offerable
from booking_admin.services import access, availability, bookings, queue, quotes
from booking_admin.services.availability import Date
from booking_admin.services.quotes import Terms
from booking_admin.views import booking_choices
from booking_admin.views.booking_choices import Known, Offered

SHOWN = 12  # sessions in the list; a later day shows those behind
NEEDS = {
    "special_requirements": "requirements",
    "dietary_needs": "dietary_needs",
    "accessibility_needs": "accessibility_needs",
}


@dataclass(frozen=True, slots=True)
class Pick:
    """A session as a choice: why it is not open in the ordinary way, and whether the party fits."""

    row: Date
    why: str | None
    fits: bool


@dataclass
class Sheet:
    """The form with its surroundings, as they were when it was read."""

    form: BookingForm
    course: Offered | None
    fares: dict[str, FareShare]
    customer: Customer | None = None
    slot: Date | None = None
    found: list[Known] = field(default_factory=list)
    asks: str = ""  # the question above the customers that are shown
    said: str = ""  # what is wrong with none of the fields
    instead: Sequence[int] | None = None  # the sessions that a refusal proposed

    # --- who ---------------------------------------------------------------------------------------------------------

    def offer(self, rows: list[Customer], asks: str) -> None:
        """Shows customers to choose from, unless one is chosen."""
        if self.customer is None and rows:
            self.found, self.asks = booking_choices.known(rows), asks
            self.form.shown.data = ",".join(str(each.row.id) for each in self.found)

    def choose(self, customer: Customer | None) -> None:
        """Makes this the customer and proposes their needs, in place of those of the one before."""
        self.customer = customer
        before = booking_choices.live_or_none(self.form.proposed.data)
        if customer is None or (before is not None and before.id == customer.id):
            return
        for name, theirs in NEEDS.items():
            typed = self.form[name].data
            if not typed or (before is not None and typed == getattr(before, theirs)):
                self.form[name].data = getattr(customer, theirs)
        self.form.proposed.data = str(customer.id)

    @property
    def chosen_says(self) -> str:
        """What tells the customer from namesakes."""
        return booking_choices.known([self.customer])[0].says if self.customer else ""

    @property
    def needs_known(self) -> bool:
        """Whether needs in the fields are those on the customer's record."""
        return self.customer is not None and any(
            getattr(self.customer, theirs) and self.form[name].data == getattr(self.customer, theirs)
            for name, theirs in NEEDS.items()
        )

    # --- what and when -----------------------------------------------------------------------------------------------

    @cached_property
    def seats(self) -> int:
        return quotes.seats_of({code: n for code, n in self.form.party().items() if code in self.fares}, self.fares)

    @cached_property
    def picks(self) -> list[Pick]:
        """The sessions to choose from; the chosen one among them, and no alternative twice."""
        if self.course is None:
            return []
        leader, day = self.form.instructor_id.data, self.form.day.data
        slots = availability.upcoming(
            self.course.id,
            instructor_id=leader if isinstance(leader, int) else None,
            since=clock.day(day, tenant().zone)[0] if day else None,
            limit=SHOWN + 1,
        )
        self.has_more = len(slots) > SHOWN
        shown = slots[:SHOWN]
        if self.slot is not None and self.slot.id not in {slot.id for slot in shown}:
            shown = [self.slot, *shown]
        others = {pick.row.id for pick in self.alternatives}
        return [self._pick(slot) for slot in shown if slot.id not in others]

    has_more = False

    def _pick(self, slot: Date) -> Pick:
        return Pick(slot, closed(slot.window, clock.now(), tenant().settings), slot.free >= max(1, self.seats))

    @cached_property
    def chosen(self) -> Pick | None:
        return self._pick(self.slot) if self.slot is not None else None

    @cached_property
    def terms(self) -> Terms | None:
        """On what terms the chosen session is sold."""
        return quotes.terms(self.slot.id) if self.slot is not None else None

    @cached_property
    def is_outside(self) -> bool:
        """Whether the chosen session can only be booked with a reason."""
        if self.slot is None or never(self.slot.window, clock.now()):
            return False
        return self.chosen is not None and self.chosen.why is not None

    @cached_property
    def alternatives(self) -> list[Pick]:
        """Others with room, where the chosen session has none for this party."""
        if self.slot is None or self.chosen is None or self.chosen.fits:
            return []
        if self.instead is not None:
            return [self._pick(slot) for slot in availability.dates(self.instead)]
        slots = availability.alternatives(
            self.slot.course_id, seats=max(1, self.seats), near=self.slot.starts_at, without=self.slot.id
        )
        return [self._pick(slot) for slot in slots]

    @cached_property
    def may_wait(self) -> bool:
        """Whether the chosen session has a queue that is open."""
        if self.slot is None or self.chosen is None or self.chosen.fits:
            return False
        return self.terms is not None and self.terms.allow_waitlist and offerable(self.slot.window, clock.now())

    @cached_property
    def ahead(self) -> int:
        return queue.length(self.slot) if self.slot is not None else 0

    # --- for how much ------------------------------------------------------------------------------------------------

    @cached_property
    def may(self) -> dict[str, bool]:
        """The exceptions that this person may make now."""
        return {
            "discount": access.can(g.actor, "booking.discount"),
            "overbook": access.can(g.actor, "booking.overbook") and self.chosen is not None and not self.chosen.fits,
            "outside": access.can(g.actor, "booking.outside_window") and self.is_outside,
        }

    @cached_property
    def quote(self) -> Quote | None:
        """The price, where it can be said; a promotion that does not apply is said at its field."""
        if self.slot is None:
            return None
        who, code = self.customer.id if self.customer else 0, self.form.promotion_code.data
        try:
            return self._quote(self.form.priced(self.slot.id, who, may=self.may, code=code))
        except PartyRefused:
            return None
        except PromotionRefused as refused:
            self.form.blame("promotion_code", str(refused))
        try:
            return self._quote(self.form.priced(self.slot.id, who, may=self.may, code=None))
        except (PartyRefused, PromotionRefused):
            return None

    def _quote(self, asked: NewBooking) -> Quote:
        return bookings.quote(asked, sold=self.terms, known=self.fares)

    @property
    def due_cents(self) -> int:
        """What is due now: the deposit, else all of it."""
        return (self.quote.deposit_cents or self.quote.total_cents) if self.quote else 0

    def describe_fares(self) -> None:
        """Says what each fare costs, in the chosen session or else as the course has it."""
        base = self.course.price_cents if self.course else None
        if self.terms is not None:
            base = self.terms.base_cents
        for code, said in booking_choices.fare_notes(self.fares, base).items():
            self.form[PEOPLE + code].description = said

    @property
    def due_said(self) -> str:
        """What is due now, as one would type it."""
        return money.decimal_string(self.due_cents, tenant().currency) if self.quote else ""

    # --- for the template --------------------------------------------------------------------------------------------

    @property
    def party_fields(self) -> list[Any]:
        return [self.form[PEOPLE + code] for code in self.fares]

    @property
    def name_fields(self) -> list[Any]:
        return [each for each in self.form if each.name.startswith(NAMED)]

    @property
    def wrong(self) -> list[Any]:
        """The fields that need another look, in the order of the page; fields of the party stand after the session."""
        people = [each for each in self.form if each.name.startswith((PEOPLE, NAMED))]
        others = [each for each in self.form if each not in people]
        middle = next(index for index, each in enumerate(others) if each.name == "promotion_code")
        return [each for each in (*others[:middle], *people, *others[middle:]) if each.errors]
