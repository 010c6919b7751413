"""The yardsticks: filter, oracle, rivals, cuts and the page."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.simulation.cells import Cell
from benchmarks.simulation.cohort import SiteTruth, simulate
from benchmarks.simulation.estimates import coverage
from benchmarks.simulation.matched import covariance, fires, matched_filter
from benchmarks.simulation.oracle import oracle_score
from benchmarks.simulation.rivals import RIVALS, chart_of
from benchmarks.simulation.scoring import cut_at, share_of_filter
from benchmarks.simulation.svg import Axis, Dot, Panel, dots, panels

NONE = float("-inf")


@pytest.fixture
def truth() -> SiteTruth:
    return simulate(Cell("grip_kg", "twice a week"), 2).truth[0]


class TestFilter:
    def test_is_wrong_at_exactly_its_error(self, truth: SiteTruth) -> None:
        # z is linear in the readings: one standard deviate under the null, as its variance over
        # the columns of a root of the covariance shows.
        root = np.linalg.cholesky(covariance(truth)).T
        deviates = [matched_filter(replace(truth, value=column)).z for column in root]
        assert np.sum(np.square(deviates)) == pytest.approx(1.0)

    def test_knows_neither_level_nor_trend(self, truth: SiteTruth) -> None:
        line = 7.0 - 0.3 * truth.at
        moved = replace(truth, value=truth.value + line)
        assert matched_filter(moved).z == pytest.approx(matched_filter(truth).z)

    def test_gains_what_it_says(self, truth: SiteTruth) -> None:
        found = matched_filter(truth)
        fallen = replace(truth, value=truth.value - 2.0 * truth.pattern)
        assert matched_filter(fallen).z == pytest.approx(found.z + 2.0 * found.gain)

    def test_says_nothing_where_the_pattern_is_a_line(self, truth: SiteTruth) -> None:
        assert matched_filter(replace(truth, pattern=0.1 * truth.at)).z == NONE

    def test_needs_more_for_more_sites(self, truth: SiteTruth) -> None:
        z = matched_filter(truth)
        moved = replace(truth, value=truth.value - truth.pattern * (2.4 - z.z) / z.gain)  # z 2.4
        assert fires([moved], 0.01)  # the cut for one site is 2.33, for two 2.58
        assert not fires([moved, replace(moved, value=-moved.value)], 0.01)


class TestOracle:
    def test_tells_a_clear_fall_from_none(self) -> None:
        flat, falls = (
            simulate(Cell("grip_kg", "daily", interval=28), 1, drops=drops).truth
            for drops in ({}, {"right_hand": 8.0})
        )
        assert oracle_score(falls) > 5.0 > oracle_score(flat)

    def test_finds_a_fall_in_either_site(self) -> None:
        patient = simulate(Cell("strength_nrs", "daily", interval=28), 1)
        one = oracle_score(patient.truth)
        assert oracle_score(patient.truth[::-1]) == pytest.approx(one)


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_suspects_a_clear_fall(name: str) -> None:
    cell = Cell("grip_kg", "daily", interval=28, shape="hinge")
    opinions = []
    for drops in ({}, {"right_hand": 8.0}):
        series = simulate(cell, 6, drops=drops).truth[0]
        opinions.append(RIVALS[name](chart_of(series, interval=28, sites=2)))
    flat, falls = opinions
    assert falls.fires
    assert falls.score > flat.score
    if falls.drop is not None:
        assert falls.drop[1] < falls.drop[0] < falls.drop[2]


class TestCut:
    def test_lets_one_in_a_hundred_pass(self) -> None:
        scores = np.random.default_rng(1).permutation(1000).astype(float)
        assert (scores > cut_at(scores)).sum() == 10

    def test_lets_no_more_pass_with_ties_or_without_scores(self) -> None:
        scores = np.array([NONE] * 500 + [1.0] * 500)
        assert (scores > cut_at(scores)).sum() == 0
        assert cut_at(np.full(100, NONE)) == NONE

    def test_the_filter_itself_has_a_share_of_one(self) -> None:
        rng = np.random.default_rng(1)
        flat, falling = rng.normal(size=4000), rng.normal(2.0, 1.0, size=2000)
        found = share_of_filter(flat, falling, falling > 2.326)
        assert found.share == pytest.approx(1.0, abs=3 * found.share_error)
        assert 0.01 < found.share_error < 0.1


def test_coverage_counts_what_is_given() -> None:
    held = {"truth": 2.0, "estimate": 2.5, "low": 1.0, "high": 3.0}
    missed = {"truth": 2.0, "estimate": 3.5, "low": 3.0, "high": 4.0}
    day = {"truth": 14.0, "estimate": 16.8, "low": 12.0, "high": 20.0}
    same = {"drop_seen": None, "drop_fraction": None, "interval": 28}
    found = coverage(
        [{"drop": held, "onset_day": day, **same}, {"drop": missed, "onset_day": None, **same}]
    )
    assert (found["drop"]["rate"], found["unlocated"]["rate"]) == (0.5, 0.5)
    assert found["drop_bias"] == pytest.approx(0.5)
    assert found["onset_error"] == pytest.approx(0.1)


def test_figures_are_well_formed() -> None:
    axis = Axis(0.0, 1.0, (0.0, 1.0), "share & more")
    drawn = dots([("a < b", [Dot(0.5, 0, 0.1), Dot(2.0, 4)])], axis, ["one"], marks=[(0.9,)])
    lines = panels([Panel("grip", [2, 3, 4], [[0.0, 0.5, 1.0]])], ["power"], label="cycles")
    for figure in (drawn, lines):
        assert ET.fromstring(figure).tag.endswith("svg")
