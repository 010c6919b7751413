"""Roles and what they may do; accounts, and how long things last. Pure."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.errors import Fault
from app.kit.fields import Choice, TextField
from app.kit.limits import Rule, Spec, found
from app.said import say


class Role(StrEnum):
    """What somebody is to the clinic; an account has one."""

    PATIENT = "patient"
    PROXY = "proxy"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    COORDINATOR = "coordinator"
    PHARMACIST = "pharmacist"
    ADMINISTRATOR = "administrator"


AT_HOME: Final = frozenset({Role.PATIENT, Role.PROXY})
"""Who uses a device of their own, and is named in no row but by the role."""

OWN: Final = frozenset({"self.read", "self.write"})
"""One's own account: sessions, passkeys, password, tokens."""

EVERYBODY: Final = OWN | {"clinics.read", "help.read"}
INSTALLATION: Final = frozenset({"clinics.open"})
"""What an administrator may do only where no clinic bounds the account."""


def _both(*areas: str) -> frozenset[str]:
    return frozenset(f"{area}.{action}" for area in areas for action in ("read", "write"))


_RECORD: Final = frozenset(
    f"{area}.read"
    for area in (
        "patients",
        "weights",
        "therapies",
        "plans",
        "holds",
        "infusions",
        "reports",
        "patient_settings",
        "courses",
        "next_course",
        "schedule",
        "assignments",
        "patient_history",
        "analysis",
        "care_team",
        "consents",
        "alarms",
        "diary",
    )
)
"""Everything that the record of a patient holds."""

_AT_HOME: Final = EVERYBODY | _RECORD | {"access_log.read", "reports.write", "alarms.write"}
_NURSE: Final = (
    EVERYBODY
    | _RECORD
    | _both("weights", "therapies", "holds", "infusions", "reports")
    | {"worklist.read", "clinic_settings.read", "products.read", "emergency.write"}
    | {"schedule.write", "lots.read", "alarms.write", "diary.write"}
)

PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.PATIENT: _AT_HOME | {"consents.write"},
        # What the membership grants bounds it further: to see, to report, or both.
        Role.PROXY: _AT_HOME,
        Role.NURSE: _NURSE,
        Role.PHYSICIAN: _NURSE
        | {
            "patients.write",
            "patients.void",
            "plans.write",
            "findings.review",
            "patient_settings.write",
            "clinic_settings.write",
            "care_team.write",
            "consents.write",
            "assignments.write",
            "products.write",
            "lots.write",
            "help.write",
        },
        Role.COORDINATOR: EVERYBODY
        | _both("patients", "care_team", "consents", "holds", "schedule", "assignments")
        | {"courses.read", "next_course.read", "patient_history.read", "plans.read"}
        | {"products.read"},
        Role.PHARMACIST: EVERYBODY
        | _both("products", "lots")
        | {"patients.read", "infusions.read", "courses.read"}
        | {"next_course.read", "patient_history.read"},
        Role.ADMINISTRATOR: EVERYBODY
        | _both("clinics", "accounts", "clinic_settings")
        | {"products.read", "audit.read", "help.write"},
    }
)
"""What each role may do at all; whose rows it may see is decided besides."""

PROXY_SCOPES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "see": EVERYBODY | _RECORD | {"access_log.read"},
        "report": EVERYBODY
        | {"patients.read", "next_course.read", "reports.read", "reports.write"}
        | {"diary.read", "alarms.read", "alarms.write"},
    }
)
"""What a proxy may do by what the patient's membership grants; both can be granted."""

ALL_PERMISSIONS: Final = frozenset().union(INSTALLATION, *PERMISSIONS.values())
NOT_FOR_TOKENS: Final = OWN
"""A program's token never reaches the account itself: stolen, it could make itself at home."""


def permissions_of(role: Role, *, has_clinic: bool) -> frozenset[str]:
    """Return what an account may do; an administrator of the installation opens clinics too."""
    if role is Role.ADMINISTRATOR and not has_clinic:
        return PERMISSIONS[role] | INSTALLATION
    return PERMISSIONS[role]


# --- accounts ------------------------------------------------------------------------------------


