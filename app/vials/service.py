"""How vials are entered, and how their infusion follows them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session, object_session

from app.errors import Conflict, Fault, RuleViolation
from app.infusions.repository import vial_totals, vials_of
from app.infusions.rules import GIVEN, InfusionDraft, contradictions
from app.infusions.service import FOLLOWING_LATER, INFUSION, Later
from app.infusions.tables import InfusionRow, VialRow
from app.kit.base import Json
from app.kit.rows import locked_now, require_live
from app.lots.rules import lot_key
from app.lots.service import recall_of
from app.patients import entries
from app.patients.entries import Entering, Entry
from app.patients.tables import PatientRow
from app.products.repository import find_by_key, known_keys
from app.said import say
from app.vials.grams import grams
from app.vials.repository import is_serial_used
from app.vials.rules import Around, InfusionFacts, VialDraft, check_vial

_COLUMNS: Final = (
    *("infusion_id", "product", "nominal_g", "lot", "used_ml", "wasted_ml", "expires_on"),
    *("started_at", "serial", "gtin", "scanned_text", "waste_reason", "looks_right"),
    *("expired_reason", "recalled_reason"),
)
_STRENGTH: Final = "concentration_mg_per_ml"
_OF_INFUSION: Final = "infusion."


# --- vials ---------------------------------------------------------------------------------------


def _content(draft: VialDraft) -> Json:
    used_g, wasted_g = grams(draft.nominal_g, used_ml=draft.used_ml, wasted_ml=draft.wasted_ml)
    content: Json = {name: getattr(draft, name) for name in _COLUMNS}
    content |= {"lot_key": lot_key(draft.lot), "used_g": used_g, "wasted_g": wasted_g}
    if draft.concentration_mg_per_ml is not None:
        content[_STRENGTH] = draft.concentration_mg_per_ml
    return content


def _draft(row: VialRow) -> VialDraft:
    columns: dict[str, Any] = {name: getattr(row, name) for name in (*_COLUMNS, _STRENGTH)}
    return VialDraft(**columns)


def _strength(draft: VialDraft, patient: PatientRow) -> Json:
    """Return the concentration of the product as it is now, where none was stated."""
    session = object_session(patient)
    if draft.concentration_mg_per_ml is not None or session is None:
        return {}
    product = find_by_key(session, patient.clinic_id, draft.product)
    return {_STRENGTH: None if product is None else product.concentration_mg_per_ml}


def _check(
    entering: Entering, patient: PatientRow, draft: VialDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    around = _around(entering.session, patient, draft, row_id)
    return check_vial(draft, now=entering.change.now, birth_date=patient.birth_date, around=around)


def _around(
    session: Session, patient: PatientRow, draft: VialDraft, row_id: uuid.UUID | None
) -> Around:
    stored = None if row_id is None else session.get(VialRow, row_id)
    before = None if stored is None else _draft(stored)
    infusion = _facts_of(session, patient, draft.infusion_id, but=row_id)
    given_at = infusion.started_at if infusion else None
    known = set(known_keys(session, patient.clinic_id, at=given_at))
    known |= {before.product} if before else set()
    known |= {infusion.product} if infusion and infusion.product else set()
    product = find_by_key(session, patient.clinic_id, draft.product)
    return Around(
        infusion,
        known_products=known,
        concentration_mg_per_ml=product.concentration_mg_per_ml if product else None,
        vial_sizes_g=tuple(product.facts.get("vial_sizes_g") or ()) if product else (),
        recall=_recall(session, patient, draft, infusion),
        serial_used=draft.serial is not None
        and is_serial_used(
            session,
            patient.clinic_id,
            serial=draft.serial,
            gtin=draft.gtin,
            product=draft.product,
            but=row_id,
        ),
        before=before,
    )


def _facts_of(
    session: Session, patient: PatientRow, infusion_id: uuid.UUID, *, but: uuid.UUID | None
) -> InfusionFacts | None:
    row = session.get(InfusionRow, infusion_id)
    if row is None or row.patient_id != patient.id:
        return None
    own = {vial.id: vial.product for vial in vials_of(session, row.id)}
    others = [product for vial_id, product in own.items() if vial_id != but]
    # The infusion follows its only vial, whose product can thus be corrected.
    product = others[0] if others else (None if but in own else row.product)
    return InfusionFacts(
        row.started_at,
        row.ended_at,
        row.local_date,
        product,
        is_voided=row.voided_at is not None,
    )


def _recall(
    session: Session, patient: PatientRow, draft: VialDraft, infusion: InfusionFacts | None
) -> str | None:
    """Return what the recall of a lot says, if it had been announced when the vial was given."""
    if infusion is None:
        return None
    recall = recall_of(
        session,
        patient.clinic_id,
        product=draft.product,
        lot=draft.lot,
        on_or_before=infusion.local_date,
    )
    return None if recall is None else f"{recall.source}, {recall.announced_on}"


# --- the infusion follows ------------------------------------------------------------------------


@contextmanager
def following_later(entering: Entering) -> Iterator[None]:
    """Let infusions follow their vials once, at the end, whatever number of vials is entered.

    What was stated meanwhile of an infusion's grams, product and lots is compared with its vials
    then; what was not stated follows them.

    Raises
    ------
    RuleViolation, Conflict
        As `follow_vials`, or an infusion was stated otherwise than its vials.
    """
    later = Later()
    entering.session.info[FOLLOWING_LATER] = later
    try:
        yield
    finally:
        del entering.session.info[FOLLOWING_LATER]
    for infusion_id, stated in later.stated.items():
        _require_agreement(entering.session, infusion_id, stated)
    for infusion_id in later.touched:
        follow_vials(entering, infusion_id)


def _require_agreement(session: Session, infusion_id: uuid.UUID, stated: InfusionDraft) -> None:
    session.flush()
    totals = vial_totals(session, infusion_id)
    if totals is None:
        return
    said = replace(
        stated,
        product=stated.product or totals.product,
        dose_g=stated.dose_g or totals.dose_g,
        lot_numbers=stated.lot_numbers or totals.lots,
    )
    faults = contradictions(said, totals)
    if faults:
        raise RuleViolation([_of_infusion(fault) for fault in faults])


def _of_infusion(fault: Fault) -> Fault:
    return replace(fault, field=f"{_OF_INFUSION}{fault.field}")


def _follow(entering: Entering, row: VialRow) -> None:
    later: Later | None = entering.session.info.get(FOLLOWING_LATER)
    if later is None:
        follow_vials(entering, row.infusion_id, is_live=row.voided_at is None)
    else:
        later.touched[row.infusion_id] = None


def follow_vials(entering: Entering, infusion_id: uuid.UUID, *, is_live: bool = True) -> None:
    """Make the infusion say what its vials say: product, grams and lots.

    `is_live` says whether the vial that was entered or changed stands.

    Raises
    ------
    RuleViolation
        The infusion would have faults, named `infusion.<field>`; unusual values are confirmed
        under these names.
    Conflict
        The last vial of an infusion that was given cannot go; or the infusion was voided.
    """
    session = entering.session
    infusion = locked_now(session, InfusionRow, infusion_id)
    if infusion is None:
        return
    if infusion.voided_at is not None:
        # It was voided after the vial was checked, and before it was stored.
        if is_live:
            require_live(infusion)
        return
    before = INFUSION.draft_of(infusion)
    totals = vial_totals(session, infusion_id)
    if totals is not None:
        # Vials of one minute have no order of their own: the same lots stay as they were stated.
        is_same = sorted(before.lot_numbers) == sorted(totals.lots)
        lots = before.lot_numbers if is_same else totals.lots
        draft = replace(before, product=totals.product, dose_g=totals.dose_g, lot_numbers=lots)
    elif infusion.status in GIVEN:
        message = say(
            "It is the only vial of infusion %(infusion)s, which is %(status)s: enter the right"
            " vial first, or set the infusion to %(open)s.",
            infusion=str(infusion_id),
            status=infusion.status,
            open="in_progress",
        )
        raise Conflict(message)
    else:
        draft = replace(before, dose_g=None, lot_numbers=())
    if draft == before:
        return
    reason = entering.change.reason or "Follows its vials."
    circumstances = Entering(
        session, replace(entering.change, reason=reason), _confirmed_of_infusion(entering)
    )
    try:
        entries.amend(circumstances, INFUSION, row=infusion, draft=draft)
    except RuleViolation as violation:
        faults = [_of_infusion(fault) for fault in violation.faults]
        raise RuleViolation(faults) from violation


def _confirmed_of_infusion(entering: Entering) -> bool | frozenset[str]:
    confirm = entering.confirm
    if isinstance(confirm, bool):
        return confirm
    names = (name for name in confirm if name.startswith(_OF_INFUSION))
    return frozenset(name.removeprefix(_OF_INFUSION) for name in names)


VIAL: Final[Entry[VialDraft, VialRow]] = Entry(
    what="Vial",
    table=VialRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=_strength,
    check=_check,
    row_key=("infusion_id", "serial", "lot"),
    is_analysed=False,
    follow=_follow,
)
