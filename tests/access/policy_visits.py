"""The policy of visits, the calls after them, bundles and signatures."""

from __future__ import annotations

import uuid
from typing import Any, Final

from tests.access.cells import (
    API,
    DOCTOR,
    OFFICE,
    PHARMACY,
    SEES,
    TEAM,
    About,
    Row,
    record,
    sends,
)
from tests.access.world import Place

_SEES: Final = SEES | PHARMACY


def _bundle(_place: Place, _role: str) -> dict[str, Any]:
    weight = {"measured_at": "2026-05-30T09:00:00-04:00", "weight_kg": 71.5}
    return {
        "visit": {"id": str(uuid.uuid4()), "planned_on": "2026-05-30"},
        "weights": [{"id": str(uuid.uuid4()), **weight}],
    }


VISITS: Final[list[Row]] = [
    *record(
        "visits",
        read=_SEES,
        write=TEAM,
        new=sends(planned_on="2026-06-02"),
        changed={"course_days": 2},
    ),
    *record(
        "follow-up-calls",
        read=_SEES,
        write=TEAM,
        new=lambda place, _role: {
            "visit_id": str(place.rows["visits"]),
            "called_at": "2026-06-01T08:00:00-04:00",
            "reached": False,
        },
        changed={"note": "She was well."},
    ),
    Row("GET", f"{API}/clinics/{{clinic_id}}/calls", TEAM, About.CLINIC),
    Row("GET", f"{API}/clinics/{{clinic_id}}/visit-packets", TEAM, About.CLINIC),
    Row("GET", f"{API}/visits/{{id}}/record", _SEES, About.PATIENT),
    Row("GET", f"{API}/visits/{{id}}/signatures", _SEES, About.PATIENT),
    # Nobody can sign what they have not read; tests/api/test_visits.py signs a whole one.
    Row("POST", f"{API}/visits/{{id}}/signatures", TEAM, About.PATIENT, 412, sends(fingerprint="")),
    Row("POST", f"{API}/patients/{{patient_id}}/visit-bundles", TEAM, About.PATIENT, 201, _bundle),
    Row("GET", f"{API}/plans/{{id}}/signatures", SEES | OFFICE, About.PATIENT),
    Row("POST", f"{API}/plans/{{id}}/signatures", DOCTOR, About.PATIENT, 201, sends()),
]
