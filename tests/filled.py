"""What a browser would send of the forms on a page."""

from __future__ import annotations

from html.parser import HTMLParser


class Fields(HTMLParser):
    """What a page's form would send: the value of every field, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select: str | None = None
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if tag == "textarea":
            self._text = name
            self.values.setdefault(name, [""])
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.values.setdefault(self._select, []).append(given.get("value") or "")
        elif tag == "input" and name and name not in ("csrf_token", "search"):
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.values.setdefault(name, []).append(given.get("value") or "")

    def handle_data(self, data):
        if self._text:
            self.values[self._text][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # A browser drops the first line break of a text area.
            self.values[self._text][0] = self.values[self._text][0].removeprefix("\r\n").removeprefix("\n")
            self._text = None
        elif tag == "select":
            self._select = None


def shown(page: str) -> dict[str, list[str]]:
    """The fields of what is between the menu and the foot."""
    return Fields(page[page.index("<main") :]).values
