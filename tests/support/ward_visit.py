"""A visit to the patient of the ward, entered by the ward's nurse through the API."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.support.client import ApiClient
from tests.support.clinic import PRODUCT
from tests.support.visit import a_bundle, an_id, at, event, vial
from tests.support.ward import Ward

DAY: Final = "2026-04-27"


def entered(client: ApiClient, ward: Ward, path: str, body: dict[str, Any]) -> None:
    """Enter something as the nurse, with every date on the day of the visit."""
    sent = json.loads(json.dumps(body).replace("2026-06-01", DAY))
    address = f"/api/v1/patients/{ward.patient_id}/{path}"
    done = client.post(address, json=sent, headers=ward.headers("nurse"))
    assert done.status_code == 201, done.text


def a_visit(client: ApiClient, ward: Ward) -> str:
    """Enter a visit with two lots, some waste, a rate too fast and a red flag; give its page."""
    bundle = a_bundle(str(ward.people["nurse"].id))
    infusion_id = bundle["infusion"]["id"]
    bundle["vials"] = [
        vial(infusion_id, product=PRODUCT, nominal_g=10.0, used_ml=100.0),
        vial(
            infusion_id,
            product=PRODUCT,
            nominal_g=10.0,
            used_ml=60.0,
            wasted_ml=40.0,
            waste_reason="Stopped.",
            lot="LOT-<B>",
            started_at=at("10:00"),
        ),
    ]
    bundle["infusion"] |= {"status": "stopped", "dose_g": 16.0, "product": PRODUCT}
    bundle["infusion"]["lot_numbers"] = ["LOT-A", "LOT-<B>"]
    bundle["visit"] |= {"outcome": "partly_given", "outcome_reason": "Chest pain."}
    fast = {"ml_per_h": 900, "reason": "other", "over_limit_reason": "Ordered so."}
    bundle["events"].insert(-1, event("10:05", "rate", infusion_id, **fast))
    bundle["reactions"] = [_chest_pain(infusion_id)]
    entered(client, ward, "visit-bundles", bundle)
    return f"/visits/{bundle['visit']['id']}"


def _chest_pain(infusion_id: str) -> dict[str, Any]:
    return {
        "id": an_id(),
        "infusion_id": infusion_id,
        "term": "chest_pain",
        "onset_at": at("10:40"),
        "grade": 3,
        "actions": ["stopped"],
        "outcome": "resolved",
        "resolved_at": at("11:00"),
        "physician_notified": "Dr Lee",
        "physician_notified_at": at("10:45"),
    }
