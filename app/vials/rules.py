"""What may be entered about a vial, and how its grams add up. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.errors import Fault, Severity
from app.infusions.rules import GRAM_DIGITS
from app.kit.fields import PastInstant, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, found, number, quoted
from app.products.rules import gtin_14, in_a_row, product_fault, unknown_rule
from app.said import Said, say
from app.vials.grams import volume_ml

VOLUME_TOLERANCE_ML: Final = 0.05
"""A judgement: syringes and pumps are read to a tenth of a millilitre."""


@dataclass(frozen=True, slots=True)
class VialDraft:
    """One vial that was opened for an infusion.

    Attributes
    ----------
    nominal_g : float
        What the label says is in it, g.
    used_ml, wasted_ml : float
        What ran in and what was thrown away, mL: together all of the vial.
    concentration_mg_per_ml : float or None
        None for that of the product; of a powder, what it was dissolved to.
    gtin, serial, scanned_text : str or None
        From the code on the package; `scanned_text` as the scanner read it.
    looks_right : bool or None
        Clear and without particles, by eye; None where nobody looked.
    expired_reason, recalled_reason : str or None
        Why it was given although its date had passed, or its lot was recalled.
    """

    infusion_id: uuid.UUID
    product: str
    nominal_g: float
    lot: str
    used_ml: float
    wasted_ml: float = 0.0
    expires_on: date | None = None
    started_at: datetime | None = None
    concentration_mg_per_ml: float | None = None
    serial: str | None = None
    gtin: str | None = None
    scanned_text: str | None = None
    waste_reason: str | None = None
    looks_right: bool | None = None
    expired_reason: str | None = None
    recalled_reason: str | None = None


@dataclass(frozen=True, slots=True)
class InfusionFacts:
    """What a vial is compared with of its infusion; `local_date` is the patient's date then.

    `product` is None where no product was named yet.
    """

    started_at: datetime
    ended_at: datetime | None
    local_date: date
    product: str | None
    is_voided: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around a vial.

    Attributes
    ----------
    infusion : InfusionFacts or None
        None where the patient has no such infusion.
    known_products : collection of str
        Keys that may be given.
    concentration_mg_per_ml : float or None
        Of the product, mg/mL; None for powders.
    vial_sizes_g : sequence of float
        Of the product, g; empty where they are not known.
    recall : str or None
        What the recall of the lot says, where it was recalled by the day of the infusion.
    serial_used : bool
        Whether the same vial stands in the record already.
    before : VialDraft or None
        What is stored of a vial that is amended.
    """

    infusion: InfusionFacts | None
    known_products: Collection[str] = ()
    concentration_mg_per_ml: float | None = None
    vial_sizes_g: Sequence[float] = ()
    recall: str | None = None
    serial_used: bool = False
    before: VialDraft | None = None


_INFUSION: Final = Rule("vials", "infusion_id", "unknown", "not a live infusion of the patient")
_MOVED: Final = Rule("vials", "infusion_id", "moved", "another infusion than it was entered for")
_PRODUCT: Final = unknown_rule("vials")
_OTHER_PRODUCT: Final = Rule(
    "vials", "product", "other", "another product than that of the infusion and its other vials"
)
_NOMINAL: Final = Limit(
    "vials",
    "nominal_g",
    "g",
    impossible_below=0.1,
    impossible_above=100,
    unusual_below=0.5,
    unusual_above=40,
    note="the catalogue has vials of 0.5 to 40 g",
)
_SIZE: Final = Rule(
    "vials",
    "nominal_g",
    "not-a-size",
    "not one of the product's vial sizes in the catalogue",
    Severity.UNUSUAL,
)
_CONCENTRATION: Final = Limit(
    "vials",
    "concentration_mg_per_ml",
    "mg/mL",
    impossible_below=20,
    impossible_above=250,
    note="products have 50 to 200 mg/mL",
)
_NEEDS_CONCENTRATION: Final = Rule(
    "vials",
    "concentration_mg_per_ml",
    "needed",
    "missing although the catalogue has none for the product, as of a powder",
)
_OTHER_CONCENTRATION: Final = Rule(
    "vials",
    "concentration_mg_per_ml",
    "other",
    "another one than the catalogue has for the product",
    Severity.UNUSUAL,
)
_USED: Final = Limit("vials", "used_ml", "mL", impossible_below=0, impossible_above=2000)
_WASTED: Final = Limit("vials", "wasted_ml", "mL", impossible_below=0, impossible_above=2000)
_WHOLE: Final = Rule(
    "vials",
    "used_ml",
    "does-not-add-up",
    f"used_ml and wasted_ml together differ by more than {VOLUME_TOLERANCE_ML} mL from the"
    " vial's volume, which is nominal_g by the concentration",
)
_WASTE_REASON: Final = TextField("vials", "waste_reason", 500, has_lines=True)
_NEEDS_WASTE_REASON: Final = Rule(
    "vials", "waste_reason", "needed", "missing although some of the vial was thrown away"
)
# As in an infusion's lot_numbers, which a semicolon separates in files.
_LOT: Final = TextField("vials", "lot", 40, is_key=True, without=";")
_NO_EXPIRY: Final = Rule("vials", "expires_on", "missing", "missing", Severity.UNUSUAL)
_EXPIRED_REASON: Final = TextField("vials", "expired_reason", 500, has_lines=True)
_EXPIRED: Final = Rule(
    "vials",
    "expired_reason",
    "needed",
    "missing although expires_on was before the day of the infusion",
    source="judgement: makers have withdrawn named lots, and extended the expiry of others",
)
_RECALLED_REASON: Final = TextField("vials", "recalled_reason", 500, has_lines=True)
_RECALLED: Final = Rule(
    "vials",
    "recalled_reason",
    "needed",
    "missing although the lot had been recalled by the day of the infusion",
)
_STARTED_AT: Final = PastInstant("vials", "started_at")
_BESIDE: Final = Rule(
    "vials",
    "started_at",
    "beside-infusion",
    "before the infusion began or after it ended",
    Severity.UNUSUAL,
)
_SERIAL: Final = TextField("vials", "serial", 40, is_key=True)
_SERIAL_USED: Final = Rule("vials", "serial", "used", "that of a vial that was entered before")
_GTIN: Final = Rule(
    "vials",
    "gtin",
    "not-a-gtin",
    "not 14 digits of which the last one checks the others",
    source="GS1 General Specifications, check digit",
)
_SCANNED: Final = TextField("vials", "scanned_text", 400, has_lines=True)
_LOOKS_WRONG: Final = Rule(
    "vials", "looks_right", "used", "false although some of the vial ran in", Severity.UNUSUAL
)

