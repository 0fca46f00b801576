"""The queue of one session: its seats, open offers, who waits and why somebody is skipped, and what happens next."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from booking_admin import actions
from booking_admin.database import db, transaction
from booking_admin.forms.said import small
from booking_admin.forms.steps import PEOPLE
from booking_admin.forms.waitlist import PRIORITIES, JoinForm, join_form
from booking_admin.models import AuditEntry, Customer, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports import waitlist as reports
from booking_admin.reports.gathering import OF_SLOT, along
from booking_admin.rules import clock
from booking_admin.rules.errors import BookingError, Invalid, NotFound
from booking_admin.rules.requests import NewEntry
from booking_admin.rules.window import offerable
from booking_admin.services import access, availability, customers, quotes, waitlist
from booking_admin.services.queue import Place, queue_of
from booking_admin.views.fields import facts
from booking_admin.views.formats import spoken_span
from booking_admin.views.parts import Part
from booking_admin.views.prospects import prospects
from booking_admin.views.timeline import Told, told

FOUND_MAX = 8


class Queue(Part):
    """The page of a session's queue, and the form to join it; part of the screen of waiting parties."""

    permissions: ClassVar[dict[str, str]] = {"queue": "waitlist.view", "join": "waitlist.join"}
    live: ClassVar[tuple[str, ...]] = ("queue",)

    @expose("/sessions/<int:slot_id>/")
    def queue(self, slot_id: int) -> Any:
        slot = access.fetch(g.actor, "slot.view", Slot, slot_id, *along(Slot, OF_SLOT))
        places = queue_of(slot)
        steps = {place.entry.id: self.steps_for(place, slot) for place in places}
        page: str = self.render(
            "admin/queue.html",
            slot=slot,
            places=places,
            steps=steps,
            priorities=PRIORITIES,
            prospects=prospects(slot, places, clock.now()),
            trail=[_told(entry, customer) for entry, customer in db.session.execute(reports.happened(slot.id))],
            capacity_step=[each for each in actions.offered(g.actor, slot) if each.name == "capacity"],
            may_join=access.can(g.actor, "waitlist.join") and offerable(availability.window_of(slot), clock.now()),
            here=url_for(".queue", slot_id=slot.id),
            **_about(slot),
        )
        return page

    def steps_for(self, place: Place, slot: Slot) -> dict[str, actions.Action]:
        """What can be done with a party on this page, by name."""
        entry = place.entry
        found = {action.name: action for action in actions.offered(g.actor, entry)}
        if entry.offered_slot_id not in (None, slot.id):
            return {"leave": found["leave"]} if "leave" in found else {}
        if place.why or not offerable(availability.window_of(slot), clock.now()):
            found.pop("offer", None)
        return found

    @expose("/sessions/<int:slot_id>/join/", methods=("GET", "POST"))
    def join(self, slot_id: int) -> Any:
        slot = access.fetch(g.actor, "slot.view", Slot, slot_id)
        fares = [(fare.code, fare.name) for fare in quotes.fares(slot.course_id).values()]
        find = request.values.get("find", "").strip()[:100]
        form = self.join_form(fares, find)
        said, status = "", 200
        if request.method == "POST":
            status = 422
            if form.validate():
                try:
                    name = self.joined(slot.id, form)
                except BookingError as error:
                    said = self.not_joined(form, error)
                    status = status if isinstance(error, NotFound) else error.status
                else:
                    flash(_("%(name)s is on the waitlist.", name=name), "success")
                    return redirect(url_for(".queue", slot_id=slot_id))
        slot = access.fetch(g.actor, "slot.view", Slot, slot_id)
        page = self.render("admin/join.html", slot=slot, form=form, find=find, said=said, fares=fares, **_about(slot))
        return page if status == 200 else (page, status)

    def join_form(self, fares: list[tuple[str, str]], find: str) -> JoinForm:
        """The form with those to choose from: who was found, and who was chosen."""
        sent = request.form if request.method == "POST" else None
        first = {f"{PEOPLE}{fares[0][0]}": 1} if fares else {}
        form: JoinForm = join_form(fares)(sent, data=first, meta=facts())
        found = customers.search(find, limit=FOUND_MAX) if find else []
        chosen = form.customer_id.data
        if chosen is not None and chosen not in {each.id for each in found}:
            found = [*self.seen(chosen), *found]
        form.customer_id.choices = [(each.id, _known(each)) for each in found]
        if chosen is None and len(found) == 1 and sent is None:
            form.customer_id.data = found[0].id
        return form

    def seen(self, customer_id: int) -> list[Customer]:
        """The customer, if this person may see them."""
        try:
            return [access.fetch(g.actor, "customer.view", Customer, customer_id)]
        except NotFound:
            return []

    def joined(self, slot_id: int, form: JoinForm) -> str:
        """Puts the party into the queue; answers whose it is."""
        with transaction(g.actor):
            slot = access.fetch(g.actor, "slot.view", Slot, slot_id)
            customer = access.fetch(g.actor, "customer.view", Customer, form.customer_id.data)
            name = customer.name
            waitlist.join(
                NewEntry(
                    course_id=slot.course_id,
                    slot_id=slot.id,
                    customer=customer.id,
                    party=form.party(),
                    priority=form.priority.data,
                    notes=form.notes.data,
                ),
                by=g.actor,
                notify=form.notify.data,
            )
        return name or _("The party")

    def not_joined(self, form: JoinForm, error: BookingError) -> str:
        if isinstance(error, NotFound):
            form.customer_id.errors = [_("This customer was not found. Look for them again.")]
            return ""
        return " ".join(form.take(error.errors)) if isinstance(error, Invalid) else str(error)


def _about(slot: Slot) -> dict[str, Any]:
    return {
        "when": spoken_span(slot),
        "hours": tenant().settings.waitlist_notification_expiry_hours,
        "by_itself": tenant().settings.waitlist_auto_process,
    }


def _known(customer: Customer) -> str:
    reach = " · ".join(part for part in (customer.phone, customer.email) if part)
    return f"{customer.name or _('No name')}{f' · {reach}' if reach else ''}"


def _told(entry: AuditEntry, customer: Customer) -> Told:
    """What happened to a party of the queue, with its name."""
    made = told(entry)
    return Told(made.at, made.who, f"{customer.name or _('No name')}: {small(made.what)}", [], made.icon, made.tone)
