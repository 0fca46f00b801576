"""The names of people and firms in the demo data: common and rare, short and long, with and without accents."""

from __future__ import annotations

GIVEN = (
    "Olivia", "George", "Amelia", "Arthur", "Isla", "Noah", "Ava", "Muhammad", "Lily", "Oscar", "Mia", "Harry",
    "Freya", "Leo", "Grace", "Jack", "Poppy", "Theo", "Ivy", "Charlie", "Zoë", "René", "Chloë", "André", "Siân",
    "Rhys", "Niamh", "Ciarán", "Seán", "Aoife", "Małgorzata", "Paweł", "Łukasz", "Zuzanna", "Nguyễn", "Thảo", "Søren",
    "Åsa", "Jürgen", "Käthe", "François", "Hélène", "José", "Begoña", "João", "Inês", "Dragan", "Željka", "Štěpán",
    "Jiří", "Ioana", "Ștefan", "Ayşe", "Çağlar", "Amara", "Chidi", "Ngozi", "Kwame", "Fatoumata", "Youssef", "Leïla",
    "Yael", "Avi", "Miriam", "Tamar", "Priya", "Arjun", "Ananya", "Rohan", "Wei", "Mei-Ling", "Hiroshi", "Yuki",
    "Jin-woo", "Soo-ah", "Anne-Marie", "Jean-Luc", "Mary Elizabeth", "Maximiliane", "Bartholomew", "Jo", "Al", "Kit",
)  # fmt: skip
FAMILY = (
    "Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Wright", "Walker",
    "White", "Edwards", "Green", "Hall", "Wood", "Thomas", "Clarke", "Harris", "Evans", "O'Brien", "O’Sullivan",
    "Ó Conaill", "Ní Dhomhnaill", "MacDonald", "McAllister", "Llewellyn", "ap Rhys", "Nowak", "Wójcik", "Kowalczyk",
    "Dąbrowska", "Müller", "Schäfer", "Weiß", "von der Heide", "de la Fuente", "García Márquez", "Núñez", "Ibáñez",
    "Lefèvre", "Beauchêne", "D'Angelo", "Di Stefano", "Søndergaard", "Åkesson", "Bjørnstad", "Mäkinen", "Novák",
    "Dvořáková", "Đorđević", "Kovačević", "Popescu", "Țăranu", "Yılmaz", "Öztürk", "Papadopoulos", "Ivanova",
    "Shevchenko", "Okafor", "Adeyemi", "Mensah", "Diallo", "Benali", "El-Sayed", "Al-Rashid", "Khan", "Hussain",
    "Begum", "Singh", "Kaur", "Raghunathan", "Krishnamurthy", "Cohen", "Levi", "Ben-David", "Mizrahi", "Chen",
    "Wang", "Zhang", "Tanaka", "Yamamoto", "Kim", "Park", "Trần", "Phạm", "Silva", "dos Santos", "Ferreira", "Fox",
    "Featherstonehaugh", "Cholmondeley-Warner", "Wolfeschlegelsteinhausen", "Montgomery-Massingberd", "Ng", "Li",
    "Ek", "Bo", "Null", "True",
)  # fmt: skip
# Whole names that no pattern makes: given name (perhaps none) and family name.
WHOLE = (
    (None, "Sukarno"), ("王", "芳"), ("יעל", "כהן"), ("Γιώργος", "Παπαδόπουλος"), ("Олена", "Коваленко"),
    ("محمد", "الهاشمي"), ("María del Carmen", "Fernández de Córdoba y Álvarez de Toledo"), (None, "Teller"),
)  # fmt: skip
PLACES = (
    "Avon", "Severn", "Clifton", "Mendip", "Quayside", "Redland", "Bedminster", "Cotswold", "Kingswood", "Brunel",
    "Harbour", "Northgate", "Wye Valley", "Southmead", "Easton", "Portishead", "Hillside", "Riverside",
)  # fmt: skip
TRADES = (
    "Heating", "Plumbing & Heating", "Gas Services", "Renewables", "Property Care", "Housing Association", "Lettings",
    "Building Services", "Facilities", "Energy Partners", "Maintenance", "Boiler Company",
)  # fmt: skip
FORMS = ("Ltd", "Ltd", "Ltd", "LLP", "CIC", "& Sons Ltd", "Group plc")
CITIES = (
    ("Bristol", "BS3 4QA"), ("Bath", "BA1 2LN"), ("Cardiff", "CF10 1EP"), ("Gloucester", "GL1 2TH"),
    ("Weston-super-Mare", "BS23 1AA"), ("Galway", "H91 E2N7"), ("Swindon", "SN1 3DS"), ("Newport", "NP20 4UR"),
)  # fmt: skip
STREETS = ("High Street", "Station Road", "Church Lane", "Victoria Terrace", "Mill Lane", "Harbour View", "Park Row")
