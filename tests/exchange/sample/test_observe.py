from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.measures import MEASURES
from app.exchange.sample.observe import SLOWEST_S, Observer, Reading, ar1
from app.exchange.sample.people import FLAT, HANDS, Body, Event, Item, Noise, Site, Symptom
from app.exchange.sample.physiology import Curves, FloatArray

DAYS = np.arange(-100.0, 0.0, 0.25)
SERIES = [(key, site) for key, measure in MEASURES.items() for site in measure.sites]
QUIET = Noise(grip_cv=0.0, rating_sd=0.0, cycle_cv=0.0)


def observer(*, fall: float = 0.0, seed: int = 3, **body: object) -> Observer:
    given_body: dict[str, object] = {
        "wearing_off": FLAT,
        "sites": HANDS,
        "noise": QUIET,
        **body,
    }
    curves = Curves(DAYS, np.full(DAYS.shape, fall), np.ones(DAYS.shape))
    return Observer(
        Body(**given_body),  # type: ignore[arg-type]
        curves,
        "right",
        np.random.default_rng(seed),
        np.zeros(DAYS.shape),
    )


def grip(seen: Observer, reading: Reading, site: str = "right_hand") -> float:
    return seen.read(Item("grip_kpa", site, 1), reading)


@given(st.sampled_from(SERIES), st.floats(-100, -0.01), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_every_reading_is_plausible(
    series: tuple[str, str], day: float, fall: float, seed: int
) -> None:
    item = Item(*series, 1)
    measure = MEASURES[item.measure]
    wild = Noise(grip_cv=0.5, rating_sd=5.0)
    value = observer(fall=fall, seed=seed, noise=wild, slump=2.0).read(item, Reading(day))
    assert measure.low <= value <= SLOWEST_S.get(item.measure, measure.high)
    assert value == round(value, measure.decimals)


def test_the_slowest_times_need_no_confirmation() -> None:
    assert all(s < (MEASURES[key].unusual_above or 0.0) for key, s in SLOWEST_S.items())


def test_grip_is_the_share_of_the_full_grip() -> None:
    assert grip(observer(full_grip_kpa=100.0), Reading(-50.0)) == 62.0


def test_a_cold_hand_is_weaker() -> None:
    seen = observer(full_grip_kpa=100.0)
    assert grip(seen, Reading(-50.0, cold=True)) == pytest.approx(62 * 0.92, abs=0.1)


def test_another_device_reads_higher() -> None:
    seen = observer(full_grip_kpa=100.0)
    assert grip(seen, Reading(-50.0, reads=1.1)) == pytest.approx(62 * 1.1, abs=0.1)


def test_practice_helps_at_first() -> None:
    seen = observer(full_grip_kpa=100.0, learning=0.1)
    assert grip(seen, Reading(-50.0)) == pytest.approx(62 * 0.9, abs=0.1)
    assert grip(seen, Reading(-50.0, days_of_practice=60)) == pytest.approx(62.0, abs=0.1)


def test_a_rating_falls_further_than_the_grip() -> None:
    seen, level = observer(fall=0.2), observer()
    item = Item("strength_nrs", "right_hand", 1)
    rated = seen.read(item, Reading(-50.0)) / level.read(item, Reading(-50.0))
    assert rated < grip(seen, Reading(-50.0)) / grip(level, Reading(-50.0))


def test_an_event_reaches_only_its_sites_and_days() -> None:
    hurt = Event(-60, 5, 0.5, context="hurt", sites=("left_hand",))
    seen = observer(events=(hurt,), full_grip_kpa=100.0)
    assert [grip(seen, Reading(day), "left_hand") for day in (-60.5, -58.0, -54.5)] == [78, 39, 78]
    assert grip(seen, Reading(-58.0)) == 62.0


def test_an_ability_is_lost_below_its_threshold() -> None:
    def writing(base: float) -> float:
        sites = (Site("global", 0.8), Site("right_hand", base))
        return observer(sites=sites).read(Item("ability_writing", "global", 1), Reading(-50.0))

    assert [writing(base) for base in (0.8, 0.42, 0.1)] == [2, 1, 0]


def test_a_symptom_grows_in_the_late_days() -> None:
    twitch = Symptom("fasciculation_nrs", "left_arm", ((0, 2.0),), late_gain=3.0)
    item = Item("fasciculation_nrs", "left_arm", 1)
    sites = (Site("global", 0.8), Site("left_arm", 0.8))
    late = observer(fall=0.2, symptoms=(twitch,), sites=sites).read(item, Reading(-50.0))
    level = observer(symptoms=(twitch,), sites=sites).read(item, Reading(-50.0))
    assert late - level == 3.0


def test_a_site_without_a_story_follows_the_whole_body() -> None:
    seen = observer()
    assert seen.strength("left_foot", -50.0) == seen.strength("global", -50.0)


def _lag_one(series: FloatArray) -> float:
    return float(np.corrcoef(series[:-1], series[1:])[0, 1])


@pytest.mark.parametrize("rho", [0.0, 0.25, 0.6])
def test_noise_has_unit_variance_and_the_wanted_correlation(rho: float) -> None:
    series = ar1(np.random.default_rng(4), 20_000, rho=rho)
    assert float(series.std()) == pytest.approx(1.0, abs=0.03)
    assert _lag_one(series) == pytest.approx(rho, abs=0.03)


def _daily(seen: Observer, item: Item) -> Sequence[float]:
    return [seen.read(item, Reading(day + 0.3)) for day in range(-99, 0)]


def test_grip_scatters_as_asked() -> None:
    seen = observer(noise=replace(QUIET, grip_cv=0.06), full_grip_kpa=100.0)
    values = _daily(seen, Item("grip_kpa", "right_hand", 1))
    assert float(np.std(values)) / 62.0 == pytest.approx(0.06, abs=0.015)
