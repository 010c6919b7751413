"""Use-cases of patients, weights and other therapies."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.clinics.tables import ClinicRow
from app.errors import Conflict, Fault
from app.kit import history
from app.kit.access import access_of, is_visible, restrict
from app.kit.base import Json
from app.kit.fields import PlannedDate
from app.kit.history import Change
from app.kit.limits import carried_confirmation, require_plausible
from app.kit.pagination import MOST_ROWS, Order, Page, PageQuery, read_page
from app.kit.rows import get_kept, require_live, require_same
from app.kit.timezones import known_zones, zone_at
from app.patients import repository, rules
from app.patients.entries import Entering, Entry, Saved, nothing_derived
from app.patients.rules import FirstEntry, PatientDraft, TherapyDraft, WeightDraft
from app.patients.tables import AnalysisRow, CareTeamRow, PatientRow, TherapyRow, WeightRow
from app.said import say

FindFirst = Callable[[Session, uuid.UUID], FirstEntry | None]
"""Finds the first entry about a patient: other features have rows that patients cannot know."""

VoidDependents = Callable[[Session, uuid.UUID, Change], None]
"""Voids every entry about a patient, of whatever feature."""


def zone_of(patient: PatientRow, instant: datetime) -> str:
    """Return the patient's time zone in force at `instant`."""
    return zone_at(patient.time_zone, patient.previous_time_zones, instant)


def local_columns(patient: PatientRow, instant: datetime) -> Json:
    """Return the columns that fix the patient's calendar at an instant."""
    zone = zone_of(patient, instant)
    return {"time_zone": zone, "local_date": local_day(instant, zone)}


def patient_draft(patient: PatientRow) -> PatientDraft:
    """Return the draft that the stored patient stands for."""
    return PatientDraft(
        **{name: getattr(patient, name) for name in _PATIENT_COLUMNS},
        followed=tuple(patient.followed),
    )


_PATIENT_COLUMNS: Final = (
    "external_id",
    "identifiers",
    "family_name",
    "given_name",
    "birth_date",
    "sex",
    "time_zone",
    "diagnosis",
    "diagnosed_on",
    "dominant_hand",
    "anti_gm1",
    "conduction_block",
)


def patient_content(draft: PatientDraft) -> Json:
    """Return the columns that state a patient's content."""
    columns: dict[str, Any] = {name: getattr(draft, name) for name in _PATIENT_COLUMNS}
    return {
        **columns,
        "identifiers": dict(draft.identifiers),
        "followed": list(draft.followed),
    }


def create_patient(
    entering: Entering,
    *,
    clinic_id: uuid.UUID,
    row_id: uuid.UUID | None,
    draft: PatientDraft,
    previous_time_zones: Sequence[Mapping[str, str]] = (),
) -> Saved[PatientRow]:
    """Enter a patient, whose analysis is stale from the first moment.

    Raises
    ------
    RuleViolation
        The draft has faults.
    Conflict
        The id is stored with other content, or the clinic has this identifier already.
    """
    session = entering.session
    stored = None if row_id is None else session.get(PatientRow, row_id)
    if stored is not None:
        return _same_patient(session, stored=stored, clinic_id=clinic_id, draft=draft)
    faults = [
        *clinic_faults(session, clinic_id),
        *rules.check_patient(draft, now=entering.change.now, known_zones=known_zones()),
    ]
    confirmed = require_plausible(faults, confirmed=entering.confirm)
    patient = PatientRow(
        id=row_id or uuid.uuid4(),
        clinic_id=clinic_id,
        previous_time_zones=[dict(zone) for zone in previous_time_zones],
        confirmed=confirmed or None,
        **patient_content(draft),
    )
    history.begin(patient, entering.change)
    state = AnalysisRow(patient_id=patient.id, clinic_id=clinic_id, change_number=1)
    try:
        with session.begin_nested():
            session.add(patient)
            session.flush()
            session.add(state)
    except IntegrityError as error:
        again = session.get(PatientRow, patient.id)
        if again is not None:
            return _same_patient(session, stored=again, clinic_id=clinic_id, draft=draft)
        message = say("The clinic has a patient %(key)s already.", key=draft.external_id)
        raise Conflict(message) from error
    _join(entering, patient)
    return Saved(patient, created=True)


