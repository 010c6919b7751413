"""Signing a visit: its word covers the visit, the infusion, every vial, event and reaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import Fault, RuleViolation, VersionMismatch
from app.infusions.signing import Signable, Signature, sign, signatures_of
from app.infusions.tables import InfusionRow, SignatureRow
from app.kit.access import Principal
from app.kit.history import Change
from app.kit.rows import locked_now
from app.said import say
from app.visits.completeness import missing
from app.visits.record import Whole, fingerprint_of, live, recorded_of, whole_of
from app.visits.tables import VisitRow


def whole_to_sign(session: Session, visit: VisitRow) -> Whole:
    """Lock a visit with its infusion, and collect all of it: what is compared, then signed."""
    locked_now(session, VisitRow, visit.id)
    if visit.infusion_id is not None:
        locked_now(session, InfusionRow, visit.infusion_id)
    return whole_of(session, visit)


def sign_visit(
    session: Session,
    change: Change,
    *,
    whole: Whole,
    signer: Principal,
    row_id: uuid.UUID | None,
) -> tuple[SignatureRow, bool]:
    """Sign a visit with all that was collected of it; say whether the signature is new.

    Raises
    ------
    RuleViolation
        The visit still needs something; every gap is listed.
    Forbidden, Conflict
        As `app.infusions.signing.sign`.
    """
    stored = None if row_id is None else session.get(SignatureRow, row_id)
    if stored is None:
        # What was signed before stays so, whatever was taken away since.
        gaps = missing(recorded_of(session, whole, now=change.now))
        if gaps:
            raise RuleViolation([Fault(gap.field, None, gap.reason) for gap in gaps])
    signable = Signable(whole.visit, live(whole.parts))
    return sign(session, change, signable=signable, signer=signer, row_id=row_id)


def require_seen(
    session: Session, whole: Whole, fingerprint: str, *, row_id: uuid.UUID | None
) -> None:
    """Refuse a new signature of something else than was read.

    Raises
    ------
    VersionMismatch
        Something that belongs to the visit was changed, added or voided since.
    """
    if row_id is not None and session.get(SignatureRow, row_id) is not None:
        return
    if fingerprint_of(whole) != fingerprint:
        message = say(
            "What belongs to visit %(id)s was changed meanwhile; read it again.",
            id=str(whole.visit.id),
        )
        raise VersionMismatch(message)


def signatures_of_visit(session: Session, visit: VisitRow) -> Sequence[Signature]:
    """Return the signatures of a visit, oldest first, each with what became of what it covers."""
    return signatures_of(session, visit, parts=whole_of(session, visit).parts)
