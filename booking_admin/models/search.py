"""In which rows a word is found: asked of the search index of the engine at work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, column, func, select, table, true, union
from sqlalchemy.orm import InstrumentedAttribute

from booking_admin.database import Base, dialect
from booking_admin.models.booking import Attendee, Booking
from booking_admin.models.customer import Customer
from booking_admin.rules.text import fold, fold_reference

SHORTEST = 3  # the index holds groups of three letters
_BEGINS: dict[type[Base], InstrumentedAttribute[Any]] = {
    Customer: Customer.family_folded,
    Attendee: Attendee.family_folded,
    Booking: Booking.search_text,
}
_LAST = "\U0010ffff"  # sorts behind every other letter


def holds(kind: Any, typed: str) -> ColumnElement[bool]:
    """Whether a row of this kind holds a word; one or two letters are where its name or reference begins."""
    word = fold_reference(typed) if kind is Booking else fold(typed)
    if not word:
        return true()
    if kind not in _BEGINS:
        return kind.search_text.contains(word, autoescape=True)  # type: ignore[no-any-return]
    if len(word) < SHORTEST:
        return begins(_BEGINS[kind], word)
    if dialect() != "sqlite":
        return kind.search_text.contains(word, autoescape=True)  # type: ignore[no-any-return]
    index = table(f"{kind.__tablename__}_fts", column("rowid"), column("search_text"))
    quoted = '"' + word.replace('"', '""') + '"'  # what a person typed is text, never a question of its own
    found_there = select(index.c.rowid).where(index.c.search_text.op("MATCH")(quoted))
    return kind.id.in_(found_there)  # type: ignore[no-any-return]


def begins(attribute: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    """Whether a folded column begins with a folded word; asked of the column's own index."""
    if dialect() != "sqlite":
        # LIKE would not do: a comparison that might tell of hidden rows waits until row-level security has looked.
        return func.starts_with(attribute, word)
    return and_(attribute >= word, attribute < word + _LAST)


def found(kind: Any, typed: str | Sequence[str], *relations: str) -> ColumnElement[bool]:
    """Whether a row holds the word itself, or one that it is related to does: each asked of its own index, united.

    A relation is a name of the row ("customer"); "" is the row itself. Of several spellings one is enough. One
    condition over all of them at once would look at every row.
    """
    spellings = (typed,) if isinstance(typed, str) else typed
    answers = [_answers(kind, each, relation) for relation in relations or ("",) for each in spellings]
    return kind.id.in_(answers[0] if len(answers) == 1 else union(*answers))  # type: ignore[no-any-return]


def _answers(kind: Any, typed: str, relation: str) -> Select[Any]:
    """The ids of the rows that one index leads to."""
    if not relation:
        return select(kind.id).where(holds(kind, typed))
    other = getattr(kind, relation).property
    there = other.mapper.class_
    ((mine, theirs),) = other.local_remote_pairs
    if other.uselist:
        # True of whatever holds a word; SQLite would else walk through an index that has all it asks for.
        return select(getattr(there, theirs.key)).where(holds(there, typed), there.search_text.is_not(None))
    return select(kind.id).where(getattr(kind, mine.key).in_(select(there.id).where(holds(there, typed))))
