"""Queries about reports and their values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from typing import cast as cast_type

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from app.kit.base import Json
from app.kit.columns import UtcInstant
from app.reports.tables import ReportRow, ValueRow


def values_of(session: Session, report_ids: Iterable[uuid.UUID]) -> Sequence[ValueRow]:
    """Return the live values of some reports, by report, measure and site."""
    return session.scalars(
        select(ValueRow)
        .where(ValueRow.report_id.in_(list(report_ids)), ValueRow.voided_at.is_(None))
        .order_by(ValueRow.report_id, ValueRow.measure, ValueRow.site)
    ).all()


def all_values_of(session: Session, report: ReportRow) -> Sequence[ValueRow]:
    """Return every value that the report ever had, voided ones included."""
    return session.scalars(
        select(ValueRow)
        # The patient leads to an index, the report alone to that of the live values only.
        .where(ValueRow.patient_id == report.patient_id, ValueRow.report_id == report.id)
        .order_by(ValueRow.measure, ValueRow.site, ValueRow.recorded_at)
    ).all()


VALUE_COLUMNS: Final = (
    "measure",
    "site",
    "value",
    "device",
    "entry",
    "entered_at",
    "scale_version",
    "confirmed",
)
"""What is shown of a value inside its report."""


SEALED_COLUMNS: Final = ("note", "change_reason", "void_reason")
"""What the database cannot read of a report, and so cannot write as JSON."""

_KNOWN_COLUMNS: Final = ("id", "clinic_id", "patient_id")


def select_reports(patient_id: uuid.UUID, *, include_voided: bool, dialect: str) -> Select[Any]:
    """Select the patient's reports, as the texts of JSON that the database puts together.

    Columns, all of them texts: `observed_at`, `id`, `shown` (an object of every column that is
    neither sealed nor known to whoever asks), `values` (a list), and `SEALED_COLUMNS`. There are
    many more values than reports, and many more columns than anybody looks at here.
    """
    # Tables, not classes: rows of columns come without the detour through the object loader.
    live = _values_as_json(_VALUES.c.voided_at.is_(None), dialect=dialect)
    values: ColumnElement[str] = live
    if include_voided:
        # No index leads from a report to its voided values: one leads from the patient.
        of_patient = _VALUES.c.patient_id == _REPORTS.c.patient_id
        together = _VALUES.c.voided_at == _REPORTS.c.voided_at
        voided = _values_as_json(and_(of_patient, together), dialect=dialect)
        values = case((_REPORTS.c.voided_at.is_(None), live), else_=voided)
    hidden = (*SEALED_COLUMNS, *_KNOWN_COLUMNS)
    clear = {column.key: column for column in _REPORTS.c if column.key not in hidden}
    shown = _json_object(clear, dialect=dialect)
    as_text = type_coerce(shown, String) if dialect == "sqlite" else cast(shown, String)
    statement = select(
        _json_value(_REPORTS.c.observed_at, dialect=dialect).label("observed_at"),
        _id_text(_REPORTS.c.id, dialect=dialect).label("id"),
        as_text.label("shown"),
        values.label("values"),
        *(_REPORTS.c[name] for name in SEALED_COLUMNS),
    ).where(_REPORTS.c.patient_id == patient_id)
    return statement if include_voided else statement.where(_REPORTS.c.voided_at.is_(None))


def _values_as_json(condition: ColumnElement[bool], *, dialect: str) -> ColumnElement[str]:
    ordered = (
        select(*(_VALUES.c[name] for name in VALUE_COLUMNS))
        .where(_VALUES.c.report_id == _REPORTS.c.id, condition)
        .order_by(_VALUES.c.measure, _VALUES.c.site)
        .correlate(_REPORTS)
        .subquery()
    )
    one = _json_object(dict(ordered.c), dialect=dialect)
    if dialect == "sqlite":
        listed: ColumnElement[Any] = func.json_group_array(one)
    else:
        listed = func.coalesce(cast(func.json_agg(one), String), "[]")
    return select(type_coerce(listed, String)).select_from(ordered).scalar_subquery()


def _id_text(column: Any, *, dialect: str) -> ColumnElement[str]:
    """Return an id as text: 32 digits as SQLite keeps it, or with the hyphens of PostgreSQL."""
    return type_coerce(column, String) if dialect == "sqlite" else cast(column, String)


def _json_object(columns: dict[str, Any], *, dialect: str) -> ColumnElement[Any]:
    """Return an object of the columns, each written as the rest of the API writes it."""
    pairs: list[Any] = []
    for name, column in columns.items():
        pairs += (literal_column(f"'{name}'"), _json_value(column, dialect=dialect))
    is_sqlite = dialect == "sqlite"
    return func.json_object(*pairs) if is_sqlite else func.json_build_object(*pairs)


def _json_value(column: Any, *, dialect: str) -> Any:
    is_sqlite = dialect == "sqlite"
    if isinstance(column.type, JSON):
        return func.json(column) if is_sqlite else column
    if not isinstance(column.type, UtcInstant):
        return column
    if is_sqlite:
        stored = type_coerce(column, String)
        written: Any = func.replace(stored, literal_column("' '"), literal_column("'T'"))
    else:
        written = func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US')
    return func.replace(written, ".000000", "").concat("Z")


_REPORTS: Final = cast_type("Table", ReportRow.__table__)
_VALUES: Final = cast_type("Table", ValueRow.__table__)


def shown_values(session: Session, report: ReportRow) -> Sequence[Row[Any]]:
    """Return `VALUE_COLUMNS` of the values to show with a report.

    Of a voided report these are the values that were voided with it.
    """
    columns = [_VALUES.c[name] for name in VALUE_COLUMNS]
    statement = select(*columns).where(ValueRow.report_id == report.id)
    if report.voided_at is None:
        statement = statement.where(ValueRow.voided_at.is_(None))
    else:
        statement = statement.where(
            ValueRow.patient_id == report.patient_id, ValueRow.voided_at == report.voided_at
        )
    return session.execute(statement.order_by(ValueRow.measure, ValueRow.site)).all()


def readings_of(
    session: Session,
    patient_id: uuid.UUID,
    *,
    measure: str | None = None,
    site: str | None = None,
) -> Sequence[Row[str, str, datetime, float, str, str | None]]:
    """Return every live reading as columns, by measure, site and time; of one series on request.

    Columns: measure, site, observed_at, value, entry, device. Rows, not objects: a patient can
    have tens of thousands.
    """
    statement = (
        select(
            ValueRow.measure,
            ValueRow.site,
            ValueRow.observed_at,
            ValueRow.value,
            ValueRow.entry,
            ValueRow.device,
        )
        .where(ValueRow.patient_id == patient_id, ValueRow.voided_at.is_(None))
        .order_by(ValueRow.measure, ValueRow.site, ValueRow.observed_at, ValueRow.id)
    )
    if measure is not None:
        statement = statement.where(ValueRow.measure == measure)
    if site is not None:
        statement = statement.where(ValueRow.site == site)
    return session.execute(statement).all()


def every_value_of(patient_id: uuid.UUID) -> Select[Any]:
    """Select `report_id`, what is shown of a value, and when it was voided; oldest first."""
    columns = [_VALUES.c[name] for name in ("report_id", *VALUE_COLUMNS, "voided_at")]
    return (
        select(*columns)
        .where(_VALUES.c.patient_id == patient_id)
        .order_by(_VALUES.c.observed_at, _VALUES.c.measure, _VALUES.c.site, _VALUES.c.id)
    )


def insert_many(session: Session, table: type[Any], rows: Sequence[Json]) -> None:
    """Insert many new rows at once; every row names the same columns."""
    if rows:
        session.execute(insert(table), list(rows))
