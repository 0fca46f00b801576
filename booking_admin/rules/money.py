"""Money in whole minor units ("cents", though yen have none and dinars a thousand), percent in hundredths of one."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    is_currency,
)

from booking_admin.rules.languages import locale
from booking_admin.rules.limits import AMOUNT_MAX
from booking_admin.rules.say import say

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
# Two marks of grouping, or one with three figures behind: 1,234 and 1.234.567 and 1 234, but never 1.234 alone.
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3}){2,}|(?:[ '’][0-9]{3})+)")


def digits(currency: str) -> int:
    """How many decimals a currency has: 2 for GBP, 0 for JPY, 3 for KWD. Raises ValueError for an unknown one."""
    if not is_currency(currency):
        raise ValueError(say("“%(text)s” is no currency. Use a code of three letters such as GBP.", text=currency))
    return get_currency_precision(currency)


def share(cents: int, bp: int) -> int:
    """A share of an amount in cents, rounded half up, once; of a negative amount the same share, negative."""
    part = (abs(cents * bp) + 5_000) // 10_000
    return part if cents * bp >= 0 else -part


@lru_cache(maxsize=4_096)  # a file says the same few prices again and again
def parse(text: str, currency: str) -> int:
    """What people type, 1,234.50 or 1.234,50 or £75, in cents; raises ValueError with a sentence.

    Never guesses: more decimals than the currency has are refused, not rounded.
    """
    places = digits(currency)
    symbol = get_currency_symbol(currency, "en")
    bare = re.sub(rf"{re.escape(symbol)}|{currency}", "", text.strip(), flags=re.IGNORECASE)
    bare = re.sub(r"\s+", " ", bare).strip().replace("−", "-")
    minus, bare = bare.startswith("-"), bare.removeprefix("-").strip()
    found = _PLAIN.fullmatch(_pointed(bare))
    # 1,234 of a currency with three decimals is a thousand to some and one and a bit to others.
    if found is None or (places == 3 and re.fullmatch(r"[0-9]+,[0-9]{3}", bare)):
        example = decimal_string(123_450, currency)
        raise ValueError(
            say("“%(text)s” is no amount of money. Write it like %(example)s.", text=text, example=example)
        )
    whole, part = found[1], found[2] or ""
    if len(part) > places:
        said = say("“%(text)s” has too many decimals: %(currency)s has no decimals.")
        if places:
            said = say("“%(text)s” has too many decimals: %(currency)s has at most %(places)s decimals.")
        raise ValueError(said.filled(text=text, currency=currency, places=places))
    if len(whole) > len(str(AMOUNT_MAX)) or (cents := int(whole + part.ljust(places, "0"))) > AMOUNT_MAX:
        raise ValueError(say("“%(text)s” is too much. Check the number of zeros.", text=text))
    return -cents if minus else cents


@lru_cache(maxsize=4_096)  # a list says the same few prices again and again
def show(cents: int, currency: str, language: str = "en") -> str:
    """An amount in cents as people of a language read it: £1,234.50."""
    amount = Decimal(cents).scaleb(-digits(currency))
    return format_currency(amount, currency, locale=locale(language))


def typed(cents: int, currency: str, language: str = "en") -> str:
    """An amount in cents as people of a language type it: 1234.50 or 1234,50; parse() reads it back."""
    plain, mark = decimal_string(cents, currency), get_decimal_symbol(locale(language))
    # With three decimals a comma might as well stand between thousands.
    return plain.replace(".", mark) if mark == "," and digits(currency) != 3 else plain


def decimal_string(cents: int, currency: str) -> str:
    """An amount in cents for programs and forms: 1234.50, with all of the currency's decimals."""
    return f"{Decimal(cents).scaleb(-digits(currency)):f}"


def parse_percent(text: str) -> int:
    """12.5 or 12,5 % in hundredths of a percent; raises ValueError with a sentence."""
    found = _PLAIN.fullmatch(text.replace("%", "").replace(",", ".").strip())
    if found is None or len(found[1]) > 3 or len(found[2] or "") > 2:
        raise ValueError(say("“%(text)s” is no percentage. Write it like 12.5.", text=text))
    bp = int(found[1] + (found[2] or "").ljust(2, "0"))
    if bp > 10_000:
        raise ValueError(say("“%(text)s” is more than 100 %%.", text=text))
    return bp


def show_percent(bp: int, language: str = "en") -> str:
    """Hundredths of a percent as people of a language read them: 12.5 %, 12,5 %."""
    return f"{format_decimal(Decimal(bp) / 100, locale=locale(language))} %"


def _pointed(text: str) -> str:
    """The number with a decimal point and without grouping, as far as its marks say which is which."""
    if _GROUPED.fullmatch(text):
        return re.sub(r"[^0-9]", "", text)
    head, mark, tail = _last_mark(text)
    if mark and _GROUPED.fullmatch(head.replace(".", ",") if mark == "," else head) and mark not in head:
        return f"{re.sub('[^0-9]', '', head)}.{tail}"
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _last_mark(text: str) -> tuple[str, str, str]:
    mark = max(".,", key=text.rfind)
    head, found, tail = text.rpartition(mark)
    return head, found, tail
