"""Pictures: told by their bytes, whole, and of a size that can be shown."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_admin.rules import images
from booking_admin.rules.images import Picture
from tests.pictures import jpeg, png, webp

WHOLE = {
    "png": (png(40, 20), "image/png"),
    "jpeg": (jpeg(40, 20), "image/jpeg"),
    "webp, extended": (webp(b"VP8X", 40, 20), "image/webp"),
    "webp, lossless": (webp(b"VP8L", 40, 20), "image/webp"),
    "webp, lossy": (webp(b"VP8 ", 40, 20), "image/webp"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_is_known_and_measured(name: str):
    content, content_type = WHOLE[name]

    assert images.read(content) == Picture(content_type, 40, 20)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + b"<script>", lambda c: c[:12]])
def test_what_is_cut_off_or_has_something_behind_it_is_refused(name: str, change):
    with pytest.raises(ValueError, match="no whole PNG, JPEG or WebP"):
        images.read(change(WHOLE[name][0]))


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a" + bytes(40), b"%PDF-1.7", b"<html>", b"\xff\xd8\xff\xd9"],
)
def test_other_files_are_refused_whatever_they_are_called(content: bytes):
    with pytest.raises(ValueError, match="no whole PNG, JPEG or WebP"):
        images.read(content)


@pytest.mark.parametrize(("width", "height"), [(15, 32), (32, 15), (2049, 32), (32, 2049)])
def test_each_side_has_bounds(width: int, height: int):
    with pytest.raises(ValueError, match=f"{width} × {height} pixels"):
        images.read(png(width, height))


def test_a_heavy_file_is_refused_before_it_is_looked_at():
    with pytest.raises(ValueError, match="larger than 512 kB"):
        images.read(png() + bytes(images.BYTES_MAX))


def test_no_file_is_asked_for():
    with pytest.raises(ValueError, match="Choose a file"):
        images.read(b"")


@given(st.sampled_from([png()[:8], b"\xff\xd8\xff", b"RIFF\x20\0\0\0WEBP"]), st.binary(max_size=200))
def test_no_bytes_are_too_much_for_it(head: bytes, rest: bytes):
    with suppress(ValueError):
        images.read(head + rest)
