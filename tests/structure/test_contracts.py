"""The import contracts hold, and each of them notices when it is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.repository import APP, ROOT

LAYERS = "Layers, top to bottom"
PURE = "The pure parts reach no I/O"
RULES = "Rules know the core and the limits only"
FEATURE = "Inside a feature, top to bottom"


@dataclass(frozen=True)
class Seed:
    """A line that must not be in `file`, and the contract that says so."""

    file: str
    line: str
    broken: str


SEEDS = [
    Seed("analysis/records.py", "import app.kit.limits", LAYERS),
    Seed("errors.py", "import app.analysis.records", LAYERS),
    Seed("kit/history.py", "import app.patients.tables", LAYERS),
    Seed("db.py", "import app.patients.tables", LAYERS),
    Seed("clinics/tables.py", "import app.patients.tables", LAYERS),
    Seed("patients/service.py", "import app.products.catalogue", LAYERS),
    Seed("products/service.py", "import app.plans.rules", LAYERS),
    Seed("plans/service.py", "import app.infusions.rules", LAYERS),
    Seed("infusions/service.py", "import app.reports.rules", LAYERS),
    Seed("reports/service.py", "import app.findings.service", LAYERS),
    Seed("findings/service.py", "import app.exchange", LAYERS),
    Seed("exchange/seeded.py", "import app.web.format", LAYERS),
    Seed("web/format.py", "import app.main", LAYERS),
    Seed("main.py", "import app.cli", LAYERS),
    Seed("notes/__init__.py", "", LAYERS),  # a room that nobody put on a floor
    Seed("analysis/records.py", "import sqlalchemy", PURE),
    Seed("analysis/measures.py", "import pydantic", PURE),
    Seed("errors.py", "import fastapi", PURE),
    Seed("kit/limits.py", "import httpx", PURE),
    Seed("kit/fields.py", "import typer", PURE),
    Seed("kit/limits.py", "import app.db", PURE),
    *(
        Seed(f"{rules.parent.name}/rules.py", "import sqlalchemy", PURE)
        for rules in sorted(APP.glob("*/rules.py"))
    ),
    Seed("exchange/rules.py", "import sqlalchemy", PURE),  # one that is new
    Seed("plans/rules.py", "import app.kit.history", RULES),
    Seed("plans/rules.py", "import app.patients.service", RULES),
    Seed("plans/service.py", "import app.plans.routes", FEATURE),
    Seed("plans/repository.py", "import app.plans.service", FEATURE),
    Seed("plans/tables.py", "import app.plans.repository", FEATURE),
    Seed("plans/rules.py", "import app.plans.tables", FEATURE),
    Seed("plans/schemas.py", "import app.plans.service", FEATURE),
]


def broken_contracts(folder: Path) -> set[str]:
    """Check the copy of `app` in `folder`, and return the names of its broken contracts."""
    finished = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
    )
    broken = set(re.findall(r"^(.+) BROKEN\b", finished.stdout, re.MULTILINE))
    # Anything else that went wrong, such as a contract that cannot be read, is no answer.
    assert finished.returncode == (1 if broken else 0), finished.stdout + finished.stderr
    return broken


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a folder with a copy of the application and of its contracts."""
    shutil.copytree(APP, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_application_keeps_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{seed.file}: {seed.line}")
def test_a_seeded_violation_breaks_its_contract(seed: Seed, copy: Path) -> None:
    file = copy / "app" / seed.file
    file.parent.mkdir(exist_ok=True)
    with file.open("a", encoding="utf-8") as handle:
        handle.write(f"\n{seed.line}\n")
    assert seed.broken in broken_contracts(copy)
