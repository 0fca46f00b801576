"""What a page must be on any screen: outlined, no wider than the screen, and on a phone large enough for a thumb."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page

SPRITE = Path(__file__).parents[2] / "booking_admin" / "static" / "vendor" / "tabler-icons.svg"
ICONS = frozenset(re.findall(r'id="([^"]+)"', SPRITE.read_text()))
DRAWN = "() => [...document.querySelectorAll('use')].map((each) => each.getAttribute('href').split('#')[1])"
LOOK = """() => {
    const seen = (each) => each.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const number = (selector) => [...document.querySelectorAll(selector)].filter(seen).length;
    const found = [];
    if (number("h1") !== 1) found.push(`${number("h1")} headings of the first level`);
    if (number("main") !== 1) found.push(`${number("main")} main parts`);
    if (!document.documentElement.lang) found.push("says not which language it speaks");
    if (!document.title.replace(/[·\\s]/g, "")) found.push("has no title");
    const {scrollWidth, clientWidth} = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`is ${scrollWidth} px wide on a screen of ${clientWidth}`);
    return found;
}"""
# What a thumb has to hit; a link within a text is none, nor is what shows itself to a keyboard only.
TARGETS = ":is(button, summary, select, textarea, input:not([type=hidden]), .desk-nav a, .btn):not(.visually-hidden)"
SMALL = """([targets, least]) => {
    const seen = (each) => each.checkVisibility({opacityProperty: true, visibilityProperty: true});
    // What is out of sight, such as a menu that is not open.
    const away = (each) => each.getBoundingClientRect().right <= 0 || each.closest("[inert], [aria-hidden=true]");
    const fits = (each) => {
        const {width, height} = each.getBoundingClientRect();
        return width >= least - 0.5 && height >= least - 0.5;
    };
    // Some reach further than they look: what is tapped beside them, half a thumb away, is still theirs.
    const reaches = (each) => {
        each.scrollIntoView({block: "center", inline: "center"});
        const {x, y, width, height} = each.getBoundingClientRect();
        const far = least / 2 - 1;
        const own = each.closest(".ts-control") ?? each;
        const hits = (dx, dy) => own.contains(document.elementFromPoint(x + width / 2 + dx, y + height / 2 + dy));
        const isWide = width >= least || (hits(-far, 0) && hits(far, 0));
        const isHigh = height >= least || (hits(0, -far) && hits(0, far));
        return isWide && isHigh;
    };
    // A label counts for what it ticks.
    return [...document.querySelectorAll(targets)]
        .filter((each) => seen(each) && !away(each) && ![each, ...(each.labels ?? [])].some(fits) && !reaches(each))
        .map((each) => {
            const {width, height} = each.getBoundingClientRect();
            const what = each.outerHTML.slice(0, each.outerHTML.indexOf(">") + 1).replace(/\\s+/g, " ");
            return `${Math.round(width)} × ${Math.round(height)} px: ${what.slice(0, 160)}`;
        });
}"""
THUMB = 44


def faults(page: Page, *, by_thumb: bool) -> list[str]:
    """A line for each fault of the page as it stands."""
    found = page.evaluate(LOOK)
    found += [f"has no picture for {name}" for name in sorted(set(page.evaluate(DRAWN)) - ICONS)]
    if by_thumb:
        found += page.evaluate(SMALL, [TARGETS, THUMB])
    return [f"{page.url}: {each}" for each in found]
