"""docs/accounts.md says what the code does."""

from __future__ import annotations

from app.accounts.oidc_provider import METADATA_KEPT
from app.accounts.password_rules import LONGEST_PASSWORD, SHORTEST_PASSWORD
from app.accounts.passwords import HASHER
from app.accounts.recovery import CODES
from app.accounts.rules import FRESH, LINK_LASTS, Lifetimes, Purpose
from app.accounts.throttle import ACCOUNT_LIMIT, ADDRESS_LIMIT, STARTS, STARTS_WITHIN
from app.config import Settings
from tests.support.repository import read

PAGE = read("docs/accounts.md")
PLAIN = " ".join(PAGE.split())


def test_the_numbers_are_those_of_the_code() -> None:
    staff, home = Lifetimes().staff, Lifetimes().at_home
    said = (
        f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
        f"{HASHER.memory_cost // 1024} MiB, {HASHER.time_cost} iterations",
        f"{CODES} codes",
        f"{FRESH.seconds // 60} minutes ago",
        f"{LINK_LASTS[Purpose.INVITE].days} days",
        f"{LINK_LASTS[Purpose.RE_ENROL].total_seconds() / 3600:.0f} hours",
        f"{staff.idle.seconds // 60} minutes without use, {staff.absolute.seconds // 3600} hours",
        f"{home.idle.days} days without use, {home.absolute.days} days",
        f"{ACCOUNT_LIMIT.free} failures",
        f"{ADDRESS_LIMIT.free} failures",
        f"{STARTS} of them unfinished in {STARTS_WITHIN.seconds // 60} minutes",
        f"kept for {METADATA_KEPT.seconds // 60} minutes",
    )
    assert [one for one in said if one not in PLAIN] == []


def test_the_lifetimes_of_the_settings_are_those_of_the_rules() -> None:
    settings, usual = Settings(), Lifetimes()
    assert settings.staff_idle_minutes * 60 == usual.staff.idle.total_seconds()
    assert settings.staff_session_hours * 3600 == usual.staff.absolute.total_seconds()
    assert settings.home_idle_days == usual.at_home.idle.days
    assert settings.home_session_days == usual.at_home.absolute.days
