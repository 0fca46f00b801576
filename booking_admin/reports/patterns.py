"""What schedules have ahead of them: their next session, and those that came to their end."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import with_expression
from sqlalchemy.sql.base import ExecutableOption

from booking_admin.models import Schedule, Slot
from booking_admin.models.scheduling import ALL_MADE
from booking_admin.rules import clock
from booking_admin.rules.states import OPEN_SLOT


def next_session() -> ExecutableOption:
    """Reads with each schedule when its next session begins."""
    found = select(func.min(Slot.starts_at)).where(_ahead()).correlate(Schedule)
    return with_expression(Schedule.next_at, found.scalar_subquery())


def is_through() -> ColumnElement[bool]:
    """Whether everything was made and nothing of it is still to come."""
    return and_(Schedule.generated_until_on == ALL_MADE, ~exists().where(_ahead()).correlate(Schedule))


def sessions(schedule: Schedule, *, most: int) -> Select[Slot]:
    """The next sessions of a schedule, soonest first, with those that were called off."""
    mine = select(Slot).where(Slot.schedule_id == schedule.id, Slot.ends_at > clock.now())
    return mine.order_by(Slot.starts_at, Slot.id).limit(most)


def _ahead() -> ColumnElement[bool]:
    # The tenant is named for the sake of the index; every question has it anyway.
    return and_(
        Slot.tenant_id == Schedule.tenant_id, Slot.schedule_id == Schedule.id, Slot.status.in_(OPEN_SLOT),
        Slot.starts_at > clock.now(),
    )  # fmt: skip
