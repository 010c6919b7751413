from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from app.analysis.measures import MEASURES
from app.analysis.settings import PATIENT_SETTINGS
from app.clinics.rules import ClinicDraft, SettingDraft, check_clinic, check_setting
from app.errors import Fault, Severity
from app.findings.rules import ReviewDraft, check_review
from app.infusions.rules import InfusionDraft, VialTotals, check_infusion, contradictions
from app.kit.limits import all_rows
from app.patients.rules import (
    FirstEntry,
    PatientDraft,
    TherapyDraft,
    WeightDraft,
    check_patient,
    check_therapy,
    check_weight,
)
from app.plans.rules import HoldDraft, PlanDraft, check_hold, check_plan
from app.plausibility import SPECS, page, rows_of
from app.reports.rules import (
    ReportDraft,
    ValueDraft,
    check_repeated,
    check_report,
    check_sender,
)
from tests.support import (
    plausible_diary,
    plausible_monitoring,
    plausible_products,
    plausible_schedule,
    plausible_texts,
    plausible_vials,
    plausible_visits,
)

DOCUMENT = Path(__file__).parents[1] / "docs" / "plausibility.md"
NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=11)
BIRTH: Final = date(1970, 5, 4)
UNBORN: Final = datetime(1970, 5, 3, tzinfo=UTC)
LONG_AGO: Final = datetime(1899, 12, 31, tzinfo=UTC)
TOMORROW: Final = date(2026, 11, 22)
FAR: Final = date(2028, 1, 1)
TOO_FAR: Final = date(2199, 1, 1)
PRODUCTS: Final = ("gammagard-liquid", "hizentra")
LATER: Final = NOW - timedelta(days=20)


def patients(**changes: Any) -> list[Fault]:
    content = {"external_id": "P", "time_zone": "UTC", "diagnosis": "MMN", "birth_date": BIRTH}
    return check_patient(
        PatientDraft(**{**content, **changes}),
        now=NOW,
        known_zones={"UTC"},
        first_entry=FirstEntry("plan", LATER.date()),
    )


def weights(**changes: Any) -> list[Fault]:
    content = {"measured_at": NOW, "weight_kg": 70, **changes}
    return check_weight(WeightDraft(**content), now=NOW, birth_date=BIRTH, previous_kg=70)


def therapies(**changes: Any) -> list[Fault]:
    content = {"therapy": "x", "status": "started", "from_date": BIRTH, **changes}
    return check_therapy(TherapyDraft(**content), now=NOW, birth_date=BIRTH)


def plans(**changes: Any) -> list[Fault]:
    content: dict[str, Any] = {"effective_date": BIRTH, "interval_days": 28, "course_days": 1}
    draft = PlanDraft(**{**content, "product": "gammagard-liquid", **changes})
    return check_plan(
        draft, now=NOW, birth_date=BIRTH, known_products=PRODUCTS, reference_weight_kg=50
    )


def holds(**changes: Any) -> list[Fault]:
    content = {"from_date": BIRTH, "to_date": None, "reason": "other", **changes}
    return check_hold(HoldDraft(**content), now=NOW, birth_date=BIRTH)


def infusions(totals: VialTotals | None = None, **changes: Any) -> list[Fault]:
    content = {
        "started_at": LATER,
        "status": "completed",
        "product": "gammagard-liquid",
        "dose_g": 40,
        **changes,
    }
    draft = InfusionDraft(**content)
    faults = check_infusion(
        draft, now=NOW, birth_date=BIRTH, known_products=PRODUCTS, reference_weight_kg=50
    )
    return faults if totals is None else [*faults, *contradictions(draft, totals)]


def reports(**changes: Any) -> list[Fault]:
    content = {"observed_at": NOW, "entered_at": NOW, "source": "nurse", **changes}
    values = content.pop("values", (ValueDraft("strength_nrs", "global", 5),))
    role = content.pop("role", "nurse")
    sender = check_sender(content["source"], role=role)
    repeated = [
        fault for i, one in enumerate(values) for fault in check_repeated(i, one, role=role)
    ]
    draft = ReportDraft(**content, values=values)
    return [*check_report(draft, now=NOW, birth_date=BIRTH), *sender, *repeated]


def settings(**changes: Any) -> list[Fault]:
    content = {"key": "grace_days", "value": 5, "source": "x", "effective_date": BIRTH, **changes}
    draft = SettingDraft(**content)
    return check_setting(draft, now=NOW, keys=PATIENT_SETTINGS, birth_date=BIRTH)


