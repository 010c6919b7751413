"""The policy as a table: one row for every route, and what each role gets for an answer there."""

from __future__ import annotations

import uuid
from typing import Any, Final

from tests.access.cells import (
    ADMIN,
    ALL,
    API,
    DOCTOR,
    HOME,
    NOBODY,
    OFFICE,
    PHARMACY,
    REASON,
    REVIEW,
    SEES,
    TEAM,
    VOID,
    About,
    Row,
    record,
    sends,
    who,
)
from tests.access.policy_app_pages import APP_PAGES
from tests.access.policy_desk import DESK
from tests.access.policy_diary import DIARY
from tests.access.policy_lots import LOTS
from tests.access.policy_monitoring import MONITORING
from tests.access.policy_pages import PAGES
from tests.access.policy_people import PEOPLE
from tests.access.policy_schedule import SCHEDULE
from tests.access.policy_texts import TEXTS
from tests.access.policy_vials import VIALS
from tests.access.policy_visits import VISITS
from tests.access.world import Place


def _report(_place: Place, role: str) -> dict[str, Any]:
    source = role if role in ("patient", "proxy") else "nurse"
    value = {"measure": "grip_kpa", "site": "right_hand", "value": 40.5}
    return {"observed_at": "2026-06-01T07:00:00-04:00", "source": source, "values": [value]}


_RECORDS: Final[list[Row]] = [
    *record(
        "weights",
        read=SEES,
        write=TEAM,
        new=sends(measured_at="2026-05-01T09:00:00-04:00", weight_kg=71.5),
        changed={"weight_kg": 71.0},
    ),
    *record(
        "therapies",
        read=SEES,
        write=TEAM,
        new=sends(therapy="mycophenolate", status="started", from_date="2026-03-10"),
        changed={"status": "started"},
    ),
    *record(
        "settings",
        read=SEES,
        write=DOCTOR,
        new=sends(
            key="threshold.grip_kpa", value=0.12, source="Steadier.", effective_date="2026-04-01"
        ),
        changed={"value": 0.12},
    ),
    *record(
        "plans",
        read=SEES | OFFICE,
        write=DOCTOR,
        new=sends(
            effective_date="2026-03-05",
            interval_days=21,
            course_days=1,
            product="privigen",
            dose_g_per_kg=1.0,
        ),
        changed={"interval_days": 21},
    ),
    *record(
        "holds",
        read=SEES | OFFICE,
        write=TEAM | OFFICE,
        new=sends(from_date="2026-05-10", to_date="2026-05-20", reason="travel"),
        changed={"to_date": "2026-04-20"},
    ),
    *record(
        "infusions",
        read=SEES | PHARMACY,
        write=TEAM,
        new=sends(
            started_at="2026-05-04T09:00:00-04:00",
            status="completed",
            product="privigen",
            dose_g=70.0,
        ),
        changed={"dose_g": 65.0},
    ),
    *record(
        "care-team",
        read=SEES | OFFICE,
        write=DOCTOR | OFFICE,
        new=lambda place, _role: {
            "account_id": str(place.rows["accounts"]),
            "kind": "member",
            "valid_from": "2026-06-01T12:00:00Z",
        },
        changed={"valid_until": "2026-06-30T12:00:00Z"},
    ),
    *record(
        "consents",
        read=SEES | OFFICE,
        write=DOCTOR | OFFICE | who("pa"),
        new=sends(
            purpose="research_export",
            decision="withdrawn",
            from_date="2026-05-30",
            form="Version 3",
        ),
        changed={"form": "Version 4"},
        but={"patient own": 403},  # what the clinic entered; own entries have a test of their own
    ),
]

_REPORTS: Final[list[Row]] = [
    Row("GET", f"{API}/patients/{{patient_id}}/reports", SEES, About.PATIENT),
    Row("POST", f"{API}/patients/{{patient_id}}/reports", SEES, About.PATIENT, 201, _report),
    Row("GET", f"{API}/reports/{{report_id}}", SEES, About.PATIENT),
    Row(
        "PATCH",
        f"{API}/reports/{{report_id}}",
        SEES,
        About.PATIENT,
        200,
        sends(**REASON, note="Slept badly."),
    ),
    Row("POST", f"{API}/reports/{{report_id}}/void", SEES, About.PATIENT, 200, VOID),
    Row("GET", f"{API}/reports/{{report_id}}/history", SEES, About.PATIENT),
    Row("GET", f"{API}/patients/{{patient_id}}/series", SEES, About.PATIENT),
]

_ANALYSIS: Final[list[Row]] = [
    *(
        Row(
            "GET",
            f"{API}/patients/{{patient_id}}/{what}",
            SEES | OFFICE | PHARMACY,
            About.PATIENT,
        )
        for what in ("courses", "next-course")
    ),
    *(
        Row("GET", f"{API}/patients/{{patient_id}}/{what}", SEES, About.PATIENT)
        for what in (
            "analysis",
            "findings",
            "findings/{finding_id}",
            "findings/{finding_id}/history",
            "settings/in-force",
        )
    ),
    *(
        Row(
            "POST",
            f"{API}/patients/{{patient_id}}/findings/{{finding_id}}/{verb}",
            DOCTOR,
            About.PATIENT,
            200,
            body,
        )
        for verb, body in (
            ("acknowledge", REVIEW),
            ("disagree", REVIEW),
            ("snooze", sends(review_reason="Later.", snoozed_until="2026-07-01")),
        )
    ),
    Row(  # Nothing was said of the finding yet, so there is nothing to take back.
        "POST",
        f"{API}/patients/{{patient_id}}/findings/{{finding_id}}/reopen",
        DOCTOR,
        About.PATIENT,
        409,
        REVIEW,
    ),
    Row("GET", f"{API}/worklist", TEAM, About.CLINIC, query="clinic_id"),
    Row("GET", f"{API}/infusions/{{id}}/signatures", SEES | PHARMACY, About.PATIENT),
    Row("POST", f"{API}/infusions/{{id}}/signatures", TEAM, About.PATIENT, 201, sends()),
]

