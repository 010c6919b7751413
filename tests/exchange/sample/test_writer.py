from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from app.exchange.sample import sample_rows, write_sample_clinic
from app.exchange.sample.writer import COLUMNS, Row, number

TODAY = date(2026, 11, 21)
Clinic = dict[str, list[Row]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample")
    write_sample_clinic(path, today=TODAY)
    return path


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_file_of_the_format_is_written(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{table}.csv" for table in COLUMNS}


@pytest.mark.parametrize("table", COLUMNS)
def test_the_same_day_and_seed_give_the_same_file(folder: Path, clinic: Clinic, table: str) -> None:
    # The fixtures simulated the clinic apart from each other.
    rows = read(folder / f"{table}.csv")
    assert tuple(rows[0]) == COLUMNS[table]
    assert rows == [
        {column: row.get(column, "") for column in COLUMNS[table]} for row in clinic[table]
    ]


def test_lines_end_as_the_exporter_ends_them(folder: Path) -> None:
    assert all(b"\r" not in path.read_bytes() for path in folder.iterdir())


def test_another_seed_gives_other_numbers(clinic: Clinic) -> None:
    assert sample_rows(today=TODAY, seed=1)["reports"] != clinic["reports"]


def test_a_week_later_the_same_clinic_is_a_week_younger(clinic: Clinic) -> None:
    later = sample_rows(today=date(2026, 11, 28))
    assert [row["value"] for row in later["reports"]] == [row["value"] for row in clinic["reports"]]
    first, moved = clinic["plans"][0]["effective_date"], later["plans"][0]["effective_date"]
    assert (date.fromisoformat(moved) - date.fromisoformat(first)).days == 7


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (7, "7"), (70.0, "70"), (1.2, "1.2"), (0.0, "0"), (0.25, "0.25")],
)
def test_numbers_are_plain_decimals(value: float | None, text: str) -> None:
    assert number(value) == text
