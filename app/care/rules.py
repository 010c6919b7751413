"""Who may be on a care team, what a patient may consent to, and emergency access. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from app.accounts.rules import PROXY_SCOPES, Role
from app.errors import Fault
from app.kit.fields import Choice, PastDate, PlannedDate, TextField
from app.kit.limits import Rule, Spec, found, not_one_of, quoted
from app.said import say

# --- the care team -------------------------------------------------------------------------------

EMERGENCY: Final = "emergency"
VISIT: Final = "visit"
KINDS: Final = ("self", "proxy", "member")
"""What can be entered; an emergency access is opened by whoever needs it, one for a visit comes
and goes with its assignment."""

ROLES: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "self": frozenset({Role.PATIENT}),
        "proxy": frozenset({Role.PROXY}),
        "member": frozenset({Role.NURSE, Role.PHYSICIAN}),
        EMERGENCY: frozenset({Role.NURSE, Role.PHYSICIAN}),
        VISIT: frozenset({Role.NURSE, Role.PHYSICIAN}),
    }
)
"""Whose accounts can be what. Coordinators and pharmacists see their whole clinic anyway."""


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """Somebody on a care team; it holds while `valid_from` <= now < `valid_until`.

    `scope` is what a proxy may do: "see", "report", or both.
    """

    account_id: uuid.UUID
    kind: str
    valid_from: datetime
    valid_until: datetime | None = None
    scope: tuple[str, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What is known of an account; `role` is None where the clinic has no such account.

    `is_of_another` says that the account is the one of another patient.
    """

    role: str | None
    is_of_another: bool = False


_KIND: Final = Choice("care_team", "kind", KINDS)
_ACCOUNT: Final = Rule("care_team", "account_id", "unknown", "not an account of the clinic")
_ROLE: Final = Rule(
    "care_team", "account_id", "role", "an account whose role does not fit the kind"
)
_ONE_PATIENT: Final = Rule(
    "care_team", "account_id", "two-patients", "the own account of another patient"
)
_SCOPE: Final = Rule("care_team", "scope", "unknown", "not a list of `see` and `report`")
_SCOPE_OF_PROXY: Final = Rule(
    "care_team", "scope", "not-of-a-proxy", "empty for a proxy, or given for anybody else"
)
_FROM: Final = PlannedDate("care_team", "valid_from")
_UNTIL: Final = PlannedDate("care_team", "valid_until")
_ORDER: Final = Rule("care_team", "valid_until", "before-start", "not after valid_from")
_ONLY_SHORTER: Final = Rule(
    "care_team", "valid_until", "emergency", "of an emergency access anything but an earlier end"
)
_MEMBER_REASON: Final = TextField("care_team", "reason", 500, has_lines=True)


def check_member(
    draft: MemberDraft, *, now: datetime, account: AccountFacts, before: MemberDraft | None
) -> list[Fault]:
    """Return every fault of a row of the care team.

    Parameters
    ----------
    draft : MemberDraft
        The row.
    now : datetime
        Timezone-aware.
    account : AccountFacts
        What is known of the account that it names.
    before : MemberDraft or None
        The row as it is stored; None where it is new.
    """
    if before is not None and before.kind == EMERGENCY:
        return found(_emergency_fault(draft, before))
    return found(
        _KIND.check(draft.kind),
        _account_fault(draft, account),
        _scope_fault(draft),
        *_FROM.check(draft.valid_from.date(), now=now, birth_date=None),
        *_until_faults(draft, now),
        _MEMBER_REASON.check(draft.reason),
    )


def _emergency_fault(draft: MemberDraft, before: MemberDraft) -> Fault | None:
    until, end = draft.valid_until, before.valid_until
    is_shorter = until is not None and end is not None and before.valid_from < until <= end
    same = (draft.valid_from, draft.scope, draft.reason) == (
        before.valid_from,
        before.scope,
        before.reason,
    )
    if is_shorter and same:
        return None
    reason = say("an emergency access can only be ended earlier, after it began")
    return _ONLY_SHORTER.fault(until, reason)


def _account_fault(draft: MemberDraft, account: AccountFacts) -> Fault | None:
    if account.role is None:
        return _ACCOUNT.fault(draft.account_id, say("the clinic has no such account"))
    if account.role not in ROLES.get(draft.kind, {account.role}):
        reason = say(
            "a %(role)s cannot be %(kind)s on a care team",
            role=account.role,
            kind=quoted(draft.kind),
        )
        return _ROLE.fault(draft.account_id, reason)
    if account.is_of_another and draft.kind == "self":
        return _ONE_PATIENT.fault(draft.account_id, say("it is the account of another patient"))
    return None


