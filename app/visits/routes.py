"""JSON API. A nurse's visit: an infusion day from arrival to signature, and the calls after it."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Response

from app.errors import Forbidden
from app.infusions.schemas import SignatureRead, SignaturesRead
from app.kit.access import needs
from app.kit.answers import model_response
from app.kit.deps import Asked, Work
from app.kit.etags import IfMatch, require_match
from app.kit.routing import api_router
from app.patients.entries import Entering, get_row
from app.patients.record_routes import RecordKind, add_record_routes
from app.patients.service import get_patient
from app.said import say
from app.schedule.schemas import ShownDay
from app.visits import service
from app.visits.bundle_schemas import BundleCreate, BundleRead, ItemRead
from app.visits.bundles import NEEDED, enter_bundle
from app.visits.calls import Line, list_calls
from app.visits.document import read_record
from app.visits.packet_schemas import VisitPacketsRead
from app.visits.packets import read_packets
from app.visits.record_schemas import VisitRecordRead, VisitSignatureCreate
from app.visits.schemas import (
    CallChange,
    CallCreate,
    CallLine,
    CallList,
    CallRead,
    VisitChange,
    VisitCreate,
    VisitRead,
)
from app.visits.signing import require_seen, sign_visit, signatures_of_visit, whole_to_sign
from app.visits.tables import CallRow, VisitRow

router: Final = api_router("visits")

add_record_routes(
    router,
    RecordKind(
        plural="visits",
        singular="visit",
        area="infusions",
        entry=service.VISIT,
        create=VisitCreate,
        draft_of=VisitCreate.draft,
        change=VisitChange,
        read=VisitRead,
        newest_by=VisitRow.planned_on,
    ),
)
add_record_routes(
    router,
    RecordKind(
        plural="follow-up-calls",
        singular="follow_up_call",
        area="infusions",
        entry=service.CALL,
        create=CallCreate,
        draft_of=CallCreate.draft,
        change=CallChange,
        read=CallRead,
        newest_by=CallRow.called_at,
    ),
)


@router.get("/clinics/{clinic_id}/calls", operation_id="list_calls", response_model=CallList)
@needs("worklist.read")
def list_due_calls(clinic_id: uuid.UUID, work: Work) -> Response:
    """List the calls after infusions of patients you look after: overdue ones, due ones, others."""
    with work.reading() as session:
        lines = list_calls(session, clinic_id, now=work.now)
        missed = sum(line.call.state == "missed" for line in lines)
        return model_response(CallList(items=[_line(line) for line in lines], missed=missed))


def _line(line: Line) -> CallLine:
    called, call = line.called, line.call
    return CallLine(
        patient_id=called.patient.id,
        external_id=called.patient.external_id,
        visit_id=called.visit.id,
        nurse_id=called.visit.nurse_id,
        ended_at=called.ended_at,
        g_per_kg=None if line.g_per_kg is None else round(line.g_per_kg, 3),
        kind=call.kind,
        state=call.state,
        due_from=call.due_from,
        due_until=call.due_until,
        done_at=call.done_at,
        attempts=call.attempts,
    )


@router.get(
    "/clinics/{clinic_id}/visit-packets",
    operation_id="list_visit_packets",
    response_model=VisitPacketsRead,
)
@needs("infusions.write")
def list_visit_packets(
    clinic_id: uuid.UUID,
    work: Work,
    first: Annotated[
        ShownDay | None, Query(alias="from", description="Default: two days ago.")
    ] = None,
    last: Annotated[ShownDay | None, Query(alias="to", description="Default: in a week.")] = None,
) -> Response:
    """Give the visits assigned to you or begun by you, to be recorded without a connection."""
    with work.reading() as session:
        packets = read_packets(
            session, clinic_id, who=work.person, now=work.now, first=first, last=last
        )
        return model_response(packets)


@router.get("/visits/{id}/record", operation_id="read_visit_record", response_model=VisitRecordRead)
@needs("infusions.read")
def read_visit_record(id: uuid.UUID, work: Work) -> Response:
    """Show a visit with all that belongs to it, its totals, and what it still needs."""
    with work.reading() as session:
        visit = get_row(session, service.VISIT, id)
        return model_response(read_record(session, visit, now=work.now))


@router.get(
    "/visits/{id}/signatures", operation_id="list_visit_signatures", response_model=SignaturesRead
)
@needs("infusions.read")
def list_visit_signatures(id: uuid.UUID, work: Work) -> Response:
    """Show who signed the visit, what that covers, and what was changed, added or voided since."""
    with work.reading() as session:
        found = signatures_of_visit(session, get_row(session, service.VISIT, id))
        return model_response(SignaturesRead(items=[SignatureRead.of(each) for each in found]))


@router.post(
    "/visits/{id}/signatures",
    operation_id="sign_visit",
    status_code=201,
    response_model=SignatureRead,
    responses={200: {"model": SignatureRead, "description": "It was signed so before."}},
)
@needs("infusions.write")
def sign_whole_visit(
    id: uuid.UUID, body: VisitSignatureCreate, work: Work, if_match: IfMatch = None
) -> Response:
    """Sign the visit with all that belongs to it; refused while something is missing."""
    with work.writing() as session:
        visit = get_row(session, service.VISIT, id, lock=True)
        require_match(if_match, visit)
        whole = whole_to_sign(session, visit)
        require_seen(session, whole, body.fingerprint, row_id=body.id)
        row, created = sign_visit(
            session, work.change(), whole=whole, signer=work.person, row_id=body.id
        )
        signatures = signatures_of_visit(session, visit)
        shown = next(SignatureRead.of(each) for each in signatures if each.row.id == row.id)
    return model_response(shown, status_code=201 if created else 200)


@router.post(
    "/patients/{patient_id}/visit-bundles",
    operation_id="create_visit_bundle",
    status_code=201,
    response_model=BundleRead,
    responses={200: {"model": BundleRead, "description": "All of it was stored before."}},
)
@needs("infusions.write")
def create_visit_bundle(patient_id: uuid.UUID, body: BundleCreate, work: Work) -> Response:
    """Enter a whole visit at once: all of it, or nothing; sent again, it changes nothing."""
    _require_permissions(work, body)
    with work.writing() as session:
        done = enter_bundle(
            Entering(session, work.change()),
            patient=get_patient(session, patient_id, hold=True),
            body=body,
            signer=work.person,
        )
        items = [
            ItemRead(item=one.item.path, id=one.row.id, state=one.state, version=one.row.version)
            for one in done
        ]
    is_new = any(item.state != "unchanged" for item in items)
    shown = BundleRead(visit_id=body.visit.id, items=items)
    return model_response(shown, status_code=201 if is_new else 200)


def _require_permissions(work: Asked, body: BundleCreate) -> None:
    for kind, permission in NEEDED.items():
        if getattr(body, kind) and permission not in work.person.permissions:
            needed = {"kind": kind, "permission": permission}
            message = say("A bundle with %(kind)s needs the permission %(permission)s.", **needed)
            raise Forbidden(message)
