"""Reading the audit trail: who looked at a record, what was administered, and all of it.

Who may read what is decided by the caller; nothing here knows names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, LargeBinary, Select, func, literal, select
from sqlalchemy.orm import Session

from app.kit.audit.acts import Scalar
from app.kit.audit.chain import unpacked
from app.kit.audit.tables import ADMINISTRATIVE, LISTS, AuditEntryRow

_ROWS_AT_ONCE: Final = 500
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry as people are shown it.

    Attributes
    ----------
    number : int
        Its place in its chain.
    actor : str
        The role, or which part of the system.
    via : str
        "session", "token", "command line", "worker" or nothing; not which session.
    rows : int
        How many rows were shown or changed beside the record itself.
    ids : list of UUID
        Which ones.
    """

    number: int
    at: datetime
    actor_id: uuid.UUID | None
    actor: str
    via: str
    action: str
    operation: str
    detail: dict[str, Scalar]
    rows: int
    ids: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """Entries, newest first, and the number before which the next page begins."""

    entries: list[Seen]
    next_before: int | None


def acts_on_patient(
    session: Session, patient_id: uuid.UUID, *, before: int | None, limit: int
) -> SeenPage:
    """Return what was done with a patient's record, newest first."""
    return _page(session, _of_chain(patient_id), before=before, limit=limit)


def lists_with_patient(
    session: Session,
    patient_id: uuid.UUID,
    *,
    clinic_id: uuid.UUID,
    since: datetime,
    before: int | None,
    limit: int,
) -> SeenPage:
    """Return the clinic's lists and exports that showed the patient since then, newest first."""
    statement = _of_chain(clinic_id).where(
        LISTS, AuditEntryRow.at >= since, _contains(session, patient_id)
    )
    return _page(session, statement, before=before, limit=limit)


def administrative_acts(
    session: Session, clinic_id: uuid.UUID, *, before: int | None, limit: int
) -> SeenPage:
    """Return a clinic's sign-ins, refusals, exports, imports and changes of accounts and settings.

    Newest first; what was done with a patient's record is not among them.
    """
    statement = _of_chain(clinic_id).where(ADMINISTRATIVE)
    return _page(session, statement, before=before, limit=limit)


def _of_chain(chain: uuid.UUID) -> Select[Any]:
    return select(AuditEntryRow).where(AuditEntryRow.chain == chain)


def _contains(session: Session, patient_id: uuid.UUID) -> ColumnElement[bool]:
    sought = literal(patient_id.bytes, LargeBinary())
    if session.get_bind().dialect.name == "sqlite":
        place = func.instr(AuditEntryRow.ids, sought)
    else:
        # `position` of bytes; its words need no keyword in this form.
        place = func.pg_catalog.position(AuditEntryRow.ids, sought)
    # Ids stand side by side: half of one and half of the next are no id.
    return (place > 0) & ((place - 1) % _ID_BYTES == 0)


def _page(session: Session, statement: Select[Any], *, before: int | None, limit: int) -> SeenPage:
    if before is not None:
        statement = statement.where(AuditEntryRow.number < before)
    newest_first = statement.order_by(AuditEntryRow.number.desc()).limit(limit + 1)
    found = session.scalars(newest_first).all()
    rows = found[:limit]
    return SeenPage([_seen(row) for row in rows], rows[-1].number if len(found) > limit else None)


def _seen(row: AuditEntryRow) -> Seen:
    return Seen(
        number=row.number,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor,
        via=_how(row.via),
        action=row.action,
        operation=row.operation,
        detail=orjson.loads(row.detail),
        rows=len(row.ids or b"") // _ID_BYTES,
        ids=unpacked(row.ids),
    )


def _how(via: str) -> str:
    """Return how somebody came, without the id of their session or token."""
    kind, _, _ = via.partition(" ")
    return kind if kind in {"session", "token"} else via


# --- all of it ----------------------------------------------------------------------------------


def export_lines(
    session: Session,
    *,
    clinic_id: uuid.UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[bytes]:
    """Yield entries as lines of JSON in the order of chain and number.

    Parameters
    ----------
    clinic_id : UUID, optional
        Only what concerns this clinic and its patients.
    since, until : datetime, optional
        Only from then on, and only before then.
    """
    columns = [column for column in AuditEntryRow.__table__.columns if column.key != "id"]
    statement = select(*columns).order_by(AuditEntryRow.chain, AuditEntryRow.number)
    if clinic_id is not None:
        statement = statement.where(AuditEntryRow.clinic_id == clinic_id)
    if since is not None:
        statement = statement.where(AuditEntryRow.at >= since)
    if until is not None:
        statement = statement.where(AuditEntryRow.at < until)
    for row in session.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}):
        yield _line(row)


def _line(row: Any) -> bytes:
    content = {
        "chain": row.chain,
        "number": row.number,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": row.actor_id,
        "actor": row.actor,
        "via": row.via,
        "action": row.action,
        "operation": row.operation,
        "clinic_id": row.clinic_id,
        "patient_id": row.patient_id,
        "ids": unpacked(row.ids),
        "detail": orjson.Fragment(row.detail),
        "key_id": row.key_id,
        "previous_hash": row.previous_hash.hex(),
        "hash": row.hash.hex(),
    }
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
