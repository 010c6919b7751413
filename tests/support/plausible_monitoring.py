"""An event and a reaction in order, and what breaks each rule about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app.errors import Fault
from app.monitoring.rules import EventDraft, InfusionFacts, RateContext, check_event
from app.monitoring.shapes import QUESTIONS
from app.reactions.rules import InfusionTimes, ReactionDraft, check_reaction

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=11)
BIRTH: Final = date(1970, 5, 4)
UNBORN: Final = datetime(1970, 5, 3, tzinfo=UTC)
LONG_AGO: Final = datetime(1899, 12, 31, tzinfo=UTC)
START: Final = NOW - timedelta(hours=3)
LONG_ENDED: Final = START - timedelta(days=40)
ID: Final = uuid.UUID(int=1)

RUNNING: Final = InfusionFacts(START, None, "in_progress")
RAN: Final = InfusionTimes(START, None)
CHECKED: Final = dict.fromkeys(QUESTIONS, "yes")
SLOW: Final = {
    "concentration_mg_per_ml": 100,
    "rates": [
        {
            "initial": None,
            "maximum": 1,
            "unit": "mL/kg/h",
            "indication": None,
            "at_risk": False,
            "confidence": "read",
        }
    ],
    "source": "x",
    "as_of": "2026-11-20",
}
EVENT: Final = EventDraft(ID, START, "note", {"text": "x"})
REACTION: Final = ReactionDraft(ID, "headache", START, grade=2)


def infusion_events(
    infusion: InfusionFacts | None = RUNNING, weight_kg: float | None = 70, **changes: Any
) -> list[Fault]:
    rates = RateContext(SLOW, 100, weight_kg, "CIDP", risk="no")
    draft = replace(EVENT, **changes)
    return check_event(draft, now=NOW, birth_date=BIRTH, infusion=infusion, rates=rates)


def reactions(infusion: InfusionTimes | None = RAN, **changes: Any) -> list[Fault]:
    draft = replace(REACTION, **changes)
    return check_reaction(draft, now=NOW, birth_date=BIRTH, infusion=infusion)


def _of(kind: str, **details: Any) -> dict[str, Any]:
    return {"kind": kind, "details": details}


def _access(**details: Any) -> dict[str, Any]:
    return _of("access", **{"device": "port", "outcome": "working", **details})


def _rate(**details: Any) -> dict[str, Any]:
    return _of("rate", **{"ml_per_h": 35, "reason": "titration", **details})


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "infusion_events": infusion_events,
    "reactions": reactions,
}
_EVENT: Final = "infusion_events"
_DETAILS: Final = "infusion_events.details"
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    f"{_EVENT}.infusion_id.unknown": {"infusion": None},
    f"{_EVENT}.at.future": {"at": SOON},
    f"{_EVENT}.at.too-early": {"at": LONG_AGO},
    f"{_EVENT}.at.before-birth": {"at": UNBORN},
    f"{_EVENT}.kind": {"kind": "?"},
    f"{_DETAILS}.unknown": _of("note", text="x", why="y"),
    f"{_DETAILS}.needed": _of("note"),
    f"{_DETAILS}.type": _of("vitals", heart_rate="70"),
    f"{_DETAILS}.whole": _of("vitals", heart_rate=70.5),
    f"{_DETAILS}.empty": _of("vitals"),
    f"{_DETAILS}.identifiers": _of("identity", identifiers=["name"]),
    **{f"{_DETAILS}.{name}": _of("pre_check", **{**CHECKED, name: "?"}) for name in QUESTIONS},
    f"{_DETAILS}.creatinine_umol_l": _of("pre_check", **CHECKED, creatinine_umol_l=1),
    f"{_DETAILS}.drug": _of("premedication", drug="", dose="1 g", route="oral"),
    f"{_DETAILS}.dose": _of("premedication", drug="x", dose="", route="oral"),
    f"{_DETAILS}.route": _of("premedication", drug="x", dose="1 g", route="?"),
    f"{_DETAILS}.volume_ml": _of("hydration", route="oral", volume_ml=0),
    f"{_DETAILS}.device": _access(device="?"),
    f"{_DETAILS}.site": _access(site=""),
    f"{_DETAILS}.side": _access(side="?"),
    f"{_DETAILS}.gauge": _access(gauge=31),
    f"{_DETAILS}.attempts": _access(attempts=0),
    f"{_DETAILS}.outcome": _access(outcome="?"),
    f"{_DETAILS}.site_looks": _of("access_removed", site_looks="?"),
    f"{_DETAILS}.ml_per_h": _rate(ml_per_h=-1),
    f"{_DETAILS}.ml_per_h.not-done": {
        **_rate(),
        "infusion": InfusionFacts(START, None, "not_done"),
    },
    f"{_DETAILS}.reason": _rate(reason="?"),
    f"{_DETAILS}.volume_so_far_ml": _rate(volume_so_far_ml=-1),
    f"{_DETAILS}.over_limit_reason": _rate(over_limit_reason=""),
    f"{_DETAILS}.over_limit_reason.needed": _rate(ml_per_h=71),
    f"{_DETAILS}.temperature_c": _of("vitals", temperature_c=46),
    f"{_DETAILS}.systolic_mmhg": _of("vitals", systolic_mmhg=20),
    f"{_DETAILS}.diastolic_mmhg": _of("vitals", diastolic_mmhg=5),
    f"{_DETAILS}.diastolic_mmhg.order": _of("vitals", systolic_mmhg=90, diastolic_mmhg=90),
    f"{_DETAILS}.heart_rate": _of("vitals", heart_rate=10),
    f"{_DETAILS}.respiratory_rate": _of("vitals", respiratory_rate=1),
    f"{_DETAILS}.spo2_percent": _of("vitals", spo2_percent=101),
    f"{_DETAILS}.weaker_before": _of("wearing_off", weaker_before="?"),
    f"{_DETAILS}.from_days_before": _of("wearing_off", weaker_before="yes", from_days_before=-1),
    f"{_DETAILS}.from_days_before.without": _of(
        "wearing_off", weaker_before="no", from_days_before=3
    ),
    f"{_DETAILS}.text": _of("note", text=""),
    f"{_DETAILS}.note": _of("note", text="x", note=""),
    "reactions.infusion_id.unknown": {"infusion": None},
    "reactions.term": {"term": "?"},
    "reactions.description": {"description": ""},
    "reactions.description.needed": {"term": "other"},
    "reactions.onset_at.future": {"onset_at": SOON},
    "reactions.onset_at.too-early": {"onset_at": LONG_AGO},
    "reactions.onset_at.before-birth": {"onset_at": UNBORN},
    "reactions.onset_at.before-start": {"onset_at": START - timedelta(minutes=1)},
    "reactions.grade": {"grade": 6},
    "reactions.grade.death": {"grade": 5},
    "reactions.actions": {"actions": ("?",)},
    "reactions.actions.none": {"actions": ("none", "slowed")},
    "reactions.medication": {"actions": ("medication",), "medication": ""},
    "reactions.medication.needed": {"medication": "x"},
    "reactions.outcome": {"outcome": "?"},
    "reactions.resolved_at.future": {"outcome": "resolved", "resolved_at": SOON},
    "reactions.resolved_at.too-early": {"outcome": "resolved", "resolved_at": LONG_AGO},
    "reactions.resolved_at.before-birth": {"outcome": "resolved", "resolved_at": UNBORN},
    "reactions.resolved_at.not-over": {"outcome": "ongoing", "resolved_at": NOW},
    "reactions.resolved_at.before-onset": {
        "outcome": "resolved",
        "resolved_at": START - timedelta(minutes=1),
    },
    "reactions.reported_to": {"reported_to": ""},
    "reactions.physician_notified": {"physician_notified": "", "physician_notified_at": NOW},
    "reactions.physician_notified_at.future": {"physician_notified_at": SOON},
    "reactions.physician_notified_at.too-early": {"physician_notified_at": LONG_AGO},
    "reactions.physician_notified_at.before-birth": {"physician_notified_at": UNBORN},
    "reactions.physician_notified_at.before-onset": {
        "physician_notified_at": START - timedelta(minutes=1)
    },
    "reactions.physician_notified_at.needed": {"physician_notified": "x"},
}
UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    f"{_EVENT}.at.far": {"at": START - timedelta(hours=13)},
    f"{_DETAILS}.creatinine_umol_l": _of("pre_check", **CHECKED, creatinine_umol_l=401),
    f"{_DETAILS}.anaphylaxis_kit.absent": _of("pre_check", **{**CHECKED, "anaphylaxis_kit": "no"}),
    f"{_DETAILS}.consent.absent": _of("pre_check", **{**CHECKED, "consent": "no"}),
    f"{_DETAILS}.volume_ml": _of("hydration", route="oral", volume_ml=3001),
    f"{_DETAILS}.attempts": _access(attempts=5),
    f"{_DETAILS}.ml_per_h.unjudged": {**_rate(), "weight_kg": None},
    f"{_DETAILS}.ml_per_h": _rate(ml_per_h=1201, over_limit_reason="x"),
    f"{_DETAILS}.volume_so_far_ml": _rate(volume_so_far_ml=5001),
    f"{_DETAILS}.temperature_c": _of("vitals", temperature_c=33),
    f"{_DETAILS}.systolic_mmhg": _of("vitals", systolic_mmhg=65),
    f"{_DETAILS}.diastolic_mmhg": _of("vitals", diastolic_mmhg=30),
    f"{_DETAILS}.heart_rate": _of("vitals", heart_rate=30),
    f"{_DETAILS}.respiratory_rate": _of("vitals", respiratory_rate=5),
    f"{_DETAILS}.spo2_percent": _of("vitals", spo2_percent=79),
    f"{_DETAILS}.from_days_before": _of("wearing_off", weaker_before="yes", from_days_before=29),
    "reactions.onset_at.late": {
        "infusion": InfusionTimes(LONG_ENDED, LONG_ENDED + timedelta(hours=3))
    },
    "reactions.grade.mild": {"grade": 1, "actions": ("stopped",)},
}
