"""One way to enter, amend and void every kind of clinical row.

The JSON API and the bulk import both come through here, so that a row is checked, marked,
versioned and announced to the analysis in the same way wherever it comes from.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Fault, NotFound
from app.kit import history, rows
from app.kit.access import content_if_visible, is_visible
from app.kit.base import ClinicalRow, Json, KeptRow
from app.kit.history import as_json
from app.kit.limits import carried_confirmation, require_plausible, split_faults
from app.kit.rows import get_kept, require_live, require_same
from app.patients import repository
from app.patients.tables import PatientRow
from app.said import say, term

D = TypeVar("D")
R = TypeVar("R", bound=ClinicalRow)
K = TypeVar("K", bound=KeptRow)
D_contra = TypeVar("D_contra", contravariant=True)


# The circumstances and the outcome are those of every row: a clinic's own ones know no patients.
Entering = rows.Entering
Saved = rows.Saved


class Guard(Protocol):
    """Refuses to change a stored row, for whoever uses the session."""

    def __call__(self, session: Session, row: Any, *, is_void: bool) -> None:
        """Return if the row may be amended, or voided.

        Raises
        ------
        Forbidden, Conflict
        """


def no_guard(session: Session, row: object, *, is_void: bool) -> None:
    """Let every row be changed."""
    del session, row, is_void


class Checker(Protocol[D_contra]):
    """Finds every fault of a draft; `row_id` is the row that it would replace, if any."""

    def __call__(
        self, entering: Entering, patient: PatientRow, draft: D_contra, *, row_id: uuid.UUID | None
    ) -> list[Fault]: ...


class Follower(Protocol):
    """Changes what follows from a row, in the transaction of the row's own change."""

    def __call__(self, entering: Entering, row: Any) -> None:
        """Look at the row after it was entered, amended or voided."""


def nothing_follows(entering: Entering, row: object) -> None:
    """Change nothing else: for rows that nothing follows from."""
    del entering, row


@dataclass(frozen=True, slots=True)
class Entry(Generic[D, R]):
    """How one kind of clinical row is entered.

    Attributes
    ----------
    what : str
        Its name in messages.
    table : type
        The row class.
    draft_of : callable
        From a stored row to the draft that it was entered from.
    content_of : callable
        From a draft to the columns that state its content.
    derived_of : callable
        From a draft and its patient to the columns that follow from them, such as the local
        date; computed when a row is entered and kept when it is amended, unless the instant
        itself is corrected.
    check : Checker
        Finds the faults of a draft.
    row_key : tuple of str
        Columns that together name a row within its patient in bulk files.
    guard : Guard
        Says whether a stored row may be changed at all.
    is_analysed : bool
        False where no analysis rests on rows of this kind.
    follow : Follower
        Changes what follows from a row.
    """

    what: str
    table: type[R]
    draft_of: Callable[[R], D]
    content_of: Callable[[D], Json]
    derived_of: Callable[[D, PatientRow], Json]
    check: Checker[D]
    row_key: tuple[str, ...]
    guard: Guard = no_guard
    is_analysed: bool = True
    follow: Follower = nothing_follows


def nothing_derived(_draft: object, _patient: PatientRow) -> Json:
    """Return no column: for rows whose content is all there is."""
    return {}


def create(
    entering: Entering,
    entry: Entry[D, R],
    *,
    patient: PatientRow,
    row_id: uuid.UUID | None,
    draft: D,
) -> Saved[R]:
    """Enter a new row, or find that the same entry was made before.

    Raises
    ------
    RuleViolation
        The draft has faults, or unusual values that were not confirmed.
    Conflict
        The id is stored with other content, the row key is taken, or the patient was voided.
    """
    session = entering.session
    stored = None if row_id is None else session.get(entry.table, row_id)
    if stored is not None:
        return _same_entry(entering, entry, patient=patient, stored=stored, draft=draft)
    require_live_patient(patient)
    row = new_row(entering, entry, patient=patient, row_id=row_id, draft=draft)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        return _resolve_clash(
            entering, entry, patient=patient, row_id=row.id, draft=draft, cause=error
        )
    if entry.is_analysed:
        repository.mark_stale(session, patient.id)
    entry.follow(entering, row)
    return Saved(row, created=True)


def new_row(
    entering: Entering,
    entry: Entry[D, R],
    *,
    patient: PatientRow,
    row_id: uuid.UUID | None,
    draft: D,
) -> R:
    """Check a draft and return its row, which is not in the session yet.

    Raises
    ------
    RuleViolation
        The draft has faults, or unusual values that were not confirmed.
    """
    faults = entry.check(entering, patient, draft, row_id=row_id)
    confirmed = require_plausible(faults, confirmed=entering.confirm)
    row = entry.table(
        id=row_id or uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        confirmed=confirmed or None,
        **entry.content_of(draft),
        **entry.derived_of(draft, patient),
    )
    history.begin(row, entering.change)
    return row


def _same_entry(
    entering: Entering, entry: Entry[D, R], *, patient: PatientRow, stored: R, draft: D
) -> Saved[R]:
    content, whose = entry.content_of(draft), {"patient_id": patient.id}
    require_same(entering.session, stored, content, what=entry.what, whose=whose)
    return Saved(stored, created=False)


