"""XLSX: a workbook is a zip of XML, so it is looked over before anything unpacks it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from booking_admin.adapters.sheets import Broken, Cells, as_text, checked_columns, refused
from booking_admin.rules.say import say

PARTS_MAX = 2_000
UNPACKED_MAX = 300 * 1024 * 1024  # bytes; a hundred thousand rows of sixty columns are half of it
CELLS_MAX = 8_000_000  # a sheet is held as a rectangle: one cell in its last corner would fill the memory
_PART = 1 << 20
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_TOO_MUCH = say("The workbook is too large when it is unpacked. Save the sheet as CSV.")
_BROKEN = say("The workbook can't be opened: it is damaged, protected by a password, or no workbook. Save it anew.")


@contextmanager
def opened(file: Path, sheet: str | None) -> Iterator[tuple[tuple[str, ...], Iterator[tuple[int, Cells | Broken]]]]:
    """The columns of a sheet, the first unless one is named, and its rows."""
    _look_over(file)
    book = _workbook(file)
    try:
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise refused(
                say("There is no sheet “%(sheet)s”. The workbook has: %(names)s.", sheet=sheet, names=", ".join(names))
            )
        table = _guarded(lambda: book.get_sheet_by_name(sheet or names[0]))
        rows = _rows(table)
        header: list[str | None] = []
        for _line, header in rows:
            if any(header):
                break
        if not any(header):
            raise refused(say("The sheet is empty. Its first row names the columns, and each row below is one row."))
        columns = checked_columns([" ".join((cell or "").split()) for cell in header])
        yield columns, ((line, cells) for line, cells in rows if any(cells))
    finally:
        book.close()


def _rows(table: Any) -> Iterator[tuple[int, list[str | None]]]:
    first = table.start[0] + 1 if table.start else 1
    for line, row in enumerate(table.iter_rows(), first):
        yield line, [as_text(cell) if cell != "" else None for cell in row]


def _workbook(file: Path) -> Any:
    from python_calamine import CalamineWorkbook

    return _guarded(lambda: CalamineWorkbook.from_path(str(file)))


def _guarded(step: Any) -> Any:
    from python_calamine import CalamineError

    try:
        return step()
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise refused(_BROKEN) from error
    except BaseException as error:
        # What the reader did not foresee ends in a panic, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise refused(_BROKEN) from error


def _look_over(file: Path) -> None:
    """Refuses what unpacks to more than it may, or says that it does; every part is unpacked once, and thrown away."""
    try:
        with zipfile.ZipFile(file) as parts:
            listed = parts.infolist()
            if len(listed) > PARTS_MAX or sum(part.file_size for part in listed) > UNPACKED_MAX:
                raise refused(_TOO_MUCH)
            if "xl/workbook.xml" not in parts.namelist():
                raise refused(say("This is no table that can be read here. Save it as CSV, XLSX or JSON Lines."))
            for part in listed:
                _look_into(parts, part)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise refused(_BROKEN) from error


def _look_into(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    is_sheet = part.filename.startswith("xl/worksheets/")
    width = height = 0
    tail = b""
    with parts.open(part) as content:
        while chunk := content.read(_PART):
            if not is_sheet:
                continue
            for column, row in _CELL.findall(tail + chunk):
                width, height = max(width, _number(column)), max(height, int(row))
            tail = chunk[-32:]
    if width * height > CELLS_MAX:
        raise refused(
            say("The sheet reaches too far: delete what stands far off to the right or below, or save it as CSV.")
        )


def _number(column: bytes) -> int:
    found = 0
    for letter in column:
        found = 26 * found + letter - 64
    return found
