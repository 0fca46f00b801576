"""What load balancers and monitors are told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from booking_admin.database import db, transaction
from booking_admin.models import HouseState
from booking_admin.rules import clock
from booking_admin.services import capacity
from tests.factories import MAKER, elsewhere, make_slot, save

ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}
SEVEN = (
    "bookings_created_total",
    "bookings_cancelled_total",
    "booking_conflicts_total",
    "capacity_errors_total",
    "waitlist_conversions_total",
    "average_booking_time_seconds_sum",
    "slot_utilization_percentage",
)


def test_a_running_process_is_alive(client):
    assert client.get("/health/live").json == {"status": "ok"}


def test_a_migrated_database_is_ready(client):
    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json) == (200, {"status": "ok", "problems": {}})


def test_an_old_schema_is_not_ready(app, client):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'old'"))

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert list(answer.json["problems"]) == ["migrations"]


def test_where_jobs_run_a_missing_tick_is_a_problem(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "SCHEDULER", True)

    assert list(client.get("/health/ready").json["problems"]) == ["scheduler"]

    save(HouseState(key="last_tick", value={}, updated_at=clock.now() - timedelta(minutes=2)))

    assert client.get("/health/ready").status_code == 200


def test_the_metrics_are_the_seven(client):
    lines = client.get("/metrics").text.splitlines()

    for name in SEVEN:
        assert any(line.startswith(f"{name} ") for line in lines), name


def test_utilisation_counts_the_seats_of_every_tenant(client, tenant, south):
    make_slot(starts_at=clock.now() - timedelta(days=1), capacity=90)  # over: not counted
    for home, capacity_there, taken in ((tenant, 8, 3), (south, 2, 1)):
        with elsewhere(home):
            slot = make_slot(capacity=capacity_there)
            with transaction(MAKER):
                capacity.take(slot.id, taken)

    assert "slot_utilization_percentage 40.0" in client.get("/metrics").text


def test_strangers_read_no_metrics(app, client):
    refused = client.get("/metrics", environ_base=ELSEWHERE)
    by_token = client.get(
        "/metrics", environ_base=ELSEWHERE, headers={"Authorization": f"Bearer {app.config['METRICS_TOKEN']}"}
    )

    assert (refused.status_code, by_token.status_code) == (403, 200)


def test_a_visitor_behind_an_unknown_proxy_is_a_stranger(client):
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
