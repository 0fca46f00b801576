"""A message on its way out, as a value: what it says, whether it is still worth sending, how it leaves the house."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking_admin.adapters import mailer, sms, wording
from booking_admin.adapters.mailer import NotSent, Post
from booking_admin.adapters.wording import House, Words
from booking_admin.database import db
from booking_admin.models import Message, User
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock
from booking_admin.rules.say import say
from booking_admin.rules.states import EntryStatus
from booking_admin.rules.words import MessageChannel
from booking_admin.services import links

log = logging.getLogger(__name__)

OFFER_GONE = say("The offer had run out before this could be sent.")
SESSION_OVER = say("The session was over before this could be sent.")
ASKED_LONG_AGO = say("The link was asked for too long ago.")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message; it survives the end of the transaction that read it."""

    id: int
    claim: str  # whose it is while it is being sent
    kind: str
    channel: MessageChannel
    to_name: str
    to_address: str
    facts: Mapping[str, Any]
    user_id: int | None
    written: Words | None  # as it was worded before, where its facts are gone
    overtaken: str | None  # why it is not worth sending any more
    key: str  # the same for every try, so that a mailbox may notice a second copy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending one: no reason means that it went out."""

    words: Words | None = None  # as the history keeps them
    provider_ref: str | None = None
    reason: str | None = None
    is_final: bool = False
    is_unclear: bool = False
    is_down: bool = False


def letter(row: Message, claim: str = "") -> Letter:
    """The message as a value."""
    is_spent = row.data is None and row.body_text is not None
    return Letter(
        id=row.id,
        claim=claim,
        kind=row.kind,
        channel=row.channel,
        to_name=row.to_name or "",
        to_address=row.to_address or "",
        facts=row.data or {},
        user_id=row.user_id,
        written=Words(row.body_text or "", row.subject, row.body_html) if is_spent else None,
        overtaken=_overtaken(row),
        key=f"{tenant().slug}.{row.id}.{int(row.created_at.timestamp())}",
    )


def send(given: Letter, post: Post) -> Outcome:
    """Words it and sends it; never inside transaction(). What fails is an outcome, not an error."""
    if given.overtaken:
        return Outcome(reason=given.overtaken, is_final=True)
    try:
        words, history = _worded(given)
    except Exception as error:  # whatever is wrong with one wording, the next message goes out
        log.exception("Message %d can't be worded.", given.id)
        return Outcome(reason=f"This message can't be worded: {error}", is_final=True)
    try:
        return Outcome(history, _dispatch(given, words, post))
    except NotSent as why:
        return Outcome(history, None, why.reason, why.is_final, why.is_unclear, why.is_down)
    except Exception as error:  # the same
        log.exception("Message %d can't be sent.", given.id)
        return Outcome(history, reason=f"This message can't be sent: {error}")


def readable(given: Letter) -> Words:
    """What the desk reads of a message that nobody sends; never inside transaction()."""
    try:
        words = _worded(given)[1]
    except Exception as error:  # it is kept, and says what is wrong with it
        log.exception("Message %d can't be worded.", given.id)
        return Words(f"This message can't be worded: {error}")
    if given.channel is MessageChannel.sms:
        sms.note(_text(given, words))
    return words


# --- which way is open -----------------------------------------------------------------------------------------------

_KEPT: dict[MessageChannel, Callable[[], str | None]] = {
    MessageChannel.email: mailer.kept_reason,
    MessageChannel.sms: sms.kept_reason,
}


def kept_reason(channel: MessageChannel) -> str | None:
    """Why messages of this way stay in the outbox, as a sentence; None where they go out."""
    return _KEPT[channel]() if channel in _KEPT else None


def ways(*, are_open: bool) -> list[MessageChannel]:
    """The ways by which messages go out, or those by which they do not."""
    return [channel for channel in _KEPT if (kept_reason(channel) is None) is are_open]


# --- inside ----------------------------------------------------------------------------------------------------------


def _overtaken(row: Message) -> str | None:
    """Why a message that had to wait would only confuse; None where it is as good as when it was written."""
    now, facts = clock.now(), row.data or {}
    if row.kind == "waitlist_offer":
        entry = row.waitlist_entry
        if (entry is not None and entry.status is not EntryStatus.offered) or _passed(facts.get("expires_at"), now):
            return OFFER_GONE
    if row.kind == "password_reset" and row.created_at + timedelta(hours=links.kept(row.kind)["hours"]) < now:
        return ASKED_LONG_AGO
    is_about_money = row.kind.startswith("payment_")
    ends_at = facts.get("ends_at")
    if not is_about_money and _passed(ends_at, now) and not _passed(ends_at, row.created_at):
        return SESSION_OVER
    return None


def _passed(instant: str | None, at: datetime) -> bool:
    return instant is not None and datetime.fromisoformat(instant) <= at


def _worded(given: Letter) -> tuple[Words, Words]:
    """As it is sent, and as the history keeps it: a link that opens an account is in the mail alone."""
    if given.written is not None:
        return given.written, given.written
    facts = {"name": given.to_name, **given.facts}
    make = wording.sms if given.channel is MessageChannel.sms else wording.mail
    hidden = links.kept(given.kind)
    history = make(given.kind, {**facts, **hidden}, _house())
    if not hidden:
        return history, history
    user = db.session.get(User, given.user_id) if given.user_id else None
    return make(given.kind, {**facts, **links.late(given.kind, user)}, _house()), history


def _dispatch(given: Letter, words: Words, post: Post) -> str:
    if given.channel is MessageChannel.sms:
        return sms.send(_text(given, words))
    here = tenant()
    return post.send(
        mailer.Mail(
            key=given.key,
            to_name=given.to_name,
            to_address=given.to_address,
            subject=words.subject or here.name,
            text=words.text,
            html=words.html or "",
            from_name=here.settings.mail_from_name or here.name,
            reply_to=here.settings.reply_to or here.email,
        )
    )


def _text(given: Letter, words: Words) -> sms.Text:
    return sms.Text(given.key, given.to_address, words.text, tenant().settings.sms_sender)


def _house() -> House:
    here = tenant()
    return House(here.name, here.language, here.zone, here.settings.reply_to or here.email)
