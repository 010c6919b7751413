"""Who looked at a record, and what was administered in a clinic, read from the audit trail."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.tables import AccountRow
from app.analysis.cycles import local_day, local_midnight
from app.clinics.service import get_clinic
from app.errors import Fault, RuleViolation
from app.kit.access import needs
from app.kit.answers import json_response, next_link
from app.kit.audit import reading
from app.kit.audit.acts import Scalar
from app.kit.audit.reading import Seen, SeenPage
from app.kit.deps import Work
from app.kit.pagination import PageOf, PageQuery
from app.kit.routing import api_router
from app.patients.service import get_patient, zone_of
from app.patients.tables import PatientRow
from app.said import say

DAYS_OF_LISTS: Final = 90
"""How far back lists are searched where nobody says: every list of the clinic is looked at."""

MOST_DAYS_OF_LISTS: Final = 366
"""How far back they are searched at most: a year, so that nobody scans all of history again and
again. A judgement."""

Of = Literal["record", "lists"]

_CURSOR: Final = re.compile(r"(record|lists|clinic)\.([1-9]\d{0,17})")

router: Final = api_router("audit")


class AccessLogQuery(PageQuery):
    """Which part of the log, and which page of it."""

    of: Of = Field(
        default="record",
        description="`record`: what was done with the record itself. `lists`: lists and exports"
        " of the clinic in which the patient stood.",
    )
    since: date | None = Field(
        default=None,
        ge=date(1900, 1, 1),
        le=date(2200, 1, 1),
        description=f"First day of the lists; {DAYS_OF_LISTS} days ago where it is not said, and"
        f" {MOST_DAYS_OF_LISTS} days ago at most.",
    )


class PersonOfAct(BaseModel):
    """Whom an act was about: somebody with an account."""

    account_id: uuid.UUID
    name: str


class ActRead(BaseModel):
    """One act as people are shown it."""

    at: datetime
    account_id: uuid.UUID | None = Field(description="Null for the system and its operator.")
    name: str | None = Field(description="Name of the account.")
    role: str = Field(description="The role then, or which part of the system acted.")
    via: str = Field(description="session, token, command line, worker, or nothing.")
    action: str
    operation: str = Field(description="Id of the operation, or the command.")
    rows: int = Field(description="How many rows were shown or changed beside the record itself.")
    detail: dict[str, Scalar] = Field(description="Counts and codes; never a value of a patient.")


class AdministrativeActRead(ActRead):
    """One act that is about no patient's record in particular."""

    about: list[PersonOfAct] = Field(description="Accounts that the act was about.")


@router.get(
    "/patients/{patient_id}/access-log",
    operation_id="read_access_log",
    response_model=PageOf[ActRead],
)
@needs("access_log.read")
def read_access_log(
    *,
    request: Request,
    patient_id: uuid.UUID,
    query: Annotated[AccessLogQuery, Query()],
    work: Work,
) -> Response:
    """Show who looked at a record or changed it, newest first."""
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        page = access_log(session, patient, query, now=work.now)
        names = names_of(session, (entry.actor_id for entry in page.entries))
    items = [_shown(entry, names) for entry in page.entries]
    return _response(request, items, query.of, page)


@router.get(
    "/clinics/{clinic_id}/audit",
    operation_id="list_administrative_acts",
    response_model=PageOf[AdministrativeActRead],
)
@needs("audit.read")
def list_administrative_acts(
    *, request: Request, clinic_id: uuid.UUID, query: Annotated[PageQuery, Query()], work: Work
) -> Response:
    """List a clinic's sign-ins, refusals, exports, changes of accounts and settings, newest first.

    Of an export it says how many patients it had, never which.
    """
    with work.reading() as session:
        clinic = get_clinic(session, clinic_id)
        before = _before(query.cursor, "clinic")
        page = reading.administrative_acts(session, clinic.id, before=before, limit=query.limit)
        people = {id_ for entry in page.entries for id_ in (entry.actor_id, *_about(entry)) if id_}
        names = names_of(session, people)
    items = [_shown_with_people(entry, names) for entry in page.entries]
    return _response(request, items, "clinic", page)


def access_log(
    session: Session, patient: PatientRow, query: AccessLogQuery, *, now: datetime
) -> SeenPage:
    """Return one page of who looked at a record, newest first.

    Raises
    ------
    RuleViolation
        The cursor is not one that this list gave, or the first day is too long ago.
    """
    before = _before(query.cursor, query.of)
    if query.of == "record":
        return reading.acts_on_patient(session, patient.id, before=before, limit=query.limit)
    since = now - timedelta(days=DAYS_OF_LISTS)
    if query.since is not None:
        zone = zone_of(patient, now)
        _require_recent(query.since, today=local_day(now, zone))
        since = local_midnight(query.since, zone)
    return reading.lists_with_patient(
        session,
        patient.id,
        clinic_id=patient.clinic_id,
        since=since,
        before=before,
        limit=query.limit,
    )


def _require_recent(since: date, *, today: date) -> None:
    earliest = today - timedelta(days=MOST_DAYS_OF_LISTS)
    if since < earliest:
        problem = say(
            "lists are searched from %(first)s on, %(most)s days back",
            first=str(earliest),
            most=MOST_DAYS_OF_LISTS,
        )
        raise RuleViolation([Fault("since", since.isoformat(), problem)])


def names_of(session: Session, account_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of accounts; ids that are no account's have none."""
    wanted = {account_id for account_id in account_ids if account_id is not None}
    if not wanted:
        return {}
    found = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(wanted))
    return {row.id: row.name for row in session.execute(found)}


def _about(entry: Seen) -> list[uuid.UUID]:
    """Return the accounts that an act may be about; an export's ids are patients."""
    return [] if entry.action == "export" else entry.ids


def _shown(entry: Seen, names: Mapping[uuid.UUID, str]) -> ActRead:
    return ActRead(
        at=entry.at,
        account_id=entry.actor_id,
        name=None if entry.actor_id is None else names.get(entry.actor_id),
        role=entry.actor,
        via=entry.via,
        action=entry.action,
        operation=entry.operation,
        rows=entry.rows,
        detail=entry.detail,
    )


def _shown_with_people(entry: Seen, names: Mapping[uuid.UUID, str]) -> AdministrativeActRead:
    known = [account_id for account_id in _about(entry) if account_id in names]
    about = [PersonOfAct(account_id=account_id, name=names[account_id]) for account_id in known]
    return AdministrativeActRead(**_shown(entry, names).model_dump(), about=about)


def _before(cursor: str | None, of: str) -> int | None:
    if cursor is None:
        return None
    match = _CURSOR.fullmatch(cursor)
    if match is None or match[1] != of:
        raise RuleViolation([Fault("cursor", cursor, say("it is not a cursor of this list"))])
    return int(match[2])


def _response(request: Request, items: Sequence[ActRead], of: str, page: SeenPage) -> Response:
    cursor = None if page.next_before is None else f"{of}.{page.next_before}"
    return json_response(
        {
            "items": [item.model_dump(mode="json") for item in items],
            "next_cursor": cursor,
            "next": next_link(request, cursor),
        }
    )
