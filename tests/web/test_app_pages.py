"""The shells of the installed app: the same for everybody, and all that a worker must keep."""

from __future__ import annotations

import json
import re

import pytest

from app.alarms.rules import SIGNS
from app.analysis.measures import MEASURES
from app.diary.rules import BY_OTHERS
from app.web.assets import asset, version
from app.web.scales import SIGN_WORDS, report_words
from app.web.shells import SHELLS, VERSION_HEADER, worker_version
from tests.support.client import ApiClient
from tests.support.ward import Ward

_ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_shell_holds_nothing_of_whoever_asks(ward: Ward, client: ApiClient) -> None:
    for path in SHELLS:
        for_nobody = client.get(path)
        assert for_nobody.status_code == 200, path
        for who in ("patient", "nurse"):
            page = client.get(f"{path}?patient={ward.patient_id}", headers=ward.headers(who))
            assert page.text == for_nobody.text
            assert page.headers[VERSION_HEADER] == worker_version()


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_worker_keeps_every_asset_of_every_shell(client: ApiClient) -> None:
    answer = client.get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "__" not in re.sub(r"/\*.*?\*/", "", answer.text)
    listed = re.search(r"const ASSETS = (\[.*\]);", answer.text)
    assert listed is not None
    kept = set(json.loads(listed[1]))
    for path in SHELLS:
        used = {one for one in _ASSET.findall(client.get(path).text) if not one.endswith(".png")}
        assert used <= kept
    for one in kept:
        assert client.get(one).status_code == 200
    other = asset("page.js").replace(version(), "0" * len(version()))
    assert client.get(other).status_code == 404


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_manifest_speaks_the_language_and_has_its_icons(client: ApiClient) -> None:
    answer = client.get("/manifest.webmanifest", headers={"accept-language": "de"})
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert (manifest["lang"], manifest["display"]) == ("de", "standalone")
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).headers["content-type"].startswith(icon["type"])


def test_signs_have_the_words_of_the_rules() -> None:
    assert {key: sign.words for key, sign in SIGNS.items()} == dict(SIGN_WORDS)


def test_every_measure_that_somebody_answers_has_its_words() -> None:
    words = report_words()
    for key, measure in MEASURES.items():
        if key in BY_OTHERS:
            continue
        assert {f"measure:{key}", f"question:{key}"} <= words.keys()
        if measure.high == 10:
            assert {f"low:{key}", f"high:{key}"} <= words.keys()
        for site in measure.sites:
            assert f"site:{site}" in words
