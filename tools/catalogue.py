"""Collects what people read: `make catalogue` writes messages.pot, and brings every language up to it.

The same words always give the same file: it is sorted, and knows no dates, line numbers or folders of this machine.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from booking_admin.rules.languages import TEMPLATE, TRANSLATIONS, concerns_trade  # noqa: E402 (the folder is known only now)
from booking_admin.rules.words import Trade  # noqa: E402

# `say` is how rules and services mark a sentence; they know no gettext.
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "_l": None, "lazy_ngettext": (1, 2)}
KEYWORDS |= {"say": None, "say_many": (1, 2)}
HEAD = 'msgid ""\nmsgstr ""\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
HEAD += '"Content-Transfer-Encoding: 8bit\\n"\n\n'
LISTS = ("actor", "setting_kinds", "settings", "states", "words")  # of rules/: where the words of lists stand


def collected() -> Catalog:
    """Every message of the house, with the files that say it."""
    found = Catalog(fuzzy=False)
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for path, _line, message, comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS, ["Translators:"]):
        _add(found, message, path, comments, context)
    for path, message, comment in _tabled():
        _add(found, message, path, [comment], None)
    return found


def _add(found: Catalog, message: object, path: str, comments: list[str], context: str | None) -> None:
    entry = found.add(message, locations=[(path, 0)], auto_comments=comments, context=context)  # type: ignore[arg-type]
    # A message may be met in several files, and a file in several places.
    entry.locations = sorted(set(entry.locations))
    entry.auto_comments = list(dict.fromkeys(entry.auto_comments))
    one = message[0] if isinstance(message, tuple) else message
    if context is None and concerns_trade(str(one)):
        for trade in Trade:
            if trade is not Trade.course:
                _add(found, message, path, ["Left empty where the language has one word for all trades."], trade)


def _tabled() -> Iterator[tuple[str, str, str]]:
    """What stands in tables, one cell a message: file, message, and what it is."""
    from booking_admin import jobs
    from booking_admin.database import Base
    from booking_admin.rules.import_fields import FIELDS
    from booking_admin.rules.permissions import MATRIX
    from booking_admin.rules.settings import SETTINGS
    from booking_admin.rules.words import label

    yield from _words_of_lists()
    yield from _columns()
    for setting in SETTINGS.values():
        for message in filter(None, (setting.label, setting.help, setting.group, setting.unit)):
            yield "booking_admin/rules/settings.py", str(message), "Setting"
    for permission in MATRIX:
        for word in permission.split("."):
            yield "booking_admin/rules/permissions.py", str(label(word)), "Permission"
    for fields in FIELDS.values():
        for name in fields:
            yield "booking_admin/rules/import_fields.py", str(label(name)), "Field of an import"
    for table in Base.metadata.tables:  # as the audit names what was changed
        yield "booking_admin/models/__init__.py", str(label(table)), "Kind of row"
    for job in jobs.base.TABLE.values():
        file = f"{job.does.__module__.replace('.', '/')}.py"
        yield file, str(label(job.chore.name)), "Job"
        yield file, job.chore.sentence, "Job"


def _words_of_lists() -> Iterator[tuple[str, str, str]]:
    from importlib import import_module

    from booking_admin.rules.words import label

    for name in LISTS:
        for kind in vars(import_module(f"booking_admin.rules.{name}")).values():
            if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__.endswith(f".{name}"):
                yield from ((f"booking_admin/rules/{name}.py", str(label(word)), kind.__name__) for word in kind)


def _columns() -> Iterator[tuple[str, str, str]]:
    from booking_admin.rules.words import column_name
    from booking_admin.views.menu import BESIDE, MENU

    for screen in (*BESIDE, *(each for heading in MENU for each in heading.screens)):
        if screen.model is not None:
            mapper: Mapper[Any] = inspect(screen.model)
            for attribute in mapper.attrs:
                yield "booking_admin/views/menu.py", str(column_name(attribute.key)), f"{screen.model.__name__}, column"


def written(catalogue: Catalog) -> str:
    """The catalogue as a file."""
    text = io.BytesIO()
    write_po(text, catalogue, width=120, omit_header=True, sort_output=True, include_lineno=False)
    return HEAD + text.getvalue().decode()


def main() -> int:
    catalogue = collected()
    text = written(catalogue)
    if "--check" in sys.argv:
        if TEMPLATE.exists() and TEMPLATE.read_text() == text:
            return 0
        print(f"{TEMPLATE.relative_to(ROOT)} is not what the code says. Run `make catalogue`.")
        return 1
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(text)
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            translated = read_po(file, locale=path.parent.parent.name)
        translated.update(catalogue, no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, translated, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, translated)
    print(f"{len(catalogue)} messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
