"""What happened to a clinic's findings in some days, from their versions. One query each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.findings.tables import FindingRow
from app.findings.worklist import rank
from app.kit.access import restrict
from app.kit.base import Json
from app.kit.history import RecordVersion, content_of

Event = Literal["new", "closed", "said", "wakes"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened to a finding; `finding` is the version that shows it."""

    event: Event
    at: datetime | date
    patient_id: uuid.UUID
    finding: Mapping[str, Any]


def happenings(
    versions: Iterable[Mapping[str, Any]], *, begin: datetime, end: datetime
) -> list[Happened]:
    """Return what happened in ``begin <= at < end``, by kind of finding and then by time. Pure.

    Parameters
    ----------
    versions : iterable of mapping
        Versions of findings, those of one finding in order, the newest as it stands now.
        Instants and dates are text, as versions keep them.
    begin, end : datetime
        Aware instants.

    Notes
    -----
    A review counts once, however many versions repeat it, and so do the other events. The end of
    a snooze is a date of the patient's calendar, compared with the dates of `begin` and `end`.
    """
    first, last = begin.date(), end.date()
    found: dict[tuple[str, str, str], Happened] = {}
    every = list(versions)
    newest = {version["id"]: version for version in every}
    for version in every:
        for event, text in (
            ("new", version["first_detected_at"]),
            ("closed", version["closed_at"]),
            ("said", version["reviewed_at"]),
        ):
            if text is not None and begin <= datetime.fromisoformat(text) < end:
                said = str(version["review"]) if event == "said" else ""
                key = (event, version["id"], text + said)
                happened = Happened(
                    event,  # type: ignore[arg-type]
                    datetime.fromisoformat(text),
                    uuid.UUID(version["patient_id"]),
                    version,
                )
                found.setdefault(key, happened)
    for version in newest.values():
        until = version["snoozed_until"]
        if until is None or version["review"] != "snoozed" or version["closed_at"] is not None:
            continue
        day = date.fromisoformat(until)
        if first <= day < last:
            woken = Happened("wakes", day, uuid.UUID(version["patient_id"]), version)
            found["wakes", version["id"], until] = woken
    return sorted(found.values(), key=_order)


def _order(one: Happened) -> tuple[int, str, str]:
    return rank(one.finding["kind"]), one.at.isoformat(), one.finding["id"]


def read_happenings(
    session: Session, clinic_id: uuid.UUID, *, begin: datetime, end: datetime
) -> list[Happened]:
    """Return what happened to the findings of the clinic's visible patients."""
    return happenings(_versions(session, clinic_id, begin=begin), begin=begin, end=end)


def _versions(session: Session, clinic_id: uuid.UUID, *, begin: datetime) -> Sequence[Json]:
    """Return every version that stood at some moment since `begin`, the oldest first."""
    columns = {"clinic": RecordVersion.clinic_id, "patient": RecordVersion.patient_id}
    former = (
        select(RecordVersion)
        .where(
            RecordVersion.table_name == FindingRow.__tablename__,
            RecordVersion.clinic_id == clinic_id,
            RecordVersion.valid_until >= begin,
        )
        .order_by(RecordVersion.row_id, RecordVersion.version)
    )
    current = select(FindingRow).where(
        FindingRow.clinic_id == clinic_id,
        FindingRow.voided_at.is_(None),
        or_(FindingRow.closed_at.is_(None), FindingRow.closed_at >= begin),
    )
    of_row = {"clinic": FindingRow.clinic_id, "patient": FindingRow.patient_id}
    rows = session.scalars(restrict(session, current, **of_row)).all()
    live = {str(row.id) for row in rows}
    kept = [
        version.content
        for version in session.scalars(restrict(session, former, **columns))
        if str(version.row_id) in live
    ]
    return [*kept, *map(content_of, rows)]
