"""Who may do and see what: the one matrix; a role is a column, a permission is a row."""

from __future__ import annotations

from enum import StrEnum, auto

from booking_admin.rules.actor import Role


class Scope(StrEnum):
    """How far a permission reaches: all rows of the tenant, one's own, or none."""

    all = auto()
    own = auto()
    none = auto()


Row = tuple[Scope, Scope, Scope, Scope, Scope]
ALL, OWN, NONE = Scope.all, Scope.own, Scope.none

# In the order of the columns.
ROLES = (Role.admin, Role.staff, Role.instructor, Role.customer, Role.nobody)

# Seed 0's three levels, and two more for those who come from outside. Backup instructors count as own.
# fmt: off
MATRIX: dict[str, Row] = {
    #                          admin  staff  instr. cust.  nobody
    "today.view":             (ALL,   ALL,   OWN,   NONE,  NONE),

    # Bookings; attendees belong to them.
    "booking.view":           (ALL,   ALL,   NONE,  OWN,   NONE),
    "booking.create":         (ALL,   ALL,   NONE,  OWN,   NONE),
    "booking.edit":           (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.archive":        (NONE,  NONE,  NONE,  NONE,  NONE),  # a booking is cancelled, never put away
    "booking.export":         (ALL,   ALL,   NONE,  OWN,   NONE),
    "booking.confirm":        (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.cancel":         (ALL,   ALL,   NONE,  OWN,   NONE),  # customers: by the tenant's policy
    "booking.check_in":       (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.no_show":        (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.complete":       (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.move":           (ALL,   ALL,   NONE,  OWN,   NONE),  # customers: by the tenant's policy
    "booking.to_waitlist":    (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.correct":        (ALL,   ALL,   NONE,  NONE,  NONE),  # staff: within a few minutes
    "booking.discount":       (ALL,   ALL,   NONE,  NONE,  NONE),
    "booking.overbook":       (ALL,   NONE,  NONE,  NONE,  NONE),
    "booking.outside_window": (ALL,   ALL,   NONE,  NONE,  NONE),

    # Who comes to one's own sessions.
    "roster.view":            (ALL,   ALL,   OWN,   NONE,  NONE),
    "roster.tick":            (ALL,   ALL,   OWN,   NONE,  NONE),
    "roster.note":            (ALL,   ALL,   OWN,   NONE,  NONE),
    "roster.export":          (ALL,   ALL,   OWN,   NONE,  NONE),

    # The queue.
    "waitlist.view":          (ALL,   ALL,   NONE,  OWN,   NONE),
    "waitlist.create":        (ALL,   ALL,   NONE,  OWN,   NONE),
    "waitlist.edit":          (ALL,   ALL,   NONE,  NONE,  NONE),
    "waitlist.archive":       (NONE,  NONE,  NONE,  NONE,  NONE),  # an entry ends, it is never put away
    "waitlist.export":        (ALL,   ALL,   NONE,  NONE,  NONE),
    "waitlist.join":          (ALL,   ALL,   NONE,  OWN,   NONE),
    "waitlist.offer":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "waitlist.accept":        (ALL,   ALL,   NONE,  OWN,   NONE),
    "waitlist.decline":       (ALL,   ALL,   NONE,  OWN,   NONE),
    "waitlist.leave":         (ALL,   ALL,   NONE,  OWN,   NONE),

    # The diary; meetings belong to their slot.
    "slot.view":              (ALL,   ALL,   OWN,   NONE,  NONE),
    "slot.create":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.edit":              (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.archive":           (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.export":            (ALL,   ALL,   NONE,  NONE,  NONE),
    "slot.publish":           (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.cancel":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.capacity":          (ALL,   NONE,  NONE,  NONE,  NONE),
    "slot.complete":          (ALL,   ALL,   NONE,  NONE,  NONE),  # settling who came is the desk's

    # The patterns that the diary is made from; a plan makes one, and who may plan may make sessions.
    "schedule.view":          (ALL,   ALL,   NONE,  NONE,  NONE),
    "schedule.edit":          (ALL,   NONE,  NONE,  NONE,  NONE),
    "schedule.export":        (ALL,   ALL,   NONE,  NONE,  NONE),

    # Courses, fares, venues, rooms, instructors, qualifications and promotions.
    "catalogue.view":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "catalogue.create":       (ALL,   NONE,  NONE,  NONE,  NONE),
    "catalogue.edit":         (ALL,   NONE,  NONE,  NONE,  NONE),
    "catalogue.archive":      (ALL,   NONE,  NONE,  NONE,  NONE),
    "catalogue.export":       (ALL,   ALL,   NONE,  NONE,  NONE),

    # People who book.
    "customer.view":          (ALL,   ALL,   NONE,  OWN,   NONE),
    "customer.create":        (ALL,   ALL,   NONE,  NONE,  NONE),
    "customer.edit":          (ALL,   ALL,   NONE,  OWN,   NONE),
    "customer.archive":       (ALL,   NONE,  NONE,  NONE,  NONE),
    "customer.export":        (ALL,   ALL,   NONE,  OWN,   NONE),
    "customer.merge":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "customer.erase":         (ALL,   NONE,  NONE,  NONE,  NONE),
    "note.view":              (ALL,   ALL,   NONE,  NONE,  NONE),
    "note.create":            (ALL,   ALL,   NONE,  NONE,  NONE),
    "note.edit":              (ALL,   ALL,   NONE,  NONE,  NONE),
    "note.archive":           (ALL,   NONE,  NONE,  NONE,  NONE),
    "note.export":            (ALL,   ALL,   NONE,  NONE,  NONE),

    # Money. Staff write down what is paid and given back; sums in lists and exports are granted one by one.
    "payment.view":           (ALL,   ALL,   NONE,  OWN,   NONE),
    "payment.create":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "payment.refund":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "payment.edit":           (NONE,  NONE,  NONE,  NONE,  NONE),  # a mistake is put right by a refund
    "payment.archive":        (NONE,  NONE,  NONE,  NONE,  NONE),
    "payment.export":         (ALL,   NONE,  NONE,  NONE,  NONE),
    "money.see":              (ALL,   NONE,  NONE,  NONE,  NONE),

    # What was told to people: most is written by the house, a mail about a booking also by hand; none is changed.
    "message.view":           (ALL,   ALL,   NONE,  NONE,  NONE),
    "message.create":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "message.edit":           (NONE,  NONE,  NONE,  NONE,  NONE),
    "message.archive":        (NONE,  NONE,  NONE,  NONE,  NONE),
    "message.export":         (ALL,   ALL,   NONE,  NONE,  NONE),
    "message.retry":          (ALL,   ALL,   NONE,  NONE,  NONE),
    "message.skip":           (ALL,   ALL,   NONE,  NONE,  NONE),

    # Views of a list that somebody keeps: their own, and those that are shared by all who work here.
    "view.keep":              (ALL,   ALL,   NONE,  NONE,  NONE),
    "view.share":             (ALL,   NONE,  NONE,  NONE,  NONE),

    # Calendars to subscribe to, each its owner's: what it shows is asked of slot.view at every fetch.
    "feed.keep":              (ALL,   ALL,   OWN,   NONE,  NONE),

    # The business itself. Tenants are made by the platform's owner, who stands outside of any.
    "tenant.view":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "tenant.create":          (NONE,  NONE,  NONE,  NONE,  NONE),
    "tenant.edit":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "tenant.archive":         (NONE,  NONE,  NONE,  NONE,  NONE),
    "tenant.export":          (NONE,  NONE,  NONE,  NONE,  NONE),
    "settings.edit":          (ALL,   NONE,  NONE,  NONE,  NONE),
    "user.view":              (ALL,   NONE,  NONE,  NONE,  NONE),
    "user.create":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "user.edit":              (ALL,   NONE,  NONE,  NONE,  NONE),
    "user.archive":           (ALL,   NONE,  NONE,  NONE,  NONE),
    "user.export":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "audit.view":             (ALL,   NONE,  NONE,  NONE,  NONE),
    "audit.create":           (NONE,  NONE,  NONE,  NONE,  NONE),  # written by what people do, changed by nobody
    "audit.edit":             (NONE,  NONE,  NONE,  NONE,  NONE),
    "audit.archive":          (NONE,  NONE,  NONE,  NONE,  NONE),
    "audit.export":           (ALL,   NONE,  NONE,  NONE,  NONE),
    "import.view":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "import.create":          (ALL,   NONE,  NONE,  NONE,  NONE),  # a file is looked at and checked
    "import.run":             (ALL,   NONE,  NONE,  NONE,  NONE),
    "import.undo":            (ALL,   NONE,  NONE,  NONE,  NONE),
    "import.export":          (ALL,   NONE,  NONE,  NONE,  NONE),
    "import.edit":            (NONE,  NONE,  NONE,  NONE,  NONE),  # a run is undone, never changed
    "import.archive":         (NONE,  NONE,  NONE,  NONE,  NONE),
    "job.view":               (ALL,   NONE,  NONE,  NONE,  NONE),
    "job.run":                (ALL,   NONE,  NONE,  NONE,  NONE),
    "job.create":             (NONE,  NONE,  NONE,  NONE,  NONE),
    "job.edit":               (NONE,  NONE,  NONE,  NONE,  NONE),
    "job.archive":            (NONE,  NONE,  NONE,  NONE,  NONE),
    "job.export":             (NONE,  NONE,  NONE,  NONE,  NONE),
}
# fmt: on


def scope(role: Role, permission: str) -> Scope:
    """How far a role's permission reaches; raises KeyError for a permission that is not in the matrix."""
    return MATRIX[permission][ROLES.index(role)]


def permissions_of(role: Role) -> dict[str, Scope]:
    """All that a role may do, with how far it reaches."""
    return {name: reach for name in MATRIX if (reach := scope(role, name)) is not Scope.none}
