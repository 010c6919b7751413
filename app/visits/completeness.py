"""What a visit still needs by its outcome, and its grams against the order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from app.kit.limits import plain
from app.visits.rules import NOT_GIVEN, PARTLY_GIVEN, VisitDraft

STATUS_OF: Final = {"given": "completed", PARTLY_GIVEN: "stopped", NOT_GIVEN: "not_done"}
"""The status that the infusion has by the outcome of its visit."""

HANDS: Final = ("right_hand", "left_hand")
GRIP: Final = ("grip_kpa", "grip_kg")
BALANCE_G: Final = 1e-6
"""Grams used and wasted are the grams opened to this much: what rounding leaves."""


@dataclass(frozen=True, slots=True)
class VialFacts:
    """Grams of one vial; `looks_right` is None where nobody looked."""

    nominal_g: float
    used_g: float
    wasted_g: float
    looks_right: bool | None


@dataclass(frozen=True, slots=True)
class ReactionFacts:
    """A reaction; `is_alarming` where it is a red flag or of grade 3 and above.

    `outcome` is None where it is not known.
    """

    term: str
    is_alarming: bool
    outcome: str | None
    is_notified: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One grip reading of the day."""

    at: datetime
    measure: str
    site: str
    device: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of a visit.

    Attributes
    ----------
    status : str or None
        That of the infusion; None where there is none yet.
    infused_g, weight_kg : float or None
        Of the infusion, g and kg.
    kinds : frozenset of str
        Kinds of the events that were recorded.
    last_rate_ml_per_h : float or None
        None where no rate was recorded; 0 where the pump stands.
    has_baseline : bool
        Vital signs were taken before the infusion began.
    trough : str
        `taken`, or what is wrong with the grip readings before the infusion.
    """

    visit: VisitDraft
    status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    infused_g: float | None = None
    weight_kg: float | None = None
    kinds: frozenset[str] = frozenset()
    last_rate_ml_per_h: float | None = None
    has_baseline: bool = False
    vials: tuple[VialFacts, ...] = ()
    reactions: tuple[ReactionFacts, ...] = ()
    trough: Literal["taken", "one_hand", "two_devices", "none"] = "none"
    tolerance_percent: float = 5.0


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that a visit still needs; `reason` reads as a sentence after the field's name."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Grams of one day; None where they are not known.

    `difference_g` is infused less ordered; `is_within` compares it with the order's tolerance,
    and `is_balanced` says that what was opened was infused or wasted.
    """

    ordered_g: float | None
    opened_g: float | None
    infused_g: float | None
    wasted_g: float | None
    difference_g: float | None
    difference_percent: float | None
    tolerance_percent: float
    is_within: bool | None
    is_balanced: bool | None


def reconcile(recorded: Recorded) -> Totals:
    """Return the grams of a visit: ordered, opened, infused and wasted, and how they fit."""
    vials, ordered = recorded.vials, recorded.visit.ordered_g
    opened = _sum(vial.nominal_g for vial in vials) if vials else None
    wasted = _sum(vial.wasted_g for vial in vials) if vials else None
    infused = _sum(vial.used_g for vial in vials) if vials else recorded.infused_g
    difference = percent = within = balanced = None
    if ordered is not None and infused is not None:
        difference = round(infused - ordered, 6)
        percent = round(100 * difference / ordered, 2)
        within = abs(percent) <= recorded.tolerance_percent
    if opened is not None and infused is not None and wasted is not None:
        balanced = abs(opened - infused - wasted) <= BALANCE_G * len(vials)
    return Totals(
        ordered_g=ordered,
        opened_g=opened,
        infused_g=infused,
        wasted_g=wasted,
        difference_g=difference,
        difference_percent=percent,
        tolerance_percent=recorded.tolerance_percent,
        is_within=within,
        is_balanced=balanced,
    )


def _sum(grams: Iterable[float]) -> float:
    return round(sum(grams), 6)


def trough_of(
    readings: Iterable[Reading], *, before: datetime | None
) -> Literal["taken", "one_hand", "two_devices", "none"]:
    """Say whether the grip of each hand was taken on one device before the infusion began.

    Parameters
    ----------
    readings : iterable of Reading
        Those of the day, of any measure.
    before : datetime or None
        When the infusion began; None where it did not.
    """
    early = [
        r
        for r in readings
        if r.measure in GRIP and r.site in HANDS and (before is None or r.at <= before)
    ]
    if not early:
        return "none"
    if {r.site for r in early} != set(HANDS):
        return "one_hand"
    by_device: dict[tuple[str, str | None], set[str]] = {}
    for reading in early:
        by_device.setdefault((reading.measure, reading.device), set()).add(reading.site)
    return "taken" if set(HANDS) in by_device.values() else "two_devices"


