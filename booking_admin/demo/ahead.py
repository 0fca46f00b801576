"""Makes the next batch while the database is busy with the last."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from booking_admin.database import dialect

Item = TypeVar("Item")
TURN = 0.0005  # seconds after which the server's answer is looked at, whatever the other thread is about


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, with PostgreSQL one ahead of who uses them.

    SQLite writes in this process: there a second thread would only make the time longer in which others cannot write.
    """
    return _beside(items) if dialect() == "postgresql" else items


def _beside(items: Iterator[Item]) -> Iterator[Item]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        with ThreadPoolExecutor(max_workers=1) as other:
            coming = other.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = other.submit(next, items, None)
                yield item
    finally:
        sys.setswitchinterval(usual)
