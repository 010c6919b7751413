"""The work list: what needs eyes first, filtered as its address says."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from app.findings.desk import Carer, carers_by_patient, plans_in_force
from app.findings.worklist import RANK, Worklist, WorklistLine, WorklistRow, rows_of
from app.findings.worklist import read_patient_list as read_list
from app.kit.access import needs
from app.kit.deps import Work
from app.patients.tables import PatientRow
from app.plans.tables import PlanRow
from app.web.clinics import ClinicQuery, Clinics, choose_clinic_or_none
from app.web.format import format_name
from app.web.page_route import page_router
from app.web.paths import WORKLIST
from app.web.templating import render

router: Final = page_router()

Status = Literal["", "new", "seen", "snoozed", "gaps"]
_Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; an empty text narrows nothing.

    `carer` is the id of a nurse or physician whose patients are shown; `q` is looked for in
    identifiers and names.
    """

    kind: str = ""
    status: Status = ""
    diagnosis: str = ""
    product: str = ""
    carer: str = ""
    q: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything but the status is chosen."""
        return any((self.kind, self.diagnosis, self.product, self.carer, self.q))


def get_wanted(
    *,
    kind: _Text = "",
    status: Status = "",
    diagnosis: _Text = "",
    product: _Text = "",
    carer: _Text = "",
    q: _Text = "",
) -> Wanted:
    """Return what the address narrows the list to."""
    return Wanted(kind, status, diagnosis, product, carer, q.strip())


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of every patient, to filter by and to offer as filters."""

    plans: Mapping[uuid.UUID, PlanRow]
    carers: Mapping[uuid.UUID, frozenset[Carer]]


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen in the form: only what is there."""

    kinds: Sequence[str]
    diagnoses: Sequence[str]
    products: Sequence[str]
    carers: Sequence[Carer]


@dataclass(frozen=True, slots=True)
class WorklistView:
    """Everything that the page shows; `counts` are rows by group before the status filters."""

    clinics: Clinics | None
    worklist: Worklist | None = None
    wanted: Wanted = Wanted()
    choices: Choices | None = None
    rows: Sequence[WorklistRow] = ()
    counts: Mapping[str, int] | None = None
    address: str = WORKLIST


def is_wanted(line: WorklistLine, wanted: Wanted, known: Known) -> bool:
    """Say whether a patient is one of those that the list is narrowed to."""
    patient, plan = line.patient, known.plans.get(line.patient.id)
    carers = known.carers.get(patient.id, frozenset())
    return (
        wanted.diagnosis in ("", patient.diagnosis)
        and wanted.product in ("", "" if plan is None else plan.product)
        and (not wanted.carer or any(str(one.account_id) == wanted.carer for one in carers))
        and is_called(patient, wanted.q)
    )


def is_called(patient: PatientRow, text: str) -> bool:
    """Say whether every word of `text` is in the identifiers or the name of a patient."""
    own = [patient.external_id, *map(str, patient.identifiers.values()), format_name(patient)]
    called = " ".join(own).casefold()
    return all(word in called for word in text.casefold().split())


def narrowed(rows: Sequence[WorklistRow], wanted: Wanted) -> list[WorklistRow]:
    """Return the rows of the kind that is wanted; a row keeps all its findings."""
    if not wanted.kind:
        return list(rows)
    return [row for row in rows if any(one.kind == wanted.kind for one in row.findings)]


def of_status(rows: Sequence[WorklistRow], status: Status) -> list[WorklistRow]:
    """Return the rows that stand so."""
    if status == "snoozed":
        return [row for row in rows if any(one.status == "snoozed" for one in row.findings)]
    return [row for row in rows if status in ("", row.group)]


def _choices(worklist: Worklist, known: Known) -> Choices:
    shown = [line.patient for line in worklist.lines]
    kinds = {row.kind for line in worklist.lines for row in line.findings}
    carers = {one for patient in shown for one in known.carers.get(patient.id, ())}
    return Choices(
        kinds=[kind for kind in RANK if kind in kinds],
        diagnoses=sorted({patient.diagnosis for patient in shown}),
        products=sorted({plan.product for plan in known.plans.values()}),
        carers=sorted(carers, key=lambda one: (one.name, str(one.account_id))),
    )


def get_worklist_view(
    session: Session, clinic_id: uuid.UUID | None, wanted: Wanted, *, now: datetime
) -> WorklistView:
    """Collect the list of one clinic, or of the first one where none is named.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinics = choose_clinic_or_none(session, clinic_id)
    if clinics is None:
        return WorklistView(None)
    worklist = read_list(session, clinics.shown.id, now=now)
    patients = [line.patient for line in worklist.lines]
    known = Known(
        plans_in_force(session, clinics.shown.id, patients, now=now),
        carers_by_patient(session, clinics.shown.id, now=now),
    )
    lines = [line for line in worklist.lines if is_wanted(line, wanted, known)]
    rows = narrowed(rows_of(lines), wanted)
    names = ("new", "seen", "snoozed", "gaps")
    return WorklistView(
        clinics=clinics,
        worklist=worklist,
        wanted=wanted,
        choices=_choices(worklist, known),
        rows=of_status(rows, wanted.status),
        counts={name: len(of_status(rows, name)) for name in names},  # type: ignore[arg-type]
    )


@router.get(WORKLIST)
@needs("worklist.read")
def show_worklist(
    request: Request,
    work: Work,
    wanted: Annotated[Wanted, Depends(get_wanted)],
    clinic: ClinicQuery = None,
) -> Response:
    """Show the patients of a clinic, ranked by what needs eyes first."""
    with work.reading() as session:
        view = get_worklist_view(session, clinic, wanted, now=work.now)
        query = request.url.query
        here = f"{WORKLIST}?{query}" if query else WORKLIST
        me = work.person.account_id
        return render(request, "worklist.html", view=view, here=f"{here}#rows", me=me)
