"""What is sold, where, by whom and for how much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from booking_admin.forms.fields import COLOUR, NumbersField, ZoneField, bounded, pattern
from booking_admin.models import Fare, Qualification, Room, Slot, Venue
from booking_admin.models.tenancy import tenant
from booking_admin.reports import gathering
from booking_admin.reports.gathering import Rows
from booking_admin.rules import clock, limits
from booking_admin.rules.errors import Invalid
from booking_admin.views import interests
from booking_admin.views.base import AdminView
from booking_admin.views.details import Related
from booking_admin.views.formats import macro, spoken
from booking_admin.views.inlines import Inline
from booking_admin.views.listing import Tab

AS_BUSINESS = _("As the business has it")
CODE = pattern(limits.CODE_PATTERN, _("Use letters, figures, dots and dashes only."))


def _upcoming(slots: Any) -> Rows:
    found = select(Slot).where(slots, Slot.ends_at > clock.now()).order_by(Slot.starts_at, Slot.id).limit(10)
    return Rows(Slot, found, ("course",))


def _rooms(venue: Venue) -> Rows:
    return Rows(Room, select(Room).where(Room.venue_id == venue.id, Room.archived_at.is_(None)).order_by(Room.name))


def _minutes(view: Any, context: Any, row: Any, name: str) -> str:
    return gettext("%(minutes)s minutes", minutes=getattr(row, name))


def _all(column: str) -> Callable[[Any], str]:
    return lambda row: url_for("sessions.index_view", **{f"flt0_{column}_equals": row.id})


SLOT_COLUMNS = [("starts_at", _("When")), ("name", _("What")), ("seats", _("Seats")), ("status", _("Status"))]
SLOT_SHOWS = {
    "starts_at": lambda slot: spoken(slot.starts_at, slot.zone),
    "seats": lambda slot: macro("capacity", "capacity", slot),
}


class CourseView(AdminView):
    noun, one = "catalogue", _("course")
    line = _("What can be booked, and how")
    search_words = _("Name, code, category")
    column_list = ["name", "code", "category", "price_cents", "capacity", "is_active"]
    column_searchable_list = ["name", "code", "category"]
    column_filters = ["kind", "category", "is_active", "price_cents"]
    column_sortable_list = ["name", "code", "category", "price_cents", "capacity"]
    column_default_sort = "name"
    column_labels = {
        "code": _("Code"), "price_cents": _("Price"), "capacity": _("Seats"), "is_active": _("On sale"),
        "duration_minutes": _("Length"), "setup_minutes": _("Setting up"), "teardown_minutes": _("Clearing away"),
    }  # fmt: skip
    column_formatters = dict.fromkeys(("duration_minutes", "setup_minutes", "teardown_minutes"), _minutes)
    column_looks = {
        "code": "is-hid", "category": "is-hid is-mid-off", "capacity": "is-num is-hid", "is_active": "is-end",
    }  # fmt: skip
    form_columns = [
        "name", "code", "kind", "category", "summary", "description", "prerequisites", "is_active",
        "duration_minutes", "capacity", "min_capacity", "setup_minutes", "teardown_minutes",
        "price_cents", "tax_bp", "deposit_bp",
        "allow_waitlist", "auto_confirm", "send_reminders", "reminder_days",
        "certificate_rule", "certificate_share_bp", "certificate_months", "certificate_title", "colour", "position",
    ]  # fmt: skip
    form_sections = {
        "duration_minutes": _("Time and seats"),
        "price_cents": _("Price"),
        "allow_waitlist": _("How it is booked"),
        "certificate_rule": _("Certificate and order"),
    }
    form_args = {
        "code": {"validators": [CODE], "description": _("Short and unique, such as CCN1.")},
        "is_active": {"label": _("On sale")},
        "duration_minutes": {"label": _("Length"), "validators": [bounded(limits.DURATION_MINUTES)]},
        "capacity": {"label": _("Seats"), "validators": [bounded(limits.CAPACITY)]},
        "min_capacity": {
            "label": _("Fewest people"),
            "description": _("With fewer, it is decided whether it takes place."),
        },
        "setup_minutes": {"label": _("Setting up"), "validators": [bounded(limits.SETUP_MINUTES)]},
        "teardown_minutes": {"label": _("Clearing away"), "validators": [bounded(limits.SETUP_MINUTES)]},
        "price_cents": {"label": _("Price for an adult")},
        "tax_bp": {"label": _("Tax"), "description": _("Empty: as the business has it.")},
        "deposit_bp": {"label": _("Deposit"), "description": _("Empty: as the business has it.")},
        "allow_waitlist": {"blank": AS_BUSINESS},
        "auto_confirm": {"label": _("Confirm by itself"), "blank": AS_BUSINESS},
        "send_reminders": {"blank": AS_BUSINESS},
        "certificate_rule": {"label": _("Certificate")},
        "certificate_share_bp": {"label": _("Attended at least"), "description": _("Of the days of a session.")},
        "certificate_months": {"label": _("Valid for"), "description": _("Empty: without an end.")},
        "colour": {"validators": [COLOUR]},
        "position": {"label": _("Place in the order")},
    }
    form_extra = {
        "reminder_days": NumbersField(
            _("Reminders, days before"), bounds=limits.REMINDER_DAYS, description=_("Such as 7, 1.")
        )
    }
    inlines = [Inline("fares", Fare.course_id, ["name", "code", "share_bp", "min_age", "max_age", "takes_seat"])]
    more_facts = [
        "summary", "description", "prerequisites", "setup_minutes", "teardown_minutes", "tax_bp", "deposit_bp",
    ]  # fmt: skip
    facts = ["code", "kind", "duration_minutes", "capacity", "price_cents", "is_active"]
    related = [
        Related(_("Next sessions"), lambda course: _upcoming(Slot.course_id == course.id), SLOT_COLUMNS, "slot.view",
                "sessions", shows=SLOT_SHOWS, all_url=_all("course_id")),
        interests.OF_COURSE,
        Related(_("Fares of its own"), lambda course: gathering.of(course, "fares"),
                [("name", _("Name")), ("code", _("Code")), ("share_bp", _("Share")), ("takes_seat", _("Takes a seat"))],
                "catalogue.view", "fares"),
    ]  # fmt: skip

    def start(self) -> dict[str, Any]:
        return {**super().start(), "kind": tenant().trade}

    def insert(self, values: dict[str, Any]) -> Any:
        _check_course(values)
        return super().insert(values)

    def change(self, row: Any, values: dict[str, Any]) -> None:
        _check_course({"capacity": row.capacity, "min_capacity": row.min_capacity, **values})
        super().change(row, values)


def _check_course(values: dict[str, Any]) -> None:
    if (values["min_capacity"] or 0) > (values["capacity"] or 0):
        raise Invalid({"min_capacity": [gettext("This is more than there are seats.")]})


class FareView(AdminView):
    noun, one = "catalogue", _("fare")
    line = _("Kinds of people, with their share of the price")
    search_words = _("Name, code")
    column_list = ["name", "code", "course", "share_bp", "takes_seat", "min_age", "max_age"]
    column_searchable_list = ["name", "code"]
    column_filters = ["course_id", "takes_seat"]
    column_sortable_list = ["name", "code", "position"]
    column_default_sort = "position"
    column_labels = {"course": _("For"), "course_id": _("Course"), "share_bp": _("Share"), "min_age": _("From age"),
                     "max_age": _("To age")}  # fmt: skip
    column_looks = {"code": "is-hid", "takes_seat": "is-hid", "min_age": "is-num is-hid", "max_age": "is-num is-hid"}
    column_formatters = {"course": lambda view, context, row, name: row.course or gettext("All courses")}
    loads = ("course",)
    form_columns = ["course_id", "code", "name", "share_bp", "takes_seat", "min_age", "max_age", "position"]
    form_args = {
        "course_id": {"label": _("Course"), "description": _("Empty: for all courses.")},
        "code": {"validators": [pattern(limits.FARE_CODE_PATTERN, _("Use small letters and figures, such as adult."))]},
        "share_bp": {
            "label": _("Share of the price"),
            "description": _("Empty: adult all, child less the discount, infant nothing."),
        },
        "min_age": {"label": _("From age")},
        "max_age": {"label": _("To age")},
        "position": {"label": _("Place in the order")},
    }  # fmt: skip


class VenueView(AdminView):
    noun, one = "catalogue", _("venue")
    line = _("Where it takes place")
    search_words = _("Name, city, postcode")
    column_list = ["name", "city", "phone", "is_active"]
    column_searchable_list = ["name", "city", "postcode"]
    column_filters = ["city", "is_active"]
    column_sortable_list = ["name", "city"]
    column_default_sort = "name"
    column_labels = {"is_active": _("In use")}
    column_looks = {"phone": "is-hid", "is_active": "is-end"}
    form_columns = ["name", "address", "city", "postcode", "country", "zone", "directions", "phone", "is_active"]
    form_args = {
        "country": {
            "validators": [pattern(limits.COUNTRY_PATTERN, _("Use two capital letters, such as GB."))],
            "description": _("Two capital letters, such as GB."),
        },
        "is_active": {"label": _("In use")},
    }
    form_extra = {"zone": ZoneField(_("Time zone"), description=_("Empty: as the business has it."))}
    inlines = [Inline("rooms", Room.venue_id, ["name", "capacity", "notes"])]
    facts = ["city", "postcode", "phone", "zone", "is_active"]
    more_facts = ["address", "directions"]
    related = [
        Related(_("Rooms"), _rooms,
                [("name", _("Name")), ("capacity", _("Seats"))], "catalogue.view", "rooms"),
        Related(_("Next sessions"), lambda venue: _upcoming(Slot.venue_id == venue.id), SLOT_COLUMNS, "slot.view",
                "sessions", shows=SLOT_SHOWS, all_url=_all("venue_id")),
    ]  # fmt: skip


class RoomView(AdminView):
    noun, one = "catalogue", _("room")
    line = _("Parts of a venue that can be busy")
    search_words = _("Name, venue")
    column_list = ["name", "venue", "capacity"]
    column_searchable_list = ["name", "venue.name"]
    column_filters = ["venue_id"]
    column_sortable_list = ["name", ("venue", "venue.name"), "capacity"]
    column_default_sort = "name"
    column_labels = {"venue_id": _("Venue"), "capacity": _("Seats")}
    column_looks = {"capacity": "is-num is-hid"}
    loads = ("venue",)
    form_columns = ["venue_id", "name", "capacity", "notes"]
    form_args = {"capacity": {"label": _("Seats"), "validators": [bounded(limits.CAPACITY)]}}
    facts = ["venue", "capacity"]
    more_facts = ["notes"]
    related = [
        Related(_("Next sessions"), lambda room: _upcoming(Slot.room_id == room.id), SLOT_COLUMNS, "slot.view",
                "sessions", shows=SLOT_SHOWS),
    ]  # fmt: skip

    def change(self, row: Room, values: dict[str, Any]) -> None:
        if values.get("venue_id", row.venue_id) != row.venue_id and _upcoming(Slot.room_id == row.id):
            raise Invalid({"venue_id": [gettext("Sessions are planned in this room, so it stays in its venue.")]})
        super().change(row, values)


class InstructorView(AdminView):
    noun, one = "catalogue", _("instructor")
    line = _("Who leads it")
    search_words = _("Name, role")
    column_list = ["name", "title", "email", "phone", "is_active"]
    column_searchable_list = ["search_text"]
    column_filters = ["title", "is_active"]
    column_sortable_list = ["name", "title"]
    column_default_sort = "name"
    column_labels = {"title": _("Role"), "email": _("E-mail"), "is_active": _("Works here")}
    column_looks = {"email": "is-hid", "is_active": "is-end"}
    form_columns = ["name", "title", "email", "phone", "bio", "colour", "is_active"]
    form_args = {
        "title": {"label": _("Role")},
        "email": {"label": _("E-mail")},
        "bio": {"label": _("About")},
        "colour": {"validators": [COLOUR]},
        "is_active": {"label": _("Works here")},
    }
    inlines = [Inline("qualifications", Qualification.instructor_id, ["course_id", "until_on", "note"])]
    facts = ["title", "email", "phone", "is_active"]
    more_facts = ["bio"]
    related = [
        Related(_("Next sessions"),
                lambda person: _upcoming((Slot.instructor_id == person.id) | (Slot.backup_instructor_id == person.id)),
                SLOT_COLUMNS, "slot.view", "sessions", shows=SLOT_SHOWS, all_url=_all("instructor_id")),
        Related(_("May lead"), lambda person: gathering.of(person, "qualifications", "course"),
                [("course", _("Course")), ("until_on", _("Until")), ("note", _("Note"))], "catalogue.view",
                "qualifications"),
    ]  # fmt: skip


class QualificationView(AdminView):
    noun, one = "catalogue", _("qualification")
    line = _("Who may lead what; a course without any may be led by everybody")
    column_list = ["instructor", "course", "until_on", "note"]
    column_searchable_list = ["instructor.name", "course.name"]
    column_filters = ["instructor_id", "course_id", "until_on"]
    column_sortable_list = [("instructor", "instructor.name"), ("course", "course.name"), "until_on"]
    column_default_sort = "instructor.name"
    search_words = _("Instructor, course")
    column_labels = {"until_on": _("Until"), "instructor_id": _("Instructor"), "course_id": _("Course")}
    column_looks = {"note": "is-hid"}
    loads = ("instructor", "course")
    form_columns = ["instructor_id", "course_id", "until_on", "note"]
    facts = ["instructor", "course", "until_on", "note"]
    form_args = {"until_on": {"label": _("Until"), "description": _("Empty: without an end.")}}


class PromotionView(AdminView):
    noun, one = "catalogue", _("promotion")
    line = _("Codes, early-bird prices and special prices, with their limits")
    search_words = _("Name, code")
    column_list = ["name", "kind", "code", "percent_bp", "amount_cents", "valid_until", "uses", "is_active"]
    column_searchable_list = ["name", "code"]
    column_filters = ["kind", "course_id", "is_active", "valid_until"]
    column_sortable_list = ["name", "valid_until", "uses"]
    column_default_sort = "name"
    column_labels = {"percent_bp": _("Percent"), "amount_cents": _("Amount"), "valid_until": _("Until"),
                     "course_id": _("Course"), "is_active": _("In use")}  # fmt: skip
    column_looks = {"code": "is-hid", "amount_cents": "is-num is-hid", "uses": "is-num is-hid", "is_active": "is-end"}
    form_columns = [
        "name", "kind", "code", "percent_bp", "amount_cents", "course_id", "valid_from", "valid_until", "days_before",
        "max_uses", "max_per_customer", "min_party", "is_stackable", "is_active",
    ]  # fmt: skip
    form_args = {
        "code": {"description": _("What people type; only for the kind “Code”.")},
        "percent_bp": {"label": _("Percent"), "description": _("Percent or amount, one of the two.")},
        "amount_cents": {"label": _("Amount")},
        "course_id": {"label": _("Course"), "description": _("Empty: for all courses.")},
        "valid_from": {"label": _("From")},
        "valid_until": {"label": _("Until")},
        "days_before": {"label": _("Days before the start"), "description": _("Early bird: so many days ahead.")},
        "max_uses": {"label": _("Uses at most")},
        "max_per_customer": {"label": _("Uses for one customer")},
        "min_party": {"label": _("People at least")},
        "is_stackable": {"label": _("Together with others")},
        "is_active": {"label": _("In use")},
    }  # fmt: skip
    tabs = {"all": Tab(_("All"))}

    def insert(self, values: dict[str, Any]) -> Any:
        _check_promotion(values)
        return super().insert(values)

    def change(self, row: Any, values: dict[str, Any]) -> None:
        _check_promotion({name: getattr(row, name) for name in self.form_columns} | values)
        if (values.get("max_uses") or row.uses) < row.uses:
            raise Invalid({"max_uses": [gettext("It was used %(uses)s times already.", uses=row.uses)]})
        super().change(row, values)


def _check_promotion(values: dict[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    if (values["percent_bp"] is None) == (values["amount_cents"] is None):
        wrong["percent_bp"] = [gettext("Give a percentage or an amount, one of the two.")]
    if (values["kind"] == "code") != bool(values["code"]):
        wrong["code"] = [gettext("A promotion of the kind “Code” has a code, and no other has one.")]
    if values["valid_from"] and values["valid_until"] and values["valid_from"] >= values["valid_until"]:
        wrong["valid_until"] = [gettext("The end must be after the beginning.")]
    if wrong:
        raise Invalid(wrong)
