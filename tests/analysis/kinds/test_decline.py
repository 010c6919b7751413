from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from app.analysis.analyse import FindingDraft, analyse_patient
from app.analysis.records import Hold, PlanVersion, Series
from app.analysis.settings import AnalysisSettings
from tests.analysis.builders import START, a_plan, a_record, a_series, at, regular_days

DAYS = [float(day) for day in range(1, 336)]


def strength(level: Callable[[float], float], **others: object) -> Series:
    rng = np.random.default_rng(11)
    values = [level(day) + 0.5 * rng.normal() for day in DAYS]
    return a_series(DAYS, values, **others)  # type: ignore[arg-type]


def decline(
    *series: Series,
    plans: list[PlanVersion] | None = None,
    holds: list[Hold] | None = None,
    courses: list[date] | None = None,
) -> FindingDraft | None:
    record = a_record(courses or regular_days(12), plans=plans, holds=holds or [], series=series)
    now = at(START + timedelta(days=337))
    found = analyse_patient(record, AnalysisSettings(), now=now).findings
    return next((f for f in found if f.kind == "progressive_decline"), None)


def sinking(day: float) -> float:
    return 9.0 - day / 100.0


def test_a_level_that_sinks_is_reported() -> None:
    found = decline(strength(sinking))
    assert found is not None
    assert (found.measure, found.sites) == ("strength_nrs", ("right_hand",))
    assert re.match(
        "From interval to interval, less came back after the infusion: strength of the right hand "
        r"lost 3\.[4-9] points \(3(\.\d)? to [34](\.\d)?\) a year since",
        found.sentence,
    )
    assert found.sentence.endswith(" a year since 6 January 2025.")


def test_a_score_that_is_better_low_is_said_to_rise() -> None:
    found = decline(strength(lambda day: 2.0 + day / 60.0, measure="incat", site="global"))
    assert found is not None
    assert "the INCAT score rose by 6" in found.sentence


def test_a_steady_level_is_not() -> None:
    assert decline(strength(lambda _: 7.0)) is None


def test_a_rising_level_is_not() -> None:
    assert decline(strength(lambda day: 5.0 + day / 100.0)) is None


def test_a_certain_but_small_loss_does_not_matter() -> None:
    assert decline(strength(lambda day: 8.0 - 0.7 * day / 336.0)) is None


def test_twitching_that_grows_is_no_decline_of_strength() -> None:
    twitching = strength(lambda day: 1.0 + day / 100.0, measure="fasciculation_nrs")
    assert decline(twitching) is None


def test_a_decline_through_every_change_of_the_plan_is_seen() -> None:
    changes = [START + timedelta(days=84 * k) for k in range(4)]
    plans = [
        a_plan(effective_date=day, dose_g_per_kg=1.0 + 0.2 * k) for k, day in enumerate(changes)
    ]
    found = decline(strength(sinking), plans=plans)
    assert found is not None
    assert found.evidence["series"][0]["since"] == "2025-01-06"  # type: ignore[index]
    assert found.evidence["series"][0]["cycles"] == 12  # type: ignore[index]


def test_another_device_is_not_compared() -> None:
    devices = ["old" if day < 168 else "new" for day in DAYS]
    lower = strength(lambda day: 8.0 if day < 168 else 6.0, device=devices)
    assert decline(lower) is None


def test_a_level_lost_in_a_hold_is_not_a_decline() -> None:
    # The hold costs two points; before and after it the level is steady.
    courses = [day for day in regular_days(12) if not 140 < (day - START).days < 224]
    hold = Hold(START + timedelta(days=160), START + timedelta(days=224), "pregnancy")
    lower = strength(lambda day: 8.0 if day < 168 else 6.0)
    assert decline(lower, holds=[hold], courses=courses) is None


def test_three_cycles_are_too_few() -> None:
    assert decline(strength(lambda day: 9.0 - day / 20.0), courses=regular_days(3)) is None


def test_the_strongest_evidence_comes_first() -> None:
    slower = strength(lambda day: 9.0 - day / 150.0, site="left_hand")
    found = decline(slower, strength(sinking))
    assert found is not None
    assert set(found.sites) == {"right_hand", "left_hand"}
    assert found.sites[0] == found.evidence["series"][0]["site"]  # type: ignore[index]
