"""Use-cases of the settings of a clinic: each a value with its reason, from a date on."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.analysis.settings import Override
from app.clinics.care_settings import CARE_SETTINGS, CareSettings, care_settings_in_force
from app.clinics.rules import SettingDraft, check_setting
from app.clinics.tables import ClinicRow, ClinicSettingRow, SettingColumns
from app.errors import Conflict
from app.kit import history
from app.kit.base import Json
from app.kit.history import Change, as_json
from app.kit.limits import require_plausible
from app.kit.pagination import Order, Page, RecordsQuery, read_page
from app.kit.rows import get_kept, require_live

_NEWEST_FIRST: Final = Order(
    "clinic-settings", ClinicSettingRow.effective_date, ClinicSettingRow.id
)


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


def page_of_settings(
    session: Session, clinic_id: uuid.UUID, query: RecordsQuery
) -> Page[ClinicSettingRow]:
    """Return one page of a clinic's settings, the latest date first."""
    statement = select(ClinicSettingRow).where(ClinicSettingRow.clinic_id == clinic_id)
    if not query.include_voided:
        statement = statement.where(ClinicSettingRow.voided_at.is_(None))
    return read_page(session, statement, order=_NEWEST_FIRST, query=query)


def get_setting(session: Session, row_id: uuid.UUID, *, lock: bool = False) -> ClinicSettingRow:
    """Return the setting, voided or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such setting.
    """
    return get_kept(session, ClinicSettingRow, row_id, what="Setting", lock=lock)


def setting_draft(row: SettingColumns) -> SettingDraft:
    """Return the draft that a stored setting stands for."""
    return SettingDraft(row.key, row.value, row.source, row.effective_date)


def setting_content(draft: SettingDraft) -> Json:
    """Return the columns that state a setting's content."""
    return {
        "key": draft.key,
        "value": draft.value,
        "source": draft.source,
        "effective_date": draft.effective_date,
    }


def create_setting(
    session: Session,
    change: Change,
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: SettingDraft,
    confirm: bool | frozenset[str] = False,
) -> tuple[ClinicSettingRow, bool]:
    """Set something for a clinic, or find that it was set before; say whether it is new.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the key has a value from this date already.
    """
    stored = None if row_id is None else session.get(ClinicSettingRow, row_id)
    if stored is not None:
        return _same_setting(session, stored, clinic=clinic, draft=draft), False
    require_live(clinic)
    confirmed = require_plausible(check_setting(draft, now=change.now), confirmed=confirm)
    row = ClinicSettingRow(
        id=row_id or uuid.uuid4(),
        clinic_id=clinic.id,
        confirmed=confirmed or None,
        **setting_content(draft),
    )
    history.begin(row, change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        # Somebody else may have sent the very same setting at the same moment.
        stored = session.get(ClinicSettingRow, row.id)
        if stored is None:
            raise _taken(draft) from error
        return _same_setting(session, stored, clinic=clinic, draft=draft), False
    return row, True


def amend_setting(
    session: Session,
    change: Change,
    *,
    row: ClinicSettingRow,
    draft: SettingDraft,
    confirm: bool | frozenset[str] = False,
) -> bool:
    """Correct a setting; say whether anything differed.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(row)
    content = setting_content(draft)
    if confirm is not True:
        confirm = (confirm or frozenset()) | {
            field for field in row.confirmed or () if content[field] == getattr(row, field)
        }
    confirmed = require_plausible(check_setting(draft, now=change.now), confirmed=confirm)
    try:
        with session.begin_nested():
            changes = {**content, "confirmed": confirmed or None}
            return history.amend(session, row, changes, change=change)
    except IntegrityError as error:
        raise _taken(draft) from error


def void_setting(session: Session, change: Change, *, row: ClinicSettingRow) -> None:
    """Declare a setting a mistake; what was in force before it is again.

    Raises
    ------
    Conflict
        It is voided already.
    """
    history.void(session, row, change)


def _same_setting(
    session: Session, stored: ClinicSettingRow, *, clinic: ClinicRow, draft: SettingDraft
) -> ClinicSettingRow:
    first = history.first_version_of(session, stored)
    sent = {key: as_json(value) for key, value in setting_content(draft).items()}
    if stored.clinic_id != clinic.id or any(first[key] != sent[key] for key in sent):
        message = f"Setting {stored.id} is stored already with other content."
        raise Conflict(message, stored=history.content_of(stored), sent=sent)
    return stored


def _taken(draft: SettingDraft) -> Conflict:
    message = (
        f"The clinic has a setting {draft.key} from {draft.effective_date} already; amend or void"
        " it."
    )
    return Conflict(message)
