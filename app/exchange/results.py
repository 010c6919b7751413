"""Export of what the analysis says: one line per series, one line per finding."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from app.exchange.cells import local_time
from app.findings.repository import findings_by_patient, patients_with_state
from app.findings.tables import FindingRow
from app.patients.service import zone_of
from app.patients.tables import PatientRow

ANALYSIS_FIELDS: Final = (
    *("measure", "site", "epoch_from", "cycles", "cycles_evaluable", "reports", "verdict"),
    *("reason", "score", "p_value", "drop", "drop_fraction", "onset_day", "rebound_share"),
    *("trend_per_year", "noise_cv", "detectable_drop"),
)

_INTERVAL: Final = ("estimate", "low", "high")


def export_analysis(session: Session, *, clinic_id: uuid.UUID) -> Iterator[bytes]:
    """Yield one line of JSON for each patient, measure and site, in this order."""
    by_id = sorted(
        patients_with_state(session, clinic_id), key=lambda pair: pair[0].external_id.encode()
    )
    for patient, state in by_id:
        series: list[Mapping[str, Any]] = (state.results or {}).get("series", [])
        for one in sorted(series, key=lambda one: (one["measure"], one["site"])):
            fields = {name: _in_order(one.get(name)) for name in ANALYSIS_FIELDS}
            yield _line({"patient_id": patient.external_id, **fields})


def count_failed(session: Session, *, clinic_id: uuid.UUID) -> list[str]:
    """Return the identifiers of patients whose analysis failed: they have no line."""
    found = patients_with_state(session, clinic_id)
    return [patient.external_id for patient, state in found if state.failure is not None]


def export_findings(session: Session, *, clinic_id: uuid.UUID) -> Iterator[bytes]:
    """Yield one line of JSON for each finding, by patient and kind."""
    patients = {p.external_id: p for p, _ in patients_with_state(session, clinic_id)}
    found = findings_by_patient(session, clinic_id)
    for external_id, finding in sorted(found, key=_finding_order):
        patient = patients[external_id]
        yield _line(
            {
                "patient_id": external_id,
                "kind": finding.kind,
                "status": finding.status,
                "measure": finding.measure,
                "sites": finding.sites,
                "first_detected_at": _local(finding.first_detected_at, patient),
                "evidence": _in_order(finding.evidence),
                "review": finding.review,
                "reviewed_by": finding.reviewed_by,
                "reviewed_at": _local(finding.reviewed_at, patient),
                "review_reason": finding.review_reason,
                "snoozed_until": finding.snoozed_until,
                "closed_at": _local(finding.closed_at, patient),
                "close_reason": finding.close_reason,
            }
        )


def _local(instant: datetime | None, patient: PatientRow) -> str | None:
    """Return an instant as the patient's clock showed it."""
    if instant is None:
        return None
    return local_time(instant, zone_of(patient, instant)).isoformat()


def _finding_order(pair: tuple[str, FindingRow]) -> tuple[bytes, str, datetime]:
    external_id, finding = pair
    return external_id.encode(), finding.kind, finding.first_detected_at


def _in_order(value: Any) -> Any:
    """Return JSON content in one order of keys; PostgreSQL keeps none."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value, key=_key_order)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def _key_order(key: str) -> tuple[int, str]:
    return (_INTERVAL.index(key) if key in _INTERVAL else len(_INTERVAL), key)


def _line(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
