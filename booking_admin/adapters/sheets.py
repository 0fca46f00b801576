"""Tables of rows that people bring: CSV as spreadsheets write it, JSON line by line, and XLSX.

Files come from anywhere, so nothing about them is believed: the form is read off the content, lengths are bounded, and
whatever cannot be read is refused with a sentence.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from booking_admin.rules.errors import Invalid
from booking_admin.rules.say import Said, say

COLUMNS_MAX = 256
ROWS_MAX = 200_000
LINE_MAX = 1_000_000  # letters of one line of JSON
CELL_MAX = csv.field_size_limit()
_LOOK = 1 << 16

Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no row, and why."""

    reason: Said


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its form (csv, jsonl, xlsx), its columns, and the rows with the numbers of their lines, read once."""

    form: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Cells | Broken]]


@contextmanager
def opened(file: Path, *, sheet: str | None = None) -> Iterator[Sheet]:
    """A file as a table; sheet names one of a workbook's. Raises Invalid, also while its rows are read."""
    with file.open("rb") as content:
        head = content.read(_LOOK)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise refused(say("The file is empty. Export it again, with at least one row below the header."))
    if head.startswith(b"PK\x03\x04"):
        from booking_admin.adapters import workbooks

        with workbooks.opened(file, sheet) as (columns, rows):
            yield Sheet("xlsx", columns, _bounded(rows))
        return
    encoding = _encoding(file, head)
    with file.open(encoding=encoding, newline="") as lines:
        first = lines.read(_LOOK).lstrip("﻿ \t\r\n")
        lines.seek(0)
        if first.startswith("["):
            said = say("The file is one list of JSON. Write one object a line (JSON Lines), or CSV.")
            raise refused(said)
        form, columns, rows = _json(lines) if first.startswith("{") else _csv(lines, first)
        yield Sheet(form, columns, _bounded(rows))


def refused(why: Said) -> Invalid:
    """The refusal of a whole file."""
    return Invalid({"file": [why]})


def _bounded(rows: Iterator[tuple[int, Cells | Broken]]) -> Iterator[tuple[int, Cells | Broken]]:
    for count, row in enumerate(rows):
        if count >= ROWS_MAX:
            raise refused(say("The file has more than %(most)s rows. Split it.", most=ROWS_MAX))
        yield row


# --- letters ----------------------------------------------------------------------------------------------------------


def _encoding(file: Path, head: bytes) -> str:
    """UTF-16 where the file says so, else UTF-8, else what Windows writes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(file, "utf-16")
    if b"\0" in head or head.startswith((b"%PDF", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff")):
        said = say("This is no table that can be read here. Save it as CSV, XLSX or JSON Lines.")
        raise refused(said)
    try:
        return _checked(file, "utf-8-sig")
    except Invalid:
        return _checked(file, "cp1252")


def _checked(file: Path, encoding: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)()
    with file.open("rb") as content:
        try:
            while part := content.read(1 << 20):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise refused(say("The letters of this file can't be read. Save it again as CSV in UTF-8.")) from None
    return encoding


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(lines: IO[str], first: str) -> tuple[str, tuple[str, ...], Iterator[tuple[int, Cells | Broken]]]:
    reader = csv.reader(_unmarked(lines), delimiter=_delimiter(first), strict=True)
    header: list[str] = []
    while not any(header):
        try:
            header = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            raise refused(say("The file has no header. Its first row names the columns.")) from None
        except csv.Error:
            raise _unquoted(reader.line_num) from None
    columns = checked_columns(header)
    return "csv", columns, _csv_rows(reader, len(columns))


def _unmarked(lines: IO[str]) -> Iterator[str]:
    """The lines; some programs write two marks at the beginning, one for each time the file was saved."""
    yield next(lines, "").lstrip("﻿")
    yield from lines


def _delimiter(text: str) -> str:
    """What stands between the cells of the header, outside of quotes."""
    counts = dict.fromkeys(",;\t|", 0)
    is_quoted = False
    for letter in text:
        if letter == '"':
            is_quoted = not is_quoted
        elif letter in "\r\n" and not is_quoted:
            break
        elif not is_quoted and letter in counts:
            counts[letter] += 1
    return max(counts, key=counts.__getitem__)


def _csv_rows(reader: Any, width: int) -> Iterator[tuple[int, Cells | Broken]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _unquoted(line) from None
        if len(cells) == width:
            yield line, cells
        elif any(cells):
            yield line, _padded(cells, width)


def _padded(cells: list[str], width: int) -> Cells | Broken:
    if any(cells[width:]):
        said = say("It has %(found)s cells, and the header has %(width)s. Is a quotation mark missing?")
        return Broken(said.filled(found=len(cells), width=width))
    return [*cells[:width], *[None] * (width - len(cells))]


def _unquoted(line: int) -> Invalid:
    said = say("From line %(line)s on the cells can't be told apart: a quotation mark is missing or too many.")
    return refused(said.filled(line=line))


def checked_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The columns of a table; those without a name stay so, and nobody can ask for them."""
    if len(header) > COLUMNS_MAX:
        said = say("The file has %(found)s columns; at most %(most)s can be read. Leave out what is not needed.")
        raise refused(said.filled(found=len(header), most=COLUMNS_MAX))
    return tuple(header)