SPECS: Final[tuple[Spec, ...]] = (
    *(_INFUSION, _MOVED, _PRODUCT, _OTHER_PRODUCT, _NOMINAL, _SIZE, _LOT, _NO_EXPIRY),
    *(_STARTED_AT, _BESIDE, _CONCENTRATION, _NEEDS_CONCENTRATION, _OTHER_CONCENTRATION),
    *(_USED, _WASTED, _WHOLE, _WASTE_REASON, _NEEDS_WASTE_REASON, _SERIAL, _SERIAL_USED, _GTIN),
    *(_SCANNED, _LOOKS_WRONG, _EXPIRED_REASON, _EXPIRED, _RECALLED_REASON, _RECALLED),
)


def check_vial(
    draft: VialDraft, *, now: datetime, birth_date: date | None, around: Around
) -> list[Fault]:
    """Return every fault of a vial.

    Parameters
    ----------
    draft : VialDraft
        The vial.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    around : Around
        What is known around it.
    """
    return [
        *_STARTED_AT.check(draft.started_at, now=now, birth_date=birth_date),
        *found(
            *_infusion_faults(draft, around),
            _product_fault(draft, around),
            _size_fault(draft, around),
            _concentration_fault(draft, around),
            *_volume_faults(draft, around),
            _LOT.check(draft.lot),
            _SERIAL.check(draft.serial),
            _serial_fault(draft, around),
            _gtin_fault(draft.gtin),
            _scanned_fault(draft.scanned_text),
            _looks_fault(draft),
            *_stop_faults(draft, around),
        ),
    ]


def _infusion_faults(draft: VialDraft, around: Around) -> list[Fault | None]:
    before = around.before
    if before is not None and before.infusion_id != draft.infusion_id:
        reason = say(
            "a vial of infusion %(infusion)s stays there: void it and enter it anew",
            infusion=str(before.infusion_id),
        )
        return [_MOVED.fault(str(draft.infusion_id), reason)]
    infusion = around.infusion
    if infusion is None:
        reason = say("%(id)s is not an infusion of the patient", id=str(draft.infusion_id))
        return [_INFUSION.fault(str(draft.infusion_id), reason)]
    if infusion.is_voided:
        reason = say("infusion %(id)s was voided", id=str(draft.infusion_id))
        return [_INFUSION.fault(str(draft.infusion_id), reason)]
    at = draft.started_at
    if at is None or infusion.started_at <= at <= (infusion.ended_at or at):
        return []
    return [_BESIDE.fault(at, _not_within(at, infusion.started_at, infusion.ended_at))]


def _not_within(at: datetime, start: datetime, end: datetime | None) -> Said:
    parts = {"at": at.isoformat(), "start": start.isoformat()}
    if end is None:
        return say("%(at)s is not within %(start)s", **parts)
    return say("%(at)s is not within %(start)s to %(end)s", end=end.isoformat(), **parts)


def _product_fault(draft: VialDraft, around: Around) -> Fault | None:
    fault = product_fault(_PRODUCT, draft.product, known_products=around.known_products)
    if fault is not None or around.infusion is None:
        return fault
    expected = around.infusion.product
    if expected is None or expected == draft.product:
        return None
    parts = {"product": draft.product, "expected": expected}
    reason = say("%(product)s is not %(expected)s, the product of the infusion", **parts)
    return _OTHER_PRODUCT.fault(draft.product, reason)


