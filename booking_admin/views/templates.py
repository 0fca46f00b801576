"""The environment in which our templates are read."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class Templates(Environment):
    """Flask's own, with the globals of the app as one dictionary.

    Jinja keeps a chain of two, so that later changes are seen, and asks it name by name for each import of a macro: a
    twentieth of a page. Ours are all there before the first template is read.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}
