from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.measures import MEASURES
from app.errors import Fault, Severity
from app.reports.rules import (
    ReportDraft,
    ValueDraft,
    check_repeated,
    check_report,
    check_sender,
    check_value,
    is_back_dated,
    split_value_field,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BIRTH = date(1970, 5, 4)
UNUSUAL, IMPOSSIBLE = Severity.UNUSUAL, Severity.IMPOSSIBLE
STRENGTH = ValueDraft("strength_nrs", "right_hand", 6)
GRIP = ValueDraft("grip_kpa", "right_hand", 45.5, "vigorimeter 3", "repeated")


def report_faults(**changes: Any) -> list[Fault]:
    content = {
        "observed_at": NOW,
        "entered_at": NOW,
        "source": "patient",
        "values": (STRENGTH, GRIP),
        **changes,
    }
    return check_report(ReportDraft(**content), now=NOW, birth_date=BIRTH)


def value_fault(measure: str, value: float) -> Fault | None:
    faults = check_value(ValueDraft(measure, MEASURES[measure].sites[0], value))
    assert {fault.field for fault in faults} <= {"value"}
    assert len(faults) <= 1
    return faults[0] if faults else None


@pytest.mark.parametrize(
    ("measure", "low", "high"),
    [
        ("strength_nrs", 0, 10),
        ("grip_kpa", 0, 160),
        ("grip_kg", 0, 90),
        ("fasciculation_nrs", 0, 10),
        ("cramp_nrs", 0, 10),
        ("fatigue_nrs", 0, 10),
        ("ability_writing", 0, 2),
        ("ability_utensils", 0, 2),
        ("ability_buttons", 0, 2),
        ("ability_walking", 0, 2),
        ("ability_stairs", 0, 2),
        ("mmn_rods", 0, 100),
        ("i_rods", 0, 100),
        ("incat", 0, 10),
        ("mrc_sum", 0, 60),
        ("walk_10m_s", 1, 600),
        ("nine_hole_peg_s", 1, 600),
    ],
)
def test_the_range_of_every_measure(measure: str, low: float, high: float) -> None:
    for inside in (low, high):
        fault = value_fault(measure, inside)
        assert fault is None or fault.severity is UNUSUAL
    for beyond in (low - 1, high + 1, float("nan"), float("inf")):
        fault = value_fault(measure, beyond)
        assert fault is not None
        assert fault.severity is IMPOSSIBLE


@pytest.mark.parametrize(
    ("measure", "value", "reason"),
    [
        ("strength_nrs", 11, "11 is outside 0-10"),
        ("strength_nrs", 5.5, "5.5 is not a whole number"),
        ("grip_kpa", 170, "170 is outside 0-160 kPa"),
        ("grip_kg", 4.25, "4.25 has more than 1 decimal"),
        ("walk_10m_s", 0.9, "0.9 is outside 1-600 s"),
        ("walk_10m_s", 121, "121 is above 120 s, which is unusual; it needs confirmation"),
    ],
)
def test_a_wrong_value_is_shown_with_its_range(measure: str, value: float, reason: str) -> None:
    fault = value_fault(measure, value)
    assert fault is not None
    assert (fault.value, fault.reason) == (value, reason)


@pytest.mark.parametrize(
    ("seconds", "severity"), [(120, None), (121, UNUSUAL), (600, UNUSUAL), (601, IMPOSSIBLE)]
)
def test_a_walk_above_two_minutes_needs_confirmation(
    seconds: float, severity: Severity | None
) -> None:
    fault = value_fault("walk_10m_s", seconds)
    assert (fault and fault.severity) is severity


@given(st.integers(0, 1600))
def test_every_tenth_of_a_grip_is_in_order(tenths: int) -> None:
    assert value_fault("grip_kpa", tenths / 10) is None


@given(st.sampled_from(sorted(MEASURES)), st.floats())
def test_a_value_without_fault_is_on_its_scale(measure: str, value: float) -> None:
    scale = MEASURES[measure]
    if value_fault(measure, value) is None:
        assert scale.low <= value <= scale.high
        assert round(value, scale.decimals) == value


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_site_of_a_measure_is_in_order(measure: str) -> None:
    for site in MEASURES[measure].sites:
        assert check_value(ValueDraft(measure, site, 1)) == []


@pytest.mark.parametrize(
    ("measure", "site", "field", "reason"),
    [
        (
            "grip_kPa",
            "right_hand",
            "measure",
            '"grip_kPa" is not a measure; did you mean "grip_kpa"?',
        ),
        ("?", "right_hand", "measure", '"?" is not a measure'),
        (
            "grip_kpa",
            "global",
            "site",
            '"global" is not a site of grip_kpa, which has right_hand, left_hand',
        ),
        (
            "strength_nrs",
            "right_hnd",
            "site",
            '"right_hnd" is not a site; did you mean "right_hand"?',
        ),
        ("fatigue_nrs", "nose", "site", '"nose" is not a site'),
    ],
)
def test_a_series_that_does_not_exist_is_explained(
    measure: str, site: str, field: str, reason: str
) -> None:
    (fault,) = check_value(ValueDraft(measure, site, 1))
    assert (fault.field, fault.reason) == (field, reason)


def test_every_wrong_field_of_a_value_is_named_at_once() -> None:
    faults = check_value(ValueDraft("?", "?", 1, " x", "old"))
    assert {fault.field for fault in faults} == {"measure", "site", "device", "entry"}


def test_a_report_in_order() -> None:
    assert report_faults(context=("cold", "ill"), note="after gardening") == []


def test_a_report_may_not_say_when_it_was_entered() -> None:
    assert report_faults(entered_at=None) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"observed_at": datetime(1970, 5, 3, tzinfo=UTC)}, "reported_at"),
        ({"entered_at": NOW + timedelta(minutes=11)}, "entered_at"),
        ({"source": "doctor"}, "source"),
        ({"context": ("cold", "hot")}, "context"),
        ({"context": ("cold", "cold")}, "context"),
        ({"note": "\x00"}, "note"),
        ({"values": ()}, "values"),
        ({"values": (STRENGTH, GRIP, STRENGTH)}, "values[2].measure"),
        ({"values": (STRENGTH, ValueDraft("grip_kg", "left_hand", 91))}, "values[1].value"),
        ({"values": (ValueDraft("strength_nrs", "nose", 5),)}, "values[0].site"),
    ],
)
def test_one_wrong_fact_is_one_fault(changes: dict[str, Any], field: str) -> None:
    faults = report_faults(**changes)
    assert [(fault.field, fault.severity) for fault in faults] == [(field, IMPOSSIBLE)]


