from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.errors import Severity
from tests.support.plausible_vials import INFUSION, START, VIAL, vials

UNUSUAL, IMPOSSIBLE = Severity.UNUSUAL, Severity.IMPOSSIBLE


def worst(**changes: Any) -> dict[str, Severity]:
    return {fault.field: fault.severity for fault in vials(**changes)}


@pytest.mark.parametrize(
    ("used_ml", "wasted_ml", "is_whole"),
    [(100.05, 0, True), (100.06, 0, False), (99.95, 0, True), (99.94, 0, False), (60, 40, True)],
)
def test_what_was_used_and_wasted_is_all_of_the_vial(
    used_ml: float, wasted_ml: float, is_whole: bool
) -> None:
    faults = worst(used_ml=used_ml, wasted_ml=wasted_ml, waste_reason="Rate cut.")
    assert faults == ({} if is_whole else {"used_ml": IMPOSSIBLE})


def test_the_volume_is_not_judged_without_a_concentration() -> None:
    around = {"concentration_mg_per_ml": None}
    assert set(worst(around=around, used_ml=1.0)) == {"concentration_mg_per_ml"}
    stated = {"concentration_mg_per_ml": 300.0, "used_ml": 1.0}
    assert set(worst(**stated)) == {"concentration_mg_per_ml"}


def test_a_powder_is_what_it_was_dissolved_to() -> None:
    around = {"concentration_mg_per_ml": None}
    assert worst(around=around, concentration_mg_per_ml=50.0, used_ml=200.0) == {}


def test_a_concentration_that_was_taken_at_entry_is_not_asked_about_later() -> None:
    stated = {"concentration_mg_per_ml": 50.0, "used_ml": 200.0}
    assert worst(**stated) == {"concentration_mg_per_ml": UNUSUAL}
    kept = {"before": replace(VIAL, concentration_mg_per_ml=50.0)}
    assert worst(around=kept, **stated) == {}


@pytest.mark.parametrize(("days", "expected"), [(-1, {"expired_reason": IMPOSSIBLE}), (0, {})])
def test_the_last_day_is_good(days: int, expected: dict[str, Severity]) -> None:
    assert worst(expires_on=START.date() + timedelta(days=days)) == expected


def test_reasons_let_an_expired_vial_of_a_recalled_lot_be_given() -> None:
    around = {"recall": "Maker, 2026-11-01"}
    expired = {"expires_on": START.date() - timedelta(days=1), "around": around}
    assert set(worst(**expired)) == {"expired_reason", "recalled_reason"}
    reasons = {"expired_reason": "Extended by the maker.", "recalled_reason": "Nothing else."}
    assert worst(**expired, **reasons) == {}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (START - timedelta(seconds=1), {"started_at": UNUSUAL}),
        (START, {}),
        (START + timedelta(hours=5), {}),
        (START + timedelta(hours=5, seconds=1), {"started_at": UNUSUAL}),
        (None, {}),
    ],
)
def test_a_vial_is_started_while_the_infusion_runs(
    at: datetime | None, expected: dict[str, Severity]
) -> None:
    assert worst(started_at=at) == expected
    running = {"infusion": replace(INFUSION, ended_at=None)}
    is_late = at is not None and at > START
    assert worst(started_at=at, around=running) == ({} if is_late else expected)


def test_the_first_vial_names_the_product_of_an_infusion_that_has_none() -> None:
    around = {"infusion": replace(INFUSION, product=None)}
    assert worst(product="hizentra", around=around) == {}
    assert worst(product="hizentra") == {"product": IMPOSSIBLE}


def test_a_voided_infusion_gets_no_vial() -> None:
    around = {"infusion": replace(INFUSION, is_voided=True)}
    (fault,) = vials(around=around)
    assert (fault.field, "was voided" in fault.reason) == ("infusion_id", True)


def test_a_scanned_text_may_have_separators() -> None:
    assert worst(scanned_text="]d201003442064371001727123110P100\x1d21A1") == {}


def test_a_serial_is_asked_about_only_where_there_is_one() -> None:
    assert worst(around={"serial_used": True}) == {}


def test_a_vial_that_looks_wrong_may_be_thrown_away() -> None:
    wasted = {"used_ml": 0.0, "wasted_ml": 100.0, "waste_reason": "Cloudy."}
    assert worst(looks_right=False, **wasted) == {}


def test_an_unknown_size_or_product_is_not_compared() -> None:
    assert worst(nominal_g=15.0, used_ml=150.0, around={"vial_sizes_g": ()}) == {}
    assert set(worst(product="?", around={"concentration_mg_per_ml": None})) == {"product"}
    assert set(worst(product="?", around={"infusion": None})) == {"product", "infusion_id"}
