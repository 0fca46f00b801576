"""The page for new bookings: the shape of what staff type, and what they ask for with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, StringField, TelField, TextAreaField

from booking_admin.forms.fields import (
    DayField,
    MoneyField,
    PanelForm,
    PeopleField,
    PercentField,
    PickField,
    WordField,
    at_most,
    bounded,
    email_address,
)
from booking_admin.forms.steps import PEOPLE
from booking_admin.rules import limits, text
from booking_admin.rules.requests import CustomDiscount, NewBooking, NewCustomer, NewEntry, NewPayment, PersonName
from booking_admin.rules.states import BookingStatus, PaymentStatus
from booking_admin.rules.words import BookingSource, PaymentMethod

NAMED = "name-"  # the fields of names: name-adult-1
NAMED_MAX = 30  # of one fare; who comes after them is named later
YEARS = (2000, 2200)
NEW = "new"  # said of a customer: nobody of those shown

OFF = {"autocomplete": "off"}  # the browser knows who sits at the desk, not who calls

Paying = StrEnum("Paying", "none now later")
PAYING = [(Paying.none, _("Nothing yet")), (Paying.now, _("Received now")), (Paying.later, _("Pays later"))]
METHODS = (PaymentMethod.card, PaymentMethod.bank, PaymentMethod.cash, PaymentMethod.invoice)
SOURCES = (BookingSource.phone, BookingSource.walk_in, BookingSource.email, BookingSource.manual)


class Marked:
    """Says in the label that something is needed; whether it is missing is asked once it is booked."""

    field_flags: ClassVar[dict[str, Any]] = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing is refused while somebody is still looking around."""


class ChoiceField(PickField):
    """One of a list that the page brings: value and text; a blank one means none."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, *, blank: Any = None, choices: Iterable[Any] = (),
                 **options: Any) -> None:  # fmt: skip
        self.blank = blank
        self._bring: Callable[[], Iterable[tuple[Any, Any]]] = lambda: choices
        self._known: Any = None
        super().__init__(label, validators, **options)

    @cached_property
    def choices(self) -> Sequence[tuple[Any, Any]]:
        """Value and text of each, asked for where they are shown or something of them was chosen."""
        return list(self._bring())

    def options(self) -> Iterable[tuple[str, Any, Any]]:
        if self.blank is not None:
            yield "", self.blank, None
        for value, said in self.choices:
            yield str(value), said, value

    def choose_from(self, bring: Callable[[], Iterable[tuple[Any, Any]]], *, known: Any = None) -> None:
        """Says where the list comes from, and one value that is on it for sure; reads again what was chosen."""
        self._bring, self._known = bring, known
        self.__dict__.pop("choices", None)
        if self.raw_data is not None:
            self.process_formdata(self.raw_data)

    def process_formdata(self, valuelist: list[str]) -> None:
        if self._known is not None and valuelist[:1] == [str(self._known)]:
            self.data = self._known
        else:
            super().process_formdata(valuelist)

    def pre_validate(self, form: Any) -> None:
        if self._known is None or self.data != self._known:
            super().pre_validate(form)


class NearDayField(DayField):
    """A day on which something may well take place; the calendar's ends are beyond what a zone can say."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        day: Any = self.data
        if day and not YEARS[0] <= day.year <= YEARS[1]:
            self.data = None
            raise ValueError(gettext("This date is too far away."))


def _line(label: Any, longest: int = limits.REASON_MAX, **options: Any) -> StringField:
    return StringField(label, [at_most(longest)], **options)


def _words(label: Any) -> TextAreaField:
    return TextAreaField(label, [at_most(limits.NOTE_MAX)], render_kw={"rows": 2})


