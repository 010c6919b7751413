"""Scripts and styles on the wire: packed for those who unpack, and little for a phone."""

from __future__ import annotations

import re
from typing import Final

import httpx
import pytest

from app.web.assets import DIRECTORY, asset
from app.web.shells import PUBLIC
from tests.support.client import ApiClient
from tests.support.ward import NAMES, Ward

_MOST_BYTES: Final = 150_000
_LINKED: Final = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"')
_IMPORTED: Final = re.compile(r'from "\./([\w-]+\.js)"')
_PLAIN: Final = (DIRECTORY / "style.css").read_bytes()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_an_asset_is_packed_for_whoever_unpacks_it_and_for_nobody_else(client: ApiClient) -> None:
    def get(coding: str, **more: str) -> httpx.Response:
        return client.get(asset("style.css"), headers={"accept-encoding": coding, **more})

    packed, plain, refused = get("br, gzip"), get("identity"), get("gzip;q=0")
    part = get("gzip", range="bytes=0-9")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.num_bytes_downloaded == int(packed.headers["content-length"])
    assert packed.num_bytes_downloaded < len(_PLAIN) / 2
    assert packed.content == plain.content == refused.content == _PLAIN
    assert (part.status_code, part.content) == (206, _PLAIN[:10])
    for answer in (plain, refused, part):
        assert "content-encoding" not in answer.headers
    for answer in (packed, plain, refused, part):
        assert "accept-encoding" in answer.headers["vary"].lower()
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_first_page_of_a_patient_is_small(client: ApiClient) -> None:
    """The page, its styles, and every script with all that it imports, as they are sent."""
    for path in ("/today", "/report", "/wrong"):
        page = client.get(path)
        wanted = {asset("icon-192.png"), *_LINKED.findall(page.text)}
        read: set[str] = set()
        size = page.num_bytes_downloaded
        while wanted - read:
            one = (wanted - read).pop()
            read.add(one)
            answer = client.get(one)
            assert answer.status_code == 200, one
            size += answer.num_bytes_downloaded
            if one.endswith(".js"):
                wanted |= {asset(name) for name in _IMPORTED.findall(answer.text)}
        assert len(read) > 10
        assert size < _MOST_BYTES, path


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_is_kept_of_learn_is_of_nobody(client: ApiClient) -> None:
    for path in PUBLIC:
        kept = client.get(path)
        assert kept.status_code == 200, path
        assert not any(name in kept.text for name in NAMES.values())
        assert "/sign-out" not in kept.text
        assert 'href="/wrong"' in kept.text
    asks = client.get("/sw.js").text
    assert 'credentials: "omit"' in asks
    assert "Written by your clinic" not in client.get(PUBLIC[1]).text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_something_is_wrong_stands_on_every_page_of_people_at_home(
    ward: Ward, gated: ApiClient
) -> None:
    pages = ("/today", "/report", "/offline", "/learn", "/learn/mmn", "/account")
    own = ("", "/course", "/access-log", "/care-team", "/schedule")
    for path in (*pages, *(f"{ward.record}{end}?without_report=1" for end in own)):
        for who in ("patient", "proxy"):
            answer = gated.get(path, headers=ward.headers(who))
            assert answer.status_code == 200, path
            assert answer.text.count('class="button wrong" href="/wrong"') == 1, (path, who)
        answer = gated.get(path, headers=ward.headers("nurse"))
        is_shell = path in ("/today", "/report", "/offline")
        assert ('href="/wrong"' in answer.text) is is_shell, path
