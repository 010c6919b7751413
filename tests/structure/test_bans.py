"""The pure parts may touch neither clock, nor chance, nor the world; ruff notices each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT, named, pure_files

BANNED_API = "TID251"
OPEN = "PTH123"
PRINT = "T201"
NAIVE_NOW = "DTZ005"
NAIVE_TODAY = "DTZ011"
TODO = "FIX002"

SEEDS = [
    (BANNED_API, "import os"),
    (BANNED_API, "import socket"),
    (BANNED_API, "import subprocess"),
    (BANNED_API, "import time"),
    (BANNED_API, "import random"),
    (BANNED_API, "import sqlite3"),
    (BANNED_API, "import logging"),
    (BANNED_API, "from pathlib import Path"),
    (BANNED_API, "from time import monotonic"),
    (BANNED_API, "from urllib.request import urlopen"),
    (BANNED_API, "import importlib"),
    (BANNED_API, "from scipy import stats"),
    (BANNED_API, "import numpy as np\n\nRNG = np.random.default_rng()"),
    (BANNED_API, "import uuid\n\nID = uuid.uuid4()"),
    (BANNED_API, "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)"),
    (BANNED_API, "import datetime as dt\n\nNOW = dt.datetime.now(dt.UTC)"),
    (BANNED_API, "from datetime import date\n\nTODAY = date.today()"),
    (OPEN, 'with open("limits.csv") as file:\n    LIMITS = file.read()'),
    (PRINT, 'print("found")'),
]
SEEDS_ANYWHERE = [
    (NAIVE_NOW, "from datetime import datetime\n\nNOW = datetime.now()"),
    (NAIVE_TODAY, "from datetime import date\n\nTODAY = date.today()"),
    (TODO, "# TODO: later"),
]
PURE = ["app/analysis/seeded.py", "app/plans/rules.py", "app/kit/limits.py", "app/errors.py"]


def violations(file: str, code: str) -> set[str]:
    """Return the codes of what ruff would say if `code` stood in `file`."""
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "ruff", "check", "--no-cache", "--output-format=json",
            "--stdin-filename", ROOT / file, "-",
        ],
        capture_output=True,
        check=False,
        cwd=ROOT,
        input=f'"""A module."""\n\n{code}\n',
        text=True,
    )  # fmt: skip
    return {str(found["code"]) for found in json.loads(finished.stdout)}


@pytest.mark.parametrize(("rule", "code"), SEEDS, ids=lambda text: text.replace("\n", "; "))
@pytest.mark.parametrize("file", PURE)
def test_a_seeded_violation_in_a_pure_part_is_found(file: str, rule: str, code: str) -> None:
    assert rule in violations(file, code)


@pytest.mark.parametrize("code", [code for rule, code in SEEDS if rule == BANNED_API])
def test_the_other_parts_may_touch_the_world(code: str) -> None:
    assert BANNED_API not in violations("app/plans/service.py", code)


@pytest.mark.parametrize(("rule", "code"), SEEDS_ANYWHERE)
@pytest.mark.parametrize("file", ["app/plans/service.py", "tests/seeded.py"])
def test_naive_time_and_unfinished_work_are_found_everywhere(
    file: str, rule: str, code: str
) -> None:
    assert rule in violations(file, code)


@pytest.mark.parametrize("path", pure_files(), ids=named)
def test_every_pure_file_is_under_the_ban(path: Path) -> None:
    assert BANNED_API in violations(named(path), "import socket")
