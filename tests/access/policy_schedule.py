"""The policy of the schedule: decisions about courses, visits, due lists and conversions."""

from __future__ import annotations

from typing import Final

from tests.access.cells import API, DOCTOR, OFFICE, SEES, TEAM, About, Row, record, sends

_MAY_SEE: Final = SEES | OFFICE

SCHEDULE: Final[list[Row]] = [
    *record(
        "course-exceptions",
        read=_MAY_SEE,
        write=TEAM | OFFICE,
        new=sends(kind="added", new_date="2026-06-20", reason="travel"),
        changed={"new_date": "2026-06-25"},
    ),
    *record(
        "visit-assignments",
        read=_MAY_SEE,
        write=DOCTOR | OFFICE,
        new=lambda place, _role: {
            "account_id": str(place.rows["accounts"]),
            "on_date": "2026-06-21",
        },
        changed={"on_date": "2026-06-22"},
    ),
    Row("GET", f"{API}/patients/{{patient_id}}/schedule", _MAY_SEE, About.PATIENT),
    Row("GET", f"{API}/clinics/{{clinic_id}}/due", _MAY_SEE, About.CLINIC),
    Row("GET", f"{API}/clinics/{{clinic_id}}/week", _MAY_SEE, About.CLINIC),
    Row("GET", f"{API}/plans/{{id}}/conversion", _MAY_SEE, About.PATIENT),
]
