"""JSON API of what a clinic sets of the analysis and of its care."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.clinics.care_settings import CARE_SETTINGS
from app.clinics.record_routes import ClinicKind, add_clinic_routes
from app.clinics.rules import SettingDraft
from app.clinics.schemas import ClinicSettingRead, SettingChange, SettingCreate
from app.clinics.settings import CLINIC_SETTING
from app.clinics.tables import ClinicSettingRow
from app.kit.pagination import Order

OnNewSettings = Callable[[Session, uuid.UUID], None]


def add_setting_routes(router: APIRouter, on_new_settings: OnNewSettings) -> None:
    """Give `router` the routes of a clinic's settings.

    `on_new_settings` is told of every change of the analysis in its own transaction: each analysis
    of the clinic rests on them. None rests on the settings of care.
    """

    def follow(session: Session, clinic_id: uuid.UUID, *drafts: SettingDraft) -> None:
        if any(draft.key not in CARE_SETTINGS for draft in drafts):
            on_new_settings(session, clinic_id)

    kind = ClinicKind(
        plural="clinic-settings",
        singular="clinic_setting",
        area="clinic_settings",
        says={
            "list": (
                "List what the clinic set of the analysis and of its care, the latest date first."
            ),
            "create": "Set something for all patients of a clinic, from a date on.",
            "read": "Show one setting of a clinic.",
            "history": "Show every version of a setting, oldest first.",
            "change": "Correct a setting; the version before stays readable.",
            "void": "Declare a setting a mistake; what was in force before it is again.",
        },
        entry=CLINIC_SETTING,
        create=SettingCreate,
        draft_of=SettingCreate.draft,
        change=SettingChange,
        read=ClinicSettingRead,
        order=Order("clinic-settings", ClinicSettingRow.effective_date, ClinicSettingRow.id),
        listed_as="settings",
        follow=follow,
    )
    add_clinic_routes(router, kind)
