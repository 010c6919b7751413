"""Settings of the analysis: thresholds and limits, each with where its default comes from.

No number here is a guideline's: the guidelines name none for wearing-off [F1], so
every one can be overridden for a clinic or a patient.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from app.analysis.measures import MEASURES
from app.analysis.records import CourseRules
from app.errors import Fault, RuleViolation


@dataclass(frozen=True, slots=True)
class Threshold:
    """The smallest end-of-interval fall of one measure that matters.

    Attributes
    ----------
    value : float
        In the measure's unit, or as a fraction of the patient's own level when `relative`.
    noise_sd : float
        Usual scatter of one reading, same unit: where the noise estimate starts from.
    """

    value: float
    relative: bool
    noise_sd: float
    source: str


_GRIP: Final = Threshold(0.10, True, 0.06, "10 % of own level: GRIPPER [F6]; CV 6 %: Li 2024 [F3]")
_STRENGTH: Final = Threshold(
    2.0, False, 1.2, "2 points: judgement on rating noise [F6]; SD 1.0-2.4 [F3]"
)
_SYMPTOM: Final = Threshold(2.0, False, 1.5, "2 points: judgement, as for strength; SD 1.5 [F3]")
_ABILITY: Final = Threshold(0.5, False, 0.35, "half a step of three: judgement, no published value")
_RODS: Final = Threshold(
    4.0, False, 2.5, "4 centile points: Practical Neurology table [F6]; SD judgement"
)

DEFAULT_THRESHOLDS: Final[Mapping[str, Threshold]] = {
    "strength_nrs": _STRENGTH,
    "grip_kpa": _GRIP,
    "grip_kg": _GRIP,
    "fasciculation_nrs": _SYMPTOM,
    "cramp_nrs": _SYMPTOM,
    "fatigue_nrs": _SYMPTOM,
    **{key: _ABILITY for key in MEASURES if key.startswith("ability_")},
    "mmn_rods": _RODS,
    "i_rods": _RODS,
    "incat": Threshold(1.0, False, 0.5, "1 point: Practical Neurology table [F6]; SD judgement"),
    "mrc_sum": Threshold(2.0, False, 1.0, "2 points: Practical Neurology table [F6]; SD judgement"),
    "walk_10m_s": Threshold(0.28, True, 0.10, "28 %: Practical Neurology table [F6]; CV judgement"),
    "nine_hole_peg_s": Threshold(
        0.20, True, 0.10, "20 % as in multiple sclerosis, none for CIDP or MMN [F6]"
    ),
}

SYMPTOM_MEASURES: Final = frozenset({"fasciculation_nrs", "cramp_nrs", "fatigue_nrs"})


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Everything a clinic may set about the analysis.

    Attributes
    ----------
    present_error, possible_error : float
        Chance that a patient without wearing-off is called so in any series.
    min_cycles : int
        Evaluable cycles that `present` needs: 3 is the floor, 4 the cautious choice
        [F5].
    report_gap_days : int
        Days without any report after which one is asked for; judgement: three weekly reports.
    """

    rules: CourseRules = field(default_factory=CourseRules)
    thresholds: Mapping[str, Threshold] = field(default_factory=lambda: dict(DEFAULT_THRESHOLDS))
    present_error: float = 0.01
    possible_error: float = 0.10
    min_cycles: int = 3
    report_gap_days: int = 21

    def parameters(self) -> dict[str, object]:
        """Return the settings as a JSON-able dictionary, to be stored with every result."""
        return asdict(self)


_RULES: Final = {
    "join_gap_days": (0, 28),
    "join_span_days": (0, 56),
    "grace_days": (0, 28),
}
_WHOLE: Final = {"min_cycles": (3, 12), "report_gap_days": (1, 365)}


def settings_from(overrides: Mapping[str, float]) -> AnalysisSettings:
    """Return the defaults with a clinic's or a patient's own values in their place.

    Parameters
    ----------
    overrides : mapping
        Keys are `join_gap_days`, `join_span_days`, `grace_days`, `min_cycles`,
        `report_gap_days`, and `threshold.<measure>` in the unit of that threshold.

    Raises
    ------
    RuleViolation
        With every unknown key and every value outside its range.
    """
    faults = [fault for key, value in overrides.items() for fault in _faults(key, value)]
    if faults:
        raise RuleViolation(faults)
    base = AnalysisSettings()
    rules = {key: int(overrides[key]) for key in _RULES if key in overrides}
    whole = {key: int(overrides[key]) for key in _WHOLE if key in overrides}
    thresholds = dict(base.thresholds)
    for key, value in overrides.items():
        if key.startswith("threshold."):
            measure = key.removeprefix("threshold.")
            thresholds[measure] = replace(
                thresholds[measure], value=float(value), source="set by the clinic"
            )
    return AnalysisSettings(rules=replace(base.rules, **rules), thresholds=thresholds, **whole)


def _faults(key: str, value: float) -> list[Fault]:
    limits = {**_RULES, **_WHOLE}
    if key in limits:
        low, high = limits[key]
        if not (float(value).is_integer() and low <= value <= high):
            return [Fault(key, value, f"{value} is not a whole number from {low} to {high}")]
        return []
    if key.removeprefix("threshold.") not in DEFAULT_THRESHOLDS or "." not in key:
        return [Fault(key, value, f"{key} is not a setting of the analysis")]
    if not (math.isfinite(value) and value > 0):
        return [Fault(key, value, f"{value} is not a number above 0")]
    return []
