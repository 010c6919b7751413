"""The policy of vials, scans, looking back and notices of recalls."""

from __future__ import annotations

from typing import Final

from tests.access.cells import API, DOCTOR, PHARMACY, SEES, TEAM, About, Row, record, sends

_LOTS: Final = TEAM | PHARMACY
_CLINIC: Final = f"{API}/clinics/{{clinic_id}}"

VIALS: Final[list[Row]] = [
    *record(
        "vials",
        read=SEES | PHARMACY,
        write=TEAM,
        new=lambda place, _role: {
            "infusion_id": str(place.rows["infusions"]),
            "product": "privigen",
            "nominal_g": 10.0,
            "lot": "P100",
            "used_ml": 100.0,
            "expires_on": "2027-12-31",
        },
        changed={"looks_right": True},
    ),
    Row("GET", f"{API}/infusions/{{id}}/vials", SEES | PHARMACY, About.PATIENT),
    Row("POST", f"{_CLINIC}/scan", _LOTS, About.CLINIC, body=sends(text="(10)P100(17)271231")),
    Row("GET", f"{_CLINIC}/lots", _LOTS, About.CLINIC, query="lot"),
    Row("GET", f"{_CLINIC}/lots.csv", DOCTOR | PHARMACY, About.CLINIC, query="lot"),
    Row("GET", f"{_CLINIC}/recall-worklist", _LOTS, About.CLINIC),
    Row("GET", f"{API}/recalls/{{id}}/recipients", _LOTS, About.CLINIC),
    Row("GET", f"{API}/patients/{{patient_id}}/lots", SEES | PHARMACY, About.PATIENT),
    *record(
        "recall-notices",
        read=_LOTS,
        write=DOCTOR | PHARMACY,
        new=lambda place, _role: {
            "recall_id": str(place.rows["recalls"]),
            "sent_at": "2026-05-30T09:00:00Z",
            "method": "phone",
            "confirm": True,
        },
        changed={"method": "letter"},
    ),
]
