"""In which rows a word is found: asked of the search index of the engine at work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, collate, column, func, or_, select, table, true, union
from sqlalchemy.orm import InstrumentedAttribute

from booking_admin.database import Base, db, dialect
from booking_admin.models.booking import Attendee, Booking
from booking_admin.models.customer import Customer
from booking_admin.rules.text import fold, fold_reference

SHORTEST = 3  # the index holds groups of three letters
# From so many rows on it is quicker to go through a list in its order than to sort all that an index leads to: rows of
# the list itself, or others from which one comes to those of the list.
MANY_OWN, MANY = 20_000, 4_000
ENOUGH = 3 * MANY_OWN + 1  # nobody counts further
_BEGINS: dict[type[Base], InstrumentedAttribute[Any]] = {
    Customer: Customer.family_folded,
    Attendee: Attendee.family_folded,
    Booking: Booking.search_text,
}
_LAST = "\U0010ffff"  # sorts behind every other letter
_RUN = re.compile(r"[^\W_]{3}")


# --- one word, one table ---------------------------------------------------------------------------------------------


def holds(kind: Any, typed: str) -> ColumnElement[bool]:
    """Whether a row of this kind holds a word; one or two letters are where its name or reference begins."""
    word = folded(kind, typed)
    if not word:
        return true()
    if kind not in _BEGINS:
        return kind.search_text.contains(word, autoescape=True)  # type: ignore[no-any-return]
    return begins(_BEGINS[kind], word) if is_short(word) else kind.id.in_(_hits(kind, word))


def begins(attribute: InstrumentedAttribute[Any], word: str) -> ColumnElement[bool]:
    """Whether a folded column begins with a folded word; asked of the column's own index."""
    # LIKE would not do: a comparison that might tell of hidden rows waits until row-level security has looked.
    letters = in_order(attribute)
    return and_(letters >= word, letters < word + _LAST)


def in_order(attribute: InstrumentedAttribute[Any]) -> Any:
    """A folded column as it is sorted letter by letter, whatever the language of the database is."""
    return attribute if dialect() == "sqlite" else collate(attribute, "C")


def folded(kind: Any, typed: str) -> str:
    """A word as the searched column of a kind is written."""
    return fold_reference(typed) if kind is Booking else fold(typed)


def is_short(word: str) -> bool:
    """Whether a folded word has no three letters for the index; PostgreSQL's knows letters and digits alone."""
    return len(word) < SHORTEST or (dialect() != "sqlite" and _RUN.search(word) is None)


def _ids(kind: Any, typed: str, most: int | None = None) -> Select[Any]:
    """The ids of the rows that hold a word; whoever knows how many are enough says so."""
    word = folded(kind, typed)
    if kind in _BEGINS and word and not is_short(word):
        return _hits(kind, word, most)
    return select(kind.id).where(holds(kind, typed)).limit(most)


def _hits(kind: Any, word: str, most: int | None = None) -> Select[Any]:
    """The ids that the index leads to; on SQLite those of other tenants are among them."""
    name = f"{kind.__tablename__}_fts"
    if dialect() == "sqlite":
        index = table(name, column("rowid"), column("search_text"))
        quoted = '"' + word.replace('"', '""') + '"'  # what a person typed is text, never a question of its own
        wanted = select(index.c.rowid).where(index.c.search_text.op("MATCH")(quoted))
        return wanted if most is None else wanted.limit(most)
    pattern = re.sub(r"([\\%_])", r"\\\1", word)
    return select(func.found_in(name, f"%{pattern}%", most).column_valued("id"))


# --- several words, related tables -----------------------------------------------------------------------------------


class Way(Enum):
    """How rows are found in which some words stand."""

    looked_at = "nothing leads to them"
    led = "an index leads to them"
    walked = "they are met in the order of the list: there are many"


@dataclass(frozen=True, slots=True)
class Sought:
    """Conditions for all that was typed, and how they find their rows."""

    conditions: list[ColumnElement[bool]]
    way: Way = Way.looked_at


def sought(kind: Any, parts: Sequence[Sequence[str]], *relations: str) -> Sought:
    """How rows are found in which each part stands, in one of its spellings; asks first how common the parts are.

    A common word leads to half of the rows: these are compared one by one, be it in the order of the list until its
    page is full, be it among the few to which a rarer word has led.
    """
    if not parts:
        return Sought([])
    sizes = _sizes(kind, parts, relations)
    most = MANY if any(relations) else MANY_OWN
    if len(parts) > 1:
        most *= 3  # several words leave less
    conditions = [
        found(kind, part, *relations) if size <= most else compared(kind, part, *relations)
        for part, size in zip(parts, sizes, strict=True)
    ]
    return Sought(conditions, Way.led if min(sizes) <= most else Way.walked)


def _sizes(kind: Any, parts: Sequence[Sequence[str]], relations: Sequence[str]) -> list[int]:
    """To how many rows of the searched tables each part leads; one question, which stops counting at enough."""
    counts: list[list[ColumnElement[int]]] = []
    for part in parts:
        counts.append([])
        for there in {_table(kind, relation): None for relation in relations or ("",)}:
            for word in {folded(there, typed) for typed in part} - {""}:
                rows = _ids(there, word, ENOUGH).subquery()
                counts[-1].append(select(func.count()).select_from(rows).scalar_subquery())
    asked = [count for part in counts for count in part]
    answers = iter(db.session.execute(select(*asked)).one() if asked else ())
    # A part without a letter is found in every row.
    return [sum(next(answers) for _count in part) if part else ENOUGH for part in counts]


def found(kind: Any, typed: str | Sequence[str], *relations: str) -> ColumnElement[bool]:
    """Whether a row holds the word itself, or one that it is related to does: each asked of its own index, united.

    A relation is a name of the row ("customer"); "" is the row itself. Of several spellings one is enough. One
    condition over all of them at once would look at every row.
    """
    spellings = (typed,) if isinstance(typed, str) else typed
    answers = [_answers(kind, each, relation) for relation in relations or ("",) for each in spellings]
    return kind.id.in_(answers[0] if len(answers) == 1 else union(*answers))  # type: ignore[no-any-return]


def compared(kind: Any, typed: str | Sequence[str], *relations: str) -> ColumnElement[bool]:
    """The same of a row that is there already: its text is read, and no index asked."""
    spellings = (typed,) if isinstance(typed, str) else typed
    conditions = []
    for relation in relations or ("",):
        there = _table(kind, relation)
        read = or_(*(_reads(there, each) for each in spellings))
        if relation:
            attribute = getattr(kind, relation)
            read = attribute.any(read) if attribute.property.uselist else attribute.has(read)
        conditions.append(read)
    return or_(*conditions)


def _table(kind: Any, relation: str) -> Any:
    return getattr(kind, relation).property.mapper.class_ if relation else kind


def _reads(kind: Any, typed: str) -> ColumnElement[bool]:
    word = folded(kind, typed)
    if kind in _BEGINS and word and is_short(word):
        return begins(_BEGINS[kind], word)
    if dialect() == "sqlite":  # whose LIKE folds the case of each letter again
        return func.instr(kind.search_text, word) > 0
    return func.strpos(kind.search_text, word) > 0


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
    return select(kind.id).where(getattr(kind, mine.key).in_(_ids(there, typed)))
