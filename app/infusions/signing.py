"""Signing what was recorded: by whom, which versions, and what became of them since.

An infusion, a plan or a visit is signed. A signature covers rows, each in one version: the row
that is signed, and of a visit everything that belongs to it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

import orjson
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden
from app.infusions.tables import SignatureRow
from app.kit import history
from app.kit.access import Principal, note_list
from app.kit.base import ClinicalRow, Json
from app.kit.history import Change, RecordVersion
from app.kit.rows import require_live
from app.said import Said, say

SIGNERS: Final = frozenset({"nurse", "physician"})
PRESCRIBERS: Final = frozenset({"physician"})
"""Who signs an order."""

State = Literal["stands", "amended", "voided", "does_not_match"]
"""`does_not_match`: what is kept of a signed version is not what was signed."""

What = Literal["changed", "voided", "added", "taken_out", "does_not_match"]
"""What became of one row: `taken_out` no longer belongs to what was signed."""

_ABOUT_THE_VERSION: Final = frozenset(
    {"recorded_at", "recorded_by", "changed_at", "changed_by", "change_reason", "confirmed"}
    | {"voided_at", "voided_by", "void_reason"}
)
LATER_COLUMNS: Final[Mapping[str, frozenset[str]]] = MappingProxyType({})
"""By table, columns that came after rows of it could be signed: they are no part of what was."""

_LINKS: Final[Mapping[str, str]] = MappingProxyType(
    {"infusions": "infusion_id", "visits": "visit_id", "plans": "plan_id"}
)

_NOT_YOURS: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "infusions": say("Only a nurse or a physician can sign this infusion."),
        "visits": say("Only a nurse or a physician can sign this visit."),
        "plans": say("Only a physician can sign this plan."),
    }
)
"""By table, what is said to a role that is not among its `Signable.signers`."""


@dataclass(frozen=True, slots=True)
class Signable:
    """What somebody signs: a row, what is signed with it, and the roles that may.

    `parts` are live rows that the signature covers besides.
    """

    row: ClinicalRow
    parts: Sequence[ClinicalRow] = ()
    signers: Collection[str] = SIGNERS


@dataclass(frozen=True, slots=True)
class RowChange:
    """What became of one row that a signature covers, or of one that came after it."""

    table: str
    id: uuid.UUID
    what: What
    changed_at: datetime | None
    changed_by: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and what became of what was signed since.

    `signed_version` and `content_hash` are of the row that was asked about; `changed_at` and by
    whom are of the latest of `changes`.
    """

    row: SignatureRow
    state: State
    signed_version: int
    content_hash: str
    changed_at: datetime | None = None
    changed_by: str | None = None
    changes: tuple[RowChange, ...] = ()


def content_hash(table: str, content: Json) -> str:
    """Return the SHA-256 of what a version of a row states, whatever the order of its columns."""
    left_out = _ABOUT_THE_VERSION | LATER_COLUMNS.get(table, frozenset())
    signed = {name: value for name, value in content.items() if name not in left_out}
    return hashlib.sha256(orjson.dumps(signed, option=orjson.OPT_SORT_KEYS)).hexdigest()


def covers_of(row: SignatureRow) -> list[dict[str, Any]]:
    """Return the table, id, version and hash of every row that a signature covers."""
    covers: object = row.covers
    # Somebody may have written there what no signature of ours says.
    listed = covers if isinstance(covers, list) else [_signed_by(row)]
    return [cover for cover in listed if _is_cover(cover)]


def _signed_by(row: SignatureRow) -> dict[str, Any]:
    """Return what the columns of a signature say of the row that was signed."""
    ids = {"visits": row.visit_id, "plans": row.plan_id, "infusions": row.infusion_id}
    table = next((name for name, id_ in ids.items() if id_ is not None), "infusions")
    return _cover(table, ids[table], row.signed_version, row.content_hash)


def _is_cover(cover: object) -> bool:
    match cover:
        case {"table": str(), "id": str(id_), "version": int(), "hash": str()}:
            try:
                return str(uuid.UUID(id_)) == id_
            except ValueError:
                return False
    return False


def _is_sound(row: SignatureRow) -> bool:
    """Say whether a signature covers what it says was signed, in that version."""
    if row.covers is None:
        return row.visit_id is row.plan_id is None  # from before anything else was signed
    covers: object = row.covers
    return (
        isinstance(covers, list)
        and _signed_by(row) in covers
        and all(_is_cover(cover) for cover in covers)
    )


def _cover(table: str, id_: uuid.UUID | None, version: int, signed: str) -> dict[str, Any]:
    return {"table": table, "id": str(id_), "version": version, "hash": signed}


def sign(
    session: Session,
    change: Change,
    *,
    signable: Signable,
    signer: Principal,
    row_id: uuid.UUID | None,
) -> tuple[SignatureRow, bool]:
    """Sign a row as it stands, or find that it was signed so before; say whether it is new.

    Raises
    ------
    Forbidden
        Somebody of this role does not sign such a row.
    Conflict
        The row is voided, or the id belongs to another signature.
    """
    row = signable.row
    if signer.role not in signable.signers:
        raise Forbidden(_NOT_YOURS[row.__tablename__])
    require_live(row)
    stored = None if row_id is None else session.get(SignatureRow, row_id)
    if stored is not None:
        if (getattr(stored, _LINKS[row.__tablename__]), stored.account_id) == (
            row.id,
            signer.account_id,
        ):
            return stored, False
        message = say("Signature %(id)s is stored already with other content.", id=str(row_id))
        raise Conflict(message)
    signed = (row, *signable.parts)
    made = SignatureRow(
        id=row_id or uuid.uuid4(),
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        **_links(signed),
        signed_version=row.version,
        content_hash=_hash_now(row),
        covers=[_cover(r.__tablename__, r.id, r.version, _hash_now(r)) for r in signed],
        account_id=signer.account_id,
        role=signer.role,
    )
    history.begin(made, change)
    session.add(made)
    session.flush()
    return made, True


