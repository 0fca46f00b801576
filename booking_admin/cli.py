"""The commands of `flask --app app …`, and what a server does before it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from booking_admin import config
from booking_admin.database import db, dialect, forget, transaction
from booking_admin.imports.commands import imports
from booking_admin.jobs.commands import jobs
from booking_admin.models import HouseState, Tenant, User, tenancy
from booking_admin.models.account import MEMBER_ROLES
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules import recurrence
from booking_admin.rules.actor import Channel, Role, job_actor
from booking_admin.rules.errors import BookingError
from booking_admin.rules.recurrence import Pattern
from booking_admin.rules.words import MonthEnd
from booking_admin.services import accounts, audit, health, invariants, members, tenants


def init_app(app: Flask) -> None:
    """Adds our commands to those that Flask and its extensions bring."""
    for commands in (users, schedules, jobs, imports, demo, capacity, trail):
        _say_what_the_database_lacks(commands)
        app.cli.add_command(commands)


def _say_what_the_database_lacks(command: click.Command) -> None:
    """A command before `db upgrade`, or while the database is away, ends with a sentence."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _say_what_the_database_lacks(each)
    elif command.callback is not None and not hasattr(command.callback, "says"):  # there may be several apps
        command.callback = _saying(command.callback)


def _saying(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return callback(*arguments, **options)
        except (OperationalError, ProgrammingError) as error:
            lacks = "The database can't be used: %s. `flask --app app db upgrade` makes the tables that are missing."
            raise click.ClickException(lacks % str(error.orig).strip().splitlines()[0]) from None

    called.says = True  # type: ignore[attr-defined]
    return called


# --- people ----------------------------------------------------------------------------------------------------------

users = AppGroup("users", help="People who sign in to the desk.")
OWNER = "owner"


@users.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([*MEMBER_ROLES, OWNER]), required=True, help="What the person may do.")
@click.option("--tenant", "slug", metavar="SLUG", help="The business; an owner may enter all and names none.")
@click.option("--name", help="The person's name; without it what stands before the @.")
def add_user(email: str, role: str, slug: str | None, name: str | None) -> None:
    """Give a person a role in a business, and print the link to choose a password."""
    if (role == OWNER) == (slug is not None):
        raise click.UsageError("Give --tenant for admin, staff and instructor, and leave it out for an owner.")
    name = name or email.partition("@")[0].replace(".", " ").title()
    by = job_actor("flask users add", Channel.cli)
    try:
        with transaction(by), _inside(slug):
            link = (
                members.add_owner(email, name=name, by=by)
                if slug is None
                else members.add(email, name=name, role=Role(role), by=by)
            )
    except BookingError as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"{email} is now {role}{f' of {slug}' if slug else ''}.")
    if link:
        click.echo(f"They choose a password here, once and within 7 days: {link}")


@users.command("list")
def list_users() -> None:
    """Print everybody who may sign in: e-mail, name, roles, last sign-in."""
    last = members.last_sign_ins()
    for user in db.session.scalars(select(User).order_by(User.email_folded)).all():
        roles = [f"{place.role} of {place.slug}" for place in accounts.memberships_of(user.id)]
        if user.is_owner:
            roles.insert(0, OWNER)
        state = "closed" if not user.is_active else last.get(user.id, "never signed in")
        click.echo("\t".join((user.email, user.name, ", ".join(roles) or "no role", state)))


@contextmanager
def _inside(slug: str | None) -> Iterator[None]:
    """Inside the business of this slug, or, for None, of none."""
    if slug is None:
        yield
        return
    row = tenants.named(slug)
    if row is None:
        raise click.ClickException(f"There is no business called {slug}.")
    with tenancy.inside(row):
        yield


# --- dates ------------------------------------------------------------------------------------------------------------

schedules = AppGroup("schedules", help="Dates that repeat.")
WALL_TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


@schedules.command("preview")
@click.option("--start", type=click.DateTime(WALL_TIMES), required=True, help="The first date, as the clock shows it.")
@click.option("--zone", required=True, metavar="ZONE", help="Where the clock hangs, as in Europe/London.")
@click.option("--rrule", "rule", required=True, metavar="RULE", help="As in FREQ=WEEKLY;COUNT=10.")
@click.option(
    "--month-end",
    type=click.Choice(list(MonthEnd)),
    default=MonthEnd.skip,
    show_default=True,
    help="Where a month is too short: leave it out, or take its last day.",
)
@click.option("--limit", type=click.IntRange(1, recurrence.CAP), help="No more dates than these.")  # fmt: skip
def preview_schedule(start: datetime, zone: str, rule: str, month_end: str, limit: int | None) -> None:
    """Print the dates of a rule: local start, start in UTC, and what the clocks do to it."""
    try:
        pattern = Pattern(
            start.date(), (start.time(),), zone, rule=recurrence.read(rule), month_end=MonthEnd(month_end)
        )
        found = recurrence.preview(pattern, limit)
    except BookingError as refused:
        raise click.ClickException(str(refused)) from None
    for each in found:
        instant = f"{each.starts_at:%Y-%m-%dT%H:%MZ}"
        click.echo("\t".join((each.local.isoformat(timespec="minutes"), instant, *each.notes())))


# --- demo data --------------------------------------------------------------------------------------------------------


