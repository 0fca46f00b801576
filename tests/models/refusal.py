"""The database says no."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy.exc import IntegrityError

from booking_admin.database import transaction
from tests.factories import MAKER


@contextmanager
def refused(by: type[Exception] = IntegrityError):
    """The block's transaction is refused, and leaves nothing behind."""
    with pytest.raises(by), transaction(MAKER):
        yield
