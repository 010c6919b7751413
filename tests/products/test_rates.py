from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.products.catalogue import CATALOGUE
from app.products.facts import Confidence, Rate, facts_of
from app.products.rates import (
    NO_CONFIRMED_LIMIT,
    NO_LIMIT_AT_RISK,
    RISK_NOT_KNOWN,
    RateJudgement,
    Risk,
    check_rate,
    rate_limit,
    rate_notice,
)
from app.said import Said


def facts(key: str, **changes: Any) -> dict[str, Any]:
    return {**facts_of(CATALOGUE[key]), **changes}


def with_rates(*rates: Rate, **changes: Any) -> dict[str, Any]:
    return facts_of(replace(CATALOGUE["kiovig"], rates=rates, **changes))


CONFIRMED = {"by": "Rana Pharm", "at": "2026-06-01T12:00:00+00:00", "against": "SmPC 3/2026"}


def judged(
    rate_facts: dict[str, Any], ml_per_kg_h: float, indication: str = "MMN", **options: Any
) -> RateJudgement:
    limit = rate_limit(rate_facts, indication=indication, risk=options.pop("risk", "no"))
    return check_rate(
        limit, ml_per_h=ml_per_kg_h * 80, weight_kg=80, concentration_mg_per_ml=100, **options
    )


# Each limit as the maker's pages state it (clinical-facts.md), at risk in mg/kg/min x 0.6.
@pytest.mark.parametrize(
    ("key", "indication", "risk", "initial", "maximum"),
    [
        ("gammagard-liquid", "MMN", "no", 0.5, 5.4),
        ("gammagard-liquid", "cidp", "no", 0.5, 5.4),
        ("gammagard-liquid", "PI", "no", 0.5, 5),
        ("privigen", "ITP", "no", 0.3, 2.4),
        ("octagam-10", "MMN", "no", 0.6, 7.2),
        ("octagam-10", "dermatomyositis", "no", None, 2.4),
        ("octagam-10", "MMN", "yes", 0.6, 1.98),
        ("octagam-10", "dermatomyositis", "yes", None, 1.98),
        ("panzyga", "CIDP", "yes", 0.6, 1.98),
        ("bivigam", "MMN", "yes", 0.3, 1.2),
        ("octagam-10", "m33.20", "no", None, 2.4),
        ("octagam-10", "D69.3", "no", 0.6, 7.2),
        ("privigen", "D69.3", "no", 0.3, 2.4),
        ("privigen", "D80.0", "no", 0.3, 4.8),
        ("panzyga", "D83.9", "no", 0.6, 8.4),
        ("panzyga", "D84.9", "no", 0.6, 8.4),
        ("gammaplex-5", "MMN", "no", 0.6, 4.8),
    ],
)
def test_the_limit_follows_product_indication_and_risk(
    key: str, indication: str, risk: Risk, initial: float | None, maximum: float
) -> None:
    limit = rate_limit(facts(key), indication=indication, risk=risk)
    assert limit is not None
    assert limit.initial_ml_per_kg_h == initial
    assert limit.maximum_ml_per_kg_h == pytest.approx(maximum)
    assert limit.sure_ml_per_kg_h == limit.maximum_ml_per_kg_h
    assert (limit.confidence, limit.is_confirmed) == ("read", False)
    assert (limit.source, limit.as_of) == (CATALOGUE[key].source, "2026-11-20")


@pytest.mark.parametrize(
    ("key", "indication"),
    [
        ("yimmugo", "MMN"),  # no rate is known
        ("hizentra", "CIDP"),  # for each site
        ("deqsiga", "MMN"),
    ],
)
@pytest.mark.parametrize("risk", ["no", "yes", "unknown"])
def test_without_a_rate_there_is_no_limit_and_nothing_stops(
    key: str, indication: str, risk: Risk
) -> None:
    limit = rate_limit(facts(key), indication=indication, risk=risk)
    assert limit is None
    judgement = check_rate(limit, ml_per_h=800, weight_kg=80, concentration_mg_per_ml=None)
    assert judgement == RateJudgement(10, None, "no_confirmed_limit", NO_CONFIRMED_LIMIT)


@pytest.mark.parametrize(
    ("key", "indication", "maximum"),
    [
        ("privigen", "MMN", 2.4),  # that of ITP
        ("gammagard-liquid", "ITP", 5),
        ("panzyga", "D84.821", 4.8),  # not primary: not the 8.4 of PI
        ("panzyga", "D84.81", 4.8),
        ("panzyga", "G70.00", 4.8),
    ],
)
@pytest.mark.parametrize("confirmed", [None, CONFIRMED])
def test_without_a_limit_of_its_own_the_lowest_of_others_warns(
    key: str, indication: str, maximum: float, confirmed: dict[str, str] | None
) -> None:
    rate_facts = facts(key, confirmed=confirmed)
    limit = rate_limit(rate_facts, indication=indication, risk="no")
    assert limit is not None
    assert (limit.maximum_ml_per_kg_h, limit.sure_ml_per_kg_h) == (maximum, None)
    assert (limit.basis, limit.confidence) == ("others", "unverified")
    slow, fast = (judged(rate_facts, rate, indication) for rate in (0.3, 15))
    assert (slow.verdict, slow.message) == ("no_confirmed_limit", NO_CONFIRMED_LIMIT)
    assert fast.verdict == "over_unverified"
    assert fast.message == (
        f"no confirmed rate limit for this product; 15 is over {maximum} mL/kg/h, the lowest limit"
        " of its indications, because this diagnosis has none of its own"
    )


