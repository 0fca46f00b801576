"""Who wants news of a course: on its list by their own wish, off it by a word, and told when sessions go on sale."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, true

from booking_admin.database import db
from booking_admin.models import Consent, Course, Customer, Interest
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Invalid
from booking_admin.rules.requests import NewCustomer
from booking_admin.rules.say import say
from booking_admin.rules.words import BookingSource, ConsentHow, ConsentPurpose
from booking_admin.services import audit, customers


def add(
    customer: Customer,
    *,
    course_id: int | None,
    agreed: bool = False,
    source: BookingSource = BookingSource.manual,
    by: Actor,
) -> Interest:
    """Puts a customer on a course's list; twice is the same as once.

    Who said no to news by e-mail is put there only where they agreed again, which is written down with it.
    """
    customers.live(customer.id)
    course = db.session.scalars(
        select(Course).where(Course.id == (course_id or 0), Course.archived_at.is_(None))
    ).one_or_none()
    if course is None:
        raise Invalid({"course_id": [say("This course is not offered any more. Choose another one.")]})
    if has_refused(customer.id):
        if not agreed:
            raise Invalid({"agreed": [say("%(name)s said no to news by e-mail. Ask first.", name=customer.name)]})
        purpose = ConsentPurpose.marketing_email
        customers.consent(customer.id, purpose, given=True, how=ConsentHow.desk, by=by)
        audit.record(by, "consent.give", customer, changes={"purpose": (None, purpose)})
    # Two at the desk may put the same customer on the list in the same moment.
    db.session.refresh(customer, with_for_update={"key_share": True})
    wanted = select(Interest).where(Interest.customer_id == customer.id, Interest.course_id == course.id)
    row: Interest | None = db.session.scalars(wanted).one_or_none()
    if row is None:
        row = Interest(customer=customer, course=course, source=source)
        db.session.add(row)
        db.session.flush()
        audit.record(by, "interest.create", row, changes={"course": (None, course.name)}, root=customer)
    return row


def add_new(given: NewCustomer, *, course_id: int | None, agreed: bool = False, by: Actor) -> Interest:
    """Puts somebody on a course's list who may not be known yet: found by their address, else made."""
    source = BookingSource.manual
    customer_id, _is_new = customers.find_or_make(given, source=source, by=by)
    customer = db.session.get_one(Customer, customer_id)
    return add(customer, course_id=course_id, agreed=agreed, source=source, by=by)


def remove(interest: Interest, *, by: Actor) -> None:
    """Takes a customer off a course's list; that they were on it stands in the audit."""
    changes = {"course": (interest.course.name, None)}
    audit.record(by, "interest.drop", interest, changes=changes, root=interest.customer)
    db.session.delete(interest)
    db.session.flush()


# --- who is on it ----------------------------------------------------------------------------------------------------


def of_course(course_id: int) -> Select[Interest]:
    """A course's list, the latest first."""
    return select(Interest).where(Interest.course_id == course_id).order_by(Interest.id.desc())


def of_customer(customer_id: int) -> Select[Interest]:
    """The courses of which a customer wants news, the latest first."""
    return select(Interest).where(Interest.customer_id == customer_id).order_by(Interest.id.desc())


def count(course_id: int) -> int:
    """How many are on a course's list."""
    wanted = select(func.count()).select_from(Interest).where(Interest.course_id == course_id)
    return db.session.scalar(wanted) or 0


def has_refused(customer_id: int) -> bool:
    """Whether a customer's last word on news by e-mail was no."""
    return db.session.scalar(_last_word(customer_id)) is False


def wants_news(course_id: int) -> ColumnElement[bool]:
    """Customers on a course's list, but for those who said no to news by e-mail since."""
    is_on_it = exists().where(Interest.customer_id == Customer.id, Interest.course_id == course_id)
    return is_on_it & func.coalesce(_last_word(Customer.id).correlate(Customer).scalar_subquery(), true())


def _last_word(customer_id: Any) -> Select[bool]:
    """Yes or no to news by e-mail; the latest counts."""
    said = select(Consent.is_given).where(
        Consent.customer_id == customer_id, Consent.purpose == ConsentPurpose.marketing_email
    )
    return said.order_by(Consent.at.desc(), Consent.id.desc()).limit(1)
