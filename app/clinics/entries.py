"""One way to enter and amend every kind of row that belongs to a clinic as a whole.

What `app.patients.entries` is for rows about a patient. To declare such a row a mistake takes no
more than `history.void`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.errors import Conflict, Fault
from app.kit import history
from app.kit.access import content_if_visible
from app.kit.base import ClinicWideRow, Json
from app.kit.limits import carried_confirmation, require_plausible, split_faults
from app.kit.rows import Entering, Saved, get_kept, require_live, require_same

D = TypeVar("D")
R = TypeVar("R", bound=ClinicWideRow)
D_contra = TypeVar("D_contra", contravariant=True)


class Checker(Protocol[D_contra]):
    """Finds every fault of a draft; `row_id` is the row that it would replace, if any."""

    def __call__(
        self, entering: Entering, clinic_id: uuid.UUID, draft: D_contra, *, row_id: uuid.UUID | None
    ) -> list[Fault]: ...


def nothing_derived(_draft: object) -> Json:
    """Return no column: for rows whose content is all there is."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicEntry(Generic[D, R]):
    """How one kind of row is entered.

    Attributes
    ----------
    what : str
        Its name in messages.
    table : type
        The row class. Unusual values can be confirmed where it has a column `confirmed`.
    draft_of : callable
        From a stored row to the draft that it was entered from.
    content_of : callable
        From a draft to the columns that state its content.
    check : Checker
        Finds the faults of a draft.
    derived_of : callable
        From a draft to the columns that follow from it when it is entered, and stay.
    row_key : tuple of str
        Columns that together name a row within its clinic, if any do.
    is_key_kept : bool
        True where a voided row keeps its key, so that no other can have it.
    taken : callable
        From the row that has the key of a draft to what is said of it.
    amended : callable or None
        From a stored row and a draft to the columns of the amended row, where the draft alone
        does not say them.
    restated : callable
        From the first version of a row to what would be stored of it today, where that differs.
    """

    what: str
    table: type[R]
    draft_of: Callable[[R], D]
    content_of: Callable[[D], Json]
    check: Checker[D]
    derived_of: Callable[[D], Json] = nothing_derived
    row_key: tuple[str, ...] = ()
    is_key_kept: bool = False
    taken: Callable[[R], str] = str
    amended: Callable[[R, D], Json] | None = None
    restated: Callable[[Json], Json] = lambda first: first


def read_as(draft: type[D]) -> Callable[[Any], D]:
    """Return how a draft is made of a row that has a column for each of its fields."""
    names = [field.name for field in fields(draft)]  # type: ignore[arg-type]
    return lambda row: draft(**{name: getattr(row, name) for name in names})


def get_row(
    session: Session,
    entry: ClinicEntry[D, R],
    row_id: uuid.UUID,
    *,
    lock: bool = False,
    hold: bool = False,
) -> R:
    """Return the row, voided or not; locked or held on request.

    Raises
    ------
    NotFound
        There is no such row, or it is not for whoever asks to see.
    """
    return get_kept(session, entry.table, row_id, what=entry.what, lock=lock, hold=hold)


def create(
    entering: Entering,
    entry: ClinicEntry[D, R],
    *,
    clinic: ClinicRow,
    row_id: uuid.UUID | None,
    draft: D,
) -> Saved[R]:
    """Enter a new row, or find that the same entry was made before.

    Raises
    ------
    RuleViolation
        The draft has faults, or unusual values that were not confirmed.
    Conflict
        The id is stored with other content, the row key is taken, or the clinic was voided.
    """
    session = entering.session
    stored = None if row_id is None else session.get(entry.table, row_id)
    if stored is not None:
        return _same_entry(session, entry, stored, clinic=clinic, draft=draft)
    require_live(clinic)
    faults = entry.check(entering, clinic.id, draft, row_id=None)
    row = entry.table(
        id=row_id or uuid.uuid4(),
        clinic_id=clinic.id,
        **_confirmed(entry, faults, confirm=entering.confirm),
        **entry.content_of(draft),
        **entry.derived_of(draft),
    )
    _refuse_twin(session, entry, draft, clinic_id=clinic.id, row_id=row.id)
    history.begin(row, entering.change)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else may have sent the very same row at the same moment.
        stored = session.get(entry.table, row.id)
        if stored is None:
            # Or another one with its key, which is there to be seen now.
            _refuse_twin(session, entry, draft, clinic_id=clinic.id, row_id=row.id)
            raise
        return _same_entry(session, entry, stored, clinic=clinic, draft=draft)
    return Saved(row, created=True)


