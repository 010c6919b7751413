"""The library of the charts: taken out by a process of its own, served once and for good."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Settings
from app.db import Database
from app.kit.headers import IMMUTABLE
from app.main import create_app
from app.web.charts import bundle, specs
from tests.support.client import ApiClient

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SCRIPT = b"window.vegaEmbed = () => {};"


@pytest.fixture
def cached(settings: Settings, tmp_path: Path) -> Settings:
    place = bundle.file_in(tmp_path)
    place.parent.mkdir()
    place.write_bytes(gzip.compress(SCRIPT))
    return settings.model_copy(update={"cache_dir": tmp_path})


@on_sqlite
def test_the_library_is_compressed_and_kept_for_good(cached: Settings, database: Database) -> None:
    with ApiClient(create_app(cached, database=database)) as client:
        answer = client.get(bundle.address())
        assert (answer.status_code, answer.content) == (200, SCRIPT)
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["cache-control"] == IMMUTABLE
        assert answer.headers["content-type"].startswith("text/javascript")
        plain = client.get(bundle.address(), headers={"accept-encoding": "identity"})
        assert plain.content == SCRIPT
        assert "content-encoding" not in plain.headers
        assert client.get("/static/charts/000000000000.js").status_code == 404


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8", True),
        ("gzip;q=0", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_whoever_takes_it(accepted: str, *, takes: bool) -> None:
    assert bundle.takes_gzip(accepted) is takes


def test_a_process_makes_the_library_and_the_server_never_loads_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.web.charts.make_bundle", str(tmp_path)]
    subprocess.run(command, check=True)
    made = bundle.file_in(tmp_path)
    assert b"vegaEmbed" in gzip.decompress(made.read_bytes())
    assert list(made.parent.iterdir()) == [made]
    loaded = "import sys, app.main; sys.exit('vl_convert' in sys.modules)"
    subprocess.run([sys.executable, "-c", loaded], check=True)


_COMPILE = """
import json, sys, vl_convert
for spec in json.load(sys.stdin):
    assert "<svg" in vl_convert.vegalite_to_svg(spec)
"""


def test_every_chart_can_be_drawn_on_paper() -> None:
    values = {
        **specs.PAPER,
        **specs.LOOKS["left"],
        "side": specs.PAPER["left"],
        "unit": "kPa",
        "domain": [0, 60],
        "days": [0, 28],
        "day_title": "days",
        "width": 400,
        "since": 0,
        "until": 86_400_000,
    }
    filled = []
    for spec in (
        specs.modal_cycle(),
        specs.intervals(),
        specs.timeline(sides=specs.SIDES, is_first=True),
        specs.timeline(sides=("right",), is_first=False),
    ):
        drawn = specs.fill_in(spec, values)
        drawn["datasets"] = {layer["data"]["name"]: [] for layer in drawn["layer"]}
        filled.append(drawn)
    assert "$" not in json.dumps(filled).replace("$schema", "")
    program = [sys.executable, "-c", _COMPILE]
    subprocess.run(program, input=json.dumps(filled), text=True, check=True)
