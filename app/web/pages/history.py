"""Every version of one entry: who, when, what it was, what it became, and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.alarms.tables import AlarmRow
from app.diary.tables import DiaryRow
from app.errors import NotFound
from app.infusions.signing import Signature, signatures_of
from app.infusions.tables import InfusionRow, VialRow
from app.kit.access import hidden_fields, needs
from app.kit.base import Json, KeptRow
from app.kit.deps import Work
from app.kit.history import history_of
from app.kit.rows import get_kept
from app.monitoring.tables import InfusionEventRow
from app.patients.access_log import names_of
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
from app.reactions.tables import ReactionRow
from app.reports.reading import versions_of
from app.reports.tables import ReportRow
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.visits.tables import CallRow, VisitRow
from app.web.format import format_series
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import PATIENTS
from app.web.people import field_label, format_field
from app.web.templating import render

_ABOUT_THE_VERSION: Final = frozenset(
    {
        *("id", "clinic_id", "patient_id", "version", "confirmed", "values", "lot_key"),
        *("infusion_id", "visit_id", "plan_id", "assignment_id", "recall_id", "scanned_text"),
        *("recorded_at", "recorded_by", "changed_at", "changed_by", "change_reason"),
        *("voided_at", "voided_by", "void_reason"),
    }
)
_DOCUMENTS: Final = frozenset({"facts", "details", "symptoms"})
_ACCOUNTS: Final = {"account_id": "who", "nurse_id": "nurse"}
_PARTS: Final = {"confirmed": "compared_with_a_label"}


@dataclass(frozen=True, slots=True)
class HistoryKind:
    """One kind of entry; `area` names the permission to read it."""

    table: type[KeptRow]
    area: str
    title: str
    versions: Callable[[Session, Any], list[Json]] = history_of


KINDS: Final[Mapping[str, HistoryKind]] = {
    "record": HistoryKind(PatientRow, "patient_history", N_("The record itself")),
    "weights": HistoryKind(WeightRow, "weights", N_("Weight")),
    "therapies": HistoryKind(TherapyRow, "therapies", N_("Other therapy")),
    "settings": HistoryKind(PatientSettingRow, "patient_settings", N_("Setting of the analysis")),
    "care-team": HistoryKind(CareTeamRow, "care_team", N_("Place on the care team")),
    "consents": HistoryKind(ConsentRow, "consents", N_("Consent")),
    "plans": HistoryKind(PlanRow, "plans", N_("Plan")),
    "holds": HistoryKind(HoldRow, "holds", N_("Hold")),
    "infusions": HistoryKind(InfusionRow, "infusions", N_("Infusion")),
    "reports": HistoryKind(ReportRow, "reports", N_("Report"), versions_of),
    "alarms": HistoryKind(AlarmRow, "alarms", N_("Alarm")),
    "diaries": HistoryKind(DiaryRow, "diary", N_("Questions of the diary")),
    "course-exceptions": HistoryKind(CourseExceptionRow, "schedule", N_("Change of the calendar")),
    "visit-assignments": HistoryKind(AssignmentRow, "assignments", N_("Visit that was assigned")),
    "visits": HistoryKind(VisitRow, "infusions", N_("Visit")),
    "vials": HistoryKind(VialRow, "infusions", N_("Vial")),
    "infusion-events": HistoryKind(InfusionEventRow, "infusions", N_("Check, rate or vital sign")),
    "reactions": HistoryKind(ReactionRow, "infusions", N_("Reaction")),
    "follow-up-calls": HistoryKind(CallRow, "infusions", N_("Call after a visit")),
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
    when_void: str = field(default_factory=lambda: _("Declared a mistake"))

    @property
    def zone(self) -> str:
        """The zone of every time on the page."""
        return self.patient.time_zone


@dataclass(frozen=True, slots=True)
class ClinicHistoryView:
    """Everything that the page shows of a row of the clinic; `address` is its own page."""

    name: str
    address: str
    title: str
    versions: Sequence[VersionView]
    zone: str = "UTC"
    patient: None = None
    signatures: Sequence[Signature] = ()
    when_void: str = field(default_factory=lambda: _("Declared a mistake"))


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
        for name, value in _flat(version).items()
        if name not in _ABOUT_THE_VERSION | hidden
    }
    values = {
        format_series(value["measure"], value["site"]): format_field("value", value["value"], zone)
        for value in version.get("values") or ()
    }
    return {**plain, **values}


def _with_names(session: Session, versions: Sequence[Json]) -> list[Json]:
    """Return versions with the names of the people whose accounts they name."""
    ids = {v[field] for v in versions for field in _ACCOUNTS if v.get(field) is not None}
    names = names_of(session, map(uuid.UUID, ids)) if ids else {}
    return [
        {
            _ACCOUNTS.get(field, field): (
                names.get(uuid.UUID(value)) if field in _ACCOUNTS and value else value
            )
            for field, value in version.items()
        }
        for version in versions
    ]


def _flat(version: Json) -> Json:
    """Return a version with the parts of its documents as fields of their own."""
    flat: Json = {}
    for name, value in version.items():
        if name in _DOCUMENTS and isinstance(value, dict):
            parts = {_PARTS.get(str(part), str(part)): content for part, content in value.items()}
            flat |= dict(sorted(parts.items()))  # databases keep them in an order of their own
        else:
            flat[name] = value
    return flat


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
            versions = _with_names(session, kind.versions(session, row))
            view = HistoryView(
                patient=patient,
                title=_(kind.title),
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
