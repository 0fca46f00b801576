"""How the page for new bookings is read: blank, as it was sent, and again after it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from booking_admin.forms.booking import NAMED_MAX, NEW, BookingForm, with_people
from booking_admin.forms.said import label
from booking_admin.forms.steps import PEOPLE, whole
from booking_admin.models.tenancy import tenant
from booking_admin.rules.errors import NotFound
from booking_admin.rules.words import word
from booking_admin.services import quotes
from booking_admin.views import booking_choices
from booking_admin.views.booking_choices import Offered
from booking_admin.views.booking_sheet import Sheet
from booking_admin.views.fields import facts


def blank(*, slot_id: str | None, customer_id: str | None) -> Sheet:
    """An empty page, perhaps with a session and a customer chosen; raises NotFound for those of somebody else."""
    slot = booking_choices.dated(slot_id) if slot_id else None
    customer = booking_choices.live(customer_id) if customer_id else None
    start: dict[str, Any] = {"key": str(uuid4())}
    if slot is not None:
        start |= {"course_id": slot.course_id, "slot_id": str(slot.id)}
    if customer is not None:
        start["customer_id"] = str(customer.id)
    sheet = _sheet(None, start, booking_choices.offered_by(slot) if slot else None)
    sheet.slot = slot
    sheet.choose(customer)
    return sheet


def sent(typed: MultiDict[str, str]) -> Sheet:
    """The page as it was sent; what does not exist for this person is said at its field."""
    slot, no_slot = booking_choices.chosen(booking_choices.dated, typed.get("slot_id", "").strip())
    course: Offered | None
    if slot is not None and typed.get("course_id") == str(slot.course_id):
        course, no_course = booking_choices.offered_by(slot), ""
    else:
        course, no_course = booking_choices.chosen(booking_choices.offered, typed.get("course_id"))
    sheet = _sheet(typed, {}, course)
    form = sheet.form
    form.key.data = form.key.data or str(uuid4())
    form.validate()
    if no_course and not form.course_id.errors:
        form.blame("course_id", no_course)
    sheet.slot = slot
    form.blame("slot_id", no_slot) if no_slot else _check_slot(sheet)
    if form.customer_id.data not in (None, NEW):
        try:
            sheet.choose(booking_choices.live(form.customer_id.data))
        except NotFound:
            form.blame("customer_id", booking_choices.missing())
    return sheet


def again(refused: Sheet, *, instead: Sequence[int] | None) -> Sheet:
    """The same page after a booking was refused: what was typed stands as it was, and the books are read anew."""
    sheet = Sheet(refused.form, refused.course, refused.fares, instead=instead)
    if refused.slot is not None:
        sheet.slot, _wrong = booking_choices.chosen(booking_choices.dated, refused.slot.id)
    sheet.customer = booking_choices.live_or_none(refused.form.customer_id.data if refused.customer else None)
    return sheet


def _sheet(typed: MultiDict[str, str] | None, start: Mapping[str, Any], course: Offered | None) -> Sheet:
    fares = quotes.fares(course.id if course else 0)
    first = next(iter(fares), "adult")
    counts = {first: 1}
    if typed is not None and any(PEOPLE + code in typed for code in fares):
        counts = {code: min(whole(typed.get(PEOPLE + code, "").strip()) or 0, NAMED_MAX) for code in fares}
    elif typed is not None:
        typed = MultiDict([*typed.items(multi=True), (PEOPLE + first, "1")])
    kind = with_people({code: fare.name for code, fare in fares.items()}, counts)
    form: BookingForm = kind(typed, data={PEOPLE + first: 1, **start}, meta=facts())
    form.course_id.choose_from(lambda: booking_choices.courses(course), known=course.id if course else None)
    form.instructor_id.choose_from(lambda: booking_choices.instructors(course))
    form.referral_source.choose_from(lambda: [(each, label(each)) for each in tenant().settings.referral_sources])
    form.slot_id.label.text = word(tenant().trade)
    return Sheet(form, course, fares)


def _check_slot(sheet: Sheet) -> None:
    # The list may have been another one when the session was chosen.
    slot, leader = sheet.slot, sheet.form.instructor_id.data
    if slot is None:
        return
    if sheet.course is None or slot.course_id != sheet.course.id:
        sheet.form.blame("slot_id", _("This date is of another course. Choose one of these."))
        sheet.slot = None
    elif isinstance(leader, int) and leader not in (slot.instructor_id, slot.backup_instructor_id):
        sheet.form.blame("slot_id", _("This date is with another instructor. Choose one of these."))
        sheet.slot = None
