"""A page that asks before it is left."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page


def staying(page: Page) -> list[str]:
    """Answers every question by staying; the list fills with the kinds of question that were asked."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked
