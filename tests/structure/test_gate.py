"""The whole test run fails when a branch of a pure part is not tested, and says which."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT, named, pure_files

RULE = """
def is_due(days: int) -> bool:
    if days > 28:
        return True
    return False
"""
BOTH_BRANCHES = "assert is_due(29) and not is_due(28)"
ONE_BRANCH = "assert is_due(29)"
PURE = [
    "plans/rules.py",
    "analysis/due.py",
    "analysis/kinds/due.py",
    "kit/limits.py",
    "fhir/mapping/due.py",
]


class Project:
    """A small project with the shape of this one and its settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "pyproject.toml", folder)

    def add(self, file: str, check: str) -> None:
        """Add a rule, and a test that makes one check of it."""
        path = self.folder / "app" / file
        path.parent.mkdir(parents=True)
        for package in (path.parent, *path.parent.parents):
            if package.is_relative_to(self.folder / "app"):
                (package / "__init__.py").touch()
        path.write_text(RULE, encoding="utf-8")
        module = file.removesuffix(".py").replace("/", ".")
        test = f"from app.{module} import is_due\n\n\ndef test_is_due():\n    {check}\n"
        name = f"test_{module.replace('.', '_')}.py"
        (self.folder / name).write_text(test, encoding="utf-8")

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run its tests with the gate, as `.ci/dev.py test` does."""
        command = [sys.executable, "-m", "pytest", "-p", "pytest_cov", "-p", "no:cacheprovider"]
        command += [".", "--cov", "--cov-report=term", "--cov-fail-under=100"]
        environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(
            command, capture_output=True, check=False, cwd=self.folder, env=environment, text=True
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_an_untested_branch_of_a_pure_part_fails_the_run(project: Project) -> None:
    for file in PURE:
        project.add(file, ONE_BRANCH)
    finished = project.run()
    assert finished.returncode == 1
    assert "Required test coverage of 100% not reached" in finished.stdout
    assert [file for file in PURE if f"app/{file}" not in finished.stdout] == []


def test_when_all_is_well_pytest_has_the_last_word(project: Project) -> None:
    for file in PURE:
        project.add(file, BOTH_BRANCHES)
    finished = project.run()
    assert finished.returncode == 0
    assert re.search(rf"^=+ {len(PURE)} passed in .* =+$", finished.stdout.splitlines()[-1])


def test_the_other_parts_are_left_to_judgement(project: Project) -> None:
    project.add("plans/rules.py", BOTH_BRANCHES)
    project.add("reports/service.py", ONE_BRANCH)
    assert project.run().returncode == 0


@pytest.mark.parametrize("path", pure_files(), ids=named)
def test_every_pure_file_is_measured(path: Path) -> None:
    # A file that no test imports would not be in the report, and so would not fail the gate.
    module = importlib.import_module(named(path).removesuffix(".py").replace("/", "."))
    assert module.__file__ == str(path)