def amend(entering: Entering, entry: ClinicEntry[D, R], *, row: R, draft: D) -> bool:
    """Correct the row into a new version; say whether anything differed.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    session = entering.session
    require_live(row)
    clinic_id, row_id = row.clinic_id, row.id
    content = entry.amended(row, draft) if entry.amended else entry.content_of(draft)
    confirm = carried_confirmation(
        getattr(row, "confirmed", None),
        confirm=entering.confirm,
        before=entry.content_of(entry.draft_of(row)),
        after=content,
    )
    faults = entry.check(entering, clinic_id, draft, row_id=row_id)
    content |= _confirmed(entry, faults, confirm=confirm)
    _refuse_twin(session, entry, draft, clinic_id=clinic_id, row_id=row_id)
    try:
        with session.begin_nested():
            return history.amend(session, row, content, change=entering.change)
    except IntegrityError:
        # Somebody else took the key at the same moment.
        _refuse_twin(session, entry, draft, clinic_id=clinic_id, row_id=row_id)
        raise


def unconfirmed_faults(
    entering: Entering,
    entry: ClinicEntry[D, Any],
    draft: D,
    *,
    clinic_id: uuid.UUID,
    row_id: uuid.UUID | None,
) -> list[Fault]:
    """Return what would refuse the draft, without entering it."""
    faults = entry.check(entering, clinic_id, draft, row_id=row_id)
    return split_faults(faults, confirmed=_keeps(entry) and entering.confirm)[0]


def _keeps(entry: ClinicEntry[Any, Any]) -> bool:
    """Say whether a row keeps which unusual values were confirmed: elsewhere none can be."""
    return hasattr(entry.table, "confirmed")


def _confirmed(
    entry: ClinicEntry[Any, Any], faults: list[Fault], *, confirm: bool | frozenset[str]
) -> Json:
    """Refuse a draft with faults; return the column that keeps what was confirmed, if any does."""
    confirmed = require_plausible(faults, confirmed=_keeps(entry) and confirm)
    return {"confirmed": confirmed or None} if _keeps(entry) else {}


def _same_entry(
    session: Session, entry: ClinicEntry[D, R], stored: R, *, clinic: ClinicRow, draft: D
) -> Saved[R]:
    require_same(
        session,
        stored,
        entry.content_of(draft),
        what=entry.what,
        whose={"clinic_id": clinic.id},
        restated=entry.restated,
    )
    return Saved(stored, created=False)


def _refuse_twin(
    session: Session, entry: ClinicEntry[D, R], draft: D, *, clinic_id: uuid.UUID, row_id: uuid.UUID
) -> None:
    twin = find_twin(session, entry, draft, clinic_id=clinic_id, row_id=row_id)
    if twin is not None:
        raise Conflict(entry.taken(twin), stored=content_if_visible(session, twin))


def find_twin(
    session: Session, entry: ClinicEntry[D, R], draft: D, *, clinic_id: uuid.UUID, row_id: uuid.UUID
) -> R | None:
    """Return another row of the clinic than `row_id` that has the key of a draft."""
    if not entry.row_key:
        return None
    table, content = entry.table, entry.content_of(draft)
    statement = select(table).where(
        table.clinic_id == clinic_id,
        table.id != row_id,
        *(getattr(table, key).is_not_distinct_from(content[key]) for key in entry.row_key),
    )
    if not entry.is_key_kept:
        statement = statement.where(table.voided_at.is_(None))
    return session.scalars(statement.limit(1)).first()
