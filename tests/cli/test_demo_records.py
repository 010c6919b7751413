"""What the demo adds to the sample clinic: visits, a recall, a schedule."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.alarms.tables import AlarmRow
from app.cli import demo_diaries, demo_schedule, demo_visits
from app.cli.demo_records import PHONE, add_records
from app.clinics.service import list_clinics
from app.db import Database
from app.diary.reading import read_today
from app.exchange.importer import Listener, Request, import_folder
from app.exchange.load import Options
from app.exchange.sample import sample_rows
from app.exchange.sample.writer import COLUMNS, Row
from app.infusions.tables import InfusionRow
from app.kit.audit.tables import AuditEntryRow
from app.kit.history import Actor
from app.lookback.repository import live_recalls
from app.lookback.service import recall_list
from app.monitoring.reading import monitoring_of
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.schedule.calendars import calendars_of_clinic
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.visits.calls import list_calls
from app.visits.document import read_record
from app.visits.record_schemas import VisitRecordRead
from app.visits.tables import VisitRow

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
OPERATOR = Actor("system operator (test)")
LONG_AGO = {"DEMO-18", "DEMO-19"}  # whose stories begin months before
Found = list[tuple[str, VisitRecordRead]]
DATED = {"weights": "measured_at", "infusions": "started_at", "reports": "reported_at"}
CAST = {
    *(told.patient for told in demo_visits.VISITS),
    *(called for called, _ in demo_diaries.CHOSEN),
    *("DEMO-04", "DEMO-16", "DEMO-18", "DEMO-19", "DEMO-20", "DEMO-38"),
    *(called for called, _ in demo_schedule.ASSIGNED),
    *(demo_schedule.MOVED_ONE, demo_schedule.CANCELLED_ONE, demo_schedule.ADDED_ONE),
}


def is_recent(row: Row, at: str) -> bool:
    days = 130 if row["patient_id"] in LONG_AGO else 60
    return row[at] > (NOW - timedelta(days=days)).isoformat()


def write_part(folder: Path) -> None:
    """Write what the demo builds on: some patients, their last weeks, what nurses measured."""
    for table, rows in sample_rows(today=NOW.date()).items():
        at = DATED.get(table)
        kept = [
            row
            for row in rows
            if row["patient_id"] in CAST
            and (at is None or is_recent(row, at))
            and (table != "reports" or row["source"] == "nurse")
        ]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[table], restval="")
            writer.writeheader()
            writer.writerows(kept)


@pytest.fixture(scope="module")
def demo(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("demo")
    write_part(folder)
    shutil.copyfile(migrated_sqlite, folder / "ivig.db")
    database = Database(f"sqlite:///{folder}/ivig.db")
    request = Request(folder, Options(), "Sample clinic", OPERATOR, NOW)
    silent = Listener(lambda _fault: None, lambda _message: None, lambda *_progress: None)
    assert import_folder(database, request, silent).is_stored
    add_records(database, now=NOW, actor=OPERATOR)
    yield database
    database.close()


@pytest.fixture
def session(demo: Database) -> Iterator[Session]:
    with demo.reading() as session:
        yield session


@pytest.fixture(scope="module")
def found(demo: Database) -> Found:
    """Return every visit as it is shown, by the patient's identifier, the oldest first."""
    with demo.reading() as session:
        called = {row.id: row.external_id for row in session.scalars(select(PatientRow))}
        visits = session.scalars(select(VisitRow).order_by(VisitRow.planned_on)).all()
        return [(called[row.patient_id], read_record(session, row, now=NOW)) for row in visits]


def test_a_signed_visit_needs_nothing_and_its_grams_add_up(found: Found) -> None:
    signed = [record for _, record in found if record.signatures]
    count = len(signed)
    assert count == 12
    for record in signed:
        assert record.missing == []
        assert {each.signed_by for each in record.signatures} <= {"Nurse Kim", "Nurse Lee"}
        if record.visit.outcome == "given":
            assert record.infusion is not None
            assert record.totals.is_balanced
            assert record.totals.infused_g == record.infusion.dose_g == record.visit.ordered_g


def test_every_outcome_is_there(session: Session, found: Found) -> None:
    outcomes = Counter(record.visit.outcome for _, record in found)
    assert outcomes == {"given": 11, "partly_given": 1, "not_given": 1, None: 1}
    unsigned = {called: record for called, record in found if not record.signatures}
    assert unsigned.keys() == {"DEMO-06", "DEMO-16"}
    assert unsigned["DEMO-06"].missing == []
    under_way = unsigned["DEMO-16"].infusion
    assert under_way is not None
    assert under_way.status == "in_progress"
    monitoring = monitoring_of(session, session.get_one(InfusionRow, under_way.id), now=NOW)
    assert monitoring.current_ml_per_h
    assert monitoring.vitals_not_in_time == 1
    stopped = next(record for called, record in found if called == "DEMO-18")
    assert (stopped.totals.infused_g, stopped.totals.wasted_g) == (20, 10)


