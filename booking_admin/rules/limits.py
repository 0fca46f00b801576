"""Lengths, bounds and patterns, read by tables, pages and programs alike."""

from __future__ import annotations

# --- text, in characters ----------------------------------------------------------------------------------------------

NAME_MIN = 2
NAME_MAX = 100
TITLE_MAX = 150  # courses, venues, companies, mailings
LABEL_MAX = 40  # tags and tiers
ROOM_MAX = 80
ROLE_MAX = 60
CODE_MAX = 20  # courses and fares
FARE_NAME_MAX = 60
PROMOTION_CODE_MAX = 40
CATEGORY_MAX = 60
SUMMARY_MAX = 300
EMAIL_MAX = 254
PHONE_MAX = 32
PHONE_FOLDED_MAX = 20
ADDRESS_MAX = 200
CITY_MAX = 80
REGION_MAX = 80
POSTCODE_MAX = 12
VAT_NUMBER_MAX = 20
ZONE_MAX = 64
LANGUAGE_MAX = 5
TEXT_MAX = 5_000
NOTE_MAX = 5_000
DESCRIPTION_MAX = 20_000
BODY_MAX = 100_000
REASON_MAX = 500
SHORT_NOTE_MAX = 300
REFERRAL_MAX = 60
PO_NUMBER_MAX = 60
PRICE_LABEL_MAX = 120
REFERENCE_MAX = 24
ATTENDEE_CODE_MAX = 16
ONCE_MAX = 160
SUBJECT_MAX = 255
URL_MAX = 500
IP_MAX = 45
AGENT_MAX = 300
FOLDED_NAME_MAX = 150
CUSTOMER_SEARCH_MAX = 600
ATTENDEE_SEARCH_MAX = 400
IDEMPOTENCY_KEY_MAX = 120
PASSWORD_MIN = 10
PASSWORD_MAX = 200  # a longer one only costs the server time

# --- numbers, (lowest, highest) --------------------------------------------------------------------------------------

AMOUNT_MAX = 100_000_000_000  # a thousand million pounds: beyond it somebody leant on a key
BP = (0, 10_000)
CAPACITY = (1, 10_000)
SLOT_CAPACITY = (0, 10_000)
DURATION_MINUTES = (5, 60_000)
SETUP_MINUTES = (0, 1_440)
EQUIPMENT = (0, 100_000)  # of one kind
NEEDED = (1, 10_000)  # of it, for a session or a seat
REMINDER_DAYS = (0, 365)
TIMES_PER_DATE = (1, 96)
PRIORITY = (0, 2)  # high, normal, low
RATING = (1, 5)
PARTY_MAX = 500  # of one fare; the tenant's own limit is lower
WANTED_DATES_MAX = 20

# --- patterns, for the whole text ------------------------------------------------------------------------------------

SLUG_MAX = 40
SLUG_PATTERN = r"^[a-z][a-z0-9-]+$"
RESERVED_SLUGS = frozenset(
    {"account", "admin", "api", "forgotten", "health", "invite", "login", "logout", "metrics", "reset", "static"}
)
PREFIX_PATTERN = r"^[A-Z]{2,6}$"
COLOUR_PATTERN = r"^#[0-9a-fA-F]{6}$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
LANGUAGE_PATTERN = r"^[a-z]{2}(_[A-Z]{2})?$"
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
FARE_CODE_PATTERN = r"^[a-z][a-z0-9_]*$"
TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

# --- at the door ------------------------------------------------------------------------------------------------------

# Wrong passwords: so few that nobody guesses one, so many that a tired person gets in.
GUESS_MINUTES = 15
GUESSES_PER_ACCOUNT = 5
GUESSES_PER_ADDRESS = 20  # an office behind one address
# Links to a new password: each is a mail to somebody who may not have asked.
RESET_MINUTES = 60
RESETS_PER_ACCOUNT = 3
RESETS_PER_ADDRESS = 10
SESSION_HOURS = 12  # the age at which no cookie is read any more
SESSIONS_ENDED = 50  # signed out within that time and remembered one by one
