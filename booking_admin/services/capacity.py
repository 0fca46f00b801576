"""Is there a seat? The only writer of a slot's seats; the database decides every race."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, Executable, Table, bindparam, case, literal_column, select, update

from booking_admin.adapters import metrics
from booking_admin.database import db, unfiltered
from booking_admin.models import Booking, Slot
from booking_admin.models.tenancy import tenant_id
from booking_admin.rules.errors import CapacityTooLow, NotFound, SlotFull, StaleVersion

_slot: Table = Slot.__table__  # type: ignore[assignment]
_taken = _slot.c.seats_taken + bindparam("taken")
_held = _slot.c.seats_held + bindparam("held")
_excess = _taken + _held - _slot.c.capacity
_this = (_slot.c.tenant_id == bindparam("tenant"), _slot.c.id == bindparam("slot"))
_one: ColumnElement[int] = literal_column("1")
_whole = (_taken >= 0, _held >= 0)

# Built once: building them for each call was a third of the cost of a booking.
_WITHIN = (
    update(_slot)
    .where(*_this, *_whole, _taken + _held <= _slot.c.capacity)
    .values(seats_taken=_taken, seats_held=_held)
).returning(_one)
# Seats that are given back take what was sold above the capacity with them.
_GIVE = (
    update(_slot)
    .where(*_this, *_whole)
    .values(
        seats_taken=_taken,
        seats_held=_held,
        overbooked=case((_excess < 0, 0), (_excess < _slot.c.overbooked, _excess), else_=_slot.c.overbooked),
    )
).returning(_one)
_OVER_MANY = (
    update(_slot)
    .where(*_this, *_whole)
    .values(
        seats_taken=_taken,
        seats_held=_held,
        overbooked=case((_excess > _slot.c.overbooked, _excess), else_=_slot.c.overbooked),
    )
)
_OVER = _OVER_MANY.returning(_one)
_SEATS = select(_slot.c.capacity, _slot.c.seats_taken, _slot.c.seats_held).where(*_this)


def lock(*slot_ids: int | None) -> list[Slot]:
    """Locks slots in the order of their ids and answers them fresh; every verb that touches two begins so.

    One order for all keeps opposite moves from waiting for each other for ever.
    """
    return [_lock_one(slot_id) for slot_id in _in_order(slot_ids)]


def _in_order(slot_ids: Iterable[int | None]) -> list[int]:
    return sorted({slot_id for slot_id in slot_ids if slot_id is not None})


def _lock_one(slot_id: int) -> Slot:
    statement = (
        select(Slot)
        .where(Slot.id == slot_id)
        # Bookings that point to a slot hold a share of its key: an update that leaves the key alone need not wait.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    slot = db.session.scalars(statement).one_or_none()
    if slot is None:
        raise NotFound()
    return slot


def lock_booking(booking: Booking, *more_slots: int | None) -> Slot:
    """Locks a booking's slot, further slots, then the booking, and reads it anew; answers its slot.

    Raises StaleVersion where the booking was moved to another slot in the meantime.
    """
    slot_id = booking.slot_id
    slots = lock(slot_id, *more_slots)
    # Of it alone: what a page read along with it is read again here, beside it.
    db.session.refresh(booking, with_for_update={"key_share": True, "of": Booking})
    if booking.slot_id != slot_id:
        raise moved_meanwhile()
    return next(slot for slot in slots if slot.id == slot_id)


def moved_meanwhile() -> StaleVersion:
    """What to raise where a row is of another slot than the ones that were locked for it."""
    metrics.booking_conflicts.inc()
    return StaleVersion()


def take(slot_id: int, seats: int, *, overbook: bool = False) -> None:
    """Takes seats, or raises SlotFull; overbook lets them pass above the capacity."""
    if overbook:
        _change(_OVER, slot_id, taken=seats)
    elif not _change(_WITHIN, slot_id, taken=seats):
        raise full(room(slot_id), seats)


def take_many(seats: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Takes seats of many slots that were sold elsewhere and so are a fact, above the capacity if need be.

    Locks them in the order of their ids. Answers those that were overbooked by it: id, by how much before, and now.
    """
    wanted = {slot_id: seats[slot_id] for slot_id in _in_order(seats) if seats[slot_id]}
    promised = (Slot.seats_taken + Slot.seats_held).label("promised")
    locked = select(Slot.id, Slot.capacity, Slot.overbooked, promised).where(Slot.id.in_(wanted)).order_by(Slot.id)
    over = []
    for slot in db.session.execute(locked.with_for_update(key_share=True)).all():
        excess = slot.promised + wanted[slot.id] - slot.capacity
        if excess > slot.overbooked:
            over.append((slot.id, slot.overbooked, excess))
    if wanted:
        owner = tenant_id()
        unfiltered(
            _OVER_MANY, [{"tenant": owner, "slot": each, "taken": many, "held": 0} for each, many in wanted.items()]
        )
    for slot_id in wanted:
        _forget(slot_id)
    return over


