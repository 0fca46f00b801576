"""Harbour Clinic: appointments of 20 to 60 minutes, one person each, and people who simply walk in."""

from __future__ import annotations

from booking_admin.demo.shapes import (
    FRI,
    MON,
    SAT,
    THU,
    TUE,
    WED,
    WEEKDAYS,
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

CLINIC = "Harbour Clinic"
CIARA, TOMASZ, FATIMA, EOIN = "Dr Ciara Nolan", "Tomasz Wójcik", "Dr Fatima El-Sayed", "Eoin Mac Gabhann"
ROOM1, ROOM2, ROOM3, NURSE = "Room 1", "Room 2", "Treatment Room", "Nurse's Room"

COURSES = (
    CourseSheet("GP", "GP consultation", "Doctor", 20, 6_500, 1, "Twenty minutes with a doctor.",
                "For anything that is not an emergency. Bring your medication, or a list of it. One concern fits well "
                "into twenty minutes; for more, please book two appointments in a row.",
                values={"colour": "#0b7285", "allow_waitlist": True}),
    CourseSheet("PHYSIO", "Physiotherapy", "Therapy", 45, 7_500, 1, "Assessment or treatment by a physiotherapist.",
                "Wear something that you can move in. No referral needed; if you have scans or letters, bring them. "
                "Your insurer's receipt is ready when you leave.",
                values={"teardown_minutes": 5, "colour": "#2f9e44"}),
    CourseSheet("BLOOD", "Blood test", "Nurse", 20, 4_000, 1, "Taken here, results by phone within two days.",
                "Fast for ten hours if your doctor said so; water is fine. Press on the plaster for five minutes, and "
                "carry nothing heavy with that arm today.", values={"colour": "#c92a2a"}),
    CourseSheet("TRAVEL", "Travel health and vaccination", "Nurse", 30, 5_500, 1, "Advice and jabs before a journey.",
                "Six weeks ahead is best, two weeks are better than nothing. Bring your vaccination record and the "
                "route. Vaccines are charged on the day.", values={"colour": "#e8590c"}),
    CourseSheet("SKIN", "Skin check", "Doctor", 60, 12_000, 1, "Head to toe, with a dermatoscope.",
                "A doctor looks at every mole and takes pictures of those worth comparing next year. No make-up or "
                "nail varnish, please.", values={"deposit_bp": 5_000, "colour": "#862e9c"}),
    CourseSheet("FLU", "Flu clinic", "Nurse", 60, 2_500, 12, "Walk in, roll up your sleeve, walk out.",
                "Twelve people an hour, no appointment of your own needed. Children from two years get a spray "
                "instead of a needle.", values={"colour": "#1971c2", "auto_confirm": True}),
)  # fmt: skip

PLACES = (
    Place(CLINIC, "3 Quay Street", "Galway", "H91 X2C4",
          "Between the fishmonger and the chandler. Step-free through the yard; ring at the green door.",
          rooms=((ROOM1, 3), (ROOM2, 3), (ROOM3, 4), (NURSE, 14))),
)  # fmt: skip

LEADERS = (
    Leader(CIARA, "Doctor", "instructor@harbour-clinic.test", "+353 20 910 0101", "General practitioner.",
           ("GP", "SKIN")),
    Leader(TOMASZ, "Physiotherapist", "tomasz@harbour-clinic.test", "+353 20 910 0102",
           "Backs, knees and marathon runners.", ("PHYSIO",)),
    Leader(FATIMA, "Doctor", "fatima@harbour-clinic.test", "+353 20 910 0103", "Skin and family medicine.",
           ("GP", "SKIN")),
    Leader(EOIN, "Nurse", "eoin@harbour-clinic.test", "+353 20 910 0104", "Nurse and travel adviser; gentle needles.",
           ("BLOOD", "TRAVEL", "FLU")),
)  # fmt: skip

FARES = (
    FareSheet("adult", "Adult"),
    FareSheet("child", "Child", min_age=3, max_age=15),
    FareSheet("infant", "Infant", share_bp=5_000, max_age=2),
)

RHYTHMS = (
    Rhythm(
        "GP",
        WEEKDAYS,
        ("09:00", "09:20", "09:40", "14:00"),
        Spot(CLINIC, ROOM1, CIARA),
        "Doctor's hours",
        fill=0.55,
    ),
    Rhythm("PHYSIO", (MON, WED, FRI), ("08:30", "10:00", "16:30"), Spot(CLINIC, ROOM3, TOMASZ), fill=0.55),
    Rhythm("BLOOD", (TUE, THU), ("08:00", "08:20"), Spot(CLINIC, NURSE, EOIN), "Blood tests", fill=0.5),
    Rhythm("TRAVEL", (WED,), ("11:00", "11:30"), Spot(CLINIC, NURSE, EOIN), fill=0.5),
    Rhythm("SKIN", (TUE,), ("14:00",), Spot(CLINIC, ROOM2, FATIMA), "Skin checks", fill=0.9),
    Rhythm("FLU", (SAT,), ("10:00",), Spot(CLINIC, NURSE, EOIN), "Flu Saturdays", fill=0.5),
)

SCENES = (
    Scene("GP", Spot(CLINIC, ROOM1, CIARA), minutes=-60, free=0, ticked=1.0),
    Scene("PHYSIO", Spot(CLINIC, ROOM3, TOMASZ), minutes=-25, free=0, ticked=1.0),
    Scene("GP", Spot(CLINIC, ROOM1, CIARA), minutes=-10, free=0),
    Scene("GP", Spot(CLINIC, ROOM2, FATIMA, CIARA), minutes=20, free=0),
    Scene("TRAVEL", Spot(CLINIC, NURSE, EOIN), minutes=40, free=1),
    Scene("PHYSIO", Spot(CLINIC, ROOM3, TOMASZ), minutes=75, free=0),
    Scene("GP", Spot(CLINIC, ROOM1, CIARA), minutes=95, free=1),
    Scene("FLU", Spot(CLINIC, NURSE, EOIN), minutes=140, free=5),
    Scene("SKIN", Spot(CLINIC, ROOM2, FATIMA, CIARA), day=3, time="16:00", free=0,
          queue=({"adult": 1}, {"adult": 1}), waitlisted=1),
    Scene("SKIN", Spot(CLINIC, ROOM2, FATIMA), day=5, time="16:00", free=0, offers=(({"adult": 1}, 600),)),
    Scene("FLU", Spot(CLINIC, NURSE, EOIN), day=4, time="17:00", free=0,
          queue=({"adult": 2, "child": 2}, {"adult": 1})),
    Scene("PHYSIO", Spot(CLINIC, ROOM3), day=12, time="18:00", status=SlotStatus.draft,
          values={"internal_notes": "Evening hours, if Tomasz agrees."}),
)  # fmt: skip

BUSINESS = Business(
    slug="harbour-clinic",
    name="Harbour Clinic",
    trade=Trade.service,
    zone="Europe/Dublin",
    currency="EUR",
    country="IE",
    prefix="HC",
    values={
        "address": "3 Quay Street\nGalway H91 X2C4",
        "phone": "+353 20 910 0100",
        "email": "reception@harbour-clinic.test",
        "accent": "#0b7285",
    },
    settings={"booking_cutoff_hours": 0, "auto_confirm": True, "tax_rate": 0, "default_deposit": 0,
              "settle_as": "no_show", "max_booking_size": 12, "child_max_age": 15,
              "refund_steps": [[1, 10_000], [0, 0]], "reminder_days": [1]},
    fares=FARES,
    courses=COURSES,
    places=PLACES,
    leaders=LEADERS,
    deals=(Deal("Neighbours' price", PromotionKind.code, percent_bp=1_500, code="QUAY15", share=0.05),),
    closed=(Closed("Lifts are serviced", BlackoutKind.maintenance, 9, 9, place=CLINIC),),
    rhythms=RHYTHMS,
    scenes=SCENES,
    parties=(({"adult": 1}, 84), ({"child": 1}, 12), ({"infant": 1}, 4)),
    sources=((BookingSource.phone, 42), (BookingSource.website, 26), (BookingSource.walk_in, 26),
             (BookingSource.email, 6)),
    languages=("en", "en", "en", "ga", "pl", "pt"),
    phone="+353 20 915 {:04}",
    phones=(0, 10_000),
    customers=90,
    companies=0.0,
    history=13,
    future=20,
    ahead_days=3.0,
    full=(0.6, 1.0),
    requests=("Afraid of needles; may lie down.", "Comes with an interpreter for Portuguese.", "Wheelchair."),
    remarks=("Prefers Dr El-Sayed.", "Rings before coming: please answer."),
)  # fmt: skip
