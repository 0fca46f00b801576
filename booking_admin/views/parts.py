"""The base of the mixins of which AdminView is made: each finds what it does not have in one of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any


class Part:
    """A part of AdminView; the rest is in the other parts and in Flask-Admin."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