@click.command("demo")
@click.option("--scale", type=click.IntRange(1, 1_000), default=1, show_default=True, help="1 is about 2,000 bookings.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed makes the same data.")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is a business already.")
@with_appcontext
def demo(scale: int, seed: int, if_empty: bool) -> None:
    """Load three businesses to try things with; a load that was stopped goes on where it was."""
    from booking_admin.demo import load

    if refusal := config.demo_refusal(current_app.config):
        raise click.ClickException(refusal)
    try:
        written = load(scale, seed, if_empty=if_empty, tell=lambda line: click.echo(line, err=True))
    except BookingError as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"Loaded {written:,} bookings." if written else "There is a business already: nothing was loaded.")


# --- is everything as it must be --------------------------------------------------------------------------------------

capacity = AppGroup("capacity", help="Seats, sums and counts against the rows that they are made of.")
trail = AppGroup("audit", help="The trail of who did what.")


@capacity.command("check")
@click.option("--repair", is_flag=True, help="Set counts and sums right, and say so in the audit.")
def check_capacity(repair: bool) -> None:
    """Recount everything that is stored as a count or a sum; the exit code is 1 while something is wrong."""
    left = mended = 0
    for place in _walk():
        found = invariants.check()
        if found and repair:
            by = job_actor("flask capacity check", Channel.cli)
            with transaction(by):
                right = invariants.repair(by=by)
            for drift in right:
                click.echo(f"{place.slug}: {drift}: repaired")
            mended += len(right)
            _freeze()
            found = invariants.check()
        for drift in found:
            click.echo(f"{place.slug}: {drift}", err=True)
        left += len(found)
    if left:
        hint = "only a person can put them right" if repair else "--repair sets counts and sums right"
        raise click.ClickException(f"Not as it must be: {left}; {hint}.")
    click.echo(f"Repaired: {mended}." if mended else "Everything is as it must be.")


@trail.command("verify")
def verify_audit() -> None:
    """Recount the chain of seals over the audit trail; the exit code is 1 where an entry was changed or is missing."""
    wrong = 0
    for place in _walk():
        for finding in audit.verify():
            click.echo(f"{place.slug}: {finding.sentence}", err=True)
            wrong += 1
    if wrong:
        raise click.ClickException(f"The audit trail is not whole: {wrong}.")
    click.echo("The audit trail is whole.")


def _walk() -> Iterator[TenantFacts]:
    """Every business in turn, entered; archived ones as well, for their books are kept."""
    for place in [row.facts for row in db.session.scalars(select(Tenant).order_by(Tenant.id))]:
        with tenancy.inside(place):
            _freeze()
            yield place
    forget()


def _freeze() -> None:
    """All questions from here on are answered from one moment: a booking made in between would look like drift."""
    forget()
    if dialect() == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


# --- before serving ---------------------------------------------------------------------------------------------------


def prepare(app: Flask) -> None:
    """Brings the database up to date and fills an empty one; raises WrongSetting where it may not be served."""
    with app.app_context():
        address = config.shown(app.config["DATABASE_URL"])
        try:
            applied = health.applied_revision()
            if applied is not None and not health.is_known(applied):
                raise config.WrongSetting(
                    f"DATABASE_URL is “{address}”, but must be a database of this version or an older one: "
                    f"a newer one made its tables ({applied})."
                )
            migrate()
        except (SQLAlchemyError, OSError, UnicodeError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise config.WrongSetting(
                f"DATABASE_URL is “{address}”, but must be a database that answers and takes our tables: {reason}."
            ) from None
        if wrong := config.folder_refusal(app.config["FILES_DIR"]):
            raise config.WrongSetting(wrong)
        refusal = config.demo_refusal(app.config)
        if has_demo() and refusal:
            raise config.WrongSetting(refusal)
        if refusal is None and wants_demo():
            fill()
        if has_demo():
            tell_sign_ins()


def migrate() -> None:
    """Applies what migrations are missing; costs one question when there are none."""
    if health.applied_revision() == health.newest_revision():
        return
    import flask_migrate

    click.echo("Bringing the database up to date …", err=True)
    flask_migrate.upgrade()


def has_demo() -> bool:
    """Whether there are tenants whose passwords everybody knows."""
    return db.session.scalar(select(Tenant.id).where(Tenant.is_demo).limit(1)) is not None


def wants_demo() -> bool:
    """Whether there is no business yet, or loading the demo's was stopped half-way."""
    stamp = db.session.scalar(select(HouseState.value).where(HouseState.key == "demo"))
    if stamp is not None:
        return not stamp["done"]
    return db.session.scalar(select(Tenant.id).limit(1)) is None


def fill() -> None:
    from booking_admin import demo as data

    click.echo("Loading three businesses to try things with …", err=True)
    data.load(if_empty=True)


def tell_sign_ins() -> None:
    """Prints who may sign in to the demo, and with what."""
    slugs = db.session.scalars(select(Tenant.slug).where(Tenant.is_demo).order_by(Tenant.id)).all()
    click.echo("Sign in with the password “demo” as owner@demo.test, or as one of")
    for slug in slugs:
        click.echo("  " + "  ".join(f"{role}@{slug}.test" for role in ("admin", "staff", "instructor")))
