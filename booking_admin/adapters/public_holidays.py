"""Public holidays of countries and their regions, as the package that keeps them has them."""

from __future__ import annotations

from datetime import date
from functools import cache


@cache
def regions() -> dict[str, tuple[str, ...]]:
    """The codes of all countries that are known, each with those of its regions."""
    import holidays  # takes a moment to load, and is asked for a few times a year

    known = holidays.list_supported_countries().items()
    return {country: tuple(found) for country, found in known if len(country) == 2}


@cache
def region_names(country: str) -> dict[str, str]:
    """What the regions of a country are called, by their codes; one that the package has no name of is left out."""
    import holidays

    found = holidays.country_holidays(country).get_subdivision_aliases()
    return {code: names[0] for code, names in found.items() if names}


def of(country: str, region: str | None, year: int, language: str | None = None) -> list[tuple[date, str]]:
    """The holidays of a year in the order of their dates, each with its name; raises KeyError for a place unknown.

    The names are in the language, where the package speaks it for that country, else in the country's own.
    """
    import holidays

    known = regions()[country]
    if region is not None and region not in known:
        raise KeyError(region)
    days = holidays.country_holidays(country, subdiv=region, years=year, language=language)
    return sorted(days.items())
