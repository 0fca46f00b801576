"""The house's rules that no tool knows: what stands where, and only there."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "booking_admin"
LONGEST = 400

# A file that is longer, and why it may be.
LONG_FILES: dict[str, str] = {}

# What the tenant filter does not see (text, Core tables, bulk writes) may stand in these files only, and why it may.
_PREBUILT = "statements of the busiest operations, built once; each names the tenant itself"
UNFILTERED: dict[str, str] = {
    "booking_admin/models/base.py": "conditions of partial indexes",
    "booking_admin/models/tenancy.py": "tells PostgreSQL whose transaction this is",
    "booking_admin/services/accounts.py": "asks for a person's tenants before one is entered",
    "booking_admin/services/audit.py": _PREBUILT,
    "booking_admin/services/availability.py": _PREBUILT,
    "booking_admin/services/booking_desk.py": _PREBUILT,
    "booking_admin/services/bulk.py": "writes a million rows in minutes; each carries its tenant",
    "booking_admin/services/capacity.py": _PREBUILT,
    "booking_admin/services/customers.py": _PREBUILT,
    "booking_admin/services/health.py": "asks for the migration's number, which is no tenant's",
    "booking_admin/services/idempotency.py": _PREBUILT,
    "booking_admin/services/messages.py": _PREBUILT,
    "booking_admin/services/price_lines.py": _PREBUILT,
    "booking_admin/services/quotes.py": _PREBUILT,
    "booking_admin/services/ticks.py": _PREBUILT,
}


@cache
def files(*ends: str) -> tuple[Path, ...]:
    """What is committed or about to be."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(each for each in found if each.is_file() and (not ends or each.name.endswith(ends))))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def code() -> tuple[Path, ...]:
    return tuple(each for each in files(".py") if PACKAGE in each.parents or each.name == "app.py")


def texts() -> Iterator[tuple[str, int, str]]:
    """Every line of every text file but this one, which has to name what it looks for."""
    for file in files():
        if file == Path(__file__).resolve() or "vendor" in file.parts:
            continue
        try:
            lines = file.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            yield name(file), number, line


def offenders(is_offence: Callable[[ast.AST], bool], allowed: set[str]) -> list[str]:
    return [
        f"{name(file)}:{getattr(node, 'lineno', 0)}"
        for file in code()
        if name(file) not in allowed
        for node in ast.walk(tree(file))
        if is_offence(node)
    ]


def is_assigned(node: ast.AST, *attributes: str) -> bool:
    """`row.attribute = …`, and the likes of it."""
    if isinstance(node, ast.Assign):
        targets = [part for target in node.targets for part in ast.walk(target)]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    return any(isinstance(target, ast.Attribute) and target.attr in attributes for target in targets)


def is_called(node: ast.AST, *methods: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods


def test_only_transaction_commits():
    assert offenders(lambda node: is_called(node, "commit"), {"booking_admin/database.py"}) == []


def test_only_the_clock_knows_what_time_it_is():
    def asks(node: ast.AST) -> bool:
        owner = getattr(getattr(node, "func", None), "value", None)
        whose = getattr(owner, "id", getattr(owner, "attr", ""))
        return whose in ("datetime", "date") and is_called(node, "now", "utcnow", "today")

    assert offenders(asks, {"booking_admin/rules/clock.py"}) == []


def test_only_capacity_counts_seats():
    def counts(node: ast.AST) -> bool:
        columns = ("seats_taken", "seats_held")
        passed = isinstance(node, ast.Call) and any(word.arg in columns for word in node.keywords)
        return passed or is_assigned(node, *columns)

    assert offenders(counts, {"booking_admin/services/capacity.py"}) == []


def test_only_the_state_machine_changes_a_status():
    assert offenders(lambda node: is_assigned(node, "status"), {"booking_admin/rules/states.py"}) == []


def test_what_escapes_the_tenant_filter_stands_in_few_files():
    bulk = ("from_statement", "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "from_select")

    # To ask a table for its columns or constraints is not to ask for rows.
    described = {
        node.value
        for file in code()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in ("columns", "constraints", "indexes")
    }

    def escapes(node: ast.AST) -> bool:
        imports = isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy"
        raw = imports and any(each.name == "text" for each in node.names)  # type: ignore[attr-defined]
        core = isinstance(node, ast.Attribute) and node.attr == "__table__" and node not in described
        past = isinstance(node, ast.ImportFrom) and any(each.name == "unfiltered" for each in node.names)
        return raw or core or past or is_called(node, *bulk)

    assert offenders(escapes, set(UNFILTERED)) == []


def test_no_file_is_long_without_a_reason():
    long = {name(file) for file in code() if len(file.read_text().splitlines()) > LONGEST}

    assert long == set(LONG_FILES)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"pypi\.org|pythonhosted\.org|registry\.npmjs|(?<!emit-)(index-url|find-links)", id="registries"),
        pytest.param(r"/work/|/opt/pypi|/opt/wheels|/root/|/home/\w|/Users/", id="paths of one machine"),
    ],
)
def test_no_file_names(pattern: str):
    found = [f"{file}:{number}: {line.strip()[:80]}" for file, number, line in texts() if re.search(pattern, line)]

    assert found == []


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\son\w+\s*=\s*[\"']", id="handlers in attributes"),
        pytest.param(r"\sstyle\s*=\s*[\"']", id="styles in attributes"),
        pytest.param(r"<(script|style)\b(?![^>]*nonce)", id="scripts and styles without the nonce"),
        pytest.param(r"javascript:|https?://[^\s\"']+\.(js|css)\b", id="scripts from elsewhere"),
    ],
)
def test_templates_hold_no(pattern: str):
    pages = [file for file in files(".html") if ROOT / "templates" in file.parents and "email" not in file.parts]
    found = [name(file) for file in pages if re.search(pattern, file.read_text(), re.IGNORECASE)]

    assert found == []
