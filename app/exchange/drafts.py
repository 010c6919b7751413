"""From rows to drafts, and what the rules say of a row by itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from app.errors import Fault
from app.exchange import tables
from app.exchange.rows import Row
from app.exchange.tables import Table
from app.infusions.rules import InfusionDraft, check_infusion
from app.kit.fields import EARLIEST
from app.kit.timezones import known_zones
from app.patients.rules import (
    PatientDraft,
    TherapyDraft,
    WeightDraft,
    check_patient,
    check_therapy,
    check_weight,
)
from app.plans.rules import HoldDraft, PlanDraft, check_hold, check_plan
from app.products.rules import default_route
from app.reports.rules import ReportDraft, ValueDraft, check_report, split_value_field

_LONG_AGO: Final = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=UTC)

STAND_INS: Final[Mapping[str, Any]] = {
    "external_id": "unreadable",
    "time_zone": "UTC",
    "diagnosis": "MMN",
    "measured_at": _LONG_AGO,
    "weight_kg": 70.0,
    "effective_date": EARLIEST,
    "interval_days": 28,
    "course_days": 1,
    "product": "",
    "from_date": EARLIEST,
    "reason": "other",
    "started_at": _LONG_AGO,
    "status": "in_progress",
    "therapy": "unreadable",
    "reported_at": _LONG_AGO,
    "measure": "",
    "site": "",
    "value": 0.0,
}
"""Take the place of what could not be read, so that the rest of a row is checked."""

_DRAFTS: Final[Mapping[str, type[Any]]] = {
    "patients": PatientDraft,
    "weights": WeightDraft,
    "plans": PlanDraft,
    "holds": HoldDraft,
    "therapies": TherapyDraft,
    "infusions": InfusionDraft,
}
_FIELDS: Final = {
    name: tuple(field.name for field in fields(draft)) for name, draft in _DRAFTS.items()
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row is judged against besides itself."""

    now: datetime
    known_products: Mapping[str, str]
    birth_date: date | None = None


def stated_fields(row: Row) -> dict[str, Any]:
    """Return the fields of the row's draft that the row states."""
    names = _FIELDS[row.table.name]
    stated = {name: row.values[name] for name in names if name in row.values}
    if row.table is tables.PATIENTS and row.patient is not None:
        stated["external_id"] = row.patient
    return stated


def new_draft(row: Row) -> Any:
    """Return the draft of a row that is stored for the first time."""
    stated = stated_fields(row)
    required = (name for name in _FIELDS[row.table.name] if name not in stated)
    missing = {name: _when_missing(row, name) for name in required}
    if row.table is tables.PLANS and missing.get("route", "") is None:
        missing["route"] = default_route(stated.get("product", ""))
    return _DRAFTS[row.table.name](**stated, **missing)


def _when_missing(row: Row, name: str) -> Any:
    column = row.table.column(name)
    is_needed = column is None or column.is_required or name in row.table.one_of
    return STAND_INS[name] if is_needed else column.empty if column is not None else None


def amended_draft(row: Row, stored: Any) -> Any:
    """Return the stored draft with what the row states."""
    return replace(stored, **stated_fields(row))


def value_draft(row: Row) -> ValueDraft:
    """Return the value of a row of reports.csv."""
    values = row.values
    return ValueDraft(
        measure=values.get("measure", STAND_INS["measure"]),
        site=values.get("site", STAND_INS["site"]),
        value=values.get("value", STAND_INS["value"]),
        device=values.get("device"),
        entry=row.value("entry"),
    )


def report_draft(row: Row) -> ReportDraft:
    """Return a row of reports.csv as a report of one value."""
    return ReportDraft(
        observed_at=row.values.get("reported_at", STAND_INS["reported_at"]),
        entered_at=row.value("entered_at"),
        source=row.value("source"),
        values=(value_draft(row),),
        context=row.value("context"),
        note=row.value("note"),
    )


def check_alone(row: Row, around: Surroundings) -> list[Fault]:
    """Return what the rules say of a row without looking at other rows.

    Parameters
    ----------
    row : Row
        Cells that could not be read are passed over, and so is what rests on them.
    around : Surroundings
        The clock, the catalogue, and the patient's birth date where it is known.

    Returns
    -------
    list of Fault
        Under the names of columns.
    """
    if row.faults and not row.values:
        return []
    if row.table is tables.REPORTS:
        found = check_report(report_draft(row), now=around.now, birth_date=around.birth_date)
    else:
        found = _check_draft(row.table, new_draft(row), around)
    if not found:
        return found
    unreadable = _unreadable(row)
    return [fault for fault in named(row, found) if fault.field not in unreadable]


def named(row: Row, faults: list[Fault]) -> list[Fault]:
    """Return the faults under the columns in which the row has the values."""
    if row.table is tables.REPORTS:
        return [replace(fault, field=split_value_field(fault.field)[1]) for fault in faults]
    if row.table is tables.PLANS and row.values.get("interval_weeks") is not None:
        return [
            replace(fault, field="interval_weeks") if fault.field == "interval_days" else fault
            for fault in faults
        ]
    return faults


def _unreadable(row: Row) -> set[str]:
    bad = {column for column, _ in row.faults}
    bad |= {
        column.name
        for column in row.table.columns
        if column.is_required and column.name not in row.values
    }
    return bad.union(*(row.table.leaning.get(name, frozenset()) for name in bad))


def _check_draft(table: Table, draft: Any, around: Surroundings) -> list[Fault]:
    now, birth_date = around.now, around.birth_date
    if table is tables.PATIENTS:
        return check_patient(draft, now=now, known_zones=known_zones())
    if table is tables.WEIGHTS:
        return check_weight(draft, now=now, birth_date=birth_date, previous_kg=None)
    if table is tables.HOLDS:
        return check_hold(draft, now=now, birth_date=birth_date)
    if table is tables.THERAPIES:
        return check_therapy(draft, now=now, birth_date=birth_date)
    check: Any = check_plan if table is tables.PLANS else check_infusion
    faults: list[Fault] = check(
        draft, now=now, birth_date=birth_date, known_products=around.known_products
    )
    return faults
