"""`flask jobs …`: which jobs there are, and a run by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import click
from flask.cli import AppGroup

from booking_admin.jobs import base
from booking_admin.models import tenancy
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules.actor import Channel
from booking_admin.services import runs
from booking_admin.services.runs import Line

jobs = AppGroup("jobs", help="What the house does by itself.")


@jobs.command("list")
def list_jobs() -> None:
    """Print each job, and for each business its last run and its next."""
    for name, wanted in base.TABLE.items():
        click.echo(f"{name}: {wanted.chore.sentence}")
        for here, line in _lines(name):
            click.echo("\t".join(("", here.slug, *_said(line))))


@jobs.command("run")
@click.argument("name", type=click.Choice(list(base.TABLE)))
@click.option("--tenant", "slug", metavar="SLUG", help="One business; without it all of them.")
def run_job(name: str, slug: str | None) -> None:
    """Run a job now, whether or not it is its time."""
    chosen = [here for here in base.tenants() if slug in (None, here.slug)]
    if slug is not None and not chosen:
        raise click.ClickException(f"There is no business called {slug}.")
    failures = 0
    for here in chosen:
        with tenancy.inside(here):
            tally = base.run(base.TABLE[name], channel=Channel.cli, is_forced=True)
        if tally is None:
            click.echo(f"{here.slug}: another process is at it.")
            continue
        click.echo(f"{here.slug}: {tally.total} found, {tally.done} done, {tally.failed} failed.")
        if tally.error:
            click.echo(f"{here.slug}: {tally.error}", err=True)
        failures += tally.failed
    if failures:
        raise SystemExit(1)


def _lines(name: str) -> Iterator[tuple[TenantFacts, Line]]:
    for here in base.tenants():
        with tenancy.inside(here):
            yield here, next(line for line in runs.lines() if line.chore.name == name)


def _said(line: Line) -> tuple[str, ...]:
    following = "next " + (_instant(line.next_at) if line.next_at else "now")
    if line.is_running:
        following = "running"
    if line.last is None:
        return "never ran", following
    last = line.last
    counts = f"{last.total} found, {last.done} done, {last.failed} failed"
    return f"last {_instant(last.started_at)}", counts, following, *([last.error] if last.error else [])


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "–"
