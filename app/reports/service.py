"""How strength reports are entered, amended and voided: one report with its values."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.analysis.measures import MEASURES
from app.errors import Conflict, Fault
from app.kit import history
from app.kit.access import access_of, is_visible
from app.kit.base import Json
from app.kit.history import as_json
from app.kit.limits import require_plausible
from app.kit.rows import get_kept, require_live
from app.patients.entries import Entering, Saved, get_live_patient, require_live_patient
from app.patients.repository import mark_stale
from app.patients.senders import require_own
from app.patients.service import local_columns
from app.patients.tables import PatientRow
from app.reports import repository, rules
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.tables import ReportRow, ValueRow
from app.said import say, term

_NOT_YOURS: Final = say("Somebody else sent this report; you can change your own ones.")
_VALUE_CONTENT: Final = ("value", "device", "entry")


def report_content(draft: ReportDraft) -> Json:
    """Return the columns that state a report's content, apart from its values."""
    return {
        "observed_at": draft.observed_at,
        "source": draft.source,
        "context": list(draft.context),
        "note": draft.note,
    }


def value_columns(draft: ValueDraft, *, observed_at: datetime, entered_at: datetime) -> Json:
    """Return the columns of one value; the scale's wording is the one shown today."""
    return {
        "observed_at": observed_at,
        "entered_at": entered_at,
        "measure": draft.measure,
        "site": draft.site,
        "value": float(draft.value),
        "device": draft.device,
        "entry": draft.entry,
        "scale_version": MEASURES[draft.measure].scale_version,
    }


def create_report(
    entering: Entering, *, patient: PatientRow, row_id: uuid.UUID | None, draft: ReportDraft
) -> Saved[ReportRow]:
    """Enter a report with all its values, or find that it was sent before.

    Raises
    ------
    RuleViolation
        Any part of it has faults; nothing is stored then.
    Conflict
        The id is stored with other content, or the patient was voided.
    """
    session = entering.session
    stored = None if row_id is None else session.get(ReportRow, row_id)
    if stored is not None:
        return _same_report(session, stored=stored, patient=patient, draft=draft)
    require_live_patient(patient)
    faults = [
        *rules.check_report(draft, now=entering.change.now, birth_date=patient.birth_date),
        *sender_faults(session, draft),
    ]
    confirmed = by_value(require_plausible(faults, confirmed=entering.confirm))
    report = ReportRow(
        id=row_id or uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        confirmed=confirmed.get(None),
        **report_content(draft),
        **local_columns(patient, draft.observed_at),
    )
    history.begin(report, entering.change)
    try:
        with session.begin_nested():
            session.add(report)
    except IntegrityError:
        again = session.get(ReportRow, report.id)
        if again is None:
            raise
        return _same_report(session, stored=again, patient=patient, draft=draft)
    for index, value in enumerate(draft.values):
        _add_value(
            entering,
            report=report,
            draft=value,
            entered_at=draft.entered_at,
            confirmed=confirmed.get(index),
        )
    mark_stale(session, patient.id)
    return Saved(report, created=True)


def sender_faults(
    session: Session, draft: ReportDraft, *, before: ReportDraft | None = None
) -> list[Fault]:
    """Return the faults of what whoever uses the session cannot say.

    A source and an answer that stay as they were `before` are nobody's claim.
    """
    access = access_of(session)
    if access is None:
        return []
    role = access.principal.role
    is_same = before is not None and draft.source == before.source
    known = () if before is None else before.values
    return [
        *([] if is_same else rules.check_sender(draft.source, role=role)),
        *(
            fault
            for index, value in enumerate(draft.values)
            if value not in known
            for fault in rules.check_repeated(index, value, role=role)
        ),
    ]


def by_value(confirmed: Iterable[str]) -> dict[int | None, list[str]]:
    """Part confirmed fields by the position of their value; None has the report's own."""
    parts: dict[int | None, list[str]] = {}
    for name in confirmed:
        index, field = rules.split_value_field(name)
        parts.setdefault(index, []).append(field)
    return parts


def _add_value(
    entering: Entering,
    *,
    report: ReportRow,
    draft: ValueDraft,
    entered_at: datetime | None,
    confirmed: list[str] | None,
) -> None:
    columns = value_columns(
        draft,
        observed_at=report.observed_at,
        entered_at=entered_at or entering.change.now,
    )
    row = ValueRow(
        id=uuid.uuid4(),
        report_id=report.id,
        clinic_id=report.clinic_id,
        patient_id=report.patient_id,
        confirmed=confirmed,
        **columns,
    )
    history.begin(row, entering.change)
    entering.session.add(row)


def _first_values(session: Session, report: ReportRow) -> dict[tuple[str, str], Json]:
    """Return the values as the report first had them; later ones came by amendment."""
    return {
        (row.measure, row.site): history.first_version_of(session, row)
        for row in repository.all_values_of(session, report)
        if row.recorded_at == report.recorded_at
    }


