"""Bristol Gas Training: courses of one to five days in two workshops, sold to people and to firms."""

from __future__ import annotations

from booking_admin.demo.bristol_courses import COURSES
from booking_admin.demo.shapes import (
    FRI,
    MON,
    SAT,
    THU,
    TUE,
    WED,
    Business,
    Closed,
    Deal,
    FareSheet,
    Leader,
    Place,
    Rhythm,
    Scene,
    Spot,
)
from booking_admin.rules.states import SlotStatus
from booking_admin.rules.words import BlackoutKind, BookingSource, PromotionKind, Trade

DOCKS, FILTON = "Bristol Docks Training Centre", "Filton Heat Pump Workshop"
HELEN, MARCUS, PRIYA, GARETH, AOIFE = (
    "Helen Marsh", "Marcus Oyelaran", "Priya Raghunathan", "Gareth Llewellyn-Price", "Aoife Ní Bhriain",
)  # fmt: skip

PLACES = (
    Place(
        DOCKS, "14 Cumberland Basin Road", "Bristol", "BS1 6XL",
        "Ten minutes on foot from Temple Meads along the harbour. Parking behind the building, entrance B; the gate "
        "opens at 8:15. Reception is on the first floor, with a lift.",
        rooms=(("Gas Workshop", 10), ("Classroom 1", 14), ("Classroom 2", 12), ("Lecture Room", 40)),
    ),
    Place(
        FILTON, "Unit 7, Filton Trade Park", "Bristol", "BS34 7QS",
        "Bus 76 stops at the gate. Free parking on the left of the yard. Bring steel-capped boots for the workshop.",
        rooms=(("Plant Hall", 8), ("Seminar Room", 12)),
    ),
)  # fmt: skip

LEADERS = (
    Leader(HELEN, "Gas assessor", "instructor@bristol-gas-training.test", "+44 7700 900101",
           "Twenty years on the tools in Bristol and Bath, ten of them as an assessor.",
           ("CCN1", "CCN1-R", "LPG", "LANDLORD", "G3")),
    Leader(MARCUS, "Heat pump trainer", "marcus@bristol-gas-training.test", "+44 7700 900102",
           "Designs low-temperature systems; has commissioned more than 400 heat pumps.",
           ("ASHP", "LTHD", "HP-EVE", "G3")),
    Leader(PRIYA, "Refrigeration assessor", "priya@bristol-gas-training.test", "+44 7700 900103",
           "Refrigeration engineer and F-Gas assessor.", ("FGAS", "ASHP", "LTHD")),
    Leader(GARETH, "Water and plumbing trainer", "gareth@bristol-gas-training.test", "+44 7700 900104",
           "Teaches hot water, legionella control and everything that drips.", ("G3", "LEG", "LANDLORD", "CCN1")),
    Leader(AOIFE, "Freelance assessor", "aoife@bristol-gas-training.test", "+44 7700 900105",
           "Freelance gas assessor; covers for colleagues on short notice.", ("CCN1", "CCN1-R", "LPG", "LEG", "G3")),
)  # fmt: skip

FARES = (
    FareSheet("adult", "Adult"),
    FareSheet("apprentice", "Apprentice", share_bp=6_000),
    FareSheet("child", "Child", min_age=3, max_age=12),
    FareSheet("infant", "Infant", takes_seat=False, max_age=2),
)

DEALS = (
    Deal("Spring offer", PromotionKind.code, percent_bp=1_000, code="SPRING10", share=0.08),
    Deal("Early bird, heat pumps", PromotionKind.early_bird, percent_bp=500, course="ASHP", days_before=30),
    Deal("Team of four", PromotionKind.code, amount_cents=12_000, code="TEAM4", min_party=4),
)

CLOSED = (
    Closed("Boiler flues are serviced", BlackoutKind.maintenance, 33, 34, place=DOCKS),
    Closed("Marcus on leave", BlackoutKind.custom, 47, 51, leader=MARCUS),
)

RHYTHMS = (
    Rhythm("ASHP", (MON,), ("09:00",), Spot(FILTON, "Plant Hall", MARCUS, PRIYA), "Heat pumps, weekly"),
    Rhythm("CCN1-R", (MON,), ("08:45",), Spot(DOCKS, "Gas Workshop", AOIFE, HELEN), "Gas reassessment, Mondays"),
    Rhythm("CCN1-R", (SAT,), ("09:00",), Spot(DOCKS, "Gas Workshop", GARETH), "Gas reassessment, weekends"),
    Rhythm("LPG", (WED,), ("09:00",), Spot(DOCKS, "Gas Workshop", AOIFE), fill=0.8),
    Rhythm("G3", (THU,), ("09:00",), Spot(DOCKS, "Classroom 1", GARETH), "Hot water Thursdays"),
    Rhythm("LTHD", (FRI,), ("09:30",), Spot(FILTON, "Seminar Room", PRIYA, MARCUS), "System design Fridays"),
    Rhythm("LEG", (TUE,), ("13:00",), Spot(DOCKS, "Classroom 1", GARETH), "Legionella, Tuesday afternoons"),
    Rhythm("LANDLORD", (FRI,), ("13:30",), Spot(DOCKS, "Classroom 2", HELEN), fill=0.8),
)

