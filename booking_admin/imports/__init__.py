"""Files of other systems on their way into the books: looked at, checked line by line, written in short transactions.

Every verb here has its own transactions, so a door calls it outside of any; the tenant is entered. What is checked is
kept as rows, which is all that `run` reads: it may be stopped at any point and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booking_admin.rules.actor import Actor
from booking_admin.rules.say import Said
from booking_admin.rules.words import ImportKind, ImportRowStatus

Tell = Callable[[int, int], None]  # how many rows are done, of how many


@dataclass(frozen=True, slots=True)
class Preview:
    """A file as it begins: what it is, its columns, the first rows by column, and the profile that knows it."""

    form: str  # csv, xlsx or jsonl
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]  # number of the line, and its cells
    profile: str | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one line: ready, bad or skipped, what it was understood as, and why (field, sentence)."""

    line: int
    status: ImportRowStatus
    key: str | None
    values: Mapping[str, Any]
    reasons: tuple[tuple[str, Said], ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo came to: rows taken back, and those that stay, each with the reason."""

    rows: int
    kept: tuple[tuple[int, Said], ...]


def upload(name: str, file: Path, *, by: Actor) -> int:
    """Keeps a file; answers the number of its StoredFile. Raises Invalid for what can be no table of rows."""
    raise NotImplementedError


def preview(file: Path, *, kind: ImportKind, mapping: Mapping[str, Any] | None = None, rows: int = 10) -> Preview:
    """The first rows of a file; raises Invalid with a sentence for one that cannot be read."""
    raise NotImplementedError


def dry_run(file: Path, *, kind: ImportKind, mapping: Mapping[str, Any] | None = None) -> Iterator[Fate]:
    """The fate of every line, in the order of the file; writes nothing."""
    raise NotImplementedError


def check(file_id: int, *, kind: ImportKind, mapping: Mapping[str, Any] | None = None, by: Actor,
          tell: Tell = lambda done, of: None) -> int:  # fmt: skip
    """Checks a file that is kept and writes down the fate of every line; answers the number of the ImportRun.

    Raises Invalid where the file or the mapping cannot be read; then nothing is written.
    """
    raise NotImplementedError


def counts(run_id: int) -> dict[ImportRowStatus, int]:
    """How many rows of a run have which fate."""
    raise NotImplementedError


def run(run_id: int, *, by: Actor, skip_bad: bool = False, tell: Tell = lambda done, of: None) -> None:
    """Writes what is ready, in chunks; one that was stopped goes on where it was, and one that is done does nothing.

    Raises ImportRefused where rows are bad and are not to be skipped, and where another process is at it.
    """
    raise NotImplementedError


def report(run_id: int) -> Iterator[list[str]]:
    """The lines of a table for people: a header, then line, key, fate, what it became, and the reasons."""
    raise NotImplementedError


def undo(run_id: int, *, by: Actor, tell: Tell = lambda done, of: None) -> Undone:
    """Takes everything back that a run brought, in chunks.

    Raises ImportRefused with the first rows that something followed for; then nothing is taken back.
    """
    raise NotImplementedError
