"""The plain list of a clinic's patients."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.care.emergency import Alert
from app.care.service import without_physician
from app.clinics.service import get_clinic, list_clinics
from app.clinics.tables import ClinicRow
from app.findings.worklist import Worklist, WorklistLine, read_patient_list
from app.kit.access import needs
from app.kit.deps import Work
from app.web.page_route import page_router
from app.web.paths import PATIENTS
from app.web.templating import render

router: Final = page_router()
_Clinic = Annotated[uuid.UUID | None, Query()]


@dataclass(frozen=True, slots=True)
class PatientsView:
    """The patients of a clinic; `worklist` is None where there is no clinic yet."""

    clinic: ClinicRow | None
    clinics: Sequence[ClinicRow]
    worklist: Worklist | None


@dataclass(frozen=True, slots=True)
class PlainListView:
    """Everything that the plain list shows; `clinic` is None where there is none yet."""

    clinic: ClinicRow | None
    lines: Sequence[WorklistLine]
    shows_courses: bool
    links_record: bool
    links_team: bool
    without_physician: frozenset[uuid.UUID]
    emergencies: Sequence[Alert]


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


@router.get(PATIENTS)
@needs("patients.read")
def show_patient_list(request: Request, work: Work, clinic: _Clinic = None) -> Response:
    """Show who the patients are and when the next course is due, and nothing of their strength."""
    may = work.person.permissions
    with work.reading() as session:
        found = get_patients_view(session, clinic, now=work.now)
        lonely: frozenset[uuid.UUID] = frozenset()
        if found.clinic is not None and "care_team.write" in may:
            lonely = without_physician(session, found.clinic.id, now=work.now)
    lines = [] if found.worklist is None else found.worklist.lines
    view = PlainListView(
        clinic=found.clinic,
        lines=sorted(lines, key=lambda line: line.patient.external_id),
        shows_courses="next_course.read" in may,
        links_record="analysis.read" in may,
        links_team="care_team.read" in may,
        without_physician=lonely,
        emergencies=[] if found.worklist is None else found.worklist.emergencies,
    )
    return render(request, "plain_list.html", view=view)
