"""Verifying the audit trail: what was changed, removed, inserted or cut off, and where.

Every signature is computed anew. Each chain is read once, in order, and nothing is kept of it but
its last hash, so the size of the trail does not matter.
"""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select, tuple_
from sqlalchemy.orm import Session

from app.kit.audit import stored
from app.kit.audit.acts import CHECKPOINTS, INSTALLATION
from app.kit.audit.chain import START, checkpoint_hash, entry_hash, head_mac
from app.kit.audit.stored import Announcement, StoredCheckpoint, StoredEntry, StoredHead
from app.kit.audit.tables import AuditEntryRow
from app.kit.keys import Keyring

Progress = Callable[[int], None]
"""Is told how many entries were looked at so far."""

_CLAIMS_AT_ONCE: Final = 500
_DAY: Final = timedelta(days=1)
_OUT_OF_PLACE: Final = "inserted or moved: it does not continue what stands before it"


@dataclass(frozen=True, slots=True)
class Fraud:
    """One thing that is wrong with the trail: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Verification:
    """One walk over the whole trail; the counts stand once `frauds` is exhausted.

    `session` is one to which the trail stands still meanwhile (`Database.snapshot`).
    `noted` are checkpoints that somebody noted elsewhere: their numbers and hashes in
    hexadecimal. They alone show a database that was put back as a whole.
    `now` is the present moment, and `every` how often checkpoints are made: entries that none
    has signed for twice as long are told. Without `now` the age of nothing is looked at.
    """

    session: Session
    keyring: Keyring
    on_progress: Progress = lambda _count: None
    noted: Mapping[int, str] = field(default_factory=dict)
    now: datetime | None = None
    every: timedelta = timedelta(minutes=15)
    entries: int = 0
    chains: int = 0
    checkpoints: int = 0
    _first: str | None = None
    _signed_at: str | None = None
    _unsigned: str | None = None
    _is_announced: bool = False

    def frauds(self) -> Iterator[Fraud]:
        """Yield all that is wrong: chain by chain, the checkpoints, then what has no chain."""
        connection = self.session.connection()
        self._signed_at = stored.newest_checkpoint_at(connection)
        heads = stored.heads(connection)
        own: StoredHead | None = None
        head = next(heads, None)
        for chain, group in groupby(stored.entries(connection), key=lambda entry: entry.chain):
            while head is not None and head.chain < chain:
                yield from _without_entries(head, self.keyring)
                head = next(heads, None)
            is_its = head is not None and head.chain == chain
            yield from self._chain(chain, group, head if is_its else None)
            head = next(heads, None) if is_its else head
        while head is not None:
            if head.chain == CHECKPOINTS.hex:
                own = head
            else:
                yield from _without_entries(head, self.keyring)
            head = next(heads, None)
        yield from self._checkpoints(connection, own)
        yield from self._late()
        if self._first is not None:
            for patient in stored.patients_without_chain(connection, self._first):
                what = "none, although the record was made after the trail began"
                yield Fraud(f"chain of patient {_dashed(patient)}", what)

    def _chain(
        self, chain: str, entries: Iterator[StoredEntry], head: StoredHead | None
    ) -> Iterator[Fraud]:
        self.chains += 1
        name = f"chain {chain}"
        number, previous = 0, START
        for entry in entries:
            self.entries += 1
            self.on_progress(self.entries)
            name = _name(entry) or name
            yield from _place(entry, name, number=number, previous=previous)
            faults = list(_content(entry, name, self.keyring))
            yield from faults
            if entry.entry is not None and not faults:
                self._note_age(entry.entry.at)
            number = entry.number if isinstance(entry.number, int) else number
            previous = entry.hash
        yield from _end(head, name, self.keyring, number=number, last=previous)

    def _note_age(self, at: str) -> None:
        self._first = at if self._first is None else min(self._first, at)
        if self._signed_at is None or at > self._signed_at:
            self._unsigned = at if self._unsigned is None else min(self._unsigned, at)

    def _late(self) -> Iterator[Fraud]:
        """Say whether checkpoints stopped: somebody may have taken them all, or no worker runs."""
        if self.now is None or self._first is None or self._unsigned is None:
            return
        allowed = 2 * self.every
        is_expected = self._is_announced or self.now - _moment(self._first) > _DAY
        if is_expected and self.now - _moment(self._unsigned) > allowed:
            minutes = f"{allowed.total_seconds() / 60:g} minutes"
            what = f"no checkpoint although an entry of {self._unsigned} is older than {minutes}"
            yield Fraud("checkpoints", what)

    def _checkpoints(self, connection: Connection, head: StoredHead | None) -> Iterator[Fraud]:
        number, previous = 0, START
        told = _Told(stored.announcements(connection))
        self._is_announced = told.next is not None
        for checkpoint in stored.checkpoints(connection):
            self.checkpoints += 1
            yield from _checkpoint_place(checkpoint, number=number, previous=previous)
            faults = list(_checkpoint_content(checkpoint, self.keyring))
            yield from faults
            if not faults:
                yield from _claims(self.session, checkpoint)
            yield from told.of(checkpoint)
            number = checkpoint.number if isinstance(checkpoint.number, int) else number
            previous = checkpoint.hash
            yield from self._compare(checkpoint)
        yield from told.missing_before(float("inf"))
        missing = sorted(noted for noted in self.noted if noted > number)
        yield from (Fraud(f"checkpoint {one}", "it was noted and is missing") for one in missing)
        if head is not None or number:
            yield from _end(head, "checkpoints", self.keyring, number=number, last=previous)

    def _compare(self, checkpoint: StoredCheckpoint) -> Iterator[Fraud]:
        noted = self.noted.get(checkpoint.number)
        if noted is not None and noted.lower() != checkpoint.hash.hex():
            yield Fraud(f"checkpoint {checkpoint.number}", "it is not the one that was noted")


# --- one chain ----------------------------------------------------------------------------------


def _name(entry: StoredEntry) -> str | None:
    """Return whom the chain is about, as far as the entry can be believed."""
    if entry.entry is None:
        return None
    if entry.entry.chain == INSTALLATION:
        return "installation"
    kind = "patient" if entry.entry.chain == entry.entry.patient_id else "clinic"
    return f"{kind} {entry.entry.chain}"


def _place(entry: StoredEntry, name: str, *, number: int, previous: Any) -> Iterator[Fraud]:
    """Compare the place of an entry with the entry before, which has `number`."""
    where = f"{name} entry {entry.number}"
    if not isinstance(entry.number, int) or entry.number <= number:
        yield Fraud(where, f"it was inserted after entry {number}")
    elif entry.number > number + 1:
        yield Fraud(f"{name} {_range(number + 1, entry.number - 1)}", "removed")
    elif entry.entry is not None and entry.entry.previous_hash != previous:
        yield Fraud(where, _OUT_OF_PLACE)


def _range(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _content(entry: StoredEntry, name: str, keyring: Keyring) -> Iterator[Fraud]:
    where = f"{name} entry {entry.number}"
    if entry.entry is None:
        yield Fraud(where, "changed: it holds values of a kind that this program never writes")
        return
    key = keyring.audit_key(entry.entry.key_id)
    if key is None:
        yield Fraud(where, f"it names the unknown audit key {entry.entry.key_id}")
    elif not _is_same(entry.hash, _signature(key, entry)):
        yield Fraud(where, "changed after it was written")


def _signature(key: bytes, entry: StoredEntry) -> bytes | None:
    try:
        return None if entry.entry is None else entry_hash(key, entry.entry)
    except TypeError:
        return None  # A number or a text that no JSON can hold.


def _is_same(found: object, expected: bytes | None) -> bool:
    if expected is None or not isinstance(found, bytes):
        return False
    return hmac.compare_digest(found, expected)


def _end(
    head: StoredHead | None, name: str, keyring: Keyring, *, number: int, last: Any
) -> Iterator[Fraud]:
    """Compare the end of a chain with its head."""
    where = f"{name} head"
    if head is None:
        yield Fraud(where, f"removed; the chain ends with entry {number}")
        return
    forged = list(_forged(head, where, keyring))
    yield from forged
    if forged or not isinstance(head.number, int):
        return
    if head.number > number:
        yield Fraud(f"{name} {_range(number + 1, head.number)}", "cut off the end")
    elif head.number < number:
        yield Fraud(f"{name} {_range(head.number + 1, number)}", "added behind the head's back")
    elif head.hash != last:
        yield Fraud(where, f"it is not that of entry {number}")


def _forged(head: StoredHead, where: str, keyring: Keyring) -> Iterator[Fraud]:
    key = keyring.audit_key(head.key_id)
    if key is None:
        yield Fraud(where, f"it names the unknown audit key {head.key_id}")
        return
    try:
        chain = uuid.UUID(head.chain)
        expected = head_mac(key, chain, number=head.number, last_hash=head.hash, key_id=head.key_id)
    except (ValueError, TypeError, AttributeError):
        expected = None
    if not _is_same(head.mac, expected):
        yield Fraud(where, "forged")


def _without_entries(head: StoredHead, keyring: Keyring) -> Iterator[Fraud]:
    is_installation = head.chain == INSTALLATION.hex
    name = "installation" if is_installation else f"chain {_dashed(head.chain)}"
    yield from _end(head, name, keyring, number=0, last=START)


def _dashed(chain: str) -> str:
    try:
        return str(uuid.UUID(chain))
    except ValueError:
        return chain


# --- checkpoints --------------------------------------------------------------------------------


def _checkpoint_place(
    checkpoint: StoredCheckpoint, *, number: int, previous: Any
) -> Iterator[Fraud]:
    where = f"checkpoint {checkpoint.number}"
    if not isinstance(checkpoint.number, int) or checkpoint.number <= number:
        yield Fraud(where, f"it was inserted after checkpoint {number}")
    elif checkpoint.number > number + 1:
        last = checkpoint.number - 1
        span = f"{number + 1}" if number + 1 == last else f"{number + 1} to {last}"
        yield Fraud(f"checkpoint {span}", "removed")
    elif checkpoint.previous_hash != previous:
        yield Fraud(where, _OUT_OF_PLACE)


def _checkpoint_content(checkpoint: StoredCheckpoint, keyring: Keyring) -> Iterator[Fraud]:
    where = f"checkpoint {checkpoint.number}"
    key = keyring.audit_key(checkpoint.key_id)
    if key is None:
        yield Fraud(where, f"it names the unknown audit key {checkpoint.key_id}")
        return
    try:
        expected = checkpoint_hash(
            key,
            checkpoint.number,
            checkpoint.at,
            heads=checkpoint.heads,
            key_id=checkpoint.key_id,
            previous_hash=checkpoint.previous_hash,
        )
    except (TypeError, AttributeError):
        expected = None
    if not _is_same(checkpoint.hash, expected):
        yield Fraud(where, "changed after it was written")


class _Told:
    """What the installation's chain says of checkpoints, taken in step with the checkpoints."""

    def __init__(self, told: Iterator[Announcement]) -> None:
        self._told = told
        self.next = next(told, None)

    def of(self, checkpoint: StoredCheckpoint) -> Iterator[Fraud]:
        """Compare a checkpoint with the entry that tells of it."""
        where = f"checkpoint {checkpoint.number}"
        if not isinstance(checkpoint.number, int):
            return  # It is found to be out of place.
        yield from self.missing_before(checkpoint.number)
        if self.next is None or self.next.number > checkpoint.number:
            yield Fraud(where, "no entry of the installation tells of it")
            return
        if not isinstance(checkpoint.hash, bytes) or self.next.hash != checkpoint.hash.hex():
            what = f"it is not the one that installation entry {self.next.entry} tells of"
            yield Fraud(where, what)
        self.next = next(self._told, None)

    def missing_before(self, number: float) -> Iterator[Fraud]:
        """Yield the checkpoints below a number that are told of and were not met."""
        missing: list[int] = []
        while self.next is not None and self.next.number < number:
            if self.next.number >= 0:
                missing = [missing[0] if missing else self.next.number, self.next.number]
            self.next = next(self._told, None)
        if missing:
            first, last = missing
            span = f"checkpoint {first}" if first == last else f"checkpoints {first} to {last}"
            yield Fraud(span, "missing, although the installation's chain tells of it")


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=UTC)


def _claims(session: Session, checkpoint: StoredCheckpoint) -> Iterator[Fraud]:
    """Look up what a checkpoint saw; its signature is known to be right."""
    claims = iter(orjson.loads(checkpoint.heads).items())
    while some := list(islice(claims, _CLAIMS_AT_ONCE)):
        wanted = {(uuid.UUID(chain), number): last for chain, (number, last) in some}
        place = tuple_(AuditEntryRow.chain, AuditEntryRow.number)
        statement = select(AuditEntryRow.chain, AuditEntryRow.number, AuditEntryRow.hash)
        rows = session.execute(statement.where(place.in_(list(wanted))))
        found = {(chain, number): last for chain, number, last in rows}
        for (chain, number), last in wanted.items():
            where = f"checkpoint {checkpoint.number}"
            if (chain, number) not in found:
                what = f"entry {number} of chain {chain} was there and is missing"
                yield Fraud(where, what)
            elif found[chain, number] != bytes.fromhex(last):
                yield Fraud(where, f"entry {number} of chain {chain} was another one")
