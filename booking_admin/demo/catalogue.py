"""The demo businesses themselves: who signs in, courses, places, leaders, fares, promotions and schedules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from booking_admin.database import Base, db
from booking_admin.demo.diary import Extent
from booking_admin.demo.shapes import Business, Rhythm
from booking_admin.models import (
    Blackout,
    Course,
    Fare,
    Instructor,
    Membership,
    Promotion,
    Qualification,
    Room,
    Schedule,
    Tenant,
    User,
    Venue,
    tenancy,
)
from booking_admin.models.tenancy import TenantFacts
from booking_admin.rules import clock
from booking_admin.rules.actor import Role
from booking_admin.rules.pricing import Discount, FareShare
from booking_admin.rules.text import fold, fold_email
from booking_admin.rules.words import PriceKind, PromotionKind
from booking_admin.services import quotes

OWNER = "owner@demo.test"
DAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a course is sold: its id, the price of a seat in cents, rates, and the deals that concern it."""

    id: int
    price_cents: int
    tax_bp: int
    deposit_bp: int
    setup: timedelta
    teardown: timedelta
    auto_confirm: bool
    deals: tuple[tuple[Discount, int | None, float, int], ...]  # with days before, share of bookings, least party


@dataclass(slots=True)
class Shop:
    """A business as it stands in the database: ids by the names that the declarations use."""

    facts: TenantFacts
    business: Business
    staff_id: int
    fares: dict[str, FareShare] = field(default_factory=dict)
    courses: dict[str, Terms] = field(default_factory=dict)
    venues: dict[str, int] = field(default_factory=dict)
    rooms: dict[tuple[str, str], int] = field(default_factory=dict)
    leaders: dict[str, int] = field(default_factory=dict)
    schedules: dict[str, int] = field(default_factory=dict)


def found(business: Business) -> Tenant | None:
    """The business, where its data were begun before."""
    return db.session.scalars(select(Tenant).where(Tenant.slug == business.slug)).one_or_none()


def open_business(business: Business, password_hash: str, now: datetime, size: Extent) -> TenantFacts:
    """Writes everything that a business has before its first booking; enters it."""
    row = _save(
        Tenant(
            slug=business.slug, name=business.name, trade=business.trade, zone=business.zone,
            currency=business.currency, country=business.country, reference_prefix=business.prefix,
            settings=dict(business.settings), is_demo=True, **business.values,
        )
    )  # fmt: skip
    facts = tenancy.enter(row)
    places = _places(business)
    leaders = _leaders(business)
    courses = _courses(business, leaders)
    _team(business, password_hash, leaders)
    _deals(business, courses)
    _closed(business, now, courses, places, leaders)
    today = clock.local(now, business.zone).date()
    span = today - timedelta(days=size.history), today + timedelta(days=size.future)
    _schedules(business, span, courses, places, leaders)
    return facts


def shop(business: Business) -> Shop:
    """The business at work, as the database has it."""
    facts = tenancy.tenant()
    staff = select(Membership.user_id).where(Membership.role == Role.staff).order_by(Membership.id).limit(1)
    made = Shop(facts, business, db.session.scalars(staff).one())
    made.venues = {row.name: row.id for row in db.session.scalars(select(Venue))}
    names = {number: name for name, number in made.venues.items()}
    made.rooms = {(names[row.venue_id], row.name): row.id for row in db.session.scalars(select(Room))}
    made.leaders = {row.name: row.id for row in db.session.scalars(select(Instructor))}
    made.schedules = {row.name: row.id for row in db.session.scalars(select(Schedule))}
    promotions = list(db.session.scalars(select(Promotion).where(Promotion.is_active).order_by(Promotion.id)))
    for row in db.session.scalars(select(Course)):
        if row.code is not None:
            made.courses[row.code] = _terms(row, facts, business, promotions)
    made.fares = quotes.fares(next(iter(made.courses.values())).id)
    return made


def _terms(row: Course, facts: TenantFacts, business: Business, promotions: list[Promotion]) -> Terms:
    settings = facts.settings
    deals = []
    for promotion in promotions:
        sheet = next(deal for deal in business.deals if deal.name == promotion.name)
        if promotion.course_id in (None, row.id):
            off = Discount(
                PriceKind(promotion.kind.value), promotion.name, percent_bp=promotion.percent_bp,
                amount_cents=promotion.amount_cents, promotion_id=promotion.id, stackable=promotion.is_stackable,
            )  # fmt: skip
            share = sheet.share if promotion.kind is PromotionKind.code else 1.0
            deals.append((off, promotion.days_before, share, promotion.min_party or 0))
    return Terms(
        id=row.id,
        price_cents=row.price_cents,
        tax_bp=settings.tax_rate if row.tax_bp is None else row.tax_bp,
        deposit_bp=settings.default_deposit if row.deposit_bp is None else row.deposit_bp,
        setup=timedelta(minutes=row.setup_minutes),
        teardown=timedelta(minutes=row.teardown_minutes),
        auto_confirm=settings.auto_confirm if row.auto_confirm is None else row.auto_confirm,
        deals=tuple(deals),
    )


# --- row by row ------------------------------------------------------------------------------------------------------

Saved = TypeVar("Saved", bound=Base)


def _save(row: Saved) -> Saved:
    db.session.add(row)
    db.session.flush()
    return row