class BookingForm(PanelForm):
    """Everything about a new booking but its people, whose fields depend on the fares; in the order of the page."""

    # Nobody sees the fields that have no name.
    key = StringField("")
    # Who books: found among those who are known, or new.
    who = _line(_("Name, phone or e-mail"), limits.NAME_MAX)
    customer_id = StringField(_("Customer"))
    shown = StringField("")  # the ids among which none was meant, if the customer is to be new
    proposed = StringField("")  # whose needs stand in the fields below
    given_name = _line(_("Given name"), limits.NAME_MAX, render_kw=OFF)
    family_name = _line(_("Family name"), limits.NAME_MAX, render_kw=OFF)
    company_name = _line(_("Company"), limits.TITLE_MAX, render_kw=OFF)
    email = EmailField(_("E-mail"), [at_most(limits.EMAIL_MAX), email_address], render_kw=OFF)
    phone = TelField(_("Phone"), [at_most(limits.PHONE_MAX)], render_kw=OFF)
    duplicate_ok = BooleanField(_("Book anyway, as a second booking"))
    # What and when.
    course_id = ChoiceField(_("Course"), [Marked()], blank=_("Choose…"))
    instructor_id = ChoiceField(_("Instructor"), blank=_("Any"))
    day = NearDayField(_("From"))
    slot_id = StringField(_("Session"))
    outside_reason = _line(_("Reason for booking outside the time"))
    overbook_reason = _line(_("Reason for overbooking"))
    wanted_1, wanted_2, wanted_3 = (NearDayField(_("Another day that would do")) for _number in range(3))
    # Money.
    promotion_code = _line(_("Promotion code"), limits.PROMOTION_CODE_MAX)
    discount_bp = PercentField(_("Discount"))
    discount_cents = MoneyField(_("Or an amount off"), [bounded((1, limits.AMOUNT_MAX))])
    discount_reason = _line(_("Reason for the discount"))
    paying = ChoiceField(_("Payment"), choices=PAYING, default=Paying.none)
    method = WordField(_("Way"), [Marked()], words=METHODS, default=PaymentMethod.card)
    amount_cents = MoneyField(_("Amount"), [bounded((1, limits.AMOUNT_MAX))])
    payment_note = _line(_("Note on the payment"))
    # What else is known.
    special_requirements = _words(_("Requirements"))
    dietary_needs = _words(_("Dietary needs"))
    accessibility_needs = _words(_("Access needs"))
    internal_notes = _words(_("Note for colleagues"))
    source = WordField(_("How it came in"), [Marked()], words=SOURCES, default=BookingSource.phone)
    referral_source = ChoiceField(_("Heard of us through"), blank="–")
    status = WordField(_("Status"), words=(BookingStatus.pending, BookingStatus.confirmed), blank=_("As usual"))
    notify = BooleanField(_("Send a confirmation"), default=True)
    mailing_list = BooleanField(_("Add to the mailing list"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether what was typed can be read; what is missing is another question."""
        good = bool(super().validate(extra_validators))
        if self.discount_bp.data and self.discount_cents.data:
            good = self.blame("discount_cents", gettext("Give a percentage or an amount, not both."))
        if self.discount() and not self.discount_reason.data:
            good = self.blame("discount_reason", gettext("A discount needs a reason. Say why in a few words."))
        if self.amount_cents.data and self.paying.data == Paying.none:
            good = self.blame("paying", gettext("Say whether the amount was received, or is paid later."))
        return good

    def missing(self) -> list[tuple[str, str]]:
        """What a booking needs and nobody has said yet: the field, and a sentence."""
        found = []
        if self.customer_id.data in (None, NEW):
            given = self.newcomer()
            if given == NewCustomer():
                found.append(("who", gettext("Find a customer, or fill in a new one.")))
            elif not (given.family_name or given.given_name or given.company_name):
                found.append(("family_name", gettext("Give a name, or the company's.")))
            elif not (given.email or given.phone):
                found.append(("email", gettext("Give an e-mail address or a phone number.")))
        if self.course_id.data is None:
            found.append(("course_id", gettext("Choose what is booked.")))
        elif self.slot_id.data is None:
            found.append(("slot_id", gettext("Choose a date.")))
        return found

    def is_complete(self) -> bool:
        """Whether nothing is missing; what is, is said at its field."""
        missing = self.missing()
        for name, sentence in missing:
            self.blame(name, sentence)
        return not missing

    def blame(self, name: str, sentence: str) -> bool:
        """Puts a sentence beside a field, once; always False."""
        if sentence not in self[name].errors:
            self[name].errors = [*self[name].errors, sentence]
        return False

    # --- what is asked for -------------------------------------------------------------------------------------------

    def newcomer(self) -> NewCustomer:
        """The customer as typed."""
        return NewCustomer(
            given_name=self.given_name.data,
            family_name=self.family_name.data,
            company_name=self.company_name.data,
            email=self.email.data,
            phone=self.phone.data,
        )

    def party(self) -> dict[str, int]:
        """How many people of each fare."""
        fields = {name.removeprefix(PEOPLE): field for name, field in self._fields.items() if name.startswith(PEOPLE)}
        return {code: field.data for code, field in fields.items() if isinstance(field.data, int) and field.data}

    def names(self) -> dict[str, tuple[PersonName, ...]]:
        """Who comes, by fare, as far as somebody said."""
        found: dict[str, list[PersonName]] = {}
        for name, field in self._fields.items():
            if name.startswith(NAMED):
                given, family = text.split_name(field.data or "")
                code = name.removeprefix(NAMED).rpartition("-")[0]
                found.setdefault(code, []).append(PersonName(given or None, family or None))
        return {code: tuple(people) for code, people in found.items()}

    def discount(self) -> CustomDiscount | None:
        """The discount that staff give, if any."""
        percent, cents = self.discount_bp.data, self.discount_cents.data
        if not percent and not cents:
            return None
        reason = self.discount_reason.data or ""
        return CustomDiscount(reason, percent_bp=percent or None, amount_cents=None if percent else cents)

    def payment(self, due_cents: int) -> NewPayment | None:
        """The money that comes with it; what is due now, unless another amount was typed."""
        amount = self.amount_cents.data or due_cents
        if self.paying.data == Paying.none or not amount:
            return None
        status = PaymentStatus.paid if self.paying.data == Paying.now else PaymentStatus.pending
        return NewPayment(PaymentMethod(self.method.data), amount, status, self.payment_note.data)

    def wanted_days(self) -> tuple[date, ...]:
        """Other days on which a waiting party would come."""
        days: tuple[date | None, ...] = (self.wanted_1.data, self.wanted_2.data, self.wanted_3.data)
        return tuple(day for day in days if day is not None)

    def priced(
        self, slot_id: int, customer: int | NewCustomer, *, may: Mapping[str, bool], code: str | None
    ) -> NewBooking:
        """What of the booking its price depends on; all of it can be read even where other fields are wrong."""
        return NewBooking(
            slot_id=slot_id,
            customer=customer,
            party=self.party(),
            promotion_code=code,
            custom_discount=self.discount() if may["discount"] else None,
        )

    def booking(
        self, slot_id: int, customer: int | NewCustomer, *, may: Mapping[str, bool], due_cents: int
    ) -> NewBooking:
        """The booking that is asked for; may says which exceptions are open: discount, overbook, outside."""
        status = self.status.data
        return replace(
            self.priced(slot_id, customer, may=may, code=self.promotion_code.data),
            names=self.names(),
            source=BookingSource(self.source.data),
            payment=self.payment(due_cents),
            status=BookingStatus(status) if status else None,
            special_requirements=self.special_requirements.data,
            dietary_needs=self.dietary_needs.data,
            accessibility_needs=self.accessibility_needs.data,
            internal_notes=self.internal_notes.data,
            referral_source=self.referral_source.data,
            notify=self.notify.data,
            mailing_list=self.mailing_list.data,
            duplicate_ok=self.duplicate_ok.data,
            overbook_reason=self.overbook_reason.data if may["overbook"] else None,
            outside_reason=self.outside_reason.data if may["outside"] else None,
        )

    def entry(self, course_id: int, slot_id: int, customer: int | NewCustomer) -> NewEntry:
        """The place in the queue that is asked for."""
        return NewEntry(
            course_id=course_id,
            slot_id=slot_id,
            customer=customer,
            party=self.party(),
            dates=self.wanted_days(),
            source=BookingSource(self.source.data),
            notes=self.internal_notes.data,
        )


def with_people(fares: Mapping[str, str], counts: Mapping[str, int]) -> type[BookingForm]:
    """The form with a number for each fare (code: name), and a name for each person who is counted."""
    return _with_people(tuple((code, name, counts.get(code, 0)) for code, name in fares.items()))


@lru_cache(maxsize=200)  # to make a class takes as long as to fill it
def _with_people(fares: tuple[tuple[str, str, int], ...]) -> type[BookingForm]:
    made: dict[str, Any] = {
        f"{PEOPLE}{code}": PeopleField(name, [bounded((0, limits.PARTY_MAX))], render_kw={"min": 0})
        for code, name, _count in fares
    }
    for code, name, count in fares:
        for number in range(1, min(count, NAMED_MAX) + 1):
            made[f"{NAMED}{code}-{number}"] = _line(f"{name} {number}", limits.NAME_MAX)
    return type("BookingForm", (BookingForm,), made)