_SEES_PATIENTS: Final = SEES | OFFICE | PHARMACY


def _new_patient(place: Place, _role: str) -> dict[str, Any]:
    return {
        "clinic_id": str(place.clinic_id),
        "external_id": f"N-{uuid.uuid4().hex[:8]}",
        "time_zone": "America/New_York",
        "diagnosis": "MMN",
    }


_PATIENTS: Final[list[Row]] = [
    Row("GET", f"{API}/patients", _SEES_PATIENTS, About.LIST),
    Row(
        "POST",
        f"{API}/patients/search",
        _SEES_PATIENTS,
        About.LIST,
        body=lambda place, _role: {"clinic_id": str(place.clinic_id), "external_id": "P-1"},
    ),
    Row("GET", f"{API}/patients/{{patient_id}}", _SEES_PATIENTS, About.PATIENT),
    Row("GET", f"{API}/patients/{{patient_id}}/history", _SEES_PATIENTS, About.PATIENT),
    Row(
        "POST",
        f"{API}/patients",
        DOCTOR | OFFICE,
        About.CLINIC,
        201,
        _new_patient,
        but={"foreign": 422},
    ),
    Row(
        "PATCH",
        f"{API}/patients/{{patient_id}}",
        DOCTOR | OFFICE,
        About.PATIENT,
        200,
        sends(**REASON, dominant_hand="left"),
    ),
    Row("POST", f"{API}/patients/{{patient_id}}/void", DOCTOR, About.PATIENT, 200, VOID),
    Row(
        "POST",
        f"{API}/emergency-access",
        TEAM,
        About.PATIENT,
        201,
        lambda place, _role: {
            "clinic_id": str(place.clinic_id),
            "patient_id": str(place.patient_id),
            "reason": "Brought in unconscious.",
        },
        but={"own": 409, "stranger": 201},
    ),
    Row("POST", f"{API}/care-team/{{emergency_id}}/seen", DOCTOR, About.PATIENT),
    Row("GET", f"{API}/patients/{{patient_id}}/access-log", HOME, About.PATIENT),
]

_CLINICS: Final[list[Row]] = [
    Row("GET", f"{API}/clinics", ALL, About.LIST),
    Row("GET", f"{API}/clinics/{{clinic_id}}", ALL, About.CLINIC),
    Row("GET", f"{API}/clinics/{{clinic_id}}/history", ALL, About.CLINIC),
    Row("POST", f"{API}/clinics", NOBODY, About.LIST, 201, sends(name="East")),
    Row(
        "PATCH",
        f"{API}/clinics/{{clinic_id}}",
        ADMIN,
        About.CLINIC,
        200,
        sends(**REASON, name="North"),
    ),
    Row("GET", f"{API}/clinics/{{clinic_id}}/settings", TEAM | ADMIN, About.CLINIC),
    Row("GET", f"{API}/clinic-settings/{{id}}", TEAM | ADMIN, About.CLINIC),
    Row("GET", f"{API}/clinic-settings/{{id}}/history", TEAM | ADMIN, About.CLINIC),
    Row(
        "POST",
        f"{API}/clinics/{{clinic_id}}/settings",
        DOCTOR | ADMIN,
        About.CLINIC,
        201,
        lambda _place, role: {
            "key": "threshold.grip_kpa",
            "value": 0.12,
            "source": "Steadier.",
            "effective_date": f"2025-0{len(role) - 4}-{uuid.uuid4().int % 28 + 1:02}",
        },
    ),
    Row(
        "PATCH",
        f"{API}/clinic-settings/{{id}}",
        DOCTOR | ADMIN,
        About.CLINIC,
        200,
        sends(**REASON, value=0.12),
    ),
    Row("POST", f"{API}/clinic-settings/{{id}}/void", DOCTOR | ADMIN, About.CLINIC, 200, VOID),
    Row("GET", f"{API}/clinics/{{clinic_id}}/audit", ADMIN, About.CLINIC),
    Row("GET", f"{API}/clinics/{{clinic_id}}/people", DOCTOR | OFFICE, About.CLINIC),
    Row(
        "POST",
        f"{API}/clinics/{{clinic_id}}/people/search",
        DOCTOR | OFFICE,
        About.CLINIC,
        body=sends(login="nurse-1"),
    ),
    Row("GET", f"{API}/clinics/{{clinic_id}}/emergency-access", DOCTOR | OFFICE, About.CLINIC),
]

TABLE: Final[tuple[Row, ...]] = (
    *_RECORDS,
    *_REPORTS,
    *_ANALYSIS,
    *_PATIENTS,
    *_CLINICS,
    *LOTS,
    *VIALS,
    *MONITORING,
    *VISITS,
    *PEOPLE,
    *SCHEDULE,
    *TEXTS,
    *DIARY,
    *PAGES,
    *APP_PAGES,
    *DESK,
)
