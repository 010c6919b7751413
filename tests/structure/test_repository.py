"""What must never be committed, and what the README promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.repository import ROOT, files, ignored, named, python_files, read

# Written so that this file does not name what it looks for.
REGISTRIES = re.compile(
    r"pyp[i]\.org|pythonhoste[d]|npmj[s]|deb\.debia[n]|index-ur[l]|find-link[s]"
)
SOMEBODYS_MACHINE = re.compile(r"/wor[k]/|/home/[a-z]|/Users/[a-z]")
DEMO = "python3 .ci/dev.py demo"
TEST = "python3 .ci/dev.py test"


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


@pytest.mark.parametrize("pattern", [REGISTRIES, SOMEBODYS_MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_machine(pattern: re.Pattern[str]) -> None:
    found = {named(path): pattern.findall(text_of(path)) for path in files()}
    assert {name: hits for name, hits in found.items() if hits} == {}


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "ivig.db", ".venv/x", "ivig.db-wal"])
def test_what_a_machine_makes_stays_out_of_the_repository(name: str) -> None:
    assert ignored().match_file(name)


@pytest.mark.parametrize("name", ["", "-build", "-dev"])
def test_a_lock_file_holds_pins_with_hashes_and_no_address(name: str) -> None:
    lock = read(f"requirements{name}.txt")
    assert "://" not in lock
    pins = re.split(r"\n(?=\S)", lock.strip())
    assert pins
    assert [pin for pin in pins if not re.search(r"==.*--hash=sha256:", pin, re.DOTALL)] == []


def test_what_runs_is_what_is_tested() -> None:
    pin = re.compile(r"^[^\s#]+==[^\\\n]+", re.MULTILINE)
    assert set(pin.findall(read("requirements.txt"))) <= set(
        pin.findall(read("requirements-dev.txt"))
    )


@pytest.mark.parametrize("command", [DEMO, TEST])
def test_the_readme_gives_each_command_as_one_line(command: str) -> None:
    assert command in [line.strip() for line in read("README.md").splitlines()]


def test_ci_runs_the_command_of_the_readme() -> None:
    assert read(".ci/run").strip().splitlines()[-1] == TEST


def test_the_image_is_made_from_files_that_exist() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)
    sources = [name for line in copied for name in line.split()]
    assert {"app", "migrations", "requirements.txt"} <= set(sources)
    assert [name for name in sources if not (ROOT / name).exists()] == []
    let_through = re.findall(r"^!(\S+)$", read(".dockerignore"), re.MULTILINE)
    assert sorted(sources) == sorted(let_through)


def test_no_test_can_be_skipped() -> None:
    # Written apart, so that this file does not find itself.
    skipping = re.compile(r"\bskip(?:if|test)?\(|importorski[p]|\bxfai[l]\b|mark\.ski[p]")
    found = {named(path): skipping.findall(text_of(path)) for path in python_files("tests")}
    assert {name: hits for name, hits in found.items() if hits} == {}
