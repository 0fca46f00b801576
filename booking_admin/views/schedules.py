"""The diary as a list: sessions, departures or appointments, each with its seats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import g, request, url_for
from flask_admin import expose
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from booking_admin.actions.foreseeing import in_the_way
from booking_admin.database import db
from booking_admin.forms.fields import InstantField, PanelForm, Required, WholeField, bounded
from booking_admin.forms.steps import why_all_the_same
from booking_admin.models import Booking, Course, Meeting, Room, Schedule, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.reports import gathering, today
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock, limits
from booking_admin.rules.clashes import Proposal
from booking_admin.rules.errors import NotFound, SessionClash
from booking_admin.rules.states import OPEN_SLOT, SlotStatus
from booking_admin.services import access, conflicts, queue, quotes, scheduling
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.formats import lead_over, macro, span, spoken_span, two_lines
from booking_admin.views.listing import Tab
from booking_admin.views.pattern_words import spoken_pattern
from booking_admin.views.saving import Answer

PLACES = ("venue_id", "room_id", "instructor_id", "backup_instructor_id")


def _today() -> Any:
    return clock.day(clock.today(tenant().zone), tenant().zone)[0]


def _where(view: Any, context: Any, row: Slot, name: str) -> Markup:
    place = row.room.name if row.room else (row.venue.name if row.venue else "–")
    return two_lines(place, row.venue.name if row.room and row.venue else "")


def _seats(view: Any, context: Any, row: Slot, name: str) -> Markup:
    return macro("capacity", "capacity", row)


def _price(view: Any, context: Any, row: Slot, name: str) -> Markup:
    # A session without a price of its own has its course's.
    return macro("money", "money", quotes.terms(row.id).base_cents, tenant().currency)


def _when(day: Meeting, instant: datetime) -> Markup:
    return macro("when", "when", instant, day.slot.zone)


def _bookings(slot: Slot) -> Rows:
    return Rows(
        Booking, select(Booking).where(Booking.slot_id == slot.id).order_by(Booking.id).limit(50), ("customer",)
    )


def _all_bookings(slot: Slot) -> str:
    return url_for("bookings.index_view", tab="all", flt0_slot_id_equals=slot.id)


def _queue(slot: Slot) -> str:
    return url_for("waitlist.queue", slot_id=slot.id)


def _of_schedule(row: Slot, schedule: Schedule) -> dict[str, Any]:
    """What the session comes of, and where all of that is changed."""
    page, since = "schedules.change_view", (row.occurrence or "")[:10]
    urls = {"all": url_for(page, id=schedule.id), "since": url_for(page, id=schedule.id, since=since)}
    may = access.can(g.actor, "schedule.edit")
    return {"pattern": spoken_pattern(schedule), "change_urls": urls if may else {}}


class SlotView(AdminView):
    noun, one = "slot", _("session")
    line = _("What takes place when, and how full it is")
    search_words = _("Course, title")
    column_list = ["name", "venue", "instructor", "seats", "status"]
    more_columns = ["course.code", "capacity", "free", "backup_instructor", "registration_closes_at", "notes"]
    column_searchable_list = ["title", "course.name", "course.code"]
    column_filters = ["status", "starts_at", "course_id", "venue_id", "instructor_id", "schedule_id"]
    column_sortable_list = [("name", "starts_at"), ("venue", "venue.name"), ("instructor", "instructor.name"), "status"]
    column_default_sort = "starts_at"
    column_labels = {
        "name": _("What and when"), "venue": _("Where"), "seats": _("Seats"), "starts_at": _("Starts"),
        "ends_at": _("Ends"), "course_id": _("Course"), "venue_id": _("Venue"), "instructor_id": _("Instructor"),
        "schedule_id": _("Schedule"), "price_cents": _("Price"), "course.code": _("Code"), "capacity": _("Size"),
        "free": _("Free"), "backup_instructor": _("Backup"), "registration_closes_at": _("Booking closes"),
        "instructor_notes": _("For the instructor"), "internal_notes": _("For colleagues"), "notes": _("For customers"),
    }  # fmt: skip
    column_looks = {"venue": "is-hid", "instructor": "is-hid", "seats": "is-wide is-plain", "status": "is-plain",
                    "capacity": "is-num", "free": "is-num"}  # fmt: skip
    column_formatters = {"venue": _where, "seats": _seats, "price_cents": _price}
    loads = ("course", "venue", "room", "instructor", "backup_instructor")
    reads = (*loads, "schedule")
    tabs = {
        "current": Tab(_("From today"), lambda: (Slot.ends_at >= _today(), Slot.status != SlotStatus.cancelled)),
        "today": Tab(_("Today"), today.today),
        "week": Tab(_("Next 7 days"), today.upcoming),
        "drafts": Tab(_("Drafts"), lambda: (Slot.status == SlotStatus.draft,)),
        "past": Tab(_("Past"), lambda: (Slot.ends_at < _today(),)),
        "all": Tab(_("All")),
    }
    in_files = {
        "name": [("name", _("What")), ("starts_at", _("Starts")), ("ends_at", _("Ends"))],
        "venue": [("venue.name", _("Where")), ("room.name", _("Room"))],
        "instructor": [("instructor.name", _("Instructor"))],
        "seats": [("capacity", _("Seats")), ("seats_taken", _("Sold")), ("free", _("Free"))],
    }
    form_columns = [
        "course_id", "title", "starts_at", "ends_at", "capacity", "venue_id", "room_id", "instructor_id",
        "backup_instructor_id", "price_cents", "registration_opens_at", "registration_closes_at", "allow_waitlist",
        "auto_confirm", "send_reminders", "min_capacity", "setup_notes", "notes", "internal_notes", "instructor_notes",
    ]  # fmt: skip
    form_create_only = ("course_id", "capacity")
    form_sections = {"venue_id": _("Where and who"), "price_cents": _("How it is booked"), "setup_notes": _("Notes")}
    form_extra = {
        "starts_at": InstantField(_("Starts"), [Required()], description=_("By the clock of the venue.")),
        "ends_at": InstantField(_("Ends"), description=_("Empty: as long as the course takes.")),
        "capacity": WholeField(
            _("Seats"),
            [bounded(limits.SLOT_CAPACITY)],
            unit=_("seats"),
            description=_("Empty: as many as the course has."),
        ),
    }
    form_args = {
        "title": {"description": _("Empty: the course's name.")},
        "price_cents": {"label": _("Price for an adult"), "description": _("Empty: as the course has it.")},
        "registration_opens_at": {"label": _("Booking opens")},
        "registration_closes_at": {"label": _("Booking closes")},
        "allow_waitlist": {"blank": _("As the course has it")},
        "auto_confirm": {"label": _("Confirm by itself"), "blank": _("As the course has it")},
        "send_reminders": {"blank": _("As the course has it")},
        "min_capacity": {"label": _("Fewest people")},
        "setup_notes": {"label": _("For setting up")},
        "notes": {"label": _("For customers")},
        "internal_notes": {"label": _("For colleagues"), "description": _("No personal data belongs here.")},
        "instructor_notes": {"label": _("For the instructor"), "description": _("No personal data belongs here.")},
    }
    facts = ["course", "venue", "instructor", "backup_instructor", "seats", "price_cents"]
    more_facts = ["notes", "setup_notes", "instructor_notes"]
    related = [
        Related(_("Bookings"), _bookings,
                [("customer.name", _("Customer")), ("seats", _("Seats")), ("status", _("Status")),
                 ("balance_cents", _("To pay"))], "booking.view", "bookings", all_url=_all_bookings),
        Related(_("Waitlist"), lambda slot: [place.entry for place in queue.queue_of(slot)],
                [("customer.name", _("Customer")), ("seats", _("Seats")), ("status", _("Status")),
                 ("joined_at", _("Waits since"))], "waitlist.view", "waitlist", all_url=_queue),
        Related(_("Days"), lambda slot: gathering.of(slot, "meetings"),
                [("number", _("Day")), ("starts_at", _("From")), ("ends_at", _("Until"))], "slot.view",
                shows={"starts_at": lambda day: _when(day, day.starts_at),
                       "ends_at": lambda day: _when(day, day.ends_at)}),
    ]  # fmt: skip
    list_template = "admin/model/slots.html"
    details_template = "admin/model/slot.html"
    form_template = "admin/model/slot_form.html"
    permissions = {"in_the_way": "slot.create"}

    def lead(self, row: Slot, name: str, url: str) -> Markup:
        return lead_over(row.name, span(row), url)

    def row_name(self, row: Slot) -> str:
        return f"{row.name}, {spoken_span(row)}"

    def shown(self, row: Slot, found: Mapping[str, Any]) -> dict[str, Any]:
        pages = (
            ("rosters.roster", "roster.view", "user-check", _("Roster")),
            ("waitlist.queue", "waitlist.view", "hourglass", _("Waitlist")),
        )
        may = [(url_for(page, slot_id=row.id), sign, said) for page, permission, sign, said in pages
               if access.can(g.actor, permission)]  # fmt: skip
        known = {**super().shown(row, found), "pages": may, "may_plan": access.can(g.actor, "slot.create")}
        if row.schedule is None or not access.can(g.actor, "schedule.view"):
            return known
        return {**known, **_of_schedule(row, row.schedule)}

    def get_edit_form(self) -> type[PanelForm]:
        return type("SlotForm", (super().get_edit_form(),), {"despite": why_all_the_same()})

    def form(self, *, row: Slot | None = None, is_clashing: bool = False) -> PanelForm:
        """Why it is done all the same is asked once something was in the way, above the rest."""
        made = super().form(row=row)
        if row is not None and not is_clashing and "despite" not in request.form:
            del made.despite
        elif row is not None:
            made._fields = {"despite": made["despite"], **made._fields}
        return made

    def is_editable_row(self, row: Slot) -> bool:
        return self.may("edit") and row.status in OPEN_SLOT

    def field_facts(self, row: Slot | None) -> dict[str, str]:
        # The clock on the wall of the venue, as wherever the session is shown.
        zone = _zone(request.values.get("venue_id")) if row is None else row.zone
        return {**super().field_facts(row), "zone": zone}

    def start(self) -> dict[str, Any]:
        """A free place of the calendar says when, by the venue's clock, and its room says in which venue."""
        made = super().start()
        if "room_id" in made and "venue_id" not in made:
            room = db.session.scalars(select(Room).where(Room.id == made["room_id"])).one_or_none()
            made |= {"venue_id": room.venue_id} if room else {}
        try:
            wall = datetime.fromisoformat(request.args.get("starts_at", "")).replace(tzinfo=None)
            made["starts_at"] = clock.instant(wall, _zone(made.get("venue_id")))
        except (ValueError, OverflowError):
            pass  # nobody said, or nothing that is a time
        return made

    @expose("/in-the-way/", methods=("POST",))
    def in_the_way(self) -> Any:
        """What is in the way of the session as it stands in the form, for the page's script; nothing is written."""
        row_id = request.args.get("id")
        row = access.fetch(g.actor, "slot.edit", Slot, row_id) if row_id else None
        wanted = self._proposed(self.form(row=row), row)
        said, is_free = in_the_way(wanted, self.field_facts(row)["zone"]) if wanted else ([], False)
        return macro("slot", "said", said, is_free)

    def _proposed(self, form: PanelForm, row: Slot | None) -> Proposal | None:
        """The session that a form means; none as long as it does not say what and when."""
        given = form.answers()
        start, end = given["starts_at"], given["ends_at"]
        try:
            course = row.course if row else access.fetch(g.actor, "catalogue.view", Course, given["course_id"])
        except NotFound:
            return None
        if not isinstance(start, datetime):
            return None
        spans = [(start, end or start + timedelta(minutes=course.duration_minutes))]
        if row is not None and len(row.meetings) > 1:  # its days move with its start
            moved = start - row.starts_at
            spans = [(each.starts_at + moved, each.ends_at + moved) for each in row.meetings]
        places = {name: given[name] for name in PLACES if isinstance(given[name], int)}
        capacity = row.capacity if row else given["capacity"] or course.capacity
        if any(until <= since for since, until in spans):
            return None
        return conflicts.proposal(course, spans, slot_id=row.id if row else None, capacity=capacity, **places)

    def insert(self, values: dict[str, Any]) -> Slot:
        given = dict(values)
        course = access.fetch(g.actor, "catalogue.view", Course, given.pop("course_id"))
        start, end = given.pop("starts_at"), given.pop("ends_at")
        end = end or start + timedelta(minutes=course.duration_minutes)
        return scheduling.create_slot(
            course.id, [(start, end)], capacity=given.pop("capacity"), values=_without_nothing(given), by=g.actor
        )

    def change(self, row: Slot, values: dict[str, Any]) -> None:
        given = dict(values)
        start, end = given.pop("starts_at", None), given.pop("ends_at", None)
        despite = given.pop("despite", None)
        if len(row.meetings) > 1:
            end = None  # the days of a longer session move with its start
        scheduling.change_slot(row, values=_without_nothing(given), start=start, end=end, despite=despite, by=g.actor)

    def _refused(self, form: PanelForm, error: Any, row: Slot | None = None) -> Answer:
        if isinstance(error, SessionClash) and row is not None:
            form = self.form(row=row, is_clashing=True)
        return super()._refused(form, error, row)


def _zone(venue_id: str | int | None) -> str:
    """Where a session at this venue takes place; the tenant's zone where the venue says none, or there is none."""
    try:
        return access.fetch(g.actor, "catalogue.view", Venue, venue_id).zone or tenant().zone
    except NotFound:
        return tenant().zone


def _without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    # The one column that must hold a number; nothing typed means none.
    return {**values, "min_capacity": values.get("min_capacity") or 0} if "min_capacity" in values else values
