"""Spirit Tours: daily departures in and around Jerusalem, with children's prices and days that are closed."""

from __future__ import annotations

from booking_admin.demo.shapes import (
    FRI,
    MON,
    SUN,
    THU,
    TUE,
    WED,
    Business,
    Closed,
    CourseSheet,
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

GATE, MARKET, STATION = "Jaffa Gate meeting point", "Machane Yehuda, clock tower", "First Station, main hall"
NOA, YUSUF, DAVID, LENA = "Noa Ben-Ami", "Yusuf Khoury", "David O'Sullivan", "Lena Großmann"

COURSES = (
    CourseSheet(
        "OLD-CITY", "Jerusalem Old City Walk", "Walking tours", 180, 7_500, 16,
        "Four quarters, three faiths and one very good juice stand, in three hours.",
        "From Jaffa Gate over the roofs to the Jewish, Christian, Muslim and Armenian quarters; the Church of the Holy "
        "Sepulchre, the Western Wall plaza and the Cardo. About four kilometres, many steps, two rests.\n\nShoulders "
        "and knees covered, please; a hat and a bottle of water.",
        values={"colour": "#c92a2a", "min_capacity": 3},
    ),
    CourseSheet(
        "FOOD", "Machane Yehuda Food Walk", "Food tours", 150, 9_500, 10,
        "Ten tastings in the market, from halva to hummus; come hungry.",
        "A slow walk through the market with a cook. Everything to eat is included; wine is not. Tell us about "
        "allergies when you book: most stalls can do without nuts, none without sesame.",
        values={"colour": "#e67700"},
    ),
    CourseSheet(
        "TUNNELS", "City of David and Western Wall Tunnels", "Walking tours", 210, 8_800, 14,
        "Underground: Hezekiah's water tunnel, wet or dry, and the stones below the plaza.",
        "The oldest part of the city. The wet tunnel is knee-deep and dark: sandals, a torch, and children from five "
        "years. Who stays dry takes the other tunnel and waits at the pool.",
        values={"prerequisites": "Not for people who fear narrow places. Children from 5 years.", "colour": "#364fc7"},
    ),
    CourseSheet(
        "MASADA", "Masada and the Dead Sea", "Day trips", 630, 14_000, 16,
        "Sunrise on the rock, a swim that is none, and home by evening.",
        "By minibus from First Station. Cable car or snake path to the fortress, the oasis of Ein Gedi, and two hours "
        "at the Dead Sea with towels and showers. Entrance fees are included, lunch is not.",
        values={"setup_minutes": 30, "teardown_minutes": 45, "min_capacity": 6, "colour": "#f08c00"},
    ),
    CourseSheet(
        "OLIVES", "Mount of Olives at Sunrise", "Walking tours", 150, 6_000, 12,
        "The whole city in gold, before anybody is awake.",
        "We meet in the dark and walk down from the look-out through the cemeteries and gardens to Gethsemane. Ends "
        "with coffee at Lions' Gate.",
        values={"colour": "#5c940d"},
    ),
)  # fmt: skip

PLACES = (
    Place(GATE, "Omar Ibn el-Khattab Square", "Jerusalem", "9711403",
          "Inside the gate, left of the tourist office. Look for the orange umbrella."),
    Place(MARKET, "Agripas Street 88", "Jerusalem", "9430200", "Light rail to Mahane Yehuda, then two minutes."),
    Place(STATION, "David Remez Street 4", "Jerusalem", "9354102",
          "Car park under the station. The bus leaves on time: please come fifteen minutes early."),
)  # fmt: skip

LEADERS = (
    Leader(NOA, "Guide", "instructor@spirit-tours.test", "+972 55 570 0101",
           "Archaeologist; licensed guide since 2009."),
    Leader(YUSUF, "Guide", "yusuf@spirit-tours.test", "+972 55 570 0102", "Grew up in the Christian quarter."),
    Leader(DAVID, "Guide and driver", "david@spirit-tours.test", "+972 55 570 0103", "Cook, driver, and a fine tenor.",
           ("FOOD", "MASADA", "OLIVES", "OLD-CITY")),
    Leader(LENA, "Guide", "lena@spirit-tours.test", "+972 55 570 0104", "Führungen auf Deutsch, tours in English."),
)  # fmt: skip

FARES = (
    FareSheet("adult", "Adult"),
    FareSheet("student", "Student", share_bp=8_500),
    FareSheet("child", "Child", min_age=3, max_age=12),
    FareSheet("infant", "Infant", takes_seat=False, max_age=2),
)

DEALS = (
    Deal("Spring offer", PromotionKind.code, percent_bp=1_000, code="SPRING10", share=0.06),
    Deal("Early bird, Masada", PromotionKind.early_bird, percent_bp=800, course="MASADA", days_before=21),
)

CLOSED = (
    Closed("Marathon: the Old City is closed", BlackoutKind.custom, 19, 19),
    Closed("Flood warning in the Judean desert", BlackoutKind.weather, -6, -5, course="MASADA"),
    Closed("Lena on leave", BlackoutKind.custom, 10, 14, leader=LENA),
)

RHYTHMS = (
    Rhythm("OLD-CITY", (SUN, MON, TUE, WED, THU), ("09:00",), Spot(GATE, None, YUSUF, LENA), "Old City mornings"),
    Rhythm("OLD-CITY", (MON, WED), ("15:00",), Spot(GATE, None, LENA), "Old City afternoons", fill=0.5),
    Rhythm("FOOD", (TUE, THU), ("10:30",), Spot(MARKET, None, DAVID), "Market walks"),
    Rhythm("TUNNELS", (MON, WED), ("08:30",), Spot(GATE, None, NOA), "Underground, twice a week", fill=0.6),
    Rhythm("MASADA", (SUN, FRI), ("04:30",), Spot(STATION, None, DAVID), "Masada at sunrise", fill=0.8),
    Rhythm("OLIVES", (FRI,), ("05:15",), Spot(GATE, None, YUSUF), fill=0.6),
)

FAMILY = {"adult": 2, "child": 2, "infant": 1}
SCENES = (
    Scene("TUNNELS", Spot(GATE, None, NOA), minutes=-40, free=3, ticked=0.6),
    Scene("OLD-CITY", Spot(GATE, None, YUSUF, LENA), minutes=35, free=2),
    Scene("FOOD", Spot(MARKET, None, DAVID, NOA), minutes=205, free=0, queue=({"adult": 2}, {"adult": 1})),
    Scene("OLD-CITY", Spot(GATE, None, NOA, YUSUF), day=2, time="12:30", free=0,
          queue=({"adult": 4, "child": 2}, FAMILY, {"adult": 2})),
    Scene("MASADA", Spot(STATION, None, DAVID), day=4, time="04:30", free=0, waitlisted=1,
          offers=(({"adult": 2, "child": 1}, 900),), queue=({"adult": 3}, {"student": 2})),
    Scene("FOOD", Spot(MARKET, None, LENA), day=3, time="17:00", free=1, queue=({"adult": 4},)),
    Scene("OLIVES", Spot(GATE, None, YUSUF), day=1, time="05:15", free=6, status=SlotStatus.cancelled,
          values={"cancel_reason": "Too few people, and rain."}),
    Scene("MASADA", Spot(STATION), day=40, time="04:30", status=SlotStatus.draft,
          values={"internal_notes": "The second bus is not confirmed yet."}),
)  # fmt: skip

BUSINESS = Business(
    slug="spirit-tours",
    name="Spirit Tours",
    trade=Trade.tour,
    zone="Asia/Jerusalem",
    currency="USD",
    country="IL",
    prefix="ST",
    values={
        "address": "Jaffa Street 12\nJerusalem 9414112",
        "phone": "+972 2 570 0100",
        "email": "hello@spirit-tours.test",
        "accent": "#c2255c",
    },
    settings={"booking_cutoff_hours": 2, "first_weekday": 6, "max_booking_size": 16, "calendar_from": "04:00",
              "refund_steps": [[7, 10_000], [2, 5_000], [0, 0]], "waitlist_notification_expiry_hours": 18,
              "default_deposit": 2_000, "balance_due_days": 3},
    fares=FARES,
    courses=COURSES,
    places=PLACES,
    leaders=LEADERS,
    deals=DEALS,
    closed=CLOSED,
    rhythms=RHYTHMS,
    scenes=SCENES,
    parties=(({"adult": 2}, 38), ({"adult": 1}, 10), ({"adult": 2, "child": 1}, 14), ({"adult": 2, "child": 2}, 10),
             (FAMILY, 6), ({"adult": 4}, 8), ({"student": 2}, 8), ({"adult": 3, "student": 1}, 4),
             ({"adult": 6, "child": 2}, 2)),
    sources=((BookingSource.website, 62), (BookingSource.email, 14), (BookingSource.phone, 10),
             (BookingSource.walk_in, 8), (BookingSource.api, 6)),
    languages=("en", "en", "en", "de", "fr", "es", "he"),
    phone="+1 202 555 0{:03}",
    phones=(100, 200),
    customers=240,
    companies=0.02,
    history=24,
    future=35,
    ahead_days=9.0,
    full=(0.3, 0.85),
    requests=("One of us walks with a stick.", "We come straight from the airport, with two suitcases.",
              "It is a birthday: could the guide sing?", "Buggy for the baby."),
    remarks=("Came last year as well; likes Noa.", "Travel agent: always asks for the net price."),
)  # fmt: skip