class Status(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """An account as it is entered.

    Attributes
    ----------
    clinic_id : uuid.UUID or None
        None only for an administrator of the installation.
    login : str
        What the person types to sign in: an e-mail address or a short name.
    """

    clinic_id: uuid.UUID | None
    role: str
    name: str
    login: str


_ROLE: Final = Choice("accounts", "role", tuple(Role))
_NAME: Final = TextField("accounts", "name", 200, is_key=True)
_LOGIN: Final = TextField("accounts", "login", 200, is_key=True, without=" ")
_CLINIC: Final = Rule(
    "accounts", "clinic_id", "missing", "missing for a role other than administrator"
)
SPECS: Final[tuple[Spec, ...]] = (_ROLE, _NAME, _LOGIN, _CLINIC)


def check_account(draft: AccountDraft) -> list[Fault]:
    """Return every fault of an account."""
    is_bounded = draft.clinic_id is not None or draft.role == Role.ADMINISTRATOR
    reason = say("only an administrator has no clinic")
    clinic = None if is_bounded else _CLINIC.fault(None, reason)
    role, name, login = (
        _ROLE.check(draft.role),
        _NAME.check(draft.name),
        _LOGIN.check(draft.login),
    )
    return found(role, name, login, clinic)


def normal_login(login: str) -> str:
    """Return the form in which two ways to write one login are equal."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def recorded_name(role: Role, name: str) -> str:
    """Return what rows keep as `recorded_by`: no patient's or relative's name in clear."""
    return role.value if role in AT_HOME else name


# --- sessions, links and tokens ------------------------------------------------------------------


class Strength(StrEnum):
    """What a session is good for."""

    FULL = "full"
    ENROLLING = "enrolling"


class Purpose(StrEnum):
    """What a single-use link is for."""

    INVITE = "invite"
    RE_ENROL = "re-enrol"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: unused, and at all."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Lifetimes of sessions by who holds them.

    Attributes
    ----------
    staff : Lifetime
        NIST SP 800-63B-4, section 2.2.3 (AAL2): at most 24 hours and 1 hour unused. A shift has
        12 hours, and devices of a ward are shared, so half an hour unused is enough.
    at_home : Lifetime
        NIST SP 800-63B-4, section 2.1.3 (AAL1): at most 30 days. Longer than AAL2 allows, on
        purpose: signing in daily costs weak hands more than a device of one's own risks.
    """

    staff: Lifetime = Lifetime(timedelta(minutes=30), timedelta(hours=12))
    at_home: Lifetime = Lifetime(timedelta(days=7), timedelta(days=30))

    def of(self, role: Role, strength: Strength) -> Lifetime:
        """Return how long a new session lasts."""
        if strength is Strength.ENROLLING:
            return ENROLLING
        return self.at_home if role in AT_HOME else self.staff


ENROLLING: Final = Lifetime(timedelta(hours=1), timedelta(hours=2))
"""Judgement: time to find a phone and read a page, less than a working day."""

FRESH: Final = timedelta(minutes=10)
"""How recent a sign-in must be for changes to what somebody signs in with. ASVS 5.0, 7.5.1 and
7.5.3, ask for a fresh one and name no time: judgement."""

LINK_LASTS: Final[Mapping[Purpose, timedelta]] = MappingProxyType(
    {
        # Judgement: a letter or a visit later in the week. NIST SP 800-63B-4, section 4.2, has
        # 21 days for a code in a letter and 24 hours for one by e-mail; links are handed over.
        Purpose.INVITE: timedelta(days=7),
        # The person has just been with the clinic.
        Purpose.RE_ENROL: timedelta(hours=24),
        Purpose.DEMO: timedelta(hours=24),
    }
)
CHALLENGE_LASTS: Final = timedelta(minutes=10)
"""W3C Web Authentication Level 3, section 5.4.4 (timeout), recommends 5 to 10 minutes."""

TOUCHED_EVERY: Final = timedelta(minutes=1)
"""When a session was last used is kept no more exactly than this, so that reads stay reads."""

LONGEST_TOKEN: Final = timedelta(days=366)
"""Judgement: a forgotten program stops within a year."""

_LABEL: Final = TextField("tokens", "label", 100, is_key=True)


def check_label(label: str) -> list[Fault]:
    """Return the faults of the name that somebody gives to a token or a passkey."""
    return found(_LABEL.check(label))


@dataclass(frozen=True, slots=True)
class TokenDraft:
    """A token as it is asked for: its name, what it may do, and until when."""

    label: str
    scopes: tuple[str, ...]
    expires_at: datetime


def check_token(draft: TokenDraft, *, own: frozenset[str], now: datetime) -> list[Fault]:
    """Return the faults of a token; `own` is what whoever asks for it may do."""
    faults = check_label(draft.label)
    refused = say("it is not a permission that you can give to a token")
    faults += [
        Fault("scopes", scope, refused)
        for scope in sorted(set(draft.scopes) - (own - NOT_FOR_TOKENS))
    ]
    if not draft.scopes:
        faults.append(Fault("scopes", [], say("a token needs at least one permission")))
    if draft.expires_at <= now:
        faults.append(Fault("expires_at", draft.expires_at, say("it has passed")))
    elif draft.expires_at > now + LONGEST_TOKEN:
        far = say("it is more than a year ahead")
        faults.append(Fault("expires_at", draft.expires_at, far))
    return faults