def _size_fault(draft: VialDraft, around: Around) -> Fault | None:
    fault = check_limit(_NOMINAL, draft.nominal_g)
    if fault is not None or not around.vial_sizes_g or draft.nominal_g in around.vial_sizes_g:
        return fault
    reason = say(
        "%(grams)s g is not a vial of %(product)s, which has %(sizes)s g",
        grams=number(draft.nominal_g),
        product=draft.product,
        sizes=in_a_row(around.vial_sizes_g),
    )
    return _SIZE.fault(draft.nominal_g, reason)


def _concentration_fault(draft: VialDraft, around: Around) -> Fault | None:
    stated, usual = draft.concentration_mg_per_ml, around.concentration_mg_per_ml
    if stated is None:
        if usual is not None or draft.product not in around.known_products:
            return None
        reason = say("it is missing, and the catalogue has none for the product")
        return _NEEDS_CONCENTRATION.fault(None, reason)
    fault = check_limit(_CONCENTRATION, stated)
    before = around.before
    kept = before is not None and before.concentration_mg_per_ml == stated
    if fault is not None or usual is None or stated == usual or kept:
        return fault
    parts = {"stated": number(stated), "usual": number(usual)}
    reason = say("%(stated)s mg/mL, and the catalogue has %(usual)s", **parts)
    return _OTHER_CONCENTRATION.fault(stated, reason)


def _volume_faults(draft: VialDraft, around: Around) -> list[Fault | None]:
    faults = [check_limit(_USED, draft.used_ml), check_limit(_WASTED, draft.wasted_ml)]
    faults.append(_WASTE_REASON.check(draft.waste_reason))
    if any(faults):
        return faults
    if draft.wasted_ml and draft.waste_reason is None:
        wasted = number(draft.wasted_ml)
        reason = say("it is missing, and %(wasted)s mL were thrown away", wasted=wasted)
        faults.append(_NEEDS_WASTE_REASON.fault(None, reason))
    faults.append(_whole_fault(draft, around))
    return faults


def _whole_fault(draft: VialDraft, around: Around) -> Fault | None:
    strength = draft.concentration_mg_per_ml or around.concentration_mg_per_ml
    if strength is None or check_limit(_CONCENTRATION, strength) is not None:
        return None
    whole_ml = volume_ml(draft.nominal_g, concentration_mg_per_ml=strength)
    together_ml = draft.used_ml + draft.wasted_ml
    # What binary fractions add is no fault: 0.05 mL itself is inside.
    if round(abs(together_ml - whole_ml), GRAM_DIGITS) <= VOLUME_TOLERANCE_ML:
        return None
    reason = say(
        "%(used)s mL used and %(wasted)s mL wasted are %(together)s mL, and the vial holds"
        " %(whole)s mL",
        used=number(draft.used_ml),
        wasted=number(draft.wasted_ml),
        together=number(round(together_ml, 3)),
        whole=number(round(whole_ml, 3)),
    )
    return _WHOLE.fault(draft.used_ml, reason)


def _serial_fault(draft: VialDraft, around: Around) -> Fault | None:
    if draft.serial is None or not around.serial_used:
        return None
    reason = say("the vial with serial %(serial)s was entered before", serial=draft.serial)
    return _SERIAL_USED.fault(draft.serial, reason)


def _gtin_fault(gtin: str | None) -> Fault | None:
    if gtin is None or gtin_14(gtin) == gtin:
        return None
    reason = say("%(gtin)s is not 14 digits with a right check digit", gtin=quoted(gtin))
    return _GTIN.fault(gtin, reason)


def _scanned_fault(text: str | None) -> Fault | None:
    # A scanner sends FNC1 as the control character GS, and keeps it between the elements.
    return _SCANNED.check(None if text is None else text.replace("\x1d", " "))


def _looks_fault(draft: VialDraft) -> Fault | None:
    if draft.looks_right is not False or draft.used_ml <= 0:
        return None
    used = number(draft.used_ml)
    return _LOOKS_WRONG.fault(
        False, say("%(used)s mL ran in of a vial that looks wrong", used=used)
    )


def _stop_faults(draft: VialDraft, around: Around) -> list[Fault | None]:
    """Return why a vial must not be given without a reason: its date has passed, or a recall."""
    faults = [
        _EXPIRED_REASON.check(draft.expired_reason),
        _RECALLED_REASON.check(draft.recalled_reason),
    ]
    if draft.expires_on is None:
        faults.append(_NO_EXPIRY.fault(None, say("it is missing")))
    elif is_expired(draft.expires_on, around) and draft.expired_reason is None:
        day = str(draft.expires_on)
        reason = say("it is missing, and the vial expired on %(day)s", day=day)
        faults.append(_EXPIRED.fault(None, reason))
    if around.recall is not None and draft.recalled_reason is None:
        parts = {"lot": draft.lot, "recall": around.recall}
        reason = say("it is missing, and lot %(lot)s was recalled: %(recall)s", **parts)
        faults.append(_RECALLED.fault(None, reason))
    return faults


def is_expired(expires_on: date, around: Around) -> bool:
    """Say whether the date had passed on the day of the infusion; the day itself is good."""
    return around.infusion is not None and expires_on < around.infusion.local_date
