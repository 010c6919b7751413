"""Queries about reports and their values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from typing import cast as cast_type

from sqlalchemy import (
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


def select_reports(patient_id: uuid.UUID, *, include_voided: bool, dialect: str) -> Select[Any]:
    """Select the columns of the patient's reports, and their values as the text of a JSON list.

    The database puts the values together: there are many more of them than reports. `clinic_id`
    and `patient_id` are left out, because whoever asks knows them.
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
    columns = [c for c in _REPORTS.c if c.key not in ("clinic_id", "patient_id")]
    statement = select(*columns, values.label("values")).where(_REPORTS.c.patient_id == patient_id)
    return statement if include_voided else statement.where(_REPORTS.c.voided_at.is_(None))


def _values_as_json(condition: ColumnElement[bool], *, dialect: str) -> ColumnElement[str]:
    ordered = (
        select(*(_VALUES.c[name] for name in VALUE_COLUMNS))
        .where(_VALUES.c.report_id == _REPORTS.c.id, condition)
        .order_by(_VALUES.c.measure, _VALUES.c.site)
        .correlate(_REPORTS)
        .subquery()
    )
    shown: dict[str, Any] = dict(ordered.c)
    if dialect == "sqlite":
        shown["entered_at"] = func.replace(
            type_coerce(ordered.c.entered_at, String), literal_column("' '"), literal_column("'T'")
        )
        shown["confirmed"] = func.json(ordered.c.confirmed)
        listed = func.json_group_array(func.json_object(*_pairs(shown)))
    else:
        in_utc = func.timezone("UTC", ordered.c.entered_at)
        shown["entered_at"] = func.to_char(in_utc, 'YYYY-MM-DD"T"HH24:MI:SS.US')
        built = func.json_agg(func.json_build_object(*_pairs(shown)))
        listed = func.coalesce(cast(built, String), "[]")
    return select(type_coerce(listed, String)).select_from(ordered).scalar_subquery()


def _pairs(columns: dict[str, Any]) -> list[Any]:
    """Return names and values in turn; an instant is written as the rest of the API writes it."""
    entered_at = func.replace(columns["entered_at"], ".000000", "").concat("Z")
    pairs: list[Any] = []
    for name, value in {**columns, "entered_at": entered_at}.items():
        pairs += (literal_column(f"'{name}'"), value)
    return pairs


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


def insert_many(session: Session, table: type[Any], rows: Sequence[Json]) -> None:
    """Insert many new rows at once; every row names the same columns."""
    if rows:
        session.execute(insert(table), list(rows))