# Octagam 10%: 7.2 for every indication without a row of its own, 2.4 in dermatomyositis.
@pytest.mark.parametrize(
    ("indication", "ml_per_kg_h", "verdict"),
    [
        ("G70.00", 2.4, "within"),
        ("G70.00", 2.5, "over_unverified"),
        ("G70.00", 7.3, "over"),
        ("MMN", 2.5, "within"),
        ("D83.9", 2.5, "within"),
        ("M33.90", 2.5, "over"),
    ],
)
def test_of_a_diagnosis_that_no_rate_can_name_the_general_one_may_be_too_high(
    indication: str, ml_per_kg_h: float, verdict: str
) -> None:
    assert judged(facts("octagam-10"), ml_per_kg_h, indication).verdict == verdict


def test_a_clinic_can_name_a_code_in_a_rate_of_its_own() -> None:
    rates = with_rates(Rate(0.5, 5, indication="G70.00"), Rate(0.5, 3, indication="MMN"))
    assert judged(rates, 5, "g70.00").verdict == "within"


def test_a_rate_is_told_in_both_units_of_labels() -> None:
    # gammagard.com states 5.4 mL/kg/h of its 10 % product as 9 mg/kg/min.
    judgement = judged(facts("gammagard-liquid"), 5.4)
    assert judgement.ml_per_kg_h == pytest.approx(5.4)
    assert judgement.mg_per_kg_min == pytest.approx(9)


@pytest.mark.parametrize(
    ("ml_per_h", "verdict"), [(0, "within"), (448, "within"), (448.2, "within"), (449, "over")]
)
def test_the_limit_itself_is_still_within(ml_per_h: float, verdict: str) -> None:
    limit = rate_limit(facts("gammagard-liquid"), indication="MMN", risk="no")
    judgement = check_rate(limit, ml_per_h=ml_per_h, weight_kg=83, concentration_mg_per_ml=100)
    assert judgement.verdict == verdict  # 5.4 mL/kg/h x 83 kg = 448.2 mL/h


def test_what_is_over_a_read_limit_says_by_how_much() -> None:
    assert judged(facts("gammagard-liquid"), 6).message == "6 is over the limit of 5.4 mL/kg/h"
    assert judged(facts("gammagard-liquid"), 5).message == ""


@pytest.mark.parametrize(("ml_per_kg_h", "is_above"), [(0.5, False), (0.6, True)])
def test_only_a_first_step_is_compared_with_the_initial_rate(
    ml_per_kg_h: float, is_above: bool
) -> None:
    first = judged(facts("gammagard-liquid"), ml_per_kg_h, is_first=True)
    message = "above the initial rate of 0.5 mL/kg/h" if is_above else ""
    assert (first.is_above_initial, first.message) == (is_above, message)
    assert first.verdict == "within"
    later = judged(facts("gammagard-liquid"), ml_per_kg_h)
    assert (later.is_above_initial, later.message) == (False, "")
    unknown = judged(facts("octagam-10"), 2, "dermatomyositis", is_first=True)
    assert unknown.is_above_initial is False


def test_an_unverified_limit_warns_at_every_step_and_never_stops() -> None:
    within, over = judged(facts("kiovig"), 5), judged(facts("kiovig"), 7)
    assert (within.verdict, within.message) == ("no_confirmed_limit", NO_CONFIRMED_LIMIT)
    assert over.verdict == "over_unverified"
    assert over.message == (
        "no confirmed rate limit for this product; 7 is over 6 mL/kg/h, a limit that nobody"
        " compared with a label"
    )
    assert isinstance(over.message, Said)


def test_once_the_clinic_confirmed_it_the_same_limit_stops() -> None:
    confirmed = facts("kiovig", confirmed=CONFIRMED)
    assert judged(confirmed, 5).verdict == "within"
    assert judged(confirmed, 7).verdict == "over"
    limit = rate_limit(confirmed, indication="MMN", risk="no")
    assert limit is not None
    assert (limit.is_confirmed, limit.confidence) == (True, "unverified")


