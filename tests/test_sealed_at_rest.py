"""Nothing that names a patient, and nothing in somebody's own words, is readable at rest."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Session

from app.clinics.entries import create
from app.clinics.rules import SettingDraft
from app.clinics.settings import CLINIC_SETTING
from app.clinics.tables import ClinicRow
from app.db import Database
from app.findings.reviewing import review_finding
from app.findings.rules import ReviewDraft
from app.findings.service import ensure_analysed
from app.findings.tables import FindingRow
from app.infusions.service import INFUSION
from app.kit import history
from app.kit.history import Change
from app.kit.sealing import Sealed
from app.monitoring.rules import EventDraft
from app.monitoring.service import EVENT
from app.patients import entries, service
from app.patients.rules import TherapyDraft
from app.patients.settings import SETTING
from app.patients.tables import PatientRow
from app.plans.rules import HoldDraft
from app.plans.service import HOLD
from app.reactions.rules import ReactionDraft
from app.reactions.service import REACTION
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow
from app.tables import KEPT_TABLES, Base, first_entry
from tests.support.clinic import NURSE, an_infusion, entering
from tests.support.stored import everything_stored
from tests.support.story import FIFTH, a_wearing_off_patient

AFTER = FIFTH + timedelta(days=1)
BORN = date(1975, 5, 4)

# Every column of text or JSON that stays readable, and why it may.
READABLE: Final = {
    "who made an entry: staff by name, patients and proxies by their role": {
        *("recorded_by", "changed_by", "voided_by", "made_by", "reviewed_by", "prescriber"),
    },
    "words of fixed lists, numbers and lists of field names": {
        *("confirmed", "sex", "time_zone", "previous_time_zones", "diagnosis", "dominant_hand"),
        *("anti_gm1", "conduction_block", "followed", "kind", "status", "source", "context"),
        *("measure", "site", "entry", "scale_version", "route", "reason", "review", "sites"),
        *("table_name", "role", "scope", "purpose", "decision", "calendar"),
        *("term", "actions", "outcome", "phase"),
        *("signs", "daily", "weekly", "sorting"),
    },
    "names of treatments, products, lots, recalls, devices and forms": {
        *("therapy", "product", "key", "name", "facts", "lot_numbers", "device", "form"),
        *("lot", "lot_key", "serial", "gtin", "reference"),
    },
    "what the analysis says, without a name": {
        *(
            "sentence",
            "wording",
            "evidence",
            "method",
            "method_version",
            "fingerprint",
            "close_reason",
        ),
        *("results", "failure"),
    },
    "blind indexes and hashes, with the ids and versions that they are of": {
        *("external_id_index", "login_index", "content_hash", "covers"),
    },
    "texts that a clinic shows to everybody": {"topic", "locale", "title", "body", "phone"},
    "ids of accounts": {"seen_by"},
}


def _is_readable_text(kind: object) -> bool:
    stored = getattr(kind, "impl", kind)
    return not isinstance(kind, Sealed) and isinstance(stored, String | JSON)


def test_a_new_column_is_sealed_or_has_a_reason_not_to_be() -> None:
    allowed = set().union(*READABLE.values())
    clinical = {table.__tablename__ for table in KEPT_TABLES} | {"patient_analyses"}
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        if table.name in clinical | {"record_versions"}
        for column in table.columns
        if _is_readable_text(column.type) and column.name not in allowed
    }
    assert found == set()


def test_no_two_columns_share_a_context_but_those_of_one_meaning() -> None:
    shared = {"change_reason", "void_reason", "settings.source"}
    contexts = [
        column.type.context
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Sealed) and column.type.context not in shared
    ]
    assert len(contexts) == len(set(contexts))


def fill(session: Session) -> uuid.UUID:
    """Enter a patient with words of every kind, and correct and void some of it."""
    patient = a_wearing_off_patient(session)
    stated = service.patient_draft(patient)
    named = type(stated)(
        **{
            **{name: getattr(stated, name) for name in stated.__dataclass_fields__},
            "family_name": "Quetzalcoatl",
            "identifiers": {"hospital": "MRN-0815"},
        }
    )
    service.amend_patient(
        entering(session, now=AFTER, reason="spelt-as-qetzal"),
        patient=patient,
        draft=named,
        find_first=first_entry,
    )
    fill_entries(session, patient)
    setting = SettingDraft("min_cycles", 3.0, "clinic-setting-words", date(2026, 1, 1))
    clinic = session.get_one(ClinicRow, patient.clinic_id)
    create(entering(session, now=AFTER), CLINIC_SETTING, clinic=clinic, row_id=None, draft=setting)
    return patient.id


def fill_entries(session: Session, patient: PatientRow) -> None:
    def enter(entry: Any, draft: Any) -> None:
        entries.create(
            entering(session, now=AFTER, confirm=True),
            entry,
            patient=patient,
            row_id=None,
            draft=draft,
        )

    day = date(2026, 1, 2)
    enter(service.THERAPY, TherapyDraft("rituximab", "declined", day, None, "therapy-note-words"))
    enter(HOLD, HoldDraft(day, date(2026, 1, 3), "travel", "hold-note-words"))
    enter(SETTING, SettingDraft("min_cycles", 3.0, "patient-setting-words", date(2026, 1, 1)))
    infusion = an_infusion(session, patient, AFTER, note="infusion-note-words")
    entries.void(entering(session, now=AFTER, reason="void-reason-words"), INFUSION, row=infusion)
    running = an_infusion(session, patient, AFTER, status="in_progress", dose_g=None)
    enter(EVENT, EventDraft(running.id, AFTER, "note", {"text": "event-words"}))
    told = {"reported_to": "nurse-words", "physician_notified": "physician-words"}
    reaction = ReactionDraft(
        *(running.id, "other", AFTER),
        grade=2,
        description="reaction-words",
        actions=("medication",),
        medication="drug-words",
        physician_notified_at=AFTER,
        **told,
    )
    enter(REACTION, reaction)
    draft = ReportDraft(
        observed_at=AFTER,
        entered_at=AFTER,
        source="patient",
        values=(ValueDraft("grip_kpa", "left_hand", 41.0),),
        note="report-note-words",
    )
    create_report(entering(session, now=AFTER), patient=patient, row_id=None, draft=draft)


def test_no_patient_and_no_word_is_readable(database: Database) -> None:
    with database.writing() as session:
        patient_id = fill(session)
    ensure_analysed(database, patient_id, now=AFTER)
    with database.writing() as session:
        finding = session.scalars(
            select(FindingRow).where(FindingRow.kind == "end_of_interval_weakness")
        ).one()
        review_finding(
            session,
            Change(NURSE, AFTER, "review-reason-words"),
            patient_id=patient_id,
            finding_id=finding.id,
            draft=ReviewDraft("acknowledged"),
            if_match=f'"{finding.version}"',
        )
        assert "patient-setting-words" in str(finding.parameters)
        report = session.scalars(select(ReportRow).where(ReportRow.observed_at == AFTER)).one()
        assert report.note == "report-note-words"
        patient = session.get_one(PatientRow, patient_id)
        versions = history.history_of(session, patient)
        assert [version["family_name"] for version in versions] == ["Örs <b>", "Quetzalcoatl"]
    stored = everything_stored(database.engine)
    words = ("W-1", "Wanda", "Örs", "Quetzalcoatl", "MRN-0815", BORN.isoformat(), "-words", "spelt")
    assert "end_of_interval_weakness" in stored
    assert [word for word in words if word in stored] == []
    assert "Örs".encode().decode("latin-1") not in stored
