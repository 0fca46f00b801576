"""Who does it, as a value: made by a door once per call and never an ORM row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Role(StrEnum):
    """What somebody may do, a column of the matrix; nobody is a visitor who has not signed in."""

    admin = auto()
    staff = auto()
    instructor = auto()
    customer = auto()
    nobody = auto()


class ActorKind(StrEnum):
    """What kind of someone acts."""

    user = auto()
    customer = auto()
    token = auto()
    job = auto()


class Channel(StrEnum):
    """The door through which somebody came."""

    panel = auto()
    site = auto()
    portal = auto()
    api = auto()
    job = auto()
    cli = auto()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at work in one tenant.

    own_id says whose rows count as own: the Instructor record of an instructor, the customer of a customer.
    sees_money lets staff see the money columns of an export.
    """

    kind: ActorKind
    id: int | None
    label: str
    role: Role
    channel: Channel = Channel.panel
    ip: str | None = None
    agent: str | None = None
    own_id: int | None = None
    sees_money: bool = False

    @property
    def user_id(self) -> int | None:
        """The user behind it, for the rows that say who made them; None for a customer, a token or a job."""
        return self.id if self.kind is ActorKind.user else None


def job_actor(name: str, channel: Channel = Channel.job) -> Actor:
    """The house itself at work: a job or a command, with the rights of an admin and its name as label."""
    return Actor(kind=ActorKind.job, id=None, label=name, role=Role.admin, channel=channel)