def test_a_whole_course_of_166_grams(session: Session, found: Found) -> None:
    first, second = [record for called, record in found if called == "DEMO-41"]
    days = [first.totals, second.totals]
    assert sum(day.ordered_g or 0 for day in days) == sum(day.infused_g or 0 for day in days) == 166
    assert sum(day.wasted_g or 0 for day in days) == 2
    assert {vial.lot for vial in first.vials} == {"SIMGL221B", "SIMGL222A"}
    kinds = {event.kind for event in first.events}
    assert kinds >= {"identity", "pre_check", "premedication", "hydration", "access", "wearing_off"}
    (headache,) = first.reactions
    assert (headache.term, headache.grade, headache.actions) == ("headache", 1, ["slowed"])
    rates = [event.details for event in first.events if event.kind == "rate"]
    cut = next(place for place, rate in enumerate(rates) if rate["reason"] == "reaction")
    assert rates[cut]["ml_per_h"] < rates[cut - 1]["ml_per_h"] == headache.rate_ml_per_h
    assert {value.site for report in first.reports or () for value in report.values} == {
        "right_hand",
        "left_hand",
    }
    assert [call.reached for call in second.calls] == [True]
    for record in (first, second):
        assert record.infusion is not None
        row = session.get_one(InfusionRow, record.infusion.id)
        assert monitoring_of(session, row, now=NOW).vitals_not_in_time == 0


def test_imported_infusions_stay_as_they_are(session: Session) -> None:
    changed = session.scalars(select(InfusionRow).where(InfusionRow.version > 1)).all()
    assert [row.status for row in changed] == ["in_progress"]


def test_a_red_flag_came_after_the_signature(session: Session, found: Found) -> None:
    (row,) = session.scalars(select(ReactionRow).where(ReactionRow.is_red_flag))
    record = next(each for called, each in found if called == "DEMO-04")
    assert [reaction.id for reaction in record.reactions] == [row.id]
    assert [signature.state for signature in record.signatures] == ["amended"]


def test_the_recall_finds_everybody(session: Session) -> None:
    clinic = list_clinics(session)[0]
    (recall,) = live_recalls(session, clinic.id)
    told = recall_list(session, recall)
    states = {one.recipient.external_id: one.state for one in told.items}
    assert states == {
        "DEMO-01": "to_send",
        "DEMO-03": "confirmed",
        "DEMO-20": "to_send",
        "DEMO-38": "sent",
        "DEMO-41": "to_send",
    }


def test_a_call_is_due_and_one_is_late(session: Session) -> None:
    lines = list_calls(session, list_clinics(session)[0].id, now=NOW)
    waiting = {line.called.patient.external_id: line.call for line in reversed(lines)}
    assert waiting["DEMO-22"].state == "due"
    assert (waiting["DEMO-02"].state, waiting["DEMO-02"].attempts) == ("overdue", 1)


def test_the_schedule_has_one_of_each(session: Session) -> None:
    clinic = list_clinics(session)[0]
    kinds = Counter(row.kind for row in session.scalars(select(CourseExceptionRow)))
    assert kinds == {"moved": 1, "cancelled": 1, "added": 1}
    nurses = session.scalars(
        select(AccountRow.name).join(AssignmentRow, AssignmentRow.account_id == AccountRow.id)
    )
    assert set(nurses) == {"Nurse Kim", "Nurse Lee"}
    calendars = {
        own.external_id: own
        for own in calendars_of_clinic(session, clinic.id, now=NOW, on=None, until=None)
    }
    assert calendars["DEMO-20"].next_course.state == "overdue"
    assert calendars["DEMO-10"].next_course.due_on == date(2026, 11, 28)
    unmatched = [called for called, own in calendars.items() if own.calendar.unmatched]
    assert unmatched == []


def test_the_audit_trail_names_who_entered_it(session: Session) -> None:
    acts = select(AuditEntryRow.patient_id).where(
        AuditEntryRow.operation == "demo",
        AuditEntryRow.actor == OPERATOR.name,
        AuditEntryRow.action == "write",
    )
    visited = set(session.scalars(select(VisitRow.patient_id)))
    assert visited <= set(session.scalars(acts))


def test_questions_for_home_and_what_somebody_called_wrong(session: Session) -> None:
    patients = {row.external_id: row for row in session.scalars(select(PatientRow))}
    asked = read_today(session, patients["DEMO-01"].id, now=NOW)
    assert asked.is_chosen
    assert [item.kind for item in asked.items].count("daily") == 4
    (alarm,) = session.scalars(select(AlarmRow))
    assert alarm.patient_id == patients[demo_diaries.ALARMED].id
    assert asked.clinic_phone == PHONE
