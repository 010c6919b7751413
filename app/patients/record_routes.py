"""The same six routes for every kind of row about a patient."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.errors import Fault, RuleViolation
from app.kit.access import needs
from app.kit.answers import (
    Versions,
    row_response,
    saved_response,
    shown_page,
    versions_response,
)
from app.kit.base import ClinicalRow
from app.kit.completing import RuleCheck
from app.kit.deps import Asked, Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import Actor, Change, history_of
from app.kit.pagination import Order, PageOf, RecordsQuery, read_page
from app.kit.routing import API, rules_of_body
from app.kit.shapes import ChangeBody, ConfirmableBody, CreateBody, ShownRecord, VoidBody
from app.patients import entries
from app.patients.entries import Entering, Entry
from app.patients.service import get_patient
from app.said import say

D = TypeVar("D")
R = TypeVar("R", bound=ClinicalRow)

NOTHING: Final[frozenset[str]] = frozenset()
_NOBODY: Final = Actor("nobody")  # what is only checked is recorded by nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind(Generic[D, R]):
    """One kind of row: its names, its shapes, and how it is entered and ordered.

    `area` names its permissions: `<area>.read` and `<area>.write`.
    """

    plural: str
    singular: str
    area: str
    entry: Entry[D, R]
    create: type[CreateBody]
    draft_of: Callable[[Any], D]
    change: type[ChangeBody]
    read: type[ShownRecord]
    newest_by: InstrumentedAttribute[Any]

    @property
    def words(self) -> str:
        """The name of one row, as people write it."""
        return self.singular.replace("_", " ")


def entering(work: Asked, session: Session, body: ConfirmableBody) -> Entering:
    """Return the circumstances of an entry that came in a body."""
    reason = body.change_reason if isinstance(body, ChangeBody) else None
    return Entering(session, work.change(reason), body.confirmation())


def _hidden(work: Asked, kind: RecordKind[Any, Any]) -> frozenset[str]:
    """Return the fields of this kind of row that are not shown to whoever asks."""
    return work.access.hidden_fields(kind.entry.table.__tablename__) if work.access else NOTHING


def _seen(work: Asked, kind: RecordKind[Any, Any], body: ChangeBody) -> Mapping[str, object]:
    """Return what a change sent; nobody changes what they cannot see."""
    sent = body.sent()
    unseen = _hidden(work, kind) & sent.keys()
    if unseen:
        reason = say("it is hidden from you, so you cannot change it")
        raise RuleViolation([Fault(name, None, reason) for name in sorted(unseen)])
    return sent


def _faults_of_new(kind: RecordKind[Any, Any]) -> RuleCheck:
    def check(
        session: Session, body: CreateBody, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]:
        patient = entries.get_live_patient(session, uuid.UUID(path["patient_id"]))
        circumstances = Entering(session, Change(_NOBODY, now), body.confirmation())
        return entries.unconfirmed_faults(
            circumstances, kind.entry, patient=patient, draft=kind.draft_of(body), row_id=None
        )

    return check


def _faults_of_change(kind: RecordKind[Any, Any]) -> RuleCheck:
    def check(
        session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]:
        row = entries.get_row(session, kind.entry, uuid.UUID(path["id"]))
        patient = get_patient(session, row.patient_id)
        circumstances = Entering(session, Change(_NOBODY, now), body.confirmation())
        draft = replace(kind.entry.draft_of(row), **body.sent())
        return entries.unconfirmed_faults(
            circumstances, kind.entry, patient=patient, draft=draft, row_id=row.id
        )

    return check


def add_record_routes(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    """Give `router` the routes of one kind of row."""
    for add in (_add_list, _add_create, _add_read, _add_change, _add_void, _add_history):
        add(router, kind)


def _add_list(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    table = kind.entry.table
    order = Order(kind.plural, kind.newest_by, table.id)

    @needs(f"{kind.area}.read")
    def list_records(
        *,
        request: Request,
        patient_id: uuid.UUID,
        query: Annotated[RecordsQuery, Query()],
        work: Work,
    ) -> Response:
        with work.reading() as session:
            patient = get_patient(session, patient_id)
            statement = select(table).where(table.patient_id == patient.id)
            if not query.include_voided:
                statement = statement.where(table.voided_at.is_(None))
            page = read_page(session, statement, order=order, query=query)
            return shown_page(request, page, kind.read, hidden=_hidden(work, kind))

    router.add_api_route(
        f"/patients/{{patient_id}}/{kind.plural}",
        list_records,
        operation_id=f"list_{kind.plural.replace('-', '_')}",
        summary=f"The {kind.plural.replace('-', ' ')} of a patient, newest first",
        response_model=PageOf[kind.read],  # type: ignore[name-defined]
    )


def _add_create(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def create_record(*, patient_id: uuid.UUID, body: CreateBody, work: Work) -> Response:
        with work.writing() as session:
            saved = entries.create(
                entering(work, session, body),
                kind.entry,
                patient=get_patient(session, patient_id, hold=True),
                row_id=body.id,
                draft=kind.draft_of(body),
            )
            shown = kind.read.model_validate(saved.row)
        location = f"{API}/{kind.plural}/{shown.id}"
        hidden = _hidden(work, kind)
        return saved_response(shown, created=saved.created, location=location, hidden=hidden)

    create_record.__annotations__["body"] = kind.create
    rules_of_body(kind.create, _faults_of_new(kind))(create_record)
    router.add_api_route(
        f"/patients/{{patient_id}}/{kind.plural}",
        create_record,
        methods=["POST"],
        status_code=201,
        operation_id=f"create_{kind.singular}",
        summary=f"Enter a {kind.words}",
        response_model=kind.read,
        responses={200: {"model": kind.read, "description": "The same row was stored before."}},
    )


def _add_read(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    @needs(f"{kind.area}.read")
    def read_record(*, id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
        with work.reading() as session:
            shown = kind.read.model_validate(entries.get_row(session, kind.entry, id))
        return row_response(shown, if_none_match=if_none_match, hidden=_hidden(work, kind))

    router.add_api_route(
        f"/{kind.plural}/{{id}}",
        read_record,
        operation_id=f"read_{kind.singular}",
        summary=f"One {kind.words}",
        response_model=kind.read,
        responses={304: {"description": "The client holds the newest version."}},
    )


def _add_change(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def change_record(
        *, id: uuid.UUID, body: ChangeBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        with work.writing() as session:
            row = entries.get_row(session, kind.entry, id, lock=True)
            require_match(if_match, row)
            draft = replace(kind.entry.draft_of(row), **_seen(work, kind, body))
            entries.amend(entering(work, session, body), kind.entry, row=row, draft=draft)
            shown = kind.read.model_validate(row)
        return row_response(shown, hidden=_hidden(work, kind))

    change_record.__annotations__["body"] = kind.change
    rules_of_body(kind.change, _faults_of_change(kind))(change_record)
    router.add_api_route(
        f"/{kind.plural}/{{id}}",
        change_record,
        methods=["PATCH"],
        operation_id=f"change_{kind.singular}",
        summary=f"Correct a {kind.words}; the version before stays readable",
        response_model=kind.read,
    )


def _add_void(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def void_record(
        *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        with work.writing() as session:
            row = entries.get_row(session, kind.entry, id, lock=True)
            require_match(if_match, row)
            entries.void(Entering(session, work.change(body.void_reason)), kind.entry, row)
            shown = kind.read.model_validate(row)
        return row_response(shown, hidden=_hidden(work, kind))

    router.add_api_route(
        f"/{kind.plural}/{{id}}/void",
        void_record,
        methods=["POST"],
        operation_id=f"void_{kind.singular}",
        summary=f"Declare a {kind.words} a mistake; it stays readable",
        response_model=kind.read,
    )


def _add_history(router: APIRouter, kind: RecordKind[Any, Any]) -> None:
    @needs(f"{kind.area}.read")
    def read_history(*, id: uuid.UUID, work: Work) -> Response:
        with work.reading() as session:
            versions = history_of(session, entries.get_row(session, kind.entry, id))
        return versions_response(versions, kind.read, hidden=_hidden(work, kind))

    router.add_api_route(
        f"/{kind.plural}/{{id}}/history",
        read_history,
        operation_id=f"read_{kind.singular}_history",
        summary=f"Every version of a {kind.words}, oldest first",
        response_model=Versions[kind.read],  # type: ignore[name-defined]
    )
