"""JSON API. From a lot to whoever got it and back; notices of recalls."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Response

from app.clinics.entries import get_row
from app.clinics.service import get_clinic
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.audit.writing import append
from app.kit.deps import Work
from app.kit.routing import api_router
from app.lookback import service
from app.lookback.schemas import (
    LookbackRead,
    LotOfPatientRead,
    LotQuery,
    LotsOfPatientRead,
    NoticeChange,
    NoticeCreate,
    NoticeRead,
    RecallCountsRead,
    RecallListRead,
    RecallWorklistRead,
)
from app.lookback.tables import NoticeRow
from app.lots.service import RECALL
from app.patients.record_routes import RecordKind, add_record_routes
from app.patients.service import get_patient

router: Final = api_router("lookback")

add_record_routes(
    router,
    RecordKind(
        plural="recall-notices",
        singular="recall_notice",
        area="lots",
        entry=service.NOTICE,
        create=NoticeCreate,
        draft_of=NoticeCreate.draft,
        change=NoticeChange,
        read=NoticeRead,
        newest_by=NoticeRow.sent_at,
    ),
)


@router.get("/clinics/{clinic_id}/lots", operation_id="look_back", response_model=LookbackRead)
@needs("lots.read")
def look_back(clinic_id: uuid.UUID, query: Annotated[LotQuery, Query()], work: Work) -> Response:
    """Find everybody who got a lot: when, how much, with what reactions, and from which nurse."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        found = service.look_back(session, clinic.id, lot=query.lot, product=query.product)
        shown = LookbackRead.model_validate(found)
    return model_response(shown)


@router.get(
    "/clinics/{clinic_id}/lots.csv",
    operation_id="export_lot",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "One line for each infusion."}},
)
@needs("lots.write")
def export_lot(clinic_id: uuid.UUID, query: Annotated[LotQuery, Query()], work: Work) -> Response:
    """Export who got a lot for its manufacturer: cases instead of names, no nurse.

    Refused to whoever does not see every recipient, because the export would not be whole.
    """
    with work.writing() as session:
        clinic = get_clinic(session, clinic_id)
        text = service.export_lot(session, clinic.id, lot=query.lot, product=query.product)
        append(session, work.take_acts("export"))
    headers = {"Content-Disposition": 'attachment; filename="lot.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


@router.get(
    "/patients/{patient_id}/lots",
    operation_id="read_lots_of_patient",
    response_model=LotsOfPatientRead,
)
@needs("infusions.read")
def read_lots_of_patient(patient_id: uuid.UUID, work: Work) -> Response:
    """Show every lot that a patient got, with its recalls."""
    with work.reading() as session:
        lots = service.lots_of(session, get_patient(session, patient_id))
        items = [LotOfPatientRead.model_validate(lot) for lot in lots]
    return model_response(LotsOfPatientRead(items=items))


@router.get(
    "/recalls/{id}/recipients",
    operation_id="read_recall_recipients",
    response_model=RecallListRead,
)
@needs("lots.read")
def read_recall_recipients(id: uuid.UUID, work: Work) -> Response:
    """Show who got a recalled lot, and who of them was told and confirmed it."""
    with work.reading() as session:
        found = service.recall_list(session, get_row(session, RECALL, id))
        shown = RecallListRead.model_validate(found)
    return model_response(shown)


@router.get(
    "/clinics/{clinic_id}/recall-worklist",
    operation_id="read_recall_worklist",
    response_model=RecallWorklistRead,
)
@needs("lots.read")
def read_recall_worklist(clinic_id: uuid.UUID, work: Work) -> Response:
    """Show the recalls of lots that somebody got, and how far their notices are."""
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        found = service.recall_worklist(session, clinic.id)
        items = [RecallCountsRead.model_validate(one) for one in found]
    return model_response(RecallWorklistRead(items=items))
