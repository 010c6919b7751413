"""The list of a clinic's patients, what needs eyes first at the top."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.clinics.service import get_clinic, list_clinics
from app.clinics.tables import ClinicRow
from app.findings.worklist import Worklist, read_patient_list


@dataclass(frozen=True, slots=True)
class PatientsView:
    """Everything that the page shows; `worklist` is None where there is no clinic yet."""

    clinic: ClinicRow | None
    clinics: Sequence[ClinicRow]
    worklist: Worklist | None


def get_patients_view(
    session: Session, clinic_id: uuid.UUID | None, *, now: datetime
) -> PatientsView:
    """Collect the list of one clinic, or of the first one where none is named.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinics = list_clinics(session)
    if clinic_id is not None:
        clinic: ClinicRow | None = get_clinic(session, clinic_id)
    else:
        clinic = clinics[0] if clinics else None
    if clinic is None:
        return PatientsView(None, clinics, None)
    return PatientsView(clinic, clinics, read_patient_list(session, clinic.id, now=now))
