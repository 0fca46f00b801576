"""Files as they come: what can be read is read the same in every form, and what cannot is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from booking_admin.adapters import sheets, workbooks
from booking_admin.rules import import_maps
from booking_admin.rules.errors import Invalid
from booking_admin.rules.words import ImportKind

TABLE = 'Name,E-mail,Since\r\nAna Ng,ana@example.com,2026-03-01\r\n"Ström, Bo",bo@example.com,\r\n'
ROWS = [(2, ["Ana Ng", "ana@example.com", "2026-03-01"]), (3, ["Ström, Bo", "bo@example.com", ""])]
_CELL = '<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _relations(kind: str, target: str) -> str:
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    only = f'<Relationship Id="r1" Type="{DOCS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{packages}">{only}</Relationships>'


def workbook(*rows: list[str], **parts: bytes) -> bytes:
    """A workbook of one sheet, as small as one can be."""
    lines = "".join(
        f'<row r="{line}">'
        + "".join(_CELL.format(place=f"{chr(ord('A') + at)}{line}", text=text) for at, text in enumerate(row))
        + "</row>"
        for line, row in enumerate(rows, start=1)
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("_rels/.rels", _relations("officeDocument", "xl/workbook.xml"))
        sheets_ = '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets>'
        out.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{DOCS}">{sheets_}</workbook>')
        out.writestr("xl/_rels/workbook.xml.rels", _relations("worksheet", "worksheets/sheet1.xml"))
        sheet = parts.pop("sheet", f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'.encode())
        out.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in parts.items():
            out.writestr(name, content)
    return made.getvalue()


def read(tmp_path: Path, content: bytes) -> tuple[tuple[str, ...], list[tuple[int, Any]]]:
    file = tmp_path / "file"
    file.write_bytes(content)
    with sheets.opened(file) as table:
        rows: list[tuple[int, Any]] = list(table.rows)
    return table.columns, [(line, cells if isinstance(cells, sheets.Broken) else list(cells)) for line, cells in rows]


def refusal(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read(tmp_path, content)
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TABLE.encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + TABLE.encode(), id="with a mark"),
        pytest.param(b"\xef\xbb\xbf\xef\xbb\xbf" + TABLE.encode(), id="with two marks"),
        pytest.param(TABLE.encode("utf-16"), id="UTF-16"),
        pytest.param(TABLE.encode("cp1252"), id="Windows"),
        pytest.param(TABLE.replace("\r\n", "\n").encode(), id="lines of Unix"),
        pytest.param(TABLE.replace(",", ";").replace("Ström;", "Ström,").encode(), id="semicolons"),
        pytest.param(TABLE.replace(",", "\t").replace("Ström\t", "Ström,").encode(), id="tabs"),
    ],
)  # fmt: skip
def test_a_table_is_read_however_it_is_written(tmp_path, content):
    columns, rows = read(tmp_path, content)

    assert columns == ("Name", "E-mail", "Since")
    assert rows == ROWS


def test_a_workbook_is_read_like_a_table(tmp_path):
    content = workbook(["Name", "E-mail"], ["Ana Ng", "ana@example.com"], [], ["=1+1", "bo@example.com"])

    columns, rows = read(tmp_path, content)

    assert columns == ("Name", "E-mail")
    assert rows == [(2, ["Ana Ng", "ana@example.com"]), (4, ["=1+1", "bo@example.com"])]


def test_json_is_read_by_paths_and_a_broken_line_is_told_alone(tmp_path):
    lines = b'{"a": {"b": 425.0, "c": true}, "d": null}\n{"a": {"b": "x"}, "e": 0.5}\n[1]\n{"a": {"b": "cut'

    columns, rows = read(tmp_path, lines)

    assert columns == ("a.b", "a.c", "e")
    assert rows[:2] == [(1, ["425", "yes", None]), (2, ["x", None, "0.5"])]
    assert [str(broken.reason)[:25] for _line, broken in rows[2:]] == [
        "It is no JSON object. Eac", "It is no whole JSON objec",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "The file is empty.", id="a mark and nothing else"),
        pytest.param(b"\x00\x01\x02\x03" * 100, "This is no table that can be read here.", id="binary"),
        pytest.param(b"%PDF-1.7\n", "This is no table that can be read here.", id="a PDF"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is no table that can be read here.", id="an old workbook"
        ),
        pytest.param(b"a,b\n\x81\xff", "The letters of this file can't be read.", id="no letters"),
        pytest.param(b'[{"a": 1}]', "The file is one list of JSON.", id="a list of JSON"),
        pytest.param(b'a,b\n1,"2\n3,4\n', "From line 2 on the cells can't be told apart", id="a quote without an end"),
        pytest.param(b'a,b\n1,"2"x\n', "From line 2 on the cells can't be told apart", id="a quote in the middle"),
        pytest.param(
            b"a,b\n1," + b"x" * 200_000, "From line 2 on the cells can't be told apart", id="a cell without end"
        ),
        pytest.param(b",".join(b"c%d" % n for n in range(300)) + b"\n1\n", "The file has 300 columns", id="columns"),
        pytest.param(b'{"a": "' + b"x" * 1_000_001, "Line 1 is longer than anything", id="a line without end"),
        pytest.param(b"PK\x03\x04 and then nothing", "The workbook can't be opened", id="half a workbook"),
        pytest.param(workbook([]), "The sheet is empty.", id="an empty sheet"),
        pytest.param(workbook(["a"], sheet=b"<worksheet"), "", id="a broken sheet"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path, content, said):
    assert refusal(tmp_path, content).startswith(said)


def test_a_zip_of_something_else_is_no_workbook(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("readme.txt", "hello")

    assert refusal(tmp_path, made.getvalue()).startswith("This is no table that can be read here.")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "UNPACKED_MAX", 1_000_000)
    bomb = workbook(["a"], **{"xl/media/zeros": b"\0" * 2_000_000})

    assert len(bomb) < 10_000
    assert refusal(tmp_path, bomb) == "The workbook is too large when it is unpacked. Save the sheet as CSV."


def test_a_bomb_that_lies_about_its_size_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "UNPACKED_MAX", 1_000_000)
    bomb = workbook(["a"], **{"xl/media/zeros": b"\0" * 2_000_000})
    lying = bomb.replace((2_000_000).to_bytes(4, "little"), (2_000).to_bytes(4, "little"))

    assert refusal(tmp_path, lying).startswith("The workbook can't be opened")


def test_a_sheet_that_reaches_into_its_last_corner_does_not_fill_the_memory(tmp_path):
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{far}</sheetData></worksheet>'.encode()

    assert refusal(tmp_path, workbook(sheet=sheet)).startswith("The sheet reaches too far")


def test_a_row_with_more_cells_than_the_header_is_told(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"a,b\n1,2,3\n4\n5,6,,\n\n")

    with sheets.opened(file) as table:
        (line, broken), *rest = table.rows

    assert isinstance(broken, sheets.Broken)
    assert (line, str(broken.reason)) == (2, "It has 3 cells, and the header has 2. Is a quotation mark missing?")
    assert [(at, cells) for at, cells in rest] == [(3, ["4", None]), (4, ["5", "6"])]


# --- mappings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "A mapping is a JSON object"),
        ({}, "A mapping needs “fields”"),
        ({"feilds": {}}, "“feilds” means nothing in a mapping. Use source, profile,"),
        ({"fields": {"mail": "E-mail"}}, "There is no field “mail”. Use id, order,"),
        ({"fields": {"email": 3}}, "“email” needs a column, a list of columns"),
        ({"fields": {"email": "E-mail"}, "source": "Old System"}, "The source needs a short name"),
        ({"profile": "nobody"}, "There is no profile “nobody”. Use pretix or legacy."),
        ({"profile": "pretix", "statuses": {"ok": "fine"}}, "“fine” is no booking status."),
        ({"profile": "pretix", "dates": {"Fire": "2026-03-30"}}, "“dates” is an object"),
        ({"profile": "pretix", "paid_when": "paid"}, "“paid_when” is a list of words."),
    ],
)
def test_a_wrong_mapping_is_refused_with_a_sentence(document, said):
    with pytest.raises(Invalid) as refused:
        import_maps.read(document, ImportKind.bookings)

    assert said in str(refused.value)


def test_a_mapping_may_begin_with_a_profile():
    read = import_maps.read(
        {"profile": "pretix", "fields": {"course": "Event name"}, "month_first": True}, ImportKind.bookings
    )

    assert (read.source, read.fields["course"], read.fields["email"]) == ("pretix", ("Event name",), ("Email",))
    assert not read.day_first
