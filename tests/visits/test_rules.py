"""Calls after an infusion, to the minute; and that a visit names rows of its own patient."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clinics.care_settings import CareSettings
from app.errors import Fault
from app.visits.due import (
    CALL_GRACE,
    FIRST_ASKS,
    LATE_ASKS,
    CallMade,
    Ended,
    asked_in,
    calls_due,
)
from app.visits.rules import (
    SYMPTOMS,
    CallDraft,
    VisitDraft,
    VisitLinks,
    alarming,
    all_symptoms,
    check_call,
    check_visit,
)

NOW: Final = datetime(2026, 6, 20, 12, tzinfo=UTC)
END: Final = datetime(2026, 6, 1, 16, tzinfo=UTC)
SETTINGS: Final = CareSettings()
ID: Final = uuid.UUID(int=1)
MINUTE: Final = timedelta(minutes=1)


def visit_faults(links: VisitLinks | None = None, **changes: Any) -> list[Fault]:
    draft = VisitDraft(date(2026, 6, 1), **changes)
    return check_visit(draft, now=NOW, birth_date=None, links=links or VisitLinks())


def fields(faults: list[Fault]) -> list[str]:
    return [fault.field for fault in faults]


class TestVisit:
    def test_a_date_is_enough_to_begin(self) -> None:
        assert visit_faults() == []

    def test_everything_known_is_in_order(self) -> None:
        links = VisitLinks(nurse_role="nurse", newest_plan=3)
        named = {"infusion_id": ID, "assignment_id": ID, "nurse_id": ID, "plan_id": ID}
        times = {"arrived_at": END, "left_at": END + timedelta(hours=16)}
        rest = {"plan_version": 3, "ordered_g": 83.0, "course_day": 2, "course_days": 2}
        assert visit_faults(links, **named, **times, **rest, outcome="given") == []

    @pytest.mark.parametrize(
        ("links", "changes", "field"),
        [
            (VisitLinks(has_infusion=False), {"infusion_id": ID}, "infusion_id"),
            (VisitLinks(has_assignment=False), {"assignment_id": ID}, "assignment_id"),
            (VisitLinks(), {"nurse_id": ID}, "nurse_id"),
            (VisitLinks(nurse_role="patient"), {"nurse_id": ID}, "nurse_id"),
            (VisitLinks(nurse_role="coordinator"), {"nurse_id": ID}, "nurse_id"),
            (VisitLinks(nurse_role="pharmacist"), {"nurse_id": ID}, "nurse_id"),
            (VisitLinks(), {"plan_id": ID, "plan_version": 1}, "plan_id"),
            (VisitLinks(newest_plan=2), {"plan_id": ID}, "plan_version"),
            (VisitLinks(newest_plan=2), {"plan_id": ID, "plan_version": 3}, "plan_version"),
            (VisitLinks(newest_plan=2), {"plan_id": ID, "plan_version": 0}, "plan_version"),
            (VisitLinks(newest_plan=2), {"plan_version": 1}, "plan_version"),
        ],
    )
    def test_what_it_names_is_the_patients_own(
        self, links: VisitLinks, changes: dict[str, Any], field: str
    ) -> None:
        assert fields(visit_faults(links, **changes)) == [field]

    @pytest.mark.parametrize(
        ("day", "days", "wrong"),
        [
            (1, 1, []),
            (10, 10, []),
            (0, 1, ["course_day"]),
            (3, 2, ["course_day"]),
            (1, 0, ["course_days"]),
            (1, 11, ["course_days"]),
        ],
    )
    def test_a_day_lies_within_its_course(self, day: int, days: int, wrong: list[str]) -> None:
        assert fields(visit_faults(course_day=day, course_days=days)) == wrong

    @pytest.mark.parametrize(
        ("stay", "wrong"),
        [
            (timedelta(0), []),
            (-MINUTE, ["left_at"]),
            (timedelta(hours=16), []),
            (timedelta(hours=16) + MINUTE, ["left_at"]),
            (timedelta(hours=48), ["left_at"]),
            (timedelta(hours=48) + MINUTE, ["left_at"]),
        ],
    )
    def test_a_stay_ends_after_it_began_and_not_days_later(
        self, stay: timedelta, wrong: list[str]
    ) -> None:
        assert fields(visit_faults(arrived_at=END, left_at=END + stay)) == wrong

    def test_a_very_long_stay_cannot_be_confirmed(self) -> None:
        (long,) = visit_faults(arrived_at=END, left_at=END + timedelta(hours=20))
        (too_long,) = visit_faults(arrived_at=END, left_at=END + timedelta(hours=49))
        assert (long.severity, too_long.severity) == ("unusual", "impossible")


def call_faults(started_at: datetime | None = END, **changes: Any) -> list[Fault]:
    content: dict[str, Any] = {
        "visit_id": ID,
        "called_at": END + timedelta(days=2),
        "reached": True,
        "symptoms": dict.fromkeys(SYMPTOMS, "no"),
    }
    has_visit = changes.pop("has_visit", True)
    draft = CallDraft(**{**content, **changes})
    return check_call(draft, now=NOW, birth_date=None, has_visit=has_visit, started_at=started_at)


class TestCall:
    @pytest.mark.parametrize("started_at", [END, None])
    def test_a_call_that_asked_is_in_order(self, started_at: datetime | None) -> None:
        assert call_faults(started_at) == []

    def test_nobody_answered(self) -> None:
        assert call_faults(reached=False, symptoms={}) == []

    @pytest.mark.parametrize(
        ("changes", "wrong"),
        [
            ({"has_visit": False}, ["visit_id"]),
            ({"called_at": END - MINUTE}, ["called_at"]),
            ({"reached": False}, ["symptoms"]),
            ({"symptoms": {}}, ["symptoms"]),
            ({"symptoms": {"rash": "not_asked"}}, ["symptoms"]),
            ({"symptoms": {"toothache": "yes"}}, ["symptoms"]),
            ({"symptoms": {"rash": "maybe"}}, ["symptoms"]),
            ({"symptoms": {"dark_urine": "yes"}}, ["advice"]),
            ({"symptoms": {"dark_urine": "yes"}, "advice": "To the emergency room."}, []),
            ({"symptoms": {"rash": "yes"}}, []),
            ({"note": "\x00"}, ["note"]),
        ],
    )
    def test_what_is_wrong_is_named(self, changes: dict[str, Any], wrong: list[str]) -> None:
        assert fields(call_faults(**changes)) == wrong

    def test_red_flags_are_those_of_the_clinical_facts(self) -> None:
        mild = {"rash", "fever"}
        assert set(alarming(dict.fromkeys(SYMPTOMS, "yes"))) == set(SYMPTOMS) - mild
        assert alarming(dict.fromkeys(SYMPTOMS, "no")) == []

    def test_what_nobody_named_was_not_asked(self) -> None:
        answers = all_symptoms({"rash": "no"})
        assert set(answers) == set(SYMPTOMS)
        assert [name for name, answer in answers.items() if answer != "not_asked"] == ["rash"]


def due(
    *,
    now: datetime,
    g_per_kg: float | None = 1.0,
    calls: tuple[CallMade, ...] = (),
    next_seen_at: datetime | None = None,
) -> list[tuple[str, str]]:
    ended = Ended(END, g_per_kg, next_seen_at)
    found = calls_due(ended, calls, now=now, settings=SETTINGS)
    return [(call.kind, call.state) for call in found]


ALL: Final = frozenset(SYMPTOMS)


def reached(hours: float, asked: frozenset[str] = ALL) -> tuple[CallMade, ...]:
    return (CallMade(END + timedelta(hours=hours), reached=True, asked=asked),)


class TestCallsDue:
    @pytest.mark.parametrize(
        ("now", "state"),
        [
            (END + timedelta(hours=24) - MINUTE, "waiting"),
            (END + timedelta(hours=24), "due"),
            (END + timedelta(hours=72), "due"),
            (END + timedelta(hours=72) + MINUTE, "overdue"),
            (END + timedelta(days=10), "overdue"),
            (END + timedelta(days=10) + MINUTE, "missed"),
            (END + timedelta(days=400), "missed"),
        ],
    )
    def test_the_first_call_is_due_after_24_to_72_hours(self, now: datetime, state: str) -> None:
        assert due(now=now) == [("first", state)]

    @pytest.mark.parametrize(
        ("g_per_kg", "kinds"),
        [
            (1.94, ["first"]),
            (1.96, ["first", "late"]),  # vials round 2 g/kg
            (2.0, ["first", "late"]),
            (None, ["first", "late"]),  # what is not known may be high
        ],
    )
    def test_a_high_dose_is_asked_for_a_second_time(
        self, g_per_kg: float | None, kinds: list[str]
    ) -> None:
        assert [kind for kind, _ in due(now=END, g_per_kg=g_per_kg)] == kinds

    @pytest.mark.parametrize(
        ("now", "state"),
        [
            (END + timedelta(days=7) - MINUTE, "waiting"),
            (END + timedelta(days=7), "due"),
            (END + timedelta(days=10), "due"),
            (END + timedelta(days=10) + MINUTE, "overdue"),
        ],
    )
    def test_the_late_call_is_due_until_the_tenth_day(self, now: datetime, state: str) -> None:
        assert due(now=now, g_per_kg=2.0, calls=reached(30))[1:] == [("late", state)]

    @pytest.mark.parametrize(
        ("hours", "state"),
        [(20, "done"), (19.98, "due"), (71, "done")],
    )
    def test_a_call_counts_from_its_time_on(self, hours: float, state: str) -> None:
        assert timedelta(hours=4) == CALL_GRACE
        assert due(now=END + timedelta(hours=72), calls=reached(hours)) == [("first", state)]

    def test_a_call_that_nobody_answered_is_an_attempt(self) -> None:
        missed = CallMade(END + timedelta(hours=30), reached=False, asked=frozenset())
        (call,) = calls_due(
            Ended(END, 1.0, None), [missed], now=END + timedelta(hours=31), settings=SETTINGS
        )
        assert (call.state, call.attempts, call.done_at) == ("due", 1, None)

    @pytest.mark.parametrize(
        ("asked", "states"),
        [
            (ALL, ["done", "done"]),
            (FIRST_ASKS, ["done", "due"]),
            (LATE_ASKS, ["overdue", "done"]),
            (frozenset({"rash"}), ["overdue", "due"]),
            *((ALL - {name}, ["overdue", "done"]) for name in sorted(FIRST_ASKS)),
            *((ALL - {name}, ["done", "due"]) for name in sorted(LATE_ASKS)),
        ],
    )
    def test_a_call_that_did_not_ask_is_an_attempt(
        self, asked: frozenset[str], states: list[str]
    ) -> None:
        now = END + timedelta(days=9)
        calls = due(now=now, g_per_kg=2.0, calls=reached(8 * 24, asked))
        assert [state for _, state in calls] == states

    def test_what_nobody_answered_was_not_asked(self) -> None:
        answers = {"rash": "no", "fever": "not_asked", "pallor": "yes"}
        assert asked_in(answers) == {"rash", "pallor"}

    def test_a_missed_call_that_is_made_after_all_is_done(self) -> None:
        assert due(now=END + timedelta(days=12), calls=reached(11 * 24)) == [("first", "done")]

    def test_one_call_at_the_end_of_the_first_is_none_for_the_late_one(self) -> None:
        calls = due(now=END + timedelta(days=9), g_per_kg=2.0, calls=reached(71))
        assert calls == [("first", "done"), ("late", "due")]

    def test_who_is_seen_again_is_not_called(self) -> None:
        tomorrow = END + timedelta(hours=17)
        assert due(now=tomorrow, g_per_kg=2.0, next_seen_at=tomorrow) == []
        in_five_days = END + timedelta(days=5)
        assert [kind for kind, _ in due(now=END, g_per_kg=2.0, next_seen_at=in_five_days)] == [
            "first"
        ]

    def test_a_clinic_that_calls_for_days_has_no_late_call_besides(self) -> None:
        settings = CareSettings(calls_until_hours=168, late_call_until_days=7)
        calls = calls_due(Ended(END, 2.0, None), [], now=END, settings=settings)
        assert [call.kind for call in calls] == ["first"]

    @given(
        st.lists(
            st.tuples(
                st.floats(0, 400), st.booleans(), st.sampled_from([ALL, FIRST_ASKS, LATE_ASKS])
            ),
            max_size=6,
        ),
        st.floats(0, 400),
        st.floats(0.1, 4),
    )
    def test_a_call_is_done_only_by_somebody_who_was_reached_in_time(
        self, made: list[tuple[float, bool, frozenset[str]]], after: float, g_per_kg: float
    ) -> None:
        calls = [CallMade(END + timedelta(hours=h), reached=r, asked=a) for h, r, a in made]
        now = END + timedelta(hours=after)
        for call in calls_due(Ended(END, g_per_kg, None), calls, now=now, settings=SETTINGS):
            counted = [c for c in calls if c.called_at >= call.due_from - CALL_GRACE]
            assert call.attempts == len(counted)
            needed = FIRST_ASKS if call.kind == "first" else LATE_ASKS
            done = any(c.reached and needed <= c.asked for c in counted)
            assert (call.state == "done") == done
            assert (call.done_at is not None) == (call.state == "done")
