"""Export of the record as the files that the import reads, row by row with little memory."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.exchange import cells, tables
from app.exchange.load_rows import ENTRIES
from app.exchange.tables import PATIENTS, REPORTS, Column, Table
from app.kit.base import ClinicalRow
from app.patients.tables import PatientRow
from app.reports.tables import ReportRow, ValueRow

_ROWS_AT_ONCE: Final = 1_000

Patients = Sequence[tuple[str, uuid.UUID]]
"""Patients by what they are called in the file, in the order in which they are written."""

TABLES_BY_NAME: Final[Mapping[str, Table]] = {table.name: table for table in tables.TABLES}


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSONL = "jsonl"


def export_table(
    session: Session, table: Table, *, clinic_id: uuid.UUID, form: Format
) -> Iterator[str]:
    """Return the lines of one table, each with its line end; rows by row key.

    What was voided is left out: `count_voided` says how much that is.
    """
    names = names_of(session, table, clinic_id=clinic_id)
    return write_rows(names, rows_of(session, table, _called(session, clinic_id)), form)


def names_of(session: Session, table: Table, *, clinic_id: uuid.UUID) -> tuple[str, ...]:
    """Return the columns to write: rare ones only where some live row needs them."""
    return tuple(
        column.name
        for column in table.columns
        if not column.is_rare or _is_needed(session, table, column, clinic_id)
    )


def _is_needed(session: Session, table: Table, column: Column, clinic_id: uuid.UUID) -> bool:
    kept = ENTRIES[table.name].table
    unusual = select(kept.id).where(
        kept.clinic_id == clinic_id,
        kept.voided_at.is_(None),
        getattr(kept, column.name) != column.empty,
    )
    return session.scalars(unusual.limit(1)).first() is not None


def write_rows(
    names: Sequence[str], rows: Iterable[Mapping[str, Any]], form: Format
) -> Iterator[str]:
    """Yield the lines of rows, each with its line end; a table's head first."""
    if form is Format.CSV:
        yield f"{','.join(names)}\n"
    write = _csv_line if form is Format.CSV else _json_line
    for row in rows:
        yield write(names, row)


def _csv_line(names: Sequence[str], row: Mapping[str, Any]) -> str:
    return f"{','.join(cells.csv_cell(row[name]) for name in names)}\n"


def _json_line(names: Sequence[str], row: Mapping[str, Any]) -> str:
    pairs = (f'"{name}": {cells.json_text(row[name])}' for name in names)
    return f"{{{', '.join(pairs)}}}\n"


def rows_of(session: Session, table: Table, patients: Patients) -> Iterator[dict[str, Any]]:
    """Yield the live rows of some patients, in their order, each then by row key."""
    if table is PATIENTS:
        return _patients(session, patients)
    if table is REPORTS:
        return _reports(session, patients)
    return _entries(session, table, patients)


def _by_bytes(session: Session) -> Callable[[Any], ColumnElement[Any]]:
    """Return how texts are put in one order that every database shares, unknown ones first."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"

    def in_order(column: Any) -> ColumnElement[Any]:
        ordered: ColumnElement[Any] = column if is_sqlite else column.collate("C")
        return ordered.nulls_first()

    return in_order


def _stream(session: Session, statement: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}))


def _called(session: Session, clinic_id: uuid.UUID) -> Patients:
    """Return the clinic's live patients by the bytes of their identifier.

    The database holds the identifiers sealed, so it cannot put anything in their order.
    """
    found = session.execute(
        select(PatientRow.external_id, PatientRow.id).where(
            PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_(None)
        )
    )
    return sorted(((name, id_) for name, id_ in found), key=lambda pair: pair[0].encode())


def _patients(session: Session, patients: Patients) -> Iterator[dict[str, Any]]:
    for called, patient_id in patients:
        patient = session.get_one(PatientRow, patient_id)
        row = {name: getattr(patient, name, None) for name in PATIENTS.names}
        row["patient_id"] = called
        row["previous_time_zones"] = cells.former_zone_texts(patient.previous_time_zones)
        row["confirmed"] = sorted(patient.confirmed or ())
        yield row


def _entries(session: Session, table: Table, patients: Patients) -> Iterator[dict[str, Any]]:
    kept = ENTRIES[table.name].table
    in_order = _by_bytes(session)
    keys = [_key_order(getattr(kept, name), in_order) for name in _key(table)]
    for called, patient_id in patients:
        statement = (
            select(kept)
            .where(kept.patient_id == patient_id, kept.voided_at.is_(None))
            .order_by(*keys, kept.id)
        )
        for (stored,) in _stream(session, statement):
            row = {name: getattr(stored, name, None) for name in table.names}
            row["patient_id"] = called
            row["confirmed"] = sorted(stored.confirmed or ())
            yield _on_local_clock(row, getattr(stored, "time_zone", None))


def _key(table: Table) -> tuple[str, ...]:
    """Return the columns of the row key in the order in which the contract names them."""
    return ("therapy", "from_date") if table is tables.THERAPIES else table.key


def _key_order(
    column: Any, in_order: Callable[[Any], ColumnElement[Any]]
) -> ColumnElement[Any] | Any:
    return in_order(column) if column.type.python_type is str else column


def _on_local_clock(row: dict[str, Any], zone: str | None) -> dict[str, Any]:
    if zone is not None:
        for name, value in row.items():
            if isinstance(value, datetime):
                row[name] = cells.local_time(value, zone)
    return row


_OF_VALUES: Final = ("measure", "site", "value", "device", "entry", "entered_at", "scale_version")
_OF_REPORTS: Final = ("source", "context", "note", "time_zone")


def _reports(session: Session, patients: Patients) -> Iterator[dict[str, Any]]:
    in_order = _by_bytes(session)
    columns = [
        ReportRow.observed_at.label("reported_at"),
        *(getattr(ValueRow, name) for name in _OF_VALUES),
        *(getattr(ReportRow, name) for name in _OF_REPORTS),
        ValueRow.report_id,
        ValueRow.confirmed,
        ValueRow.id,
    ]
    of_all = (
        select(*columns)
        .join(ReportRow, ReportRow.id == ValueRow.report_id)
        .where(ValueRow.voided_at.is_(None))
        .order_by(
            ReportRow.observed_at,
            *(in_order(column) for column in (ValueRow.measure, ValueRow.site, ReportRow.source)),
            ValueRow.id,
        )
    )
    names = [column.key for column in columns]
    for called, patient_id in patients:
        statement = of_all.where(ValueRow.patient_id == patient_id)
        for values in _stream(session, statement):
            row = {"patient_id": called, **dict(zip(names, values, strict=True))}
            row["confirmed"] = sorted(row["confirmed"] or ())
            yield _on_local_clock(row, row["time_zone"])


def _is_voided(kept: type[ClinicalRow]) -> ColumnElement[bool]:
    return or_(kept.voided_at.is_not(None), PatientRow.voided_at.is_not(None))


def count_voided(session: Session, table: Table, *, clinic_id: uuid.UUID) -> int:
    """Count the rows that an export leaves out because they, or their patient, were voided."""
    if table is PATIENTS:
        statement = select(func.count()).where(
            PatientRow.clinic_id == clinic_id, PatientRow.voided_at.is_not(None)
        )
        return session.scalar(statement) or 0
    kept = ValueRow if table is REPORTS else ENTRIES[table.name].table
    statement = (
        select(func.count())
        .select_from(kept)
        .join(PatientRow, PatientRow.id == kept.patient_id)
        .where(PatientRow.clinic_id == clinic_id, _is_voided(kept))
    )
    return session.scalar(statement) or 0
