"""A language that nobody speaks: whatever of a page is not in it was never given to the translators.

Every message reads like [Ḃööķïñĝ··]: no letter of it is plain, and it is longer than the English by two fifths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

# English as far as dates and sums go, as it is spoken where no catalogue of ours is from.
LOCALE = "en_SH"

PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ODD = "ÅḂÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçđéƒĝĥïĵķļɱñöþǫŕšţûṽŵẋýž"
_LETTERS = str.maketrans(PLAIN, ODD)
# What a message holds besides its words: facts, tags, entities, and what a script fills in.
_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|</?\w[^>]*>|&\w+;|\{\w*(?::\w+)?\})")


def worded(message: str) -> str:
    """The message in that language."""
    parts = _KEPT.split(message)
    said = "".join(part if _KEPT.fullmatch(part) else part.translate(_LETTERS) for part in parts)
    length = sum(len(part) for part in parts if not _KEPT.fullmatch(part))
    return f"[{said}{'·' * max(1, round(length * 0.4) - 2)}]"


def write(template: Path, folder: Path) -> None:
    """Writes a catalogue of that language, with every message of the template in it."""
    with template.open("rb") as file:
        found = read_po(file)
    made = Catalog(locale="en", fuzzy=False)
    for message in found:
        if isinstance(message.id, tuple | list):
            made.add(tuple(message.id), tuple(map(worded, message.id)), context=message.context)
        elif message.id:
            made.add(message.id, worded(message.id), context=message.context)
    target = folder / LOCALE / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, made)


# --- what a page says -------------------------------------------------------------------------------------------------

SAID_BY = {"alt", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "label", "placeholder",
           "title"}  # fmt: skip
SILENT = {"script", "style", "code", "kbd"}


class _Reader(HTMLParser):
    """Collects what is read, heard or pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in SILENT:
            self.inside.append(tag)
        for name, value in attrs:
            is_said = name in SAID_BY or (
                name == "value" and tag == "input" and given.get("type") in ("submit", "button")
            )
            if is_said and value:
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT and tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.inside and data.strip():
            self.said.append(" ".join(data.split()))


def read(page: str) -> list[str]:
    """Every text of a page that people meet, attributes included."""
    reader = _Reader()
    reader.feed(page)
    return reader.said


_WORD = re.compile(r"[A-Za-z]{2,}")
# E-mail addresses, addresses of pages, references and codes are nobody's language.
_NO_WORDS = re.compile(r"[\w.+-]+@[\w.-]+|https?://\S+|/[\w/?=&.-]+|\b[A-Z0-9]+(?:-[A-Z0-9]+)+\b")


def untranslated(texts: list[str], data: frozenset[str]) -> Iterator[str]:
    """The texts that hold a plain word which is no datum."""
    for text in texts:
        if set(_WORD.findall(_NO_WORDS.sub(" ", text))) - data:
            yield text
