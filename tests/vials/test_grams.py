from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vials.grams import Given, LotChange, grams, lot_changes, sums_of, volume_ml

START = datetime(2026, 11, 19, 9, tzinfo=UTC)
SIZES = st.sampled_from([0.5, 1, 1.65, 2, 2.5, 3.3, 4, 5, 6, 8, 10, 20, 30, 40])
VOLUMES = st.floats(0, 2000, allow_nan=False)


@pytest.mark.parametrize(
    ("nominal_g", "used_ml", "wasted_ml", "expected"),
    [
        (10, 100, 0, (10, 0)),
        (10, 0, 100, (0, 10)),
        (10, 40, 60, (4, 6)),
        (10, 33, 67, (3.3, 6.7)),
        (2.5, 10, 20, (0.833333, 1.666667)),
        (10, 0, 0, (0, 10)),
    ],
)
def test_grams_are_parted_as_the_volume_was(
    nominal_g: float, used_ml: float, wasted_ml: float, expected: tuple[float, float]
) -> None:
    assert grams(nominal_g, used_ml=used_ml, wasted_ml=wasted_ml) == expected


@given(SIZES, VOLUMES, VOLUMES)
def test_grams_used_and_wasted_are_all_of_the_vial(
    nominal_g: float, used_ml: float, wasted_ml: float
) -> None:
    used_g, wasted_g = grams(nominal_g, used_ml=used_ml, wasted_ml=wasted_ml)
    assert round(used_g + wasted_g, 6) == nominal_g
    assert 0 <= used_g <= nominal_g
    assert 0 <= wasted_g <= nominal_g


@given(st.lists(st.tuples(SIZES, VOLUMES, VOLUMES)))
def test_sums_add_up_however_many_vials_there_are(
    vials: list[tuple[float, float, float]],
) -> None:
    parted = [(size, *grams(size, used_ml=a, wasted_ml=b), a, b) for size, a, b in vials]
    sums = sums_of([Given("A", *one) for one in parted])
    assert sums.vials == len(vials)
    assert round(sums.used_g + sums.wasted_g, 6) == sums.nominal_g


def test_the_volume_follows_from_grams_and_concentration() -> None:
    assert volume_ml(10, concentration_mg_per_ml=100) == 100
    assert volume_ml(5, concentration_mg_per_ml=50) == 100


VIAL = Given("A", 10, 10, 0, 100, 0, START)


def test_a_lot_change_is_the_moment_at_which_another_lot_began() -> None:
    times = [START + timedelta(hours=hours) for hours in range(4)]
    lots = ("A", "A", "B", "A")
    vials = [replace(VIAL, lot=lot, started_at=at) for lot, at in zip(lots, times, strict=True)]
    assert lot_changes(vials) == [
        LotChange(times[0], None, "A"),
        LotChange(times[2], "A", "B"),
        LotChange(times[3], "B", "A"),
    ]


def test_without_vials_no_lot_began() -> None:
    assert lot_changes([]) == []