QUIET = Spot(DOCKS, "Classroom 2", AOIFE)
SCENES = (
    # Today, at whatever hour.
    Scene("LANDLORD", Spot(DOCKS, "Classroom 2", HELEN), minutes=-50, free=2, ticked=0.5),
    Scene("G3", Spot(DOCKS, "Classroom 1", GARETH, MARCUS), minutes=45, free=1),
    Scene("LEG", Spot(DOCKS, "Lecture Room", AOIFE, HELEN), minutes=170, free=0, queue=({"adult": 3}, {"adult": 2})),
    Scene("ASHP", Spot(FILTON, "Plant Hall", PRIYA), day=-1, free=0, ticked=0.8),
    # Full, with parties of several sizes: who gives up two seats offers them to the second party.
    Scene("CCN1", Spot(DOCKS, "Gas Workshop", HELEN, AOIFE), day=8, free=0, waitlisted=1,
          queue=({"adult": 4}, {"adult": 2}, {"adult": 1}), group="Boiler team of the year"),
    # An open offer, one that runs out ten minutes from now with somebody behind it, and a party that does not fit.
    Scene("LTHD", Spot(FILTON, "Seminar Room", MARCUS), day=9, time="09:30", free=0,
          offers=(({"adult": 2}, 1_200),), queue=({"adult": 1},), someday=({"adult": 1},)),
    Scene("G3", Spot(DOCKS, "Classroom 1", GARETH), day=13, free=0,
          offers=(({"adult": 1, "apprentice": 1}, 10),), queue=({"adult": 2}, {"adult": 1})),
    Scene("FGAS", Spot(FILTON, "Plant Hall", PRIYA), day=16, time="08:30", free=2, queue=({"adult": 3},),
          unpaid=True),
    Scene("HP-EVE", Spot(DOCKS, "Lecture Room", MARCUS), day=6, time="18:30", free=12),
    Scene("LANDLORD", QUIET, day=5, time="13:30", free=6, status=SlotStatus.cancelled,
          values={"cancel_reason": "The room has no heating this week."}),
    # Only the last steps are missing.
    Scene("FGAS", Spot(FILTON, "Plant Hall"), day=58, time="08:30", status=SlotStatus.draft,
          values={"internal_notes": "Waits for an assessor."}),
    Scene("CCN1", Spot(DOCKS, "Gas Workshop", HELEN), day=63, status=SlotStatus.draft),
)  # fmt: skip

BUSINESS = Business(
    slug="bristol-gas-training",
    name="Bristol Gas Training",
    trade=Trade.course,
    zone="Europe/London",
    currency="GBP",
    country="GB",
    prefix="BGT",
    values={
        "address": "14 Cumberland Basin Road\nBristol BS1 6XL",
        "phone": "+44 117 496 0123",
        "email": "hello@bristol-gas-training.test",
        "vat_number": "GB123456789",
        "accent": "#1f6feb",
    },
    settings={"tax_rate": 2_000, "correct_minutes": 15, "no_show_minutes": 0},
    fares=FARES,
    courses=COURSES,
    places=PLACES,
    leaders=LEADERS,
    deals=DEALS,
    closed=CLOSED,
    rhythms=RHYTHMS,
    scenes=SCENES,
    parties=(({"adult": 1}, 64), ({"adult": 2}, 18), ({"adult": 1, "apprentice": 1}, 8), ({"adult": 3}, 6),
             ({"adult": 2, "apprentice": 2}, 4)),
    sources=((BookingSource.website, 46), (BookingSource.phone, 26), (BookingSource.email, 18),
             (BookingSource.manual, 8), (BookingSource.api, 2)),
    languages=("en", "en", "en", "en", "pl", "cy"),
    phone="+44 7700 900{:03}",
    phones=(200, 1_000),
    customers=950,
    companies=0.08,
    history=168,
    future=84,
    ahead_days=18.0,
    full=(0.7, 1.0),
    account_every=150,
    requests=("Ground floor room, please: bad knee.", "Invoice needs the PO number before Friday.",
              "Arrives at 9:20, the first train from Cardiff.", "Large print handouts, please.",
              "Brings his own flue gas analyser."),
    remarks=("Asked for a group price next time. Offered five for four.", "Pays by bank transfer, within a week.",
             "Prefers to be called after four.", "Certificate goes to the office in Bath, not to the home address."),
)  # fmt: skip
