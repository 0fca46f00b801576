"""The page for new bookings: customer, session, party, money and notes in one form that needs no script."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from flask import Response, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from booking_admin.database import reason, transaction
from booking_admin.forms.booking import NEW, BookingForm, Paying
from booking_admin.models import Booking, Customer, Slot, WaitlistEntry
from booking_admin.rules import text
from booking_admin.rules.errors import (
    AlreadyWaiting,
    BookingError,
    DuplicateBooking,
    Forbidden,
    Invalid,
    KeyReused,
    MoneyRefused,
    NotBookable,
    PartyRefused,
    PromotionRefused,
    SlotFull,
)
from booking_admin.rules.requests import NewCustomer
from booking_admin.rules.say import say
from booking_admin.rules.states import BookingStatus, EntryStatus
from booking_admin.rules.words import BookingSource
from booking_admin.services import access, bookings, customers, idempotency, waitlist
from booking_admin.services.bookings import Booked
from booking_admin.views import booking_choices, booking_looks, booking_reading
from booking_admin.views.booking_sheet import Sheet
from booking_admin.views.parts import Part

log = logging.getLogger(__name__)

# Which field a refusal is about; the others are said above the form.
PLACES: dict[type[BookingError], str] = {
    SlotFull: "slot_id",
    NotBookable: "slot_id",
    PartyRefused: "party",
    PromotionRefused: "promotion_code",
    MoneyRefused: "amount_cents",
    AlreadyWaiting: "customer_id",
    DuplicateBooking: "customer_id",
}
# What is different where the chosen session turned out to be full; all else stands as it was typed.
WHEN_FULL = ("said", "dates", "summary")
FIELDS = {"name": "family_name"}  # of the services' words, those that the form calls otherwise


class _WhoIsIt(BookingError):
    """The new customer may be one of those who are known."""

    status, code, text = 409, "who_is_it", say("Somebody like this is known. Say whether it is one of them.")


class _Meanwhile(BookingError):
    """Two people saved at once, and this one came second."""

    status, code = 409, "meanwhile"
    text = say("Somebody else changed something at the same moment. Nothing is saved; please try again.")


class NewBookingPage(Part):
    """Making a row of the bookings' screen."""

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        if request.method != "POST":
            args = request.args
            return self._booking_page(booking_reading.blank(slot_id=args.get("slot"), customer_id=args.get("customer")))
        sheet = booking_reading.sent(request.form)
        asked = request.form.get("do", "find")
        if asked in ("book", "wait"):
            return self._make(sheet, waits=asked == "wait")
        if asked == "follow":
            booking_looks.follow(sheet, at=request.form.get("at", ""), tried="tried" in request.form)
        else:
            booking_looks.look(sheet, asked)
        return self._booking_page(sheet)

    def _booking_page(self, sheet: Sheet, status: int = 200, parts: Sequence[str] = ("form",)) -> Any:
        sheet.describe_fares()
        quote, is_live = sheet.quote, _is_live()
        wrong = sheet.wrong  # a promotion that does not apply was said by the quote
        # A script asks for the form alone, or for parts of it, and puts them over those that stand there.
        page = self.render(
            "admin/new_booking/parts.html" if is_live else "admin/new_booking.html",
            sheet=sheet, form=sheet.form, quote=quote, parts=parts, wrong=wrong,
            first=wrong[0].name if wrong and not is_live else None,
            here=url_for("bookings.create_view"),
            obstacles=booking_looks.obstacles(sheet),
            was_tried="tried" in request.form or request.form.get("do") == "book",
        )  # fmt: skip
        return page if status == 200 else (page, status)

    def _make(self, sheet: Sheet, *, waits: bool) -> Any:
        # Both are asked, so that all that is wrong is said at once.
        if not sheet.form.is_complete() or sheet.wrong:
            booking_looks.offer(sheet)
            if not waits:
                booking_looks.foresee(sheet)
            return self._booking_page(sheet, 422)
        try:
            there = _wait(sheet) if waits else _book(sheet)
            return Response(headers={"HX-Redirect": there}) if _is_live() else redirect(there, 303)
        except BookingError as error:
            refusal = error
        except (IntegrityError, StaleDataError) as error:
            said = reason(error) if isinstance(error, IntegrityError) else error
            log.warning("A booking met another change: %s", said)
            refusal = _Meanwhile()
        is_full = isinstance(refusal, SlotFull)
        again = booking_reading.again(sheet, instead=refusal.facts["alternatives"] if is_full else None)
        if not (is_full and _is_live()):
            booking_looks.offer(again)
        _explain(again, refusal)
        if not waits:
            booking_looks.foresee(again)
        return self._booking_page(again, refusal.status, WHEN_FULL if is_full else ("form",))


def _is_live() -> bool:
    """Whether a script asks, which shows what is answered in the page that stands there."""
    return "HX-Request" in request.headers


# --- the two deeds ---------------------------------------------------------------------------------------------------


