"""A text message → the provider that the settings name; without one it is only written down."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from booking_admin.rules.say import say
from booking_admin.rules.text import sms_parts

log = logging.getLogger(__name__)
_KEPT = say("Nobody is set up to send text messages (SMS_PROVIDER), so they are kept here.")


@dataclass(frozen=True, slots=True)
class Text:
    """One text message; `key` is the same for every try."""

    key: str
    to: str
    text: str
    sender: str | None = None


# By the name in SMS_PROVIDER: sends one, answers the provider's own number of it, raises mailer.NotSent.
PROVIDERS: dict[str, Callable[[Text], str]] = {}


def kept_reason() -> str | None:
    """Why text messages are not sent at all; None where they are."""
    return None if current_app.config["SMS_PROVIDER"] in PROVIDERS else _KEPT


def send(given: Text) -> str:
    """Sends one by the provider that is set up."""
    return PROVIDERS[current_app.config["SMS_PROVIDER"]](given)


def note(given: Text) -> None:
    """Logs that one was made and is kept; neither its words nor the whole number, which are somebody's."""
    encoding, length, parts = sms_parts(given.text)
    size = f"{length} {encoding} characters, {parts} part(s)"
    log.info("Text message %s to …%s is kept: %s.", given.key, given.to[-2:], size)