def _join(entering: Entering, patient: PatientRow) -> None:
    """Put whoever enters a patient on the care team, if they would not see the patient else."""
    session = entering.session
    access = access_of(session)
    if access is None or is_visible(session, patient):
        return
    member = CareTeamRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        account_id=access.principal.account_id,
        kind="member",
        valid_from=entering.change.now,
    )
    history.begin(member, entering.change)
    session.add(member)
    session.flush()


def clinic_faults(session: Session, clinic_id: uuid.UUID) -> list[Fault]:
    """Return a fault for a clinic that does not exist, or was voided."""
    clinic = session.get(ClinicRow, clinic_id)
    if clinic is None or clinic.voided_at is not None or not is_visible(session, clinic):
        return [Fault("clinic_id", clinic_id, say("there is no such clinic"))]
    return []


def _same_patient(
    session: Session, *, stored: PatientRow, clinic_id: uuid.UUID, draft: PatientDraft
) -> Saved[PatientRow]:
    content, whose = patient_content(draft), {"clinic_id": clinic_id}
    require_same(session, stored, content, what="Patient", whose=whose)
    return Saved(stored, created=False)


def list_patients(
    session: Session,
    query: PageQuery,
    *,
    clinic_id: uuid.UUID | None = None,
    include_voided: bool = False,
) -> Page[PatientRow]:
    """Return one page of the patients, those recorded last first."""
    statement = repository.select_patients(clinic_id=clinic_id, include_voided=include_voided)
    visible = restrict(session, statement, clinic=PatientRow.clinic_id, patient=PatientRow.id)
    return read_page(session, visible, order=_NEWEST_FIRST, query=query)


def find_patients(
    session: Session, *, clinic_id: uuid.UUID, external_id: str, include_voided: bool = False
) -> Page[PatientRow]:
    """Return the clinic's patients with this identifier: one, and as many voided ones as asked."""
    statement = repository.select_patients(
        clinic_id=clinic_id, include_voided=include_voided
    ).where(repository.is_called(session, external_id))
    visible = restrict(session, statement, clinic=PatientRow.clinic_id, patient=PatientRow.id)
    page = read_page(session, visible, order=_NEWEST_FIRST, query=PageQuery(limit=MOST_ROWS))
    return Page(page.rows, None)


_NEWEST_FIRST: Final = Order("patients", PatientRow.recorded_at, PatientRow.id)


def get_patient(
    session: Session, patient_id: uuid.UUID, *, lock: bool = False, hold: bool = False
) -> PatientRow:
    """Return the patient, voided or not; locked against other changes on request.

    Whoever enters something about the patient holds the row, so that nobody voids the patient
    and what was entered till then while the entry is on its way.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    return get_kept(session, PatientRow, patient_id, what="Patient", lock=lock, hold=hold)


def amend_patient(
    entering: Entering,
    *,
    patient: PatientRow,
    draft: PatientDraft,
    find_first: FindFirst,
    zone_from: datetime | None = None,
    previous_time_zones: Sequence[Mapping[str, str]] | None = None,
) -> bool:
    """Correct a patient. A changed time zone holds from `zone_from` on (default: now).

    A corrected birth date is held against the entry that `find_first` finds.
    `previous_time_zones` replaces the former zones, as a file that lists them does.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    require_live(patient)
    zone_from = zone_from or entering.change.now
    faults = [
        *faults_of_amended(
            entering.session, patient, draft, now=entering.change.now, find_first=find_first
        ),
        *_zone_faults(patient, draft, zone_from=zone_from, now=entering.change.now),
    ]
    content = patient_content(draft)
    before = patient_content(patient_draft(patient))
    confirm = carried_confirmation(
        patient.confirmed, confirm=entering.confirm, before=before, after=content
    )
    confirmed = require_plausible(faults, confirmed=confirm)
    changes: dict[str, object] = {**content, "confirmed": confirmed or None}
    if previous_time_zones is not None:
        changes["previous_time_zones"] = [dict(zone) for zone in previous_time_zones]
    elif draft.time_zone != patient.time_zone:
        changes["previous_time_zones"] = [
            *patient.previous_time_zones,
            {"until": zone_from.astimezone(UTC).isoformat(), "time_zone": patient.time_zone},
        ]
    try:
        with entering.session.begin_nested():
            changed = history.amend(entering.session, patient, changes, change=entering.change)
    except IntegrityError as error:
        message = say("The clinic has another patient %(key)s already.", key=draft.external_id)
        raise Conflict(message) from error
    if changed:
        repository.mark_stale(entering.session, patient.id)
    return changed


