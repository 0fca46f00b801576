"""What happens next in a queue, in words: who is asked if an offer passes, or if seats come free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from booking_admin.models import Slot
from booking_admin.models.tenancy import tenant
from booking_admin.rules.states import EntryStatus
from booking_admin.rules.window import never, offerable
from booking_admin.services.availability import window_of
from booking_admin.services.queue import Place
from booking_admin.views.formats import midway, spoken


def prospects(slot: Slot, places: Sequence[Place], now: datetime) -> list[str]:
    """Sentences, in order; free seats as the slot has them."""
    if not offerable(window_of(slot), now):
        return [never(window_of(slot), now) or _("Booking has closed, so no more offers are made.")]
    waiting = [place for place in places if place.entry.status is EntryStatus.waiting and not place.is_booked]
    offered = [place for place in places if place.entry.offered_slot_id == slot.id]
    if not waiting:
        said = [_("Nobody is next: seats that come free can be booked by anybody.")]
    elif not tenant().settings.waitlist_auto_process:
        said = [_("Offers do not go out by themselves here: choose who is asked.")]
    elif offered:
        said = _if_it_passes(min(offered, key=lambda place: place.entry.offer_expires_at or now), waiting, slot.free)
    else:
        said = _as_seats_come(waiting, slot.free)
    return said


def _if_it_passes(soonest: Place, waiting: Sequence[Place], free: int) -> list[str]:
    entry = soonest.entry
    room = free + entry.seats
    when = midway(spoken(entry.offer_expires_at))
    said = ngettext(
        "If %(name)s lets it pass, %(num)s seat is free from %(when)s.",
        "If %(name)s lets it pass, %(num)s seats are free from %(when)s.",
        room, name=_name(soonest), when=when,
    )  # fmt: skip
    after = next((place for place in waiting if place.entry.seats <= room), None)
    if after is None:
        return [said, _("Nobody who waits fits into them.")]
    passed = [place for place in waiting if place.number < after.number]
    then = _("Then %(name)s is asked, at place %(place)s.", name=_name(after), place=after.number)
    return [said, then, _need_more(passed)] if passed else [said, then]


def _as_seats_come(waiting: Sequence[Place], free: int) -> list[str]:
    first = waiting[0]
    if fits := next((place for place in waiting if place.entry.seats <= free), None):
        return [_("%(name)s fits into what is free. Press “Offer” to ask them.", name=_name(fits))]
    seats = first.entry.seats
    said = [ngettext(
        "As soon as %(num)s seat is free, %(name)s is asked.",
        "As soon as %(num)s seats are free, %(name)s is asked.",
        seats, name=_name(first),
    )]  # fmt: skip
    if smaller := next((place for place in waiting if place.entry.seats < seats), None):
        said.append(ngettext(
            "If only %(num)s comes free, %(name)s is asked first, at place %(place)s.",
            "If only %(num)s come free, %(name)s is asked first, at place %(place)s.",
            smaller.entry.seats, name=_name(smaller), place=smaller.number,
        ))  # fmt: skip
    return said


def _need_more(passed: Sequence[Place]) -> str:
    numbers = ", ".join(str(place.number) for place in passed)
    return ngettext(
        "Place %(numbers)s needs more and keeps its place.", "Places %(numbers)s need more and keep their places.",
        len(passed), numbers=numbers,
    )  # fmt: skip


def _name(place: Place) -> str:
    return place.entry.customer.name or _("the party")
