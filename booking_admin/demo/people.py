"""The customers of a demo business: who they are follows from the seed and a number, so only their ids are kept."""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from booking_admin.demo import names
from booking_admin.demo.chance import Chance, Lot, Weighted
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
        self.sources = Weighted(business.sources)
        self.every_company = round(1 / business.companies) if business.companies else 0
        self.ids = array("q")
        self.person = lru_cache(maxsize=4_096)(self._person)

    def at(self, number: int) -> datetime:
        """When this customer first came."""
        half = self.size / 2
        if number < half:
            return self.since - BEFORE * (1 - number / half)
        return self.since + (self.until - self.since) * ((number - half) / half)

    def pick(self, rng: Chance, by: datetime, without: set[int]) -> int:
        """The number of somebody who was a customer by then and is not among those taken."""
        share = (by - self.since) / (self.until - self.since)
        there = max(8, int(self.size / 2 * (1 + min(max(share, 0.0), 1.0))))
        number = rng.randrange(0, min(there, self.size))
        while number in without:
            number = (number + 1) % self.size
        without.add(number)
        return number

    def add(self, batch: Batch, number: int) -> None:
        """Adds the customer with this number, for which firm they act, and whether they want news."""
        who, at = self.person(number), self.at(number)
        row = batch.add(Customer, self._row(number, who, at))
        if number and self.is_company(number - 1) and not who.company:
            batch.add(CompanyContact, {
                "company_id": row + 1, "person_id": row, "role": "Office", "is_organiser": True,
                "is_billing": number % 2 == 0, "created_at": at, "updated_at": at,
            })  # fmt: skip
        if number % EVERY_CONSENT == 0 and not who.company:
            batch.add(Consent, {
                "customer_id": row, "purpose": ConsentPurpose.marketing_email, "is_given": number % 20 != 0,
                "how": ConsentHow.website, "at": at,
            })  # fmt: skip

    def is_company(self, number: int) -> bool:
        """Whether this one is a firm."""
        return self.every_company > 0 and number % self.every_company == self.every_company // 2

    @property
    def account(self) -> int:
        """The number of the firm that books most: the second, for the first may be in the scenes."""
        return self.every_company + self.every_company // 2

    def _person(self, number: int) -> Person:
        lot = Lot(self.seed, self.business.slug, "person", number)
        low, high = self.business.phones
        phone = self.business.phone.format(low + lot.below(high - low)) if lot.happens(0.85) else None
        if self.is_company(number):
            place, trade = lot.choice(names.PLACES), lot.choice(names.TRADES)
            return Person(None, None, f"{place} {trade} {lot.choice(names.FORMS)}",
                          f"office@{_plain(place)}-{_plain(trade)}{number}.example.com", phone)  # fmt: skip
        if number % EVERY_SHARED == 1 and not self.is_company(number - 1):
            # Two of one household on one address.
            other = self._person(number - 1)
            return Person(lot.choice(names.GIVEN), other.family, None, other.email, other.phone)
        given: str | None
        if number % EVERY_WHOLE == 3:
            given, family = lot.choice(names.WHOLE)
        else:
            given, family = lot.choice(names.GIVEN), lot.choice(names.FAMILY)
        local = ".".join(filter(None, (_plain(given or ""), _plain(family)))) or "guest"
        return Person(given, family, None, f"{local}{number}@example.{lot.choice(('com', 'net', 'org'))}", phone)

    def _row(self, number: int, who: Person, at: datetime) -> dict[str, Any]:
        lot = Lot(self.seed, self.business.slug, "home", number)
        city, postcode = lot.choice(names.CITIES)
        settled = lot.happens(0.6)
        values: dict[str, Any] = {
            "kind": CustomerKind.company if who.company else CustomerKind.person,
            "given_name": who.given, "family_name": who.family, "company_name": who.company,
            "email": who.email, "phone": who.phone,
            "address": f"{1 + lot.below(180)} {lot.choice(names.STREETS)}" if settled else None,
            "city": city if settled else None, "postcode": postcode if settled else None,
            "country": self.business.country if settled and not self.business.phone.startswith("+1") else None,
            "language": lot.choice(self.business.languages),
            "preferred_contact_method": ContactMethod.sms if who.phone and lot.happens(0.12) else None,
            "requirements": None, "dietary_needs": "Vegetarian" if lot.happens(0.05) else None,
            "accessibility_needs": "Step-free access" if lot.happens(0.02) else None,
            "invoice_email": f"invoices+{who.email}" if who.company else None,
            "source": lot.weighted(self.sources),
            "created_at": at, "updated_at": at,
        }  # fmt: skip
        if values["source"] is BookingSource.api:
            values["source"] = BookingSource.website
        values.update(folded(values, self.business.country))
        return values


@cache
def _plain(name: str) -> str:
    """A name as it may stand in an e-mail address: plain letters, or nothing where it has none."""
    bare = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ø", "o").replace("đ", "d"))
    return "".join(letter for letter in bare if letter in "abcdefghijklmnopqrstuvwxyz-")
