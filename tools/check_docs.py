"""Are the documents true? Links resolve, commands and targets exist, every setting is explained."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

OPERATORS = ROOT / "docs" / "operators.md"


def documents() -> list[Path]:
    return [each for each in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if each.exists()]


def dead_links() -> Iterator[str]:
    for document in documents():
        text = document.read_text()
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            file = (document.parent / path).resolve() if path else document
            if not file.exists():
                yield f"{document.relative_to(ROOT)}: {target} leads nowhere"
            elif anchor and file.suffix == ".md" and anchor not in headings(file):
                yield f"{document.relative_to(ROOT)}: {target} names no heading"


def headings(document: Path) -> set[str]:
    """The anchors that a reader's browser makes of the headings."""
    titles = re.findall(r"^#+\s+(.+?)\s*$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_targets() -> Iterator[str]:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in documents():
        for target in re.findall(r"(?:`|^\s*)make ([a-z-]+)", document.read_text(), re.MULTILINE):
            if target not in known:
                yield f"{document.relative_to(ROOT)}: there is no `make {target}`"


def missing_commands() -> Iterator[str]:
    import click

    from booking_admin import create_app

    app = create_app({"DATABASE_URL": "sqlite:////nowhere/none.db", "SECRET_KEY": "only to list the commands"})
    for document in documents():
        for words in re.findall(r"flask --app app ([a-z][a-z -]*)", document.read_text()):
            group: click.Command | None = app.cli
            for word in words.split():
                if not isinstance(group, click.Group) or word.startswith("-"):
                    break
                group = group.commands.get(word)
                if group is None:
                    yield f"{document.relative_to(ROOT)}: there is no `flask --app app {words.strip()}`"


def missing_settings() -> Iterator[str]:
    from booking_admin.config import SETTINGS, TENANT_DEFAULTS

    text = OPERATORS.read_text() if OPERATORS.exists() else ""
    for name in (*(each.name for each in SETTINGS), *TENANT_DEFAULTS):
        if not re.search(rf"\b{name}\b", text):
            yield f"docs/operators.md does not explain {name}"


def main() -> int:
    complaints = [*dead_links(), *missing_targets(), *missing_commands(), *missing_settings()]
    for complaint in complaints:
        print(complaint)
    print(f"{len(documents())} documents: {len(complaints) or 'no'} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
