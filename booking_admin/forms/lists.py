"""Fields for short lists: texts one a line, and tables of a few cells a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, TextAreaField


class LinesField(TextAreaField):
    """A short list of texts, one a line."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        lines = (valuelist[0] if valuelist else "").splitlines()
        self.data = tuple(line.strip() for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a table of rows: its name, and how its text becomes a value and comes back."""

    label: Any
    read: Callable[[str, Any], Any]
    show: Callable[[Any, Any], str]
    unit: Any = ""


class RowsField(Field):
    """A short table whose cells are all sent under one name; rows that are left empty do not count."""

    SPARE = 2

    def __init__(self, label: Any = None, validators: Any = None, *, cells: Sequence[Cell], **options: Any) -> None:
        self.cells = cells
        super().__init__(label, validators, **options)

    def rows(self) -> list[list[str]]:
        """The texts of all cells, with some empty rows to fill in."""
        found = self._parted(self.raw_data) if self.raw_data else [self._shown(row) for row in self.data or ()]
        kept = [row for row in found if any(cell.strip() for cell in row)]
        return kept + [[""] * len(self.cells)] * self.SPARE

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: tuple[tuple[Any, ...], ...] = ()
        self.data = tuple(
            tuple(cell.read(typed.strip(), self.meta) for cell, typed in zip(self.cells, row, strict=True))
            for row in self._parted(valuelist)
            if any(typed.strip() for typed in row)
        )

    def _shown(self, row: Sequence[Any]) -> list[str]:
        return [cell.show(value, self.meta) for cell, value in zip(self.cells, row, strict=True)]

    def _parted(self, texts: Sequence[str]) -> list[list[str]]:
        width = len(self.cells)
        return [list(texts[at : at + width]) for at in range(0, len(texts) - width + 1, width)]