def _resolve_clash(
    entering: Entering,
    entry: Entry[D, R],
    *,
    patient: PatientRow,
    row_id: uuid.UUID,
    draft: D,
    cause: IntegrityError,
) -> Saved[R]:
    stored = entering.session.get(entry.table, row_id)
    if stored is not None:
        return _same_entry(entering, entry, patient=patient, stored=stored, draft=draft)
    taken = find_by_key(entering.session, entry, patient_id=patient.id, draft=draft)
    if taken is None:
        # Somebody else's row of this moment may be why: the rules see it now.
        require_plausible(entry.check(entering, patient, draft, row_id=row_id), confirmed=True)
        raise cause
    key = ", ".join(entry.row_key) or "patient"
    message = say(
        "%(what)s %(id)s has the same %(key)s already; amend or void it.",
        what=term(entry.what),
        id=str(taken.id),
        key=key,
    )
    sent = {name: as_json(value) for name, value in entry.content_of(draft).items()}
    raise Conflict(
        message, stored=content_if_visible(entering.session, taken), sent=sent
    ) from cause


def find_by_key(
    session: Session, entry: Entry[D, R], *, patient_id: uuid.UUID, draft: D
) -> R | None:
    """Find the live row with the draft's row key; the first entered where there are several."""
    content = entry.content_of(draft)
    table = entry.table
    statement = (
        select(table)
        .where(
            table.patient_id == patient_id,
            table.voided_at.is_(None),
            *(getattr(table, key).is_not_distinct_from(content[key]) for key in entry.row_key),
        )
        .order_by(table.recorded_at, table.id)
        .limit(1)
    )
    return session.scalars(statement).one_or_none()


def get_live_patient(session: Session, patient_id: uuid.UUID) -> PatientRow:
    """Return the patient; a voided one is no place for new entries.

    Raises
    ------
    NotFound
        There is no such patient, or none for whoever asks to see.
    Conflict
        The patient was voided.
    """
    patient = session.get(PatientRow, patient_id)
    if patient is None or not is_visible(session, patient):
        raise NotFound("Patient", patient_id)
    require_live_patient(patient)
    return patient


def require_live_patient(patient: PatientRow) -> None:
    """Refuse an entry about a voided patient.

    Raises
    ------
    Conflict
        The patient was voided.
    """
    if patient.voided_at is not None:
        message = say("Patient %(key)s was voided.", key=str(patient.id))
        raise Conflict(message)


def get_row(session: Session, entry: Entry[D, R], row_id: uuid.UUID, *, lock: bool = False) -> R:
    """Return the row, voided or not; locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such row.
    """
    return get_kept(session, entry.table, row_id, what=entry.what, lock=lock)


def unconfirmed_faults(
    entering: Entering,
    entry: Entry[D, R],
    *,
    patient: PatientRow,
    draft: D,
    row_id: uuid.UUID | None,
) -> list[Fault]:
    """Return what would refuse the draft, without entering it."""
    faults = entry.check(entering, patient, draft, row_id=row_id)
    refused, _ = split_faults(faults, confirmed=entering.confirm)
    return refused


def amend(entering: Entering, entry: Entry[D, R], *, row: R, draft: D) -> bool:
    """Correct the row into a new version; say whether anything differed.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    session = entering.session
    entry.guard(session, row, is_void=False)
    require_live(row)
    patient = get_live_patient(session, row.patient_id)
    before, after = entry.content_of(entry.draft_of(row)), entry.content_of(draft)
    confirm = carried_confirmation(
        row.confirmed, confirm=entering.confirm, before=before, after=after
    )
    faults = entry.check(entering, patient, draft, row_id=row.id)
    confirmed = require_plausible(faults, confirmed=confirm)
    changes = _changes(entry, row=row, draft=draft, patient=patient)
    try:
        with session.begin_nested():
            changed = history.amend(
                session,
                row,
                {**changes, "confirmed": confirmed or None},
                change=entering.change,
            )
    except IntegrityError as error:
        key = ", ".join(entry.row_key)
        what = term(entry.what.lower())
        message = say("Another %(what)s has the same %(key)s already.", what=what, key=key)
        raise Conflict(message) from error
    if changed and entry.is_analysed:
        repository.mark_stale(session, patient.id)
    if changed:
        entry.follow(entering, row)
    return changed


def _changes(entry: Entry[D, R], *, row: R, draft: D, patient: PatientRow) -> Mapping[str, object]:
    content = entry.content_of(draft)
    before = entry.draft_of(row)
    derived = entry.derived_of(draft, patient)
    # A local date follows its instant; it does not follow a patient who moved since.
    moved = derived != entry.derived_of(before, patient)
    return {**content, **derived} if moved else content


def void(entering: Entering, entry: Entry[Any, R], row: R) -> None:
    """Declare the row a mistake, with the reason of the change.

    Raises
    ------
    Conflict
        It is voided already.
    """
    entry.guard(entering.session, row, is_void=True)
    history.void(entering.session, row, entering.change)
    if entry.is_analysed:
        repository.mark_stale(entering.session, row.patient_id)
    entry.follow(entering, row)
