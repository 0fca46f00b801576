"""The main pages as a screen reader lays them out: landmarks, headings, and the name of everything that is operated.

What they are to be stands in outlines/. After a change that is meant, `OUTLINES=write` before pytest writes them anew;
the difference is then read like any other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from booking_admin.rules import clock
from tests.browser.town import Town, make_town

FOLDER = Path(__file__).parent / "outlines"
WEDNESDAY = datetime(2030, 3, 6, 10, tzinfo=UTC)
LANDMARKS = {"banner", "complementary", "contentinfo", "dialog", "form", "group", "main", "navigation", "region",
             "search", "table"}  # fmt: skip
OPERATED = {"button", "checkbox", "combobox", "link", "listbox", "radio", "searchbox", "slider", "spinbutton", "switch",
            "tab", "textbox"}  # fmt: skip
LINE = re.compile(r"""^(?P<depth>\s*)-\s'?(?P<what>(?P<role>[a-z]+)(?:\s"(?:[^"\\]|\\.)*")?(?:\s\[level=\d\])?)""")
# What differs from run to run.
CHANGING = {r"[A-Z]{3}-\d{8}-[0-9A-Z]{6}": "REFERENCE", r"\b([a-z]+)\d+@": r"\1@"}

PAGES: dict[str, Callable[[Town], str]] = {
    "today": lambda town: "",
    "bookings": lambda town: "bookings/",
    "booking": lambda town: f"bookings/details/?id={town.booking}",
    "new-booking": lambda town: f"bookings/new/?slot={town.today}",
    "roster": lambda town: f"rosters/{town.today}/",
    "calendar": lambda town: "calendar/?by=rooms",
    "queue": lambda town: f"waitlist/sessions/{town.full}/",
    "settings": lambda town: "settings/",
    "jobs": lambda town: "jobs/",
    "import": lambda town: "imports/new/",
    "people": lambda town: "people/",
}


def outline(page: Page) -> str:
    """A line for each landmark, heading and control, as deep as the landmarks around it."""
    return "\n".join(_lines(page.locator("body").aria_snapshot())) + "\n"


def _lines(snapshot: str) -> Iterator[str]:
    around: list[int] = []
    for line in snapshot.splitlines():
        found = LINE.match(line)
        if found is None or found["role"] not in LANDMARKS | OPERATED | {"heading"}:
            continue
        depth = len(found["depth"])
        around = [each for each in around if each < depth]
        what = found["what"].replace("''", "'")
        for pattern, instead in CHANGING.items():
            what = re.sub(pattern, instead, what)
        yield "  " * len(around) + what
        if found["role"] in LANDMARKS:
            around.append(depth)


def compare(name: str, page: Page) -> None:
    page.wait_for_load_state("networkidle")
    file, now = FOLDER / f"{name}.txt", outline(page)
    if os.environ.get("OUTLINES") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(now)
    assert now.splitlines() == file.read_text().splitlines()


@pytest.fixture
def wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always the same morning, so that every date on a page is the same."""
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)


@pytest.mark.usefixtures("wednesday")
def test_the_main_pages_are_laid_out_as_they_were(signed_in):
    page = signed_in("admin")
    town = make_town()

    for name, path in PAGES.items():
        page.goto(f"/north/admin/{path(town)}")
        compare(name, page)


def test_signing_in_is_laid_out_as_it_was(page, tenant):
    page.goto("/login")

    compare("sign-in", page)
