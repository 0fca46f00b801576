"""Who comes with a booking: names, how to reach them and what they need, for the whole party on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import selectinload

from booking_admin.database import transaction
from booking_admin.forms.fields import PanelForm
from booking_admin.models import Attendee, Booking
from booking_admin.reports.gathering import along
from booking_admin.rules.errors import BookingError, Invalid, StaleVersion
from booking_admin.services import attendees
from booking_admin.views.fields import facts, form_for
from booking_admin.views.formats import shown
from booking_admin.views.parts import Part

LABELS = {
    "email": {"label": _l("E-mail")},
    "dietary_needs": {"label": _l("Dietary needs")},
    "accessibility_needs": {"label": _l("Access needs")},
}


@dataclass
class Person:
    """One of the party as the page shows them: values only, since a refused transaction forgets what was read."""

    row_id: int
    title: str
    version: str
    form: PanelForm
    theirs: list[tuple[str, Any]]  # what somebody else saved meanwhile, by label


class PartyPage(Part):
    """The people of a booking."""

    @expose("/party/", methods=("GET", "POST"))
    def party_view(self) -> Any:
        named = selectinload(Booking.attendees).joinedload(Attendee.fare)
        booking = self.fetch(request.args.get("id"), "edit", named, *along(Booking, self.loads))
        people = _people(booking)
        if request.method != "POST":
            return self._party(booking, people)
        if any([not person.form.validate() for person in people]):  # noqa: C419 (all that is wrong is said at once)
            return self._party(booking, people, status=422)
        try:
            with transaction(g.actor):
                row = self.fetch(booking.id, "edit")
                given = {person.row_id: person.form.answers() for person in people}
                versions = {person.row_id: int(person.version) if person.version.isdecimal() else None
                            for person in people}  # fmt: skip
                attendees.describe(row, given, versions=versions, by=g.actor)
        except BookingError as error:
            return self._party_refused(booking.id, people, error)
        flash(_("Who comes is saved."), "success")
        return redirect(url_for(".details_view", id=booking.id))

    def _party_refused(self, booking_id: int, people: list[Person], error: BookingError) -> Any:
        booking = self.fetch(booking_id, "edit")
        if isinstance(error, Invalid):
            for key, sentences in error.errors.items():
                number, _dash, name = key.partition("-")
                next(each for each in people if str(each.row_id) == number).form[name].errors = sentences
            return self._party(booking, people, status=error.status)
        if isinstance(error, StaleVersion):
            stale = error.facts.get("people", [])
            for attendee in booking.live_attendees:
                person = next((each for each in people if each.row_id == attendee.id), None)
                if person is not None and attendee.id in stale:
                    person.version = str(attendee.version)
                    person.theirs = [
                        (field.label.text, shown(getattr(attendee, field.short_name), field.short_name))
                        for field in person.form if getattr(attendee, field.short_name) != field.data
                    ]  # fmt: skip
        return self._party(booking, people, status=error.status, said=str(error))

    def _party(self, booking: Booking, people: list[Person], *, status: int = 200, said: str = "") -> Any:
        wrong = [(field.id, f"{each.title}: {field.label.text}") for each in people for field in each.form
                 if field.errors]  # fmt: skip
        page = self.render(
            "admin/party.html", row=booking, people=people, said=said, wrong=wrong,
            back=url_for(".details_view", id=booking.id),
        )  # fmt: skip
        return page if status == 200 else (page, status)


def _people(booking: Booking) -> list[Person]:
    """Everybody of the party, with what was sent, else as saved."""
    kind = form_for(Attendee, attendees.FIELDS, {name: dict(each) for name, each in LABELS.items()}, {})
    sent = request.form if request.method == "POST" else None
    found = []
    for number, attendee in enumerate(booking.live_attendees, start=1):
        prefix = f"p{attendee.id}"
        if sent is not None and f"{prefix}-version" not in sent:
            continue  # joined the party after the page was shown
        version = sent[f"{prefix}-version"] if sent is not None else str(attendee.version)
        form = kind(sent, obj=attendee, prefix=prefix, meta=facts())
        title = _("Person %(number)s, %(fare)s", number=number, fare=attendee.fare.name)
        found.append(Person(attendee.id, title, version, form, []))
    return found
