"""The list's filters as people see them: read from the address, shown as chips, each with the address without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, redirect, request
from flask_admin.contrib.sqla import tools
from flask_admin.model.base import ViewArgs
from werkzeug.wrappers import Response

from booking_admin.views.filters import PanelFilter, filters_for
from booking_admin.views.parts import Part

MORE_THAN_ENOUGH = 30  # filters in one address
PAGES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter of the list, or one that is about to be added."""

    name: str
    label: str
    says: str
    words: str
    kind: str
    input_type: str
    values: list[str]
    options: list[tuple[str, str]]
    siblings: list[tuple[str, str, bool]]
    operator: str
    error: str | None
    remove_url: str
    is_open: bool


class FilterChips(Part):
    """Before ModelView: filters by name in the address, refused ones shown with their reason."""

    named_filter_urls = True

    def scaffold_filters(self, name: str) -> list[PanelFilter]:
        attribute, joins = tools.get_field_with_path(self.model, name)
        column = tools.get_columns_for_field(attribute)[0]
        made = list(filters_for(column, self.get_column_name(name), name))
        for each in made:
            each.key_name = name
        if joins:
            self._filter_joins[name] = joins
        return made

    def get_filter_arg(self, index: int, flt: PanelFilter) -> str:
        return flt.arg

    def _get_list_filter_args(self) -> list[tuple[int, str, str]]:
        known: dict[str, tuple[int, PanelFilter]] = self._filter_args or {}
        found: list[tuple[int, tuple[int, str, str]]] = []
        g.refused = []
        for arg in list(request.args)[: MORE_THAN_ENOUGH * 3]:
            position, _sep, key = arg.removeprefix("flt").partition("_")
            key = request.args.get(f"op{position}", key)  # another comparison was chosen on the page
            if not (arg.startswith("flt") and position.isdecimal() and len(position) < 4 and key in known):
                continue
            index, flt = known[key]
            value = packed(flt, request.args.getlist(arg))
            if value and (error := flt.refusal(value)):
                # What was typed for one comparison says nothing in another: that one is asked anew.
                g.refused.append((flt, value, error) if arg.endswith(f"_{key}") else (flt, "", None))
            elif value:
                found.append((int(position), (index, str(flt.name), value)))
        return [entry for _position, entry in sorted(found, key=lambda pair: pair[0])][:MORE_THAN_ENOUGH]

    def _get_list_extra_args(self) -> ViewArgs:
        args: ViewArgs = super()._get_list_extra_args()
        tab, view = (args.extra_args.get(name) for name in ("tab", "view"))
        args.extra_args = {"tab": tab} if tab in self.tabs_now() else {}
        if view and view.isdecimal() and len(view) < 19:
            args.extra_args["view"] = view
        if columns := self.columns_asked():
            args.extra_args["cols"] = columns
        # By name, which stays the same when columns come and go.
        wanted = request.args.get("sort", "")
        args.sort = wanted if wanted in self._sortable_columns else None
        args.page = min(max(args.page or 0, -PAGES_MAX), PAGES_MAX)  # -1 is the last
        args.search = (args.search or "").strip()[:100] or None
        return args

    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        if kwargs.get("page_size") == self.page_size:
            kwargs["page_size"] = None
        url: str = super().get_url(endpoint, **kwargs)
        return url

    def tidied(self, args: ViewArgs) -> Response | None:
        """A form sends empty and repeated fields: one list has one address."""
        raw = any(name.startswith("op") or not value for name, value in request.args.items(multi=True))
        repeated = any(len(values) > 1 for _name, values in request.args.lists())
        return redirect(self._get_list_url(args)) if (raw or repeated) and not g.refused else None

    # --- for the page ------------------------------------------------------------------------------------------------

    def chips(self, args: ViewArgs) -> list[Chip]:
        active = args.filters or []
        made = [
            self._chip(at, self._filters[index], value, self._without(args, at))
            for at, (index, _name, value) in enumerate(active)
        ]
        here = self._get_list_url(args)
        for flt, value, error in g.refused:
            made.append(self._chip(len(made), flt, value, here, error=error, is_open=True))
        adding = (self._filter_args or {}).get(request.args.get("add", ""))
        if adding is not None:
            made.append(self._chip(len(made), adding[1], "", here, is_open=True))
        return made

    def addable(self, args: ViewArgs) -> list[tuple[str, str]]:
        """What else can be asked, each with the address that opens it."""
        here = self._get_list_url(args)
        joiner = "&" if "?" in here else "?"
        first: dict[str, PanelFilter] = {}
        for flt in self._filters or []:
            first.setdefault(flt.path, flt)
        return [(str(flt.name), f"{here}{joiner}add={flt.arg}") for flt in first.values()]

    def _without(self, args: ViewArgs, at: int) -> str:
        kept = [entry for number, entry in enumerate(args.filters or []) if number != at]
        return self._get_list_url(args.clone(filters=kept, page=0))

    def _chip(
        self, at: int, flt: PanelFilter, value: str, remove_url: str, *, error: str | None = None, is_open: bool = False
    ) -> Chip:
        same = [each for each in self._filters if each.path == flt.path]
        return Chip(
            name=f"flt{at}_{flt.arg}",
            label=str(flt.name),
            says=str(flt.says if flt.joined is None else flt.joined),
            words="" if error or not value else flt.words(value),
            kind=flt.kind,
            input_type=flt.input_type,
            values=unpacked(flt, value),
            options=flt.options_now(),
            siblings=[(each.arg, str(each.says), each.arg == flt.arg) for each in same] if len(same) > 1 else [],
            operator=f"op{at}",
            error=error,
            remove_url=remove_url,
            is_open=is_open,
        )


def packed(flt: PanelFilter, values: list[str]) -> str:
    """Several inputs of one filter as one value of an address: "a,b" for a list, "a to b" for a range."""
    given = [value.strip()[:200] for value in values if value.strip()][:50]
    if flt.kind == "range":
        return " to ".join(given[:2]) if given else ""
    return ",".join(given) if flt.kind == "checks" else (given[0] if given else "")


def unpacked(flt: PanelFilter, value: str) -> list[str]:
    if flt.kind == "range":
        first, _sep, last = value.partition(" to ")
        return [first, last]
    return value.split(",") if flt.kind == "checks" else [value]
