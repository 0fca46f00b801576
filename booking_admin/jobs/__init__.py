"""The clock's door: each job finds what is due and calls a service; `start(app)` lets the clock in."""

from booking_admin.jobs import diary, errands, housekeeping, imports, messages, waitlist
from booking_admin.jobs.base import TABLE, run, tenants
from booking_admin.jobs.ticker import start, stop

__all__ = [
    "TABLE",
    "diary",
    "errands",
    "housekeeping",
    "imports",
    "messages",
    "run",
    "start",
    "stop",
    "tenants",
    "waitlist",
]
