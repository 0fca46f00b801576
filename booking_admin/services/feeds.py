"""Calendars to subscribe to: secret addresses, made and revoked by the people whose they are, and what they show.

Of an address only its hash is kept. Its owner's rights are asked at every fetch: who leaves, or is given another role,
takes their feeds along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from booking_admin.adapters import ical
from booking_admin.database import db
from booking_admin.models import Course, FeedToken, Instructor, Meeting, Room, Slot, Venue
from booking_admin.models.tenancy import tenant, tenant_id
from booking_admin.rules import clock, limits, text
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Forbidden, Invalid, NotFound
from booking_admin.rules.permissions import Scope, scope
from booking_admin.rules.say import say
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import FeedScope
from booking_admin.services import access, audit

ENTRIES_MAX = 5_000  # of one feed; the soonest of those asked for
FEEDS_MAX = 50  # of one person
PAST, AHEAD = timedelta(days=365), timedelta(days=3 * 365)  # how far "all" reaches
FRESH = timedelta(hours=1)  # that somebody looked is written down at most so often
KINDS: dict[FeedScope, type[Any]] = {
    FeedScope.course: Course,
    FeedScope.venue: Venue,
    FeedScope.instructor: Instructor,
}
_other = aliased(Meeting)


# --- the owner's side ------------------------------------------------------------------------------------------------


def kept(*, by: Actor) -> Sequence[FeedToken]:
    """Somebody's own feeds that are not revoked, the newest first."""
    wanted = _own(by).where(FeedToken.revoked_at.is_(None))
    return db.session.scalars(wanted.order_by(FeedToken.id.desc()).limit(FEEDS_MAX)).all()


def may_narrow(by: Actor) -> bool:
    """Whether somebody chooses among all sessions; who has but their own gets a feed of these."""
    return scope(by.role, "slot.view") is Scope.all


def make(chosen: Mapping[FeedScope, int | None], *, name: str | None, by: Actor) -> tuple[FeedToken, str]:
    """A new feed and its secret, which is never shown again.

    It is of a course, a venue or an instructor, by their ids, or of what those chosen have in common; with none, of all
    that its owner may see. Raises Forbidden for who may not choose, NotFound for what they do not see.
    """
    wanted = {of: chosen[of] for of in KINDS if chosen.get(of) is not None}
    if by.user_id is None or (wanted and not may_narrow(by)):
        raise Forbidden
    if len(kept(by=by)) >= FEEDS_MAX:
        raise Invalid(errors={"name": [say("You have %(most)s calendars already. Revoke one first.", most=FEEDS_MAX)]})
    targets = {of: access.fetch(by, "catalogue.view", KINDS[of], target_id) for of, target_id in wanted.items()}
    of = next(iter(targets), FeedScope.tenant if may_narrow(by) else FeedScope.user)
    called = name or ", ".join(str(target) for target in targets.values()) or _usual_name(of)
    secret = text.token()
    row = FeedToken(
        token_hash=_hash(secret),
        hint=secret[-4:],
        name=called[: limits.NAME_MAX],
        scope=of,
        user_id=by.user_id,
        **{f"{kind}_id": target.id for kind, target in targets.items()},
    )
    db.session.add(row)
    db.session.flush()
    audit.record(by, "feed.create", row, changes={"name": (None, row.name)})
    return row, secret


def revoke(feed_id: Any, *, by: Actor) -> str:
    """Ends a feed of one's own for good; answers what it was called."""
    row = db.session.scalars(_own(by).where(FeedToken.id == access.key(feed_id))).one_or_none()
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        db.session.flush()
        audit.record(by, "feed.revoke", row, changes={"revoked_at": (None, row.revoked_at)})
    return row.name


def _own(by: Actor) -> Select[FeedToken]:
    return access.visible(by, "feed.keep", FeedToken).where(FeedToken.user_id == by.user_id)


def _usual_name(of: FeedScope) -> str:
    return tenant().name if of is FeedScope.tenant else f"{tenant().name}: {say('My sessions')}"


def _hash(secret: str) -> str:
    # Secrets are random: a slow hash would only slow each fetch.
    return hashlib.sha256(secret.encode()).hexdigest()


# --- the reader's side -----------------------------------------------------------------------------------------------


def opened(secret: str) -> FeedToken:
    """The feed of this secret; raises NotFound for one that is not known, or was revoked."""
    found = db.session.scalars(select(FeedToken).where(FeedToken.token_hash == _hash(secret))).one_or_none()
    if found is None or found.revoked_at is not None:
        raise NotFound
    return found


