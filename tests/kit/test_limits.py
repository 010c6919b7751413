from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Fault, RuleViolation, Severity
from app.kit.limits import (
    Limit,
    Row,
    Rule,
    all_rows,
    carried_confirmation,
    check_limit,
    describe_outside,
    did_you_mean,
    found,
    future_fault,
    plain,
    quoted,
    require_plausible,
    split_faults,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DOSE = Limit(
    "plans",
    "dose",
    "g",
    impossible_below=1,
    impossible_above=10,
    unusual_below=2,
    unusual_above=8,
    source="label",
    note="why",
)
BARE = Limit("plans", "anything", "")
IMPOSSIBLE = Fault("dose", 11, "too much")
UNUSUAL = Fault("weight", 9, "much", Severity.UNUSUAL)
ALSO_UNUSUAL = Fault("interval", 99, "long", Severity.UNUSUAL)


@pytest.mark.parametrize("value", [None, 2, 8, 2.0, 5.5])
def test_a_usual_value_has_no_fault(value: float | None) -> None:
    assert check_limit(DOSE, value) is None


@pytest.mark.parametrize("value", [1, 1.999, 8.001, 10])
def test_a_value_beyond_the_usual_needs_confirmation(value: float) -> None:
    fault = check_limit(DOSE, value)
    assert fault is not None
    assert fault.severity is Severity.UNUSUAL
    assert fault.field == "dose"
    assert fault.value == value


@pytest.mark.parametrize("value", [0.999, 10.001, -5, 1e300, math.inf, -math.inf, math.nan])
def test_a_value_beyond_the_possible_is_refused(value: float) -> None:
    fault = check_limit(DOSE, value)
    assert fault is not None
    assert fault.severity is Severity.IMPOSSIBLE


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (900, "900 is outside 1-10 g"),
        (0.5, "0.5 is outside 1-10 g"),
        (9, "9 is outside 2-8 g, which is unusual; it needs confirmation"),
        (math.nan, "nan is not a number"),
        (math.inf, "inf is not a number"),
    ],
)
def test_a_reason_shows_the_value_and_the_range(value: float, reason: str) -> None:
    fault = check_limit(DOSE, value)
    assert fault is not None
    assert fault.reason == reason


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_limit_without_bounds_takes_every_number(value: float) -> None:
    assert check_limit(BARE, value) is None


@given(st.floats())
def test_impossible_is_what_lies_outside_both_bounds(value: float) -> None:
    fault = check_limit(DOSE, value)
    is_refused = fault is not None and fault.severity is Severity.IMPOSSIBLE
    assert is_refused is not (1 <= value <= 10)


def test_a_limit_documents_both_ranges_and_its_source() -> None:
    row = Row("plans.dose", "not a number, outside 1-10 g", "outside 2-8 g", "label: why")
    assert DOSE.rows() == (row,)


def test_a_limit_without_a_note_documents_its_source_alone() -> None:
    assert BARE.rows()[0].source == "judgement"


def test_an_unusual_rule_says_that_it_needs_confirmation() -> None:
    rule = Rule("plans", "dose", "high", "above usual", Severity.UNUSUAL)
    assert rule.fault(9, "9 is high") == Fault(
        "dose", 9, "9 is high; it needs confirmation", Severity.UNUSUAL
    )
    assert rule.rows() == (Row("plans.dose.high", "", "above usual", "judgement"),)


def test_an_impossible_rule_gives_its_reason_as_it_is() -> None:
    rule = Rule("plans", "dose", "odd", "odd", source="label")
    assert rule.fault(9, "9 is odd") == Fault("dose", 9, "9 is odd")
    assert rule.rows() == (Row("plans.dose.odd", "odd", "", "label"),)


def test_all_rows_keeps_the_order_of_the_rules() -> None:
    assert [row.id for row in all_rows([DOSE, BARE])] == ["plans.dose", "plans.anything"]


@pytest.mark.parametrize(
    ("ahead", "is_future"),
    [
        (timedelta(minutes=9, seconds=59), False),
        (timedelta(minutes=10), False),
        (timedelta(minutes=10, microseconds=1), True),
        (timedelta(days=-1), False),
    ],
)
def test_the_future_begins_after_ten_minutes(ahead: timedelta, is_future: bool) -> None:
    rule = Rule("reports", "reported_at", "future", "ahead")
    assert (future_fault(rule, NOW + ahead, now=NOW) is not None) is is_future


