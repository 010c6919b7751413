"""Within a kind, the stronger finding comes first."""

from __future__ import annotations

from typing import Any

import pytest

from app.findings.strength import strength_of
from app.findings.worklist import RANK


def _series(**numbers: Any) -> dict[str, Any]:
    return {"series": [{"site": "left_hand", **numbers}]}


PAIRS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "safety",
        {"events": [{"danger": "chest pain", "grade": None}]},
        {"events": [{"danger": None, "grade": 3}]},
    ),
    ("safety", {"events": [{"danger": None, "grade": 4}]}, {"events": [{"danger": None}]}),
    (
        "safety",
        {"events": [{"danger": "chest pain", "on": "2026-06-02", "grade": None}]},
        {"events": [{"danger": "chest pain", "on": "2026-06-01", "grade": 3}]},
    ),
    ("acute_drop", _series(p_value=0.0001), _series(p_value=0.01)),
    ("progressive_decline", _series(p_value=0.0001), _series(p_value=None)),
    ("discordance", _series(p_value=0.001), _series()),
    (
        "new_site",
        {"series": [{"site": "left_hand", "p_value": None}, {"site": "left_foot"}]},
        _series(p_value=0.0001),
    ),
    ("new_site", _series(p_value=0.0001), _series(p_value=0.01)),
    (
        "end_of_interval_weakness",
        _series(score=0.99, drop_fraction={"estimate": 0.1}),
        _series(score=0.96, drop_fraction={"estimate": 0.4}),
    ),
    (
        "end_of_interval_weakness",
        _series(score=0.99, drop_fraction={"estimate": 0.4}),
        _series(score=0.99, drop_fraction=None),
    ),
    ("interval_effect", _series(p_value=0.001), _series(p_value=0.04)),
    (
        "response",
        _series(courses=[{"p_value": 0.2}, {"p_value": 0.001}]),
        _series(courses=[{"p_value": 0.02}]),
    ),
    (
        "interval_escalation",
        {"shortened_on": ["2026-01-01", "2026-02-01", "2026-03-01"]},
        {"shortened_on": ["2026-01-01", "2026-02-01"]},
    ),
    ("dose_drift", {"weight": {"change": -0.2}}, {"weight": None, "short_courses": []}),
    ("dose_drift", {"short_courses": [{"share": 0.5}]}, {"weight": {"change": 0.12}}),
    (
        "lapse",
        {"now": {"state": "missed", "due_on": "2026-05-01"}},
        {"now": {"state": "overdue", "due_on": "2026-01-01"}},
    ),
    (
        "lapse",
        {"now": {"state": "overdue", "due_on": "2026-05-01"}},
        {"now": {"state": "overdue", "due_on": "2026-05-08"}},
    ),
    ("lapse", {"now": {"state": "on_hold", "due_on": "2026-05-01"}}, {"now": None, "past": []}),
    ("reporting_gap", {"silent_since": "2026-03-01"}, {"silent_since": "2026-04-01"}),
    ("reporting_gap", {"silent_since": "2026-04-01"}, _series()),
    ("reporting_gap", {"series": [{}, {}]}, {"series": [{}]}),
]


@pytest.mark.parametrize(("kind", "stronger", "weaker"), PAIRS)
def test_the_stronger_one_comes_first(
    kind: str, stronger: dict[str, Any], weaker: dict[str, Any]
) -> None:
    assert strength_of(kind, stronger) > strength_of(kind, weaker)


@pytest.mark.parametrize("kind", RANK)
def test_evidence_without_numbers_is_weakest_and_no_error(kind: str) -> None:
    assert strength_of(kind, {}) == strength_of(kind, {"series": [], "events": []})


def test_the_order_of_the_list_uses_every_kind_but_good_news() -> None:
    assert {kind for kind in RANK if strength_of(kind, {})} == set(RANK) - {"resolved"}
