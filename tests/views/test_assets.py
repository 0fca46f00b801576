"""Our own files: one stylesheet, packed, kept by browsers for as long as nothing changes."""

from __future__ import annotations

import gzip
import re

import pytest

from booking_admin.views import assets
from tools import vendor

HOME = "/north/admin/"


@pytest.fixture
def addresses(sign_in, tenant) -> list[str]:
    return re.findall(r'"(/static/[^"#]+)"', sign_in("staff").get(HOME).text)


def test_an_address_names_what_is_behind_it_and_is_kept_for_good(client, addresses):
    for address in addresses:
        answer = client.get(address)

        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_an_old_address_still_answers_but_is_not_kept(client, addresses):
    address = re.sub(r"/static/\w+/", "/static/0123456789ab/", addresses[0])

    assert client.get(address).headers["Cache-Control"] == "no-cache"


def test_texts_are_packed_for_whoever_unpacks_them(client, addresses):
    style = next(each for each in addresses if each.endswith("system.css"))

    packed = client.get(style, headers={"Accept-Encoding": "gzip"})
    plain = client.get(style)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_every_part_of_the_look_is_in_the_one_stylesheet():
    style = assets.stylesheet("light").decode()

    for file in (assets.STATIC / "css").rglob("*.css"):
        assert (file.read_text().strip() in style) is (file.name != "dark.css"), file.name


def test_no_page_uses_a_class_that_was_left_out():
    left_out = set(vendor.LEFT_OUT.read_text().split())

    assert sorted(left_out & vendor.words()) == [], "Tabler was trimmed without these: run `make vendor`"
    assert left_out.isdisjoint(vendor.classes((assets.STATIC / "vendor" / vendor.TABLER).read_text()))


def test_a_path_that_leads_out_is_not_found(client):
    assert client.get("/static/x/../panel.py").status_code == 404
    assert client.get("/static/x/..%2f..%2fconfig.py").status_code == 404
