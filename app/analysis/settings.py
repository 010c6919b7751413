"""Settings of the analysis: thresholds and limits, each with where its default comes from.

No number here is a guideline's: the guidelines name none for wearing-off [F1], so
every one can be overridden for a clinic or a patient.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from app.analysis.measures import MEASURES
from app.analysis.records import CourseRules
from app.errors import Fault, RuleViolation
from app.said import Said, say


@dataclass(frozen=True, slots=True)
class Threshold:
    """The smallest end-of-interval fall of one measure that matters.

    Attributes
    ----------
    value : float
        In the measure's unit, or as a fraction of the patient's own level when `relative`.
    noise_sd : float
        Usual scatter of one reading, same unit: where the noise estimate starts from.
    noise_spread : float
        How much patients differ in it: SD of its natural logarithm; judgement where no range is
        published.
    """

    value: float
    relative: bool
    noise_sd: float
    source: str
    noise_spread: float = 0.45


_GRIP: Final = Threshold(
    0.10, True, 0.06, "10 % of own level: GRIPPER [F6]; CV 6 % (4-12 %): Li 2024 [F3]", 0.3
)
_STRENGTH: Final = Threshold(
    2.0, False, 1.4, "2 points: judgement on rating noise [F6]; SD 1.0-2.4 [F3]", 0.3
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
    present_score, possible_score : float
        Scores from which at most 1 % and 10 % of stable patients are called so in any series,
        found by simulation (docs/methods/detection-results.md).
    few_cycles_score : float
        What `present` needs with fewer than four evaluable cycles, where one bad cycle can
        still look like a pattern; found by simulation too.
    min_cycles : int
        Evaluable cycles that `present` needs: 3 is the floor, 4 the cautious choice
        [F5].
    report_gap_days : int
        Days without any report after which one is asked for; judgement: three weekly reports.
    sources : mapping
        For each value that is not the default: for whom it was set, since when, and why.
    """

    rules: CourseRules = field(default_factory=CourseRules)
    thresholds: Mapping[str, Threshold] = field(default_factory=lambda: dict(DEFAULT_THRESHOLDS))
    present_score: float = 1.8
    possible_score: float = -0.2
    few_cycles_score: float = 3.0
    min_cycles: int = 3
    report_gap_days: int = 21
    sources: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, object]:
        """Return the settings as a JSON-able dictionary, to be stored with every result."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class WholeSetting:
    """A setting that counts days or cycles.

    Attributes
    ----------
    low, high : int
        The smallest and the largest value that it may have; judgement.
    source : str
        Where its default comes from.
    per_patient : bool
        False where all patients of a clinic share it: what one course is cannot differ from
        one patient to the next.
    """

    low: int
    high: int
    source: str
    per_patient: bool = True


WHOLE_SETTINGS: Final[Mapping[str, WholeSetting]] = {
    "join_gap_days": WholeSetting(0, 28, "4 days: import format", per_patient=False),
    "join_span_days": WholeSetting(0, 56, "9 days: import format", per_patient=False),
    "grace_days": WholeSetting(0, 28, "3 days: import format"),
    "min_cycles": WholeSetting(3, 12, "3 is the floor, 4 the cautious choice [F5]"),
    "report_gap_days": WholeSetting(1, 365, "three weekly reports: judgement"),
}
_RULES: Final = frozenset({"join_gap_days", "join_span_days", "grace_days"})
_THRESHOLD: Final = "threshold."

CLINIC_SETTINGS: Final = (*WHOLE_SETTINGS, *(f"{_THRESHOLD}{key}" for key in DEFAULT_THRESHOLDS))
"""Every key that a clinic can set."""

PATIENT_SETTINGS: Final = tuple(
    key for key in CLINIC_SETTINGS if key not in WHOLE_SETTINGS or WHOLE_SETTINGS[key].per_patient
)
"""Every key that can be set for one patient."""


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody set in place of a default, for a clinic or for one patient.

    Attributes
    ----------
    value : float or None
        None where nothing is set any more from `effective_date` on.
    source : str
        Why, in the words of whoever set it.
    effective_date : date
        The first local date on which it holds.
    """

    level: Literal["clinic", "patient"]
    key: str
    value: float | None
    source: str
    effective_date: date

    def words(self) -> str:
        """Return where the value comes from, as findings show it."""
        return f"set for this {self.level} from {self.effective_date}: {self.source}"