def test_a_future_instant_is_shown() -> None:
    rule = Rule("reports", "reported_at", "future", "ahead")
    tomorrow = NOW + timedelta(days=1)
    reason = "2026-11-21T12:00:00+00:00 is in the future"
    assert future_fault(rule, tomorrow, now=NOW) == Fault("reported_at", tomorrow, reason)


@pytest.mark.parametrize("confirmed", [True, ["dose", "weight"]])
def test_nobody_can_confirm_the_impossible(confirmed: bool | list[str]) -> None:
    refused, fields = split_faults([IMPOSSIBLE, UNUSUAL], confirmed=confirmed)
    assert refused == [IMPOSSIBLE]
    assert fields == ["weight"]


def test_an_unusual_value_without_confirmation_is_refused() -> None:
    assert split_faults([UNUSUAL], confirmed=False) == ([UNUSUAL], [])


def test_a_confirmation_counts_for_the_named_fields_only() -> None:
    refused, fields = split_faults([UNUSUAL, ALSO_UNUSUAL], confirmed={"interval", "dose"})
    assert refused == [UNUSUAL]
    assert fields == ["interval"]


def test_a_confirmed_field_is_named_once() -> None:
    assert split_faults([UNUSUAL, UNUSUAL], confirmed=True) == ([], ["weight"])


def test_a_plausible_entry_returns_what_was_confirmed() -> None:
    assert require_plausible([UNUSUAL], confirmed=True) == ["weight"]


def test_an_implausible_entry_is_refused_with_every_fault() -> None:
    with pytest.raises(RuleViolation) as refusal:
        require_plausible([IMPOSSIBLE, UNUSUAL], confirmed=False)
    assert refusal.value.faults == (IMPOSSIBLE, UNUSUAL)


def test_found_leaves_out_what_is_in_order() -> None:
    assert found(None, UNUSUAL, None) == [UNUSUAL]


@pytest.mark.parametrize(
    ("value", "text"), [(11, "11"), (11.0, "11"), (2.60, "2.6"), (0.1 + 0.2, "0.30000000000000004")]
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GMT+4", '"GMT+4"'),
        ("a\nb\x00", '"a\\nb\\x00"'),
        ("\ud800", '"\\ud800"'),
        ("é", '"é"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 59}…"'),
    ],
)
def test_quoted_text_stays_on_one_printable_line(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(st.text())
def test_quoted_text_is_always_short_and_encodable(text: str) -> None:
    shown = quoted(text)
    assert len(shown.splitlines()) == 1
    shown.encode("utf-8")


def test_the_nearest_option_is_offered_whatever_the_case() -> None:
    assert did_you_mean("PRIVIGENE", {"privigen", "kiovig"}) == '; did you mean "privigen"?'


def test_nothing_is_offered_when_nothing_is_near() -> None:
    assert did_you_mean("zzz", {"privigen", "kiovig"}) == ""


def test_a_very_long_text_is_compared_by_its_beginning() -> None:
    assert did_you_mean("x" * 10_000_000, {"privigen"}) == ""


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0, 10, "outside 0-10 kg"),
        (None, 10, "above 10 kg"),
        (0.5, None, "below 0.5 kg"),
        (None, None, ""),
    ],
)
def test_bounds_are_described(low: float | None, high: float | None, text: str) -> None:
    assert describe_outside(low, high, unit="kg") == text


def test_bounds_without_a_unit_are_bare() -> None:
    assert describe_outside(0, 10) == "outside 0-10"


def test_what_stays_as_it_was_confirmed_stays_confirmed() -> None:
    before = {"dose": 9, "weight": 9, "details": {"gauge": 9, "site": 9}}
    after = {"dose": 9, "weight": 8, "details": {"gauge": 9, "site": 8}}
    confirmed = [*before, "details.gauge", "details.site"]
    carried = carried_confirmation(confirmed, confirm=False, before=before, after=after)
    assert carried == frozenset({"dose", "details.gauge"})


def test_a_change_adds_what_it_confirms_itself() -> None:
    values = {"dose": 9, "weight": 9}
    carried = carried_confirmation(["dose"], confirm={"weight"}, before=values, after=values)
    assert carried == frozenset({"dose", "weight"})
    assert carried_confirmation(None, confirm=False, before=values, after=values) == frozenset()
    assert carried_confirmation(["dose"], confirm=True, before=values, after=values) is True
