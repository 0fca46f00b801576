"""How much equipment courses need."""

from __future__ import annotations

from booking_admin.database import db
from booking_admin.models import CourseResource
from booking_admin.rules.actor import Actor
from booking_admin.services import audit


def drop(need: CourseResource, *, by: Actor) -> None:
    """The course does not need it any more; that it did stands in the audit."""
    before = {name: (getattr(need, name), None) for name in ("course_id", "resource_id", "quantity", "per")}
    audit.record(by, "course_resource.drop", need, changes=before)
    db.session.delete(need)
    db.session.flush()
