"""One row of every kind, entered through the services or, where they refuse it, beside them."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import (
    AccountDraft,
)
from app.accounts.service import create_account, disable_account
from app.accounts.tables import AccountRow
from app.alarms.tables import AlarmRow
from app.care.rules import ConsentDraft, MemberDraft
from app.care.service import CONSENT, MEMBER
from app.clinics import entries as clinic_entries
from app.clinics.rules import SettingDraft
from app.clinics.settings import CLINIC_SETTING
from app.clinics.tables import ClinicRow, ClinicSettingRow
from app.diary.tables import DiaryRow
from app.findings.tables import FindingRow
from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.infusions.tables import VialRow
from app.kit import history
from app.kit.base import KeptRow
from app.kit.history import Actor, Change
from app.learn.tables import HelpTextRow, TextReviewRow
from app.lookback.tables import NoticeRow
from app.lots.tables import RecallRow
from app.monitoring.tables import InfusionEventRow
from app.patients import entries
from app.patients.entries import Entering
from app.patients.rules import PatientDraft, TherapyDraft, WeightDraft
from app.patients.service import THERAPY, WEIGHT, create_patient
from app.patients.settings import SETTING
from app.patients.tables import CareTeamRow, PatientRow
from app.plans.rules import HoldDraft, PlanDraft
from app.plans.service import HOLD, PLAN
from app.products.facts import Product
from app.products.service import PRODUCT
from app.products.tables import ProductRow
from app.reactions.tables import ReactionRow
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.visits.tables import CallRow, VisitRow
from tests.access.rows_of_diary import a_diary, an_alarm
from tests.access.rows_of_monitoring import a_reaction, an_event
from tests.access.rows_of_schedule import an_assignment, an_exception
from tests.access.rows_of_texts import a_help_text, a_text_review
from tests.access.rows_of_vials import a_notice, a_recall, a_vial
from tests.access.rows_of_visits import a_call, a_visit

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET_WORDS: Final = "xanthochromia"
"""Stands in every free text: whoever must not read notes must never see it."""

_counter = itertools.count(1)


def change(actor: str = "Nurse Kim", now: datetime = NOW) -> Change:
    return Change(Actor(actor), now, f"Because of {SECRET_WORDS}.")


def a_log() -> Log:
    return Log(NOW, None, "system operator (test)", "command line", "user add", "tests")


def an_account(session: Session, clinic_id: uuid.UUID | None, role: str) -> AccountRow:
    login = f"{role}-{next(_counter)}"
    draft = AccountDraft(clinic_id, role, f"Somebody {login}", login)
    return create_account(session, a_log(), draft)


def join(
    session: Session,
    patient: PatientRow,
    account_id: uuid.UUID,
    kind: str,
    **fields: Any,
) -> CareTeamRow:
    """Put somebody on the care team, whatever the rules say of it."""
    scope = ["see", "report"] if kind == "proxy" else None
    values = {"valid_from": NOW - timedelta(days=1), "scope": scope, **fields}
    row = CareTeamRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        account_id=account_id,
        kind=kind,
        **values,
    )
    history.begin(row, change())
    session.add(row)
    session.flush()
    return row


def a_patient(session: Session, clinic_id: uuid.UUID) -> PatientRow:
    draft = PatientDraft(
        external_id=f"P-{next(_counter)}",
        time_zone="America/New_York",
        diagnosis="MMN",
        birth_date=date(1970, 5, 4),
        family_name="Nobody",
    )
    circumstances = Entering(session, change())
    return create_patient(circumstances, clinic_id=clinic_id, row_id=None, draft=draft).row


def a_row(session: Session, patient: PatientRow, kind: str) -> KeptRow:
    """Enter one row of a kind."""
    special: dict[str, Any] = {
        "reports": lambda: _report(session, patient, "patient"),
        "proxy-reports": lambda: _report(session, patient, "proxy"),
        "findings": lambda: _finding(session, patient),
        "care-team": lambda: _member(session, patient),
        "emergencies": lambda: _emergency(session, patient),
        "clinic-settings": lambda: _clinic_setting(session, patient.clinic_id),
        "accounts": lambda: an_account(session, patient.clinic_id, "nurse"),
        "disabled-accounts": lambda: _disabled(session, patient.clinic_id),
        "infusion-events": lambda: an_event(session, patient, change()),
        "reactions": lambda: a_reaction(session, patient, change()),
        "alarms": lambda: an_alarm(session, patient, change("patient")),
        "diaries": lambda: a_diary(session, patient, change()),
        "vials": lambda: a_vial(session, patient, change()),
        "visits": lambda: a_visit(session, patient, change()),
        "follow-up-calls": lambda: a_call(session, patient, change()),
        "recalls": lambda: a_recall(session, patient, change()),
        "recall-notices": lambda: a_notice(session, patient, change()),
        "course-exceptions": lambda: an_exception(session, patient, change()),
        "visit-assignments": lambda: an_assignment(
            session, patient, change(), an_account(session, patient.clinic_id, "nurse").id
        ),
        "products": lambda: _product(session, patient.clinic_id),
        "help-texts": lambda: a_help_text(session, patient.clinic_id, change()),
        "text-reviews": lambda: a_text_review(session, patient.clinic_id, change()),
    }
    if kind in special:
        row: KeptRow = special[kind]()
        return row
    entry, draft, actor = _ENTRIES[kind]
    circumstances = Entering(session, change(actor))
    saved: Any = entries.create(circumstances, entry, patient=patient, row_id=None, draft=draft)
    stored: KeptRow = saved.row
    return stored


_NOTE: Final = f"Has {SECRET_WORDS}."
_PLAN: Final = PlanDraft(
    date(2026, 1, 5), 28, 1, "privigen", dose_g_per_kg=1.0, reason=_NOTE, prescriber="Dr. Example"
)
_ENTRIES: Final[dict[str, tuple[Any, Any, str]]] = {
    "weights": (WEIGHT, WeightDraft(NOW - timedelta(days=2), 70.5), "Nurse Kim"),
    "therapies": (
        THERAPY,
        TherapyDraft("rituximab", "suggested", date(2026, 2, 10), note=_NOTE),
        "Nurse Kim",
    ),
    "settings": (
        SETTING,
        SettingDraft("threshold.grip_kpa", 0.15, "Own scatter.", date(2026, 3, 1)),
        "Nurse Kim",
    ),
    "plans": (PLAN, _PLAN, "Nurse Kim"),
    "holds": (HOLD, HoldDraft(date(2026, 4, 1), date(2026, 5, 1), "travel", _NOTE), "Nurse Kim"),
    "infusions": (
        INFUSION,
        InfusionDraft(NOW - timedelta(days=3), "completed", product="privigen", dose_g=70.0),
        "Nurse Kim",
    ),
    "consents": (
        CONSENT,
        ConsentDraft("research_export", "given", date(2026, 5, 1), "Version 3", _NOTE),
        "Nurse Kim",
    ),
    "own-consents": (
        CONSENT,
        ConsentDraft("research_export", "given", date(2026, 5, 2), "Version 3"),
        "patient",
    ),
}
TABLES: Final[dict[str, type[KeptRow]]] = {
    **{kind: entry.table for kind, (entry, _, _) in _ENTRIES.items()},
    "reports": ReportRow,
    "proxy-reports": ReportRow,
    "findings": FindingRow,
    "care-team": CareTeamRow,
    "emergencies": CareTeamRow,
    "clinic-settings": ClinicSettingRow,
    "accounts": AccountRow,
    "disabled-accounts": AccountRow,
    "products": ProductRow,
    "help-texts": HelpTextRow,
    "text-reviews": TextReviewRow,
    "vials": VialRow,
    "infusion-events": InfusionEventRow,
    "reactions": ReactionRow,
    "alarms": AlarmRow,
    "diaries": DiaryRow,
    "visits": VisitRow,
    "follow-up-calls": CallRow,
    "recalls": RecallRow,
    "recall-notices": NoticeRow,
    "course-exceptions": CourseExceptionRow,
    "visit-assignments": AssignmentRow,
}
"""What can be asked for by its id; one row of each is in every place."""


def _report(session: Session, patient: PatientRow, source: str) -> KeptRow:
    draft = ReportDraft(
        observed_at=NOW - timedelta(hours=2),
        entered_at=NOW,
        source=source,
        values=(ValueDraft("grip_kpa", "right_hand", 41.5),),
        note=_NOTE,
    )
    circumstances = Entering(session, change(source))
    return create_report(circumstances, patient=patient, row_id=None, draft=draft).row


def _finding(session: Session, patient: PatientRow) -> KeptRow:
    row = FindingRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        kind="lapse",
        status="new",
        sites=[],
        first_detected_at=NOW,
        sentence="The last course was long ago.",
        evidence={},
        method="test",
        method_version="1",
        parameters={},
        fingerprint="x",
    )
    history.begin(row, change("analysis"))
    session.add(row)
    session.flush()
    return row


def _member(session: Session, patient: PatientRow) -> KeptRow:
    account = an_account(session, patient.clinic_id, "nurse")
    draft = MemberDraft(account.id, "member", NOW - timedelta(days=1), reason=_NOTE)
    circumstances = Entering(session, change())
    return entries.create(circumstances, MEMBER, patient=patient, row_id=None, draft=draft).row


def _emergency(session: Session, patient: PatientRow) -> KeptRow:
    account = an_account(session, patient.clinic_id, "nurse")
    until = NOW + timedelta(hours=4)
    return join(session, patient, account.id, "emergency", valid_until=until, reason=_NOTE)


def _clinic_setting(session: Session, clinic_id: uuid.UUID) -> KeptRow:
    day = date(2026, 1, 1) + timedelta(days=next(_counter) % 700)
    return clinic_entries.create(
        Entering(session, change(), confirm=True),
        CLINIC_SETTING,
        clinic=session.get_one(ClinicRow, clinic_id),
        row_id=None,
        draft=SettingDraft("threshold.grip_kpa", 0.15, "Own scatter.", day),
    ).row


def _product(session: Session, clinic_id: uuid.UUID) -> KeptRow:
    return clinic_entries.create(
        Entering(session, change()),
        PRODUCT,
        clinic=session.get_one(ClinicRow, clinic_id),
        row_id=None,
        draft=Product(
            f"example-{next(_counter)}", "Example 10%", "Leaflet", as_of=date(2026, 5, 30)
        ),
    ).row


def _disabled(session: Session, clinic_id: uuid.UUID) -> KeptRow:
    account = an_account(session, clinic_id, "nurse")
    disable_account(session, a_log(), account, reason="Left.")
    return account
