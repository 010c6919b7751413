"""What every part of an import shares: the session, the options, the counts and the faults."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Fault, Severity
from app.exchange.drafts import Surroundings, check_alone
from app.exchange.faults import shown
from app.exchange.rows import Row
from app.exchange.staging import Staging
from app.exchange.tables import TABLES, Table
from app.kit.base import KeptRow
from app.kit.history import Change
from app.kit.limits import split_faults
from app.patients.entries import Entering

# Ids of rows that state none are made from what names the row, so that two databases that load
# one folder agree. The namespace belongs to this program and to no clinic.
_NAMESPACE: Final = uuid.UUID("6f0c7f3e-5a43-5b6f-9f6b-0d4f3a1e7c21")
_MOST_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator asked for; `amend` is the reason for new versions, or nothing."""

    amend: str | None = None
    allow_partial: bool = False
    confirm_unusual: bool = False


@dataclass(slots=True)
class Tally:
    """What became of the rows of one file."""

    new: int = 0
    unchanged: int = 0
    amended: int = 0
    refused: int = 0

    @property
    def good(self) -> int:
        """Rows that the record holds now."""
        return self.new + self.unchanged + self.amended


class Refusal(Exception):
    """A row cannot be loaded; `column` is to blame."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(slots=True)
class Load:
    """One import on its way."""

    session: Session
    staging: Staging
    options: Options
    change: Change
    clinic_id: uuid.UUID
    around: Surroundings
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {table.name: Tally() for table in TABLES}
    )

    def tally(self, table: Table) -> Tally:
        """Return the counts of a file."""
        return self.tallies[table.name]

    def counts(self) -> dict[str, int]:
        """Return the counts of what was stored so far, by file and kind."""
        return {
            f"{name}.{kind}": getattr(tally, kind)
            for name, tally in self.tallies.items()
            for kind in ("new", "amended", "unchanged")
        }

    def entering(self, row: Row, stored: Sequence[str] = ()) -> Entering:
        """Return the circumstances of a row, with what it and its stored version confirm."""
        confirm = self.options.confirm_unusual or frozenset((*row.confirmed, *stored))
        return Entering(self.session, self.change, confirm)

    def refuse(self, row: Row, *reasons: tuple[str, str]) -> None:
        """Count a row as refused, for columns and reasons that are told; none if told before."""
        self.tally(row.table).refused += 1
        for column, reason in reasons:
            self.staging.add_fault(row.table, row.line, column=column, reason=reason)

    def refuse_for(self, row: Row, faults: Iterable[Fault]) -> None:
        """Refuse a row for what the rules say."""
        self.refuse(row, *(_told(fault) for fault in faults))

    def check_refused(self, row: Row, around: Surroundings) -> bool:
        """Tell what else is wrong with a refused row; say whether there was anything."""
        faults = self.unconfirmed(row, check_alone(row, around))
        self.refuse_for(row, faults)
        return bool(faults)

    def unconfirmed(self, row: Row, faults: Iterable[Fault]) -> list[Fault]:
        """Return the faults that nobody has confirmed."""
        refused, _ = split_faults(faults, confirmed=self.entering(row).confirm)
        return refused


def _told(fault: Fault) -> tuple[str, str]:
    if fault.severity is Severity.UNUSUAL:
        return fault.field, f"{fault.reason} (--confirm-unusual)"
    return fault.field, fault.reason


def conflict(name: str, *, sent: object, stored: object) -> tuple[str, str]:
    """Return the column and the reason of content that differs from what is stored."""
    reason = f"{shown(sent)} is sent, {shown(stored)} is stored; --amend makes a new version"
    return name, reason


def derived_id(*names: str) -> uuid.UUID:
    """Return the id that follows from what names a row."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(names))


def free_ids(
    load: Load, table: Table, kept: type[KeptRow], *, wanted: Sequence[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return for each wanted id itself, or a random one where it is taken."""
    taken = existing_ids(load.session, kept, wanted)
    if load.staging.has_ids(table):
        taken |= load.staging.stated_ids(table, wanted)
    return {identity: uuid.uuid4() if identity in taken else identity for identity in wanted}


def existing_ids(session: Session, kept: type[KeptRow], ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the ids that the table holds."""
    found: set[uuid.UUID] = set()
    for start in range(0, len(ids), _MOST_AT_ONCE):
        some = ids[start : start + _MOST_AT_ONCE]
        found.update(session.scalars(select(kept.id).where(kept.id.in_(some))))
    return found


def stored_values(kept: Any, names: Iterable[str]) -> list[Any]:
    """Return some columns of a stored row."""
    return [getattr(kept, name) for name in names]
