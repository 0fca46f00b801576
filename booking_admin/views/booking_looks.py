"""The page for new bookings while somebody looks around: whom they may mean, and what still stands in the way."""

from __future__ import annotations

from flask_babel import gettext as _

from booking_admin.forms.booking import NEW, BookingForm
from booking_admin.rules import text
from booking_admin.rules.requests import NewCustomer
from booking_admin.services import customers
from booking_admin.views.booking_sheet import Sheet

SOUGHT_MIN = 2  # letters, before a search answers while one types


def look(sheet: Sheet, asked: str) -> None:
    """Answers a button that takes nothing."""
    form = sheet.form
    if asked == "other":
        form.customer_id.data = form.who.data = None
        sheet.customer = None
    if asked == "slots":
        _another_list(form)
    offer(sheet)
    if asked == "find" and form.who.data and not sheet.found and form.newcomer() == NewCustomer():
        _fill_in(form, form.who.data)


def follow(sheet: Sheet, *, at: str, tried: bool) -> None:
    """Answers while somebody types: of the field where they are nothing is wrong yet."""
    form = sheet.form
    if sheet.slot is None:
        _another_list(form)
    if len(form.who.data or "") >= SOUGHT_MIN or form.newcomer() != NewCustomer():
        offer(sheet)
    if form.customer_id.data == NEW and form.who.data and form.newcomer() == NewCustomer():
        _fill_in(form, form.who.data)
    if tried:
        form.is_complete()
        foresee(sheet)
    if at in form:
        form[at].errors = ()


def _another_list(form: BookingForm) -> None:
    # Another list is shown, and nothing of it is chosen.
    form.slot_id.errors = form.instructor_id.errors = ()
    if form.instructor_id.data not in {None, *(value for value, _name in form.instructor_id.choices)}:
        form.instructor_id.data = None


def offer(sheet: Sheet) -> None:
    """Shows who is known by what was looked for, and who is like the customer that was typed."""
    form = sheet.form
    if sheet.customer is not None:
        return
    sought = customers.search(form.who.data) if form.who.data else []
    like = [each for each in customers.near(form.newcomer()) if each not in sought]
    sheet.offer([*like, *sought], _("Is it one of these?") if like else _("Who is it?"))


def _fill_in(form: BookingForm, words: str) -> None:
    # Nobody is found: what was looked for is the first that is known of the new one.
    if "@" in words:
        form.email.data = words
    elif not any(letter.isalpha() for letter in words):
        form.phone.data = words
    else:
        given, family = text.split_name(words)
        form.given_name.data, form.family_name.data = given or None, family


def _seats(sheet: Sheet) -> str | None:
    """Why the chosen session has no room for this party, if that is so."""
    if sheet.chosen is None or sheet.chosen.fits or (sheet.may["overbook"] and sheet.form.overbook_reason.data):
        return None
    return _("There are not enough free seats.")


def foresee(sheet: Sheet) -> None:
    """Says what would be refused, so that all is said at once; never before the attempt, which may come twice."""
    form = sheet.form
    if (full := _seats(sheet)) and not form.slot_id.errors:
        form.blame("slot_id", full)
    if (
        sheet.chosen is not None
        and sheet.may["outside"]
        and not (form.outside_reason.data or form.outside_reason.errors)
    ):
        form.blame("outside_reason", _("Say why it is booked outside the time."))


def obstacles(sheet: Sheet) -> list[str]:
    """What has to be done before it can be booked, in the order of the page."""
    found = [sentence for _name, sentence in sheet.form.missing()]
    if sheet.chosen is not None:
        found += [_seats(sheet) or ""]
        if sheet.may["outside"] and not sheet.form.outside_reason.data:
            found += [_("Say why it is booked outside the time.")]
    if sheet.fares and not sheet.form.party():
        found += [_("Say how many people come.")]
    found += [str(said) for each in sheet.wrong for said in each.errors]
    return list(dict.fromkeys(filter(None, found)))
