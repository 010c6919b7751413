"""A visit as a nurse's device keeps it: one infusion day of 20 g, ready to be sent."""

from __future__ import annotations

import uuid
from typing import Any, Final

from app.accounts.acts import Log
from app.accounts.rules import AccountDraft
from app.accounts.service import create_account
from app.db import Database
from app.visits.rules import SYMPTOMS
from tests.api.conftest import START

API: Final = "/api/v1"
QUESTIONS: Final = (
    *("infection", "hospital_stay", "new_drugs", "pregnancy", "thrombosis_risk", "renal_risk"),
    *("allergies_reviewed", "consent", "anaphylaxis_kit", "last_reaction"),
)
PRE_CHECK: Final = {
    **dict.fromkeys(QUESTIONS, "no"),
    **dict.fromkeys(("allergies_reviewed", "consent", "anaphylaxis_kit"), "yes"),
}
VITALS: Final = {
    "temperature_c": 36.6,
    "systolic_mmhg": 128,
    "diastolic_mmhg": 78,
    "heart_rate": 70,
    "respiratory_rate": 14,
    "spo2_percent": 98,
}
NO_SYMPTOM: Final = dict.fromkeys(SYMPTOMS, "no")


def an_id() -> str:
    return str(uuid.uuid4())


def at(clock: str, day: str = "2026-06-01") -> str:
    """Return a time of a day in New York, in summer."""
    return f"{day}T{clock}:00-04:00"


def an_account(database: Database, clinic_id: str, role: str = "nurse") -> str:
    """Give somebody an account; return its id."""
    login = f"{role}-{uuid.uuid4().hex[:8]}"
    log = Log(START, None, "system operator (test)", "command line", "user add", "tests")
    draft = AccountDraft(uuid.UUID(clinic_id), role, "Kim Okafor", login)
    with database.writing() as session:
        return str(create_account(session, log, draft).id)


def event(clock: str, kind: str, infusion_id: str, **details: Any) -> dict[str, Any]:
    return {
        "id": an_id(),
        "infusion_id": infusion_id,
        "at": at(clock),
        "kind": kind,
        "details": details,
    }


def vial(infusion_id: str, **changes: Any) -> dict[str, Any]:
    """Return a vial of 20 g that was all used."""
    return {
        "id": an_id(),
        "infusion_id": infusion_id,
        "product": "privigen",
        "nominal_g": 20.0,
        "lot": "LOT-A",
        "expires_on": "2027-12-31",
        "started_at": at("09:00"),
        "used_ml": 200.0,
        "looks_right": True,
        **changes,
    }


def grip(clock: str = "08:40", **changes: Any) -> dict[str, Any]:
    """Return the report of a nurse: the grip of each hand on one device."""
    values = [
        {"measure": "grip_kpa", "site": site, "value": value, "device": "Citec 12"}
        for site, value in (("right_hand", 38.5), ("left_hand", 22.0))
    ]
    return {
        "id": an_id(),
        "observed_at": at(clock),
        "source": "nurse",
        "values": values,
        **changes,
    }


def a_bundle(nurse_id: str | None, **changes: Any) -> dict[str, Any]:
    """Return a whole visit, in which nothing is missing, with new ids."""
    infusion_id = an_id()
    bundle = {
        "visit": {
            "id": an_id(),
            "planned_on": "2026-06-01",
            "infusion_id": infusion_id,
            "nurse_id": nurse_id,
            "ordered_g": 20.0,
            "arrived_at": at("08:30"),
            "left_at": at("12:10"),
            "outcome": "given",
        },
        "infusion": {
            "id": infusion_id,
            "started_at": at("09:00"),
            "ended_at": at("11:00"),
            "status": "completed",
            "product": "privigen",
            "dose_g": 20.0,
            "weight_kg": 83.0,
            "lot_numbers": ["LOT-A"],
        },
        "weights": [{"id": an_id(), "measured_at": at("08:35"), "weight_kg": 83.0}],
        "vials": [vial(infusion_id)],
        "events": [
            event("08:32", "identity", infusion_id, identifiers=["name", "birth_date"]),
            event("08:34", "pre_check", infusion_id, **PRE_CHECK),
            event("08:38", "wearing_off", infusion_id, weaker_before="yes", from_days_before=6),
            event("08:50", "access", infusion_id, device="peripheral", outcome="working"),
            event("08:55", "vitals", infusion_id, **VITALS),
            event("09:00", "rate", infusion_id, ml_per_h=60, reason="titration"),
            event("09:30", "rate", infusion_id, ml_per_h=113, reason="titration"),
            event("11:00", "rate", infusion_id, ml_per_h=0, reason="end"),
        ],
        "reactions": [],
        "reports": [grip()],
    }
    return {**bundle, **changes}
