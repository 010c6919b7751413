"""Signing an infusion: by whom, which version, and what became of it since."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden
from app.infusions.tables import InfusionRow, SignatureRow
from app.kit import history
from app.kit.access import Principal, note_list
from app.kit.base import Json
from app.kit.history import Change
from app.kit.rows import require_live

SIGNERS: Final = frozenset({"nurse", "physician"})

State = Literal["stands", "amended", "voided", "does_not_match"]
"""`does_not_match`: what is kept of the signed version is not what was signed."""

SIGNED_COLUMNS: Final = (
    *("id", "version", "clinic_id", "patient_id", "started_at", "ended_at", "time_zone"),
    *("local_date", "status", "product", "dose_g", "weight_kg", "lot_numbers", "note"),
)
"""What a signature stands for; columns that come later are none of it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and what became of the signed row since; `changed_at` and by whom, if it did."""

    row: SignatureRow
    state: State
    changed_at: datetime | None
    changed_by: str | None


def content_hash(content: Json) -> str:
    """Return the SHA-256 of `SIGNED_COLUMNS` of a version, whatever their order."""
    signed = {name: content[name] for name in SIGNED_COLUMNS}
    return hashlib.sha256(orjson.dumps(signed, option=orjson.OPT_SORT_KEYS)).hexdigest()


def sign(
    session: Session,
    change: Change,
    *,
    infusion: InfusionRow,
    signer: Principal,
    row_id: uuid.UUID | None,
) -> tuple[SignatureRow, bool]:
    """Sign the infusion as it stands, or find that it was signed so before; say whether it is new.

    Raises
    ------
    Forbidden
        Only nurses and physicians sign.
    Conflict
        The infusion is voided, or the id belongs to another signature.
    """
    if signer.role not in SIGNERS:
        message = "Only a nurse or a physician can sign an infusion."
        raise Forbidden(message)
    require_live(infusion)
    stored = None if row_id is None else session.get(SignatureRow, row_id)
    if stored is not None:
        if (stored.infusion_id, stored.account_id) == (infusion.id, signer.account_id):
            return stored, False
        message = f"Signature {row_id} is stored already with other content."
        raise Conflict(message)
    row = SignatureRow(
        id=row_id or uuid.uuid4(),
        clinic_id=infusion.clinic_id,
        patient_id=infusion.patient_id,
        infusion_id=infusion.id,
        signed_version=infusion.version,
        content_hash=content_hash(history.content_of(infusion)),
        account_id=signer.account_id,
        role=signer.role,
    )
    history.begin(row, change)
    session.add(row)
    session.flush()
    return row, True


def signatures_of(session: Session, infusion: InfusionRow) -> Sequence[Signature]:
    """Return the signatures of an infusion, oldest first, each with what became of it."""
    rows = session.scalars(
        select(SignatureRow)
        .where(SignatureRow.infusion_id == infusion.id)
        .order_by(SignatureRow.recorded_at, SignatureRow.signed_version, SignatureRow.id)
    ).all()
    note_list(session, [row.id for row in rows])
    if not rows:
        return []
    versions = history.history_of(session, infusion)
    hashes = {version["version"]: content_hash(version) for version in versions}
    return [standing_of(infusion, row, hashes=hashes) for row in rows]


def standing_of(
    infusion: InfusionRow, row: SignatureRow, *, hashes: Mapping[int, str]
) -> Signature:
    """Return a signature and what became of the infusion since; `hashes` are by version."""
    changed: tuple[datetime | None, str | None] = (None, None)
    state: State = "stands"
    if infusion.version != row.signed_version:
        state = "amended" if infusion.voided_at is None else "voided"
        changed = infusion.changed_at, infusion.changed_by
    if hashes.get(row.signed_version) != row.content_hash:
        state = "does_not_match"
    return Signature(row, state, *changed)
