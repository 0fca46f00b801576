"""An import is taken back: everything that it brought goes, as long as nothing followed on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from booking_admin.database import Base, db, forget, transaction
from booking_admin.imports import keeping
from booking_admin.imports.keeping import removed
from booking_admin.imports.telling import Tell
from booking_admin.models import (
    Attendee,
    AuditEntry,
    Booking,
    Course,
    Customer,
    ImportRow,
    ImportRun,
    Meeting,
    Payment,
    PriceLine,
    Slot,
)
from booking_admin.models.scheduling import UNKNOWN_DATE, import_mark
from booking_admin.rules import clock, states
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import ImportRefused
from booking_admin.rules.say import Said, say, together
from booking_admin.rules.states import SEATED
from booking_admin.rules.words import BookingSource, ImportKind, ImportRowStatus, ImportStatus, label
from booking_admin.services import audit, bulk, capacity, customers, waitlist
from booking_admin.services.bulk import Pace

_R = ImportRowStatus
LOOKED_AT = 500  # rows in one question
SHOWN = 5
# What an import writes with a booking; anything else that points to one came later.
OWN = {Attendee: "booking_id", PriceLine: "booking_id", Payment: "booking_id"}


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo came to: how many lines were taken back, and those that stay, each with the reason."""

    lines: int
    kept: tuple[tuple[int, Said], ...]


def undo(run_id: int, *, by: Actor, tell: Tell) -> Undone:
    """Looks at everything first, then takes it back in chunks; what somebody begins to use in between stays."""
    run = keeping.of(run_id)
    if run.status not in (ImportStatus.running, ImportStatus.done):
        raise ImportRefused(reason=say("There is nothing to take back: this import was not run, or was taken back."))
    kind, total = run.kind, keeping.counts(run_id).get(_R.done, 0)
    forget()
    work = _Undo(run_id, kind, by)
    if found := list(work.followed()):
        refused = say("Something followed on %(number)s of its lines, so nothing was taken back.", number=len(found))
        first = [say("Line %(line)s: %(why)s", line=line, why=why) for line, why in found[:SHOWN]]
        raise ImportRefused(reason=together(refused, *first))
    kept: list[tuple[int, Said]] = []
    done = 0
    for lines, left in work.chunks():
        done += lines
        kept += left
        tell(done, total)
    work.tidy()
    with transaction(by):
        run = keeping.of(run_id, lock=True)
        if not kept:
            states.move(run, to=ImportStatus.undone, at=clock.now())
            db.session.flush()
        audit.record(by, "import.undo", run, changes={"rows": (total, total - done)})
    return Undone(done, tuple(kept))


def followed(run_id: int, *, look_at: int) -> list[tuple[int, Said]]:
    """Lines on which something followed, with what, among the first `look_at` or so; nothing is taken back."""
    run = keeping.of(run_id)
    found: list[tuple[int, Said]] = []
    for page in _Look(run_id, run.kind).pages(look_at):
        found += page
    return found


class _Look:
    """What followed on the rows of an import."""

    def __init__(self, run_id: int, kind: ImportKind) -> None:
        self.run_id, self.kind = run_id, kind
        self.result: Any = Booking if kind is ImportKind.bookings else Customer

    def followed(self) -> Iterator[tuple[int, Said]]:
        """The lines on which something followed, with what."""
        for page in self.pages():
            yield from page

    def pages(self, look_at: int | None = None) -> Iterator[list[tuple[int, Said]]]:
        """The same, as many rows at a time as one question is asked for; of all, or of the first so many."""
        after, looked = 0, 0
        while (look_at is None or looked < look_at) and (rows := self._rows(after, LOOKED_AT)):
            after, looked = rows[-1].line, looked + len(rows)
            why = self._why([row.result_id for row in rows])
            yield [(row.line, why[row.result_id]) for row in rows if row.result_id in why]
            forget()

    def _rows(self, after: int, many: int) -> Sequence[Any]:
        return db.session.execute(
            select(ImportRow.id, ImportRow.line, ImportRow.result_id)
            .where(ImportRow.run_id == self.run_id, ImportRow.line > after, ImportRow.status == _R.done)
            .order_by(ImportRow.line)
            .limit(many)
        ).all()

    def _why(self, ids: Collection[int]) -> dict[int, Said]:
        """What followed on bookings or customers; nothing for those that are as the import left them."""
        found: dict[int, Said] = {}
        name = self.result.__tablename__
        # Whatever people and jobs do is in the trail, and the import itself wrote one entry for all.
        told = select(AuditEntry.root_id, AuditEntry.action, AuditEntry.actor_label).where(
            AuditEntry.root == name, AuditEntry.root_id.in_(ids)
        )
        for row_id, action, who in db.session.execute(told.order_by(AuditEntry.id)):
            thing, _dot, what = action.partition(".")
            said = say("%(who)s worked on it (%(thing)s: %(what)s).", who=who, thing=label(thing), what=label(what))
            found.setdefault(row_id, said)
        for table, row_id in references(self.result, ids, without=OWN if self.result is Booking else {}):
            found.setdefault(row_id, say("“%(thing)s”: there is one about it.", thing=label(table)))
        return found


