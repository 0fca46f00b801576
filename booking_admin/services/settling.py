"""What becomes of the sessions that a blackout came over: each stays, moves or is called off, all in one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from booking_admin.models import Blackout, Slot
from booking_admin.rules.actor import Actor
from booking_admin.rules.clashes import Diary, Proposal, Surroundings
from booking_admin.rules.errors import Invalid, ReasonNeeded
from booking_admin.rules.say import say
from booking_admin.rules.words import RefundRule
from booking_admin.services import blackouts, cancelling, conflicts, suggestions
from booking_admin.services.blackouts import Affected, Deed
from booking_admin.services.suggestions import SuggestionKind

ASKED = 50  # sessions that are asked about at once, the soonest; for each a free time is looked for
_LATER = (SuggestionKind.time, SuggestionKind.week)


def asked(blackout: Blackout) -> list[Affected]:
    """The sessions that are asked about, soonest first."""
    return blackouts.affected(blackout, most=ASKED)


def free_times(slots: Sequence[Slot]) -> dict[int, datetime]:
    """For each session the first time (UTC) at which it could be instead, by its id; none where nothing is free.

    No two are sent to the same place at the same time.
    """
    found: dict[int, datetime] = {}
    taken: list[Proposal] = []
    # A venue counts as taken whole: rather another time than two sessions in one hall.
    venues = frozenset(slot.venue_id for slot in slots if slot.venue_id is not None)
    for slot in slots:
        ways = suggestions.suggest(conflicts.proposal_of(slot), zone=slot.zone)
        others = Diary(Surroundings(whole_venues=venues), taken)
        free = (way.proposal for way in ways if way.kind in _LATER and not others.clashes(way.proposal))
        if (first := next(free, None)) is not None:
            found[slot.id] = first.spans[0][0]
            taken.append(first)
    return found


def settle(
    blackout: Blackout,
    *,
    deeds: Mapping[int, Deed | str],
    starts: Mapping[int, datetime],
    reason: str | None = None,
    refund: RefundRule | str = RefundRule.policy,
    notify: bool = True,
    by: Actor,
) -> None:
    """Does with each session, by its id, what was decided; starts (UTC) are of those that move.

    What was said of a session that is not in the time any more is refused, and so is calling off without a reason.
    Where they are many who lose their place, the rest of them is taken out in the background.
    """
    called_off = [slot_id for slot_id, deed in deeds.items() if deed == Deed.cancel]
    if called_off and not (reason or "").strip():
        raise ReasonNeeded(what=say("Cancelling"))
    conflicts.lock()
    cancelling.lock(deeds, called_off=called_off)
    here = {each.id: each.slot for each in blackouts.affected(blackout)}
    if not here.keys() >= deeds.keys():
        raise Invalid({"": [say("A session is not in this time any more. Look at the list again.")]})
    room = cancelling.AT_ONCE
    # Those that are called off first: what moves may take their place.
    for slot_id in sorted(deeds, key=lambda each: (deeds[each] != Deed.cancel, each)):
        many = cancelling.left(slot_id) if slot_id in called_off else 0
        blackouts.settle(here[slot_id], blackout=blackout, deed=deeds[slot_id], start=starts.get(slot_id),
                         reason=reason, refund=RefundRule(refund), notify=notify, at_once=room, by=by)  # fmt: skip
        room = max(0, room - many)
