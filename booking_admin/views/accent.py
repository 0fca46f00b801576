"""The tenant's one colour as the tokens made of it, each readable where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from booking_admin.rules.limits import COLOUR_PATTERN

Colour = tuple[float, float, float]
WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (0.0, 0.0, 0.0)
# Where the colour stands as text: on the page, beside or above it, and on a tint of itself.
LIGHT_SURFACES: tuple[Colour, ...] = (WHITE, (246.0, 247.0, 248.0))
DARK_SURFACES: tuple[Colour, ...] = ((20.0, 23.0, 27.0), (28.0, 32.0, 38.0))
TINT = 0.18
READABLE = 4.5  # WCAG AA for text
HEAT = (0.14, 0.32, 0.55, 0.78, 1.0)  # how much of the colour a cell of the week has, from nearly free to full


@cache
def accent_css(accent: str | None, appearance: str) -> str | None:
    """Rules for light, dark, or both as the system says; None for the house's own colour."""
    if not accent or not re.fullmatch(COLOUR_PATTERN, accent):
        return None
    light, dark = _rule(tokens(accent, is_dark=False)), _rule(tokens(accent, is_dark=True))
    if appearance == "system":
        return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"
    return dark if appearance == "dark" else light


def tokens(accent: str, *, is_dark: bool) -> Mapping[str, str]:
    """The colours, by the names of their tokens."""
    chosen: Colour = tuple(float(int(accent[at : at + 2], 16)) for at in (1, 3, 5))  # type: ignore[assignment]
    colour = _towards(chosen, WHITE, DARK_SURFACES) if is_dark else _towards(chosen, BLACK, LIGHT_SURFACES)
    over = _over(colour)
    # Away from what is written on it.
    hover = _mix(colour, BLACK if over == WHITE else WHITE, 0.15)
    return {
        "--desk-accent": _hex(colour),
        "--desk-accent-hover": _hex(hover),
        "--desk-accent-fg": _hex(over),
        "--desk-accent-ink": _hex(colour),
        **_heat(colour, (DARK_SURFACES if is_dark else LIGHT_SURFACES)[0]),
    }


def _heat(colour: Colour, surface: Colour) -> dict[str, str]:
    """The five steps of how full something is, and what is written on the deeper ones."""
    steps = {step: _mix(surface, colour, part) for step, part in enumerate(HEAT, 1)}
    inks = {f"--desk-heat-ink-{step}": _hex(_over(steps[step])) for step in (3, 4, 5)}
    return {f"--desk-heat-{step}": _hex(mixed) for step, mixed in steps.items()} | inks


def _over(colour: Colour) -> Colour:
    """White or black, whichever can be read on it."""
    return WHITE if _contrast(colour, WHITE) >= READABLE else BLACK


def _rule(made: Mapping[str, str]) -> str:
    return f":root{{{';'.join(f'{name}:{colour}' for name, colour in made.items())}}}"


def _towards(colour: Colour, other: Colour, surfaces: tuple[Colour, ...]) -> Colour:
    """The colour itself, or the nearest mix with another that can be read on all of the surfaces."""
    for step in range(20):
        mixed = _mix(colour, other, step / 20)
        if all(_contrast(mixed, each) >= READABLE for each in (*surfaces, _mix(surfaces[0], mixed, TINT))):
            return mixed
    return other


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    return tuple(a + (b - a) * part for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [each / 255 for each in colour]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in colour)
