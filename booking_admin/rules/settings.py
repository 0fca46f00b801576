"""A tenant's settings: each named, typed, bounded, with its default; the screen is drawn from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from typing import Any

from booking_admin.rules.say import Said, say
from booking_admin.rules.setting_kinds import Kind, plain, row
from booking_admin.rules.setting_kinds import Setting as Setting  # noqa: PLC0414 (asked for under this name)

SettleAs = StrEnum("SettleAs", "to_settle no_show")
N, SHARE, DAYS = Kind.number, Kind.share, Kind.days
BP = (0, 10_000)

BOOKING, QUEUE, PRICES, MONEY = "Booking", "Waitlist", "Prices", "Payment and cancelling"
ROSTER, REMIND, PAPERS, RIGHTS = "Attendance", "Reminders and follow-up", "Certificates and invoices", "Instructors"
DIARY, MAIL, PEOPLE, PRIVACY = "Diary", "Mail and text messages", "Customers", "Privacy and sign-in"


def switch(default: bool, group: str, label: str, help: str) -> Any:  # noqa: A002 (what a screen calls it)
    """A setting that is on or off."""
    return row(Kind.switch, default, group, label, help)


def words(kind: Kind, longest: int, group: str, label: str, help: str) -> Any:  # noqa: A002 (as above)
    """A setting of words that may be left empty."""
    return row(kind, None, group, label, help, within=(0, longest))


# fmt: off
@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one tenant, read-only; shares (tax, deposit, discounts) are in hundredths of a percent."""

    booking_advance_days: int = row(N, 90, BOOKING, "Bookable ahead",
        "How long before its start a session opens for booking, unless it has an opening of its own.",
        within=(1, 730), unit="days")
    booking_cutoff_hours: int = row(N, 24, BOOKING, "Booking closes",
        "How long before its start a session closes for booking; staff may still book with a reason.",
        within=(0, 720), unit="hours")
    min_booking_size: int = row(N, 1, BOOKING, "Smallest party", "The fewest people of one booking.",
        within=(1, 50), unit="people")
    max_booking_size: int = row(N, 50, BOOKING, "Largest party", "The most people of one booking.",
        within=(1, 500), unit="people")
    auto_confirm: bool = switch(False, BOOKING, "Confirm at once",
        "New bookings are confirmed without anybody looking at them.")
    hold_minutes: int = row(N, 30, BOOKING, "Unpaid bookings wait",
        "How long a booking from the website keeps its seats without being paid.", within=(5, 1440), unit="minutes")

    allow_waitlist: bool = switch(True, QUEUE, "Waitlist", "People may wait for a full session.")
    waitlist_auto_process: bool = switch(True, QUEUE, "Offer by itself",
        "A seat that becomes free is offered to the next party that fits; otherwise staff press Offer.")
    waitlist_notification_expiry_hours: int = row(N, 24, QUEUE, "Offers last",
        "How long seats are held for a party that was offered them.", within=(1, 168), unit="hours")
    waitlist_delay_hours: int = row(N, 0, QUEUE, "Wait before telling",
        "How long after seats are held for a party it hears of them.", within=(0, 72), unit="hours")

    default_child_discount: int = row(SHARE, 3000, PRICES, "Children pay less by",
        "What a child's fare leaves off the price, unless the fare has a share of its own.", within=BP, unit="%")
    tax_rate: int = row(SHARE, 1000, PRICES, "Tax", "The tax on what is left after discounts.", within=BP, unit="%")
    tax_inclusive: bool = switch(False, PRICES, "Prices include tax", "The tax is inside the prices, not on top.")
    allow_stacking: bool = switch(False, PRICES, "Discounts add up",
        "Discounts that may be joined count together; otherwise the best single one counts.")
    infant_max_age: int = row(N, 2, PRICES, "Infants up to", "The age shown beside the infant's fare.",
        within=(0, 5), unit="years")
    child_max_age: int = row(N, 12, PRICES, "Children up to", "The age shown beside the child's fare.",
        within=(3, 17), unit="years")

    default_deposit: int = row(SHARE, 3000, MONEY, "Deposit",
        "The share of the price that is due at once; with 0 or 100 all of it is.", within=BP, unit="%")
    balance_due_days: int = row(N, 14, MONEY, "Balance due",
        "How long before the start the rest of the price is due.", within=(0, 180), unit="days")
    cancel_overdue: bool = switch(False, MONEY, "Cancel when overdue",
        "A booking whose balance was not paid in time is cancelled by itself.")
    refund_steps: tuple[tuple[int, int], ...] = row(Kind.steps, ((14, 10000), (3, 5000), (0, 0)), MONEY,
        "Given back", "How much of the price is proposed to be given back, by days before the start.", within=(0, 365))
    customer_cancel_hours: int = row(N, 24, MONEY, "Customers may cancel",
        "Until how long before the start customers cancel by themselves.", within=(0, 720), unit="hours")
    customer_move_hours: int = row(N, 24, MONEY, "Customers may move",
        "Until how long before the start customers move their booking by themselves.", within=(0, 720), unit="hours")

    settle_as: SettleAs = row(  # noqa: RUF009 (a field, whatever ruff thinks of the type)
        Kind.choice, SettleAs.to_settle, ROSTER, "Not ticked in",
        "What becomes of a confirmed booking that nobody ticked in: staff decide, or a no-show.",
        choices=tuple(SettleAs))
    no_show_minutes: int = row(N, 0, ROSTER, "No-show from",
        "How long before the start a booking may be marked as a no-show.", within=(0, 240), unit="minutes")
    correct_minutes: int = row(N, 10, ROSTER, "Staff may correct",
        "How long staff may put a wrong status right; admins always may.", within=(0, 1440), unit="minutes")

    send_reminders: bool = switch(True, REMIND, "Reminders", "Confirmed bookings are reminded of their session.")
    reminder_days: tuple[int, ...] = row(DAYS, (7, 1), REMIND, "Remind days before",
        "On which days before the start a reminder goes out.", within=(0, 365), unit="days")
    reminder_hours: int = row(N, 2, REMIND, "Remind hours before",
        "A last reminder so long before the start; 0 sends none.", within=(0, 12), unit="hours")
    reminder_invite: bool = switch(True, REMIND, "Calendar entry", "Reminders carry an entry for the calendar.")
    followup: bool = switch(True, REMIND, "Follow-up", "Those who came are thanked afterwards.")
    followup_days: int = row(N, 1, REMIND, "Follow up after",
        "How long after the end the follow-up goes out.", within=(0, 60), unit="days")
    followup_survey: bool = switch(True, REMIND, "Ask how it was", "The follow-up asks for a rating.")
    followup_certificate: bool = switch(True, REMIND, "Attach certificate", "The follow-up carries the certificate.")
    renewal_days: tuple[int, ...] = row(DAYS, (90, 30, 7), REMIND, "Renewal days before",
        "On which days before a certificate expires its holder is told.", within=(0, 730), unit="days")

    dunning_days: tuple[int, ...] = row(DAYS, (7, 14, 28), PAPERS, "Dunning days after",
        "On which days after its due date an unpaid invoice is asked for.", within=(0, 365), unit="days")
    invoice_days: int = row(N, 14, PAPERS, "Invoices due after",
        "How long after its date an invoice is due.", within=(0, 120), unit="days")
    certificate_pattern: str = row(Kind.pattern, "{prefix}-{year}-{number:05}", PAPERS,
        "Certificate numbers", "How the number of a certificate is written.", within=(0, 40))
    invoice_pattern: str = row(Kind.pattern, "{prefix}-{year}-{number:05}", PAPERS,
        "Invoice numbers", "How the number of an invoice is written.", within=(0, 40))

    instructors_certify: bool = switch(False, RIGHTS, "Give certificates",
        "Instructors give out certificates for their own sessions.")
    instructors_message: bool = switch(False, RIGHTS, "Write to attendees",
        "Instructors send updates and reminders for their own sessions.")

    horizon_days: int = row(N, 180, DIARY, "Sessions made ahead",
        "How far ahead a schedule makes its sessions.", within=(7, 730), unit="days")
    decide_days: int = row(N, 7, DIARY, "Go or no-go",
        "How long before its start it is decided whether a session with too few people takes place.",
        within=(0, 90), unit="days")
    first_weekday: int = row(Kind.weekday, 0, DIARY, "First day of the week",
        "On which day weeks begin.", within=(0, 6))
    calendar_from: time = row(  # noqa: RUF009 (as above)
        Kind.time, time(8), DIARY, "Calendar from", "When the calendar's day begins.")
    calendar_to: time = row(  # noqa: RUF009 (as above)
        Kind.time, time(20), DIARY, "Calendar to", "When the calendar's day ends.")

    mail_from_name: str | None = words(Kind.line, 100, MAIL, "Sender's name",
        "The name on mails; without it the name of the business.")
    reply_to: str | None = words(Kind.email, 254, MAIL, "Replies to",
        "Where answers to mails go; without it the e-mail address of the business.")
    sms_sender: str | None = words(Kind.line, 32, MAIL, "Text message sender", "The name or number on text messages.")
    staff_alert_to: str | None = words(Kind.email, 254, MAIL, "Alerts to",
        "Who is told of what needs a hand; without it the e-mail address of the business.")
    track_opens: bool = switch(False, MAIL, "Count opened mails",
        "Mails tell when they are opened, where the reader agreed.")

    referral_sources: tuple[str, ...] = row(Kind.lines,
        ("google", "facebook", "word-of-mouth", "returning", "other"), PEOPLE, "Heard of us through",
        "What is proposed when somebody is asked how they heard of you.", within=(0, 60))
    loyalty_tiers: tuple[tuple[str, int, int], ...] = row(Kind.tiers, (), PEOPLE, "Loyalty tiers",
        "Each with a name, and the visits or the amount spent from which a customer has it.")

    retention_months: int = row(N, 0, PRIVACY, "Keep customers",
        "How long after their last booking people are kept; 0 keeps them.", within=(0, 120), unit="months")
    session_idle_minutes: int = row(N, 60, PRIVACY, "Sign out after",
        "How long somebody may be idle before having to sign in again.", within=(5, 720), unit="minutes")
    terms_text: str | None = words(Kind.text, 5000, PRIVACY, "Terms", "What customers agree to when they book.")
    privacy_text: str | None = words(Kind.text, 5000, PRIVACY, "Privacy", "What customers are told about their data.")
