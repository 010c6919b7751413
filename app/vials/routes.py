"""JSON API. Every vial that was opened: product, lot, expiry, grams used and wasted."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import Response

from app.clinics.service import get_clinic
from app.infusions.repository import vials_of
from app.infusions.service import INFUSION
from app.infusions.tables import VialRow
from app.kit.access import needs, note_list
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router
from app.patients.entries import get_row
from app.patients.record_routes import RecordKind, add_record_routes
from app.vials import service
from app.vials.grams import lot_changes, sums_of
from app.vials.repository import given
from app.vials.scan import scan
from app.vials.schemas import (
    LotChangeRead,
    ScanCreate,
    ScanRead,
    SumsRead,
    VialChange,
    VialCreate,
    VialRead,
    VialsOfInfusionRead,
)

router: Final = api_router("vials")

add_record_routes(
    router,
    RecordKind(
        plural="vials",
        singular="vial",
        area="infusions",
        entry=service.VIAL,
        create=VialCreate,
        draft_of=VialCreate.draft,
        change=VialChange,
        read=VialRead,
        newest_by=VialRow.recorded_at,
    ),
)


@router.get(
    "/infusions/{id}/vials",
    operation_id="list_vials_of_infusion",
    response_model=VialsOfInfusionRead,
)
@needs("infusions.read")
def list_vials_of_infusion(id: uuid.UUID, work: Work) -> Response:
    """Show the vials of an infusion, what they add up to, and when another lot began."""
    with work.reading() as session:
        rows = vials_of(session, get_row(session, INFUSION, id).id)
        note_list(session, [row.id for row in rows])
        facts = [given(row) for row in rows]
        shown = VialsOfInfusionRead(
            items=[VialRead.model_validate(row) for row in rows],
            sums=SumsRead.model_validate(sums_of(facts)),
            lot_changes=[LotChangeRead.model_validate(change) for change in lot_changes(facts)],
        )
    return model_response(shown)


@router.post(
    "/clinics/{clinic_id}/scan",
    operation_id="scan_vial",
    response_model=ScanRead,
)
@needs("lots.read")
def scan_vial(clinic_id: uuid.UUID, body: ScanCreate, work: Work) -> Response:
    """Read the code on a vial: product, lot, expiry, serial, and what speaks against giving it.

    Nothing is stored. A text that is no code is refused with the cause.
    """
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        found = scan(session, clinic.id, text=body.text, on=body.on or work.now.date())
        shown = ScanRead.model_validate(found)
    return model_response(shown)