def _places(business: Business) -> dict[str, Venue]:
    made = {}
    for place in business.places:
        venue = _save(
            Venue(
                name=place.name, address=place.address, city=place.city, postcode=place.postcode,
                country=business.country, directions=place.directions, phone=business.values["phone"],
            )
        )  # fmt: skip
        made[place.name] = venue
        for name, capacity in place.rooms:
            db.session.add(Room(venue_id=venue.id, name=name, capacity=capacity))
    return made


def _leaders(business: Business) -> dict[str, Instructor]:
    made = {
        leader.name: Instructor(
            name=leader.name, title=leader.title, email=leader.email, phone=leader.phone, bio=leader.bio
        )
        for leader in business.leaders
    }
    db.session.add_all(made.values())
    db.session.flush()
    return made


def _courses(business: Business, leaders: dict[str, Instructor]) -> dict[str, Course]:
    for position, fare in enumerate(business.fares):
        db.session.add(
            Fare(
                code=fare.code, name=fare.name, share_bp=fare.share_bp, takes_seat=fare.takes_seat,
                min_age=fare.min_age, max_age=fare.max_age, position=position,
            )
        )  # fmt: skip
    made = {}
    for position, sheet in enumerate(business.courses):
        made[sheet.code] = _save(
            Course(
                code=sheet.code, name=sheet.name, kind=business.trade, category=sheet.category, summary=sheet.summary,
                description=sheet.description, duration_minutes=sheet.minutes * sheet.days,
                price_cents=sheet.price_cents, capacity=sheet.capacity, position=position, **sheet.values,
            )
        )  # fmt: skip
    for leader in business.leaders:
        for code in leader.courses:
            db.session.add(Qualification(instructor_id=leaders[leader.name].id, course_id=made[code].id))
    db.session.flush()
    return made


def _team(business: Business, password_hash: str, leaders: dict[str, Instructor]) -> None:
    for role, name in business.team:
        email = f"{role}@{business.slug}.test"
        user = _save(User(email=email, email_folded=fold_email(email), name=name, password_hash=password_hash))
        instructor_id = leaders[name].id if role == Role.instructor else None
        db.session.add(Membership(user_id=user.id, role=Role(role), instructor_id=instructor_id))
    if db.session.scalar(select(User.id).where(User.email_folded == OWNER)) is None:
        db.session.add(
            User(email=OWNER, email_folded=OWNER, name="Olga Owner", password_hash=password_hash, is_owner=True)
        )
    db.session.flush()


def _deals(business: Business, courses: dict[str, Course]) -> None:
    for deal in business.deals:
        db.session.add(
            Promotion(
                name=deal.name, kind=deal.kind, code=deal.code, code_folded=fold(deal.code) if deal.code else None,
                percent_bp=deal.percent_bp, amount_cents=deal.amount_cents,
                course_id=courses[deal.course].id if deal.course else None, days_before=deal.days_before,
                min_party=deal.min_party, is_stackable=deal.is_stackable,
            )
        )  # fmt: skip


def _closed(
    business: Business,
    now: datetime,
    courses: dict[str, Course],
    places: dict[str, Venue],
    leaders: dict[str, Instructor],
) -> None:
    today = clock.local(now, business.zone).date()
    for span in business.closed:
        db.session.add(
            Blackout(
                name=span.name, kind=span.kind,
                starts_on=today + timedelta(days=span.first), ends_on=today + timedelta(days=span.last),
                course_id=courses[span.course].id if span.course else None,
                venue_id=places[span.place].id if span.place else None,
                instructor_id=leaders[span.leader].id if span.leader else None,
            )
        )  # fmt: skip


def _schedules(
    business: Business,
    span: tuple[date, date],
    courses: dict[str, Course],
    places: dict[str, Venue],
    leaders: dict[str, Instructor],
) -> None:
    rooms = {(row.venue_id, row.name): row.id for row in db.session.scalars(select(Room))}
    for rhythm in business.rhythms:
        if rhythm.name is None:
            continue
        spot, sheet = rhythm.spot, next(each for each in business.courses if each.code == rhythm.course)
        venue = places[spot.place] if spot.place else None
        db.session.add(
            Schedule(
                name=rhythm.name, course_id=courses[rhythm.course].id, zone=business.zone,
                starts_on=span[0], rrule=_rule(rhythm), times=list(rhythm.times),
                meetings=[{"day": day, "start": None, "minutes": sheet.minutes} for day in range(sheet.days)],
                venue_id=venue.id if venue else None,
                room_id=rooms[venue.id, spot.room] if venue and spot.room else None,
                instructor_id=leaders[spot.leader].id if spot.leader else None,
                backup_instructor_id=leaders[spot.backup].id if spot.backup else None,
                publishes=True, generated_until_on=span[1],
            )
        )  # fmt: skip
    db.session.flush()


def _rule(rhythm: Rhythm) -> str:
    return f"FREQ=WEEKLY;BYDAY={','.join(DAY_CODES[day] for day in sorted(rhythm.weekdays))}"


def as_columns(made: Shop, spot: Any) -> dict[str, int | None]:
    """A spot as the columns of a slot."""
    return {
        "venue_id": made.venues[spot.place] if spot.place else None,
        "room_id": made.rooms[spot.place, spot.room] if spot.place and spot.room else None,
        "instructor_id": made.leaders[spot.leader] if spot.leader else None,
        "backup_instructor_id": made.leaders[spot.backup] if spot.backup else None,
    }