def release(slot_id: int, seats: int) -> None:
    """Gives taken seats back."""
    _change(_GIVE, slot_id, taken=-seats)


def hold(slot_id: int, seats: int) -> bool:
    """Holds seats for an offer; False where they do not fit any more."""
    return _change(_WITHIN, slot_id, held=seats)


def unhold(slot_id: int, seats: int) -> None:
    """Gives the seats of an offer back."""
    _change(_GIVE, slot_id, held=-seats)


def hold_to_taken(slot_id: int, *, held: int, taken: int) -> None:
    """Turns the seats of an offer into a booking's; the room between them is free again.

    Raises SlotFull where the booking takes more than was held, since a fare takes a seat by now, and they are gone.
    """
    if taken <= held:
        _change(_GIVE, slot_id, taken=taken, held=-held)
    elif not _change(_WITHIN, slot_id, taken=taken, held=-held):
        raise full(room(slot_id), taken - held)


def resize(slot: Slot, capacity: int, *, force: bool = False) -> None:
    """Sets the capacity; raises CapacityTooLow below what is sold, unless forced: the excess is then overbooked."""
    (slot,) = lock(slot.id)
    promised = slot.seats_taken + slot.seats_held
    if promised > capacity and capacity < slot.capacity and not force:
        raise CapacityTooLow(sold=promised, wanted=capacity)
    slot.capacity = capacity
    slot.overbooked = max(0, promised - capacity)
    db.session.flush()


def left(slot: Slot) -> int:
    """Free seats, read anew."""
    return room(slot.id)


def room(slot_id: int) -> int:
    """Free seats of a slot by id: capacity less taken and held, never below 0."""
    row = unfiltered(_SEATS, {"tenant": tenant_id(), "slot": slot_id}).one_or_none()
    if row is None:
        raise NotFound()
    return max(0, int(row.capacity - row.seats_taken - row.seats_held))


def full(left: int, wanted: int) -> SlotFull:
    """What to raise where so many seats were wanted and only so many are left; counted."""
    metrics.capacity_errors.inc()
    return SlotFull(left=left, wanted=wanted)


def _change(statement: Executable, slot_id: int, *, taken: int = 0, held: int = 0) -> bool:
    values = {"tenant": tenant_id(), "slot": slot_id, "taken": taken, "held": held}
    changed = unfiltered(statement, values).first() is not None
    _forget(slot_id)
    if not changed and statement is not _WITHIN:
        raise NotFound()
    return changed


def _forget(slot_id: int) -> None:
    # What an object in the session says of its seats is no longer true.
    session = db.session()
    loaded = session.identity_map.get(session.identity_key(Slot, slot_id))
    if loaded is not None:
        session.expire(loaded, ["seats_taken", "seats_held", "overbooked"])