def missing(recorded: Recorded) -> list[Gap]:
    """Return everything that the visit still needs before it can be signed.

    What is needed depends on the outcome: of an infusion that was not given the reason is needed,
    and nothing of what did not happen.
    """
    outcome = recorded.visit.outcome
    if outcome is None:
        return [Gap("outcome", "say whether it was given, given in part, or not given")]
    gaps = [*_status_gaps(recorded), *_reason_gaps(recorded), *_reaction_gaps(recorded.reactions)]
    if outcome == NOT_GIVEN:
        return gaps
    return [*gaps, *_time_gaps(recorded), *_care_gaps(recorded), *_dose_gaps(recorded)]


def _status_gaps(recorded: Recorded) -> list[Gap]:
    outcome = recorded.visit.outcome or ""
    if recorded.status is None:
        if outcome == NOT_GIVEN:
            return []
        return [Gap("infusion_id", "name the infusion that was given")]
    wanted = STATUS_OF[outcome]
    if recorded.status == wanted:
        return []
    reason = f"it is {recorded.status}, but the outcome {outcome} goes with {wanted}"
    return [Gap("infusion.status", reason)]


def _reason_gaps(recorded: Recorded) -> list[Gap]:
    visit, totals = recorded.visit, reconcile(recorded)
    if visit.outcome_reason is not None:
        return []
    if visit.outcome in (PARTLY_GIVEN, NOT_GIVEN):
        words = "not given in full" if visit.outcome == PARTLY_GIVEN else "not given"
        return [Gap("outcome_reason", f"say why it was {words}")]
    if totals.is_within is False:
        ran, ordered = plain(totals.infused_g or 0.0), plain(totals.ordered_g or 0.0)
        allowed = plain(recorded.tolerance_percent)
        reason = f"{ran} g ran, {ordered} g were ordered, more than {allowed} % apart: say why"
        return [Gap("outcome_reason", reason)]
    return []


def _reaction_gaps(reactions: Sequence[ReactionFacts]) -> list[Gap]:
    gaps = []
    for index, reaction in enumerate(reactions):
        if reaction.is_alarming and not reaction.is_notified:
            reason = f"{reaction.term}: say when which physician was told"
            gaps.append(Gap(f"reactions[{index}].physician_notified_at", reason))
        if reaction.outcome is None:
            reason = f"{reaction.term}: say what became of it"
            gaps.append(Gap(f"reactions[{index}].outcome", reason))
    return gaps


def _time_gaps(recorded: Recorded) -> list[Gap]:
    visit = recorded.visit
    needed = (
        ("arrived_at", visit.arrived_at, "say when the nurse came"),
        ("left_at", visit.left_at, "say when the nurse left"),
        ("nurse_id", visit.nurse_id, "name the nurse"),
        ("ordered_g", visit.ordered_g, "say how many grams were ordered for this day"),
    )
    gaps = [Gap(field, reason) for field, value, reason in needed if value is None]
    if recorded.status is not None and recorded.ended_at is None:
        gaps.append(Gap("infusion.ended_at", "say when it ended"))
    if recorded.status is not None and recorded.weight_kg is None:
        gaps.append(Gap("infusion.weight_kg", "weigh the patient: dose and rate depend on it"))
    return gaps


_EVENTS: Final = (
    ("identity", "check two identifiers"),
    ("pre_check", "ask the questions before the infusion"),
    ("access", "record the access"),
    ("rate", "record the rate"),
)


def _care_gaps(recorded: Recorded) -> list[Gap]:
    gaps = [Gap(f"events.{kind}", why) for kind, why in _EVENTS if kind not in recorded.kinds]
    if recorded.last_rate_ml_per_h:
        gaps.append(Gap("events.rate", "record that the pump was stopped: a last rate of 0"))
    if not recorded.has_baseline:
        gaps.append(Gap("events.vitals", "record vital signs from before the start"))
    return [*gaps, *_trough_gaps(recorded)]


_TROUGH: Final = {
    "none": "take the grip of each hand before the infusion",
    "one_hand": "take the grip of the other hand too",
    "two_devices": "take the grip of both hands on one device",
}


def _trough_gaps(recorded: Recorded) -> list[Gap]:
    """Return what is not known of how the patient was before the course."""
    visit = recorded.visit
    if visit.course_day != 1:
        return []
    gaps = []
    if "wearing_off" not in recorded.kinds:
        reason = "ask: were you weaker in the days before this infusion? from which day?"
        gaps.append(Gap("events.wearing_off", reason))
    if recorded.trough != "taken" and visit.no_trough_reason is None:
        reason = f"{_TROUGH[recorded.trough]}, or say in no_trough_reason why not"
        gaps.append(Gap("reports", reason))
    return gaps


def _dose_gaps(recorded: Recorded) -> list[Gap]:
    if not recorded.vials:
        return [Gap("vials", "record every vial that was opened")]
    return [
        Gap(f"vials[{index}].looks_right", "look at it: clear, without particles")
        for index, vial in enumerate(recorded.vials)
        if vial.looks_right is None
    ]