def findings(**changes: Any) -> list[Fault]:
    return check_review(
        ReviewDraft("snoozed", changes.get("snoozed_until", TOMORROW)), today=NOW.date()
    )


def value(measure: str = "strength_nrs", **changes: Any) -> dict[str, tuple[ValueDraft, ...]]:
    site = MEASURES[measure].sites[0] if measure in MEASURES else "global"
    return {"values": (ValueDraft(**{"measure": measure, "site": site, "value": 5, **changes}),)}


def clinics(**changes: Any) -> list[Fault]:
    return check_clinic(ClinicDraft(**{"name": "North", "phone": "112", **changes}))


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "patients": patients,
    "weights": weights,
    "therapies": therapies,
    "plans": plans,
    "holds": holds,
    "infusions": infusions,
    "reports": reports,
    "settings": settings,
    "clinics": clinics,
    "findings": findings,
    **plausible_products.CHECKS,
    **plausible_schedule.CHECKS,
    **plausible_vials.CHECKS,
    **plausible_visits.CHECKS,
    **plausible_monitoring.CHECKS,
    **plausible_diary.CHECKS,
    **plausible_texts.CHECKS,
}

# What breaks each documented rule: an entry in order but for these fields. A rule that no entry
# breaks would be a sentence in the docs without code behind it.
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "patients.patient_id": {"external_id": ""},
    "patients.family_name": {"family_name": "\x00"},
    "patients.given_name": {"given_name": "x" * 201},
    "patients.birth_date.future": {"birth_date": TOMORROW},
    "patients.birth_date.too-early": {"birth_date": LONG_AGO.date()},
    "patients.birth_date.after-an-entry": {"birth_date": LATER.date() + timedelta(days=1)},
    "patients.sex": {"sex": "?"},
    "patients.time_zone.not-a-zone": {"time_zone": "GMT+4"},
    "patients.diagnosis.not-a-code": {"diagnosis": "?"},
    "patients.diagnosed_on.future": {"diagnosed_on": TOMORROW},
    "patients.diagnosed_on.too-early": {"diagnosed_on": LONG_AGO.date()},
    "patients.diagnosed_on.before-birth": {"diagnosed_on": UNBORN.date()},
    "patients.dominant_hand": {"dominant_hand": "?"},
    "patients.anti_gm1": {"anti_gm1": "?"},
    "patients.conduction_block": {"conduction_block": "?"},
    "patients.followed.not-a-series": {"followed": ("?",)},
    "patients.followed.repeated": {"followed": ("incat@global", "incat@global")},
    "patients.identifiers": {"identifiers": {"urn": ""}},
    "weights.measured_at.future": {"measured_at": SOON},
    "weights.measured_at.too-early": {"measured_at": LONG_AGO},
    "weights.measured_at.before-birth": {"measured_at": UNBORN},
    "weights.weight_kg": {"weight_kg": 401},
    "weights.kind": {"kind": "?"},
    "therapies.therapy": {"therapy": ""},
    "therapies.status": {"status": "?"},
    "therapies.from_date.future": {"from_date": TOMORROW},
    "therapies.from_date.too-early": {"from_date": LONG_AGO.date()},
    "therapies.from_date.before-birth": {"from_date": UNBORN.date()},
    "therapies.to_date.too-far-ahead": {"to_date": TOO_FAR},
    "therapies.to_date.too-early": {"to_date": LONG_AGO.date()},
    "therapies.to_date.before-birth": {"to_date": UNBORN.date()},
    "therapies.to_date.before-from": {"from_date": LATER.date(), "to_date": BIRTH},
    "therapies.note": {"note": "\x00"},
    "plans.effective_date.too-far-ahead": {"effective_date": TOO_FAR},
    "plans.effective_date.too-early": {"effective_date": LONG_AGO.date()},
    "plans.effective_date.before-birth": {"effective_date": UNBORN.date()},
    "plans.interval_days": {"interval_days": 366},
    "plans.course_days": {"course_days": 11},
    "plans.course_days.longer-than-interval": {"interval_days": 7, "course_days": 8},
    "plans.dose_g_per_kg": {"dose_g_per_kg": 4.1},
    "plans.dose_g": {"dose_g": 900},
    "plans.dose_g.too-high-per-kg": {"dose_g": 201},
    "plans.dose_g.both-doses": {"dose_g": 50, "dose_g_per_kg": 1},
    "plans.product.unknown": {"product": "?"},
    "plans.route": {"route": "?"},
    "plans.route.not-for-intravenous-use": {"product": "hizentra"},
    "plans.reason": {"reason": "\x00"},
    "plans.prescriber": {"prescriber": "\x00"},
    "holds.from_date.too-far-ahead": {"from_date": TOO_FAR},
    "holds.from_date.too-early": {"from_date": LONG_AGO.date()},
    "holds.from_date.before-birth": {"from_date": UNBORN.date()},
    "holds.to_date.too-far-ahead": {"to_date": TOO_FAR},
    "holds.to_date.too-early": {"to_date": LONG_AGO.date()},
    "holds.to_date.before-birth": {"to_date": UNBORN.date()},
    "holds.to_date.not-after-from": {"to_date": BIRTH},
    "holds.reason": {"reason": "?"},
    "holds.note": {"note": "\x00"},
    "infusions.started_at.future": {"started_at": SOON},
    "infusions.started_at.too-early": {"started_at": LONG_AGO},
    "infusions.started_at.before-birth": {"started_at": UNBORN},
    "infusions.ended_at.future": {"started_at": NOW, "ended_at": SOON},
    "infusions.ended_at.too-early": {"ended_at": LONG_AGO},
    "infusions.ended_at.before-birth": {"ended_at": UNBORN},
    "infusions.ended_at.before-start": {"ended_at": LATER - timedelta(hours=1)},
    "infusions.ended_at.too-long": {"ended_at": LATER + timedelta(hours=49)},
    "infusions.ended_at.without-end": {"status": "in_progress", "ended_at": LATER},
    "infusions.status": {"status": "?"},
    "infusions.product.unknown": {"product": "?"},
    "infusions.product.needed": {"product": None},
    "infusions.dose_g": {"dose_g": 900},
    "infusions.dose_g.needed": {"dose_g": 0},
    "infusions.dose_g.not-given": {"status": "not_done", "note": "fever"},
    "infusions.dose_g.too-high-per-kg": {"dose_g": 201},
    "infusions.weight_kg": {"weight_kg": 0},
    "infusions.lot_numbers": {"lot_numbers": ("A;B",)},
    "infusions.product.not-vials": {"totals": VialTotals("hizentra", 40, ())},
    "infusions.dose_g.not-vials": {"totals": VialTotals("gammagard-liquid", 35, ())},
    "infusions.lot_numbers.not-vials": {"totals": VialTotals("gammagard-liquid", 40, ("A",))},
    "infusions.note": {"note": "\x00"},
    "infusions.note.needed": {"status": "not_done", "dose_g": None},
    "reports.reported_at.future": {"observed_at": SOON, "entered_at": None},
    "reports.reported_at.too-early": {"observed_at": LONG_AGO},
    "reports.reported_at.before-birth": {"observed_at": UNBORN},
    "reports.entered_at.future": {"entered_at": SOON},
    "reports.entered_at.too-early": {"entered_at": LONG_AGO},
    "reports.entered_at.before-birth": {"entered_at": UNBORN},
    "reports.entered_at.before-observed": {"entered_at": LATER},
    "reports.source": {"source": "?"},
    "reports.source.not-yours": {"role": "patient"},
    "reports.context": {"context": ("?",)},
    "reports.context.repeated": {"context": ("cold", "cold")},
    "reports.note": {"note": "\x00"},
    "reports.values.empty": {"values": ()},
    "reports.values.repeated": {"values": (ValueDraft("incat", "global", 5),) * 2},
    "reports.measure.unknown": value("?"),
    "reports.site.unknown": value(site="?"),
    "reports.value.step": value(value=5.5),
    "reports.device": value(device=" "),
    "reports.entry": value(entry="?"),
    "reports.entry.not-fresh": {**value(entry="repeated"), "source": "patient", "role": "patient"},
    **{f"reports.value.{key}": value(key, value=-1) for key in MEASURES},
    "clinics.phone.not-a-number": {"phone": "ask at the desk"},
    "settings.key.unknown": {"key": "colour"},
    "settings.key.not-for-a-patient": {"key": "join_gap_days"},
    "settings.value.out-of-range": {"value": 29},
    "settings.source": {"source": " "},
    "settings.effective_date.too-far-ahead": {"effective_date": TOO_FAR},
    "settings.effective_date.too-early": {"effective_date": LONG_AGO.date()},
    "settings.effective_date.before-birth": {"effective_date": UNBORN.date()},
    "findings.snoozed_until.not-ahead": {"snoozed_until": NOW.date()},
    "findings.snoozed_until.too-far-ahead": {"snoozed_until": FAR},
    **plausible_products.IMPOSSIBLE,
    **plausible_schedule.IMPOSSIBLE,
    **plausible_vials.IMPOSSIBLE,
    **plausible_visits.IMPOSSIBLE,
    **plausible_monitoring.IMPOSSIBLE,
    **plausible_diary.IMPOSSIBLE,
    **plausible_texts.IMPOSSIBLE,
}
UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    "weights.weight_kg": {"weight_kg": 201},
    "weights.weight_kg.change": {"weight_kg": 98},
    "therapies.to_date.far-ahead": {"to_date": FAR},
    "plans.effective_date.far-ahead": {"effective_date": FAR},
    "plans.interval_days": {"interval_days": 85},
    "plans.course_days": {"course_days": 6},
    "plans.dose_g_per_kg": {"dose_g_per_kg": 2.6},
    "plans.dose_g": {"dose_g": 241},
    "plans.dose_g.high-per-kg": {"dose_g": 130},
    "holds.from_date.far-ahead": {"from_date": FAR},
    "holds.to_date.far-ahead": {"to_date": FAR},
    "infusions.ended_at.long": {"ended_at": LATER + timedelta(hours=17)},
    "infusions.dose_g": {"dose_g": 241, "weight_kg": 69},
    "infusions.dose_g.high-per-kg": {"dose_g": 130},
    "infusions.weight_kg": {"weight_kg": 14},
    "infusions.weight_kg.change": {"weight_kg": 70},
    "settings.effective_date.far-ahead": {"effective_date": FAR},
    "reports.value.walk_10m_s": value("walk_10m_s", value=121),
    "reports.value.nine_hole_peg_s": value("nine_hole_peg_s", value=301),
    **plausible_vials.UNUSUAL,
    **plausible_visits.UNUSUAL,
    **plausible_monitoring.UNUSUAL,
    **plausible_schedule.UNUSUAL,
    **plausible_diary.UNUSUAL,
}

