"""Every row is plausible by the rules that API and import use, on any day of the calendar."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from app.errors import Fault
from app.exchange.sample import sample_rows
from app.exchange.sample.writer import COLUMNS, Row
from app.infusions.rules import InfusionDraft, check_infusion
from app.kit.timezones import known_zones
from app.patients.rules import (
    PatientDraft,
    TherapyDraft,
    WeightDraft,
    check_patient,
    check_therapy,
    check_weight,
)
from app.plans.rules import HoldDraft, PlanDraft, check_hold, check_plan
from app.products.catalogue import CATALOGUE
from app.reports.rules import ReportDraft, ValueDraft, check_report

Clinic = dict[str, list[Row]]

KEYS = {
    "patients": ("patient_id",),
    "weights": ("patient_id", "measured_at", "kind"),
    "plans": ("patient_id", "effective_date"),
    "holds": ("patient_id", "from_date"),
    "infusions": ("patient_id", "started_at", "product"),
    "therapies": ("patient_id", "therapy", "from_date"),
    "reports": ("patient_id", "reported_at", "measure", "site", "source"),
}
ROUTES = {key: product.route for key, product in CATALOGUE.items()}


@pytest.fixture(
    scope="module",
    params=[date(2026, 11, 21), date(2028, 2, 29), date(2027, 4, 1)],
    ids=["autumn", "leap-day", "after-the-clocks-changed"],
)
def dated(request: pytest.FixtureRequest) -> tuple[date, Clinic]:
    today: date = request.param
    return today, sample_rows(today=today)


def number(text: str) -> float | None:
    return float(text) if text else None


def whole_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def needed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def patient_faults(row: Row, now: datetime) -> list[Fault]:
    draft = PatientDraft(
        row["patient_id"],
        row["time_zone"],
        row["diagnosis"],
        family_name=row["family_name"],
        given_name=row["given_name"],
        birth_date=whole_day(row["birth_date"]),
        sex=row["sex"],
        diagnosed_on=whole_day(row["diagnosed_on"]),
        dominant_hand=row["dominant_hand"],
        anti_gm1=row["anti_gm1"] or None,
        conduction_block=row["conduction_block"] or None,
        followed=tuple(filter(None, row["followed"].split(";"))),
    )
    return check_patient(draft, now=now, known_zones=known_zones())


def weight_faults(rows: list[Row], born: date, now: datetime) -> Iterator[Fault]:
    previous: float | None = None
    for row in rows:
        draft = WeightDraft(needed(row["measured_at"]), float(row["weight_kg"]), row["kind"])
        yield from check_weight(draft, now=now, birth_date=born, previous_kg=previous)
        previous = draft.weight_kg


def plan_faults(rows: list[Row], born: date, now: datetime) -> Iterator[Fault]:
    for row in rows:
        days, weeks = row.get("interval_days", ""), row.get("interval_weeks", "")
        assert bool(days) != bool(weeks)
        draft = PlanDraft(
            date.fromisoformat(row["effective_date"]),
            int(days) if days else 7 * int(weeks),
            int(row["course_days"]),
            row["product"],
            dose_g_per_kg=number(row["dose_g_per_kg"]),
            dose_g=number(row["dose_g"]),
            route=ROUTES[row["product"]],
            reason=row["reason"] or None,
        )
        yield from check_plan(draft, now=now, birth_date=born, known_products=ROUTES)


def infusion_faults(rows: list[Row], born: date, now: datetime) -> Iterator[Fault]:
    weight: float | None = None
    for row in rows:
        draft = InfusionDraft(
            needed(row["started_at"]),
            row["status"],
            ended_at=instant(row["ended_at"]),
            product=row["product"],
            dose_g=number(row["dose_g"]),
            weight_kg=number(row["weight_kg"]),
            lot_numbers=tuple(filter(None, row["lot_numbers"].split(";"))),
            note=row["note"] or None,
        )
        around = [each for each in rows if each is not row and _within_a_week(each, row)]
        yield from check_infusion(
            draft,
            now=now,
            birth_date=born,
            known_products=ROUTES,
            reference_weight_kg=weight,
            other_course_g=sum(number(each["dose_g"]) or 0.0 for each in around),
        )
        weight = draft.weight_kg or weight


def _within_a_week(one: Row, other: Row) -> bool:
    apart = abs(needed(one["started_at"]) - needed(other["started_at"]))
    return apart < timedelta(days=5)


def report_faults(rows: list[Row], born: date, now: datetime) -> Iterator[Fault]:
    def identity(row: Row) -> tuple[datetime, str]:
        return needed(row["reported_at"]), row["source"]

    for (observed_at, source), group in groupby(sorted(rows, key=identity), key=identity):
        same = list(group)
        assert len({(row["context"], row["entered_at"]) for row in same}) == 1
        notes = {row["note"] for row in same} - {""}
        assert len(notes) <= 1
        draft = ReportDraft(
            observed_at,
            instant(same[0]["entered_at"]),
            source or "import",
            tuple(
                ValueDraft(
                    row["measure"],
                    row["site"],
                    float(row["value"]),
                    device=row["device"] or None,
                    entry=row["entry"] or "fresh",
                )
                for row in same
            ),
            context=tuple(filter(None, same[0]["context"].split(";"))),
            note=min(notes, default=None),
        )
        yield from check_report(draft, now=now, birth_date=born)


def other_faults(clinic: dict[str, list[Row]], born: date, now: datetime) -> Iterator[Fault]:
    for row in clinic["holds"]:
        hold = HoldDraft(
            date.fromisoformat(row["from_date"]),
            whole_day(row["to_date"]),
            row["reason"],
            row["note"] or None,
        )
        yield from check_hold(hold, now=now, birth_date=born)
    for row in clinic["therapies"]:
        therapy = TherapyDraft(
            row["therapy"],
            row["status"],
            date.fromisoformat(row["from_date"]),
            whole_day(row["to_date"]),
            row["note"] or None,
        )
        yield from check_therapy(therapy, now=now, birth_date=born)


def by_patient(clinic: Clinic) -> dict[str, dict[str, list[Row]]]:
    parts: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for table, rows in clinic.items():
        for row in rows:
            parts[row["patient_id"]][table].append(row)
    return parts


def test_no_row_is_impossible_or_unusual(dated: tuple[date, Clinic]) -> None:
    today, clinic = dated
    now = datetime.combine(today, time(), UTC) - timedelta(hours=14)
    faults: list[tuple[str, Fault]] = []
    for key, rows in by_patient(clinic).items():
        (patient,) = rows["patients"]
        born = date.fromisoformat(patient["birth_date"])
        found = [
            *patient_faults(patient, now),
            *weight_faults(rows["weights"], born, now),
            *plan_faults(rows["plans"], born, now),
            *infusion_faults(rows["infusions"], born, now),
            *report_faults(rows["reports"], born, now),
            *other_faults(rows, born, now),
        ]
        faults += [(key, fault) for fault in found]
    assert faults == []


def test_row_keys_are_unique(dated: tuple[date, Clinic]) -> None:
    for table, rows in dated[1].items():
        keys = Counter(tuple(row[column] for column in KEYS[table]) for row in rows)
        assert [key for key, count in keys.items() if count > 1] == []


def test_every_instant_has_the_offset_of_a_place_where_the_patient_lived(clinic: Clinic) -> None:
    zones = {row["patient_id"]: [ZoneInfo(row["time_zone"])] for row in clinic["patients"]}
    zones["DEMO-28"].append(ZoneInfo("Europe/Lisbon"))
    for table, column in (("reports", "reported_at"), ("infusions", "started_at")):
        for row in clinic[table]:
            at = needed(row[column])
            offsets = {at.astimezone(zone).utcoffset() for zone in zones[row["patient_id"]]}
            assert at.utcoffset() in offsets


def test_every_column_is_used_somewhere(clinic: Clinic) -> None:
    unused = {
        f"{table}.{column}"
        for table, columns in COLUMNS.items()
        for column in columns
        if not any(row[column] for row in clinic[table])
    }
    assert unused == set()


def test_forty_patients_in_the_whole_world(clinic: Clinic) -> None:
    patients = clinic["patients"]
    assert [row["patient_id"] for row in patients] == [f"DEMO-{n:02d}" for n in range(1, 41)]
    assert all(row["family_name"].endswith("-Sample") for row in patients)
    assert "Pacific/Apia" in {row["time_zone"] for row in patients}
    assert Counter(row["diagnosis"] for row in patients) == {"MMN": 32, "CIDP": 8}


def test_the_clinic_is_small_enough_to_start_quickly(clinic: Clinic) -> None:
    assert 20_000 < len(clinic["reports"]) < 40_000
