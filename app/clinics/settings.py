"""Use-cases of the settings of a clinic: each a value with its reason, from a date on."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.settings import Override
from app.clinics.care_settings import CARE_SETTINGS, CareSettings, care_settings_in_force
from app.clinics.entries import ClinicEntry, read_as
from app.clinics.rules import SettingDraft, check_setting
from app.clinics.tables import ClinicSettingRow
from app.errors import Fault
from app.kit.rows import Entering


def overrides_of(session: Session, clinic_id: uuid.UUID) -> list[Override]:
    """Return what was ever set of the analysis and not voided, whatever its date."""
    return [one for one in _all_overrides(session, clinic_id) if one.key not in CARE_SETTINGS]


def care_settings_of(session: Session, clinic_id: uuid.UUID, *, today: date) -> CareSettings:
    """Return the settings of care that hold for the clinic on a date."""
    return care_settings_in_force(_all_overrides(session, clinic_id), today=today)


def _all_overrides(session: Session, clinic_id: uuid.UUID) -> list[Override]:
    rows = session.scalars(
        select(ClinicSettingRow).where(
            ClinicSettingRow.clinic_id == clinic_id, ClinicSettingRow.voided_at.is_(None)
        )
    )
    return [Override("clinic", r.key, r.value, r.source, r.effective_date) for r in rows]


def _check(
    entering: Entering, clinic_id: uuid.UUID, draft: SettingDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del clinic_id, row_id
    return check_setting(draft, now=entering.change.now)


CLINIC_SETTING: Final[ClinicEntry[SettingDraft, ClinicSettingRow]] = ClinicEntry(
    what="Setting",
    table=ClinicSettingRow,
    draft_of=read_as(SettingDraft),
    content_of=asdict,
    check=_check,
    row_key=("key", "effective_date"),
    taken=lambda row: (
        f"The clinic has a setting {row.key} from {row.effective_date} already; amend or void it."
    ),
)
