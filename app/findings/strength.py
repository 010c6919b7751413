"""How strongly a finding stands among those of its kind, from its evidence. Pure.

No new estimate is made: each kind is ordered by a number that its sentence rests on. Kinds are
never compared with each other by it; their order is `app.findings.worklist.RANK`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

Evidence = Mapping[str, Any]
Strength = tuple[float, ...]

_STATES: Final = {"missed": 3.0, "overdue": 2.0, "on_hold": 1.0}


def strength_of(kind: str, evidence: Evidence) -> Strength:
    """Return how strongly a finding stands among those of its kind; the larger, the stronger.

    | kind | by |
    |---|---|
    | safety | a red flag before none; then the newest; then the grade of the reaction |
    | acute drop, progressive decline, discordance, response | how poorly chance explains it |
    | new site | how many sites; then how poorly chance explains it |
    | end-of-interval weakness | its score; then the relative loss on the planned date |
    | interval effect | how poorly chance explains the difference |
    | interval escalation | how often the interval was shortened |
    | dose drift | the largest share by which a dose moved or fell short |
    | lapse | missed, overdue, on hold, past; then the longest since it was due |
    | reporting gap | the longest silence; then how many series cannot be judged |

    Of several series the strongest counts. Evidence without these numbers is weakest.
    """
    rule = _RULES.get(kind)
    return () if rule is None else rule(evidence)


def _series(evidence: Evidence) -> Iterator[Mapping[str, Any]]:
    return (one for one in evidence.get("series") or () if isinstance(one, dict))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _against_chance(one: Mapping[str, Any]) -> float:
    p_value = one.get("p_value")
    return 0.0 if p_value is None else 1.0 - _number(p_value)


def _by_chance(evidence: Evidence) -> Strength:
    return (max(map(_against_chance, _series(evidence)), default=0.0),)


def _by_courses(evidence: Evidence) -> Strength:
    courses = [course for one in _series(evidence) for course in one.get("courses") or ()]
    return (max(map(_against_chance, courses), default=0.0),)


def _by_score(evidence: Evidence) -> Strength:
    pairs = [
        (_number(one.get("score")), _number((one.get("drop_fraction") or {}).get("estimate")))
        for one in _series(evidence)
    ]
    return max(pairs, default=(0.0, 0.0))


def _by_sites(evidence: Evidence) -> Strength:
    sites = {one.get("site") for one in _series(evidence)}
    return (float(len(sites)), *_by_chance(evidence))


def _by_events(evidence: Evidence) -> Strength:
    events = [
        (float(event.get("danger") is not None), _day(event.get("on")), _number(event.get("grade")))
        for event in evidence.get("events") or ()
    ]
    return max(events, default=(0.0, 0.0, 0.0))


def _day(written: Any) -> float:
    return float(date.fromisoformat(written).toordinal()) if isinstance(written, str) else 0.0


def _by_shortenings(evidence: Evidence) -> Strength:
    return (float(len(evidence.get("shortened_on") or ())),)


def _by_share(evidence: Evidence) -> Strength:
    moved = abs(_number((evidence.get("weight") or {}).get("change")))
    short = [1.0 - _number(one.get("share")) for one in evidence.get("short_courses") or ()]
    return (max([moved, *short]),)


def _by_lateness(evidence: Evidence) -> Strength:
    now = evidence.get("now") or {}
    return (_STATES.get(str(now.get("state")), 0.0), _long_ago(now.get("due_on")))


def _by_silence(evidence: Evidence) -> Strength:
    return (_long_ago(evidence.get("silent_since")), float(len(list(_series(evidence)))))


def _long_ago(day: str | None) -> float:
    """Return a number that grows with the days since; without a day, less than any of one."""
    return float("-inf") if day is None else -float(date.fromisoformat(day).toordinal())


_RULES: Final[Mapping[str, Callable[[Evidence], Strength]]] = {
    "safety": _by_events,
    "acute_drop": _by_chance,
    "new_site": _by_sites,
    "end_of_interval_weakness": _by_score,
    "progressive_decline": _by_chance,
    "discordance": _by_chance,
    "response": _by_courses,
    "interval_effect": _by_chance,
    "interval_escalation": _by_shortenings,
    "dose_drift": _by_share,
    "lapse": _by_lateness,
    "reporting_gap": _by_silence,
}