def overrides_in_force(overrides: Iterable[Override], *, today: date) -> dict[str, Override]:
    """Return by key the value that holds on a date: the patient's, or else the clinic's.

    Parameters
    ----------
    overrides : iterable of Override
        In any order, at most one of each level, key and date.
    today : date
        The patient's local date.
    """
    latest: dict[tuple[str, str], Override] = {}
    for override in sorted(overrides, key=lambda one: one.effective_date):
        if override.effective_date <= today:
            latest[override.key, override.level] = override
    in_force = {}
    for level in ("clinic", "patient"):
        for (key, of_level), override in latest.items():
            if of_level == level and override.value is not None:
                in_force[key] = override
    return in_force


def next_override_on(overrides: Iterable[Override], *, today: date) -> date | None:
    """Return the next date after `today` on which another value comes into force."""
    coming = (one.effective_date for one in overrides if one.effective_date > today)
    return min(coming, default=None)


def settings_in_force(overrides: Iterable[Override], *, today: date) -> AnalysisSettings:
    """Return the settings of the analysis on a date, each with where it comes from.

    Raises
    ------
    RuleViolation
        A stored value is no longer one that a setting can have.
    """
    in_force = overrides_in_force(overrides, today=today)
    return settings_from(
        {key: one.value for key, one in in_force.items() if one.value is not None},
        sources={key: one.words() for key, one in in_force.items()},
    )


def settings_from(
    overrides: Mapping[str, float], *, sources: Mapping[str, str] = MappingProxyType({})
) -> AnalysisSettings:
    """Return the defaults with other values in their place.

    Parameters
    ----------
    overrides : mapping
        Keys are those of `CLINIC_SETTINGS`; `threshold.<measure>` is in the unit of that
        threshold.
    sources : mapping
        Where each of the values comes from.

    Raises
    ------
    RuleViolation
        With every unknown key and every value outside its range.
    """
    faults = [fault for key, value in overrides.items() for fault in _faults(key, value)]
    if faults:
        raise RuleViolation(faults)
    base = AnalysisSettings()
    stated = {key: sources.get(key, "set, no source stated") for key in overrides}
    whole = {key: int(value) for key, value in overrides.items() if key in WHOLE_SETTINGS}
    thresholds = dict(base.thresholds)
    for key, value in overrides.items():
        if key not in WHOLE_SETTINGS:
            measure = key.removeprefix(_THRESHOLD)
            thresholds[measure] = replace(
                thresholds[measure], value=float(value), source=stated[key]
            )
    return replace(
        base,
        rules=replace(base.rules, **{key: whole[key] for key in _RULES & whole.keys()}),
        thresholds=thresholds,
        sources=stated,
        **{key: whole[key] for key in whole.keys() - _RULES},
    )


def default_of(key: str) -> tuple[float, str]:
    """Return the value of a setting that nobody set, and where it comes from."""
    if key in WHOLE_SETTINGS:
        base = AnalysisSettings()
        value: int = getattr(base.rules if key in _RULES else base, key)
        return float(value), WHOLE_SETTINGS[key].source
    threshold = DEFAULT_THRESHOLDS[key.removeprefix(_THRESHOLD)]
    return threshold.value, threshold.source


def value_refusal(key: str, value: float) -> Said | None:
    """Say why a setting cannot have this value; None where it can.

    Parameters
    ----------
    key : str
        One of `CLINIC_SETTINGS`.
    value : float
        A fraction of the own level for relative thresholds, else in the measure's unit.
    """
    if key in WHOLE_SETTINGS:
        low, high = WHOLE_SETTINGS[key].low, WHOLE_SETTINGS[key].high
        if float(value).is_integer() and low <= value <= high:
            return None
        bounds: dict[str, float] = {"value": float(value), "low": low, "high": high}
        return say("%(value)s is not a whole number from %(low)s to %(high)s", **bounds)
    measure = key.removeprefix(_THRESHOLD)
    is_relative = DEFAULT_THRESHOLDS[measure].relative
    most = 1.0 if is_relative else MEASURES[measure].high - MEASURES[measure].low
    if math.isfinite(value) and 0 < value <= most:
        return None
    return say(
        "%(value)s is not above 0 and at most %(most)s (%(unit)s)",
        value=float(value),
        most=float(most),
        unit=say("a fraction of the own level") if is_relative else MEASURES[measure].unit,
    )


def _faults(key: str, value: float) -> list[Fault]:
    if key not in CLINIC_SETTINGS:
        return [Fault(key, value, say("%(key)s is not a setting of the analysis", key=key))]
    reason = value_refusal(key, value)
    return [] if reason is None else [Fault(key, value, reason)]
