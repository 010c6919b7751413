"""The same routes for every kind of row that belongs to a clinic as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinics import entries
from app.clinics.entries import ClinicEntry
from app.clinics.service import get_clinic
from app.errors import Fault
from app.kit import history
from app.kit.access import needs
from app.kit.answers import Versions, row_response, saved_response, shown_page, versions_response
from app.kit.base import ClinicWideRow, Json
from app.kit.completing import RuleCheck
from app.kit.deps import Work
from app.kit.etags import IfMatch, IfNoneMatch, require_match
from app.kit.history import Actor, Change
from app.kit.pagination import Order, PageOf, RecordsQuery, read_page
from app.kit.routing import API, rules_of_body
from app.kit.rows import Entering
from app.kit.shapes import ChangeBody, CreateBody, ShownRow, VoidBody

D = TypeVar("D")
R = TypeVar("R", bound=ClinicWideRow)

_NOBODY: Final = Actor("nobody")  # what is only checked is recorded by nobody


class Follower(Protocol):
    """Changes what follows from rows of a clinic, in the transaction of their own change."""

    def __call__(self, session: Session, clinic_id: uuid.UUID, *drafts: Any) -> None:
        """Look at what a row said, and says now, after it was entered, amended or voided."""


def nothing_follows(session: Session, clinic_id: uuid.UUID, *drafts: object) -> None:
    """Change nothing else: for rows that nothing follows from."""
    del session, clinic_id, drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicKind(Generic[D, R]):
    """One kind of row: its names, its shapes, and how it is entered and ordered.

    Attributes
    ----------
    plural, singular : str
        Its names in addresses and in the names of operations.
    area : str
        Its permissions are `<area>.read` and `<area>.write`.
    says : mapping
        What each operation does, in the words of the document of the API.
    change : type
        The shape of a change; of a kind that is only entered and voided there is none.
    sent_of : callable
        From a change to the fields of the draft that it replaces.
    listed_as : str
        Its address below the clinic, where that is not its plural.
    void_is : str
        What to void it is called.
    follow : Follower
        Changes what follows from a row.
    """

    plural: str
    singular: str
    area: str
    says: Mapping[str, str]
    entry: ClinicEntry[D, R]
    create: type[CreateBody]
    draft_of: Callable[[Any], D]
    change: type[ChangeBody] = ChangeBody
    sent_of: Callable[[ChangeBody], Json] = ChangeBody.sent
    read: type[ShownRow]
    order: Order
    listed_as: str = ""
    void_is: str = "void"
    follow: Follower = nothing_follows

    @property
    def listed_at(self) -> str:
        """The address of its list, below that of the API."""
        return f"/clinics/{{clinic_id}}/{self.listed_as or self.plural}"


def add_clinic_routes(router: APIRouter, kind: ClinicKind[Any, Any], *only: str) -> None:
    """Give `router` the routes of one kind of row, or `only` some of them.

    Those are the operations that the kind says something of, in this order: list, create, read,
    history, change, void.
    """
    for operation, add in _ADDERS.items():
        if operation in (only or kind.says):
            add(router, kind)


def _faults_of_new(kind: ClinicKind[Any, Any]) -> RuleCheck:
    def check(
        session: Session, body: CreateBody, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]:
        clinic = get_clinic(session, uuid.UUID(path["clinic_id"]))
        circumstances = Entering(session, Change(_NOBODY, now), body.confirmation())
        draft = kind.draft_of(body)
        return entries.unconfirmed_faults(
            circumstances, kind.entry, draft, clinic_id=clinic.id, row_id=None
        )

    return check


def _faults_of_change(kind: ClinicKind[Any, Any]) -> RuleCheck:
    def check(
        session: Session, body: ChangeBody, *, path: Mapping[str, str], now: datetime
    ) -> list[Fault]:
        row = entries.get_row(session, kind.entry, uuid.UUID(path["id"]))
        circumstances = Entering(session, Change(_NOBODY, now), body.confirmation())
        draft = replace(kind.entry.draft_of(row), **kind.sent_of(body))
        return entries.unconfirmed_faults(
            circumstances, kind.entry, draft, clinic_id=row.clinic_id, row_id=row.id
        )

    return check


def _add(
    router: APIRouter,
    kind: ClinicKind[Any, Any],
    operation: str,
    *,
    name: str,
    path: str,
    endpoint: Callable[..., Response],
    **options: Any,
) -> None:
    name = name.replace("-", "_")
    said = kind.says[operation]
    router.add_api_route(path, endpoint, name=name, operation_id=name, description=said, **options)


def _add_list(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    table = kind.entry.table

    @needs(f"{kind.area}.read")
    def list_rows(
        *,
        request: Request,
        clinic_id: uuid.UUID,
        query: Annotated[RecordsQuery, Query()],
        work: Work,
    ) -> Response:
        with work.reading() as session:
            clinic = get_clinic(session, clinic_id)
            statement = select(table).where(table.clinic_id == clinic.id)
            if not query.include_voided:
                statement = statement.where(table.voided_at.is_(None))
            page = read_page(session, statement, order=kind.order, query=query)
            return shown_page(request, page, kind.read)

    _add(
        router,
        kind,
        "list",
        name=f"list_{kind.plural}",
        path=kind.listed_at,
        endpoint=list_rows,
        response_model=PageOf[kind.read],  # type: ignore[name-defined]
    )


def _add_create(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def create_row(*, clinic_id: uuid.UUID, body: CreateBody, work: Work) -> Response:
        with work.writing() as session:
            draft = kind.draft_of(body)
            saved = entries.create(
                Entering(session, work.change(), body.confirmation()),
                kind.entry,
                clinic=get_clinic(session, clinic_id),
                row_id=body.id,
                draft=draft,
            )
            if saved.created:
                kind.follow(session, clinic_id, draft)
            shown = kind.read.model_validate(saved.row)
        location = f"{API}/{kind.plural}/{shown.id}"
        return saved_response(shown, created=saved.created, location=location)

    create_row.__annotations__["body"] = kind.create
    rules_of_body(kind.create, _faults_of_new(kind))(create_row)
    _add(
        router,
        kind,
        "create",
        name=f"create_{kind.singular}",
        path=kind.listed_at,
        endpoint=create_row,
        methods=["POST"],
        status_code=201,
        response_model=kind.read,
        responses={200: {"model": kind.read, "description": "The same row was stored before."}},
    )


def _add_read(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    @needs(f"{kind.area}.read")
    def read_row(*, id: uuid.UUID, work: Work, if_none_match: IfNoneMatch = None) -> Response:
        with work.reading() as session:
            shown = kind.read.model_validate(entries.get_row(session, kind.entry, id))
        return row_response(shown, if_none_match=if_none_match)

    _add(
        router,
        kind,
        "read",
        name=f"read_{kind.singular}",
        path=f"/{kind.plural}/{{id}}",
        endpoint=read_row,
        response_model=kind.read,
        responses={304: {"description": "The client holds the newest version."}},
    )


def _add_history(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    @needs(f"{kind.area}.read")
    def read_history(*, id: uuid.UUID, work: Work) -> Response:
        with work.reading() as session:
            row = entries.get_row(session, kind.entry, id)
            versions = history.history_of(session, row)
        return versions_response(versions, kind.read)

    _add(
        router,
        kind,
        "history",
        name=f"read_{kind.singular}_history",
        path=f"/{kind.plural}/{{id}}/history",
        endpoint=read_history,
        response_model=Versions[kind.read],  # type: ignore[name-defined]
    )


def _add_change(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def change_row(
        *, id: uuid.UUID, body: ChangeBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        with work.writing() as session:
            row = entries.get_row(session, kind.entry, id, lock=True)
            require_match(if_match, row)
            before = kind.entry.draft_of(row)
            draft = replace(before, **kind.sent_of(body))
            entering = Entering(session, work.change(body.change_reason), body.confirmation())
            if entries.amend(entering, kind.entry, row=row, draft=draft):
                kind.follow(session, row.clinic_id, before, draft)
            shown = kind.read.model_validate(row)
        return row_response(shown)

    change_row.__annotations__["body"] = kind.change
    rules_of_body(kind.change, _faults_of_change(kind))(change_row)
    _add(
        router,
        kind,
        "change",
        name=f"change_{kind.singular}",
        path=f"/{kind.plural}/{{id}}",
        endpoint=change_row,
        methods=["PATCH"],
        response_model=kind.read,
    )


def _add_void(router: APIRouter, kind: ClinicKind[Any, Any]) -> None:
    @needs(f"{kind.area}.write")
    def void_row(
        *, id: uuid.UUID, body: VoidBody, work: Work, if_match: IfMatch = None
    ) -> Response:
        with work.writing() as session:
            row = entries.get_row(session, kind.entry, id, lock=True)
            require_match(if_match, row)
            history.void(session, row, work.change(body.void_reason))
            kind.follow(session, row.clinic_id, kind.entry.draft_of(row))
            shown = kind.read.model_validate(row)
        return row_response(shown)

    _add(
        router,
        kind,
        "void",
        name=f"{kind.void_is}_{kind.singular}",
        path=f"/{kind.plural}/{{id}}/void",
        endpoint=void_row,
        methods=["POST"],
        response_model=kind.read,
    )


_ADDERS: Final[Mapping[str, Callable[[APIRouter, ClinicKind[Any, Any]], None]]] = {
    "list": _add_list,
    "create": _add_create,
    "read": _add_read,
    "history": _add_history,
    "change": _add_change,
    "void": _add_void,
}
