"""A small clinic as a client of the API sees it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Self

import httpx

from app.db import Database
from app.patients.tables import AnalysisRow
from tests.support.client import ApiClient

API = "/api/v1"

PATIENT: dict[str, Any] = {
    "external_id": "P-1",
    "time_zone": "America/New_York",
    "diagnosis": "MMN",
    "birth_date": "1970-05-04",
}
RECORDS: dict[str, dict[str, Any]] = {
    "weights": {"measured_at": "2026-05-01T09:00:00-04:00", "weight_kg": 70.5},
    "therapies": {"therapy": "rituximab", "status": "suggested", "from_date": "2026-02-10"},
    "plans": {
        "effective_date": "2026-01-05",
        "interval_days": 28,
        "course_days": 1,
        "product": "privigen",
        "dose_g_per_kg": 1.0,
    },
    "holds": {"from_date": "2026-04-01", "to_date": "2026-05-01", "reason": "travel"},
    "infusions": {
        "started_at": "2026-05-04T09:00:00-04:00",
        "status": "completed",
        "product": "privigen",
        "dose_g": 70.0,
    },
    "settings": {
        "key": "threshold.grip_kpa",
        "value": 0.15,
        "source": "Own grip scatters by 9 %: Dr. Example.",
        "effective_date": "2026-03-01",
    },
    "reports": {
        "observed_at": "2026-05-05T08:00:00-04:00",
        "source": "patient",
        "values": [
            {"measure": "grip_kpa", "site": "right_hand", "value": 41.5},
            {"measure": "strength_nrs", "site": "right_hand", "value": 6},
        ],
    },
}
"""One ordinary entry of every kind."""

CHANGES: dict[str, dict[str, Any]] = {
    "weights": {"weight_kg": 71.5},
    "therapies": {"status": "started"},
    "plans": {"interval_days": 21},
    "holds": {"to_date": "2026-04-20"},
    "infusions": {"dose_g": 65.0},
    "settings": {"value": 0.12},
    "reports": {"note": "Slept badly."},
}
"""A correction of every ordinary entry."""


@dataclass(frozen=True, slots=True)
class World:
    client: ApiClient
    clinic_id: str
    patient_id: str

    @classmethod
    def of(cls, client: ApiClient) -> Self:
        clinic = client.post(f"{API}/clinics", json={"name": f"Clinic {an_id()}"})
        assert clinic.status_code == 201, clinic.text
        clinic_id = clinic.json()["id"]
        patient = client.post(f"{API}/patients", json={**PATIENT, "clinic_id": clinic_id})
        assert patient.status_code == 201, patient.text
        return cls(client, clinic_id, patient.json()["id"])

    @property
    def patient(self) -> str:
        return f"{API}/patients/{self.patient_id}"

    def post(self, kind: str, /, **changes: Any) -> httpx.Response:
        """Send the ordinary entry of a kind, with changes."""
        return self.client.post(f"{self.patient}/{kind}", json={**RECORDS[kind], **changes})

    def entered(self, kind: str, /, **changes: Any) -> dict[str, Any]:
        response = self.post(kind, **changes)
        assert response.status_code == 201, response.text
        row: dict[str, Any] = response.json()
        return row

    def amend(
        self, kind: str, row_id: str, /, *, version: int = 1, **changes: Any
    ) -> httpx.Response:
        body = {"change_reason": "A slip.", **changes}
        headers = {"If-Match": f'"{version}"'}
        return self.client.patch(f"{API}/{kind}/{row_id}", json=body, headers=headers)

    def void(self, kind: str, row_id: str, *, version: int = 1) -> httpx.Response:
        body = {"void_reason": "Wrong patient."}
        headers = {"If-Match": f'"{version}"'}
        return self.client.post(f"{API}/{kind}/{row_id}/void", json=body, headers=headers)

    def another_patient(self, external_id: str = "P-2") -> str:
        body = {**PATIENT, "clinic_id": self.clinic_id, "external_id": external_id}
        response = self.client.post(f"{API}/patients", json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])


def wrong_fields(response: httpx.Response) -> set[str]:
    """Return the fields that a refusal names."""
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return {error["field"] for error in response.json()["errors"]}


def change_number(database: Database, patient_id: str) -> int:
    """Return how often the patient's record was changed."""
    with database.reading() as session:
        state = session.get_one(AnalysisRow, uuid.UUID(patient_id))
        return state.change_number


def an_id() -> str:
    return str(uuid.uuid4())
