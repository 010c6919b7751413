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


def checked(folder: Path) -> dict[str, str]:
    """Check the copy of `app` in `folder`; return what is said of each contract that is broken."""
    finished = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
    )
    broken = re.findall(r"^(.+) BROKEN\b", finished.stdout, re.MULTILINE)
    # Anything else that went wrong, such as a contract that cannot be read, is no answer.
    assert finished.returncode == (1 if broken else 0), finished.stdout + finished.stderr
    _, *parts = re.split(r"^(.+)\n-{4,}\n", finished.stdout, flags=re.MULTILINE)
    said = dict(zip(parts[::2], parts[1::2], strict=True))
    return {name: said[name] for name in broken}


def copied(folder: Path) -> Path:
    """Fill a folder with a copy of the application and of its contracts."""
    shutil.copytree(APP, folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture(scope="module")
def said_of_seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Sow every seed in one copy: each import that is forbidden is named by itself."""
    copy = copied(tmp_path_factory.mktemp("seeded"))
    for seed in SEEDS:
        file = copy / "app" / seed.file
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as handle:
            handle.write(f"\n{seed.line}\n")
    return checked(copy)


def test_the_application_keeps_every_contract(tmp_path: Path) -> None:
    assert checked(copied(tmp_path)) == {}


def test_a_room_that_nobody_put_on_a_floor_breaks_the_layers(tmp_path: Path) -> None:
    room = copied(tmp_path) / "app" / "notes"
    room.mkdir()
    (room / "__init__.py").touch()
    assert set(checked(tmp_path)) == {LAYERS}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"{seed.file}: {seed.line}")
def test_a_seeded_violation_breaks_its_contract(seed: Seed, said_of_seeds: dict[str, str]) -> None:
    importer = seed.file.removesuffix(".py").replace("/", ".")
    imported = seed.line.removeprefix("import ")
    named = rf"^[- ]+app\.{re.escape(importer)} -> {re.escape(imported)} \("
    assert re.search(named, said_of_seeds[seed.broken], re.MULTILINE)
