"""Lots: who got one, which are recalled, and telling everybody who did."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy import select

from app.clinics import entries as clinic_entries
from app.clinics.service import get_clinic
from app.errors import AppError
from app.kit.access import needs, note_rows
from app.kit.deps import Asked, Work
from app.kit.history import history_of, void
from app.lookback.rules import METHODS, NoticeDraft
from app.lookback.service import (
    NOTICE,
    Lookback,
    RecallCounts,
    RecallList,
    look_back,
    recall_list,
    recall_worklist,
)
from app.lots.repository import select_recalls
from app.lots.rules import RecallDraft
from app.lots.scanning import ScanRefused
from app.lots.service import RECALL
from app.lots.tables import RecallRow
from app.patients import entries
from app.patients.entries import Entering
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.products.repository import product_names
from app.vials.scan import Scanned, scan
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.forms import Typed, day_of, id_of, instant_of, needed, optional, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.pages.history import ClinicHistoryView, version_views
from app.web.paths import LOTS, RECALLS
from app.web.templating import render

router: Final = page_router()
ONE: Final = f"{RECALLS}/{{row_id}}"

# What scanners send and what is printed below a code; a lot alone begins with none of these.
_IS_CODE: Final = re.compile(r"\s*(?:\]|\(\d\d|01\d{14}|.*(?:\x1d|<GS>|\{GS\}|\u241d))", re.DOTALL)

_OUTER: Final = " \t\r\n"  # no GS, which says that the scanner sends FNC1

_BLANK: Final = dict.fromkeys(
    ("lot", "product", "kind", "announced_on", "source", "reference", "reason", "advice"), ""
)
_Text = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class LotsView:
    """Everything that the page shows.

    `given` are recalls of lots that somebody got, by id; `typed` is what stands in the form of a
    new recall.
    """

    clinics: Clinics
    searched: str
    scanned: Scanned | None
    found: Lookback | None
    recalls: Sequence[RecallRow]
    given: Mapping[uuid.UUID, RecallCounts]
    products: Mapping[str, str]
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecallView:
    """Everything that the page of a recall shows; `zones` are those of the patients."""

    found: RecallList
    products: Mapping[str, str]
    zones: Mapping[uuid.UUID, str]


def _lots(
    request: Request,
    work: Asked,
    clinic_id: uuid.UUID | None,
    *,
    searched: str = "",
    product: str | None = None,
    error: AppError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    lot, scanned, found = searched, None, None
    with work.reading() as session:
        clinics = choose_clinic(session, clinic_id)
        own = clinics.shown.id
        if _IS_CODE.match(searched):
            try:
                scanned = scan(session, own, text=searched, on=work.now.date())
                lot, product = scanned.lot or "", product or scanned.product
            except ScanRefused as refused:
                lot, error = "", refused
        if lot:
            found = look_back(session, own, lot=lot, product=product)
        recalls = session.scalars(
            select_recalls(own).order_by(RecallRow.announced_on.desc(), RecallRow.id)
        ).all()
        note_rows(session, recalls)
        view = LotsView(
            clinics=clinics,
            searched=searched,
            scanned=scanned,
            found=found,
            recalls=recalls,
            given={one.recall.id: one for one in recall_worklist(session, own)},
            products=product_names(session, own),
            typed={**_BLANK, "lot": lot, "product": product or "", **(typed or {})},
        )
    status, errors = (200, []) if error is None else (error.status_code, said(error))
    return render(request, "lots.html", status=status, view=view, errors=errors)


@router.get(LOTS)
@needs("lots.read")
def show_lots(
    request: Request,
    work: Work,
    clinic: ClinicQuery = None,
    lot: _Text = "",
    product: _Text = "",
) -> Response:
    """Show who got a lot, which may be typed or scanned, and the recalls of the clinic."""
    return _lots(request, work, clinic, searched=lot.strip(_OUTER), product=optional(product))


@router.post(RECALLS)
@needs("lots.write")
def enter_recall(
    *,
    request: Request,
    work: Work,
    clinic: Typed = "",
    lot: Typed = "",
    product: Typed = "",
    kind: Typed = "recall",
    announced_on: Typed = "",
    source: Typed = "",
    reference: Typed = "",
    reason: Typed = "",
    advice: Typed = "",
) -> Response:
    """Enter a recall once; it marks everybody who got the lot, and warns at the next scan."""
    typed = {"lot": lot, "product": product, "kind": kind, "announced_on": announced_on}
    typed |= {"source": source, "reference": reference, "reason": reason, "advice": advice}
    clinic_id = id_of("clinic", clinic)
    on_fault(request, lambda error: _lots(request, work, clinic_id, error=error, typed=typed))
    draft = RecallDraft(
        lot=needed("lot", lot, what=_("which lot is it?")),
        announced_on=day_of("announced_on", announced_on),
        source=needed("source", source, what=_("who announced it?")),
        product=optional(product),
        kind=kind,
        reference=optional(reference),
        reason=optional(reason),
        advice=optional(advice),
    )
    with work.writing() as session:
        owner = get_clinic(session, clinic_id)
        entering = Entering(session, work.change())
        saved = clinic_entries.create(entering, RECALL, clinic=owner, row_id=None, draft=draft)
        address = f"{RECALLS}/{saved.row.id}"
    return see_other(address)


# --- one recall ----------------------------------------------------------------------------------


def _one(
    request: Request, work: Asked, row_id: uuid.UUID, error: AppError | None = None
) -> Response:
    with work.reading() as session:
        recall = clinic_entries.get_row(session, RECALL, row_id)
        found = recall_list(session, recall)
        ids = [one.recipient.patient_id for one in found.items]
        zones = select(PatientRow.id, PatientRow.time_zone).where(PatientRow.id.in_(ids))
        view = RecallView(
            found=found,
            products=product_names(session, recall.clinic_id),
            zones={row.id: row.time_zone for row in session.execute(zones)},
        )
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        return render(
            request, "recall.html", status=status, view=view, errors=errors, methods=METHODS
        )


@router.get(ONE)
@needs("lots.read")
def show_recall(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Show a recall with everybody who got the lot, and who of them was told."""
    return _one(request, work, row_id)


