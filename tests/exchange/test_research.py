"""The export for research: who consented, under codes, and nothing that says who they are."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.care.rules import ConsentDraft
from app.care.service import CONSENT
from app.clinics.tables import ClinicRow
from app.exchange import tables
from app.exchange.exporter import Format
from app.exchange.research import Chosen, choose, export_for_research
from app.exchange.tables import Table
from app.patients import entries
from app.patients.rules import TherapyDraft
from app.patients.service import THERAPY
from app.patients.tables import PatientRow
from tests.support.clinic import NOW, a_clinic, a_patient, a_plan, a_report, an_infusion, entering

TODAY = NOW.date()
TELLING = "xanthochromia"


def consents(session: Session, patient: PatientRow, decision: str, day: date) -> None:
    draft = ConsentDraft("research_export", decision, day, "Version 3")
    entries.create(entering(session), CONSENT, patient=patient, row_id=None, draft=draft)


def somebody(session: Session, clinic: ClinicRow, **fields: Any) -> PatientRow:
    """Enter a patient of whom every text would give something away."""
    patient = a_patient(
        session,
        clinic,
        family_name=TELLING,
        given_name=TELLING,
        identifiers={"registry": TELLING},
        **fields,
    )
    a_plan(session, patient, reason=TELLING, prescriber=TELLING)
    an_infusion(session, patient, NOW - timedelta(days=9), note=TELLING, lot_numbers=(TELLING,))
    a_report(session, patient, NOW - timedelta(days=3), 40.5)
    draft = TherapyDraft("rituximab", "suggested", date(2026, 2, 10), note=TELLING)
    entries.create(entering(session), THERAPY, patient=patient, row_id=None, draft=draft)
    return patient


def chosen(session: Session, clinic: ClinicRow) -> Chosen:
    return choose(session, clinic_id=clinic.id, now=NOW)


def lines(session: Session, table: Table, clinic: ClinicRow) -> list[dict[str, str]]:
    exported = export_for_research(session, table, chosen(session, clinic), form=Format.CSV)
    return list(csv.DictReader(io.StringIO("".join(exported))))


def test_only_patients_whose_consent_is_in_force_are_chosen(session: Session) -> None:
    clinic = a_clinic(session)
    given, withdrawn, again, later, _never = (a_patient(session, clinic) for _ in range(5))
    consents(session, given, "given", TODAY)
    consents(session, withdrawn, "given", TODAY - timedelta(days=9))
    consents(session, withdrawn, "withdrawn", TODAY)
    consents(session, again, "withdrawn", TODAY - timedelta(days=9))
    consents(session, again, "given", TODAY - timedelta(days=1))
    found = chosen(session, clinic)
    assert found.ids == {given.id, again.id}
    assert found.left_out == 3
    assert later.id not in found.ids


def test_a_voided_consent_and_a_voided_patient_do_not_count(session: Session) -> None:
    clinic = a_clinic(session)
    patient = a_patient(session, clinic)
    draft = ConsentDraft("research_export", "given", TODAY, "Version 3")
    saved = entries.create(entering(session), CONSENT, patient=patient, row_id=None, draft=draft)
    assert chosen(session, clinic).ids == {patient.id}
    entries.void(entering(session, reason="Signed by another."), CONSENT, saved.row)
    assert chosen(session, clinic).ids == frozenset()


def test_the_patients_of_another_clinic_are_not_chosen(session: Session) -> None:
    clinic, other = a_clinic(session), a_clinic(session, "South")
    consents(session, a_patient(session, other), "given", TODAY)
    assert chosen(session, clinic) == Chosen([], 0)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("table", tables.TABLES, ids=lambda table: table.name)
def test_no_file_says_who_somebody_is(session: Session, table: Table, form: Format) -> None:
    clinic = a_clinic(session)
    patient = somebody(session, clinic)
    consents(session, patient, "given", TODAY)
    text = "".join(export_for_research(session, table, chosen(session, clinic), form=form))
    for telling in (TELLING, patient.external_id, str(patient.id), "1975-05-04", "America"):
        assert telling not in text


def test_a_patient_keeps_one_code_and_the_year_of_birth(session: Session) -> None:
    clinic = a_clinic(session)
    patient = somebody(session, clinic)
    consents(session, patient, "given", TODAY)
    (code,) = {
        line["patient_id"] for table in tables.TABLES for line in lines(session, table, clinic)
    } or {""}
    assert len(code) == 32
    (line,) = lines(session, tables.PATIENTS, clinic)
    assert line["birth_year"] == "1975"
    assert list(line) == [
        *("patient_id", "birth_year", "sex", "diagnosis", "diagnosed_on", "dominant_hand"),
        *("anti_gm1", "conduction_block", "followed", "confirmed"),
    ]


def test_what_was_measured_and_given_is_there(session: Session) -> None:
    clinic = a_clinic(session)
    consents(session, somebody(session, clinic), "given", TODAY)
    (report,) = lines(session, tables.REPORTS, clinic)
    assert (report["measure"], report["site"], report["value"]) == (
        "grip_kpa",
        "right_hand",
        "40.5",
    )
    (infusion,) = lines(session, tables.INFUSIONS, clinic)
    assert infusion["dose_g"] == "80"
    (plan,) = lines(session, tables.PLANS, clinic)
    assert "reason" not in plan
    assert plan["interval_days"] == "28"


def test_an_unknown_birth_date_has_no_year(session: Session) -> None:
    clinic = a_clinic(session)
    patient = a_patient(session, clinic, birth_date=None)
    consents(session, patient, "given", TODAY)
    found = chosen(session, clinic)
    (line,) = export_for_research(session, tables.PATIENTS, found, form=Format.JSONL)
    assert json.loads(line)["birth_year"] is None
