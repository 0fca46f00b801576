"""What keeps people out of a page, found by axe-core in the light and in the dark."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

SCRIPT = Path(__file__).parent / "vendor" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async (rules) => (await axe.run(document, {resultTypes: ["violations"], ...rules})).violations.flatMap(
    (each) => each.nodes.map((node) => [each.impact, each.id, node.target.join(" "), node.failureSummary]))"""
# All that a theme changes is colours.
THEMES: dict[Literal["light", "dark"], dict[str, list[str]]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@cache
def script() -> str:
    return SCRIPT.read_text()


def barriers(page: Page) -> list[str]:
    """A line for each serious or critical finding on the page as it stands, in both themes."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(script())
    found = []
    for theme, rules in THEMES.items():
        page.emulate_media(color_scheme=theme)
        found += [
            f"{page.url} in the {theme}: {rule} at {where}: {why}"
            for impact, rule, where, why in page.evaluate(RUN, rules)
            if impact in GRAVE
        ]
    page.emulate_media(color_scheme="light")
    return found


def unlooked(page: Page) -> None:
    """Instead of a look at a page without scripts: what looks is one itself."""
