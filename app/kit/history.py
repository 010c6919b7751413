"""Keeping every version: add, amend and void rows that are never overwritten or deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from app.errors import Conflict, VersionMismatch
from app.kit.base import Base, Json, KeptRow
from app.kit.sealing import BlindIndex, SealedJson, SealedText
from app.said import say

FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change; the name is stored beside it."""

    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes the record, at which instant, and why."""

    actor: Actor
    now: datetime
    reason: str | None = None


class RecordVersion(Base):
    """One version of a row as it stood until it was changed or voided."""

    __tablename__ = "record_versions"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[uuid.UUID | None] = mapped_column()
    patient_id: Mapped[uuid.UUID | None] = mapped_column()
    content: Mapped[Json] = mapped_column(SealedJson("record_versions.content"))
    valid_from: Mapped[datetime] = mapped_column()
    valid_until: Mapped[datetime] = mapped_column()
    made_by: Mapped[str] = mapped_column()
    made_because: Mapped[str | None] = mapped_column(SealedText("record_versions.made_because"))


def as_json(value: Any) -> Any:
    """Return a column's value as JSON can hold it."""
    if isinstance(value, datetime):
        # The same instant is the same text, whatever offset it was written with.
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def content_of(row: KeptRow) -> Json:
    """Return every column of the row that states something, as JSON can hold it."""
    columns = inspect(type(row)).columns
    return {
        column.key: as_json(getattr(row, column.key))
        for column in columns
        if not isinstance(column.type, BlindIndex)
    }


def begin(row: KeptRow, change: Change) -> None:
    """Fill in the columns of a new row that say who made it and when."""
    row.version = FIRST_VERSION
    row.recorded_at, row.recorded_by = change.now, change.actor.name


def keep_version(session: Session, row: KeptRow, *, until: datetime) -> None:
    """Store the row as it stands; must come before it is changed.

    Raises
    ------
    VersionMismatch
        Somebody else keeps the same version, because they change it at the same moment.
    """
    content = content_of(row)
    patient_id = row.id if row.__tablename__ == "patients" else getattr(row, "patient_id", None)
    session.add(
        RecordVersion(
            table_name=row.__tablename__,
            row_id=row.id,
            version=row.version,
            clinic_id=getattr(row, "clinic_id", None),
            patient_id=patient_id,
            content=content,
            valid_from=row.changed_at or row.recorded_at,
            valid_until=until,
            made_by=row.changed_by or row.recorded_by,
            made_because=row.change_reason,
        )
    )
    changed = _changed_meanwhile(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise changed from error


def named(row: KeptRow) -> str:
    """Name a row in a message."""
    return f"{row.__tablename__} {row.id}"


def _changed_meanwhile(row: KeptRow) -> VersionMismatch:
    # Made before a flush that may fail: afterwards the row cannot be read any more.
    message = say("%(what)s was changed by somebody else meanwhile.", what=named(row))
    return VersionMismatch(message)


def amend(session: Session, row: KeptRow, changes: Mapping[str, object], *, change: Change) -> bool:
    """Make a new version of the row with `changes`; say whether anything differed.

    Raises
    ------
    Conflict
        The row is voided: a mistake that was withdrawn is not corrected but entered anew.
    VersionMismatch
        Somebody else changed the row meanwhile.
    """
    if row.voided_at is not None:
        message = say("%(what)s was voided.", what=named(row))
        raise Conflict(message)
    different = {key: value for key, value in changes.items() if getattr(row, key) != value}
    if not different:
        return False
    _replace(session, row, different, change)
    return True


def renew(session: Session, row: KeptRow, change: Change) -> None:
    """Make a new version of a row whose dependent rows changed."""
    _replace(session, row, {}, change)


def void(session: Session, row: KeptRow, change: Change) -> None:
    """Declare the row a mistake; it stays readable with the reason.

    Raises
    ------
    Conflict
        The row is voided already.
    """
    if row.voided_at is not None:
        message = say("%(what)s was voided already.", what=named(row))
        raise Conflict(message)
    withdrawal = {
        "voided_at": change.now,
        "voided_by": change.actor.name,
        "void_reason": change.reason,
    }
    _replace(session, row, withdrawal, change)


def _replace(session: Session, row: KeptRow, values: Mapping[str, object], change: Change) -> None:
    keep_version(session, row, until=change.now)
    for key, value in values.items():
        setattr(row, key, value)
    row.changed_at, row.changed_by = change.now, change.actor.name
    row.change_reason = change.reason
    changed = _changed_meanwhile(row)
    try:
        session.flush()
    except StaleDataError as error:
        raise changed from error


def history_of(session: Session, row: KeptRow) -> list[Json]:
    """Return every version of the row, oldest first, the newest as it stands now.

    What a column says that came later than a version is not known of that version.
    """
    statement = (
        select(RecordVersion)
        .where(RecordVersion.table_name == row.__tablename__, RecordVersion.row_id == row.id)
        .order_by(RecordVersion.version)
    )
    now = content_of(row)
    unknown = dict.fromkeys(now)
    return [*({**unknown, **version.content} for version in session.scalars(statement)), now]


def first_version_of(session: Session, row: KeptRow) -> Json:
    """Return the row as it was first recorded."""
    if row.version == FIRST_VERSION:
        return content_of(row)
    key = (row.__tablename__, row.id, FIRST_VERSION)
    return session.get_one(RecordVersion, key).content
