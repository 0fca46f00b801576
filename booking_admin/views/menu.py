"""The menu: screens under their headings, in the order of a working day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_admin import BaseView
from flask_babel import lazy_gettext as _

from booking_admin.models import (
    AuditEntry,
    Blackout,
    Booking,
    Course,
    CourseResource,
    Customer,
    CustomerNote,
    Fare,
    ImportRow,
    ImportRun,
    Instructor,
    Interest,
    Membership,
    Message,
    Payment,
    Promotion,
    Qualification,
    Resource,
    Room,
    Schedule,
    Slot,
    Venue,
    WaitlistEntry,
)
from booking_admin.rules.actor import Actor
from booking_admin.services import access
from booking_admin.views.audit import AuditView
from booking_admin.views.availability import AvailabilityPage
from booking_admin.views.blackouts import BlackoutView
from booking_admin.views.bookings import BookingView
from booking_admin.views.calendar import Calendar
from booking_admin.views.catalogue import (
    CourseView,
    FareView,
    InstructorView,
    PromotionView,
    QualificationView,
    RoomView,
    VenueView,
)
from booking_admin.views.customers import CustomerView
from booking_admin.views.dashboard import Today
from booking_admin.views.equipment import CourseResourceView, ResourceView
from booking_admin.views.feeds import Feeds
from booking_admin.views.import_rows import ImportRowView
from booking_admin.views.imports import ImportView
from booking_admin.views.interests import InterestView
from booking_admin.views.jobs import JobsPage
from booking_admin.views.messages import MessageView
from booking_admin.views.notes import NoteView
from booking_admin.views.palette import Palette
from booking_admin.views.patterns import ScheduleView
from booking_admin.views.payments import PaymentView
from booking_admin.views.people import MembershipView
from booking_admin.views.plan import PlanPage
from booking_admin.views.rosters import Rosters
from booking_admin.views.schedules import SlotView
from booking_admin.views.settings import SettingsPage
from booking_admin.views.waitlist import WaitlistView


@dataclass(frozen=True, slots=True)
class Screen:
    """A view, its rows, its name and the word of its address; tabs are those that the menu lists as well."""

    view: type[BaseView]
    model: type | None
    name: object  # said in the language of whoever looks
    endpoint: str
    tabs: tuple[str, ...] = ()
    below: str = ""  # the address of its rows, where those have a screen of their own

    def is_at(self, blueprint: str | None) -> bool:
        """Whether somebody who is there is on this screen."""
        return blueprint in (self.endpoint, self.below or self.endpoint)


@dataclass(frozen=True, slots=True)
class Heading:
    """A group of the menu; a rule stands above the first of a part of the day."""

    name: object  # said in the language of whoever looks
    icon: str
    screens: tuple[Screen, ...]
    rule: bool = False


# What has an address and no line of the menu.
BESIDE = (
    Screen(Palette, None, _("Search"), "search"),
    Screen(NoteView, CustomerNote, _("Notes"), "notes"),
    Screen(ImportRowView, ImportRow, _("Rows of an import"), "import-rows"),
)
HOME = Screen(Today, None, _("Today"), "admin")
MENU = (
    Heading(_("Today"), "sun", (HOME,)),
    Heading(_("Bookings"), "ticket", (
        Screen(BookingView, Booking, _("Bookings"), "bookings", ("current", "past", "settle")),
        Screen(WaitlistView, WaitlistEntry, _("Waitlist"), "waitlist"),
        Screen(PaymentView, Payment, _("Payments"), "payments"),
    ), rule=True),
    Heading(_("Calendar"), "calendar", (
        Screen(Calendar, None, _("Calendar"), "calendar"),
        Screen(Feeds, None, _("Subscriptions"), "feeds"),
    )),
    Heading(_("Sessions"), "calendar-event", (
        Screen(SlotView, Slot, _("Sessions"), "sessions"),
        Screen(PlanPage, None, _("Plan sessions"), "plan"),
        Screen(ScheduleView, Schedule, _("Schedules"), "schedules"),
        Screen(AvailabilityPage, None, _("Availability"), "availability"),
        Screen(Rosters, None, _("Rosters"), "rosters"),
        Screen(BlackoutView, Blackout, _("Blackouts"), "blackouts"),
    )),
    Heading(_("Customers"), "users", (
        Screen(CustomerView, Customer, _("Customers"), "customers"),
        Screen(InterestView, Interest, _("Interest lists"), "interests"),
    ), rule=True),
    Heading(_("Catalogue"), "books", (
        Screen(CourseView, Course, _("Courses"), "courses"),
        Screen(FareView, Fare, _("Fares"), "fares"),
        Screen(VenueView, Venue, _("Venues"), "venues"),
        Screen(RoomView, Room, _("Rooms"), "rooms"),
        Screen(InstructorView, Instructor, _("Instructors"), "instructors"),
        Screen(QualificationView, Qualification, _("Qualifications"), "qualifications"),
        Screen(ResourceView, Resource, _("Equipment"), "equipment"),
        Screen(CourseResourceView, CourseResource, _("Equipment of courses"), "needs"),
        Screen(PromotionView, Promotion, _("Promotions"), "promotions"),
    )),
    Heading(_("Messages"), "mail", (Screen(MessageView, Message, _("Messages"), "messages"),)),
    Heading(_("Settings"), "settings", (
        Screen(SettingsPage, None, _("Business"), "settings"),
        Screen(MembershipView, Membership, _("People"), "people"),
        Screen(ImportView, ImportRun, _("Import"), "imports", below="import-rows"),
        Screen(AuditView, AuditEntry, _("Audit"), "audit"),
        Screen(JobsPage, None, _("Jobs"), "jobs"),
    ), rule=True),
)  # fmt: skip


def views() -> list[BaseView]:
    """A fresh view of every screen but the first, for one app."""
    listed = (screen for heading in MENU for screen in heading.screens if screen is not HOME)
    return [_made(screen) for screen in (*listed, *BESIDE)]


def home() -> BaseView:
    """The panel's first page, at the panel's own address."""
    return Today(name="Today", endpoint=HOME.endpoint, url="/<tenant_slug>/admin")


def _made(screen: Screen) -> BaseView:
    named: dict[str, Any] = {"name": screen.name, "endpoint": screen.endpoint}
    return screen.view(**named) if screen.model is None else screen.view(screen.model, **named)


def page_of(actor: Actor, row: Any) -> str | None:
    """The page of a row that another one names, if this person may open such rows."""
    screen = _PAGES.get(type(row))
    if screen is None or not access.can(actor, f"{screen.view.noun}.view"):
        return None
    return url_for(f"{screen.endpoint}.details_view", id=row.id)


_PAGES = {screen.model: screen for heading in MENU for screen in heading.screens if screen.model is not None}


# --- as one person sees it -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Link:
    """One line of the menu."""

    name: str
    url: str
    is_here: bool = False


@dataclass(slots=True)
class Group(Link):
    """A heading with what is below it."""

    icon: str = ""
    rule: bool = False
    is_open: bool = False
    entries: list[Link] = field(default_factory=list)


def navigation(actor: Actor) -> list[Group]:
    """What this person may open, with the place marked where they are."""
    found = []
    for heading in MENU:
        links = [link for screen in heading.screens if _allowed(actor, screen) for link in _links(screen)]
        if links:
            group = Group(str(heading.name), links[0].url, icon=heading.icon, rule=heading.rule, entries=links)
            group.is_open = any(screen.is_at(request.blueprint) for screen in heading.screens)
            group.is_here = len(links) == 1 and links[0].is_here
            found.append(group)
    return found


def _allowed(actor: Actor, screen: Screen) -> bool:
    permission = screen.view.permission_of_index()
    return permission is not None and access.can(actor, permission)


def _links(screen: Screen) -> list[Link]:
    here = screen.is_at(request.blueprint)
    index = f"{screen.endpoint}.{screen.view._default_view}"  # noqa: SLF001
    if not screen.tabs:
        return [Link(str(screen.name), url_for(index), here)]
    chosen = request.args.get("tab", screen.tabs[0])
    return [
        Link(str(screen.view.tabs[tab].name), url_for(index, tab=None if tab == screen.tabs[0] else tab),
             here and chosen == tab)
        for tab in screen.tabs
    ]  # fmt: skip