@router.get(f"{ONE}/history")
@needs("lots.read")
def show_recall_history(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Show every version of a recall."""
    with work.reading() as session:
        row = clinic_entries.get_row(session, RECALL, row_id)
        versions = version_views(history_of(session, row), hidden=frozenset(), zone="UTC")
        name = _("Recall of lot %(lot)s", lot=row.lot)
        view = ClinicHistoryView(name, f"{RECALLS}/{row.id}", _("Recall"), versions)
    return render(request, "history.html", view=view)


@router.post(f"{ONE}/void")
@needs("lots.write")
def take_back_recall(
    request: Request, work: Work, row_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Declare a recall a mistake."""
    on_fault(request, lambda error: _one(request, work, row_id, error))
    with work.writing() as session:
        row = clinic_entries.get_row(session, RECALL, row_id, lock=True)
        void(session, row, work.change(needed("reason", reason)))
    return see_other(f"{RECALLS}/{row_id}")


@router.post(f"{ONE}/patients/{{patient_id}}/told")
@needs("lots.write")
def note_told(
    *,
    request: Request,
    work: Work,
    row_id: uuid.UUID,
    patient_id: uuid.UUID,
    method: Typed = "",
    sent_at: Typed = "",
    note: Typed = "",
) -> Response:
    """Keep that somebody who got the lot was told, now or at the time that is named."""
    with work.reading() as session:
        get_patient(session, patient_id)
    on_fault(request, lambda error: _one(request, work, row_id, error))
    with work.writing() as session:
        patient = get_patient(session, patient_id)
        recall = clinic_entries.get_row(session, RECALL, row_id, hold=True)
        at = instant_of("sent_at", sent_at, zone=patient.time_zone) if sent_at else work.now
        draft = NoticeDraft(recall.id, at, method, note=optional(note))
        entering = Entering(session, work.change())
        entries.create(entering, NOTICE, patient=patient, row_id=None, draft=draft)
    return see_other(f"{RECALLS}/{row_id}#{patient_id}")


@router.post("/recall-notices/{row_id}/confirmed")
@needs("lots.write")
def note_confirmed(request: Request, work: Work, row_id: uuid.UUID) -> Response:
    """Keep that somebody who was told said now that they know."""
    with work.reading() as session:
        recall_id = entries.get_row(session, NOTICE, row_id).recall_id
    on_fault(request, lambda error: _one(request, work, recall_id, error))
    with work.writing() as session:
        row = entries.get_row(session, NOTICE, row_id, lock=True)
        draft = replace(NOTICE.draft_of(row), confirmed_at=work.now)
        entering = Entering(session, work.change("The recipient confirmed it."))
        entries.amend(entering, NOTICE, row=row, draft=draft)
    return see_other(f"{RECALLS}/{recall_id}#{row.patient_id}")
