"""The search, asked as lists ask it."""

from __future__ import annotations

from sqlalchemy import select

from booking_admin.database import Base, db
from booking_admin.models import search


def found(kind: type[Base], word: str, *relations: str) -> list[int]:
    """Ids of the rows in which a word is found now; what was read before is let go."""
    db.session.rollback()
    return sorted(db.session.scalars(select(kind.id).where(search.found(kind, word, *relations))))  # type: ignore[attr-defined]
