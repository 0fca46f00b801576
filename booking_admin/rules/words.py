"""The short words that columns keep, and what people read for them; names and values of the members agree.

Written as calls, one line each: it is a table, and "import" cannot stand as a name in a class body.
"""

from __future__ import annotations

from enum import StrEnum

from booking_admin.rules.say import Said, say

# What a business sells, and who comes.
Trade = StrEnum("Trade", "course tour service")
CustomerKind = StrEnum("CustomerKind", "person company")
ContactMethod = StrEnum("ContactMethod", "email sms phone")
BookingSource = StrEnum("BookingSource", "website phone email walk_in manual waitlist api import")
ConsentPurpose = StrEnum("ConsentPurpose", "marketing_email marketing_sms open_tracking terms privacy")
ConsentHow = StrEnum("ConsentHow", "desk website portal import unsubscribe erasure")
AccountEventKind = StrEnum(
    "AccountEventKind",
    "signed_in wrong_password wrong_code locked unknown signed_out password_changed reset_asked "
    "factor_on factor_off owner_given owner_taken",
)

# The catalogue and the diary.
CertificateRule = StrEnum("CertificateRule", "none share all_meetings passed")
PromotionKind = StrEnum("PromotionKind", "code early_bird special")
ResourcePer = StrEnum("ResourcePer", "session seat")
MonthEnd = StrEnum("MonthEnd", "skip last")  # what a pattern on the 31st does in a short month
ClockChange = StrEnum("ClockChange", "gap overlap shift")  # why a wall time is not the instant that one expects
RefundRule = StrEnum("RefundRule", "policy all")  # what is given back where the house calls a session off
BlackoutKind = StrEnum("BlackoutKind", "holiday maintenance weather custom")
TemplateKind = StrEnum("TemplateKind", "draft template")
# How a session stands in a calendar: its status and, while it is on sale, how much of it is sold.
Standing = StrEnum("Standing", "free filling full draft completed cancelled")

# Bookings and money.
PriceKind = StrEnum("PriceKind", "fare early_bird code special custom_discount tax fee adjustment")
PaymentKind = StrEnum("PaymentKind", "payment refund")
PaymentMethod = StrEnum("PaymentMethod", "card bank cash terminal invoice voucher other")
AttendanceStatus = StrEnum("AttendanceStatus", "expected checked_in present absent")  # no row means expected
AttendanceVia = StrEnum("AttendanceVia", "list qr search import")
Result = StrEnum("Result", "passed failed")
GroupStatus = StrEnum("GroupStatus", "active cancelled")
GroupBills = StrEnum("GroupBills", "together each")
InvoiceKind = StrEnum("InvoiceKind", "invoice credit_note receipt")
InvoiceStatus = StrEnum("InvoiceStatus", "draft issued cancelled")
CounterName = StrEnum("CounterName", "invoice credit_note receipt certificate")
CertificateStatus = StrEnum("CertificateStatus", "valid replaced revoked")  # expired is read off the date

# What is told to people.
MessageChannel = StrEnum("MessageChannel", "email sms phone")  # phone is a call that staff wrote down
TemplateChannel = StrEnum("TemplateChannel", "email sms pdf")
MailingStatus = StrEnum("MailingStatus", "draft running paused done aborted")
MailingPurpose = StrEnum("MailingPurpose", "booking marketing")

# The house's own work, and other houses.
ImportKind = StrEnum("ImportKind", "bookings customers sessions certificates bank")
ImportStatus = StrEnum("ImportStatus", "checked running done failed undone")
ImportDeed = StrEnum("ImportDeed", "check run undo")  # what is asked for of one, and done in the background
ImportRowStatus = StrEnum("ImportRowStatus", "ready bad skipped done undone proposed matched")
SavedViewKind = StrEnum("SavedViewKind", "list segment report dashboard mapping")
SendFormat = StrEnum("SendFormat", "csv xlsx pdf")
FilePurpose = StrEnum("FilePurpose", "logo image course_info upload export document")
FeedScope = StrEnum("FeedScope", "tenant course venue instructor user customer")
DeliveryStatus = StrEnum("DeliveryStatus", "queued sending sent failed aborted")
CalendarLinkStatus = StrEnum("CalendarLinkStatus", "queued synced withdrawn failed")

# Days as people ask for them in lists; they move on with the date.
Period = StrEnum(
    "Period", "today tomorrow this_week next_7_days next_30_days last_7_days last_30_days this_month last_month"
)

OCCURRENCES = {
    Trade.course: (say("Session"), say("Sessions")),
    Trade.tour: (say("Departure"), say("Departures")),
    Trade.service: (say("Appointment"), say("Appointments")),
}
# What is sold, and as a choice among the three, where no trade exchanges it for its own.
OFFERS = {
    Trade.course: (say("Course"), say("Courses")),
    Trade.tour: (say("Tour"), say("Tours")),
    Trade.service: (say("Service"), say("Services")),
}
TRADES = {Trade.course: say("Training"), Trade.tour: say("Tour"), Trade.service: say("Service")}
_LABELS = {
    "no_show": "No-show", "walk_in": "Walk-in", "api": "API", "sms": "Text message", "email": "E-mail",
    "manual": "Desk", "cli": "Command line", "tenant": "Business", "membership": "Access", "slot": "Session",
}  # fmt: skip
_OTHER_SOURCES = {"direct": "manual", "walkin": "walk_in"}


def word(trade: Trade, many: bool = False) -> Said:
    """What a slot is called on screen: Session, Departure or Appointment, in one or in many."""
    return OCCURRENCES[Trade(trade)][1 if many else 0]


def label(member: str) -> Said:
    """A member as people read it: no_show is No-show, to_settle is To settle."""
    if isinstance(member, Trade):
        return TRADES[member]
    return Said(_LABELS.get(str(member)) or str(member).replace("_", " ").capitalize())


def column_name(name: str) -> Said:
    """A column as people read it, without the ending that says its type: price_cents is Price."""
    for ending in ("_id", "_cents", "_bp", "_at", "_on"):
        name = name.removesuffix(ending)
    if name.endswith("slot"):  # the house's word; people read session, or what their trade says for it
        name = name.removesuffix("slot") + "session"
    return Said(name.replace("_", " ").capitalize())


def booking_source(text: str) -> BookingSource:
    """Reads a source; "direct" means manual, "walk-in" means walk_in. Raises ValueError with a sentence."""
    name = text.strip().lower().replace("-", "_").replace(" ", "_")
    try:
        return BookingSource(_OTHER_SOURCES.get(name, name))
    except ValueError:
        raise ValueError(
            say("“%(text)s” is no source. Choose one of %(known)s.", text=text, known=list(map(str, BookingSource)))
        ) from None
