"""What a browser takes out of a mail."""

from __future__ import annotations

import re
from email.message import EmailMessage

NEW = "four words in a row"  # a password that nobody had before


def link_in(mail: EmailMessage) -> str:
    """The path that a mail leads to."""
    found = re.search(r"https?://[^/\s]+(/\S+)", mail.get_body(("plain",)).get_content())
    assert found is not None
    return found[1]
