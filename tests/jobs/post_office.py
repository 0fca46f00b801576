"""A mail server for tests: keeps what it is given, and refuses or hangs up when told to."""

from __future__ import annotations

import asyncio
import email
from collections import Counter
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class PostOffice:
    """`refuse["ana@example.com"] = "550 Unknown"` refuses an address; `say` answers every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.say = ""  # the answer to a mail's body, where it is not accepted
        self.cut = 0  # so many mails are taken, but their sender never hears of it
        self.calls = 0  # connections
        self.controller = _Controller(self, hostname="127.0.0.1", port=0)
        self.controller.start()
        self.port: int = self.controller.port
        self.calls = 0

    def stop(self) -> None:
        self.controller.stop()

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID came in."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 (the same)
        if self.say:
            return self.say
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.cut:
            self.cut -= 1
            server.transport.close()
        return "250 OK"


class _Controller(Controller):
    """On any free port."""

    def factory(self) -> SMTP:
        self.handler.calls += 1
        return super().factory()

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
