"""Everything that the record holds of one patient, as one file for that patient.

GDPR, article 15(3), is the right to a copy of the personal data; article 20(1) the right to get
what one provided in a structured, commonly used and machine-readable format. So the file has the
tables that `ivig import` reads, and every entry as JSON besides.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alarms.tables import AlarmRow
from app.diary.tables import DiaryRow
from app.exchange.exporter import Format, names_of, rows_of, write_rows
from app.exchange.tables import TABLES
from app.findings.tables import FindingRow
from app.infusions.tables import InfusionRow, SignatureRow, VialRow
from app.kit import history
from app.kit.access import hidden_fields, note_rows
from app.kit.base import ClinicalRow, Json
from app.lookback.tables import NoticeRow
from app.monitoring.tables import InfusionEventRow
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
from app.reports import repository
from app.reports.tables import ReportRow
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.visits.tables import CallRow, VisitRow

KINDS: Final[Mapping[str, type[ClinicalRow]]] = MappingProxyType(
    {
        "reports": ReportRow,
        "alarms": AlarmRow,
        "diaries": DiaryRow,
        "infusions": InfusionRow,
        "vials": VialRow,
        "infusion-events": InfusionEventRow,
        "reactions": ReactionRow,
        "visits": VisitRow,
        "follow-up-calls": CallRow,
        "signatures": SignatureRow,
        "plans": PlanRow,
        "holds": HoldRow,
        "course-exceptions": CourseExceptionRow,
        "visit-assignments": AssignmentRow,
        "weights": WeightRow,
        "therapies": TherapyRow,
        "settings": PatientSettingRow,
        "care-team": CareTeamRow,
        "consents": ConsentRow,
        "recall-notices": NoticeRow,
        "findings": FindingRow,
    }
)
"""Every kind of row about a patient; a test holds it to the tables."""

_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS

_README: Final = """\
Your record, as it was kept on {day}.

tables/*.csv   The tables that other clinics with this program can read (docs/import-export.md).
record.json    Every entry with its notes, also those that were declared a mistake: who entered it,
               when, and why it was changed. Times end in Z or +00:00: they are in UTC.

You have a right to this copy (GDPR, article 15) and to take it with you (article 20). It says much
about you: keep it where only you can read it.
"""


def own_record(session: Session, patient_id: uuid.UUID, *, now: datetime) -> bytes:
    """Return a ZIP file of everything that the record holds of a patient.

    Raises
    ------
    NotFound
        There is no such patient, or none for whoever asks to see.
    """
    patient = get_patient(session, patient_id)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, data: str | bytes) -> None:
            at = now.timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, at), data, zipfile.ZIP_DEFLATED)

        add("README.txt", _README.format(day=now.date()))
        _add_tables(session, patient, add)
        record = orjson.dumps(_record(session, patient), option=_OPTIONS)
        add("record.json", record)
    return content.getvalue()


def _add_tables(
    session: Session, patient: PatientRow, add: Callable[[str, str | bytes], None]
) -> None:
    called = [(patient.external_id, patient.id)]
    for table in TABLES:
        names = names_of(session, table, clinic_id=patient.clinic_id)
        lines = write_rows(names, rows_of(session, table, called), Format.CSV)
        add(f"tables/{table.file}", "".join(lines))


def _record(session: Session, patient: PatientRow) -> Json:
    kinds = {name: _rows(session, patient, table) for name, table in KINDS.items()}
    return {"patient": _content(session, patient), **kinds}


def _rows(session: Session, patient: PatientRow, table: type[ClinicalRow]) -> list[Json]:
    statement = (
        select(table).where(table.patient_id == patient.id).order_by(table.recorded_at, table.id)
    )
    rows = session.scalars(statement).all()
    note_rows(session, rows)
    shown = [_content(session, row) for row in rows]
    if table is not ReportRow:
        return shown
    values: dict[str, list[Json]] = {}
    for value in _values(session, patient):
        values.setdefault(value["report_id"], []).append(value)
    return [{**row, "values": values.get(row["id"], [])} for row in shown]


def _values(session: Session, patient: PatientRow) -> list[Json]:
    rows = session.execute(repository.every_value_of(patient.id)).mappings()
    return [{key: history.as_json(value) for key, value in row.items()} for row in rows]


def _content(session: Session, row: Any) -> Json:
    hidden = hidden_fields(session, row.__tablename__)
    return {key: value for key, value in history.content_of(row).items() if key not in hidden}
