"""The modal cycle chart: scales, marks, and the numbers of its table."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import svg
from app.web.charts.modal_cycle import CycleLine, DaySummary, ModalCycle, day_summaries, draw

CHART = ModalCycle(
    title="Grip (kPa), right hand",
    unit="kPa",
    side="right",
    lines=[CycleLine("a", (4.5, 10.5, 20.5), (60, 58, 40)), CycleLine("b", (4.2,), (62,))],
    planned_end=28.0,
    onset=(14.0, 16.0, 19.0),
    scale_range=None,
)


def drawn(chart: ModalCycle) -> ET.Element:
    return ET.fromstring(str(draw(chart, width=760, height=380)))


def classes(root: ET.Element) -> list[str]:
    return [element.get("class", "") for element in root.iter()]


def test_every_cycle_is_a_line_and_every_reading_a_dot() -> None:
    found = classes(drawn(CHART))
    assert found.count("cycle") == 2
    assert found.count("reading") == 4
    assert found.count("median") == 1


def test_onset_and_planned_end_are_marked_where_they_are() -> None:
    root = drawn(CHART)
    planned = next(e for e in root if e.get("class") == "planned")
    axis = next(e for e in root if e.get("class") == "axis" and e.get("x1") != e.get("x2"))
    assert planned.get("x1") == axis.get("x2")
    band = next(e for e in root if e.get("class") == "onset")
    # 5 of 28 days of an axis that is 708 pixels wide.
    assert float(band.get("width", "0")) == pytest.approx(708 * 5 / 28, abs=0.06)


def test_without_onset_nothing_is_marked() -> None:
    found = classes(drawn(replace(CHART, onset=None, planned_end=None)))
    assert "onset" not in found
    assert "planned" not in found


def test_a_rating_shows_its_whole_scale() -> None:
    root = drawn(replace(CHART, scale_range=(0, 10)))
    labels = [e.text for e in root if e.get("class") == "tick y"]
    assert (labels[0], labels[-1]) == ("0", "10")


def test_a_constant_series_still_has_an_axis() -> None:
    root = drawn(replace(CHART, lines=[CycleLine("a", (4.5, 5.5), (60, 60))]))
    assert "median" in classes(root)


def test_the_chart_says_in_words_what_it_shows() -> None:
    assert "4 readings in 2 cycles" in drawn(CHART).get("aria-label", "")


def test_a_title_is_escaped() -> None:
    text = str(draw(replace(CHART, title='"<script>'), width=760, height=380))
    assert "<script>" not in text


def cycles(count: int, days: tuple[float, ...]) -> list[CycleLine]:
    return [CycleLine(str(i), days, tuple(10.0 + i for _ in days)) for i in range(count)]


def test_a_day_is_summarised_over_all_cycles() -> None:
    assert day_summaries(cycles(3, (4.2, 5.9))) == [
        DaySummary(4, 1, 3, (10.5, 11.0, 11.5)),
        DaySummary(5, 1, 3, (10.5, 11.0, 11.5)),
    ]


def test_sparse_days_are_taken_together() -> None:
    staggered = [CycleLine(str(i), (3.5 + i, 6.5 + i), (8.0, 9.0)) for i in range(3)]
    found = day_summaries(staggered)
    assert {summary.days for summary in found} == {3}
    assert [summary.first_day for summary in found] == [3, 6]


def test_fewer_than_three_readings_have_no_middle() -> None:
    assert day_summaries(cycles(2, (4.5,))) == [DaySummary(0, 7, 2, None)]
    found = classes(drawn(replace(CHART, lines=cycles(2, (4.5, 20.5)))))
    assert found.count("reading") == 4


@given(low=st.floats(-1e4, 1e4), span=st.floats(0.01, 1e5), most=st.integers(3, 12))
def test_ticks_lie_inside_and_are_not_too_many(low: float, span: float, most: int) -> None:
    values = svg.ticks(low, low + span, most=most)
    assert len(values) <= most
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value in values)
