"""What a page weighs on its way to the browser: the first time, and every time after that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import request, request_started
from playwright.sync_api import Page

from tests.browser.town import known_as
from tests.factories import make_booking, make_course, make_slot

ROWS = 50  # as many as a page of a list shows
REQUESTS = 12
BYTES = 350_000
LIST = "/north/admin/bookings/"


@pytest.fixture
def asked(app) -> Iterator[list[str]]:
    """The paths that the server is asked for."""
    paths: list[str] = []

    def note(_sender: object) -> None:
        paths.append(request.path)

    with request_started.connected_to(note, app):
        yield paths


@pytest.fixture
def loaded(signed_in, watch) -> Page:
    """Staff, whose next page is a list with as many rows as it shows."""
    slot = make_slot(course=make_course(name="Gas Safety", capacity=ROWS), capacity=ROWS)
    for number in range(ROWS):
        make_booking(slot, customer=known_as(f"Fay Full{number}"))
    return signed_in("staff")


def settle(page: Page, asked: list[str]) -> None:
    """Wait until nothing more is asked for: a browser fetches a tab's icon when it likes, after the page is idle."""
    before = -1
    while len(asked) != before:
        before = len(asked)
        page.wait_for_timeout(300)


def test_a_full_list_comes_in_few_requests_and_weighs_little(loaded, asked):
    # Signing in has brought what the pages share: whoever comes for the first time asks for all of it.
    loaded.context.new_cdp_session(loaded).send("Network.clearBrowserCache")
    sizes = []
    loaded.on("requestfinished", lambda done: sizes.append(done.sizes()))
    settle(loaded, asked)
    asked.clear()

    loaded.goto(LIST, wait_until="networkidle")

    assert loaded.locator("#results tbody tr").count() == ROWS
    assert len(asked) < REQUESTS, asked
    assert sum(each["responseHeadersSize"] + each["responseBodySize"] for each in sizes) < BYTES


def test_the_second_time_only_the_page_itself_is_asked_for(loaded, asked):
    loaded.goto(LIST, wait_until="networkidle")
    settle(loaded, asked)
    asked.clear()

    loaded.goto(LIST, wait_until="networkidle")

    assert asked == [LIST]
