"""`flask import …`: files of other systems from the command line, with a dry run and a bar that moves."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from booking_admin import imports as importing
from booking_admin.imports.telling import Tell
from booking_admin.models import tenancy
from booking_admin.rules.actor import Actor, Channel, job_actor
from booking_admin.rules.errors import BadLines, BookingError
from booking_admin.rules.words import ImportKind, ImportRowStatus
from booking_admin.services import tenants

imports = AppGroup("import", help="Bookings and customers of other systems.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TENANT = click.option("--tenant", "slug", metavar="SLUG", required=True, help="The business.")


def _declare(kind: ImportKind, sentence: str) -> None:
    @imports.command(kind.value, help=sentence)
    @click.argument("file", type=_FILE)
    @_TENANT
    @click.option("--dry-run", is_flag=True, help="Print what would become of each line, and write nothing.")
    @click.option("--skip-bad", is_flag=True, help="Leave lines out that are wrong, instead of stopping.")
    @click.option("--map", "mapping", type=_FILE, help="Which column means what, as JSON; for files no profile knows.")
    def command(file: Path, slug: str, dry_run: bool, skip_bad: bool, mapping: Path | None) -> None:
        with _answered(slug, f"flask import {kind}") as by:
            document = _document(mapping)
            if dry_run:
                _rehearse(file, kind, document)
            else:
                _bring(file, kind, document, skip_bad=skip_bad, by=by)


_declare(ImportKind.bookings, "Bring bookings of a file into the books; a second time adds nothing.")
_declare(ImportKind.customers, "Bring customers of a file into the books; a second time adds nothing.")


@imports.command("undo")
@click.argument("run", type=int)
@_TENANT
def undo(run: int, slug: str) -> None:
    """Take an import back, by its number, while nothing followed on it."""
    with _answered(slug, "flask import undo") as by, _bar("Taking back") as tell:
        done = importing.undo(run, by=by, tell=tell)
    click.echo(f"Taken back: {done.lines} lines.")
    for line, why in done.kept:
        click.echo(f"line {line} stays: {why}", err=True)


@contextmanager
def _answered(slug: str, name: str) -> Iterator[Actor]:
    """Inside a business; what is refused is said on the error output."""
    row = tenants.named(slug)
    if row is None:
        raise click.ClickException(f"There is no business called {slug}.")
    try:
        with tenancy.inside(row):
            yield job_actor(name, Channel.cli)
    except BadLines as refused:
        for line, field, why in refused.facts["lines"]:
            click.echo(f"line {line}: {field}: {why}", err=True)
        raise click.ClickException(f"{refused} --skip-bad leaves them out.") from None
    except BookingError as refused:
        raise click.ClickException(str(refused)) from None


def _document(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise click.ClickException(f"{file} is no mapping: {error}.") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{file} is no mapping: it must be one JSON object, {{ … }}.")
    return found


def _rehearse(file: Path, kind: ImportKind, document: dict[str, Any] | None) -> None:
    told: Counter[ImportRowStatus] = Counter()
    for fate in importing.dry_run(file, kind=kind, mapping=document):
        told[fate.status] += 1
        why = "; ".join(f"{field}: {said}" for field, said in fate.reasons)
        click.echo(f"line {fate.line}\t{fate.status}\t{why or importing.described(fate.values)}")
    click.echo(f"{_sum(told)} Nothing was written.")
    if told[ImportRowStatus.bad]:
        raise click.exceptions.Exit(1)


def _bring(file: Path, kind: ImportKind, document: dict[str, Any] | None, *, skip_bad: bool, by: Actor) -> None:
    run_id = importing.unfinished(file, kind=kind, mapping=document)
    if run_id is not None:
        click.echo(f"Going on with import {run_id}, which was stopped.", err=True)
    else:
        with _bar("Checking") as tell:
            file_id = importing.upload(file.name, file, by=by)
            run_id = importing.check(file_id, kind=kind, mapping=document, refuse_bad=not skip_bad, by=by, tell=tell)
        for line, field, why in importing.bad_lines(run_id):
            click.echo(f"line {line}: {field}: {why}", err=True)
    with _bar("Importing") as tell:
        importing.run(run_id, by=by, skip_bad=skip_bad, tell=tell)
    click.echo(f"Import {run_id}: {_sum(importing.counts(run_id))}")


def _sum(told: Any) -> str:
    words = {
        ImportRowStatus.ready: "ready", ImportRowStatus.done: "imported", ImportRowStatus.skipped: "skipped",
        ImportRowStatus.bad: "wrong",
    }  # fmt: skip
    return ", ".join(f"{told[each]:,} {word}" for each, word in words.items() if told.get(each)) + "."


@contextmanager
def _bar(label: str) -> Iterator[Tell]:
    """A bar on the error output, where somebody watches; it begins once it is known how long it is."""
    with ExitStack() as shown:
        bars: list[Any] = []

        def tell(done: int, of: int) -> None:
            if not bars:
                bar = click.progressbar(range(of), label=label, file=sys.stderr)
                bars.append(shown.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield tell
