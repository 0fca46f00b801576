"""Lists that people keep under a name: what is asked of a screen, for themselves or for all who work here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from booking_admin.database import db
from booking_admin.models import SavedView
from booking_admin.models.base import assign
from booking_admin.rules import limits
from booking_admin.rules.actor import Actor
from booking_admin.rules.errors import Forbidden, Invalid, NotFound
from booking_admin.rules.say import say
from booking_admin.rules.words import SavedViewKind
from booking_admin.services import access, audit

SHOWN_MAX = 40  # tabs of one screen
PARTS_MAX = 50  # filters or columns of one list
VALUE_MAX = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a list, apart from its page; two that are equal show the same rows in the same way."""

    tab: str = ""
    search: str = ""
    filters: tuple[tuple[str, str], ...] = ()  # name and value, as addresses have them
    columns: tuple[str, ...] = ()  # none: the usual ones
    sort: str = ""
    desc: bool = False


def read(data: Any) -> Asked:
    """What a view keeps. Whatever is not as it should be counts as not asked: it may have been written long ago."""
    given = data if isinstance(data, dict) else {}
    filters = [tuple(map(_text, each)) for each in _parts(given.get("filters")) if _is_pair(each)]
    return Asked(
        tab=_text(given.get("tab")),
        search=_text(given.get("search")),
        filters=tuple(sorted((name, value) for name, value in filters if name and value)),
        columns=tuple(filter(None, map(_text, _parts(given.get("columns"))))),
        sort=_text(given.get("sort")),
        desc=given.get("desc") is True,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= VALUE_MAX and "\0" not in value else ""


def _parts(value: Any) -> list[Any]:
    return value[:PARTS_MAX] if isinstance(value, list) else []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


# --- mappings of imports ---------------------------------------------------------------------------------------------


def mappings(screen: str, *, by: Actor) -> list[SavedView]:
    """The mappings that are kept for a kind of import; all who import here share them."""
    is_mapping: ColumnElement[bool] = SavedView.kind == SavedViewKind.mapping
    wanted = access.visible(by, "import.create", SavedView).where(is_mapping, SavedView.screen == screen)
    return list(db.session.scalars(wanted.order_by(SavedView.name, SavedView.id).limit(SHOWN_MAX)))


def mapping(view_id: Any, screen: str, *, by: Actor) -> SavedView:
    """One of them; raises NotFound for any other view."""
    view: SavedView = access.fetch(by, "import.create", SavedView, view_id)
    if view.kind is not SavedViewKind.mapping or view.screen != screen:
        raise NotFound
    return view


def keep_mapping(screen: str, document: dict[str, Any], *, name: str, by: Actor) -> SavedView:
    """Keeps a mapping for the next file; under a name that is there already it takes the place of that one."""
    if by.user_id is None:
        raise Forbidden
    there = next((each for each in mappings(screen, by=by) if each.name == name), None)
    if there is not None:
        return _changed(there, by, data=document)
    _check(name, screen, by.user_id)
    view = SavedView(
        kind=SavedViewKind.mapping, screen=screen, name=name, user_id=by.user_id, is_shared=True, data=document
    )
    db.session.add(view)
    db.session.flush()
    audit.record(by, "saved_view.create", view)
    return view


# --- whose they are --------------------------------------------------------------------------------------------------


def kept(screen: str, *, by: Actor) -> list[SavedView]:
    """The views of a screen that this person sees: their own, and those that are shared."""
    if not access.can(by, "view.keep"):
        return []
    seen = or_(SavedView.user_id == (by.user_id or 0), SavedView.is_shared.is_(True))
    wanted = _of(screen, by).where(seen).order_by(SavedView.name, SavedView.id).limit(SHOWN_MAX)
    return list(db.session.scalars(wanted))


def may_change(view: SavedView, *, by: Actor) -> bool:
    """One's own; and what is shared by all, for those who may share."""
    return view.user_id == by.user_id or (view.is_shared and access.can(by, "view.share"))


def fetch(view_id: Any, screen: str, *, by: Actor) -> SavedView:
    """A view to be changed; raises NotFound for any other."""
    view: SavedView = access.fetch(by, "view.keep", SavedView, view_id)
    if view.screen != screen or view.kind is not SavedViewKind.list or not may_change(view, by=by):
        raise NotFound
    return view


def _of(screen: str, by: Actor) -> Any:
    is_list: ColumnElement[bool] = SavedView.kind == SavedViewKind.list
    return access.visible(by, "view.keep", SavedView).where(is_list, SavedView.screen == screen)


# --- verbs -----------------------------------------------------------------------------------------------------------


def keep(screen: str, asked: Asked, *, name: str, is_shared: bool = False, by: Actor) -> SavedView:
    """Keeps a list under a name."""
    if by.user_id is None or (is_shared and not access.can(by, "view.share")):
        raise Forbidden
    _check(name, screen, by.user_id)
    view = SavedView(
        kind=SavedViewKind.list, screen=screen, name=name, user_id=by.user_id, is_shared=is_shared, data=_data(asked)
    )
    db.session.add(view)
    db.session.flush()
    audit.record(by, "saved_view.create", view)
    return view


def rename(view: SavedView, *, name: str, is_shared: bool, by: Actor) -> SavedView:
    """Calls it something else, shares it, or keeps it to its owner again."""
    if is_shared and not view.is_shared and not access.can(by, "view.share"):
        raise Forbidden
    _check(name, view.screen, view.user_id, but=view.id)
    return _changed(view, by, name=name, is_shared=is_shared)


def update(view: SavedView, asked: Asked, *, by: Actor) -> SavedView:
    """From now on it asks something else."""
    return _changed(view, by, data=_data(asked))


def drop(view: SavedView, *, by: Actor) -> None:
    """Forgets a view; the rows that it showed are what they were."""
    audit.record(by, "saved_view.delete", view)
    db.session.delete(view)
    db.session.flush()


def _changed(view: SavedView, by: Actor, **values: Any) -> SavedView:
    assign(view, values)
    if changes := audit.changed(view, *values):
        db.session.flush()
        audit.record(by, "saved_view.edit", view, changes=changes)
    return view


def _check(name: str, screen: str, user_id: int, but: int = 0) -> None:
    if not name.strip() or len(name) > limits.NAME_MAX:
        raise Invalid({"name": [say("Give it a name of at most 100 letters.")]})
    same = select(SavedView.id).where(
        SavedView.user_id == user_id, SavedView.screen == screen, SavedView.name == name, SavedView.id != but
    )
    if db.session.scalars(same).first() is not None:
        raise Invalid({"name": [say("There is a view of this name already. Choose another one.")]})


def _data(asked: Asked) -> dict[str, Any]:
    return {**asdict(asked), "filters": [list(each) for each in asked.filters], "columns": list(asked.columns)}
