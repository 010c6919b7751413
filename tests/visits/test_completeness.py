"""What a visit needs by its outcome, and its grams against the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.visits.completeness import (
    ReactionFacts,
    Reading,
    Recorded,
    VialFacts,
    missing,
    reconcile,
    trough_of,
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
    kinds=frozenset({"identity", "pre_check", "access", "rate", "wearing_off", "vitals"}),
    last_rate_ml_per_h=0,
    has_baseline=True,
    vials=VIALS,
    trough="taken",
)


def recorded(visit: dict[str, Any] | None = None, **changes: Any) -> Recorded:
    return replace(RECORDED, visit=replace(VISIT, **(visit or {})), **changes)


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

    @pytest.mark.parametrize("kind", ["identity", "pre_check", "access", "rate", "wearing_off"])
    def test_every_check_is_asked_for(self, kind: str) -> None:
        assert gaps(kinds=RECORDED.kinds - {kind}) == [f"events.{kind}"]

    @pytest.mark.parametrize("trough", ["none", "one_hand", "two_devices"])
    def test_the_grip_before_the_course_is_needed_or_why_not(self, trough: Any) -> None:
        assert gaps(trough=trough) == ["reports"]
        assert gaps({"no_trough_reason": "Device broken."}, trough=trough) == []
        second = {"course_day": 2, "course_days": 2}
        kinds = RECORDED.kinds - {"wearing_off"}
        assert gaps(second, trough=trough, kinds=kinds) == []

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
