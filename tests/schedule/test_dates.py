"""Due dates are dates of the patient, whatever clocks and the date line do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.cycles import build_timeline, local_day, local_midnight
from app.analysis.next_due import NextCourse, next_course_of
from app.analysis.records import CourseException, CourseRules, Infusion, PatientRecord, PlanVersion
from app.schedule.calendars import timeline_of

ZONES = (
    "America/New_York",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Antarctica/Troll",
    "Europe/Amsterdam",
    "UTC",
)
PLAN = PlanVersion(date(2010, 1, 1), 28, 1, "x", dose_g=70)


def a_record(
    started_at: datetime, *, given_in: str, lives_in: str, to: int | None = None
) -> PatientRecord:
    infusion = Infusion(started_at, given_in, "completed", "x", 70.0)
    slot = local_day(started_at, given_in) + timedelta(days=28)
    decided = () if to is None else (CourseException("moved", slot, slot + timedelta(days=to)),)
    return PatientRecord(lives_in, (infusion,), (PLAN,), exceptions=decided)


def due_at(record: PatientRecord, now: datetime) -> NextCourse:
    today = local_day(now, record.time_zone)
    timeline = build_timeline(record, CourseRules())
    assert timeline_of(record, CourseRules()).courses == timeline.courses
    return next_course_of(record, timeline, today=today, grace_days=3)


@given(
    started_at=st.datetimes(datetime(2011, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
    given_in=st.sampled_from(ZONES),
    lives_in=st.sampled_from(ZONES),
    to=st.one_of(st.none(), st.integers(-20, 40).filter(bool)),
)
def test_a_course_is_due_from_the_midnight_of_the_patient_on(
    started_at: datetime, given_in: str, lives_in: str, to: int | None
) -> None:
    record = a_record(started_at, given_in=given_in, lives_in=lives_in, to=to)
    due_on = local_day(started_at, given_in) + timedelta(days=28 + (to or 0))
    begins = local_midnight(due_on, lives_in)
    before = due_at(record, begins - timedelta(minutes=1))
    assert (before.state, before.due_on) == ("not_due", due_on)
    after = due_at(record, begins)
    # A day that the date line swallowed begins as the next one.
    late = (local_day(begins, lives_in) - due_on).days
    assert after == NextCourse("due", due_on, late)
    assert late in (0, 1)
    graced = local_midnight(due_on + timedelta(days=4), lives_in)
    assert due_at(record, graced - timedelta(minutes=1)).state == "due"
    assert due_at(record, graced).state == "overdue"


@pytest.mark.parametrize(
    ("started_at", "zone", "due_on"),
    [
        # The course spans the change to summer time: 28 days by the calendar, not 672 hours.
        ("2026-02-16T23:30:00-05:00", "America/New_York", "2026-03-16"),
        ("2026-10-12T00:30:00-04:00", "America/New_York", "2026-11-09"),
        # On the first of March in Kiritimati it is still February in Pago Pago.
        ("2026-02-28T23:30:00-11:00", "Pacific/Pago_Pago", "2026-03-28"),
        ("2026-03-02T00:30:00+14:00", "Pacific/Kiritimati", "2026-03-30"),
        # Apia went from 29 to 31 December 2011.
        ("2011-12-02T09:00:00-10:00", "Pacific/Apia", "2011-12-30"),
    ],
)
def test_an_interval_is_counted_in_dates(started_at: str, zone: str, due_on: str) -> None:
    instant = datetime.fromisoformat(started_at)
    assert instant.utcoffset() == instant.astimezone(ZoneInfo(zone)).utcoffset()
    record = a_record(instant.astimezone(UTC), given_in=zone, lives_in=zone)
    assert due_at(record, instant + timedelta(days=1)).due_on == date.fromisoformat(due_on)


def test_a_flight_over_the_date_line_moves_no_due_date() -> None:
    start = datetime(2026, 5, 4, 22, tzinfo=UTC)  # 5 May in Kiritimati, 4 May in Honolulu
    for lives_in in ("Pacific/Kiritimati", "Pacific/Honolulu"):
        record = a_record(start, given_in="Pacific/Kiritimati", lives_in=lives_in)
        assert due_at(record, start + timedelta(days=20)).due_on == date(2026, 6, 2)
    begins = datetime(2026, 6, 1, 10, tzinfo=UTC)  # midnight of 2 June in Kiritimati
    home = a_record(start, given_in="Pacific/Kiritimati", lives_in="Pacific/Kiritimati")
    away = a_record(start, given_in="Pacific/Kiritimati", lives_in="Pacific/Honolulu")
    assert (due_at(home, begins).state, due_at(away, begins).state) == ("due", "not_due")