# fmt: on


SETTINGS: dict[str, Setting] = {
    each.name: Setting(name=each.name, default=each.default, **each.metadata) for each in fields(Settings)
}
# What nothing in the house keeps to yet, by the part of it that will: bounded and kept, but no page offers it.
WAITING: dict[str, tuple[str, ...]] = {
    "bookings from the website": ("hold_minutes", "customer_cancel_hours", "customer_move_hours", "terms_text",
                                  "privacy_text"),
    "reminders": ("send_reminders", "reminder_days", "reminder_hours", "reminder_invite"),
    "follow-up": ("followup", "followup_days", "followup_survey", "followup_certificate", "track_opens"),
    "certificates": ("renewal_days", "certificate_pattern", "instructors_certify"),
    "invoices": ("cancel_overdue", "dunning_days", "invoice_days", "invoice_pattern"),
    "messages by instructors": ("instructors_message",),
    "loyalty": ("loyalty_tiers",),
    "erasure": ("retention_months",),
}  # fmt: skip
_waiting = frozenset(name for names in WAITING.values() for name in names)
SHOWN: dict[str, Setting] = {name: each for name, each in SETTINGS.items() if name not in _waiting}
_defaults = Settings()


def defaults() -> Settings:
    """What holds for a tenant that changed nothing: the table's defaults, or the environment's."""
    return _defaults


