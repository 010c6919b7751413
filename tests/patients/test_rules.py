from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Fault, Severity
from app.kit.timezones import known_zones
from app.patients.rules import (
    PatientDraft,
    TherapyDraft,
    WeightDraft,
    check_patient,
    check_therapy,
    check_weight,
    normal_diagnosis,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BIRTH = date(1970, 5, 4)


def patient_faults(**changes: Any) -> list[Fault]:
    content = {"external_id": "P-1", "time_zone": "Europe/Berlin", "diagnosis": "MMN", **changes}
    return check_patient(PatientDraft(**content), now=NOW, known_zones=known_zones())


def weight_faults(
    weight_kg: float = 70, *, previous_kg: float | None = None, **changes: Any
) -> list[Fault]:
    content = {"measured_at": NOW, "weight_kg": weight_kg, **changes}
    return check_weight(WeightDraft(**content), now=NOW, birth_date=BIRTH, previous_kg=previous_kg)


def therapy_faults(**changes: Any) -> list[Fault]:
    content = {
        "therapy": "rituximab",
        "status": "started",
        "from_date": date(2026, 1, 5),
        **changes,
    }
    return check_therapy(TherapyDraft(**content), now=NOW, birth_date=BIRTH)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("MMN", "MMN"),
        ("cidp", "CIDP"),
        ("G61.82", "MMN"),
        (" g61.81 ", "CIDP"),
        ("G62.9", "G62.9"),
        ("d80.1", "D80.1"),
        ("C7A.010", "C7A.010"),
        ("I10", "I10"),
    ],
)
def test_a_diagnosis_has_one_way_to_be_written(text: str, code: str) -> None:
    assert normal_diagnosis(text) == code


@pytest.mark.parametrize("text", ["", "neuropathy", "61.82", "G6", "G61.", "G61.82345", "G61,82"])
def test_what_is_no_code_is_no_diagnosis(text: str) -> None:
    assert normal_diagnosis(text) is None


@given(st.text(max_size=12))
def test_a_normal_diagnosis_stays_as_it_is(text: str) -> None:
    code = normal_diagnosis(text)
    assert code is None or normal_diagnosis(code) == code


def test_a_patient_needs_an_identifier_a_zone_and_a_diagnosis_only() -> None:
    assert patient_faults() == []


def test_a_patient_with_every_fact_is_in_order() -> None:
    faults = patient_faults(
        family_name="Muster",
        given_name="Ana María",
        birth_date=BIRTH,
        sex="female",
        diagnosed_on=date(2015, 1, 1),
        dominant_hand="both",
        anti_gm1="positive",
        conduction_block="probable",
        followed=("grip_kpa@right_hand", "strength_nrs@left_foot", "fatigue_nrs@global"),
        identifiers={"urn:oid:1.2.3": "4711"},
    )
    assert faults == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": ""}, "patient_id"),
        ({"external_id": " P-1"}, "patient_id"),
        ({"external_id": "x" * 65}, "patient_id"),
        ({"family_name": "a\x00b"}, "family_name"),
        ({"given_name": "  "}, "given_name"),
        ({"sex": "f"}, "sex"),
        ({"diagnosis": "weak"}, "diagnosis"),
        ({"dominant_hand": "none"}, "dominant_hand"),
        ({"anti_gm1": "unknown"}, "anti_gm1"),
        ({"conduction_block": "possible"}, "conduction_block"),
        ({"birth_date": date(2026, 11, 21)}, "birth_date"),
        ({"birth_date": date(1899, 12, 31)}, "birth_date"),
        ({"birth_date": BIRTH, "diagnosed_on": date(1970, 5, 3)}, "diagnosed_on"),
        ({"diagnosed_on": date(2026, 11, 21)}, "diagnosed_on"),
        ({"identifiers": {"": "4711"}}, "identifiers"),
        ({"identifiers": {"urn": "47\n11"}}, "identifiers"),
    ],
)
def test_one_wrong_fact_is_one_fault(changes: dict[str, Any], field: str) -> None:
    faults = patient_faults(**changes)
    assert [fault.field for fault in faults] == [field]
    assert faults[0].severity is Severity.IMPOSSIBLE


def test_every_wrong_field_is_named_at_once() -> None:
    faults = patient_faults(external_id="", time_zone="GMT+4", diagnosis="?", sex="?")
    assert {f.field for f in faults} == {"patient_id", "time_zone", "diagnosis", "sex"}


@pytest.mark.parametrize("day", [BIRTH, date(2026, 11, 20)])
def test_a_diagnosis_may_be_made_from_birth_to_today(day: date) -> None:
    assert patient_faults(birth_date=BIRTH, diagnosed_on=day) == []