# --- JSON Lines -------------------------------------------------------------------------------------------------------


def _json(lines: IO[str]) -> tuple[str, tuple[str, ...], Iterator[tuple[int, Cells | Broken]]]:
    """Objects, one a line; what lies inside of others goes by its path, contactDetails.email."""
    columns: dict[str, None] = {}
    for _line, found in _objects(lines):  # any line may have what the first has not
        if not isinstance(found, Broken):
            columns.update(dict.fromkeys(found))
        if len(columns) > COLUMNS_MAX:
            break
    names = checked_columns(list(columns))
    lines.seek(0)
    return "jsonl", names, ((line, _in_order(found, names)) for line, found in _objects(lines))


def _in_order(found: dict[str, str] | Broken, names: Sequence[str]) -> Cells | Broken:
    return found if isinstance(found, Broken) else [found.get(name) for name in names]


def _objects(lines: IO[str]) -> Iterator[tuple[int, dict[str, str] | Broken]]:
    number = 0
    while text := lines.readline(LINE_MAX + 1):
        number += 1
        if len(text) > LINE_MAX:
            raise refused(say("Line %(line)s is longer than anything that is one row.", line=number))
        if not text.strip("﻿ \t\r\n"):
            continue
        try:
            found = json.loads(text.lstrip("﻿"))
            row = _flat(found) if isinstance(found, dict) else None
        except (ValueError, RecursionError):
            yield number, Broken(say("It is no whole JSON object; perhaps it was cut off. Export the file again."))
        else:
            yield number, Broken(say("It is no JSON object. Each line must be one: { … }.")) if row is None else row


def _flat(found: dict[str, Any], path: str = "", flat: dict[str, str] | None = None) -> dict[str, str]:
    """What lies inside of others by its path, in the order of the line, which is the order that people know."""
    flat = {} if flat is None else flat
    for name, value in found.items():
        if type(value) is dict:
            _flat(value, f"{path}{name}.", flat)
        elif (text := as_text(value)) is not None:
            flat[path + name] = text
        if len(flat) > COLUMNS_MAX:
            break
    return flat


_PLAIN: dict[type, Callable[[Any], str | None]] = {
    str: lambda value: value,
    int: str,
    bool: lambda value: "yes" if value else "no",
    type(None): lambda value: None,
    # What was typed as 425 comes back as 425.0.
    float: lambda value: str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value),
}


def as_text(value: Any) -> str | None:
    """A cell of a typed table as it would be typed; None for an empty one."""
    plain = _PLAIN.get(type(value))
    return plain(value) if plain is not None else str(value)