def use_defaults(said: Mapping[str, str]) -> None:
    """Takes the environment's defaults, by setting, as text; a share is a fraction there, 0.10 for 10 %.

    Called once for an app. Raises ValueError with a sentence that names the variable, the value and what is allowed.
    """
    global _defaults  # noqa: PLW0603 (one installation has one environment)
    changed: dict[str, Any] = {name: SETTINGS[name].said(text) for name, text in said.items()}
    wanted = replace(Settings(), **changed)
    for name, sentence in problems(wanted).items():
        raise ValueError(f"{name.upper()} is “{said.get(name, getattr(wanted, name))}”. {sentence}")
    _defaults = wanted


def check(name: str, value: Any) -> Any:
    """A setting's value, from its JSON if need be, as the program uses it; raises ValueError with a sentence."""
    return SETTINGS[name].check(value)


def problems(settings: Settings) -> dict[str, Said]:
    """What does not fit together, a sentence by setting; each by itself may well be right."""
    found = {}
    if settings.min_booking_size > settings.max_booking_size:
        found["min_booking_size"] = say("The smallest party cannot be larger than the largest.")
    if settings.infant_max_age >= settings.child_max_age:
        found["infant_max_age"] = say("Infants must be younger than children.")
    if settings.calendar_from >= settings.calendar_to:
        found["calendar_from"] = say("The calendar's day must begin before it ends.")
    return found


def read(stored: Mapping[str, Any]) -> Settings:
    """A tenant's settings: what is stored, over the defaults.

    A name that is gone, or a value that a later bound forbids, counts as not stored: it must not lock a tenant out.
    """
    known: dict[str, Any] = {}
    for name, value in stored.items():
        if name in SETTINGS:
            try:
                known[name] = check(name, value)
            except ValueError:
                continue
    return replace(_defaults, **known)


def to_store(settings: Settings) -> dict[str, Any]:
    """What of a tenant's settings differs from the defaults, as JSON keeps it."""
    return {name: plain(value) for name in SETTINGS if (value := getattr(settings, name)) != getattr(_defaults, name)}
