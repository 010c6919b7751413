"""Every version of one entry: who, when, what it was, what it became, and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.infusions.signing import Signature, signatures_of
from app.infusions.tables import InfusionRow
from app.kit.access import hidden_fields, needs
from app.kit.base import Json, KeptRow
from app.kit.deps import Work
from app.kit.history import history_of
from app.kit.rows import get_kept
from app.patients.service import get_patient
from app.patients.tables import (
    CareTeamRow,
    ConsentRow,
    PatientRow,
    PatientSettingRow,
    TherapyRow,
    WeightRow,
)
from app.plans.tables import HoldRow, PlanRow
from app.reports.reading import versions_of
from app.reports.tables import ReportRow
from app.web.format import format_series
from app.web.page_route import page_router
from app.web.paths import PATIENTS
from app.web.people import field_label, format_field
from app.web.templating import render

_ABOUT_THE_VERSION: Final = frozenset(
    {
        *("id", "clinic_id", "patient_id", "version", "confirmed", "values"),
        *("recorded_at", "recorded_by", "changed_at", "changed_by", "change_reason"),
        *("voided_at", "voided_by", "void_reason"),
    }
)


@dataclass(frozen=True, slots=True)
class HistoryKind:
    """One kind of entry; `area` names the permission to read it."""

    table: type[KeptRow]
    area: str
    title: str
    versions: Callable[[Session, Any], list[Json]] = history_of


KINDS: Final[Mapping[str, HistoryKind]] = {
    "record": HistoryKind(PatientRow, "patient_history", "The record itself"),
    "weights": HistoryKind(WeightRow, "weights", "Weight"),
    "therapies": HistoryKind(TherapyRow, "therapies", "Other therapy"),
    "settings": HistoryKind(PatientSettingRow, "patient_settings", "Setting of the analysis"),
    "care-team": HistoryKind(CareTeamRow, "care_team", "Place on the care team"),
    "consents": HistoryKind(ConsentRow, "consents", "Consent"),
    "plans": HistoryKind(PlanRow, "plans", "Plan"),
    "holds": HistoryKind(HoldRow, "holds", "Hold"),
    "infusions": HistoryKind(InfusionRow, "infusions", "Infusion"),
    "reports": HistoryKind(ReportRow, "reports", "Report", versions_of),
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a version; `old` is None in the first one, which changed nothing."""

    name: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version and how it differs from the one before."""

    number: int
    at: datetime
    by: str
    reason: str | None
    is_void: bool
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Everything that the page shows; versions newest first."""

    patient: PatientRow
    title: str
    versions: Sequence[VersionView]
    signatures: Sequence[Signature]


def version_views(
    versions: Sequence[Json], *, hidden: frozenset[str], zone: str
) -> list[VersionView]:
    """Return each version with what it changed, newest first."""
    shown = [_shown(version, hidden, zone) for version in versions]
    views = [
        _version_view(version, before, after, hidden=hidden)
        for version, before, after in zip(versions, [None, *shown[:-1]], shown, strict=True)
    ]
    return views[::-1]


def _version_view(
    version: Json, before: dict[str, str] | None, after: dict[str, str], *, hidden: frozenset[str]
) -> VersionView:
    is_void = version["voided_at"] is not None
    reason = "void_reason" if is_void else "change_reason"
    if before is None:
        fields = [FieldChange(name, None, new) for name, new in after.items()]
    else:
        names = list(dict.fromkeys([*before, *after]))
        pairs = [(name, before.get(name, "—"), after.get(name, "—")) for name in names]
        fields = [FieldChange(name, old, new) for name, old, new in pairs if old != new]
    return VersionView(
        number=version["version"],
        at=datetime.fromisoformat(version["changed_at"] or version["recorded_at"]),
        by=version["changed_by"] or version["recorded_by"],
        reason=None if reason in hidden else version[reason],
        is_void=is_void,
        fields=fields,
    )


def _shown(version: Json, hidden: frozenset[str], zone: str) -> dict[str, str]:
    """Return the fields of a version as people read them."""
    plain = {
        field_label(name): format_field(name, value, zone)
        for name, value in version.items()
        if name not in _ABOUT_THE_VERSION | hidden
    }
    values = {
        format_series(value["measure"], value["site"]): format_field("value", value["value"], zone)
        for value in version.get("values") or ()
    }
    return {**plain, **values}


def _add(router: APIRouter, name: str, kind: HistoryKind) -> None:
    @needs(f"{kind.area}.read")
    def show_history(
        request: Request, work: Work, patient_id: uuid.UUID, row_id: uuid.UUID
    ) -> Response:
        with work.reading() as session:
            patient = get_patient(session, patient_id)
            row: Any = get_kept(session, kind.table, row_id, what=kind.title)
            if patient_id not in (row.id, getattr(row, "patient_id", None)):
                raise NotFound(kind.title, row_id)
            hidden = hidden_fields(session, row.__tablename__)
            versions = kind.versions(session, row)
            view = HistoryView(
                patient=patient,
                title=kind.title,
                versions=version_views(versions, hidden=hidden, zone=patient.time_zone),
                signatures=signatures_of(session, row) if isinstance(row, InfusionRow) else [],
            )
        return render(request, "history.html", view=view)

    router.add_api_route(f"{PATIENTS}/{{patient_id}}/history/{name}/{{row_id}}", show_history)


def _router() -> APIRouter:
    made = page_router()
    for name, kind in KINDS.items():
        _add(made, name, kind)
    return made


router: Final = _router()
