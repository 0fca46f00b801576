"""What an action is: a verb of a service as a button, what it asks first, and how it is taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from booking_admin.actions.asking import Ask
from booking_admin.database import Base
from booking_admin.forms import steps as forms
from booking_admin.forms.fields import PanelForm
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import UndoGone
from booking_admin.rules.states import BookingStatus
from booking_admin.services import access, bookings

Legal = Callable[[Any, Actor], bool]
NOWHERE = Ask()


@dataclass(frozen=True, slots=True)
class Undo:
    """How a step is taken back: a verb of a service, run(row, by=actor), while what the step left still stands.

    `kept` lists ids before and after the step; those that the step took from the list go to the verb as `argument`.
    """

    run: Callable[..., Any]
    done: Any  # "taken back", for "12 taken back"
    permission: str | None = None  # none: the step's own
    legal: Legal = lambda row, by: True
    kept: Callable[[Any], Sequence[int]] = lambda row: ()
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a step left on one row, as the button that takes it back carries it."""

    row_id: int
    version: int
    kept: tuple[int, ...] = ()

    def __str__(self) -> str:
        return ".".join(map(str, (self.row_id, self.version, *self.kept)))

    @classmethod
    def read(cls, text: str) -> Mark:
        """The mark behind a button; raises ValueError for anything else."""
        row_id, version, *kept = (int(part) for part in text[:2000].split("."))
        return cls(row_id, version, tuple(kept))


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done to a row: a button in lists and on its page, and one path for one row or many.

    `run` is a verb of a service: run(row, by=actor, **answers of the form). `legal` says whether it can be done now.
    A step with a form, or with `sure`, is done only once it was asked. `foresee` says in sentences what the answers
    would come to; with `is_shown_first` they must have been read before it is done.
    """

    name: str
    label: Any
    on: type[Base]
    run: Callable[..., Any]
    permission: str
    done: Any  # "confirmed", for "12 confirmed"
    form: type[PanelForm] | None = None
    to: BookingStatus | None = None
    legal: Legal = lambda row, by: True
    ask: Callable[[Sequence[Any]], Ask] = lambda rows: NOWHERE
    foresee: Callable[[Sequence[Any], Mapping[str, Any]], Sequence[str]] | None = None
    is_shown_first: bool = False
    sure: Any = ""
    icon: str = "check"
    tone: str = ""
    bulk: bool = True
    root: Callable[[Any], Any] | None = None  # the row that the service acts on, where it is another one
    fixed: Mapping[str, Any] = field(default_factory=dict)
    undo: Undo | None = None

    @property
    def question(self) -> type[PanelForm] | None:
        """The form to answer first; None where the deed needs no question."""
        return self.form or (forms.Question if self.sure else None)

    def is_legal(self, row: Any, by: Actor, *, steps: Sequence[BookingStatus] | None = None) -> bool:
        """Whether it can be done now; steps are the row's, where somebody has asked for them already."""
        if self.to is not None and self.to not in (bookings.steps(row) if steps is None else steps):
            return False
        return self.legal(row, by)

    def do(self, row: Any, *, by: Actor, answers: Mapping[str, Any]) -> Mark | None:
        """Runs the service, inside the door's transaction; answers what takes it back, if something does."""
        before = self.undo.kept(row) if self.undo else ()
        self.run(self.root(row) if self.root else row, by=by, **self.fixed, **answers)
        if self.undo is None or not access.can(by, self.undo_permission) or not self.undo.legal(row, by):
            return None
        after = set(self.undo.kept(row))
        return Mark(row.id, getattr(row, "version", 0), tuple(each for each in before if each not in after))

    @property
    def undo_permission(self) -> str:
        return (self.undo and self.undo.permission) or self.permission

    def take_back(self, row: Any, mark: Mark, *, by: Actor) -> None:
        """Runs the verb that takes the step back, inside the door's transaction; raises UndoGone."""
        undo = self.undo
        # A later step of anybody's, or of a job's, stands above a hasty press of this one.
        if undo is None or getattr(row, "version", 0) != mark.version or not undo.legal(row, by):
            raise UndoGone()
        undo.run(row, by=by, **({undo.argument: mark.kept} if undo.argument else {}))


def digest(sentences: Sequence[str]) -> str:
    """Sentences as a short word, by which a form says that they were read."""
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16] if sentences else ""
