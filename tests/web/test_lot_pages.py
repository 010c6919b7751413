"""Lots as pages: who got one, entering a recall once, and telling everybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.clinics.tables import ClinicRow
from app.kit.audit.tables import AuditEntryRow
from app.lookback.tables import NoticeRow
from app.patients.tables import PatientRow
from tests.support.clinic import PRODUCT, a_patient, an_infusion
from tests.support.ward import NOW, Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

RECALL = {"lot": "ab 12-3", "announced_on": "2026-04-20", "source": "Letter of the <maker>"}


@pytest.fixture
def given(ward: Ward) -> str:
    """Give one lot to the patient of the ward and to one whom the nurse does not see."""
    with ward.database.writing() as session:
        patient = session.get_one(PatientRow, ward.patient_id)
        clinic = session.get_one(ClinicRow, ward.clinic_id)
        other = a_patient(session, clinic, external_id="Z-9")
        lots = {"lot_numbers": ("AB-123",)}
        an_infusion(session, patient, NOW - timedelta(days=9), dose_g=40.0, **lots)
        an_infusion(session, patient, NOW - timedelta(days=8), dose_g=35.5, **lots)
        an_infusion(session, other, NOW - timedelta(days=3), dose_g=60.0, **lots)
    return str(other.id)


def entered(visit: Visit, ward: Ward, who: str = "pharmacist") -> str:
    """Enter the recall, and return the address of its page."""
    done = visit(who, "/recalls", form={**RECALL, "clinic": str(ward.clinic_id)})
    assert done.status_code == 303, done.text
    return done.headers["location"]


def test_a_lot_leads_to_everybody_who_got_it(visit: Visit, given: str) -> None:
    assert "No lot is recalled" in visit("pharmacist", "/lots").text
    page = flat(visit("pharmacist", "/lots?lot=ab123").text)
    for told in ("2 patients", "75.5 g", "20 Apr 2026: 40 g", "60 g", "Z-9", "Nurse Kim"):
        assert told in page
    assert "/lots.csv?lot=ab123" in visit("pharmacist", "/lots?lot=ab123").text
    nobody = visit("pharmacist", "/lots?lot=other")
    assert "No patient got it, as far as lots were entered." in nobody.text

    of_nurse = visit("nurse", "/lots?lot=AB123").text
    assert "Z-9" not in of_nurse
    assert "1 more patient got it whose record you do not see" in flat(of_nurse)
    assert "lots.csv" not in of_nurse
    assert visit("coordinator", "/lots").status_code == 403


def test_a_scanned_code_is_read_and_looked_up(visit: Visit, given: str) -> None:
    code = "(01)00309442700043(17)260131(10)AB-123(21)77"
    page = visit("pharmacist", f"/lots?lot={code}")
    told = flat(page.text)
    for expected in ("Gammagard Liquid, 5 g", "lot AB-123", "It expired on 2026-01-31", "Z-9"):
        assert expected in told
    # The GS at the end shows that the scanner sends it: what may be two fields is one lot.
    whole = visit("pharmacist", "/lots?lot=01003094427000431726013110LE12V21A1B2C3D4%1D")
    assert "lot LE12V21A1B2C3D4" in flat(whole.text)
    wrong = visit("pharmacist", "/lots?lot=(01)00309442700044(10)AB")
    assert wrong.status_code == 422
    assert "Code: bad-check-digit" in wrong.text


def test_a_recall_is_entered_once_and_lists_who_must_be_told(
    visit: Visit, ward: Ward, given: str
) -> None:
    form = {**RECALL, "clinic": str(ward.clinic_id)}
    assert visit("nurse", "/recalls", form=form).status_code == 403
    for wrong in ({"lot": " "}, {"announced_on": "soon"}, {"source": ""}, {"product": "x"}):
        refused = visit("pharmacist", "/recalls", form={**form, **wrong})
        assert refused.status_code == 422
        assert 'value="Letter of the &lt;maker&gt;"' in refused.text or "source" in wrong
    address = entered(visit, ward)
    page = flat(visit("pharmacist", address).text)
    assert "2 patients: 2 not told yet, 0 told and not confirmed, 0 confirmed." in page
    assert "2 of 2 not told yet" in flat(visit("pharmacist", "/lots").text)
    with ward.database.reading() as session:  # who only counts recipients looked at none
        noted = select(AuditEntryRow.ids).where(AuditEntryRow.operation == "show_lots")
        ids = session.scalars(noted).all()
    assert ids
    assert all(ward.patient_id.bytes not in (one or b"") for one in ids)
    assert "Recalled since 20 Apr 2026" in flat(visit("nurse", "/lots?lot=AB123").text)
    again = visit("physician", "/recalls", form={**form, "lot": "AB123"})
    assert (again.status_code, "recalled already" in again.text) == (409, True)


def test_who_was_told_and_who_confirmed(visit: Visit, ward: Ward, given: str) -> None:
    address = entered(visit, ward)
    told = f"{address}/patients/{ward.patient_id}/told"
    assert visit("pharmacist", told, form={"method": "by pigeon"}).status_code == 422
    late = {"method": "phone", "sent_at": "2026-05-29T10:00"}
    assert visit("pharmacist", told, form=late).status_code == 422
    at = {"method": "phone", "sent_at": "2026-04-28T10:00", "note": "Spoke to her."}
    assert visit("pharmacist", told, form=at).status_code == 303
    page = flat(visit("nurse", address).text)
    assert "Told by Phil Marsh, by phone, 28 Apr 2026, 10:00: Spoke to her." in page
    assert "1 patient: 0 not told yet, 1 told and not confirmed, 0 confirmed." in page
    # A physician sees only their own patients.
    other = f"{address}/patients/{given}/told"
    assert visit("physician", other, form={"method": "phone"}).status_code == 404

    with ward.database.reading() as session:
        notice = session.scalars(select(NoticeRow.id)).one()
    confirmed = f"/recall-notices/{notice}/confirmed"
    assert visit("nurse", confirmed, form={}).status_code == 403
    assert visit("pharmacist", confirmed, form={}).status_code == 303
    page = flat(visit("pharmacist", address).text)
    assert "2 patients: 1 not told yet, 0 told and not confirmed, 1 confirmed." in page
    assert re.search(r"; confirmed 29 Apr 2026, 11:00", page)


def test_a_recall_can_be_taken_back(visit: Visit, ward: Ward) -> None:
    address = entered(visit, ward, "physician")
    assert "No patient got it" in visit("physician", address).text
    assert visit("physician", f"{address}/void", form={"reason": ""}).status_code == 422
    assert visit("physician", f"{address}/void", form={"reason": "Misread."}).status_code == 303
    assert "Taken back by Dr Lee: Misread." in flat(visit("nurse", address).text)
    assert "No lot is recalled" in visit("nurse", "/lots").text
    assert "Why: Misread." in flat(visit("nurse", f"{address}/history").text)
    assert PRODUCT in visit("pharmacist", "/lots").text
