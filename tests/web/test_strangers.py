"""Whoever is signed in and does not belong to a patient gets nothing of them, in any form."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from app.care.rules import MemberDraft
from app.care.service import MEMBER
from app.clinics.tables import ClinicRow
from app.db import Database
from app.findings.tables import FindingRow
from app.patients import entries
from tests.support.client import ApiClient
from tests.support.clinic import a_patient, entering
from tests.support.people import an_account
from tests.support.story import a_wearing_off_patient
from tests.support.ward import NOW, Ward, a_ward

API = "/api/v1"
MARKERS = ("Wanda", "Örs", "W-1")
PAGES = (
    *("", "?without_report=1", "/course", "/course?without_report=1", "/charts.json"),
    *("/export.zip", "/diary", "/care-team", "/access-log", "/schedule", "/summary"),
    "/summary.pdf",
)
NOT_OF_NURSES = ("/export.zip", "/access-log")  # refused to them, whoever the patient is
NOT_OF_PATIENTS = ("/summary", "/summary.pdf", "/charts.json")
LISTS = ("/today", "/alarms", "/diaries", "/reports", "/plans", "/infusions", "/visits")


@pytest.fixture
def ward(database: Database) -> Ward:
    """Add a patient of another account, who looks after nobody but themselves."""
    ward = a_ward(database, a_wearing_off_patient)
    another = an_account(
        database, clinic_id=ward.clinic_id, role="patient", name="Olga Own", login="olga"
    )
    with database.writing() as session:
        other = a_patient(session, session.get_one(ClinicRow, ward.clinic_id), external_id="O-1")
        draft = MemberDraft(another.id, "self", NOW)
        entries.create(entering(session, now=NOW), MEMBER, patient=other, row_id=None, draft=draft)
    ward.people["another"] = another
    return ward


def of_patient(ward: Ward) -> list[str]:
    """Return every address that shows something of the ward's patient."""
    with ward.database.reading() as session:
        finding = session.scalars(select(FindingRow.id)).first()
    assert finding is not None
    record = ward.record
    return [
        *(f"{record}{path}" for path in PAGES),
        f"{record}/findings/{finding}",
        f"{API}{record}",
        *(f"{API}{record}{path}" for path in LISTS),
    ]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_nothing_of_a_patient_is_there_for_a_stranger(ward: Ward, gated: ApiClient) -> None:
    refused = {"stranger": NOT_OF_NURSES, "another": NOT_OF_PATIENTS}
    day = f"{NOW:%Y-%m-%d}"
    packets = f"{API}/clinics/{ward.clinic_id}/visit-packets?from={day}&to={day}"
    lists = {
        "stranger": (f"{API}/patients", "/patients", "/worklist", "/calls", packets),
        "another": (f"{API}/me/patients", f"{API}/patients"),
    }
    for who, paths in refused.items():
        headers = ward.headers(who)
        for path in of_patient(ward):
            answer = gated.get(path, headers=headers)
            # By role where the page is the clinic's own, else as if there were no such patient.
            is_by_role = path.endswith(paths) or (who == "another" and "/findings/" in path)
            assert answer.status_code == (403 if is_by_role else 404), (who, path)
            assert named(answer) == [], path
        for path in lists[who]:
            answer = gated.get(path, headers=headers)
            assert answer.status_code == 200, path
            assert named(answer) == [], path
    own = gated.get(f"{API}/me/patients", headers=ward.headers("patient"))
    assert "Wanda" in named(own)


def named(answer: httpx.Response) -> list[str]:
    """Return what of the patient's name and number an answer shows."""
    return [marker for marker in MARKERS if marker in answer.text]
