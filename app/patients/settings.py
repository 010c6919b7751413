"""The settings of the analysis: what holds for one patient, and how it is set for them alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.analysis.settings import (
    CLINIC_SETTINGS,
    PATIENT_SETTINGS,
    AnalysisSettings,
    Override,
    default_of,
    overrides_in_force,
    settings_in_force,
)
from app.clinics.entries import read_as
from app.clinics.rules import SettingDraft, check_setting
from app.clinics.settings import overrides_of
from app.errors import Fault
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.service import zone_of
from app.patients.tables import PatientRow, PatientSettingRow


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """One setting as it holds for a patient today; `level` says who set it."""

    key: str
    value: float
    level: str
    source: str
    effective_date: date | None
    default: float


def today_of(patient: PatientRow, now: datetime) -> date:
    """Return the patient's own date."""
    return local_day(now, zone_of(patient, now))


def all_overrides(session: Session, patient: PatientRow) -> list[Override]:
    """Return everything that was set for the patient or for the whole clinic, whatever its date."""
    rows = session.scalars(
        select(PatientSettingRow).where(
            PatientSettingRow.patient_id == patient.id, PatientSettingRow.voided_at.is_(None)
        )
    )
    own = [Override("patient", r.key, r.value, r.source, r.effective_date) for r in rows]
    return [*overrides_of(session, patient.clinic_id), *own]


def settings_of(session: Session, patient: PatientRow, *, now: datetime) -> AnalysisSettings:
    """Return the settings that hold for the patient on their own date."""
    return settings_in_force(all_overrides(session, patient), today=today_of(patient, now))


def every_setting(
    session: Session, patient: PatientRow, *, now: datetime
) -> Sequence[SettingInForce]:
    """Return every setting of the analysis as it holds for the patient, and who set it."""
    in_force = overrides_in_force(all_overrides(session, patient), today=today_of(patient, now))
    return [_in_force(key, in_force.get(key)) for key in CLINIC_SETTINGS]


def _in_force(key: str, override: Override | None) -> SettingInForce:
    default, source = default_of(key)
    if override is None or override.value is None:
        return SettingInForce(key, default, "default", source, None, default)
    return SettingInForce(
        key,
        override.value,
        override.level,
        override.source,
        override.effective_date,
        default,
    )


def _check(
    entering: Entering, patient: PatientRow, draft: SettingDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    return check_setting(
        draft, now=entering.change.now, keys=PATIENT_SETTINGS, birth_date=patient.birth_date
    )


SETTING: Final[Entry[SettingDraft, PatientSettingRow]] = Entry(
    what="Setting",
    table=PatientSettingRow,
    draft_of=read_as(SettingDraft),
    content_of=asdict,
    derived_of=nothing_derived,
    check=_check,
    row_key=("key", "effective_date"),
)
