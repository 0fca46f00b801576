"""Pages that follow what others do: beside each stands …/changes, which answers with the parts that are different.

A view names such methods in `live`; a template puts each part into a block called live_…, whose outermost elements have
ids. What such a page is, who may see it and how it is made is said once, by the page itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from zlib import crc32

from flask import Flask, Response, g, render_template, request
from flask_admin import expose
from flask_wtf.csrf import generate_csrf
from jinja2.runtime import Context
from werkzeug.datastructures import ImmutableMultiDict

from booking_admin.reports import changes
from booking_admin.rules import clock
from booking_admin.views.parts import Part

CHANGES = "_changes"
PART, LINE = "live_", "line"  # blocks of templates; the line under the title is live wherever the page is
SINCE = "X-Since"

Block = Callable[[Context], Iterator[str]]


def init_app(app: Flask) -> None:
    app.jinja_env.context_class = Listening


class Live(Part):
    """A part of every view: `live` names the methods whose pages follow the books."""

    live: ClassVar[tuple[str, ...]] = ()

    def pulse(self) -> str:
        """What these pages follow beside the books: a word that changes with it."""
        return ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in cls.live:
            setattr(cls, name + CHANGES, _changes_of(name, getattr(cls, name)))


def _changes_of(name: str, page: Any) -> Callable[..., Any]:
    def answer(self: Any, **values: Any) -> Any:
        g.heard = heard = Heard(request.args.get("since", ""), self.pulse())
        if heard.is_up_to_date:
            return Response(status=204)
        # The page must not take it for one of its own, and put it into its links.
        request.args = ImmutableMultiDict([pair for pair in request.args.items(multi=True) if pair[0] != "since"])
        getattr(self, name)(**values)
        parts = heard.changed()
        body = render_template("admin/changes.html", parts=parts) if parts else ""
        return Response(body, 200 if parts else 204, {SINCE: heard.since})

    answer.__name__ = name + CHANGES
    for url, methods in page._urls:  # noqa: SLF001 (Flask-Admin keeps them there)
        expose(f"{url}changes", methods=[each for each in methods if each == "GET"])(answer)
    return answer


class Heard:
    """The parts of one page as they are rendered, and what the browser has of them."""

    def __init__(self, known: str = "", pulse: str = "") -> None:
        state, _, rest = known.partition(".")
        minute, _, parts = rest.partition(".")
        # Clocks and countdowns go on where nobody does anything.
        self.now = f"{changes.state()}{_mark(pulse) if pulse else ''}.{int(clock.now().timestamp()) // 60}"
        self.is_up_to_date = self.now == f"{state}.{minute}"
        self.known = dict(each.split("-", 1) for each in parts.split("_") if "-" in each)
        self.parts: dict[str, str] = {}

    @property
    def since(self) -> str:
        """What the browser has once it has these parts: the state of the books, the minute, and a mark of each."""
        marks = (f"{name.removeprefix(PART)}-{_mark(text)}" for name, text in self.parts.items())
        return f"{self.now}.{'_'.join(marks)}"

    def changed(self) -> dict[str, str]:
        """The parts that are not as the browser has them."""
        return {
            name: text
            for name, text in self.parts.items()
            if text.strip() and self.known.get(name.removeprefix(PART)) != _mark(text)
        }

    def hearing(self, name: str, block: Block) -> Block:
        """The block, overheard."""

        def heard(context: Context) -> Iterator[str]:
            self.parts[name] = "".join(block(context))
            yield self.parts[name]

        return heard


def _mark(text: str) -> str:
    # The token of a form is another one each time, and as good as the one before.
    return f"{crc32(text.replace(generate_csrf(), '').encode()):08x}"


class Listening(Context):
    """A template's context; on a live page its parts are overheard."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        heard: Heard | None = g.get("heard") if g else None
        if heard is not None:
            for name, stack in self.blocks.items():
                if name == LINE or name.startswith(PART):
                    stack[0] = heard.hearing(name, stack[0])
