"""What a monitor may count: the seven metrics, in this process, without names of people or tenants' figures."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, disable_created_metrics, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call]

registry = CollectorRegistry()

# Raised after the commit (database.after_commit), so that what was rolled back is not counted.
bookings_created = Counter("bookings_created_total", "Bookings made.", registry=registry)
bookings_cancelled = Counter("bookings_cancelled_total", "Bookings cancelled.", registry=registry)
waitlist_conversions = Counter("waitlist_conversions_total", "Waiting parties that got seats.", registry=registry)
# Raised where the refusal is: a refused operation is rolled back and commits nothing.
booking_conflicts = Counter("booking_conflicts_total", "Bookings refused: stale, double or taken.", registry=registry)
capacity_errors = Counter("capacity_errors_total", "Bookings refused for lack of seats.", registry=registry)
# The average is _sum divided by _count, over whatever window the monitor likes.
booking_seconds = Summary("average_booking_time_seconds", "Seconds that making a booking takes.", registry=registry)
slot_utilization = Gauge(
    "slot_utilization_percentage", "Seats taken of the seats of the coming 30 days' sessions.", registry=registry
)


def exposed() -> bytes:
    """All of them in Prometheus' text format."""
    return generate_latest(registry)