# Octagam 5%: 5 mL/kg/h was read for the world, 4.2 for the US is common knowledge only.
@pytest.mark.parametrize(
    ("ml_per_kg_h", "verdict"), [(4.2, "within"), (4.5, "over_unverified"), (5.1, "over")]
)
def test_of_two_regions_the_lower_limit_warns_and_the_read_one_stops(
    ml_per_kg_h: float, verdict: str
) -> None:
    judgement = judged(facts("octagam-5"), ml_per_kg_h)
    assert judgement.verdict == verdict
    assert NO_CONFIRMED_LIMIT not in judgement.message


def test_a_patient_at_risk_is_told_when_the_product_has_no_figure_for_it() -> None:
    within, over = (judged(facts("gammagard-liquid"), rate, risk="yes") for rate in (2, 6))
    assert (within.verdict, within.message) == ("no_confirmed_limit", NO_LIMIT_AT_RISK)
    assert over.verdict == "over"
    assert judged(facts("kiovig"), 7, risk="yes").message.startswith(NO_LIMIT_AT_RISK)
    assert judged(facts("octagam-10"), 1.9, risk="yes").verdict == "within"


_DOUBT = f"{RISK_NOT_KNOWN}, and at risk the limit is 1.98 mL/kg/h"


@pytest.mark.parametrize(
    ("key", "ml_per_kg_h", "verdict", "message"),
    [
        ("octagam-10", 1.9, "within", _DOUBT),
        (
            "octagam-10",
            2,
            "over_unverified",
            f"{_DOUBT}; 2 is over 1.98 mL/kg/h, the limit at risk",
        ),
        (
            "octagam-10",
            7.3,
            "over",
            f"7.3 is over the limit of 7.2 mL/kg/h; {_DOUBT}",
        ),
        ("gammagard-liquid", 5, "within", RISK_NOT_KNOWN),
        ("privigen", 2, "no_confirmed_limit", f"{NO_CONFIRMED_LIMIT}; {RISK_NOT_KNOWN}"),
    ],
)
def test_a_risk_that_nobody_knows_warns_and_stops_nothing(
    key: str, ml_per_kg_h: float, verdict: str, message: str
) -> None:
    judgement = judged(facts(key), ml_per_kg_h, risk="unknown")
    assert (judgement.verdict, judgement.message) == (verdict, message)
    limit = rate_limit(facts(key), indication="MMN", risk="unknown")
    usual = rate_limit(facts(key), indication="MMN", risk="no")
    assert limit is not None
    assert usual is not None
    assert limit.sure_ml_per_kg_h == usual.sure_ml_per_kg_h


def test_a_rate_in_mg_needs_the_concentration() -> None:
    in_mg = Rate(None, 8, "mg/kg/min")
    unknown = with_rates(in_mg, concentration_mg_per_ml=None)
    assert rate_limit(unknown, indication="MMN", risk="no") is None
    limit = rate_limit(with_rates(in_mg), indication="MMN", risk="no")
    assert limit is not None
    assert limit.maximum_ml_per_kg_h == pytest.approx(4.8)  # x 0.6 for 10 %: clinical-facts.md


@pytest.mark.parametrize(
    ("rate_facts", "is_told"),
    [
        (facts("gammagard-liquid"), False),
        (facts("kiovig"), True),
        (facts("kiovig", confirmed=CONFIRMED), False),
        (facts("yimmugo"), True),
        (facts("yimmugo", confirmed=CONFIRMED), True),  # there is no limit to rest on all the same
    ],
)
def test_a_product_without_a_sure_rate_says_so(rate_facts: dict[str, Any], is_told: bool) -> None:
    assert rate_notice(rate_facts) == (NO_CONFIRMED_LIMIT if is_told else None)


_RATES = st.builds(
    Rate,
    initial=st.none(),
    maximum=st.floats(0.1, 10),
    unit=st.sampled_from(["mL/kg/h", "mg/kg/min"]),
    indication=st.sampled_from([None, "MMN", "CIDP"]),
    at_risk=st.booleans(),
    confidence=st.sampled_from(Confidence),
)


_RISKS: tuple[Risk, ...] = ("no", "unknown", "yes")


@given(st.lists(_RATES, max_size=5), st.floats(0.1, 12))
def test_risk_never_allows_more(rates: list[Rate], ml_per_kg_h: float) -> None:
    order = ["within", "no_confirmed_limit", "over_unverified", "over"]
    usual, unknown, at_risk = (
        order.index(judged(with_rates(*rates), ml_per_kg_h, risk=risk).verdict) for risk in _RISKS
    )
    for more in (unknown, at_risk):
        assert more >= usual or usual == order.index("no_confirmed_limit")
    assert (unknown == order.index("over")) is (usual == order.index("over"))


@given(st.lists(_RATES, max_size=5), st.floats(0.1, 12))
def test_only_a_limit_that_is_sure_can_stop(rates: list[Rate], ml_per_kg_h: float) -> None:
    unsure = [replace(rate, confidence=Confidence.UNVERIFIED) for rate in rates]
    assert judged(with_rates(*unsure), ml_per_kg_h).verdict in (
        "no_confirmed_limit",
        "over_unverified",
    )
