"""The tenant's one colour as the four tokens made of it, each readable where it stands."""

from __future__ import annotations

import re
from functools import cache

Colour = tuple[float, float, float]
WHITE: Colour = (255.0, 255.0, 255.0)
BLACK: Colour = (0.0, 0.0, 0.0)
DARK_SURFACE = (20.0, 23.0, 27.0)
READABLE = 4.5  # WCAG AA for text


@cache
def accent_css(accent: str | None, appearance: str) -> str | None:
    """Rules for light, dark, or both as the system says; None for the house's own colour."""
    if not accent or not re.fullmatch(r"#[0-9a-fA-F]{6}", accent):
        return None
    colour: Colour = tuple(float(int(accent[at : at + 2], 16)) for at in (1, 3, 5))  # type: ignore[assignment]
    light = f":root{{{_tokens(_towards(colour, BLACK, WHITE), BLACK)}}}"
    dark = f":root{{{_tokens(_towards(colour, WHITE, DARK_SURFACE), WHITE)}}}"
    if appearance == "system":
        return f"{light}@media (prefers-color-scheme:dark){{{dark}}}"
    return dark if appearance == "dark" else light


def _tokens(colour: Colour, hover_to: Colour) -> str:
    over = WHITE if _contrast(colour, WHITE) >= READABLE else BLACK
    return (
        f"--desk-accent:{_hex(colour)};--desk-accent-hover:{_hex(_mix(colour, hover_to, 0.15))};"
        f"--desk-accent-fg:{_hex(over)};--desk-accent-ink:{_hex(colour)}"
    )


def _towards(colour: Colour, other: Colour, surface: Colour) -> Colour:
    """The colour itself, or the nearest mix with another that can be read on the surface."""
    for step in range(20):
        mixed = _mix(colour, other, step / 20)
        if _contrast(mixed, surface) >= READABLE:
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
