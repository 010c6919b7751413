"""Orders in grams, millilitres and vials; small cases are counted by hand, all by brute force."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.conversion import Conversion, Order, VialChoice, convert_order

GAMMAGARD = (1, 2.5, 5, 10, 20, 30)
PRIVIGEN = (5, 10, 20, 40)
CUTAQUIG = (1, 1.65, 2, 3.3, 4, 8)


def convert(
    dose_g: float | None = None,
    *,
    per_kg: float | None = None,
    weight_kg: float | None = None,
    sizes: Sequence[float] = PRIVIGEN,
    days: int = 1,
    tolerance: float = 5,
    concentration: float | None = 100,
) -> Conversion:
    return convert_order(
        Order(per_kg, dose_g, days, tolerance),
        weight_kg=weight_kg,
        vial_sizes_g=sizes,
        concentration_mg_per_ml=concentration,
    )


def made(choice: VialChoice | None) -> dict[float, int]:
    assert choice is not None
    return {vials.size_g: vials.count for vials in choice.vials}


def test_two_grams_per_kilogram_in_two_days() -> None:
    found = convert(per_kg=2.0, weight_kg=83, sizes=GAMMAGARD, days=2)
    assert (found.ordered_g, found.volume_ml) == (166, 1660)
    assert found.covering == found.nearest
    assert made(found.covering) == {30: 4, 20: 2, 5: 1, 1: 1}  # 8 vials, as few as can be
    assert found.covering is not None
    assert [day.grams for day in found.covering.days] == [85, 81]
    assert [day.volume_ml for day in found.covering.days] == [850, 810]
    assert not found.covering.needs_prescriber


def test_a_dose_in_grams_needs_no_weight() -> None:
    assert convert(40).ordered_g == convert(40, per_kg=9, weight_kg=9).ordered_g == 40


@pytest.mark.parametrize("order", [{}, {"per_kg": 1.0}, {"weight_kg": 70.0}])
def test_without_order_or_weight_nothing_is_said(order: dict[str, float]) -> None:
    assert convert(**order) == Conversion(None, None, None, None)


def test_millilitres_come_from_the_concentration_alone() -> None:
    assert convert(40, concentration=50).volume_ml == 800
    found = convert(40, concentration=None)
    assert found.volume_ml is None
    assert found.covering is not None
    assert found.covering.volume_ml is found.covering.days[0].volume_ml is None


@pytest.mark.parametrize(("dose_g", "sizes"), [(40, ()), (0, PRIVIGEN)])
def test_without_vials_or_dose_there_is_no_choice(dose_g: float, sizes: Sequence[float]) -> None:
    found = convert(dose_g, sizes=sizes)
    assert (found.ordered_g, found.covering, found.nearest) == (dose_g, None, None)


def test_the_rest_of_the_covering_vials_is_waste() -> None:
    found = convert(71.5)
    assert found.covering is not None
    assert found.nearest is not None
    assert (found.covering.grams, found.covering.difference_g) == (75, 3.5)
    assert made(found.covering) == {40: 1, 20: 1, 10: 1, 5: 1}
    assert (found.nearest.grams, found.nearest.difference_g) == (70, -1.5)


def test_of_two_as_near_the_larger_is_taken() -> None:
    nearest = convert(72.5).nearest
    assert nearest is not None
    assert nearest.grams == 75


def test_less_than_the_smallest_vial_takes_that_one() -> None:
    found = convert(1)
    assert made(found.covering) == made(found.nearest) == {5: 1}


@pytest.mark.parametrize(
    ("dose_g", "tolerance", "needs"),
    [
        (100, 5, False),
        (95.3, 5, False),  # 100 g are 4.93 % more
        (95.2, 5, True),  # 100 g are 5.04 % more
        (95.2, 5.1, False),
        (99.9, 0, True),
        (100, 0, False),
    ],
)
def test_beyond_its_tolerance_rounding_needs_the_prescriber(
    dose_g: float, tolerance: float, *, needs: bool
) -> None:
    found = convert(dose_g, tolerance=tolerance)
    assert found.covering is not None
    assert found.covering.grams == 100
    assert found.covering.needs_prescriber is needs


def test_exactly_the_tolerance_is_still_within() -> None:
    found = convert(100, sizes=(35,), tolerance=5)
    assert found.covering is not None
    assert (found.covering.difference_percent, found.covering.needs_prescriber) == (5, False)


def test_coarse_vials_make_uneven_days() -> None:
    found = convert(50, sizes=(20, 10), days=3)
    assert found.covering is not None
    assert [day.grams for day in found.covering.days] == [20, 20, 10]
    single = convert(40, sizes=(40,), days=2).covering
    assert single is not None
    assert [(day.day, day.grams) for day in single.days] == [(1, 40)]
    assert (single.days_without, found.covering.days_without) == ((2,), ())


sizes_ = st.sampled_from([PRIVIGEN, GAMMAGARD, CUTAQUIG, (10,), (2.5, 4), (7, 3)])


@given(st.floats(0.5, 60), sizes_)
def test_no_other_vials_waste_less_and_no_fewer_waste_as_little(
    dose_g: float, sizes: Sequence[float]
) -> None:
    found = convert(dose_g, sizes=sizes).covering
    assert found is not None
    count = sum(found_vials.count for found_vials in found.vials)
    assert found.grams >= dose_g - 1e-6
    # Brute force over the few largest counts that can matter, in hundredths of a gram.
    cents = [round(size * 100) for size in sizes]
    target = dose_g * 100 - 1e-4
    best: tuple[int, int] | None = None
    top = max(cents)
    for small in product(*(range(4 if cent != top else 1) for cent in cents)):
        base = sum(n * cent for n, cent in zip(small, cents, strict=True))
        for large in range(int(target // top) + 2):
            total = base + large * top
            if total >= target and (best is None or (total, sum(small) + large) < best):
                best = (total, sum(small) + large)
    assert best is not None
    assert (round(found.grams * 100), count) <= best


@given(st.floats(0.5, 400), sizes_, st.integers(1, 5))
def test_days_and_vials_add_up(dose_g: float, sizes: Sequence[float], days: int) -> None:
    found = convert(dose_g, sizes=sizes, days=days)
    for choice in (found.covering, found.nearest):
        assert choice is not None
        every_day = [*(day.day for day in choice.days), *choice.days_without]
        assert every_day == list(range(1, days + 1))
        assert all(day.vials for day in choice.days)
        assert sum(day.grams for day in choice.days) == pytest.approx(choice.grams)
        in_vials = sum(vials.size_g * vials.count for vials in choice.vials)
        assert in_vials == pytest.approx(choice.grams)
        for day in choice.days:
            held = sum(vials.size_g * vials.count for vials in day.vials)
            assert held == pytest.approx(day.grams)
        assert choice.difference_g == pytest.approx(choice.grams - dose_g)
    assert found.nearest is not None
    assert found.covering is not None
    assert abs(found.nearest.difference_g) <= found.covering.difference_g + 1e-6
