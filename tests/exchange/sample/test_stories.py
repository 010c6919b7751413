"""The stories that the documentation tells can be read from the generated numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from statistics import fmean

import pytest

from app.analysis.cycles import Course, Timeline, build_timeline
from app.analysis.next_due import next_course_of
from app.analysis.records import (
    CourseRules,
    Hold,
    Infusion,
    PatientRecord,
    PlanVersion,
    Therapy,
    Weight,
)
from app.exchange.sample.writer import Row

TODAY = date(2026, 11, 21)
Clinic = dict[str, list[Row]]
Points = list[tuple[datetime, float]]


def rows(clinic: Clinic, table: str, patient: str) -> list[Row]:
    return [row for row in clinic[table] if row["patient_id"] == patient]


def record(clinic: Clinic, patient: str) -> PatientRecord:
    zone = rows(clinic, "patients", patient)[0]["time_zone"]
    return PatientRecord(
        zone,
        infusions=tuple(
            Infusion(
                datetime.fromisoformat(row["started_at"]),
                zone,
                row["status"],  # type: ignore[arg-type]
                row["product"],
                float(row["dose_g"] or 0),
                float(row["weight_kg"]) if row["weight_kg"] else None,
            )
            for row in rows(clinic, "infusions", patient)
        ),
        plans=tuple(_plan(row) for row in rows(clinic, "plans", patient)),
        holds=tuple(
            Hold(
                date.fromisoformat(row["from_date"]),
                date.fromisoformat(row["to_date"]) if row["to_date"] else None,
                row["reason"],
            )
            for row in rows(clinic, "holds", patient)
        ),
        therapies=tuple(
            Therapy(row["therapy"], row["status"], date.fromisoformat(row["from_date"]))  # type: ignore[arg-type]
            for row in rows(clinic, "therapies", patient)
        ),
        weights=tuple(
            Weight(datetime.fromisoformat(row["measured_at"]), float(row["weight_kg"]))
            for row in rows(clinic, "weights", patient)
            if row["kind"] == "actual"
        ),
    )


def _plan(row: Row) -> PlanVersion:
    return PlanVersion(
        date.fromisoformat(row["effective_date"]),
        int(row["interval_days"] or 0) or 7 * int(row["interval_weeks"]),
        int(row["course_days"]),
        row["product"],
        dose_g_per_kg=float(row["dose_g_per_kg"]) if row["dose_g_per_kg"] else None,
        dose_g=float(row["dose_g"]) if row["dose_g"] else None,
    )


def points(clinic: Clinic, patient: str, series: str) -> Points:
    measure, _, site = series.partition("@")
    return [
        (datetime.fromisoformat(row["reported_at"]), float(row["value"]))
        for row in rows(clinic, "reports", patient)
        if (row["measure"], row["site"]) == (measure, site) and row["source"] != "nurse"
    ]


def timeline(clinic: Clinic, patient: str) -> Timeline:
    return build_timeline(record(clinic, patient), CourseRules())


def contrasts(clinic: Clinic, patient: str, series: str, *, epoch: int = -1) -> list[float]:
    """Return, for each closed cycle of an epoch, late mean less reference mean."""
    line = timeline(clinic, patient)
    wanted = line.epochs[epoch].index
    found = []
    for cycle in line.cycles:
        window, end = cycle.windows, cycle.ends_at
        if cycle.epoch != wanted or window is None or end is None or cycle.on_hold:
            continue
        by_day = [
            ((at - cycle.day_zero).total_seconds() / 86_400, value)
            for at, value in points(clinic, patient, series)
            if cycle.starts_at < at < end
        ]
        late = [value for day, value in by_day if day >= window.late_from]
        early = [
            value
            for day, value in by_day
            if window.reference_from <= day <= window.reference_to and day < window.late_from
        ]
        if late and early:
            found.append(fmean(late) - fmean(early))
    return found


def mean_between(values: Points, oldest: int, newest: int) -> float:
    """Return the mean of the values from `oldest` to `newest` days ago."""
    return fmean(v for at, v in values if newest <= (TODAY - at.date()).days <= oldest)


class TestTheShortenedInterval:
    def test_three_plans(self, clinic: Clinic) -> None:
        plans = record(clinic, "DEMO-01").plans
        assert [plan.interval_days for plan in plans] == [28, 21, 14]
        assert len(timeline(clinic, "DEMO-01").epochs) == 3

    @pytest.mark.parametrize("epoch", [0, 1, 2])
    def test_weak_in_the_last_days_of_every_epoch(self, clinic: Clinic, epoch: int) -> None:
        grip = contrasts(clinic, "DEMO-01", "grip_kpa@right_hand", epoch=epoch)
        assert len(grip) >= 7
        assert fmean(grip) < -5
        rated = contrasts(clinic, "DEMO-01", "strength_nrs@right_hand", epoch=epoch)
        assert fmean(rated) < -1

    def test_the_right_hand_is_worst(self, clinic: Clinic) -> None:
        right = fmean(contrasts(clinic, "DEMO-01", "grip_kpa@right_hand"))
        left = fmean(contrasts(clinic, "DEMO-01", "grip_kpa@left_hand"))
        level = [
            mean_between(points(clinic, "DEMO-01", f"grip_kpa@{side}_hand"), 150, 1)
            for side in ("right", "left")
        ]
        assert right / level[0] < 1.5 * left / level[1]
        assert level[0] < level[1]

    def test_better_overall(self, clinic: Clinic) -> None:
        overall = points(clinic, "DEMO-01", "strength_nrs@global")
        months = [mean_between(overall, *span) for span in ((500, 400), (250, 200), (90, 1))]
        assert months[0] + 0.5 < months[1] < months[2] - 0.5

    def test_writing_is_lost(self, clinic: Clinic) -> None:
        writing = [value for _, value in points(clinic, "DEMO-01", "ability_writing@global")]
        assert max(writing) == 2
        assert set(writing[-6:]) == {0}

    @pytest.mark.parametrize(("site", "since"), [("left_arm", 100), ("right_thigh", 86)])
    def test_new_twitching(self, clinic: Clinic, site: str, since: int) -> None:
        twitching = points(clinic, "DEMO-01", f"fasciculation_nrs@{site}")
        assert since - 8 <= (TODAY - twitching[0][0].date()).days <= since
        assert fmean(value for _, value in twitching) > 3

    def test_rituximab_is_only_suggested(self, clinic: Clinic) -> None:
        (therapy,) = rows(clinic, "therapies", "DEMO-01")
        assert (therapy["therapy"], therapy["status"]) == ("rituximab", "suggested")


class TestThePregnancy:
    grip = "grip_kpa@right_hand"

    def test_six_weeks_before_and_after_the_hold(self, clinic: Clinic) -> None:
        assert {plan.interval_days for plan in record(clinic, "DEMO-02").plans} == {42}
        line = timeline(clinic, "DEMO-02")
        assert [hold.reason for hold in line.holds] == ["pregnancy"]
        assert not line.holds[0].ended_by_infusion
        assert len(line.epochs) == 2

    def test_declines_while_untreated(self, clinic: Clinic) -> None:
        grip = points(clinic, "DEMO-02", self.grip)
        assert mean_between(grip, 250, 175) < 0.65 * mean_between(grip, 700, 440)

    def test_recovers_slowly_over_two_to_three_courses(self, clinic: Clinic) -> None:
        grip = points(clinic, "DEMO-02", self.grip)
        before = mean_between(grip, 700, 440)
        first, third = mean_between(grip, 168, 140), mean_between(grip, 86, 56)
        assert first < 0.85 * before
        assert third > 0.9 * before


@pytest.mark.parametrize(
    ("patient", "series", "least_share"),
    [
        ("DEMO-03", "grip_kg@right_hand", 0.06),
        ("DEMO-04", "grip_kpa@left_hand", 0.06),
        ("DEMO-07", "grip_kpa@right_hand", 0.08),
        ("DEMO-34", "grip_kpa@left_hand", 0.06),
        ("DEMO-35", "strength_nrs@right_arm", 0.15),
    ],
)
def test_these_wear_off(clinic: Clinic, patient: str, series: str, least_share: float) -> None:
    level = fmean(value for _, value in points(clinic, patient, series))
    assert fmean(contrasts(clinic, patient, series)) < -least_share * level


@pytest.mark.parametrize(
    ("patient", "series"),
    [
        ("DEMO-05", "grip_kpa@right_hand"),
        ("DEMO-08", "grip_kg@right_hand"),
        ("DEMO-11", "grip_kpa@right_hand"),
        ("DEMO-12", "grip_kg@right_hand"),
        ("DEMO-32", "grip_kpa@right_hand"),
    ],
)
def test_these_do_not(clinic: Clinic, patient: str, series: str) -> None:
    level = fmean(value for _, value in points(clinic, patient, series))
    assert abs(fmean(contrasts(clinic, patient, series))) < 0.04 * level


def test_one_wore_off_until_the_interval_was_shortened(clinic: Clinic) -> None:
    assert fmean(contrasts(clinic, "DEMO-32", "grip_kpa@right_hand", epoch=0)) < -5


@pytest.mark.parametrize(
    ("patient", "series", "then", "now", "share"),
    [
        ("DEMO-08", "grip_kg@right_hand", (720, 600), (120, 1), (0.60, 0.85)),  # slow decline
        ("DEMO-10", "grip_kpa@right_hand", (120, 30), (18, 1), (0.55, 0.75)),  # relapse
        ("DEMO-11", "grip_kpa@right_hand", (400, 151), (150, 1), (1.05, 1.13)),  # new meter
        ("DEMO-12", "grip_kg@left_hand", (155, 148), (100, 1), (1.02, 1.12)),  # practice
        ("DEMO-17", "grip_kg@right_hand", (276, 266), (60, 1), (1.3, 1.9)),  # response
        ("DEMO-36", "grip_kpa@right_hand", (400, 150), (30, 1), (1.15, 1.35)),  # rituximab
    ],
)
def test_level_changes_over_time(
    clinic: Clinic,
    patient: str,
    series: str,
    then: tuple[int, int],
    now: tuple[int, int],
    share: tuple[float, float],
) -> None:
    values = points(clinic, patient, series)
    low, high = share
    assert low < mean_between(values, *now) / mean_between(values, *then) < high


def test_words_and_grip_disagree(clinic: Clinic) -> None:
    rated = points(clinic, "DEMO-33", "strength_nrs@right_hand")
    grip = points(clinic, "DEMO-33", "grip_kpa@right_hand")
    assert mean_between(rated, 40, 1) < 0.75 * mean_between(rated, 380, 220)
    assert mean_between(grip, 40, 1) > 0.95 * mean_between(grip, 380, 220)


@pytest.mark.parametrize(
    ("patient", "state"),
    [("DEMO-20", "overdue"), ("DEMO-21", "missed"), ("DEMO-25", "on_hold"), ("DEMO-05", "not_due")],
)
def test_where_the_next_course_stands(clinic: Clinic, patient: str, state: str) -> None:
    line = timeline(clinic, patient)
    due = next_course_of(record(clinic, patient), line, today=TODAY, grace_days=3)
    assert due.state == state


def test_only_two_are_late(clinic: Clinic) -> None:
    late = {
        row["patient_id"]
        for row in clinic["patients"]
        if next_course_of(
            record(clinic, row["patient_id"]),
            timeline(clinic, row["patient_id"]),
            today=TODAY,
            grace_days=3,
        ).state
        in ("overdue", "missed")
    }
    assert late == {"DEMO-20", "DEMO-21"}


def test_no_infusion_contradicts_a_hold(clinic: Clinic) -> None:
    for row in clinic["patients"]:
        assert not any(hold.ended_by_infusion for hold in timeline(clinic, row["patient_id"]).holds)


@pytest.mark.parametrize(
    ("patient", "matches"),
    [
        ("DEMO-17", lambda course: len(course.days) == 5),
        ("DEMO-26", lambda course: len(course.days) == 5),
        ("DEMO-18", lambda course: course.infusions[0].status == "stopped"),
        ("DEMO-15", lambda course: course.infusions[0].product == "hizentra"),
    ],
)
def test_special_courses(clinic: Clinic, patient: str, matches: Callable[[Course], bool]) -> None:
    assert any(matches(course) for course in timeline(clinic, patient).courses)


def test_a_stopped_infusion_and_its_rest_are_one_course(clinic: Clinic) -> None:
    (course,) = (
        course
        for course in timeline(clinic, "DEMO-18").courses
        if course.infusions[0].status == "stopped"
    )
    assert [infusion.status for infusion in course.infusions] == ["stopped", "completed"]


def test_three_products_over_time(clinic: Clinic) -> None:
    products = [row["product"] for row in rows(clinic, "infusions", "DEMO-16")]
    assert list(dict.fromkeys(products)) == ["privigen", "octagam-10", "panzyga"]


def test_the_dose_drifts_as_the_weight_grows(clinic: Clinic) -> None:
    line = timeline(clinic, "DEMO-23")
    first, last = (
        course.dose_g / (course.infusions[0].weight_kg or 0.0)
        for course in (line.courses[0], line.courses[-1])
    )
    assert first == pytest.approx(1.0, abs=0.02)
    assert last == pytest.approx(0.84, abs=0.02)


def test_who_does_not_report(clinic: Clinic) -> None:
    assert rows(clinic, "reports", "DEMO-27") == []
    last = max(at for at, _ in points(clinic, "DEMO-22", "grip_kpa@right_hand"))
    assert 70 <= (TODAY - last.date()).days < 80


def test_somebody_else_reports(clinic: Clinic) -> None:
    assert {row["source"] for row in rows(clinic, "reports", "DEMO-29")} == {"proxy"}
    paper = [row for row in rows(clinic, "reports", "DEMO-37") if row["source"] == ""]
    assert len(paper) > 30
    assert len({row["entered_at"] for row in paper}) == 1
