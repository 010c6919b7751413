"""A plan in grams is judged by the patient's weight."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.errors import RuleViolation
from app.patients import entries
from app.patients.rules import WeightDraft
from app.patients.service import WEIGHT
from app.patients.tables import PatientRow
from tests.support.clinic import a_clinic, a_patient, a_plan, entering


def a_patient_of(session: Session, **weights_kg: float) -> PatientRow:
    patient = a_patient(session, a_clinic(session))
    for kind, weight_kg in weights_kg.items():
        draft = WeightDraft(datetime(2026, 1, 5, 20, tzinfo=UTC), weight_kg, kind)
        entries.create(entering(session), WEIGHT, patient=patient, row_id=None, draft=draft)
    return patient


def test_grams_above_the_usual_dose_per_kg_need_confirmation(session: Session) -> None:
    patient = a_patient_of(session, actual=60)
    a_plan(session, patient, dose_g_per_kg=None, dose_g=140)
    with pytest.raises(RuleViolation, match=r"2\.4"):
        a_plan(session, patient, effective_date=date(2026, 2, 5), dose_g_per_kg=None, dose_g=150)


def test_the_dosing_weight_counts_before_the_actual_one(session: Session) -> None:
    patient = a_patient_of(session, actual=100, dosing=61)
    with pytest.raises(RuleViolation, match="dose_g"):
        a_plan(session, patient, dose_g_per_kg=None, dose_g=150)


def test_a_weight_of_the_plans_own_day_counts(session: Session) -> None:
    # 20:00 UTC is the afternoon of 5 January in New York.
    patient = a_patient_of(session, actual=60)
    with pytest.raises(RuleViolation, match="dose_g"):
        a_plan(session, patient, effective_date=date(2026, 1, 5), dose_g_per_kg=None, dose_g=150)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_an_absurd_date_is_a_fault_and_no_crash(session: Session, day: date) -> None:
    patient = a_patient_of(session, actual=60)
    with pytest.raises(RuleViolation, match="effective_date"):
        a_plan(session, patient, effective_date=day, dose_g_per_kg=None, dose_g=100)