def faults_of_amended(
    session: Session,
    patient: PatientRow,
    draft: PatientDraft,
    *,
    now: datetime,
    find_first: FindFirst,
) -> list[Fault]:
    """Return every fault of a patient who is known already."""
    is_reborn = draft.birth_date != patient.birth_date
    return rules.check_patient(
        draft,
        now=now,
        known_zones=known_zones(),
        first_entry=find_first(session, patient.id) if is_reborn else None,
    )


# Files cannot say it, so it has no place in the table of their rules.
_ZONE_FROM: Final = PlannedDate("patients", "time_zone_from")


def _zone_faults(
    patient: PatientRow, draft: PatientDraft, *, zone_from: datetime, now: datetime
) -> list[Fault]:
    """Check from when a changed time zone holds: after the change before it, if there was one."""
    if draft.time_zone == patient.time_zone:
        return []
    faults = _ZONE_FROM.check(zone_from.date(), now=now, birth_date=draft.birth_date)
    last = max((zone["until"] for zone in patient.previous_time_zones), default=None)
    if last is not None and zone_from <= datetime.fromisoformat(last):
        reason = say(
            "%(at)s is not after the change of zone at %(last)s",
            at=zone_from.isoformat(),
            last=last,
        )
        faults.append(Fault("time_zone_from", zone_from, reason))
    return faults


def void_patient(
    entering: Entering, *, patient: PatientRow, void_dependents: VoidDependents
) -> None:
    """Declare the patient's record a mistake, and with it every entry, for the same reason.

    Raises
    ------
    Conflict
        It is voided already.
    """
    require_live(patient)
    void_dependents(entering.session, patient.id, entering.change)
    history.void(entering.session, patient, entering.change)
    repository.mark_stale(entering.session, patient.id)


def _check_weight(
    entering: Entering, patient: PatientRow, draft: WeightDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    previous_kg = repository.weight_before(
        entering.session, patient.id, draft.measured_at, without=row_id
    )
    return rules.check_weight(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        previous_kg=previous_kg,
    )


def _check_therapy(
    entering: Entering, patient: PatientRow, draft: TherapyDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    return rules.check_therapy(draft, now=entering.change.now, birth_date=patient.birth_date)


WEIGHT: Final[Entry[WeightDraft, WeightRow]] = Entry(
    what="Weight",
    table=WeightRow,
    draft_of=lambda row: WeightDraft(row.measured_at, row.weight_kg, row.kind),
    content_of=lambda draft: {
        "measured_at": draft.measured_at,
        "weight_kg": draft.weight_kg,
        "kind": draft.kind,
    },
    derived_of=lambda draft, patient: local_columns(patient, draft.measured_at),
    check=_check_weight,
    row_key=("measured_at", "kind"),
)

THERAPY: Final[Entry[TherapyDraft, TherapyRow]] = Entry(
    what="Therapy",
    table=TherapyRow,
    draft_of=lambda row: TherapyDraft(
        row.therapy, row.status, row.from_date, row.to_date, row.note
    ),
    content_of=lambda draft: {
        "therapy": draft.therapy,
        "status": draft.status,
        "from_date": draft.from_date,
        "to_date": draft.to_date,
        "note": draft.note,
    },
    derived_of=nothing_derived,
    check=_check_therapy,
    row_key=("therapy", "from_date"),
)
