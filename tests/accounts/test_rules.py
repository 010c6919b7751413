from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.password_rules import check_password, normal_password
from app.accounts.rules import (
    ALL_PERMISSIONS,
    AT_HOME,
    ENROLLING,
    EVERYBODY,
    LONGEST_TOKEN,
    NOT_FOR_TOKENS,
    OWN,
    PERMISSIONS,
    PROXY_SCOPES,
    AccountDraft,
    Lifetimes,
    Role,
    Strength,
    TokenDraft,
    check_account,
    check_label,
    check_token,
    normal_login,
    permissions_of,
    recorded_name,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
A_YEAR = LONGEST_TOKEN.days
CLINIC = uuid.UUID(int=7)
CLINICAL = {"patients.read", "reports.read", "infusions.read", "plans.read", "analysis.read"}


class TestPermissions:
    def test_every_role_has_its_own_account_and_sees_its_clinic(self) -> None:
        assert set(PERMISSIONS) == set(Role)
        assert all(permissions >= EVERYBODY for permissions in PERMISSIONS.values())

    def test_an_administrator_sees_nothing_of_a_patient(self) -> None:
        areas = {permission.split(".")[0] for permission in PERMISSIONS[Role.ADMINISTRATOR]}
        assert areas == {
            "self",
            "clinics",
            "accounts",
            "clinic_settings",
            "products",
            "audit",
            "help",
        }

    def test_only_administrators_reach_accounts_and_the_trail(self) -> None:
        for role in set(Role) - {Role.ADMINISTRATOR}:
            reached = {p.split(".")[0] for p in PERMISSIONS[role]}
            assert not reached & {"accounts", "audit"}

    def test_a_coordinator_sees_no_clinical_notes(self) -> None:
        mine = PERMISSIONS[Role.COORDINATOR]
        assert not mine & {"reports.read", "infusions.read", "analysis.read", "therapies.read"}
        assert {"patients.write", "holds.write", "care_team.write"} <= mine

    def test_a_pharmacist_changes_products_and_lots_and_nothing_of_a_patient(self) -> None:
        assert {p for p in PERMISSIONS[Role.PHARMACIST] if not p.endswith(".read")} == {
            "self.write",
            "products.write",
            "lots.write",
        }

    def test_a_patient_reads_everything_of_the_own_record_and_who_looked(self) -> None:
        mine = PERMISSIONS[Role.PATIENT]
        assert CLINICAL | {"access_log.read", "care_team.read", "consents.read"} <= mine
        assert {p for p in mine if p.endswith(".write")} == {
            "self.write",
            "reports.write",
            "alarms.write",
            "consents.write",
        }

    def test_what_a_proxy_may_do_is_granted_in_two_parts(self) -> None:
        assert PROXY_SCOPES["see"] | PROXY_SCOPES["report"] == PERMISSIONS[Role.PROXY]
        assert "reports.write" not in PROXY_SCOPES["see"]
        assert "analysis.read" not in PROXY_SCOPES["report"]

    def test_a_physician_may_do_what_a_nurse_may(self) -> None:
        assert PERMISSIONS[Role.NURSE] < PERMISSIONS[Role.PHYSICIAN]
        assert "plans.write" not in PERMISSIONS[Role.NURSE]

    def test_only_an_administrator_without_a_clinic_opens_clinics(self) -> None:
        assert "clinics.open" in permissions_of(Role.ADMINISTRATOR, has_clinic=False)
        assert "clinics.open" not in permissions_of(Role.ADMINISTRATOR, has_clinic=True)
        assert "clinics.open" not in permissions_of(Role.NURSE, has_clinic=False)
        assert "clinics.open" in ALL_PERMISSIONS


class TestAccount:
    def test_a_whole_one_has_no_fault(self) -> None:
        assert check_account(AccountDraft(CLINIC, "nurse", "Kim Okafor", "kim@x.example")) == []
        assert check_account(AccountDraft(None, "administrator", "Ada Lind", "ada")) == []

    @pytest.mark.parametrize(
        ("draft", "fields"),
        [
            (AccountDraft(None, "nurse", "Kim", "kim"), ["clinic_id"]),
            (AccountDraft(CLINIC, "doctor", "Kim", "kim"), ["role"]),
            (AccountDraft(CLINIC, "nurse", " ", "k im"), ["name", "login"]),
        ],
    )
    def test_every_fault_is_named(self, draft: AccountDraft, fields: list[str]) -> None:
        assert [fault.field for fault in check_account(draft)] == fields

    @pytest.mark.parametrize(
        "typed", ["KIM@Clinic.example", " kim@clinic.example", "kim@clinic\uff0eexample"]
    )
    def test_a_login_is_found_however_it_is_typed(self, typed: str) -> None:
        assert normal_login(typed) == "kim@clinic.example"

    def test_no_name_of_a_patient_stands_beside_a_row(self) -> None:
        for role in Role:
            kept = recorded_name(role, "Kim Okafor")
            assert kept == (role.value if role in AT_HOME else "Kim Okafor")


def faults(password: str) -> list[str]:
    found = check_password(
        password,
        login="kim.okafor",
        clinic_name="North Clinic",
        common={"correcthorse", "password", "iloveyouforever"},
    )
    assert all(fault.field == "password" and fault.value is None for fault in found)
    return [fault.reason for fault in found]


class TestPassword:
    def test_three_words_are_enough(self) -> None:
        assert faults("three tired herons") == []
        assert faults("a heron at the infusion") == []

    @pytest.mark.parametrize(
        ("length", "is_good"), [(11, False), (12, True), (128, True), (129, False)]
    )
    def test_length(self, length: int, is_good: bool) -> None:
        password = ("heron tired three " * 10)[:length]
        assert (faults(password) == []) is is_good

    @pytest.mark.parametrize(
        "password",
        [
            "ILoveYouForever",
            "correcthorse2026!",
            "passwordcorrecthorse",
            "Immunoglobulin1",
            "privigen-nurse",
            "123 password 123",
            "passwordILoveYouForever",
            "Ivig Infusion Nurse",
            "xyxyxyxyxyxy",
            "aaaaaaaaaaaa",
            "567890123456",
            "zyxwvutsrqponm",
            "qwertyuiopasdf",
        ],
    )
    def test_what_attackers_try_first_is_refused(self, password: str) -> None:
        assert len(faults(password)) == 1

    def test_the_login_and_the_clinic_are_no_secrets(self) -> None:
        assert faults("Kim.Okafor is here") == ["it holds the login"]
        assert faults("the northclinic 99") == ["it holds the name of the clinic"]
        assert check_password("three tired herons", login="ree", clinic_name="", common=()) == []
        mail = check_password(
            "okafor's herons", login="okafor@x.example", clinic_name="", common=()
        )
        assert [fault.reason for fault in mail] == ["it holds the login"]

    def test_one_letter_has_one_form(self) -> None:
        assert normal_password("e\u0301l\u00e8ve") == normal_password("\u00e9l\u00e8ve")


class TestToken:
    MINE = PERMISSIONS[Role.PHYSICIAN]

    def check(self, *scopes: str, days: float = 30) -> list[str]:
        draft = TokenDraft("Room 3", scopes, NOW + timedelta(days=days))
        return [fault.field for fault in check_token(draft, own=self.MINE, now=NOW)]

    def test_a_part_of_the_own_permissions_can_be_given(self) -> None:
        assert self.check("reports.write", "reports.read") == []

    def test_nothing_else_can(self) -> None:
        assert self.check("accounts.write") == ["scopes"]
        assert self.check() == ["scopes"]

    @pytest.mark.parametrize("scope", sorted(OWN))
    def test_the_account_itself_cannot(self, scope: str) -> None:
        assert scope in self.MINE
        assert scope in NOT_FOR_TOKENS
        assert self.check(scope) == ["scopes"]

    @pytest.mark.parametrize(
        ("days", "is_good"),
        [
            (0, False),
            (0.001, True),
            (LONGEST_TOKEN.days, True),
            (LONGEST_TOKEN.days + 0.001, False),
        ],
    )
    def test_it_lasts_a_year_at_most(self, days: float, is_good: bool) -> None:
        assert (self.check("reports.read", days=days) == []) is is_good

    def test_it_has_a_name(self) -> None:
        assert [fault.field for fault in check_label("")] == ["label"]


class TestLifetimes:
    def test_staff_stay_within_what_nist_allows_for_two_factors(self) -> None:
        staff = Lifetimes().of(Role.NURSE, Strength.FULL)
        assert staff.idle <= timedelta(hours=1)
        assert staff.absolute <= timedelta(hours=24)

    @pytest.mark.parametrize("role", sorted(AT_HOME))
    def test_people_at_home_stay_signed_in_for_longer(self, role: Role) -> None:
        assert Lifetimes().of(role, Strength.FULL).absolute == timedelta(days=30)

    @pytest.mark.parametrize("role", list(Role))
    def test_nobody_enrols_for_longer_than_two_hours(self, role: Role) -> None:
        assert Lifetimes().of(role, Strength.ENROLLING) == ENROLLING
