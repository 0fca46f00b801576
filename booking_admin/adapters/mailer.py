"""A mail → the SMTP server: one connection for many, with time limits, and failures told apart."""

from __future__ import annotations

import contextlib
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from types import TracebackType
from typing import Any, Self

import flask_mail
from flask import current_app

from booking_admin.rules.say import say

TIMEOUT = 15  # seconds for each answer of the server
_KEPT = say("No mail server is set up (MAIL_SERVER), so mail is kept here and goes out once there is one.")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; `key` is the same for every try, so that a mailbox may notice a second copy."""

    key: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    from_name: str
    reply_to: str | None = None


class NotSent(Exception):
    """Why a mail did not go out.

    is_final: no later try will do better. is_down: the server itself is the matter, so others need not try now.
    is_unclear: the connection broke while the mail was on its way, and it may have arrived.
    """

    def __init__(self, reason: str, *, is_final: bool = False, is_down: bool = False, is_unclear: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.is_down = is_down
        self.is_unclear = is_unclear


def kept_reason() -> str | None:
    """Why mail is not sent at all; None where it is."""
    return None if _settings().server else _KEPT


def _settings() -> Any:
    return current_app.extensions["mail"]


class TimedConnection(flask_mail.Connection):
    """Flask-Mail's own waits for ever for a server that says nothing."""

    def configure_host(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if self.mail.use_ssl else smtplib.SMTP
        host = kind(self.mail.server, self.mail.port, timeout=TIMEOUT)
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host


class Post:
    """A connection that is opened for the first mail, and anew after it broke."""

    def __init__(self) -> None:
        self._open: TimedConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, given: Mail) -> str:
        """Sends one; answers its Message-ID. Raises NotSent."""
        made = _message(given)
        connection = self._connected()
        with self._told_apart():
            connection.send(made)
        return str(made.msgId)

    def _connected(self) -> TimedConnection:
        if self._open is None:
            fresh = TimedConnection(_settings())
            try:
                fresh.__enter__()
            except (OSError, smtplib.SMTPException) as error:
                raise NotSent(f"The mail server can't be reached: {_said(error)}", is_down=True) from error
            self._open = fresh
        return self._open

    @contextlib.contextmanager
    def _told_apart(self) -> Iterator[None]:
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (550, b""))
            raise NotSent(f"The address was refused: {code} {_plain(said)}", is_final=code >= 500) from error
        except smtplib.SMTPDataError as error:
            raise NotSent(f"The mail was refused: {_said(error)}", is_final=error.smtp_code >= 500) from error
        except smtplib.SMTPSenderRefused as error:
            self._hang_up()
            raise NotSent(f"The sender was refused: {_said(error)}", is_down=True) from error
        except (flask_mail.BadHeaderError, UnicodeError, smtplib.SMTPNotSupportedError) as error:
            self._hang_up()
            raise NotSent("No mail can be sent to this address or with this subject.", is_final=True) from error
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise NotSent(f"The connection broke: {_said(error)}", is_down=True, is_unclear=True) from error

    def _hang_up(self) -> None:
        host = self._open.host if self._open is not None else None
        self._open = None
        if host is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                host.quit()


def _message(given: Mail) -> Any:
    _, sender = parseaddr(_settings().default_sender or "")
    made = flask_mail.Message(
        subject=_one_line(given.subject),
        recipients=[(_one_line(given.to_name), given.to_address)],
        reply_to=given.reply_to,
        body=given.text,
        html=given.html,
        # No holiday notice answers it.
        extra_headers={"Auto-Submitted": "auto-generated"},
    )
    made.sender = (_one_line(given.from_name), sender)  # set later, since at first a comma would end the name
    # By itself the name would be this machine's.
    made.msgId = f"<{given.key}@{sender.partition('@')[2] or 'localhost'}>"
    return made


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_plain(error.smtp_error)}"
    return _one_line(str(error)) or type(error).__name__


def _plain(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return re.sub(r"\s+", " ", text).strip()