def is_seldom(feed: FeedToken) -> bool:
    """Whether it is time to write down that the feed is used."""
    return feed.last_used_at is None or clock.now() - feed.last_used_at > FRESH


def used(feed_id: int) -> None:
    """Writes down that somebody looked."""
    row = db.session.get(FeedToken, feed_id)
    if row is not None:
        row.last_used_at = clock.now()
        db.session.flush()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a feed shows: its rows, and a mark that is another one as soon as anything of it is."""

    name: str
    rows: Sequence[Any]
    mark: str


def show(feed: FeedToken, begins: datetime, ends: datetime, *, by: Actor) -> Shown:
    """What takes place between two instants (UTC), as far as the feed and its owner's rights reach.

    Drafts are nobody's business yet; what was cancelled after it was on sale is withdrawn.
    """
    wanted = _sessions(begins, ends).where(*access.criteria(by, "slot.view", Slot), *_of(feed, by))
    rows = db.session.execute(wanted.limit(ENTRIES_MAX)).all()
    mark = hashlib.sha256(repr((feed.name, [tuple(row) for row in rows])).encode()).hexdigest()[:32]
    return Shown(feed.name, rows, mark)


def written(shown: Shown, *, page: str, of_days: str, led_by: str) -> bytes:
    """The feed as a file. The words for days and instructors are the reader's; `page` is followed by a session's id."""
    return ical.feed(shown.name, [_entry(row, page, of_days, led_by) for row in shown.rows])


def narrowed(feed: FeedToken) -> list[FeedScope]:
    """By what a feed is narrowed down."""
    return [of for of in KINDS if getattr(feed, f"{of}_id") is not None]


def _of(feed: FeedToken, by: Actor) -> list[ColumnElement[bool]]:
    if feed.scope is FeedScope.tenant:
        return []
    if feed.scope is FeedScope.user:
        return [_led_by(by.own_id)]
    if feed.scope not in KINDS:
        raise NotFound
    conditions = {
        FeedScope.course: Slot.course_id == feed.course_id,
        FeedScope.venue: Slot.venue_id == feed.venue_id,
        FeedScope.instructor: _led_by(feed.instructor_id),
    }
    return [conditions[of] for of in narrowed(feed)]


def _led_by(instructor_id: int | None) -> ColumnElement[bool]:
    return or_(Slot.instructor_id == instructor_id, Slot.backup_instructor_id == instructor_id)


def _sessions(begins: datetime, ends: datetime) -> Any:
    of_days = (
        select(func.count())
        .select_from(_other)
        .where(_other.tenant_id == Slot.tenant_id, _other.slot_id == Slot.id)
        .correlate(Slot)
        .scalar_subquery()
    )
    return (
        select(
            Meeting.number, Meeting.starts_at, Meeting.ends_at, Slot.id, Slot.status, Slot.zone, Slot.ical_sequence,
            Slot.updated_at, func.coalesce(Slot.title, Course.name).label("name"), Venue.name.label("venue"),
            Venue.address, Venue.city, Venue.postcode, Room.name.label("room"), Instructor.name.label("instructor"),
            of_days.label("days"),
        )
        .join(Meeting.slot)
        .join(Slot.course)
        .outerjoin(Slot.venue)
        .outerjoin(Slot.room)
        .outerjoin(Slot.instructor)
        .where(Meeting.busy_from >= begins - timedelta(days=1), Meeting.busy_from < ends)
        .where(Meeting.starts_at >= begins, Meeting.starts_at < ends)
        .where(or_(Slot.status != SlotStatus.cancelled, Slot.published_at.is_not(None)))
        .where(Slot.status != SlotStatus.draft)
        .order_by(Meeting.starts_at, Slot.id, Meeting.number)
    )  # fmt: skip


def _entry(row: Any, page: str, of_days: str, led_by: str) -> ical.Entry:
    day = of_days % {"number": row.number, "days": row.days} if row.days > 1 else ""
    place = [row.room, row.venue, row.address, " ".join(filter(None, (row.postcode, row.city)))]
    return ical.Entry(
        uid=f"{tenant_id()}-{row.id}-{row.number}@booking-admin",
        sequence=row.ical_sequence,
        changed_at=row.updated_at.replace(microsecond=0),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        summary=f"{row.name}, {day}" if day else row.name,
        location=", ".join(filter(None, place)),
        description=led_by % {"name": row.instructor} if row.instructor else "",
        url=f"{page}{row.id}",
        is_cancelled=row.status is SlotStatus.cancelled,
    )
