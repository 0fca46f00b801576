"""Words that are longer by two fifths: no page becomes wider than its screen, and no button loses letters."""

from __future__ import annotations

import pytest

from booking_admin.database import transaction
from booking_admin.models import Tenant
from booking_admin.rules import languages
from booking_admin.services import files
from tests import factories, pseudo
from tests.browser import addresses
from tests.browser.town import furnish, make_town

SCREENS = pytest.mark.parametrize(
    ("app", "on"), [("sqlite", "desk"), ("postgres", "phone")], ids=["desk", "phone"], indirect=["app"]
)
# Buttons that do not show all of their text; what is shortened with an ellipsis is cut off too.
CUT_OFF = """() => {
    const seen = (each) => each.checkVisibility({opacityProperty: true, visibilityProperty: true});
    const is_cut = (each) => {
        const {overflowX} = getComputedStyle(each);
        return overflowX !== "visible" && overflowX !== "auto" && each.scrollWidth > each.clientWidth + 1;
    };
    const shown = ":not(.visually-hidden, .visually-hidden *)"; // the rest is there to be heard
    return [...document.querySelectorAll(`main :is(button, .btn)${shown}`)]
        .filter((each) => seen(each) && [each, ...each.querySelectorAll(shown)].some(is_cut))
        .map((each) => each.textContent.trim().slice(0, 60));
}"""

pytestmark = pytest.mark.timeout(300)  # dozens of pages


@pytest.fixture
def long_words(app, tenant, tmp_path, monkeypatch):
    """North speaks the language that nobody speaks."""
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path)
    pseudo.write(languages.TEMPLATE, tmp_path)
    languages.words.cache_clear()
    with transaction(factories.MAKER) as session:
        session.get_one(Tenant, tenant.id).language = pseudo.LOCALE
    yield
    languages.words.cache_clear()


@SCREENS
def test_long_words_fit_every_page(app, tenant, watch, signed_in, long_words, tmp_path, monkeypatch, on):
    monkeypatch.setattr(files, "_root", [tmp_path])
    page = signed_in("admin", on=on)
    town = make_town()
    furnish(town, tmp_path)

    found = []
    for address in (addresses.of_panel(app, town) | addresses.with_more(town)).values():
        if not page.goto(address).ok:
            continue
        width, screen = page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")
        if width > screen:
            found.append(f"{address} is {width} px wide on a screen of {screen}")
        found += [f"{address} cuts off “{text}”" for text in page.evaluate(CUT_OFF)]

    assert not found, "\n".join(found)
