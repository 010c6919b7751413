"""What is asked at home, and the pages of whoever answers."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from app.accounts.rules import AT_HOME
from app.alarms.rules import AlarmDraft
from app.alarms.service import ALARM
from app.clinics.rules import ClinicDraft
from app.clinics.service import amend_clinic, get_clinic
from app.diary.tables import DiaryRow
from app.exchange import own
from app.kit.audit.tables import AuditEntryRow
from app.kit.base import ClinicalRow
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.service import get_patient
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow, ValueRow
from app.tables import KEPT_TABLES
from tests.support.ward import NOW, Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

LEFT, RIGHT = "strength_nrs@left_hand", "strength_nrs@right_hand"
CHOSEN: Final[dict[str, Any]] = {
    "daily": [LEFT, RIGHT, "", ""],
    "weekly": ["fatigue_nrs@global"],
    "weekly_on": "6",
    "sorting": "as_listed",
    "note": "Sit down for it.",
}


def reported(ward: Ward, **changes: Any) -> ReportRow:
    """Enter a report of this moment from home."""
    content: dict[str, Any] = {
        "observed_at": NOW,
        "entered_at": NOW,
        "source": "patient",
        "values": (
            ValueDraft("strength_nrs", "left_hand", 4),
            ValueDraft("ability_stairs", "global", 1, entry="repeated"),
        ),
        "note": "The jar.",
    }
    with ward.database.writing() as session:
        patient = get_patient(session, ward.patient_id)
        entering = Entering(session, Change(Actor("patient"), NOW))
        draft = ReportDraft(**{**content, **changes})
        return create_report(entering, patient=patient, row_id=None, draft=draft).row


def diary_of(ward: Ward) -> DiaryRow:
    with ward.database.reading() as session:
        return session.scalars(select(DiaryRow).where(DiaryRow.patient_id == ward.patient_id)).one()


# --- what is asked -------------------------------------------------------------------------------


def test_a_clinician_sees_a_usual_day_before_choosing_it(visit: Visit, ward: Ward) -> None:
    address = f"{ward.record}/diary"
    assert "Nobody chose yet." in flat(visit("nurse", address).text)
    preview = visit("nurse", address, form={**CHOSEN, "do": "preview"})
    assert preview.status_code == 200
    told = flat(preview.text)
    assert "nothing is stored yet" in told
    assert "A usual day asks 2 questions Strength, left hand Strength, right hand On Sunday" in told
    assert visit("nurse", address, form=CHOSEN).status_code == 303
    told = flat(visit("physician", address).text)
    assert "Chosen by Kim Okafor" in told
    assert "Nobody chose yet." not in told


def test_a_change_of_the_questions_needs_its_reason_and_the_newest_version(
    visit: Visit, ward: Ward
) -> None:
    address = f"{ward.record}/diary"
    visit("nurse", address, form=CHOSEN)
    other = {**CHOSEN, "daily": [RIGHT, "", "", ""], "version": "1"}
    without = visit("nurse", address, form=other)
    assert (without.status_code, "Reason: say why" in flat(without.text)) == (422, True)
    stale = visit("nurse", address, form={**other, "version": "0", "reason": "Steady."})
    assert stale.status_code == 412
    assert visit("nurse", address, form={**other, "reason": "Steady."}).status_code == 303
    assert diary_of(ward).daily == [RIGHT]
    history = visit("patient", f"{ward.record}/history/diaries/{diary_of(ward).id}")
    assert "Steady." in flat(history.text)


def test_what_is_wrong_with_the_questions_is_said(visit: Visit, ward: Ward) -> None:
    for do in ("preview", "save"):
        wrong = {**CHOSEN, "daily": [LEFT, LEFT, "", ""], "weekly_on": "9", "do": do}
        shown = visit("nurse", f"{ward.record}/diary", form=wrong)
        assert (shown.status_code, "stands twice" in flat(shown.text)) == (422, True)


def test_a_patient_reads_the_questions_and_chooses_none(visit: Visit, ward: Ward) -> None:
    page = visit("patient", f"{ward.record}/diary")
    assert (page.status_code, '<form method="post" action="/patients' in page.text) == (200, False)


# --- my course -----------------------------------------------------------------------------------


def test_the_course_is_shown_after_todays_report(visit: Visit, ward: Ward) -> None:
    for who in ("patient", "proxy"):
        for path in (ward.record, f"{ward.record}/course"):
            page = visit(who, path)
            told = flat(page.text)
            assert "First today's report" in told
            assert "Day " not in told
            assert "<svg" not in page.text
            after = visit(who, f"{path}?without_report=1")
            assert "First today's report" not in flat(after.text)
    assert "First today's report" not in flat(visit("nurse", f"{ward.record}/course").text)
    reported(ward)
    told = flat(visit("patient", f"{ward.record}/course").text)
    assert "My course" in told
    assert "Day 87" in told  # the first infusion day, 2 Feb 2026, is day 1
    assert "Next infusion missed: was due 2 Mar 2026" in told
    assert "of 10" in told


def test_late_and_repeated_answers_are_marked(visit: Visit, ward: Ward) -> None:
    reported(ward)
    told = flat(visit("patient", f"{ward.record}/course").text)
    assert "Climbing stairs: With difficulty same as last time" in told
    assert "entered later" not in told
    reported(ward, observed_at=NOW - timedelta(hours=8))
    told = flat(visit("patient", f"{ward.record}/course?without_report=1").text)
    assert "entered later, " in told


def test_what_came_from_a_file_was_not_entered_later(visit: Visit, ward: Ward) -> None:
    reported(ward)
    with ward.database.writing() as session:
        patient = get_patient(session, ward.patient_id)
        entering = Entering(session, Change(Actor("clerk"), NOW))
        value = ValueDraft("strength_nrs", "left_hand", 4)
        before = NOW - timedelta(hours=8)
        draft = ReportDraft(observed_at=before, entered_at=NOW, source="import", values=(value,))
        create_report(entering, patient=patient, row_id=None, draft=draft)
    assert "entered later" not in flat(visit("patient", f"{ward.record}/course").text)


def test_the_course_has_the_number_of_the_clinic(visit: Visit, ward: Ward) -> None:
    address = f"{ward.record}/course?without_report=1"
    assert "tel:" not in visit("patient", address).text
    with ward.database.writing() as session:
        clinic = get_clinic(session, ward.clinic_id)
        draft = ClinicDraft(clinic.name, "+44 (0)20 7946 0000")
        amend_clinic(session, Change(Actor("Ada"), NOW), clinic=clinic, draft=draft)
    page = visit("patient", address).text
    assert 'href="tel:+442079460000"' in page
    assert "tel:" not in visit("nurse", address).text


def test_the_own_report_is_declared_a_mistake_and_the_others_are_not(
    visit: Visit, ward: Ward
) -> None:
    row = reported(ward)
    address = f"{ward.record}/reports/{row.id}/void"
    assert visit("proxy", address, form={"version": "1", "reason": "x"}).status_code == 403
    again = visit("patient", address, form={"version": "1", "reason": ""})
    assert (again.status_code, "Reason: say why" in flat(again.text)) == (422, True)
    done = visit("patient", address, form={"version": "1", "reason": "The other hand."})
    assert done.status_code == 303
    told = flat(visit("patient", done.headers["location"]).text)
    assert "The jar." not in told


def test_an_alarm_stands_on_the_page_and_can_be_taken_back(visit: Visit, ward: Ward) -> None:
    with ward.database.writing() as session:
        entering = Entering(session, Change(Actor("patient"), NOW))
        draft = AlarmDraft(NOW, ("dark_urine",), "patient", "Since last night.")
        patient = get_patient(session, ward.patient_id)
        row = entries.create(entering, ALARM, patient=patient, row_id=None, draft=draft).row
    course = f"{ward.record}/course?without_report=1"
    told = flat(visit("patient", course).text)
    assert "My urine is dark, red or brown. Since last night." in told
    form = {"version": "1", "reason": "It was the beetroot."}
    assert visit("patient", f"{ward.record}/alarms/{row.id}/void", form=form).status_code == 303
    assert "My urine is dark" not in flat(visit("patient", course).text)


# --- the own data --------------------------------------------------------------------------------


def test_a_patient_takes_the_whole_record_along(visit: Visit, ward: Ward) -> None:
    reported(ward)
    answer = visit("patient", f"{ward.record}/export.zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
        record = json.loads(archive.read("record.json"))
        reports = archive.read("tables/reports.csv").decode()
        assert "article 15" in archive.read("README.txt").decode()
    assert {"README.txt", "record.json", "tables/patients.csv", "tables/infusions.csv"} <= names
    assert "The jar." in reports
    newest = record["reports"][-1]
    assert newest["note"] == "The jar."
    assert {value["measure"] for value in newest["values"]} == {"strength_nrs", "ability_stairs"}
    assert record["patient"]["id"] == str(ward.patient_id)
    with ward.database.reading() as session:
        found = select(AuditEntryRow.actor).where(AuditEntryRow.action == "export")
        assert session.scalars(found).all() == ["patient"]


def test_nobody_but_people_at_home_exports_it(visit: Visit, ward: Ward) -> None:
    allowed = {w for w in ward.people if visit(w, f"{ward.record}/export.zip").status_code == 200}
    assert allowed == {role.value for role in AT_HOME}


def test_the_export_leaves_out_no_kind_of_row() -> None:
    about_patients = {table for table in KEPT_TABLES if issubclass(table, ClinicalRow)}
    # Values stand inside their reports.
    assert set(own.KINDS.values()) == about_patients - {ValueRow}
