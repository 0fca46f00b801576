"""Pictures that people send: told by their first bytes and measured, never believed by their name."""

from __future__ import annotations

from dataclasses import dataclass

from booking_admin.rules.say import say

BYTES_MAX = 512 * 1024
SIDES = (16, 2_048)  # pixels

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# Markers of a JPEG's frames, which tell its size; those left out between them define tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a segment


@dataclass(frozen=True, slots=True)
class Picture:
    """What a file is, by its content."""

    content_type: str
    width: int
    height: int


def read(content: bytes) -> Picture:
    """A PNG, JPEG or WebP picture of a size that we show; raises ValueError with a sentence for anything else.

    The file must end where the picture does: what is hung on behind it is for other readers than browsers.
    """
    if not content:
        raise ValueError(say("Choose a file first."))
    if len(content) > BYTES_MAX:
        raise ValueError(say("The file is larger than %(most)s kB. Send a smaller picture.", most=BYTES_MAX // 1024))
    try:
        found = _known(content)
    except (IndexError, ValueError):
        found = None
    if found is None:
        raise ValueError(say("This is no whole PNG, JPEG or WebP picture. Save it anew as one of these."))
    low, high = SIDES
    if not (low <= found.width <= high and low <= found.height <= high):
        raise ValueError(
            say(
                "The picture is %(width)s × %(height)s pixels; each side must be from %(low)s to %(high)s.",
                width=found.width,
                height=found.height,
                low=low,
                high=high,
            )
        )
    return found


def _known(content: bytes) -> Picture | None:
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(_JPEG):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _png(content: bytes) -> Picture | None:
    if content[12:16] != b"IHDR" or content.find(_PNG_END) != len(content) - len(_PNG_END):
        return None
    return Picture("image/png", _big(content[16:20]), _big(content[20:24]))


def _jpeg(content: bytes) -> Picture | None:
    if not content.endswith(_JPEG_END):
        return None
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAMES:
            return Picture("image/jpeg", _big(content[at + 7 : at + 9]), _big(content[at + 5 : at + 7]))
        at += 2 if marker in _ALONE else 2 + max(2, _big(content[at + 2 : at + 4]))
    return None


def _webp(content: bytes) -> Picture | None:
    if _little(content[4:8]) + 8 != len(content):
        return None
    kind, body = content[12:16], content[20:]
    if kind == b"VP8X":
        return Picture("image/webp", _little(body[4:7]) + 1, _little(body[7:10]) + 1)
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = _little(body[1:5])
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return Picture("image/webp", _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF)
    return None


def _big(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")