def _same_report(
    session: Session, *, stored: ReportRow, patient: PatientRow, draft: ReportDraft
) -> Saved[ReportRow]:
    first, first_values = history.first_version_of(session, stored), _first_values(session, stored)
    sent = {key: as_json(value) for key, value in report_content(draft).items()}
    sent_values = {
        (value.measure, value.site): {
            name: as_json(getattr(value, name)) for name in _VALUE_CONTENT
        }
        for value in draft.values
    }
    entered_at = as_json(draft.entered_at)
    same = (
        stored.patient_id == patient.id
        and all(first[key] == sent[key] for key in sent)
        and sent_values.keys() == first_values.keys()
        and all(
            first_values[key][name] == value[name]
            for key, value in sent_values.items()
            for name in _VALUE_CONTENT
        )
        # Whoever leaves it out means "now", which is another moment each time.
        and all(entered_at in (None, value["entered_at"]) for value in first_values.values())
    )
    if not same:
        message = say(
            "%(what)s %(key)s is stored already with other content.",
            what=term("Report"),
            key=str(stored.id),
        )
        listed = [{"measure": m, "site": s, **v} for (m, s), v in sent_values.items()]
        shown = full_content(session, stored) if is_visible(session, stored) else None
        raise Conflict(message, stored=shown, sent={**sent, "values": listed})
    return Saved(stored, created=False)


def full_content(session: Session, report: ReportRow) -> Json:
    """Return the report with its live values, as JSON can hold it."""
    values = repository.values_of(session, [report.id])
    return {
        **history.content_of(report),
        "values": [history.content_of(value) for value in values],
    }


def get_report(session: Session, report_id: uuid.UUID, *, lock: bool = False) -> ReportRow:
    """Return the report, voided or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such report.
    """
    return get_kept(session, ReportRow, report_id, what="Report", lock=lock)


def draft_of(session: Session, report: ReportRow) -> ReportDraft:
    """Return the draft that the stored report stands for, with its live values."""
    rows = repository.values_of(session, [report.id])
    return ReportDraft(
        observed_at=report.observed_at,
        entered_at=min((row.entered_at for row in rows), default=report.recorded_at),
        source=report.source,
        values=tuple(
            ValueDraft(row.measure, row.site, row.value, row.device, row.entry) for row in rows
        ),
        context=tuple(report.context),
        note=report.note,
    )


def amend_report(entering: Entering, *, report: ReportRow, draft: ReportDraft) -> bool:
    """Correct a report: changed values get a new version, missing ones are voided.

    Raises
    ------
    Forbidden
        A patient or proxy may change their own reports only.
    RuleViolation, Conflict, VersionMismatch
    """
    session = entering.session
    require_own(session, report.source, refusal=_NOT_YOURS)
    require_live(report)
    patient = get_live_patient(session, report.patient_id)
    faults = [
        *rules.check_report(draft, now=entering.change.now, birth_date=patient.birth_date),
        *sender_faults(session, draft, before=draft_of(session, report)),
    ]
    confirm = _carried_confirmation(entering, report, draft)
    confirmed = by_value(require_plausible(faults, confirmed=confirm))
    moved = draft.observed_at != report.observed_at
    derived = local_columns(patient, draft.observed_at) if moved else {}
    columns = {**report_content(draft), **derived, "confirmed": confirmed.get(None)}
    values_changed = _amend_values(entering, report=report, draft=draft, confirmed=confirmed)
    changed = history.amend(session, report, columns, change=entering.change)
    if values_changed and not changed:
        # The report is what a reader holds the version of, so it must show the change.
        history.renew(session, report, entering.change)
    if changed or values_changed:
        mark_stale(session, patient.id)
    return changed or values_changed


def _carried_confirmation(
    entering: Entering, report: ReportRow, draft: ReportDraft
) -> bool | frozenset[str]:
    """Return what is confirmed: by this change, or before in a value that stays as it was."""
    if entering.confirm is True:
        return True
    stored = {
        (row.measure, row.site): row for row in repository.values_of(entering.session, [report.id])
    }
    kept = set()
    for index, value in enumerate(draft.values):
        row = stored.get((value.measure, value.site))
        if row is not None and row.value == value.value:
            kept |= {f"values[{index}].{field}" for field in row.confirmed or ()}
    return frozenset(entering.confirm or ()) | kept


def _amend_values(
    entering: Entering,
    *,
    report: ReportRow,
    draft: ReportDraft,
    confirmed: Mapping[int | None, list[str]],
) -> bool:
    stored = {
        (row.measure, row.site): row for row in repository.values_of(entering.session, [report.id])
    }
    wanted = {(value.measure, value.site): value for value in draft.values}
    marks = {
        (value.measure, value.site): confirmed.get(index)
        for index, value in enumerate(draft.values)
    }
    changed = False
    for key, row in stored.items():
        value = wanted.get(key)
        if value is None:
            history.void(entering.session, row, entering.change)
            changed = True
            continue
        columns = {name: getattr(value, name) for name in _VALUE_CONTENT}
        columns |= {"observed_at": draft.observed_at, "confirmed": marks[key]}
        changed |= history.amend(entering.session, row, columns, change=entering.change)
    for key, value in wanted.items():
        if key not in stored:
            _add_value(entering, report=report, draft=value, entered_at=None, confirmed=marks[key])
            changed = True
    return changed


def void_report(entering: Entering, *, report: ReportRow) -> None:
    """Declare the report and all its values a mistake, with the reason of the change.

    Raises
    ------
    Forbidden
        A patient or proxy may void their own reports only.
    Conflict
        It is voided already.
    """
    require_own(entering.session, report.source, refusal=_NOT_YOURS)
    for value in repository.values_of(entering.session, [report.id]):
        history.void(entering.session, value, entering.change)
    history.void(entering.session, report, entering.change)
    mark_stale(entering.session, report.patient_id)