def _scope_fault(draft: MemberDraft) -> Fault | None:
    scope = draft.scope
    if draft.kind != "proxy":
        reason = say("only a proxy has a scope")
        return None if scope is None else _SCOPE_OF_PROXY.fault(scope, reason)
    if not scope:
        reason = say("a proxy needs a scope: see, report, or both")
        return _SCOPE_OF_PROXY.fault(scope, reason)
    unknown = [word for word in scope if word not in PROXY_SCOPES]
    if unknown:
        return _SCOPE.fault(scope, not_one_of(unknown[0], tuple(PROXY_SCOPES)))
    if len(set(scope)) < len(scope):
        return _SCOPE.fault(scope, say("a word stands twice"))
    return None


def _until_faults(draft: MemberDraft, now: datetime) -> list[Fault]:
    if draft.valid_until is None:
        return []
    if draft.valid_until <= draft.valid_from:
        reason = say(
            "%(end)s is not after %(start)s",
            end=draft.valid_until.isoformat(),
            start=draft.valid_from.isoformat(),
        )
        return [_ORDER.fault(draft.valid_until, reason)]
    return _UNTIL.check(draft.valid_until.date(), now=now, birth_date=None)


# --- emergency access ----------------------------------------------------------------------------

SHORTEST_REASON: Final = 10
"""Characters. Judgement: short enough to type in an emergency, too long for a dot."""

_REASON: Final = TextField("emergency_access", "reason", 500, has_lines=True)
_REASON_LENGTH: Final = Rule(
    "emergency_access", "reason", "too-short", f"shorter than {SHORTEST_REASON} characters"
)
_ONE_WAY: Final = Rule(
    "emergency_access", "external_id", "one-way", "neither external_id nor patient_id, or both"
)


def check_emergency(
    reason: str, *, external_id: str | None, patient_id: uuid.UUID | None
) -> list[Fault]:
    """Return every fault of a request for emergency access."""
    fault = _REASON.check(reason)
    if fault is None and len(reason.strip()) < SHORTEST_REASON:
        words = say("it has fewer than %(fewest)s characters: say why", fewest=SHORTEST_REASON)
        fault = _REASON_LENGTH.fault(reason, words)
    named = None
    if (external_id is None) == (patient_id is None):
        both = say("name the patient by external_id or by patient_id")
        named = _ONE_WAY.fault(external_id, both)
    return found(fault, named)


# --- consents ------------------------------------------------------------------------------------

RESEARCH_EXPORT: Final = "research_export"
PURPOSES: Final = (RESEARCH_EXPORT,)
GIVEN: Final = "given"
DECISIONS: Final = (GIVEN, "withdrawn")


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """What a patient decided, from a date on; `form` is the text agreed to, with its version."""

    purpose: str
    decision: str
    from_date: date
    form: str
    note: str | None = None


_PURPOSE: Final = Choice("consents", "purpose", PURPOSES)
_DECISION: Final = Choice("consents", "decision", DECISIONS)
_FROM_DATE: Final = PastDate("consents", "from_date")
_FORM: Final = TextField("consents", "form", 200, is_key=True)
_NOTE: Final = TextField("consents", "note", 2000, has_lines=True)


def check_consent(draft: ConsentDraft, *, now: datetime, birth_date: date | None) -> list[Fault]:
    """Return every fault of a consent."""
    return found(
        _PURPOSE.check(draft.purpose),
        _DECISION.check(draft.decision),
        *_FROM_DATE.check(draft.from_date, now=now, birth_date=birth_date),
        _FORM.check(draft.form),
        _NOTE.check(draft.note),
    )


def may_export_for_research(consents: Iterable[ConsentDraft], *, today: date) -> bool:
    """Say whether a patient's data may leave for research today: by the last decision.

    Of decisions of one day, a withdrawal counts. Without any decision the answer is no.
    """
    decided = [
        (consent.from_date, consent.decision != GIVEN)
        for consent in consents
        if consent.purpose == RESEARCH_EXPORT and consent.from_date <= today
    ]
    return bool(decided) and not max(decided)[1]


SPECS: Final[tuple[Spec, ...]] = (
    *(_KIND, _ACCOUNT, _ROLE, _ONE_PATIENT, _SCOPE, _SCOPE_OF_PROXY),
    *(_FROM, _UNTIL, _ORDER, _ONLY_SHORTER, _MEMBER_REASON),
    *(_REASON, _REASON_LENGTH, _ONE_WAY),
    *(_PURPOSE, _DECISION, _FROM_DATE, _FORM, _NOTE),
)