def _book(sheet: Sheet) -> str:
    """Books, or finds what the same page has booked already; answers where to look."""
    form, may = sheet.form, sheet.may  # asked of what was read before, which the transaction lets go
    with transaction(g.actor):
        turn = _claim(form)
        if isinstance(turn, idempotency.Claim):
            slot_id = access.check(g.actor, "slot.view", Slot, form.slot_id.data)
            customer = _customer(form)
            due = _due_cents(form, slot_id, customer, may=may)
            made: Booked | Booking = bookings.book(form.booking(slot_id, customer, may=may, due_cents=due), by=g.actor)
            turn.store(303, entity="booking", entity_id=made.id)
        else:
            made = access.fetch(g.actor, "booking.view", Booking, _made(turn, "booking"))
        booked_id, reference, status = made.id, made.reference, made.status
    told = _("%(reference)s is booked and confirmed.", reference=reference)
    if status is BookingStatus.pending:
        told = _("%(reference)s is booked, and waits to be confirmed.", reference=reference)
    flash(told, "success")
    return url_for("bookings.details_view", id=booked_id)


def _wait(sheet: Sheet) -> str:
    """Puts the party into the queue of the chosen session; answers where to look."""
    form = sheet.form
    if not access.can(g.actor, "waitlist.join"):
        raise Forbidden
    with transaction(g.actor):
        turn = _claim(form)
        if isinstance(turn, idempotency.Claim):
            slot = access.fetch(g.actor, "slot.view", Slot, form.slot_id.data)
            entry = waitlist.join(form.entry(slot.course_id, slot.id, _customer(form)), by=g.actor)
            turn.store(303, entity="waitlist_entry", entity_id=entry.id)
        else:
            entry = access.fetch(g.actor, "waitlist.view", WaitlistEntry, _made(turn, "waitlist_entry"))
        name, entry_id = entry.customer.name, entry.id
        is_offered = entry.status is EntryStatus.offered
    if is_offered:
        flash(_("%(name)s is on the waitlist, and seats that came free are held for them.", name=name), "success")
    else:
        flash(_("%(name)s is on the waitlist.", name=name), "success")
    return url_for("waitlist.details_view", id=entry_id)


def _claim(form: BookingForm) -> idempotency.Claim | idempotency.Answer:
    body = {name: values for name, values in request.form.lists() if name != "csrf_token"}
    return idempotency.claim(g.actor, "bookings.new", form.key.data or str(uuid4()), body)


def _made(answer: idempotency.Answer, entity: str) -> int:
    if answer.entity != entity or answer.entity_id is None:
        raise KeyReused
    return answer.entity_id


def _customer(form: BookingForm) -> int | NewCustomer:
    """Whom it is for: chosen, certainly known, or new; raises _WhoIsIt where staff have to say."""
    chosen = form.customer_id.data
    if chosen not in (None, NEW):
        return booking_choices.live(chosen).id
    given = form.newcomer()
    like = customers.near_ids(given)
    if not like:  # else the same one would be among them
        return given
    same = customers.match(given)
    if same is not None and chosen is None and _named_alike(same, given):
        return same.id
    refused = set((form.shown.data or "").split(",")) if chosen == NEW else set()
    if any(str(each) not in refused for each in like):
        raise _WhoIsIt
    # Staff said that it is somebody else, though the address is the same: a couple may share one.
    return customers.make(given, source=BookingSource(form.source.data), by=g.actor) if same is not None else given


def _named_alike(known: Customer, given: NewCustomer) -> bool:
    typed = " ".join(filter(None, (given.given_name, given.family_name))) or given.company_name or ""
    return text.fold(known.name) == text.fold(typed)


def _due_cents(form: BookingForm, slot_id: int, customer: int | NewCustomer, *, may: Mapping[str, bool]) -> int:
    """What is due now, where money comes with the booking; raises Invalid where more was typed than it costs."""
    if form.paying.data == Paying.none:
        return 0
    price = bookings.quote(form.priced(slot_id, customer, may=may, code=form.promotion_code.data))
    if (form.amount_cents.data or 0) > price.total_cents:
        raise Invalid({"amount_cents": [_("This is more than the price. Check the amount.")]})
    return price.deposit_cents or price.total_cents


# --- what was refused ------------------------------------------------------------------------------------------------


def _explain(sheet: Sheet, error: BookingError) -> None:
    """Puts a refusal beside the field that it is about."""
    form = sheet.form
    if isinstance(error, _WhoIsIt):
        form.blame("customer_id", str(error))
    elif isinstance(error, Invalid):
        sheet.said = " ".join(form.take({FIELDS.get(name, name): said for name, said in error.errors.items()}))
    elif isinstance(error, KeyReused):
        form.key.data = str(uuid4())
        sheet.said = _("This page has made a booking already. To make another one, press Book again.")
    else:
        _place(sheet, error)


def _place(sheet: Sheet, error: BookingError) -> None:
    name = PLACES.get(type(error), "")
    if isinstance(error, DuplicateBooking) and request.form.get("do") == "book":
        name = "duplicate_ok"
    if isinstance(error, NotBookable) and sheet.may["outside"]:
        name = "outside_reason"
    if name == "party":
        name = sheet.party_fields[0].name if sheet.party_fields else ""
    if name == "promotion_code" and not sheet.form.promotion_code.data:
        name = ""  # a promotion that works by itself
    if name:
        sheet.form.blame(name, str(error))
    else:
        sheet.said = str(error)