ROWS: Final = {row.id: row for row in all_rows(SPECS)}


def faults_of(rule: str, changes: dict[str, Any]) -> list[Fault]:
    return CHECKS[rule.partition(".")[0]](**changes)


@pytest.mark.parametrize("table", CHECKS)
def test_the_entry_that_the_others_vary_is_in_order(table: str) -> None:
    assert CHECKS[table]() == []


def test_every_rule_has_a_name_of_its_own() -> None:
    assert [
        name for name, count in Counter(r.id for r in all_rows(SPECS)).items() if count > 1
    ] == []


def test_something_breaks_every_documented_impossibility() -> None:
    assert {row.id for row in ROWS.values() if row.impossible} == set(IMPOSSIBLE)


def test_something_breaks_every_documented_oddity() -> None:
    assert {row.id for row in ROWS.values() if row.unusual} == set(UNUSUAL)


@pytest.mark.parametrize("rule", IMPOSSIBLE)
def test_the_impossible_is_refused(rule: str) -> None:
    faults = faults_of(rule, IMPOSSIBLE[rule])
    fields = [fault.field for fault in faults if fault.severity is Severity.IMPOSSIBLE]
    parts = {part for field in fields for part in re.split(r"\[\d+\]\.?|\.", field)}
    assert rule.split(".")[1] in parts


@pytest.mark.parametrize("rule", UNUSUAL)
def test_the_unusual_needs_confirmation_and_nothing_else(rule: str) -> None:
    faults = faults_of(rule, UNUSUAL[rule])
    assert faults != []
    assert {fault.severity for fault in faults} == {Severity.UNUSUAL}
    parts = {part for f in faults for part in re.split(r"\[\d+\]\.?|\.", f.field)}
    assert rule.split(".")[1] in parts


@pytest.mark.parametrize("table", CHECKS)
def test_every_rule_stands_in_the_section_of_its_file(table: str) -> None:
    assert rows_of(table) != []
    assert all(row.id.startswith(f"{table}.") for row in rows_of(table))


def test_every_rule_states_its_source() -> None:
    assert all(row.source for row in ROWS.values())


def test_the_document_is_the_page_of_the_rules() -> None:
    again = "run: python -m app.plausibility > docs/plausibility.md"
    assert DOCUMENT.read_text(encoding="utf-8") == page(), again


def test_every_rule_is_a_line_of_the_page() -> None:
    lines = page().splitlines()
    for row in ROWS.values():
        assert f"| `{row.id}` | {row.impossible} | {row.unusual} | {row.source} |" in lines
