"""A list of rows that is searched: what a browser makes of it, once the search has come."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def picker(page: Page, label: str) -> Locator:
    """Where one types to search; the plain list is a combobox of that name too, until the search has come."""
    return page.get_by_role("combobox", name=label, exact=True).and_(page.locator("input"))
