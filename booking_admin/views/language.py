"""Which language a page speaks: that of the person, else that of the business, and of its trade."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_babel import Domain, get_locale, get_translations, refresh
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from booking_admin.extensions import babel
from booking_admin.forms.said import printed, small, told
from booking_admin.rules import languages
from booking_admin.rules.words import Trade


class Messages(Domain):
    """Our catalogues, where a session has the name that the trade of the business gives it."""

    def get_translations(self) -> languages.Words:
        # Asked for each of the hundreds of words of a page; speak() forgets them.
        words: languages.Words | None = g.get("words")
        if words is None:
            words = languages.words(get_locale() or languages.locale(None), g.get("trade") or Trade.course)
            g.words = words
        return words


@pass_eval_context
def _translated(template: EvalContext, message: str, **facts: Any) -> str:
    """A message of a template with its facts in it."""
    words: languages.Words = get_translations()
    said = Markup(words.gettext(message)) if template.autoescape else words.gettext(message)  # noqa: S704 (our own text)
    return said % facts if facts or "%" in said else said


def init_app(app: Flask) -> None:
    babel.domain_instance = Messages()
    babel.init_app(app, locale_selector=lambda: g.get("language"))
    # Jinja's own ask their way through four calls, for each of the hundred words of a page.
    app.jinja_env.globals.update(_=_translated, gettext=_translated)
    # A template prints sentences of rules and services as it prints its own.
    app.jinja_env.filters.update(told=told, small=small)
    app.jinja_env.finalize = printed


def speak(language: str | None, trade: Trade = Trade.course) -> None:
    """From here on the request speaks this language, to a business of this trade."""
    g.language, g.trade, g.words = str(languages.locale(language)), trade, None
    refresh()
