"""The customers of a demo business: who they are follows from the seed and a number, so only their ids are kept."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from booking_admin.demo import names
from booking_admin.demo.shapes import Business
from booking_admin.models import CompanyContact, Consent, Customer
from booking_admin.models.customer import folded
from booking_admin.rules.words import BookingSource, ConsentHow, ConsentPurpose, ContactMethod, CustomerKind
from booking_admin.services.bulk import Batch

BEFORE = timedelta(days=400)  # half of the customers are older than the first booking, by up to so much
EVERY_SHARED, EVERY_WHOLE, EVERY_CONSENT = 37, 53, 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by number."""

    given: str | None
    family: str | None
    company: str | None
    email: str
    phone: str | None

    @property
    def name(self) -> str:
        return self.company or " ".join(filter(None, (self.given, self.family)))


class Crowd:
    """All customers of a business, growing in number over the time that the bookings span."""

    def __init__(self, business: Business, seed: int, size: int, since: datetime, until: datetime) -> None:
        self.business, self.seed, self.size = business, seed, size
        self.since, self.until = since, until
        self.ids = array("q")
        self.person = lru_cache(maxsize=4_096)(self._person)

    def at(self, number: int) -> datetime:
        """When this customer first came."""
        half = self.size / 2
        if number < half:
            return self.since - BEFORE * (1 - number / half)
        return self.since + (self.until - self.since) * ((number - half) / half)

    def pick(self, rng: Random, by: datetime, without: set[int]) -> int:
        """The number of somebody who was a customer by then and is not among those taken."""
        share = (by - self.since) / (self.until - self.since)
        there = max(8, int(self.size / 2 * (1 + min(max(share, 0.0), 1.0))))
        number = rng.randrange(min(there, self.size))
        while number in without:
            number = (number + 1) % self.size
        without.add(number)
        return number

    def add(self, batch: Batch, numbers: Iterable[int]) -> None:
        """Adds the customers with these numbers, the people who act for the firms, and some who want news."""
        for number in numbers:
            who, at = self.person(number), self.at(number)
            row = batch.add(Customer, self._row(number, who, at))
            if number and self.is_company(number - 1) and not who.company:
                firm = row + 1 if row < -1 else self.ids[number - 1]
                batch.add(CompanyContact, {
                    "company_id": firm, "person_id": row, "role": "Office", "is_organiser": True,
                    "is_billing": number % 2 == 0, "created_at": at, "updated_at": at,
                })  # fmt: skip
            if number % EVERY_CONSENT == 0 and not who.company:
                batch.add(Consent, {
                    "customer_id": row, "purpose": ConsentPurpose.marketing_email, "is_given": number % 20 != 0,
                    "how": ConsentHow.website, "at": at,
                })  # fmt: skip

    def is_company(self, number: int) -> bool:
        """Whether this one is a firm."""
        every = round(1 / self.business.companies) if self.business.companies else 0
        return bool(every) and number % every == every // 2

    def _person(self, number: int) -> Person:
        rng = Random(f"{self.seed}/{self.business.slug}/person/{number}")  # noqa: S311 (the same people for a seed)
        low, high = self.business.phones
        phone = self.business.phone.format(rng.randrange(low, high)) if rng.random() < 0.85 else None
        if self.is_company(number):
            place, trade = rng.choice(names.PLACES), rng.choice(names.TRADES)
            return Person(None, None, f"{place} {trade} {rng.choice(names.FORMS)}",
                          f"office@{_plain(place)}-{_plain(trade)}{number}.example.com", phone)  # fmt: skip
        if number % EVERY_SHARED == 1 and not self.is_company(number - 1):
            # Two of one household on one address.
            other = self._person(number - 1)
            return Person(rng.choice(names.GIVEN), other.family, None, other.email, other.phone)
        given: str | None
        if number % EVERY_WHOLE == 3:
            given, family = rng.choice(names.WHOLE)
        else:
            given, family = rng.choice(names.GIVEN), rng.choice(names.FAMILY)
        local = ".".join(filter(None, (_plain(given or ""), _plain(family)))) or "guest"
        return Person(given, family, None, f"{local}{number}@example.{rng.choice(('com', 'net', 'org'))}", phone)

    def _row(self, number: int, who: Person, at: datetime) -> dict[str, Any]:
        rng = Random(f"{self.seed}/{self.business.slug}/home/{number}")  # noqa: S311 (as above)
        city, postcode = rng.choice(names.CITIES)
        settled = rng.random() < 0.6
        values: dict[str, Any] = {
            "kind": CustomerKind.company if who.company else CustomerKind.person,
            "given_name": who.given, "family_name": who.family, "company_name": who.company,
            "email": who.email, "phone": who.phone,
            "address": f"{rng.randrange(1, 180)} {rng.choice(names.STREETS)}" if settled else None,
            "city": city if settled else None, "postcode": postcode if settled else None,
            "country": self.business.country if settled and not self.business.phone.startswith("+1") else None,
            "language": rng.choice(self.business.languages),
            "preferred_contact_method": ContactMethod.sms if who.phone and rng.random() < 0.12 else None,
            "requirements": None, "dietary_needs": "Vegetarian" if rng.random() < 0.05 else None,
            "accessibility_needs": "Step-free access" if rng.random() < 0.02 else None,
            "invoice_email": f"invoices+{who.email}" if who.company else None,
            "source": rng.choices(
                [source for source, _ in self.business.sources], [weight for _, weight in self.business.sources]
            )[0],
            "created_at": at, "updated_at": at,
        }  # fmt: skip
        if values["source"] is BookingSource.api:
            values["source"] = BookingSource.website
        values.update(folded(values, self.business.country))
        return values


def _plain(name: str) -> str:
    """A name as it may stand in an e-mail address: plain letters, or nothing where it has none."""
    bare = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ø", "o").replace("đ", "d"))
    return "".join(letter for letter in bare if letter in "abcdefghijklmnopqrstuvwxyz-")