def test_a_report_from_the_future_is_refused() -> None:
    faults = report_faults(observed_at=NOW + timedelta(minutes=10, seconds=1), entered_at=None)
    assert [fault.field for fault in faults] == ["reported_at"]


@pytest.mark.parametrize(
    ("early", "count"),
    [(timedelta(0), 0), (timedelta(minutes=10), 0), (timedelta(minutes=10, seconds=1), 1)],
)
def test_nothing_is_entered_before_it_is_observed(early: timedelta, count: int) -> None:
    faults = report_faults(entered_at=NOW - early)
    assert [fault.field for fault in faults] == ["entered_at"] * count


def test_a_repeated_series_names_the_first_one() -> None:
    again = ValueDraft("strength_nrs", "right_hand", 7)
    (fault,) = report_faults(values=(GRIP, STRENGTH, again))
    assert fault.reason == '"strength_nrs@right_hand" stands in values[1] already'


def test_the_same_measure_at_two_sites_is_no_repetition() -> None:
    other = ValueDraft("strength_nrs", "left_hand", 6)
    assert report_faults(values=(STRENGTH, other)) == []


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("values[0].value", (0, "value")),
        ("values[12].site", (12, "site")),
        ("values", (None, "values")),
        ("reported_at", (None, "reported_at")),
    ],
)
def test_the_name_of_a_value_can_be_taken_apart(field: str, parts: tuple[int | None, str]) -> None:
    assert split_value_field(field) == parts


# --- who sends a report --------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["patient", "proxy", "nurse", "import"])
@pytest.mark.parametrize("role", ["patient", "proxy"])
def test_people_at_home_send_reports_of_their_own_source_only(role: str, source: str) -> None:
    faults = check_sender(source, role=role)
    assert [fault.field for fault in faults] == ([] if source == role else ["source"])


@pytest.mark.parametrize("source", ["patient", "proxy", "nurse", "import"])
@pytest.mark.parametrize("role", ["nurse", "physician"])
def test_the_clinic_writes_down_any_source_but_files(role: str, source: str) -> None:
    faults = check_sender(source, role=role)
    assert [fault.reason for fault in faults] == (
        ["only files are imported"] if source == "import" else []
    )


# --- answers that were taken over ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "role", "is_refused"),
    [
        ("strength_nrs", "patient", True),
        ("strength_nrs", "proxy", True),
        ("grip_kpa", "patient", True),
        ("i_rods", "patient", True),
        ("ability_stairs", "patient", False),
        ("cramp_nrs", "proxy", False),
        ("strength_nrs", "nurse", False),
    ],
)
def test_at_home_strength_is_answered_anew(measure: str, role: str, is_refused: bool) -> None:
    faults = check_repeated(2, ValueDraft(measure, "global", 5, entry="repeated"), role=role)
    assert [fault.field for fault in faults] == (["values[2].entry"] if is_refused else [])
    assert check_repeated(2, ValueDraft(measure, "global", 5), role=role) == []


@pytest.mark.parametrize(("hours", "expected"), [(0, False), (6, False), (6.1, True)])
def test_what_is_typed_in_long_after_is_back_dated(hours: float, expected: bool) -> None:
    assert is_back_dated(NOW - timedelta(hours=hours), NOW) is expected
