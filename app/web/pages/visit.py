"""One visit, read on one page; and signing it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.errors import AppError, RuleViolation
from app.infusions.tables import InfusionRow
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.monitoring.reading import monitoring_of
from app.monitoring.schemas import DueRead, EventRead, MonitoringRead
from app.monitoring.shapes import QUESTIONS, VITALS
from app.patients.access_log import names_of
from app.patients.entries import get_row
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.products.repository import find_by_key
from app.visits.document import read_record
from app.visits.record_schemas import VisitRecordRead
from app.visits.service import VISIT
from app.visits.signing import require_seen, sign_visit, whole_to_sign
from app.web.forms import Typed, id_of, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import VISITS
from app.web.templating import render

router: Final = page_router()
ONE: Final = f"{VISITS}/{{row_id}}"

_TIMES_IN_WORDS: Final = frozenset({"late", "overdue", "missed", "due"})


@dataclass(frozen=True, slots=True)
class VisitView:
    """Everything that the page shows.

    Attributes
    ----------
    zone : str
        The patient's, where and when the infusion ran.
    elapsed : timedelta or None
        Since the infusion began, until it ended or now; None where it did not begin.
    nurse, product : str or None
        Their names; None where nobody entered them.
    signature_id : uuid.UUID
        Of the signature that the form makes, so that sending it twice signs once.
    """

    record: VisitRecordRead
    monitoring: MonitoringRead | None
    patient: PatientRow
    zone: str
    elapsed: timedelta | None
    nurse: str | None
    product: str | None
    signature_id: uuid.UUID

    def events(self, kind: str) -> list[EventRead]:
        """Return the events of a kind, oldest first."""
        return [event for event in self.record.events if event.kind == kind]

    @property
    def questions(self) -> Sequence[str]:
        """What is asked before an infusion."""
        return QUESTIONS

    @property
    def vitals(self) -> Sequence[str]:
        """The vital signs, in the order of the table."""
        return VITALS

    @property
    def not_in_time(self) -> list[DueRead]:
        """The vital signs that were late, are overdue or due, or were missed."""
        due = [] if self.monitoring is None else self.monitoring.vitals_due
        return [each for each in due if each.state in _TIMES_IN_WORDS]

    @property
    def next_vitals(self) -> DueRead | None:
        """The first vital signs that are still to be taken while it runs."""
        run = self.monitoring
        if run is None or run.ended_at is not None or run.status != "in_progress":
            return None
        waiting = ("overdue", "due", "planned")
        return next((due for due in run.vitals_due if due.state in waiting), None)

    @property
    def mg_per_kg_min(self) -> float | None:
        """The rate of now in the unit of labels; None where nothing runs or no weight is known."""
        run = self.monitoring
        if run is None or run.current_ml_per_h is None or not run.steps:
            return None
        judged = run.steps[-1].judgement
        return None if judged is None else judged.mg_per_kg_min

    @property
    def lot_changes(self) -> Mapping[uuid.UUID, str]:
        """The vials with which another lot began, with the lot before."""
        vials = self.record.vials
        return {vial.id: before.lot for before, vial in pairwise(vials) if vial.lot != before.lot}

    @property
    def can_be_signed(self) -> bool:
        """Whether nothing is missing and no signature stands."""
        standing = [one for one in self.record.signatures if one.state == "stands"]
        is_live = self.record.visit.voided_at is None
        return is_live and not self.record.missing and not standing


def _view(session: Session, row_id: uuid.UUID, *, now: datetime) -> VisitView:
    visit = get_row(session, VISIT, row_id)
    patient = get_patient(session, visit.patient_id)
    record = read_record(session, visit, now=now)
    monitoring, product = None, None
    if record.infusion is not None:
        infusion = session.get_one(InfusionRow, record.infusion.id)
        monitoring = monitoring_of(session, infusion, now=now)
        if infusion.product is not None:
            found = find_by_key(session, patient.clinic_id, infusion.product)
            product = None if found is None else found.name
    nurse = names_of(session, [visit.nurse_id]).get(visit.nurse_id or uuid.UUID(int=0))
    return VisitView(
        record=record,
        monitoring=monitoring,
        patient=patient,
        zone=patient.time_zone if record.infusion is None else record.infusion.time_zone,
        elapsed=_elapsed(monitoring, now),
        nurse=nurse,
        product=product,
        signature_id=uuid.uuid4(),
    )


def _elapsed(run: MonitoringRead | None, now: datetime) -> timedelta | None:
    if run is None or run.status == "not_done" or run.started_at > now:
        return None
    if run.ended_at is None and run.status != "in_progress":
        return None
    return (run.ended_at or now) - run.started_at


def _page(
    request: Request, work: Asked, row_id: uuid.UUID, error: AppError | None = None
) -> Response:
    with work.reading() as session:
        view = _view(session, row_id, now=work.now)
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        if isinstance(error, RuleViolation) and view.record.missing:
            errors = [_("It cannot be signed yet. What is still missing is listed below.")]
        return render(request, "visit.html", status=status, view=view, errors=errors)


@router.get(ONE)
@needs("infusions.read")
def show_visit(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Show the whole of a visit: what was ordered, checked, given, seen, signed, and is missing."""
    return _page(request, work, row_id)


@router.post(f"{ONE}/sign")
@needs("infusions.write")
def sign_this_visit(
    request: Request,
    work: Work,
    row_id: uuid.UUID,
    fingerprint: Typed = "",
    signature: Typed = "",
) -> Response:
    """Sign a visit with all that belongs to it, as the page showed it."""
    on_fault(request, lambda error: _page(request, work, row_id, error))
    with work.writing() as session:
        visit = get_row(session, VISIT, row_id, lock=True)
        signature_id = id_of("signature", signature)
        whole = whole_to_sign(session, visit)
        require_seen(session, whole, fingerprint, row_id=signature_id)
        sign_visit(session, work.change(), whole=whole, signer=work.person, row_id=signature_id)
    return see_other(f"{VISITS}/{row_id}#signatures")
