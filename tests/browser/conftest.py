"""A server on a free port, and a real Chromium that reports what it did not like."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright
from werkzeug.serving import make_server

from booking_admin.rules import clock
from tests import factories
from tests.browser.axe import barriers
from tests.jobs.conftest import office as office  # noqa: PLC0414 (a fixture is found by its name)
from tools import machine

REFUSED = (409, 422)
SCREENS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """The address of the app, served by threads of this process from the test's own database."""
    running = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.port}"
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = machine.chromium()
    if program is None:
        raise RuntimeError("The browser tests need Chromium: `make test` installs it, or `apt-get install chromium`.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


class Ears:
    """What a page complains of: errors in its console, breaches of the policy, requests that fail or go elsewhere."""

    def __init__(self, home: str) -> None:
        self.home, self.complaints = home, list[str]()

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", self.on_console)
        page.on("request", self.on_request)
        page.on("requestfailed", self.on_failure)
        page.on("response", self.on_response)

    def on_console(self, said: ConsoleMessage) -> None:
        # What the server refused is looked at as an answer; the console only repeats it.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {said.text}")

    def on_request(self, sent: Request) -> None:
        if not sent.url.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"request to {sent.url}")

    def on_failure(self, sent: Request) -> None:
        if sent.failure != "net::ERR_ABORTED":  # a page that was left before it had all its pictures
            self.complaints.append(f"failed: {sent.url}, {sent.failure}")

    def on_response(self, answer: Response) -> None:
        # A form that comes back with what is wrong with it, as a page or in the dialog, answers one of these.
        if answer.status >= 400 and not (answer.request.method == "POST" and answer.status in REFUSED):
            self.complaints.append(f"{answer.status} for {answer.url}")


@pytest.fixture
def open_page(chromium: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """A fresh visitor's page; what it complains of fails the test. `on="phone"` makes it small."""
    ears = Ears(server)
    contexts: list[BrowserContext] = []

    def opened(on: str = "desk", **options: Any) -> Page:
        usual = {"locale": "en-GB", "reduced_motion": "reduce", "viewport": SCREENS[on]}
        context = chromium.new_context(base_url=server, **{**usual, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        ears.listen(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert ears.complaints == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A visitor who is not signed in."""
    return open_page()


@pytest.fixture
def signed_in(open_page: Callable[..., Page], tenant) -> Callable[..., Page]:
    """`signed_in("staff")` is Sam's page, just after signing in; options as `open_page` takes them."""

    def as_(role: str, **options: Any) -> Page:
        page = open_page(**options)
        page.goto("/login")
        page.get_by_label("E-mail").fill(factories.person(tenant, role))
        page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/north/admin/**")
        return page

    return as_


@pytest.fixture
def fair() -> Iterator[Callable[[Page], None]]:
    """`fair(page)` looks for what keeps people out of the page as it stands; the test fails at its end, with all."""
    found: list[str] = []
    yield lambda page: found.extend(barriers(page))
    assert found == []


class Watch:
    """The house's clock; the browser's and the machine's go on as they are."""

    def __init__(self, at: datetime) -> None:
        self.ahead = at - datetime.now(at.tzinfo)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        """Moves on by so many days, hours, minutes."""
        self.ahead += timedelta(**by)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """It is ten in the morning of this very day, and goes on from there."""
    made = Watch(datetime.now(ZoneInfo("Europe/London")).replace(hour=10, minute=0, second=0, microsecond=0))
    monkeypatch.setattr(clock, "now", made.now)
    return made
