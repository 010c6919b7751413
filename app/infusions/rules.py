"""What may be entered about an infusion. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.errors import Fault, Severity
from app.kit.fields import Choice, PastInstant, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, found, number
from app.patients.rules import weight_change_rule, weight_faults, weight_limit
from app.plans.rules import IMPOSSIBLE_G, UNUSUAL_G, PerKgRules
from app.products.rules import product_fault, unknown_rule
from app.said import Said, say

USUAL_DURATION: Final = timedelta(hours=16)
"""A judgement: 2 g/kg on one day at a slow rate takes a working day."""

POSSIBLE_DURATION: Final = timedelta(hours=48)
"""A judgement: an infusion belongs to one infusion day; longer, a date is wrong."""

GRAM_DIGITS: Final = 6
"""Grams of vials are kept to a millionth, so that sums come out even."""

GIVEN: Final = ("completed", "stopped")
"""Statuses of an infusion that ran, to its end or not."""


@dataclass(frozen=True, slots=True)
class InfusionDraft:
    """One infusion; `dose_g` is what ran in it, not what was ordered for the course."""

    started_at: datetime
    status: str
    ended_at: datetime | None = None
    product: str | None = None
    dose_g: float | None = None
    weight_kg: float | None = None
    lot_numbers: tuple[str, ...] = ()
    note: str | None = None


_STARTED_AT: Final = PastInstant("infusions", "started_at")
_ENDED_AT: Final = PastInstant("infusions", "ended_at")
_STATUS: Final = Choice("infusions", "status", (*GIVEN, "not_done", "in_progress"))
_ENDS_FIRST: Final = Rule("infusions", "ended_at", "before-start", "before started_at")
_NO_END: Final = Rule(
    "infusions", "ended_at", "without-end", "given although the status is not_done or in_progress"
)
_TOO_LONG: Final = Rule("infusions", "ended_at", "too-long", "more than 48 hours after started_at")
_LONG: Final = Rule(
    "infusions", "ended_at", "long", "more than 16 hours after started_at", Severity.UNUSUAL
)
_DOSE: Final = Limit(
    "infusions",
    "dose_g",
    "g",
    impossible_below=0,
    impossible_above=IMPOSSIBLE_G,
    unusual_above=UNUSUAL_G,
    note="240 and 400 g are 2.4 and 4 g/kg at 100 kg",
)
_BY_WEIGHT: Final = PerKgRules("infusions")
_NEEDS_DOSE: Final = Rule(
    "infusions",
    "dose_g",
    "needed",
    "missing or 0 although the status is completed or stopped",
    source="import format",
)
_NOT_GIVEN: Final = Rule(
    "infusions",
    "dose_g",
    "not-given",
    "above 0 although the status is not_done",
    source="import format",
)
_PRODUCT: Final = unknown_rule("infusions")
_NEEDS_PRODUCT: Final = Rule(
    "infusions",
    "product",
    "needed",
    "missing although the status is completed or stopped",
    source="import format",
)
_WEIGHT: Final = weight_limit("infusions")
_WEIGHT_CHANGE: Final = weight_change_rule("infusions")
# A semicolon separates lots in files, so a lot with one would come back as two.
_LOT: Final = TextField("infusions", "lot_numbers", 40, is_key=True, without=";")
_DOSE_OF_VIALS: Final = Rule(
    "infusions", "dose_g", "not-vials", "other than the grams used of the vials entered"
)
_PRODUCT_OF_VIALS: Final = Rule(
    "infusions", "product", "not-vials", "other than that of the vials entered"
)
_LOTS_OF_VIALS: Final = Rule(
    "infusions", "lot_numbers", "not-vials", "other than those of the vials entered"
)
_NOTE: Final = TextField("infusions", "note", 4000, has_lines=True)
_NEEDS_REASON: Final = Rule(
    "infusions",
    "note",
    "needed",
    "missing although the status is not_done, whose reason it is",
    source="import format",
)

SPECS: Final[tuple[Spec, ...]] = (
    *(_STARTED_AT, _ENDED_AT, _ENDS_FIRST, _TOO_LONG, _LONG, _NO_END, _STATUS, _PRODUCT),
    *(_NEEDS_PRODUCT, _DOSE, _NEEDS_DOSE, _NOT_GIVEN, _BY_WEIGHT, _WEIGHT, _WEIGHT_CHANGE),
    *(_LOT, _NOTE, _NEEDS_REASON, _DOSE_OF_VIALS, _PRODUCT_OF_VIALS, _LOTS_OF_VIALS),
)


@dataclass(frozen=True, slots=True)
class VialTotals:
    """What the live vials of an infusion say of it.

    `dose_g` is what ran in, None where all of it was thrown away; `lots` are in the order in which
    they were started.
    """

    product: str
    dose_g: float | None
    lots: tuple[str, ...]


def totals_of(vials: Sequence[tuple[str, str, float]]) -> VialTotals | None:
    """Return what vials say together: product, lot and grams used of each, in their order.

    None without vials. Grams are rounded to a millionth, as those of each vial are.
    """
    if not vials:
        return None
    dose_g = round(math.fsum(used_g for _, _, used_g in vials), GRAM_DIGITS)
    return VialTotals(vials[0][0], dose_g or None, tuple(dict.fromkeys(lot for _, lot, _ in vials)))


def contradictions(draft: InfusionDraft, totals: VialTotals) -> list[Fault]:
    """Return where an infusion says something else than its vials, which it follows."""
    faults = []
    if draft.product != totals.product:
        reason = _other_product(draft.product, totals.product)
        faults.append(_PRODUCT_OF_VIALS.fault(draft.product, reason))
    if draft.dose_g != totals.dose_g:
        told, summed = number(draft.dose_g or 0), number(totals.dose_g or 0)
        reason = say(
            "%(told)s g stand, and %(used)s g were used of the vials", told=told, used=summed
        )
        faults.append(_DOSE_OF_VIALS.fault(draft.dose_g, reason))
    if set(draft.lot_numbers) != set(totals.lots):
        reason = _other_lots(", ".join(draft.lot_numbers), ", ".join(totals.lots))
        faults.append(_LOTS_OF_VIALS.fault(list(draft.lot_numbers), reason))
    return faults


def _other_product(told: str | None, product: str) -> Said:
    if not told:
        return say("nothing stands, and the vials are of %(product)s", product=product)
    return say("%(told)s stands, and the vials are of %(product)s", told=told, product=product)


def _other_lots(told: str, lots: str) -> Said:
    if not told:
        return say("nothing stands, and the lots of the vials are %(lots)s", lots=lots)
    return say("%(told)s stands, and the lots of the vials are %(lots)s", told=told, lots=lots)


def check_infusion(
    draft: InfusionDraft,
    *,
    now: datetime,
    birth_date: date | None,
    known_products: Collection[str],
    reference_weight_kg: float | None = None,
    other_course_g: float = 0.0,
) -> list[Fault]:
    """Return every fault of an infusion.

    Parameters
    ----------
    draft : InfusionDraft
        The infusion.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    known_products : collection of str
        Catalogue keys.
    reference_weight_kg : float or None
        The patient's latest weight before `started_at`, kg: `weight_kg` is compared with it, and
        the dose is judged by it where the infusion carries no weight of its own.
    other_course_g : float
        Grams of the other infusions of the same course.
    """
    return [
        *_STARTED_AT.check(draft.started_at, now=now, birth_date=birth_date),
        *_end_faults(draft, now, birth_date),
        *weight_faults(draft.weight_kg, _WEIGHT, _WEIGHT_CHANGE, previous_kg=reference_weight_kg),
        *found(
            _STATUS.check(draft.status),
            _product_fault(draft, known_products),
            _dose_fault(draft, reference_weight_kg, other_course_g),
            *(_LOT.check(lot) for lot in draft.lot_numbers),
            _note_fault(draft),
        ),
    ]


def _end_faults(draft: InfusionDraft, now: datetime, birth_date: date | None) -> list[Fault]:
    if draft.ended_at is None:
        return []
    faults = _ENDED_AT.check(draft.ended_at, now=now, birth_date=birth_date)
    end = draft.ended_at.isoformat()
    lasted = draft.ended_at - draft.started_at
    if draft.status in {"not_done", "in_progress"}:
        reason = say(
            "%(end)s stands although the status is %(status)s", end=end, status=draft.status
        )
        faults.append(_NO_END.fault(draft.ended_at, reason))
    if lasted < timedelta(0):
        reason = say(
            "%(end)s is before %(field)s %(start)s",
            end=end,
            field="started_at",
            start=draft.started_at.isoformat(),
        )
        faults.append(_ENDS_FIRST.fault(draft.ended_at, reason))
    elif lasted > USUAL_DURATION:
        rule = _TOO_LONG if lasted > POSSIBLE_DURATION else _LONG
        hours = number(round(lasted / timedelta(hours=1), 1))
        parts = {"end": end, "hours": hours, "field": "started_at"}
        reason = say("%(end)s is %(hours)s hours after %(field)s", **parts)
        faults.append(rule.fault(draft.ended_at, reason))
    return faults


def _product_fault(draft: InfusionDraft, known_products: Collection[str]) -> Fault | None:
    if draft.product is None and draft.status in GIVEN:
        return _NEEDS_PRODUCT.fault(None, _missing_with(draft.status))
    return product_fault(_PRODUCT, draft.product, known_products=known_products)


def _dose_fault(
    draft: InfusionDraft, reference_weight_kg: float | None, other_course_g: float
) -> Fault | None:
    dose_g = draft.dose_g
    if not dose_g:
        if draft.status not in GIVEN:
            return None
        no_dose = say("0 is no dose, and the status is %(status)s", status=draft.status)
        return _NEEDS_DOSE.fault(dose_g, _missing_with(draft.status) if dose_g is None else no_dose)
    fault = check_limit(_DOSE, dose_g)
    if fault is not None and fault.severity is Severity.IMPOSSIBLE:
        return fault
    if draft.status == "not_done":
        ran = {"grams": number(dose_g), "status": draft.status}
        reason = say("%(grams)s g ran although the status is %(status)s", **ran)
        return _NOT_GIVEN.fault(dose_g, reason)
    weight_kg = reference_weight_kg if draft.weight_kg is None else draft.weight_kg
    if weight_kg is not None and check_limit(_WEIGHT, weight_kg) is None:
        fault = _BY_WEIGHT.check(dose_g + other_course_g, weight_kg, value=dose_g) or fault
    return fault


def _note_fault(draft: InfusionDraft) -> Fault | None:
    if draft.status == "not_done" and draft.note is None:
        reason = say("it is missing, and the status is %(status)s: say why", status=draft.status)
        return _NEEDS_REASON.fault(None, reason)
    return _NOTE.check(draft.note)


def _missing_with(status: str) -> Said:
    return say("it is missing, and the status is %(status)s", status=status)