@pytest.mark.parametrize(
    ("zone", "reason"),
    [
        ("GMT+4", "is an offset, not a zone of the tz database such as America/New_York"),
        ("Etc/GMT-1", "is an offset, not a zone of the tz database such as America/New_York"),
        ("+02:00", "is an offset, not a zone of the tz database such as America/New_York"),
        ("UTC-0530", "is an offset, not a zone of the tz database such as America/New_York"),
        ("EST5EDT", "is a POSIX string, not a zone of the tz database such as America/New_York"),
        ("<+03>-3", "is a POSIX string, not a zone of the tz database such as America/New_York"),
        ("Europe/Berln", 'is not a zone of the tz database; did you mean "Europe/Berlin"?'),
        ("europe/berlin", 'is not a zone of the tz database; did you mean "Europe/Berlin"?'),
        ("?", "is not a zone of the tz database"),
    ],
)
def test_a_zone_that_is_none_is_explained(zone: str, reason: str) -> None:
    (fault,) = patient_faults(time_zone=zone)
    assert fault == Fault("time_zone", zone, f'"{zone}" {reason}')


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Argentina/Buenos_Aires"])
def test_a_key_of_the_database_is_a_zone(zone: str) -> None:
    assert patient_faults(time_zone=zone) == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("grip_kpa", "is not measure@site, such as grip_kpa@right_hand"),
        ("grip_kp@right_hand", 'names no known measure; did you mean "grip_kpa"?'),
        (
            "grip_kpa@global",
            "names a site that grip_kpa does not have; it has right_hand, left_han",
        ),
        ("strength_nrs@nose", "names a site that strength_nrs does not have; it has every limb"),
        ("grip_kpa@", "names a site that grip_kpa does not have; it has right_hand, left_hand"),
    ],
)
def test_a_followed_entry_names_a_measure_and_one_of_its_sites(entry: str, reason: str) -> None:
    (fault,) = patient_faults(followed=("fatigue_nrs@global", entry))
    assert fault.field == "followed"
    assert fault.reason.startswith(f'"{entry}" {reason}')


def test_a_followed_entry_stands_once() -> None:
    (fault,) = patient_faults(followed=("fatigue_nrs@global", "fatigue_nrs@global"))
    assert fault.reason == '"fatigue_nrs@global" stands twice'


@pytest.mark.parametrize("weight_kg", [15, 70.25, 200])
def test_a_usual_weight(weight_kg: float) -> None:
    assert weight_faults(weight_kg) == []


@pytest.mark.parametrize("weight_kg", [1, 14.9, 200.1, 400])
def test_an_unusual_weight_needs_confirmation(weight_kg: float) -> None:
    (fault,) = weight_faults(weight_kg)
    assert fault.severity is Severity.UNUSUAL


@pytest.mark.parametrize("weight_kg", [-70, 0, 0.9, 400.1, float("nan"), float("inf")])
def test_an_impossible_weight_is_refused(weight_kg: float) -> None:
    (fault,) = weight_faults(weight_kg, previous_kg=70)
    assert fault.severity is Severity.IMPOSSIBLE


@pytest.mark.parametrize(
    ("previous_kg", "weight_kg"), [(100, 139.9), (100, 60.1), (70, 70), (62.6, 87.6)]
)
def test_a_change_below_40_percent_is_usual(previous_kg: float, weight_kg: float) -> None:
    assert weight_faults(weight_kg, previous_kg=previous_kg) == []


@pytest.mark.parametrize(
    ("previous_kg", "weight_kg"), [(100, 140), (100, 60), (62.6, 87.64), (65.1, 91.14), (42, 70)]
)
def test_a_change_of_40_percent_needs_confirmation(previous_kg: float, weight_kg: float) -> None:
    (fault,) = weight_faults(weight_kg, previous_kg=previous_kg)
    assert (fault.field, fault.severity) == ("weight_kg", Severity.UNUSUAL)


@given(st.floats(15, 142), st.sampled_from([1.4, 0.6]))
def test_exactly_40_percent_needs_confirmation_at_every_weight(
    previous_kg: float, factor: float
) -> None:
    faults = weight_faults(previous_kg * factor, previous_kg=previous_kg)
    assert [fault.severity for fault in faults] == [Severity.UNUSUAL]


@pytest.mark.parametrize(
    ("weight_kg", "reason"),
    [
        (42, "42 kg is 40 % less than 70 kg before; it needs confirmation"),
        (105, "105 kg is 50 % more than 70 kg before; it needs confirmation"),
    ],
)
def test_a_change_is_shown_with_the_weight_before(weight_kg: float, reason: str) -> None:
    assert [fault.reason for fault in weight_faults(weight_kg, previous_kg=70)] == [reason]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"measured_at": NOW + timedelta(minutes=11)}, "measured_at"),
        ({"measured_at": datetime(1970, 5, 3, tzinfo=UTC)}, "measured_at"),
        ({"kind": "ideal"}, "kind"),
    ],
)
def test_a_weight_has_a_time_and_a_kind(changes: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in weight_faults(**changes)] == [field]


@pytest.mark.parametrize("status", ["suggested", "started", "stopped", "declined"])
def test_a_therapy_in_order(status: str) -> None:
    assert therapy_faults(status=status, note="second\nopinion") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"therapy": ""}, "therapy"),
        ({"therapy": "rituximab "}, "therapy"),
        ({"status": "paused"}, "status"),
        ({"from_date": date(2026, 11, 21)}, "from_date"),
        ({"from_date": date(1970, 5, 3)}, "from_date"),
        ({"to_date": date(2026, 1, 4)}, "to_date"),
        ({"to_date": date(2199, 1, 1)}, "to_date"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_a_therapy_out_of_order(changes: dict[str, Any], field: str) -> None:
    faults = therapy_faults(**changes)
    assert [(fault.field, fault.severity) for fault in faults] == [(field, Severity.IMPOSSIBLE)]


@pytest.mark.parametrize("to_date", [date(2026, 1, 5), date(2027, 6, 1)])
def test_a_therapy_may_end_on_its_first_day_or_later(to_date: date) -> None:
    assert therapy_faults(to_date=to_date) == []
