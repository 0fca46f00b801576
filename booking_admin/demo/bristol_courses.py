"""What Bristol Gas Training teaches."""

from __future__ import annotations

from booking_admin.demo.shapes import CourseSheet
from booking_admin.rules.words import CertificateRule

_ALL_DAYS = {"certificate_rule": CertificateRule.all_meetings, "setup_minutes": 30, "teardown_minutes": 30}
_PASSED = {"certificate_rule": CertificateRule.passed, "setup_minutes": 30, "teardown_minutes": 30}

COURSES = (
    CourseSheet(
        "CCN1", "Core Domestic Gas Safety (ACS CCN1)", "Gas safety", 480, 78_000, 8,
        "Five days to the core assessment that every domestic gas engineer needs.",
        "Combustion, ventilation, flues, tightness testing and purging, unsafe situations, and the regulations. "
        "Mornings in the classroom, afternoons at live appliances. The last day is the assessment: a written part and "
        "five practical tasks, watched by an assessor of the awarding body.\n\nBring steel-capped boots and your gas "
        "ID card, if you have one. Tools, meters and lunch are provided.",
        days=5,
        values={**_PASSED, "prerequisites": "A recognised gas qualification, or a completed portfolio of 70 jobs.",
                "certificate_months": 60, "certificate_title": "ACS CCN1 Core Domestic Gas Safety",
                "min_capacity": 4, "colour": "#d9480f", "reminder_days": [14, 2]},
    ),
    CourseSheet(
        "CCN1-R", "Gas Safety Reassessment (CCN1)", "Gas safety", 465, 39_500, 9,
        "Two days for engineers whose CCN1 runs out within six months.",
        "A refresher on what has changed since your last assessment, then the assessment itself. Come up to six months "
        "before your card runs out: the new five years start when the old ones end.",
        days=2,
        values={**_PASSED, "prerequisites": "A CCN1 certificate that ran out less than twelve months ago.",
                "certificate_months": 60, "certificate_title": "ACS CCN1 Reassessment", "colour": "#f08c00"},
    ),
    CourseSheet(
        "ASHP", "Air Source Heat Pumps, Level 3 Award", "Heat pumps", 450, 59_500, 8,
        "Install, commission, service and maintain air source heat pumps, in three days.",
        "For heating engineers who want to add heat pumps. Day one: how they work, and where not to put one. Day two: "
        "installing and commissioning on four different makes. Day three: finding faults, servicing, handing over to "
        "the customer, and the award's assessment.",
        days=3,
        values={**_ALL_DAYS, "prerequisites": "Level 2 plumbing or heating, and a water regulations certificate.",
                "certificate_months": 60, "certificate_title": "Level 3 Award in Air Source Heat Pumps",
                "min_capacity": 3, "deposit_bp": 4_000, "colour": "#2b8a3e"},
    ),
    CourseSheet(
        "LTHD", "Low Temperature Heating Design", "Heat pumps", 420, 24_500, 10,
        "Heat loss, emitters and pipe sizes for systems at 45 °C.",
        "One day with a calculator: heat loss room by room, radiators and underfloor heating at low temperatures, pipe "
        "sizing, and the design pack that a certification body wants to see. Bring a floor plan of your own if you "
        "like; we work on real houses.",
        values={**_ALL_DAYS, "certificate_title": "Low Temperature Heating Design", "colour": "#37b24d"},
    ),
    CourseSheet(
        "FGAS", "F-Gas Category 1", "Refrigeration", 480, 89_000, 6,
        "Handle refrigerants by law: four days and the assessment.",
        "Recovery, charging, leak checks, brazing, and the paper that goes with it. Includes the flammable "
        "refrigerants R32 and R290. Six people at most, each at an own rig.",
        days=4,
        values={**_PASSED, "prerequisites": "Basic refrigeration or heat pump experience.",
                "certificate_title": "F-Gas Category 1", "min_capacity": 3, "deposit_bp": 5_000, "colour": "#1c7ed6"},
    ),
    CourseSheet(
        "LPG", "LPG Changeover (CoNGLP1)", "Gas safety", 450, 32_000, 6,
        "From natural gas to LPG in permanent dwellings.",
        "Two days for engineers with CCN1: bulk tanks and cylinders, regulators, tightness testing with LPG, and "
        "caravans at the end if the group wants them.",
        days=2,
        values={**_PASSED, "prerequisites": "A CCN1 certificate in date.", "certificate_months": 60,
                "certificate_title": "CoNGLP1 LPG Changeover", "colour": "#f59f00"},
    ),
    CourseSheet(
        "G3", "Unvented Hot Water (G3)", "Water", 420, 17_500, 10,
        "Install and service unvented cylinders: one day, with the card.",
        "Building regulation G3, discharge pipes, safety devices, commissioning and faults. Assessment in the "
        "afternoon; most people pass and drive home with the result.",
        values={**_ALL_DAYS, "certificate_months": 60, "certificate_title": "G3 Unvented Hot Water",
                "colour": "#1098ad"},
    ),
    CourseSheet(
        "LEG", "Legionella Awareness", "Water", 210, 8_500, 14,
        "What duty holders and caretakers have to know, in an afternoon.",
        "Where legionella grows, how people catch it, what the law asks of the person in charge, and how a simple "
        "water log is kept. For landlords, caretakers, care homes and gyms. No engineering knowledge needed.",
        values={"certificate_rule": CertificateRule.all_meetings, "certificate_months": 24,
                "certificate_title": "Legionella Awareness", "colour": "#0c8599", "deposit_bp": 0,
                "auto_confirm": True},
    ),
    CourseSheet(
        "LANDLORD", "Gas Safety for Landlords and Agents", "Gas safety", 210, 12_000, 12,
        "Half a day on duties, records, access and carbon monoxide.",
        "What the annual check covers, how to read the record, what to do when the tenant does not open the door, and "
        "how to spot a dangerous installation. For landlords, letting agents and housing officers.",
        values={"deposit_bp": 0, "colour": "#e8590c"},
    ),
    CourseSheet(
        "HP-EVE", "Open Evening: a Trade with a Future", "Open days", 120, 0, 30,
        "See the workshops, meet the trainers, ask everything.",
        "A walk through both workshops, a heat pump in pieces, and soup. For school leavers, parents, and everybody "
        "who thinks of changing trade. Free, but please book: chairs are counted.",
        values={"deposit_bp": 0, "auto_confirm": True, "send_reminders": True, "colour": "#862e9c"},
    ),
)  # fmt: skip
