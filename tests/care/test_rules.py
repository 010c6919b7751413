from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.care.rules import (
    AccountFacts,
    ConsentDraft,
    MemberDraft,
    check_consent,
    check_emergency,
    check_member,
    may_export_for_research,
)
from app.errors import Fault

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
ACCOUNT = uuid.UUID(int=7)
MEMBER = MemberDraft(ACCOUNT, "member", NOW)
ROLE_OF = {"self": "patient", "proxy": "proxy", "member": "nurse"}


def member_faults(
    *, before: MemberDraft | None = None, facts: AccountFacts | None = None, **changes: Any
) -> list[Fault]:
    draft = replace(before or MEMBER, **changes)
    facts = facts or AccountFacts(ROLE_OF.get(draft.kind, "nurse"))
    return check_member(draft, now=NOW, account=facts, before=before)


def fields(faults: list[Fault]) -> list[str]:
    return [fault.field for fault in faults]


# --- the care team -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["self", "member"])
def test_patients_and_staff_are_on_a_team_without_a_scope(kind: str) -> None:
    assert member_faults(kind=kind) == []
    assert fields(member_faults(kind=kind, scope=("see",))) == ["scope"]


@pytest.mark.parametrize("scope", [("see",), ("report",), ("see", "report")])
def test_a_proxy_may_see_or_report_or_both(scope: tuple[str, ...]) -> None:
    assert member_faults(kind="proxy", scope=scope) == []


@pytest.mark.parametrize("scope", [None, (), ("sea",), ("see", "see")])
def test_a_proxy_without_a_good_scope_is_refused(scope: tuple[str, ...] | None) -> None:
    assert fields(member_faults(kind="proxy", scope=scope)) == ["scope"]


def test_nobody_is_entered_as_an_emergency() -> None:
    assert fields(member_faults(kind="emergency")) == ["kind"]


@pytest.mark.parametrize(
    ("kind", "role"),
    [("self", "proxy"), ("proxy", "patient"), ("member", "patient"), ("member", "coordinator")],
)
def test_an_account_of_another_role_does_not_fit(kind: str, role: str) -> None:
    scope = ("see",) if kind == "proxy" else None
    faults = member_faults(kind=kind, scope=scope, facts=AccountFacts(role))
    assert fields(faults) == ["account_id"]
    assert faults[0].reason == f'a {role} cannot be "{kind}" on a care team'


def test_an_account_that_the_clinic_does_not_have_is_refused() -> None:
    assert fields(member_faults(facts=AccountFacts(None))) == ["account_id"]


def test_a_word_that_is_no_kind_is_one_fault() -> None:
    assert fields(member_faults(kind="friend")) == ["kind"]


def test_a_patients_account_is_of_one_patient() -> None:
    of_another = AccountFacts("patient", is_of_another=True)
    assert fields(member_faults(kind="self", facts=of_another)) == ["account_id"]


def test_a_proxy_can_care_for_two_patients() -> None:
    of_another = AccountFacts("proxy", is_of_another=True)
    assert member_faults(kind="proxy", scope=("see",), facts=of_another) == []


@pytest.mark.parametrize(("seconds", "expected"), [(-1, True), (0, True), (1, False)])
def test_membership_ends_after_it_began(seconds: int, expected: bool) -> None:
    faults = member_faults(valid_until=NOW + timedelta(seconds=seconds))
    assert (fields(faults) == ["valid_until"]) is expected


def test_dates_that_nobody_means_are_refused() -> None:
    far = NOW + timedelta(days=4000)
    assert fields(member_faults(valid_from=NOW.replace(year=1899))) == ["valid_from"]
    assert fields(member_faults(valid_until=far)) == ["valid_until"]


def test_a_reason_is_text() -> None:
    assert member_faults(reason="Covers for Dr. Example.") == []
    assert fields(member_faults(reason=" ")) == ["reason"]


# --- emergency access ----------------------------------------------------------------------------

OPENED = MemberDraft(
    ACCOUNT, "emergency", NOW, NOW + timedelta(hours=4), reason="Brought in unconscious."
)


def test_an_emergency_access_can_be_ended_earlier() -> None:
    assert member_faults(before=OPENED, valid_until=NOW + timedelta(hours=1)) == []
    assert member_faults(before=OPENED) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until": NOW + timedelta(hours=5)},
        {"valid_until": NOW},
        {"valid_until": None},
        {"valid_from": NOW - timedelta(hours=1)},
        {"reason": "Curious."},
        {"scope": ("see",)},
    ],
)
def test_an_emergency_access_can_be_changed_in_no_other_way(changes: dict[str, Any]) -> None:
    assert fields(member_faults(before=OPENED, **changes)) == ["valid_until"]


def test_an_emergency_access_without_an_end_cannot_be_changed() -> None:
    endless = replace(OPENED, valid_until=None)
    assert fields(member_faults(before=endless, valid_until=NOW + timedelta(hours=1))) == [
        "valid_until"
    ]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", ["reason"]),
        ("123456789", ["reason"]),
        ("12345678 \n ", ["reason"]),
        ("1234567890", []),
    ],
)
def test_an_emergency_needs_a_reason_of_ten_characters(reason: str, expected: list[str]) -> None:
    assert fields(check_emergency(reason, external_id="P-1", patient_id=None)) == expected


def test_the_patient_is_named_in_one_way() -> None:
    reason = "Brought in unconscious."
    assert check_emergency(reason, external_id=None, patient_id=ACCOUNT) == []
    both = check_emergency(reason, external_id="P-1", patient_id=ACCOUNT)
    neither = check_emergency(reason, external_id=None, patient_id=None)
    assert fields(both) == fields(neither) == ["external_id"]


# --- consents ------------------------------------------------------------------------------------


def consent(decision: str, days_ago: int, purpose: str = "research_export") -> ConsentDraft:
    return ConsentDraft(purpose, decision, TODAY - timedelta(days=days_ago), "Version 3")


def test_a_consent_in_order_has_no_fault() -> None:
    assert check_consent(consent("given", 0), now=NOW, birth_date=None) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purpose", "marketing"),
        ("decision", "perhaps"),
        ("from_date", date(2026, 12, 24)),
        ("from_date", date(1970, 1, 1)),
        ("form", " "),
        ("note", ""),
    ],
)
def test_each_field_of_a_consent_is_checked(field: str, value: Any) -> None:
    draft = replace(consent("given", 0), **{field: value})
    assert fields(check_consent(draft, now=NOW, birth_date=date(1971, 1, 1))) == [field]


@pytest.mark.parametrize(
    ("consents", "expected"),
    [
        ([], False),
        ([consent("given", 0)], True),
        ([consent("given", 9), consent("withdrawn", 3)], False),
        ([consent("withdrawn", 9), consent("given", 3)], True),
        ([consent("given", 3), consent("withdrawn", 3)], False),
        ([consent("given", -1)], False),
        ([consent("given", 3), consent("withdrawn", -1)], True),
        ([consent("given", 3, purpose="something else")], False),
    ],
)
def test_the_last_decision_until_today_counts(consents: list[ConsentDraft], expected: bool) -> None:
    assert may_export_for_research(consents, today=TODAY) is expected
    assert may_export_for_research(consents[::-1], today=TODAY) is expected
