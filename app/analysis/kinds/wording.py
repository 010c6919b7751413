"""Plain words for measures, sites and lists, shared by the sentences of all findings.

Sentences state observations. They never name a dose and never say what anybody should do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from app.analysis.measures import GLOBAL, MEASURES
from app.analysis.results import Interval, rounded

_ABILITY_WORDS: Final = {
    "ability_writing": "writing",
    "ability_utensils": "using cutlery",
    "ability_buttons": "doing up buttons",
    "ability_walking": "walking",
    "ability_stairs": "climbing stairs",
}
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SUBJECTS: Final = {
    "strength_nrs": "strength",
    "grip_kpa": "grip",
    "grip_kg": "grip",
    "fasciculation_nrs": "twitching",
    "cramp_nrs": "cramping",
    "fatigue_nrs": "fatigue",
    "mmn_rods": "the MMN-RODS score",
    "i_rods": "the I-RODS score",
    "incat": "the INCAT score",
    "mrc_sum": "the MRC sum score",
    "walk_10m_s": "the time for walking 10 metres",
    "nine_hole_peg_s": "the time for the nine-hole peg test",
    **_ABILITY_WORDS,
}


def series_words(measure: str, site: str) -> str:
    """Name a series: "strength of the right hand", "overall strength", "writing"."""
    subject = _SUBJECTS[measure]
    if site != GLOBAL:
        return f"{subject} of the {site.replace('_', ' ')}"
    has_sites = len(MEASURES[measure].sites) > 1
    return f"overall {subject}" if has_sites else subject


def day_words(day: date) -> str:
    """Write a date with its month in letters, because 3/2 is two days: "3 February 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def in_words(items: Sequence[str], *, joiner: str = "and") -> str:
    """Join items: "a", "a and b", "a, b and c"."""
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} {joiner} {items[-1]}"


def amount(interval: Interval, unit: str, *, digits: int = 1) -> str:
    """Write an estimate with its 90 % interval: "2.1 points (1.4 to 2.8)"."""
    low, middle, high = (
        number(x, digits=digits) for x in (interval.low, interval.estimate, interval.high)
    )
    return f"{middle} {unit} ({low} to {high})"


def number(value: float, *, digits: int = 1) -> str:
    """Write a number without needless zeros, and never as minus zero."""
    return f"{rounded(round(value, digits)) + 0.0:g}"


def likewise(names: Sequence[str], *, ending: str = "") -> str:
    """Name what shares an observation, as a sentence to append; nothing without names."""
    return f" Likewise {in_words(names)}{ending}." if names else ""
