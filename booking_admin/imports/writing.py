"""A run: what is ready is written, a chunk a transaction, each with the fates of its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from booking_admin.database import db, forget, transaction
from booking_admin.imports import keeping, looking, people
from booking_admin.imports.entries import Entry, References
from booking_admin.imports.planning import Key, Place, Planner, course_key
from booking_admin.imports.telling import Tell
from booking_admin.models import (
    Attendee,
    Booking,
    Customer,
    ImportRow,
    Payment,
    PriceLine,
    Slot,
)
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import BadLines, ImportRefused
from booking_admin.rules.say import say
from booking_admin.rules.words import ImportKind, ImportRowStatus, ImportStatus
from booking_admin.services import audit, bulk, capacity, customers
from booking_admin.services.bulk import Batch, Numbers, Pace

_R = ImportRowStatus
LOOK_FIRST = 1_000  # rows after which PostgreSQL is to look at the tables, and then at four times as many
FIRST, FEWEST, MOST = 40, 20, 1_500  # lines in a chunk
TRIES = 3
HERE = say("This customer is here already.")
BEFORE = say("It was imported before.")
BUSY = say("This import is being written by somebody else just now. Wait until it is done.")


def run(run_id: int, *, by: Actor, skip_bad: bool, tell: Tell) -> None:
    """Writes what is ready; one that was stopped goes on where it was."""
    status, kind, done = _begin(run_id, by=by, skip_bad=skip_bad)
    if status is ImportStatus.done:
        return
    with bulk.roomy():
        Run(run_id, kind, by, tell).go(done)
    with transaction(by):
        row = keeping.of(run_id, lock=True)
        if row.status is ImportStatus.running:
            states.move(row, to=ImportStatus.done, at=clock.now())
            db.session.flush()
            fates = keeping.counts(run_id)
            audit.record(by, "import.run", row, changes={each.value: (None, many) for each, many in fates.items()})


def _begin(run_id: int, *, by: Actor, skip_bad: bool) -> tuple[ImportStatus, ImportKind, int]:
    with transaction(by):
        row = keeping.of(run_id, lock=True)
        if row.status in (ImportStatus.failed, ImportStatus.undone):
            raise ImportRefused(reason=say("This import can't be run: it was not checked to its end, or taken back."))
        if row.status is ImportStatus.checked:
            found = keeping.counts(run_id)
            if found.get(_R.bad) and not skip_bad:
                raise BadLines(lines=keeping.bad_lines(run_id))
            states.move(row, to=ImportStatus.running, at=clock.now())
            db.session.flush()
            if ready := found.get(_R.ready):
                # Before the first of them: nobody takes these one by one, so nothing else says where they come from.
                what = "booking.bulk" if row.kind is ImportKind.bookings else "customer.bulk"
                why = f"Import of {row.options.get('file', '')}."
                audit.record(by, what, row, changes={"rows": (0, ready)}, reason=why)
        return row.status, row.kind, row.done_line


class Run:
    """One process at work on a run."""

    def __init__(self, run_id: int, kind: ImportKind, by: Actor, tell: Tell) -> None:
        self.run_id, self.kind, self.by, self.tell = run_id, kind, by, tell
        self.lines = keeping.of(run_id).options["lines"]
        self.places: dict[Key, Place] = {}
        if kind is ImportKind.bookings:
            self.places = Planner(run_id, by).places()
        self.references, self.numbers = References(), Numbers()
        # Few at first: how fast a machine is nobody knows yet, and nobody is to feel the first chunk.
        self.pace = Pace(first=FIRST, fewest=FEWEST, most=MOST)

    def go(self, done_line: int) -> None:
        """All chunks, one after the other."""
        written, look_at = 0, LOOK_FIRST
        while rows := self._next(done_line):
            for attempt in range(TRIES):
                try:
                    with self.pace.measured(len(rows)), transaction(self.by):
                        self._write(rows, done_line)
                    break
                except IntegrityError:
                    # A reference that somebody was given a moment ago; the next ones are others.
                    if attempt == TRIES - 1:
                        raise
            done_line = rows[-1].line
            written += len(rows)
            self.tell(done_line, self.lines)
            if written >= look_at:
                look_at = 4 * written
                self._count_for_planner()

    def _next(self, done_line: int) -> Sequence[Row[Any]]:
        rows = db.session.execute(
            select(ImportRow.id, ImportRow.line, ImportRow.source_key, ImportRow.data)
            .where(ImportRow.run_id == self.run_id, ImportRow.line > done_line, ImportRow.status == _R.ready)
            .order_by(ImportRow.line)
            .limit(self.pace.room)
        ).all()
        forget()
        return rows

    def _count_for_planner(self) -> None:
        for kind in (Customer, Slot, Booking, Attendee, PriceLine, Payment, ImportRow):
            with transaction(self.by):
                bulk.count_for_planner(kind)

    # --- one chunk ----------------------------------------------------------------------------------------------------

    def _write(self, rows: Sequence[Row[Any]], done_line: int) -> None:
        run = keeping.of(self.run_id, lock=True)
        if run.status is not ImportStatus.running or run.done_line != done_line:
            raise ImportRefused(reason=BUSY)
        customers.lock(["imports"])  # imports of one business take turns, so that no row is brought by two of them
        now, batch = clock.now(), Batch()
        keys = [row.source_key for row in rows if row.source_key]
        known = looking.done_before(keys, self.kind)
        fresh = [row for row in rows if row.source_key not in known]
        heads = [row for row in fresh if "with" not in row.data]
        who, here = people.settle(batch, (row.data["who"] for row in heads), now=now)
        if self.kind is ImportKind.bookings:
            results = self._book(batch, heads, who, now)
        else:
            results = {row.line: who[tuple(row.data["who"]["known_by"])] for row in heads}
        ids = bulk.write(batch, self.numbers)
        made = ids.get(Booking if self.kind is ImportKind.bookings else Customer, ())
        found = {line: number if number > 0 else made[-number - 1] for line, number in results.items()}
        self._tell_fates(rows, fresh, found, here, now)
        run.done_line = rows[-1].line
        db.session.flush()

    def _book(
        self, batch: Batch, heads: Sequence[Row[Any]], who: Mapping[tuple[str, str, str], int], now: datetime
    ) -> dict[int, int]:
        taken: Counter[int] = Counter()
        results = {}
        for row in heads:
            values = row.data
            place = self.places[course_key(values), values.get("starts") or ""]
            entry = Entry(batch, values, place, who[tuple(values["who"]["known_by"])], now)
            results[row.line] = entry.add(self.references.one(entry.booked))
            taken[place.slot_id] += entry.seats_taken
        for slot_id, before, now_over in capacity.take_many(taken):
            about = audit.Subject("slot", slot_id, f"slot {slot_id}", "slot", slot_id)
            audit.record(
                self.by, "slot.overbook", about, changes={"overbooked": (before, now_over)},
                reason="Bookings that were imported take more seats than the session has.",
            )  # fmt: skip
        return results

    def _tell_fates(
        self, rows: Sequence[Row[Any]], fresh: Sequence[Row[Any]], found: dict[int, int], here: set[int], now: datetime
    ) -> None:
        self._find_heads(fresh, found)
        entity = looking.RESULTS[self.kind]
        fates, new = [], {row.id for row in fresh}
        for row in rows:
            result = found.get(row.data.get("with", row.line)) if row.id in new else None
            # A customer who was here already was found, not made, so an undo has nothing to take back.
            is_found = self.kind is ImportKind.customers and result in here
            why = HERE if is_found else BEFORE if result is None else None
            fates.append({
                "id": row.id, "status": _R.skipped if why else _R.done,
                "errors": [keeping.packed(("id", why))] if why else None,
                "result_entity": entity if result is not None else None, "result_id": result,
                "updated_at": now,
            })  # fmt: skip
        bulk.tell_fates(fates)

    def _find_heads(self, fresh: Sequence[Row[Any]], found: dict[int, int]) -> None:
        """What the first rows of bookings became that were written in an earlier chunk."""
        lines = {row.data["with"] for row in fresh if "with" in row.data} - found.keys()
        if lines:
            before = select(ImportRow.line, ImportRow.result_id).where(
                ImportRow.run_id == self.run_id, ImportRow.line.in_(lines)
            )
            found.update((line, number) for line, number in db.session.execute(before) if number is not None)