def _hash_now(row: ClinicalRow) -> str:
    return content_hash(row.__tablename__, history.content_of(row))


def _links(rows: Sequence[ClinicalRow]) -> dict[str, uuid.UUID]:
    linked = (row for row in rows if row.__tablename__ in _LINKS)
    return {_LINKS[row.__tablename__]: row.id for row in linked}


def signatures_of(
    session: Session, row: ClinicalRow, *, parts: Sequence[ClinicalRow] | None = None
) -> Sequence[Signature]:
    """Return the signatures of a row, oldest first, each with what became of what it covers.

    `parts` are the rows that belong to it now, voided ones included; without them a signature is
    only held against the row itself, as on the page of an infusion that a visit's signature
    covers.
    """
    link = getattr(SignatureRow, _LINKS[row.__tablename__])
    rows = session.scalars(
        select(SignatureRow)
        .where(SignatureRow.patient_id == row.patient_id, link == row.id)
        .order_by(SignatureRow.recorded_at, SignatureRow.signed_version, SignatureRow.id)
    ).all()
    note_list(session, [each.id for each in rows])
    if not rows:
        return []
    there = {_key(each.__tablename__, each.id): each for each in (row, *(parts or ()))}
    covered = {each.id: _covers_among(each, row, is_whole=parts is not None) for each in rows}
    hashes = _hashes(session, there, [one for covers in covered.values() for one in covers])
    return [
        _standing(each, row, there=there, covers=covered[each.id], hashes=hashes) for each in rows
    ]


def _key(table: str, id_: uuid.UUID | str) -> str:
    return f"{table} {id_}"


def _covers_among(
    signature: SignatureRow, row: ClinicalRow, *, is_whole: bool
) -> list[dict[str, Any]]:
    covers = covers_of(signature)
    return covers if is_whole else [c for c in covers if c["id"] == str(row.id)]


def _hashes(
    session: Session, there: Mapping[str, ClinicalRow], covers: Sequence[dict[str, Any]]
) -> dict[tuple[str, int], str]:
    """Return the hash of every version that is covered, as it is kept."""
    hashes = {(key, row.version): _hash_now(row) for key, row in there.items()}
    wanted = {
        (c["table"], uuid.UUID(c["id"]), c["version"])
        for c in covers
        if (_key(c["table"], c["id"]), c["version"]) not in hashes
    }
    versions = tuple_(RecordVersion.table_name, RecordVersion.row_id, RecordVersion.version)
    kept = session.scalars(select(RecordVersion).where(versions.in_(wanted))) if wanted else ()
    for version in kept:
        key = _key(version.table_name, version.row_id)
        now = there.get(key)
        # What a column says that came later than a version is not known of that version.
        unknown = dict.fromkeys(history.content_of(now)) if now is not None else {}
        content = {**unknown, **version.content}
        hashes[key, version.version] = content_hash(version.table_name, content)
    return hashes


def _standing(
    signature: SignatureRow,
    row: ClinicalRow,
    *,
    there: Mapping[str, ClinicalRow],
    covers: Sequence[dict[str, Any]],
    hashes: Mapping[tuple[str, int], str],
) -> Signature:
    changes = list(_changes(there, covers, hashes))
    own = next((c for c in covers if c["id"] == str(row.id)), None)
    if own is None or not _is_sound(signature):
        changes.append(RowChange(row.__tablename__, row.id, "does_not_match", None, None))
    state: State = "stands"
    if any(change.what == "does_not_match" for change in changes):
        state = "does_not_match"
    elif row.voided_at is not None and changes:
        state = "voided"
    elif changes:
        state = "amended"
    dated = [change for change in changes if change.changed_at is not None]
    last = max(dated, key=lambda change: str(change.changed_at), default=None)
    return Signature(
        signature,
        state,
        signature.signed_version if own is None else own["version"],
        signature.content_hash if own is None else own["hash"],
        None if last is None else last.changed_at,
        None if last is None else last.changed_by,
        tuple(changes),
    )


def _changes(
    there: Mapping[str, ClinicalRow],
    covers: Sequence[dict[str, Any]],
    hashes: Mapping[tuple[str, int], str],
) -> Iterator[RowChange]:
    covered = set()
    for cover in covers:
        key = _key(cover["table"], cover["id"])
        covered.add(key)
        row = there.get(key)
        changed = (None, None) if row is None else (row.changed_at, row.changed_by)
        what: What | None = None
        if row is None:
            what = "taken_out"
        elif hashes.get((key, cover["version"])) != cover["hash"]:
            what = "does_not_match"
        elif row.version != cover["version"]:
            what = "changed" if row.voided_at is None else "voided"
        if what is not None:
            yield RowChange(cover["table"], uuid.UUID(cover["id"]), what, *changed)
    for key, row in there.items():
        if key not in covered and row.voided_at is None:
            yield RowChange(row.__tablename__, row.id, "added", row.recorded_at, row.recorded_by)
