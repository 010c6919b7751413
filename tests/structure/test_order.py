"""The long files come first, so that processes side by side end together; few are traced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.conftest import LONG, TESTS, UNTRACED, is_traced, pytest_collection_modifyitems

NAMES = (
    "analysis/test_lines.py",
    "web/test_pages.py",
    "browser/test_pages.py",
    "web/test_pages.py",
    "access/test_policy.py",
    "browser/test_pages_of_people.py",
)


def test_every_name_is_one_of_a_file_or_folder() -> None:
    assert [name for name in LONG if not (TESTS / name).exists()] == []


def test_long_files_come_first_and_the_tests_of_a_file_stay_in_order() -> None:
    items: list[Any] = [
        SimpleNamespace(name=number, path=TESTS / name) for number, name in enumerate(NAMES)
    ]
    pytest_collection_modifyitems(items)
    assert [item.name for item in items] == [4, 5, 2, 1, 3, 0]


def test_coverage_looks_at_tests_without_a_database() -> None:
    def an_item(name: str, *fixtures: str) -> Any:
        return SimpleNamespace(path=TESTS / name, fixturenames=fixtures)

    assert [name for name in UNTRACED if not (TESTS / name).is_dir()] == []
    assert is_traced(an_item("reports/test_rules.py"))
    assert is_traced(an_item("web/test_format.py", "monkeypatch"))
    assert not is_traced(an_item("reports/test_service.py", "session", "dialect"))
    assert not is_traced(an_item("cli/test_serving.py"))