class _Undo(_Look):
    """One process at work on an undo."""

    def __init__(self, run_id: int, kind: ImportKind, by: Actor) -> None:
        super().__init__(run_id, kind)
        self.by = by
        self.more = self._shared()

    def _shared(self) -> dict[int, list[int]]:
        """The rows of what several rows became; asked once, since it takes a look at all of them."""
        done = (ImportRow.run_id == self.run_id, ImportRow.status == _R.done)
        several = select(ImportRow.result_id).where(*done).group_by(ImportRow.result_id).having(func.count() > 1)
        found: dict[int, list[int]] = {}
        wanted = select(ImportRow.id, ImportRow.result_id).where(*done, ImportRow.result_id.in_(several))
        for row in db.session.execute(wanted):
            found.setdefault(row.result_id, []).append(row.id)
        forget()
        return found

    def chunks(self) -> Iterator[tuple[int, list[tuple[int, Said]]]]:
        """Takes back a chunk after the other; gives how many lines, and those that stay."""
        pace, after = Pace(first=40, fewest=20, most=1_500), 0
        while rows := self._rows(after, pace.room):
            forget()
            # Lines of one booking may lie far apart: it goes with the first of them, and they all go with it.
            after = rows[-1].line
            with pace.measured(len(rows)), transaction(self.by):
                done = self._take_back(rows)
            yield done

    def _take_back(self, rows: Sequence[Any]) -> tuple[int, list[tuple[int, Said]]]:
        customers.lock(["imports"])
        ids = {row.result_id for row in rows}
        if self.kind is ImportKind.bookings:
            slots = select(Booking.slot_id).where(Booking.id.in_(ids)).distinct()
            db.session.execute(
                select(Slot.id).where(Slot.id.in_(slots)).order_by(Slot.id).with_for_update(key_share=True)
            )
        locked = select(self.result.id).where(self.result.id.in_(ids)).order_by(self.result.id).with_for_update()
        db.session.execute(locked)
        why = self._why(ids)
        going = ids - why.keys()
        if self.kind is ImportKind.bookings:
            self._take_back_bookings(going)
        else:
            self._remove_customers(going)
        nothing = {
            "status": _R.undone, "errors": None, "result_entity": None, "result_id": None,
            "updated_at": clock.now(),
        }  # fmt: skip
        gone = {row_id for row in rows if row.result_id in going for row_id in self.more.get(row.result_id, [row.id])}
        fates = [{"id": row_id, **nothing} for row_id in sorted(gone)]
        bulk.tell_fates(fates)
        return len(fates), [(row.line, why[row.result_id]) for row in rows if row.result_id in why]

    def _take_back_bookings(self, ids: Collection[int]) -> None:
        seats: Counter[int] = Counter()
        of = set()
        for row in db.session.execute(
            select(Booking.slot_id, Booking.customer_id, Booking.status, Booking.seats).where(Booking.id.in_(ids))
        ):
            of.add(row.customer_id)
            if row.status in SEATED:
                seats[row.slot_id] += row.seats
        for slot_id in sorted(seats):
            if seats[slot_id]:
                capacity.release(slot_id, seats[slot_id])
        for kind, column in OWN.items():
            gone: Any = kind
            removed(gone, select(gone.id).where(getattr(gone, column).in_(ids)))
        removed(Booking, ids)
        self._remove_customers(of)
        # To whoever waits there, as for any seat that becomes free; nobody waits for what has begun.
        to_come = select(Slot.id).where(Slot.id.in_(list(seats)), Slot.starts_at > clock.now()).order_by(Slot.id)
        for slot_id in db.session.scalars(to_come).all():
            waitlist.offer_next(slot_id, by=self.by)

    def _remove_customers(self, ids: Collection[int]) -> None:
        """Removes those of the customers whom an import brought and nothing tells of any more."""
        told = select(AuditEntry.root_id).where(AuditEntry.root == "customer", AuditEntry.root_id.in_(ids))
        kept = {row_id for _table, row_id in references(Customer, ids)} | set(db.session.scalars(told))
        if self.kind is not ImportKind.customers:
            # … and whom another import brought as what it is about.
            brought = select(ImportRow.result_id).where(
                ImportRow.result_entity == "customer", ImportRow.result_id.in_(ids), ImportRow.status == _R.done
            )
            kept |= set(db.session.scalars(brought))
        imported = select(Customer.id).where(
            Customer.id.in_(ids), Customer.id.not_in(kept), Customer.source == BookingSource["import"],
            Customer.version == 1,
        )  # fmt: skip
        removed(Customer, db.session.scalars(imported).all())

    # --- what is left of it -------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Removes the sessions and courses that were made for it, where nothing tells of them any more."""
        if self.kind is not ImportKind.bookings:
            return
        marks = [UNKNOWN_DATE, *(import_mark(self.run_id, over=over) for over in (True, False))]
        wanted = select(Slot.id).where(Slot.occurrence.in_(marks), ~exists().where(Booking.slot_id == Slot.id))
        slots = db.session.scalars(wanted.order_by(Slot.id)).all()
        forget()
        for first in range(0, len(slots), 50):
            with transaction(self.by):
                self._remove_slots(slots[first : first + 50])
        undone = set(db.session.scalars(select(ImportRun.id).where(ImportRun.status == ImportStatus.undone)))
        made = select(AuditEntry.root_id, func.count(), func.min(AuditEntry.id)).where(AuditEntry.root == "course")
        for course_id, entries, entry_id in db.session.execute(made.group_by(AuditEntry.root_id)).all():
            changes = db.session.get_one(AuditEntry, entry_id).changes
            if entries == 1 and changes.get("import_run_id", [None, None])[1] in {self.run_id, *undone}:
                with transaction(self.by):
                    if not list(references(Course, [course_id])):
                        removed(Course, [course_id])

    @staticmethod
    def _remove_slots(ids: Sequence[int]) -> None:
        capacity.lock(*ids)
        told = select(AuditEntry.root_id).where(
            AuditEntry.root == "slot",
            AuditEntry.root_id.in_(ids),
            AuditEntry.action.not_in(("slot.overbook", "slot.capacity")),
        )
        kept = {row_id for _table, row_id in references(Slot, ids, without={Meeting: "slot_id"})}
        going = set(ids) - kept - set(db.session.scalars(told))
        removed(Meeting, select(Meeting.id).where(Meeting.slot_id.in_(going)))
        removed(Slot, going)


def references(kind: Any, ids: Collection[int], *, without: dict[Any, str] | None = None) -> Iterator[tuple[str, int]]:
    """Every row that points to one of these: its table, and which it points to."""
    name = kind.__tablename__
    for mapper in Base.registry.mappers:
        for attribute in mapper.column_attrs:
            column = attribute.columns[0]
            if getattr(column, "info", {}).get("references") != name:
                continue
            other: Any = mapper.class_
            if (without or {}).get(other) != attribute.key:
                pointing = getattr(other, attribute.key)
                for row_id in db.session.scalars(select(pointing).where(pointing.in_(ids)).distinct()):
                    yield other.__tablename__, row_id
