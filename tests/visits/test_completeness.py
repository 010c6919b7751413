"""What a visit needs by its outcome, and its grams against the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.said import Said
from app.visits.completeness import missing, reconcile, trough_of
from app.visits.record_schemas import GapRead
from app.visits.recorded import (
    PlanOrder,
    RateOver,
    ReactionFacts,
    Reading,
    Recorded,
    VialFacts,
)
from app.visits.rules import VisitDraft

START: Final = datetime(2026, 6, 1, 13, tzinfo=UTC)
VISIT: Final = VisitDraft(
    date(2026, 6, 1),
    infusion_id=UUID(int=1),
    nurse_id=UUID(int=2),
    ordered_g=83.0,
    arrived_at=START,
    left_at=START + timedelta(hours=5),
    outcome="given",
)
VIALS: Final = (VialFacts(40, 40, 0, True), VialFacts(40, 40, 0, True), VialFacts(5, 3, 2, True))
RECORDED: Final = Recorded(
    VISIT,
    status="completed",
    started_at=START,
    ended_at=START + timedelta(hours=4),
    infused_g=83.0,
    weight_kg=83.0,
    first_at=dict.fromkeys(
        ("identity", "pre_check", "access", "rate", "wearing_off", "vitals"), START
    ),
    ran_at=START,
    has_access=True,
    last_rate_ml_per_h=0,
    has_baseline=True,
    vials=VIALS,
    trough="taken",
)


def recorded(visit: dict[str, Any] | None = None, **changes: Any) -> Recorded:
    return replace(RECORDED, visit=replace(VISIT, **(visit or {})), **changes)


def without(kind: str) -> dict[str, datetime]:
    return {name: at for name, at in RECORDED.first_at.items() if name != kind}


def gaps(visit: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    return [gap.field for gap in missing(recorded(visit, **changes))]


class TestMissing:
    def test_a_whole_visit_needs_nothing(self) -> None:
        assert gaps() == []

    def test_without_an_outcome_that_is_the_first_thing_to_say(self) -> None:
        assert [gap.field for gap in missing(Recorded(VisitDraft(date(2026, 6, 1))))] == ["outcome"]

    @pytest.mark.parametrize(
        ("visit", "changes", "needed"),
        [
            ({"arrived_at": None}, {}, ["arrived_at"]),
            ({"left_at": None}, {}, ["left_at"]),
            ({"nurse_id": None}, {}, ["nurse_id"]),
            ({"ordered_g": None}, {}, ["ordered_g"]),
            ({}, {"ended_at": None}, ["infusion.ended_at"]),
            ({}, {"weight_kg": None}, ["infusion.weight_kg"]),
            ({}, {"status": "in_progress"}, ["infusion.status"]),
            ({}, {"status": None, "ended_at": None, "weight_kg": None}, ["infusion_id"]),
            ({}, {"last_rate_ml_per_h": 120.0}, ["events.rate"]),
            ({}, {"has_baseline": False}, ["events.vitals"]),
            ({}, {"vials": (), "infused_g": 83.0}, ["vials"]),
            (
                {},
                {"vials": (*VIALS[:2], VialFacts(5, 3, 2, None))},
                ["vials[2].looks_right"],
            ),
        ],
    )
    def test_what_is_not_recorded_is_asked_for(
        self, visit: dict[str, Any], changes: dict[str, Any], needed: list[str]
    ) -> None:
        assert gaps(visit, **changes) == needed

    @pytest.mark.parametrize("kind", ["identity", "pre_check", "wearing_off"])
    def test_every_check_is_asked_for(self, kind: str) -> None:
        assert gaps(first_at=without(kind)) == [f"events.{kind}"]

    @pytest.mark.parametrize("kind", ["identity", "pre_check"])
    @pytest.mark.parametrize(
        ("minutes", "needed"), [(-30, False), (0, False), (1, True), (300, True)]
    )
    def test_a_check_comes_before_the_first_gram(
        self, kind: str, minutes: int, needed: bool
    ) -> None:
        times = {**RECORDED.first_at, kind: START + timedelta(minutes=minutes)}
        assert gaps(first_at=times) == ([f"events.{kind}"] if needed else [])

    def test_a_check_that_came_too_late_says_so(self) -> None:
        times = {**RECORDED.first_at, "identity": START + timedelta(minutes=20)}
        (gap,) = missing(recorded(first_at=times))
        assert "after the first rate at 2026-06-01T13:00:00+00:00" in gap.reason

    def test_without_a_rate_above_0_nothing_ran(self) -> None:
        assert gaps(ran_at=None) == ["events.rate"]

    def test_an_access_that_failed_is_none(self) -> None:
        (failed,) = missing(recorded(has_access=False))
        (none,) = missing(recorded(has_access=False, first_at=without("access")))
        assert failed.field == none.field == "events.access"
        assert ("failed" in failed.reason, "failed" in none.reason) == (True, False)

    @pytest.mark.parametrize("outcome", ["given", "not_given"])
    def test_a_rate_that_is_over_its_limit_by_now_needs_a_reason(self, outcome: str) -> None:
        over = RateOver(3, START, "6 mL/kg/h, the limit is 4.8")
        visit = {"outcome": outcome, "outcome_reason": "Fever."}
        status = {"given": "completed", "not_given": "not_done"}[outcome]
        (gap,) = missing(recorded(visit, status=status, rates_over=(over,)))
        assert gap.field == "events[3].details.over_limit_reason"
        assert "the limit is 4.8" in gap.reason

    @pytest.mark.parametrize(
        ("plan", "needed"),
        [("none", []), ("named", []), ("unnamed", ["plan_id"]), ("other", ["plan_id"])],
    )
    def test_the_plan_that_was_in_force_is_named(self, plan: Any, needed: list[str]) -> None:
        assert gaps(plan=plan) == needed
        partly = {"outcome": "partly_given", "outcome_reason": "Fever."}
        assert gaps(partly, plan=plan, status="stopped") == needed
        not_given = {"outcome": "not_given", "outcome_reason": "Fever."}
        assert gaps(not_given, plan=plan, status="not_done") == []

    @pytest.mark.parametrize("trough", ["none", "one_hand", "two_devices"])
    def test_the_grip_before_the_course_is_needed_or_why_not(self, trough: Any) -> None:
        assert gaps(trough=trough) == ["reports"]
        assert gaps({"no_trough_reason": "Device broken."}, trough=trough) == []
        assert gaps(has_earlier_day=True, trough=trough, first_at=without("wearing_off")) == []

    def test_who_says_that_it_is_the_second_day_is_asked_too(self) -> None:
        second = {"course_day": 2, "course_days": 2}
        needed = ["events.wearing_off", "reports"]
        assert gaps(second, trough="none", first_at=without("wearing_off")) == needed

    @pytest.mark.parametrize(
        ("outcome", "status"), [("partly_given", "stopped"), ("not_given", "not_done")]
    )
    def test_what_was_not_given_in_full_needs_its_reason(self, outcome: str, status: str) -> None:
        assert gaps({"outcome": outcome}, status=status) == ["outcome_reason"]
        reason = {"outcome": outcome, "outcome_reason": "Fever of 39."}
        assert gaps(reason, status=status) == []
        assert gaps(reason) == ["infusion.status"]

    def test_what_did_not_happen_needs_nothing_else(self) -> None:
        visit = VisitDraft(date(2026, 6, 1), outcome="not_given", outcome_reason="In hospital.")
        assert missing(Recorded(visit)) == []

    @pytest.mark.parametrize(
        ("outcome", "is_notified", "needed"),
        [
            ("resolved", True, []),
            (None, True, ["reactions[0].outcome"]),
            ("resolved", False, ["reactions[0].physician_notified_at"]),
        ],
    )
    def test_an_alarming_reaction_is_told_to_a_physician(
        self, outcome: str | None, is_notified: bool, needed: list[str]
    ) -> None:
        reaction = ReactionFacts(
            "wheeze", is_alarming=True, outcome=outcome, is_notified=is_notified
        )
        assert gaps(reactions=(reaction,)) == needed
        mild = replace(reaction, is_alarming=False, outcome="resolved")
        assert gaps(reactions=(mild,)) == []

    @pytest.mark.parametrize(
        ("ordered_g", "needed"),
        [
            (79.05, []),  # 4.997 % above
            (79.0, ["outcome_reason"]),  # 5.06 % above
            (87.36, []),  # 4.99 % below
            (87.4, ["outcome_reason"]),  # 5.03 % below
        ],
    )
    def test_grams_beyond_the_tolerance_of_the_order_need_a_reason(
        self, ordered_g: float, needed: list[str]
    ) -> None:
        assert gaps({"ordered_g": ordered_g}) == needed
        assert gaps({"ordered_g": ordered_g, "outcome_reason": "Dr. Lee agreed."}) == []
        assert gaps({"ordered_g": ordered_g}, tolerance_percent=6.0) == []


class TestPlan:
    """83 g ran and were typed as ordered; what the plan says decides."""

    @pytest.mark.parametrize(
        ("course_g", "needed"),
        [
            (83.0, []),
            (79.05, []),  # 4.997 % above
            (79.0, ["outcome_reason"]),
            (87.36, []),
            (87.4, ["outcome_reason"]),
            (166.0, ["outcome_reason"]),
        ],
    )
    def test_a_figure_that_somebody_typed_does_not_hide_the_plan(
        self, course_g: float, needed: list[str]
    ) -> None:
        order = PlanOrder(course_g)
        assert gaps(order=order) == needed
        assert gaps({"outcome_reason": "Dr. Lee agreed."}, order=order) == []

    def test_the_last_day_is_judged_with_the_days_before_it(self) -> None:
        last = {"course_day": 2, "course_days": 2}
        order = PlanOrder(166.0, others_g=83.0, course_days=2, day=2)
        totals = reconcile(recorded(last, order=order))
        assert (totals.plan_course_g, totals.plan_ordered_g) == (166, 83)
        assert (totals.plan_difference_g, totals.plan_difference_percent) == (0, 0)
        assert (totals.is_within_plan, totals.contradicts_plan) == (True, False)
        short = replace(order, others_g=70.0)
        totals = reconcile(recorded(last, order=short))
        assert (totals.plan_difference_g, totals.plan_difference_percent) == (-13, -7.83)
        assert gaps(last, order=short) == ["outcome_reason"]

    def test_the_first_of_two_days_is_judged_by_its_own_order(self) -> None:
        first = {"course_days": 2}
        order = PlanOrder(166.0, course_days=2)
        totals = reconcile(recorded(first, order=order))
        assert (totals.plan_ordered_g, totals.is_within_plan) == (166, None)
        assert (totals.plan_difference_g, totals.contradicts_plan) == (None, False)
        assert gaps(first, order=order) == []

    @pytest.mark.parametrize(
        ("visit", "changes"),
        [
            ({"course_days": 2}, {"course_days": 1}),  # the plan gives it in one day
            ({}, {"course_days": 2}),  # the visit says that it is all of it
            ({"course_days": 2}, {"course_days": 2, "day": 2}),  # it is the second day by now
        ],
    )
    def test_a_day_number_does_not_put_off_the_judgement(
        self, visit: dict[str, Any], changes: dict[str, int]
    ) -> None:
        order = PlanOrder(166.0, **changes)
        assert gaps(visit, order=order) == ["outcome_reason"]

    @pytest.mark.parametrize(
        ("ordered_g", "visit", "contradicts"),
        [
            (83.0, {}, True),
            (166.0, {}, False),
            (174.0, {}, False),
            (175.0, {}, True),
            (20.0, {"course_days": 2}, False),
            (175.0, {"course_days": 2}, True),
            (None, {}, None),
        ],
    )
    def test_a_typed_order_that_contradicts_the_plan_shows(
        self, ordered_g: float | None, visit: dict[str, Any], contradicts: bool | None
    ) -> None:
        order = PlanOrder(166.0, course_days=2)
        totals = reconcile(recorded({**visit, "ordered_g": ordered_g}, order=order))
        assert totals.contradicts_plan is contradicts

    def test_of_an_order_by_weight_without_one_nothing_is_said(self) -> None:
        totals = reconcile(recorded(order=PlanOrder(None)))
        assert (totals.plan_course_g, totals.contradicts_plan) == (None, None)

    def test_of_grams_that_are_not_known_neither(self) -> None:
        totals = reconcile(recorded(order=PlanOrder(83.0), vials=(), infused_g=None))
        assert (totals.plan_ordered_g, totals.is_within_plan) == (83, None)


class TestTotals:
    def test_of_a_visit_with_a_partly_wasted_vial(self) -> None:
        totals = reconcile(RECORDED)
        assert (totals.opened_g, totals.infused_g, totals.wasted_g) == (85, 83, 2)
        assert (totals.difference_g, totals.difference_percent) == (0, 0)
        assert (totals.is_within, totals.is_balanced) == (True, True)

    def test_without_vials_the_grams_are_those_of_the_infusion(self) -> None:
        totals = reconcile(recorded(vials=(), infused_g=80.0))
        assert (totals.infused_g, totals.difference_g) == (80, -3)
        assert (totals.opened_g, totals.wasted_g, totals.is_balanced) == (None, None, None)

    def test_of_what_is_not_known_nothing_is_said(self) -> None:
        totals = reconcile(recorded({"ordered_g": None}, vials=(), infused_g=None))
        assert (totals.difference_g, totals.is_within, totals.infused_g) == (None, None, None)

    def test_grams_that_went_nowhere_show(self) -> None:
        assert reconcile(recorded(vials=(VialFacts(40, 30, 5, True),))).is_balanced is False

    @given(st.lists(st.tuples(st.integers(1, 80), st.floats(0, 1)), min_size=1, max_size=30))
    def test_grams_in_vials_are_grams_infused_and_wasted(
        self, vials: list[tuple[int, float]]
    ) -> None:
        facts = []
        for half_grams, share in vials:
            nominal = half_grams / 2
            used = round(nominal * share, 6)
            facts.append(VialFacts(nominal, used, round(nominal - used, 6), True))
        totals = reconcile(recorded(vials=tuple(facts)))
        assert totals.is_balanced is True
        assert totals.opened_g == sum(n / 2 for n, _ in vials)


def reading(site: str, *, minutes: int = -30, **changes: Any) -> Reading:
    made = Reading(START + timedelta(minutes=minutes), "grip_kpa", site, "Citec 12")
    return replace(made, **changes)


class TestTrough:
    @pytest.mark.parametrize(
        ("readings", "state"),
        [
            ([], "none"),
            ([reading("right_hand", measure="strength_nrs")], "none"),
            ([reading("right_ankle")], "none"),
            ([reading("right_hand")], "one_hand"),
            ([reading("right_hand"), reading("left_hand")], "taken"),
            ([reading("right_hand", minutes=0), reading("left_hand", minutes=0)], "taken"),
            ([reading("right_hand"), reading("left_hand", minutes=1)], "one_hand"),
            ([reading("right_hand"), reading("left_hand", device="Jamar")], "two_devices"),
            ([reading("right_hand"), reading("left_hand", measure="grip_kg")], "two_devices"),
            ([reading("right_hand", device=None), reading("left_hand", device=None)], "taken"),
        ],
    )
    def test_both_hands_on_one_device_before_the_start(
        self, readings: list[Reading], state: str
    ) -> None:
        assert trough_of(readings, before=START) == state

    def test_before_an_infusion_that_never_began_is_any_time(self) -> None:
        late = [reading("right_hand", minutes=300), reading("left_hand", minutes=300)]
        assert trough_of(late, before=None) == "taken"


def test_what_is_missing_can_be_said_in_any_language() -> None:
    nothing = Recorded(replace(VISIT, nurse_id=None, ordered_g=None))
    late = replace(nothing, first_at={"identity": START}, ran_at=START - timedelta(minutes=1))
    wheeze = ReactionFacts("wheeze", True, None, False)
    refused = recorded({"outcome": "not_given"}, reactions=(wheeze,))
    shown = [
        GapRead.model_validate(gap) for one in (nothing, late, refused) for gap in missing(one)
    ]
    assert len(shown) > 10
    assert [gap.field for gap in shown if not isinstance(gap.reason, Said)] == []
    assert shown[0].model_dump_json().startswith('{"field":')
