"""What became of a file, line by line, for people and for the files that they download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from booking_admin.imports import keeping
from booking_admin.models.tenancy import tenant
from booking_admin.rules import clock, money
from booking_admin.rules.import_reading import full_name, stand_in
from booking_admin.rules.say import Said, say, say_many, together
from booking_admin.rules.words import label

HEADER = (say("Line"), say("Known by"), say("Fate"), say("Became"), say("Number"), say("Read as"), say("Why"))


def described(values: Mapping[str, Any]) -> Said:
    """What a line was understood as, in one sentence: for a booking who, what, when and for how much."""
    if "with" in values:
        return say("Belongs to the booking of line %(line)s.", line=values["with"])
    who = values.get("who") or values
    name = full_name(who) or stand_in(who)
    if "people" not in values:
        return say("%(name)s, %(where)s", name=name, where=who.get("email") or who.get("phone") or "–")
    here = tenant()
    starts = values.get("starts")
    when = f"{clock.local(datetime.fromisoformat(starts), here.zone):%Y-%m-%d %H:%M}" if starts else say("date unknown")
    return say_many(
        "%(name)s: %(num)s person in %(course)s, %(when)s, %(status)s, %(amount)s",
        "%(name)s: %(num)s people in %(course)s, %(when)s, %(status)s, %(amount)s",
        len(values["people"]), name=name, course=values.get("course") or values.get("course_code"), when=when,
        status=label(values["status"]), amount=money.show(values.get("amount", 0), here.currency),
    )  # fmt: skip


def report(run_id: int) -> Iterator[list[str]]:
    """A table for people: a header, then line, key, fate, what it became, what it was understood as, and why.

    What is words is a sentence of ours, which a door tells in the reader's language.
    """
    yield list(HEADER)
    for page in keeping.rows(run_id):
        for row in page:
            why = [say("%(field)s: %(why)s", field=label(field), why=said) for field, said in keeping.reasons(row)]
            values = row.data or {}
            is_understood = "people" in values or "who" in values or "with" in values
            yield [
                str(row.line), row.source_key or "", label(row.status),
                label(row.result_entity) if row.result_entity else "", str(row.result_id or ""),
                described(values) if is_understood else "", together(*why) if why else "",
            ]  # fmt: skip
