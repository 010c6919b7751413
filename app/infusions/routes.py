"""JSON API of infusions and their signatures."""

from __future__ import annotations

import uuid
from typing import Final

from fastapi import Response
from sqlalchemy.orm import Session

from app.infusions import service
from app.infusions.schemas import (
    InfusionChange,
    InfusionCreate,
    InfusionRead,
    SignatureCreate,
    SignatureRead,
    SignaturesRead,
)
from app.infusions.signing import PRESCRIBERS, Signable, sign, signatures_of
from app.infusions.tables import InfusionRow
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Asked, Work
from app.kit.etags import IfMatch, require_match
from app.kit.routing import api_router
from app.patients.entries import get_row
from app.patients.record_routes import RecordKind, add_record_routes
from app.plans.service import PLAN

router: Final = api_router("infusions")

add_record_routes(
    router,
    RecordKind(
        plural="infusions",
        singular="infusion",
        area="infusions",
        entry=service.INFUSION,
        create=InfusionCreate,
        draft_of=InfusionCreate.draft,
        change=InfusionChange,
        read=InfusionRead,
        newest_by=InfusionRow.started_at,
    ),
)


@router.get(
    "/infusions/{id}/signatures", operation_id="list_signatures", response_model=SignaturesRead
)
@needs("infusions.read")
def list_signatures(id: uuid.UUID, work: Work) -> Response:
    """Show who signed the infusion, which version, and whether it was changed since."""
    with work.reading() as session:
        found = signatures_of(session, get_row(session, service.INFUSION, id))
        return model_response(SignaturesRead(items=[SignatureRead.of(each) for each in found]))


@router.post(
    "/infusions/{id}/signatures",
    operation_id="sign_infusion",
    status_code=201,
    response_model=SignatureRead,
    responses={200: {"model": SignatureRead, "description": "It was signed so before."}},
)
@needs("infusions.write")
def sign_infusion(
    id: uuid.UUID, body: SignatureCreate, work: Work, if_match: IfMatch = None
) -> Response:
    """Sign the infusion as it stands: a nurse or a physician says that it was so."""
    with work.writing() as session:
        infusion = get_row(session, service.INFUSION, id, lock=True)
        require_match(if_match, infusion)
        return _signed(work, session, Signable(infusion), body)


@router.get(
    "/plans/{id}/signatures", operation_id="list_plan_signatures", response_model=SignaturesRead
)
@needs("plans.read")
def list_plan_signatures(id: uuid.UUID, work: Work) -> Response:
    """Show which physician signed the plan as an order, which version, and what came since."""
    with work.reading() as session:
        found = signatures_of(session, get_row(session, PLAN, id))
        return model_response(SignaturesRead(items=[SignatureRead.of(each) for each in found]))


@router.post(
    "/plans/{id}/signatures",
    operation_id="sign_plan",
    status_code=201,
    response_model=SignatureRead,
    responses={200: {"model": SignatureRead, "description": "It was signed so before."}},
)
@needs("plans.write")
def sign_plan(
    id: uuid.UUID, body: SignatureCreate, work: Work, if_match: IfMatch = None
) -> Response:
    """Sign a version of the plan: that makes it a signed order."""
    with work.writing() as session:
        plan = get_row(session, PLAN, id, lock=True)
        require_match(if_match, plan)
        return _signed(work, session, Signable(plan, signers=PRESCRIBERS), body)


def _signed(work: Asked, session: Session, signable: Signable, body: SignatureCreate) -> Response:
    row, created = sign(
        session, work.change(), signable=signable, signer=work.person, row_id=body.id
    )
    signatures = signatures_of(session, signable.row)
    shown = next(SignatureRead.of(each) for each in signatures if each.row.id == row.id)
    return model_response(shown, status_code=201 if created else 200)
