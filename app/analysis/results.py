"""What the analysis says: one result a series, findings, and when to look again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.analysis.cycles import Timeline
from app.analysis.next_due import NextCourse
from app.said import Said, Tree

Verdict = Literal["present", "possible", "absent", "insufficient_data", "not_assessable"]
FindingKind = Literal[
    "end_of_interval_weakness",
    "resolved",
    "progressive_decline",
    "acute_drop",
    "new_site",
    "response",
    "lapse",
    "interval_escalation",
    "interval_effect",
    "dose_drift",
    "discordance",
    "reporting_gap",
    "safety",
]

METHOD: Final = "cycle-bayes"
VERSION: Final = "1"
_DUST: Final = 1e-6
_DIGITS: Final = 6  # significant digits of an exported figure, far below any noise


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 90 % interval."""

    estimate: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return the object that the export writes."""
        return {
            "estimate": _settled(self.estimate),
            "low": _settled(self.low),
            "high": _settled(self.high),
        }


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """One line of `ivig export analysis`; fields in the order of the export."""

    measure: str
    site: str
    epoch_from: date | None
    cycles: int
    cycles_evaluable: int
    reports: int
    verdict: Verdict
    reason: str | None
    score: float | None = None
    p_value: float | None = None
    drop: Interval | None = None
    drop_fraction: Interval | None = None
    onset_day: Interval | None = None
    rebound_share: float | None = None
    trend_per_year: Interval | None = None
    noise_cv: float | None = None
    detectable_drop: float | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the fields in export order, as JSON-able values."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """One finding of one kind for one patient; `sites` strongest first.

    `evidence` holds the JSON-able numbers that fired it, `said` says it in plain words, and
    `parameters` are the settings that it depends on.
    """

    kind: FindingKind
    measure: str | None
    sites: tuple[str, ...]
    evidence: Mapping[str, object]
    said: Said
    parameters: Mapping[str, object]

    @property
    def sentence(self) -> str:
        """The finding in English."""
        return str(self.said)

    @property
    def wording(self) -> Tree:
        """The sentence as data, for other languages."""
        return self.said.tree


@dataclass(frozen=True, slots=True)
class PatientAnalysis:
    """Everything the analysis says about one patient.

    `look_again_on` is the next local date on which a rule can change without any new entry;
    None when nothing waits for a date.
    """

    series: tuple[SeriesResult, ...]
    findings: tuple[FindingDraft, ...]
    look_again_on: date | None
    timeline: Timeline
    next_course: NextCourse


def rounded(value: float) -> float:
    """Return `value` with six significant digits, so that an export is short and stable.

    Raises
    ------
    ValueError
        The value is not finite: a result that no database and no reader could hold.
    """
    if not math.isfinite(value):
        message = f"{value} is not a finite result"
        raise ValueError(message)
    return float(f"{value:.{_DIGITS}g}")


def _settled(value: float) -> float:
    """Round an estimate; a constant series leaves numerical dust in place of 0."""
    return rounded(value) if abs(value) >= _DUST else 0.0


def _plain(value: object) -> object:
    if isinstance(value, Interval):
        return value.to_dict()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return rounded(value)
    return value
