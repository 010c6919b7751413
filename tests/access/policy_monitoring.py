"""The policy of what happens beside an infusion, and of reactions to it."""

from __future__ import annotations

from typing import Final

from tests.access.cells import API, PHARMACY, SEES, TEAM, About, Row, record

_READ: Final = SEES | PHARMACY

MONITORING: Final[list[Row]] = [
    *record(
        "infusion-events",
        read=_READ,
        write=TEAM,
        new=lambda place, _role: {
            "infusion_id": str(place.rows["infusions"]),
            "at": "2026-05-29T12:15:00Z",
            "kind": "rate",
            "details": {"ml_per_h": 30, "reason": "titration"},
            "confirm": ["details.ml_per_h"],  # no weight is known to judge it by
        },
        changed={"details": {"text": "Read again."}},
    ),
    *record(
        "reactions",
        read=_READ,
        write=TEAM,
        new=lambda place, _role: {
            "infusion_id": str(place.rows["infusions"]),
            "term": "rash",
            "onset_at": "2026-05-29T12:30:00Z",
            "grade": 1,
        },
        changed={"grade": 2},
    ),
    Row("GET", f"{API}/infusions/{{id}}/monitoring", _READ, About.PATIENT),
    Row("GET", f"{API}/red-flags", _READ, About.LIST),
]
