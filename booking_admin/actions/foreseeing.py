"""What a step would come to, in sentences, before it is done: seats, money, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from booking_admin import imports
from booking_admin.actions.asking import show_sum, slot_choice, spoken_start
from booking_admin.database import db
from booking_admin.forms.said import told
from booking_admin.models import Blackout, Booking, ImportRun, Schedule, Slot
from booking_admin.models.tenancy import tenant
from booking_admin.reports.imports import brought
from booking_admin.rules import clock, states
from booking_admin.rules.clashes import Proposal
from booking_admin.rules.errors import ImportRefused, SlotFull
from booking_admin.rules.pricing import Quote
from booking_admin.rules.say import say, together
from booking_admin.rules.states import EntryStatus
from booking_admin.rules.window import offerable
from booking_admin.rules.words import RefundRule
from booking_admin.services import (
    availability,
    bookings,
    cancelling,
    changing,
    conflicts,
    messages,
    moves,
    outcomes,
    publishing,
    queue,
    settling,
    shifting,
    suggestions,
)
from booking_admin.services.blackouts import Deed

LOOKED_AT = 1_000  # rows of an import, before its undo is asked for; the job looks at all of them
CLASHES = 10  # sessions of which what is in the way is said
FOLLOWED = 5  # of those that stand against it


def cancelled(rows: Sequence[Booking], answers: Mapping[str, Any]) -> list[str]:
    """Cancelling: the seats that are free again, what goes back, what is kept, who is told and who may come instead."""
    seats = sum(row.seats for row in rows if row.status in states.SEATED)
    said = [ngettext("%(num)s seat is given back.", "%(num)s seats are given back.", seats)]
    said += _money_back(rows, answers.get("refund_cents"))
    said.append(_told(rows, "booking_cancelled", answers.get("notify", True)))
    if len(rows) == 1 and rows[0].status in states.SEATED:
        said += _next_in_line(rows[0].slot, rows[0].seats)
    return said


def published(rows: Sequence[Slot], answers: Mapping[str, Any]) -> list[str]:
    """Publishing: that it can be booked, what is in its way, and the ways round."""
    said = [ngettext("From now on it can be booked.", "From now on these %(num)s can be booked.", len(rows))]
    wanted = [conflicts.proposal_of(slot) for slot in rows]
    for slot, found in zip(rows, conflicts.find(wanted), strict=True):
        name = "" if len(rows) == 1 else f"{slot_choice(slot)[1]}: "
        said += [f"{name}{told(conflict.sentence())}" for conflict in found]
    if len(rows) == 1 and len(said) > 1:
        said += [told(way.sentence()) for way in suggestions.suggest(wanted[0], zone=rows[0].zone)]
    if answers.get("notify"):
        said.append(_readers(publishing.readers(rows[0].course_id)))
    return said


def all_published(rows: Sequence[Slot], answers: Mapping[str, Any]) -> list[str]:
    """Publishing a schedule: how many can be booked, what is in whose way, who is told, whether it takes a while."""
    plan, is_told = publishing.plan(rows[0]), bool(answers.get("notify"))
    said = [ngettext("From now on %(num)s session can be booked.", "From now on %(num)s sessions can be booked.",
                     len(plan.slots))]  # fmt: skip
    clashing = [(slot, found) for slot, found in zip(plan.slots, plan.found, strict=True) if found]
    for slot, found in clashing[:CLASHES]:
        said += [f"{spoken_start(slot.starts_at, slot)}: {told(conflict.sentence())}" for conflict in found]
    if len(clashing) > CLASHES:
        more = len(clashing) - CLASHES
        said.append(ngettext("Something is in the way of %(num)s more session.",
                             "Something is in the way of %(num)s more sessions.", more))  # fmt: skip
    if is_told:
        said.append(_readers(plan.readers))
    if plan.is_large(notify=is_told):
        said.append(_("They are many: it is done in the background. What is taken meanwhile stays a draft."))
    return said


def shifted(rows: Sequence[Slot], answers: Mapping[str, Any]) -> list[str]:
    """Moving a session: what is in the way there, the ways round, and who is told; nothing until something changes."""
    slot, wall = rows[0], answers.get("wall")
    places = {name: answers.get(name) for name in ("room_id", "instructor_id")}
    if wall is None:
        return []
    wanted = shifting.proposal(slot, wall=wall, until=answers.get("until"), **places)
    if wanted == conflicts.proposal_of(slot):
        return []
    said, _is_free = in_the_way(wanted, slot.zone)
    return said + _moves_along(cancelling.consequences(slot).bookings, answers.get("notify"))


def in_the_way(wanted: Proposal, zone: str) -> tuple[list[str], bool]:
    """What is in the way of a session and the ways round, by the clock of a zone; and whether nothing is."""
    (found,) = conflicts.find([wanted], zone=zone)
    if not found:
        return [_("Nothing is in the way there.")], True
    ways = [told(way.sentence()) for way in suggestions.suggest(wanted, zone=zone)]
    return [*(told(conflict.sentence()) for conflict in found), *ways], False


def called_off(rows: Sequence[Slot], answers: Mapping[str, Any], *, in_one_go: bool = False) -> list[str]:
    """Cancelling sessions: who loses a place, what goes back, who is told, and whether it takes a while."""
    rule = RefundRule(answers.get("refund") or RefundRule.policy)
    found = [cancelling.consequences(slot, refund=rule) for slot in rows]
    bookings_, seats, waiting = (
        sum(getattr(each, name) for each in found) for name in ("bookings", "seats", "waiting")
    )
    if not bookings_ and not waiting:
        return [
            ngettext("Nobody has booked it or waits for it.", "Nobody has booked them or waits for them.", len(rows))
        ]
    said = [ngettext("%(num)s booking with %(seats)s seats is cancelled.",
                     "%(num)s bookings with %(seats)s seats are cancelled.", bookings_, seats=seats)]  # fmt: skip
    if waiting:
        said.append(ngettext("%(num)s party that waits is taken off the list.",
                             "%(num)s parties that wait are taken off the list.", waiting))  # fmt: skip
    paid, back = sum(each.paid_cents for each in found), sum(each.back_cents for each in found)
    if paid:
        said.append(_("Of %(paid)s that was paid, %(back)s goes back.", paid=show_sum(paid), back=show_sum(back)))
    if not answers.get("notify", True):
        said.append(_("Nobody is told."))
    elif unreachable := sum(each.unreachable for each in found):
        said.append(ngettext("%(num)s customer cannot be told: no e-mail address or phone number is known.",
                             "%(num)s customers cannot be told: no e-mail address or phone number is known.",
                             unreachable))  # fmt: skip
    if any(each.is_large for each in found) or (in_one_go and bookings_ + waiting > cancelling.AT_ONCE):
        said.append(_("They are many: it is done in the background, and nobody can book meanwhile."))
    return said


def settled(rows: Sequence[Blackout], answers: Mapping[str, Any]) -> list[str]:
    """Settling a blackout: how many sessions stay, where others go and with whom, and what calling off comes to."""
    deeds, starts = answers.get("deeds") or {}, answers.get("starts") or {}
    slots = {each.id: each.slot for each in settling.asked(rows[0])}
    stay = sum(deed == Deed.keep for deed in deeds.values())
    said = [ngettext("%(num)s session stays where it is.", "%(num)s sessions stay where they are.", stay)] * bool(stay)
    for slot_id, start in starts.items():
        if (slot := slots.get(slot_id)) is not None:
            when = spoken_start(start, slot)
            said.append(_("%(session)s moves to %(when)s.", session=slot.name, when=when))
            said += _moves_along(cancelling.consequences(slot).bookings, answers.get("notify"))
    off = [slots[slot_id] for slot_id, deed in deeds.items() if deed == Deed.cancel and slot_id in slots]
    if off:
        said.append(ngettext("%(num)s session is cancelled.", "%(num)s sessions are cancelled.", len(off)))
        said += called_off(off, answers, in_one_go=True)
    return said


def _readers(many: int) -> str:
    return str(ngettext("%(num)s customer is told.", "%(num)s customers are told.", many))


def ended(rows: Sequence[Schedule], answers: Mapping[str, Any]) -> list[str]:
    """Ending a schedule: what of it is left, what goes, and what is booked and waits for somebody to decide."""
    schedule, until_on = rows[0], answers.get("until_on")
    if until_on is None:
        return []
    return rescheduled(outcomes.foresee(schedule, changing.ended(schedule, until_on)))


def rescheduled(found: outcomes.Change) -> list[str]:
    """Changing a schedule: how many sessions move, change, stay, go and come, and how many bookings move along."""
    many = {deed.value: len(found.of(deed)) for deed in outcomes.Deed}
    along = found.of(outcomes.Deed.moved, outcomes.Deed.changed)
    bookings_, seats = sum(line.bookings for line in along), sum(line.seats for line in along)
    said = [
        (many["moved"], ngettext("%(num)s session moves.", "%(num)s sessions move.", many["moved"])),
        (many["changed"], ngettext("%(num)s session changes and keeps its time.",
                                   "%(num)s sessions change and keep their times.", many["changed"])),
        (bookings_, ngettext("%(num)s booking with %(seats)s seats goes along.",
                             "%(num)s bookings with %(seats)s seats go along.", bookings_, seats=seats)),
        (many["goes"], ngettext("%(num)s session is called off: its date is gone, and nobody has booked it.",
                                "%(num)s sessions are called off: their dates are gone, and nobody has booked them.",
                                many["goes"])),
        (many["stays"], ngettext("%(num)s session stays though its date is gone: it is booked, and you decide.",
                                 "%(num)s sessions stay though their dates are gone: they are booked, and you decide.",
                                 many["stays"])),
        (many["by_hand"], ngettext("%(num)s session that was changed by hand stays as it is.",
                                   "%(num)s sessions that were changed by hand stay as they are.", many["by_hand"])),
        (many["unchanged"], ngettext("%(num)s session stays as it is.", "%(num)s sessions stay as they are.",
                                     many["unchanged"])),
        (found.new, ngettext("%(num)s session is new.", "%(num)s sessions are new.", found.new)),
    ]  # fmt: skip
    return [sentence for number, sentence in said if number] or [_("No session that is still to come is touched.")]


def clashing(found: outcomes.Change) -> list[str]:
    """For how many sessions a change of a schedule is refused, unless somebody says why all the same."""
    many = sum(line.is_hard for line in found.lines)
    said = ngettext("Something is in the way of %(num)s session.", "Something is in the way of %(num)s sessions.", many)
    return [said] * bool(many)


def _moves_along(many: int, is_told: Any) -> list[str]:
    if many and is_told:
        return [_readers(many)]
    if many:
        return [ngettext("%(num)s booking moves along, and nobody is told.",
                         "%(num)s bookings move along, and nobody is told.", many)]  # fmt: skip
    return []


def moved(rows: Sequence[Booking], answers: Mapping[str, Any]) -> list[str]:
    """Moving: the difference in price first, then deposit, seats and who is told; nothing until something changes."""
    booking, slot_id = rows[0], answers.get("slot_id")
    party = answers.get("party") or {}
    slot = db.session.get(Slot, slot_id) if slot_id else None
    if slot is None or not party or (slot.id == booking.slot_id and party == booking.party):
        return []
    price = moves.preview(booking, slot_id=slot.id, party=party)
    more = price.seats - (booking.seats if slot.id == booking.slot_id else 0)
    if more > slot.free:
        raise SlotFull(left=slot.free, wanted=more)
    said = [_difference(booking, price), *_deposit(booking, price), *_seats(booking, slot, price.seats)]
    said.append(_told(rows, "booking_moved", answers.get("notify", True)))
    freed = booking.seats - (price.seats if slot.id == booking.slot_id else 0)
    return said + _next_in_line(booking.slot, freed)


def _money_back(rows: Sequence[Booking], wanted: int | None) -> list[str]:
    paid = sum(row.paid_cents - row.refunded_cents for row in rows)
    if not paid:
        return [_("Nothing was paid, so nothing goes back.")]
    settled = [bookings.proposed_refund(row) for row in rows]
    fee, back = sum(each[0] for each in settled), sum(each[1] for each in settled)
    if len(rows) == 1 and wanted not in (None, back):
        fee, back = paid - (wanted or 0), wanted or 0
        return [_("%(back)s goes back, and %(fee)s is kept as a fee.", back=show_sum(back), fee=show_sum(fee))]
    said = _("By the policy %(back)s goes back and %(fee)s is kept as a fee.", back=show_sum(back), fee=show_sum(fee))
    return [said]


def _difference(booking: Booking, price: Quote) -> str:
    more = price.total_cents - booking.total_cents
    total, balance = show_sum(price.total_cents), booking.balance_cents + more
    if more > 0:
        said = _("%(sum)s more: the price becomes %(total)s.", sum=show_sum(more), total=total)
    elif more < 0:
        said = _("%(sum)s less: the price becomes %(total)s.", sum=show_sum(-more), total=total)
    else:
        said = _("The price stays %(total)s.", total=total)
    if balance < 0:
        return f"{said} {_('%(sum)s is to be given back.', sum=show_sum(-balance))}"
    return f"{said} {_('%(sum)s is then still to pay.', sum=show_sum(balance))}"


def _deposit(booking: Booking, price: Quote) -> list[str]:
    said = [_("No fee is taken for moving.")]
    if price.deposit_cents and price.deposit_cents != booking.deposit_cents:
        paid = show_sum(booking.paid_cents - booking.refunded_cents)
        due = show_sum(price.deposit_cents)
        said.append(_("The deposit becomes %(due)s; %(paid)s is paid.", due=due, paid=paid))
    return said


def _seats(booking: Booking, slot: Slot, seats: int) -> list[str]:
    if slot.id != booking.slot_id:
        lines = (slot_choice(slot)[1], ngettext("takes %(num)s seat", "takes %(num)s seats", seats))
        return [_("%(session)s: %(takes)s.", session=lines[0], takes=lines[1])]
    more = seats - booking.seats
    if more > 0:
        return [ngettext("%(num)s more seat is taken.", "%(num)s more seats are taken.", more)]
    return [ngettext("%(num)s seat is given back.", "%(num)s seats are given back.", -more)] if more else []


def _told(rows: Sequence[Booking], kind: str, is_told: bool) -> str:
    if not is_told:
        return str(_("Nobody is told."))
    if len(rows) > 1:
        return str(ngettext("%(num)s customer is told.", "%(num)s customers are told.", len(rows)))
    customer = rows[0].customer
    address = messages.address(kind, customer)
    if address is None:
        return str(_("%(name)s cannot be told: no e-mail address or phone number is known.", name=customer.name))
    return str(_("%(name)s is told, at %(address)s.", name=customer.name, address=address))


def _next_in_line(slot: Slot, freed: int) -> list[str]:
    """Who would be offered the seats; said with care, since the queue may move until then."""
    window = availability.window_of(slot)
    if freed <= 0 or not tenant().settings.waitlist_auto_process or not offerable(window, clock.now()):
        return []
    free = slot.free + freed
    waiting = [place.entry for place in queue.queue_of(slot) if not place.is_booked]
    fits = next((each for each in waiting if each.status is EntryStatus.waiting and each.seats <= free), None)
    if fits is None:
        return []
    seats = ngettext("%(num)s seat", "%(num)s seats", fits.seats)
    return [_("The queue is next: %(name)s is offered %(seats)s.", name=fits.customer.name, seats=seats)]


def undone(rows: Sequence[ImportRun], answers: Mapping[str, Any]) -> list[str]:
    """Undoing an import: what goes, or the rows that something followed for; then nothing goes."""
    run = rows[0]
    found = brought(run)
    if followed := imports.followed(run.id, look_at=LOOKED_AT):
        lines = [say("Line %(line)s: %(why)s", line=line, why=why) for line, why in followed[:FOLLOWED]]
        raise ImportRefused(reason=together(say("It can't be taken back, since something followed."), *lines))
    said = []
    if found is not None and found.bookings:
        said.append(ngettext("%(num)s booking goes.", "%(num)s bookings go.", found.bookings))
        said.append(_("The customers, sessions and courses that it brought go too, where nothing else names them."))
    elif found is not None:
        said.append(ngettext("%(num)s customer goes.", "%(num)s customers go.", found.customers))
    return [*said, _("The file and the fate of its rows stay in the list of imports.")]
