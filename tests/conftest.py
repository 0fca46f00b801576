"""What every test may ask for: the app on both engines, a tenant, a client, and people to sign in as."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from booking_admin.database import db
from booking_admin.models.tenancy import TenantFacts, enter
from tests import engines, factories, haste
from tests.client import Client

FOLDER = pytest.StashKey[Path]()
# How long examples take says how busy the machine is, and fails nobody.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
KINDS: dict[str, type[engines.SQLite | engines.PostgreSQL]] = {"sqlite": engines.SQLite, "postgres": engines.PostgreSQL}

# --- the session's databases ------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", None)  # workers share the folder, and so the cluster, of their controller
    config.stash[FOLDER] = Path(given["databases"]) if given else engines.make_folder()
    if given is None:
        config.pluginmanager.register(Tally(), "tally")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["databases"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and FOLDER in config.stash:
        engines.clear(config.stash[FOLDER])


@pytest.fixture(scope="session")
def apps(request: pytest.FixtureRequest) -> Callable[[str], tuple[Flask, engines.Engine]]:
    """One app per engine and worker: the database behind it is what changes from test to test."""
    made: dict[str, tuple[Flask, engines.Engine]] = {}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

    def app_on(kind: str) -> tuple[Flask, engines.Engine]:
        if kind not in made:
            engine = KINDS[kind](request.config.stash[FOLDER], worker)
            made[kind] = engines.make_app(engine.address), engine
            made[kind][0].test_client_class = Client
        return made[kind]

    return app_on


@pytest.fixture(params=["sqlite", "postgres"])
def app(request: pytest.FixtureRequest, apps) -> Iterator[Flask]:
    """The app on a fresh, migrated, empty database, inside an app context; the test runs once on each engine.

    No test gets past anything slow inside transaction().
    """
    request.node.user_properties.append(("engine", request.param))
    application, engine = apps(request.param)
    engine.refresh()
    with application.app_context(), haste.watched():
        try:
            yield application
        finally:
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Client:
    """Somebody who is not signed in."""
    return app.test_client()  # type: ignore[return-value]


# --- people -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def tenant(app: Flask) -> TenantFacts:
    """North, entered: its zone is London, its people are Ada, Sam and Ines."""
    return enter(factories.make_tenant(slug="north", name="North Training"))


@pytest.fixture
def south(tenant: TenantFacts) -> TenantFacts:
    """Another tenant, Otto's; not entered."""
    with factories.elsewhere(factories.make_tenant(slug="south", name="South Tours")) as facts:
        return facts


@pytest.fixture
def sign_in(app: Flask, tenant: TenantFacts, request: pytest.FixtureRequest) -> Callable[..., Client]:
    """`sign_in("admin")` is Ada's client, "staff" Sam's, "instructor" Ines's; `sign_in("admin", "south")` is Otto's."""

    def signed_in(role: str, where: str = "north") -> Client:
        home = tenant if where == "north" else request.getfixturevalue("south")
        email = factories.person(home, role)
        browser: Client = app.test_client()  # type: ignore[assignment]
        answer = browser.post("/login", data={"email": email, "password": factories.PASSWORD})
        assert answer.status_code in (302, 303), answer.text
        return browser

    return signed_in


# --- both engines, every test -----------------------------------------------------------------------------------------


class Tally:
    """Counts what ran on which engine; in CI every test must have run, and on PostgreSQL as many as on SQLite."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.skipped += report.skipped and not hasattr(report, "wasxfail")
        if report.when == "call" and not report.skipped:
            self.ran[str(dict(report.user_properties).get("engine", "no database"))] += 1

    def complaint(self) -> str | None:
        if self.skipped:
            return f"{self.skipped} tests were skipped: in CI every test runs."
        if self.ran["postgres"] < self.ran["sqlite"]:
            return "Fewer tests ran on PostgreSQL than on SQLite."
        return None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if os.environ.get("CI") == "true" and self.complaint() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        counts = ", ".join(f"{self.ran[kind]} on {kind}" for kind in ("sqlite", "postgres", "no database"))
        terminalreporter.write_line(f"Tests that ran: {counts}.")
        if os.environ.get("CI") == "true" and (complaint := self.complaint()):
            terminalreporter.write_line(complaint, red=True)
