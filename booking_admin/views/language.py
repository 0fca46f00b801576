"""Which language a page speaks: that of the person, else that of the business, and of its trade."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import Domain, get_locale, refresh

from booking_admin.extensions import babel
from booking_admin.forms.said import small, told
from booking_admin.rules import languages
from booking_admin.rules.say import Said
from booking_admin.rules.words import Trade


class Messages(Domain):
    """Our catalogues, where a session has the name that the trade of the business gives it."""

    def get_translations(self) -> languages.Words:
        # Asked for each of the hundreds of words of a page, and nearly always the same.
        locale, trade = get_locale(), g.get("trade") or Trade.course
        kept = g.get("words")
        if kept is None or kept[0] is not locale or kept[1] is not trade:
            kept = g.words = (locale, trade, languages.words(locale or languages.locale(None), trade))
        words: languages.Words = kept[2]
        return words


def init_app(app: Flask) -> None:
    babel.domain_instance = Messages()
    babel.init_app(app, locale_selector=lambda: g.get("language"))
    # A template prints sentences of rules and services as it prints its own.
    app.jinja_env.filters.update(told=told, small=small)
    app.jinja_env.finalize = lambda value: told(value) if isinstance(value, Said) else value


def speak(language: str | None, trade: Trade = Trade.course) -> None:
    """From here on the request speaks this language, to a business of this trade."""
    g.language, g.trade = str(languages.locale(language)), trade
    refresh()
