"""The recipes of docs/extending.md do what they say: they are read from the document, added to an app, and used."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask_babel import lazy_gettext

from booking_admin import actions
from booking_admin.actions import Action
from booking_admin.database import db
from booking_admin.models import AuditEntry, Resource
from booking_admin.rules.actor import Actor
from booking_admin.services import audit
from booking_admin.views import menu
from tests import engines, factories
from tests.client import Client
from tests.views.test_forms import shown

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "extending.md"
HOME = "/north/admin/equipment/"
# What the files that the recipes name have imported already.
KNOWN: dict[str, Any] = {
    "_": lazy_gettext, "Action": Action, "Actor": Actor, "Resource": Resource, "Screen": menu.Screen, "audit": audit,
    "db": db,
}  # fmt: skip


def recipe(title: str) -> list[str]:
    """The pieces of code below a heading of the document."""
    section = re.split(r"^## ", GUIDE.read_text(), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(title))
    return [textwrap.dedent(code) for code in re.findall(r"^ *```python\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)]


def run(definition: str, row: str) -> Any:
    """Defines what the first piece says, and answers the row of a table that the second one is."""
    names = dict(KNOWN)
    exec(definition, names)
    return eval(row.strip().rstrip(","), names)


def lines(code: str) -> int:
    return len([line for line in code.splitlines() if line.strip()])


@pytest.fixture
def browser(app, tenant, monkeypatch) -> Iterator[Client]:
    """Ada, in an app to which the recipes were added as they stand; the screen is there instead of the panel's own."""
    screen = run(*recipe("A screen"))
    action = run(*recipe("An action"))
    catalogue = next(heading for heading in menu.MENU if screen_named(heading, "venues"))
    others = [each for each in catalogue.screens if each.endpoint != screen.endpoint]
    longer = replace(catalogue, screens=(*others, screen))
    monkeypatch.setattr(menu, "MENU", tuple(longer if each is catalogue else each for each in menu.MENU))
    monkeypatch.setattr(actions, "TABLE", (*actions.TABLE, action))
    extended = engines.make_app(app.config["DATABASE_URL"])
    extended.test_client_class = Client
    ada: Client = extended.test_client()  # type: ignore[assignment]
    ada.post("/login", data={"email": factories.person(tenant, "admin"), "password": factories.PASSWORD})
    yield ada
    with extended.app_context():
        db.engine.dispose()


def screen_named(heading: Any, endpoint: str) -> bool:
    return any(screen.endpoint == endpoint for screen in heading.screens)


def made() -> Resource:
    db.session.rollback()
    return db.session.query(Resource).one()


def add(browser: Client, **typed: str) -> int:
    answer = browser.post(f"{HOME}new/", data={"name": "Flue analyser", "quantity": "3", **typed})
    assert answer.status_code == 302, answer.text
    return made().id


def test_a_screen_is_about_fifteen_lines_and_an_action_about_five():
    view, entry = recipe("A screen")
    verb, row = recipe("An action")

    assert lines(view) + lines(entry) <= 16
    assert lines(row) <= 5
    assert lines(verb) <= 5


def test_the_screen_of_the_recipe_lists_makes_shows_changes_and_exports(browser):
    venue = factories.make_venue(name="Barn").id
    assert "Equipment" in browser.get("/north/admin/venues/").text
    assert "Nothing here yet" in browser.get(HOME).text

    number = add(browser, venue_id=str(venue), notes="Calibrated")

    page = browser.get(f"{HOME}details/?id={number}").text
    for said in ("Flue analyser", "Barn", "Calibrated", "Created"):
        assert said in page
    typed = {name: values[0] for name, values in shown(browser.get(f"{HOME}edit/?id={number}").text).items()}
    assert typed["quantity"] == "3"
    browser.post(f"{HOME}edit/?id={number}", data={**typed, "quantity": "5"})
    assert made().quantity == 5
    assert "Flue analyser" in browser.get(f"{HOME}?search=flue").text
    assert "Flue analyser" not in browser.get(f"{HOME}?search=boiler").text
    export = browser.get(f"{HOME}export/csv/").text
    assert "Flue analyser" in export
    assert "How many" in export


def test_a_bad_form_of_the_recipe_is_said_at_its_field_and_saves_nothing(browser):
    answer = browser.post(f"{HOME}new/", data={"name": "Analyser", "quantity": "many"})

    assert answer.status_code == 422
    assert 'id="quantity-error"' in answer.text
    assert shown(answer.text)["name"] == ["Analyser"]
    assert db.session.query(Resource).count() == 0


def test_the_action_of_the_recipe_asks_is_done_and_stands_in_the_audit(browser):
    number = add(browser, quantity="1")
    assert "Lend one" in browser.get(f"{HOME}details/?id={number}").text
    step = f"{HOME}action/?action=lend"

    assert "There is one less from now on." in browser.post(step, data={"rowid": number}).text
    assert made().quantity == 1
    browser.post(step, data={"rowid": number, "asked": "1"})

    assert made().quantity == 0
    assert db.session.query(AuditEntry).filter_by(action="resource.lend").count() == 1
    assert "Lend one" not in browser.get(f"{HOME}details/?id={number}").text


def test_staff_sees_what_the_matrix_says_and_no_more(app, browser, tenant):
    number = add(browser)
    browser.post("/logout")
    browser.post("/login", data={"email": factories.person(tenant, "staff"), "password": factories.PASSWORD})

    assert browser.get(f"{HOME}details/?id={number}").status_code == 200
    assert browser.get(f"{HOME}new/").status_code == 403
    assert browser.post(f"{HOME}action/?action=lend", data={"rowid": number, "asked": "1"}).status_code in (302, 403)
    assert made().quantity == 3
