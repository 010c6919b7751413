"""What follows from the record: courses, the next course, analyses, findings, the work list."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.reports.schemas import ReportRead
from tests.api.conftest import MovableClock
from tests.api.world import API, World, an_id, wrong_fields

FIRST = datetime(2026, 1, 5, 14, tzinfo=UTC)


def give_courses(world: World, count: int, *, interval_days: int = 28) -> None:
    for number in range(count):
        start = FIRST + timedelta(days=interval_days * number)
        world.entered("infusions", started_at=start.isoformat())


def read(world: World, what: str, **query: Any) -> dict[str, Any]:
    response = world.client.get(f"{world.patient}/{what}", params=query)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def test_a_cycle_obeys_the_plan_of_its_time(world: World) -> None:
    world.entered("plans")
    give_courses(world, 3)
    world.entered("plans", effective_date="2026-03-01", interval_days=21)
    timeline = read(world, "courses")
    cycles = timeline["cycles"]
    assert [cycle["course"]["first_day"] for cycle in cycles] == [
        "2026-01-05",
        "2026-02-02",
        "2026-03-02",
    ]
    assert [cycle["planned_days"] for cycle in cycles] == [28, 28, 21]
    assert [cycle["actual_days"] for cycle in cycles] == [28, 28, None]
    assert [cycle["epoch"] for cycle in cycles] == [0, 0, 1]
    assert cycles[0]["windows"]["late_to"] == cycles[0]["actual_end"]
    assert cycles[2]["windows"] is None
    assert [epoch["reasons"] for epoch in timeline["epochs"]] == [["first_course"], ["interval"]]


def test_an_infusion_inside_a_hold_is_shown_for_review(world: World) -> None:
    give_courses(world, 3)
    world.entered("holds", from_date="2026-02-20", to_date="2026-04-01")
    (hold,) = read(world, "courses")["holds"]
    assert (hold["to_date"], hold["ended_by_infusion"]) == ("2026-03-02", True)


def test_the_next_course_is_due_by_the_patients_calendar(world: World, clock: MovableClock) -> None:
    assert read(world, "next-course")["state"] == "no_plan"
    world.entered("plans", effective_date="2026-05-01")
    assert read(world, "next-course")["state"] == "not_started"
    world.entered("infusions", started_at="2026-05-05T02:00:00Z")  # 4 May in New York
    due = read(world, "next-course")
    assert (due["state"], due["due_on"], due["today"]) == ("due", "2026-06-01", "2026-06-01")
    clock.now = datetime(2026, 6, 5, 3, 59, tzinfo=UTC)  # still 4 June in New York
    assert read(world, "next-course") == {
        "state": "due",
        "due_on": "2026-06-01",
        "days_late": 3,
        "today": "2026-06-04",
        "time_zone": "America/New_York",
    }
    clock.move(minutes=1)
    assert read(world, "next-course")["state"] == "overdue"
    world.entered("holds", from_date="2026-06-05", to_date=None)
    assert read(world, "next-course")["state"] == "on_hold"


def test_series_are_columns(world: World) -> None:
    for number, value in enumerate((41.5, 40.0)):
        observed = f"2026-05-{10 + number}T08:00:00Z"
        values = [{"measure": "grip_kpa", "site": "right_hand", "value": value, "device": "M1"}]
        world.entered("reports", observed_at=observed, values=values)
    world.entered("reports")
    grip = read(world, "series", measure="grip_kpa", site="right_hand")["series"]
    assert grip == [
        {
            "measure": "grip_kpa",
            "site": "right_hand",
            "unit": "kPa",
            "at": ["2026-05-05T12:00:00Z", "2026-05-10T08:00:00Z", "2026-05-11T08:00:00Z"],
            "value": [41.5, 41.5, 40.0],
            "entry": ["fresh", "fresh", "fresh"],
            "device": [None, "M1", "M1"],
        }
    ]
    names = [(s["measure"], s["site"]) for s in read(world, "series")["series"]]
    assert names == [("grip_kpa", "right_hand"), ("strength_nrs", "right_hand")]
    response = world.client.get(f"{world.patient}/series", params={"measure": "girp_kpa"})
    assert wrong_fields(response) == {"measure"}


def test_the_list_of_reports_shows_what_each_report_shows(world: World) -> None:
    report = world.entered("reports", context=["cold", "ill"], note="So so.")
    (listed,) = read(world, "reports")["items"]
    assert listed == report == world.client.get(f"{API}/reports/{report['id']}").json()
    assert ReportRead.model_validate(listed).local_date == date(2026, 5, 5)


def test_a_reader_gets_the_analysis_computed_on_the_spot(world: World) -> None:
    world.entered("plans")
    give_courses(world, 4)
    world.entered("reports")
    analysis = read(world, "analysis")
    assert analysis["standing"] == "current"
    reports = {series["measure"]: series["reports"] for series in analysis["series"]}
    assert reports == {"grip_kpa": 1, "strength_nrs": 1}
    assert {s["verdict"] for s in analysis["series"]} == {"insufficient_data"}


def test_time_alone_brings_a_finding(world: World, clock: MovableClock) -> None:
    world.entered("plans")
    clock.now = FIRST + timedelta(days=28 * 4 + 1)
    give_courses(world, 5)
    assert "lapse" not in {finding["kind"] for finding in read(world, "findings")["items"]}
    clock.move(days=50)
    findings = read(world, "findings")["items"]
    (lapse,) = [finding for finding in findings if finding["kind"] == "lapse"]
    assert (lapse["status"], lapse["patient_id"]) == ("new", world.patient_id)


def test_the_work_list_shows_no_old_figure_as_new(world: World, clock: MovableClock) -> None:
    def worklist() -> dict[str, Any]:
        response = world.client.get(f"{API}/worklist", params={"clinic_id": world.clinic_id})
        content: dict[str, Any] = response.json()
        return content

    world.entered("plans")
    clock.now = FIRST + timedelta(days=28 * 4 + 50)
    give_courses(world, 5)
    stale = worklist()
    assert (stale["patients"], stale["recalculating"]) == (1, 1)
    assert [(line["standing"], line["findings"]) for line in stale["lines"]] == [
        ("recalculating", [])
    ]
    kinds = [finding["kind"] for finding in read(world, "findings")["items"]]
    fresh = worklist()
    assert fresh["recalculating"] == 0
    (line,) = fresh["lines"]
    assert line["standing"] == "current"
    assert line["next_course"]["state"] == "missed"
    assert line["next_course"]["days_late"] == read(world, "next-course")["days_late"]
    assert {finding["kind"] for finding in line["findings"]} == set(kinds)
    world.entered("weights")
    assert worklist()["lines"][0]["findings"] == []


def test_nothing_follows_from_a_voided_record(world: World) -> None:
    world.entered("plans")
    give_courses(world, 4)
    assert read(world, "courses")["cycles"] != []
    world.void("patients", world.patient_id)
    for what in ("courses", "next-course"):
        response = world.client.get(f"{world.patient}/{what}")
        assert response.status_code == 404
        assert "voided" in response.json()["detail"]
    assert read(world, "analysis")["series"] == read(world, "findings")["items"] == []


def test_what_is_derived_from_nobody_is_not_found(world: World) -> None:
    for what in ("courses", "next-course", "series", "analysis", "findings", "reports"):
        response = world.client.get(f"{API}/patients/{an_id()}/{what}")
        assert response.status_code == 404
