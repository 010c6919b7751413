"""The documents say what the code does, and lead nowhere that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.clinics.care_settings import CARE_SETTINGS, SETTABLE
from app.config import Settings
from tests.support.repository import APP, ROOT, files, named, python_files, read

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
MENTION = re.compile(r"\bdocs/[\w/-]+\.md\b")


def test_operations_lists_every_setting_and_no_other() -> None:
    listed = re.findall(r"^\| `(IVIG_[A-Z_]+)`", read("docs/operations.md"), re.MULTILINE)
    assert sorted(listed) == sorted(f"IVIG_{name.upper()}" for name in Settings.model_fields)


def test_the_page_on_settings_lists_every_setting_and_no_other() -> None:
    text = read("docs/settings.md")
    listed = re.findall(r"`(threshold\.\w+)`|^\| `([\w.]+)`", text, re.MULTILINE)
    assert {first or second for first, second in listed} == set(SETTABLE)


def test_the_page_on_settings_states_every_default_and_range_of_care() -> None:
    text = read("docs/settings.md")
    listed = re.findall(
        r"^\| `(\w+\.[\w.]+)` \| ([^|]+), ([\d.]+)-([\d.]+) \| ([\d.]+) \|", text, re.MULTILINE
    )
    stated = {
        key: (unit, float(low), float(high), float(value)) for key, unit, low, high, value in listed
    }
    assert stated == {
        key: (one.unit, one.low, one.high, one.default) for key, one in CARE_SETTINGS.items()
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_that_the_code_names_exists() -> None:
    mentions = {
        (named(path), mention)
        for path in python_files("app", "migrations", "tests")
        for mention in MENTION.findall(path.read_text(encoding="utf-8"))
    }
    assert sorted(m for m in mentions if not (ROOT / m[1]).exists()) == []


def test_the_page_on_architecture_names_every_room() -> None:
    rooms = {path.stem for path in APP.iterdir() if not path.name.startswith("_")}
    text = read("docs/architecture.md")
    assert sorted(room for room in rooms if not re.search(rf"\b{room}\b", text)) == []
