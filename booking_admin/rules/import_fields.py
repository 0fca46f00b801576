"""What a row of a file may say, by the names that a mapping uses: one table for mapping, reading and explaining."""

from __future__ import annotations

from dataclasses import dataclass

from booking_admin.rules import import_values as values
from booking_admin.rules import limits
from booking_admin.rules.import_values import Reader
from booking_admin.rules.say import Said, say
from booking_admin.rules.words import ImportKind

KEY_MAX = 100  # with the name of the source before it, as long as the column


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a row may say: its name in a mapping, what it means, and how its text is read."""

    name: str
    help: Said
    read: Reader


def _table(*fields: Field) -> dict[str, Field]:
    return {each.name: each for each in fields}


_line, _lines, _name = values.line, values.lines, values.line(limits.NAME_MAX)

_ID = Field("id", say("What the other system calls this row; by it a row is imported once."), _line(KEY_MAX))
_PERSON = (
    Field("name", say("The customer's whole name; the last word is the family name."), _line(limits.NAME_MAX)),
    Field("given_name", say("The customer's given name."), _name),
    Field("family_name", say("The customer's family name."), _name),
    Field("company", say("The company that the customer is, or is from."), _line(limits.TITLE_MAX)),
    Field("email", say("The customer's e-mail address."), values.email),
    Field("phone", say("The customer's phone number."), values.phone),
)

FIELDS: dict[ImportKind, dict[str, Field]] = {
    ImportKind.bookings: _table(
        _ID,
        Field("order", say("What rows of one booking have in common, such as an order number."), _line(KEY_MAX)),
        Field("course", say("The course, by name."), _line(limits.TITLE_MAX)),
        Field("course_code", say("The course, by its code."), _line(limits.CODE_MAX)),
        Field("starts", say("When the session begins."), values.when),
        Field("start_time", say("The time, where “starts” is a day alone."), values.time_of_day),
        Field("ends", say("When the session ends; without it the course's duration counts."), values.when),
        Field("end_time", say("The time at which it ends, on the day on which it begins."), values.time_of_day),
        Field("status", say("What became of the booking; without it confirmed."), values.status),
        Field("ordered", say("When it was booked; without it the moment of the import."), values.when),
        *_PERSON,
        Field("attendee_name", say("Who comes, where that is not the customer."), _line(limits.NAME_MAX)),
        Field("attendee_given_name", say("The given name of who comes."), _name),
        Field("attendee_family_name", say("The family name of who comes."), _name),
        Field("attendee_email", say("The e-mail address of who comes."), values.email),
        Field("attendee_phone", say("The phone number of who comes."), values.phone),
        Field("position", say("The order of the people of one booking."), _line(20)),
        Field("fare", say("The fare of who comes, by its code; without it the first."), values.fare),
        Field("adults", say("How many adults, where a row is a whole party."), values.number),
        Field("children", say("How many children."), values.number),
        Field("infants", say("How many infants."), values.number),
        Field("amount", say("What the row costs, with tax."), values.amount),
        Field("paid", say("What was paid of it: an amount, or yes or no."), values.paid),
        Field("refunded", say("What of that went back."), values.amount),
        Field("currency", say("The currency; it must be the business's own."), values.currency),
        Field("method", say("How it was paid."), values.method),
        Field("requirements", say("What the customer asked for."), _lines(limits.TEXT_MAX)),
        Field("dietary_needs", say("What the customer can't eat."), _lines(limits.TEXT_MAX)),
        Field("accessibility_needs", say("What makes coming possible."), _lines(limits.TEXT_MAX)),
        Field("notes", say("Notes for staff."), _lines(limits.TEXT_MAX)),
        Field("cancel_reason", say("Why it was cancelled."), _line(limits.REASON_MAX)),
        Field("referral", say("Where the customer heard of it."), _line(limits.REFERRAL_MAX)),
    ),
    ImportKind.customers: _table(
        _ID,
        *_PERSON,
        Field("address", say("Street and number."), _line(limits.ADDRESS_MAX)),
        Field("city", say("Town or city."), _line(limits.CITY_MAX)),
        Field("region", say("State, county or region."), _line(limits.REGION_MAX)),
        Field("postcode", say("Postcode."), _line(limits.POSTCODE_MAX)),
        Field("country", say("The country, by two letters."), values.country),
        Field("requirements", say("What the customer always asks for."), _lines(limits.TEXT_MAX)),
        Field("dietary_needs", say("What the customer can't eat."), _lines(limits.TEXT_MAX)),
        Field("accessibility_needs", say("What makes coming possible."), _lines(limits.TEXT_MAX)),
        Field("vat_number", say("The VAT number of a company."), _line(limits.VAT_NUMBER_MAX)),
        Field("invoice_email", say("Where invoices go."), values.email),
        Field("since", say("Since when somebody is a customer; without it the moment of the import."), values.when),
    ),
}
