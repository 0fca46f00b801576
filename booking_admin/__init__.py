"""Booking Admin: create_app() puts the house together, read from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from booking_admin import config
from booking_admin.views.templates import Templates

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


def create_app(variables: Mapping[str, str] | None = None, **overrides: Any) -> Flask:
    """The app, for the environment's settings or for those given; raises WrongSetting. Never starts the scheduler."""
    variables = config.environment() if variables is None else variables
    app = Flask(__name__, template_folder=str(TEMPLATES))
    app.config.from_mapping(config.read(variables))
    app.config.from_mapping(overrides)
    app.jinja_environment = Templates
    _write_log(app)
    _use_tenant_defaults(variables)
    _believe_proxies(app)
    _add_extensions(app)
    _tell_services(app)
    _open_doors(app)
    return app


def _write_log(app: Flask) -> None:
    from booking_admin.adapters import logs

    if not app.testing:  # pytest has its own ears
        logs.start(app.config["LOG_FORMAT"])


def _use_tenant_defaults(variables: Mapping[str, str]) -> None:
    from booking_admin.rules import settings

    try:
        settings.use_defaults(config.tenant_defaults(variables))
    except ValueError as wrong:
        raise config.WrongSetting(str(wrong)) from None


def _believe_proxies(app: Flask) -> None:
    if hops := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=hops
        )


def _add_extensions(app: Flask) -> None:
    from booking_admin import models
    from booking_admin.database import db
    from booking_admin.extensions import csrf, login, mail, migrate

    assert models.Tenant.metadata is db.metadata  # noqa: S101 (all tables are known before the first question)
    db.init_app(app)
    migrate.init_app(app, db)
    csrf.init_app(app)
    login.init_app(app)
    mail.init_app(app)


def _tell_services(app: Flask) -> None:
    """Services know nothing of Flask: what they need of the settings is said to them here."""
    from booking_admin.services import files, links, passwords

    passwords.use(time_cost=app.config["PASSWORD_TIME_COST"], memory_cost=app.config["PASSWORD_MEMORY_COST"])
    links.use(app.config["SECRET_KEY"], address=app.config["BASE_URL"])
    files.use(Path(app.config["FILES_DIR"]))


def _open_doors(app: Flask) -> None:
    from booking_admin import cli
    from booking_admin.views import auth, feed_door, headers, health, language, panel

    for door in (language, headers, health, auth, feed_door, panel, cli):
        door.init_app(app)
