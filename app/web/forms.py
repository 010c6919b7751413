"""What forms send, as routes take it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form

from app.errors import AppError, Fault, RuleViolation, VersionMismatch
from app.kit.base import KeptRow

Typed = Annotated[str, Form(max_length=1000)]
"""Anything typed or pasted; the rules have shorter bounds and better words."""

LABELS = {
    "login": "Login",
    "name": "Name",
    "role": "Role",
    "label": "Name",
    "password": "New password",
    "new_password": "New password",
    "current_password": "Password of now",
    "code": "Code",
    "scopes": "Permissions",
    "expires_at": "End",
    "reason": "Reason",
    "change_reason": "Reason",
    "void_reason": "Reason",
    "credential": "Passkey",
    "announced_on": "Announced on",
    "against": "Compared with",
    "text": "Code",
    "slot_date": "Planned day",
    "new_date": "New day",
    "account_id": "Who visits",
    "on_date": "Day",
    "planned_at": "Time",
    "weight_kg": "Another weight",
    "sent_at": "Sent at",
    "confirmed_at": "Confirmed at",
}


def said(error: AppError) -> list[str]:
    """Return what is wrong, one sentence for each fault, with the labels that the form has."""
    if not isinstance(error, RuleViolation):
        return [str(error)]
    return [
        f"{LABELS.get(fault.field, fault.field.replace('_', ' ').capitalize())}: "
        f"{fault.reason}{'' if fault.reason.endswith('?') else '.'}"
        for fault in error.faults
    ]


def needed(field: str, text: str, *, what: str = "say why; it is kept") -> str:
    """Return what was typed without outer spaces.

    Raises
    ------
    RuleViolation
        Nothing was typed; `what` says what is missing.
    """
    if not text.strip():
        raise RuleViolation([Fault(field, None, what)])
    return text.strip()


def optional(text: str) -> str | None:
    """Return what was typed without outer spaces; None where nothing was."""
    return text.strip() or None


def day_of(field: str, text: str) -> date:
    """Return the day that was chosen.

    Raises
    ------
    RuleViolation
        None was, or it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RuleViolation([Fault(field, None, "choose a day")]) from error


def instant_of(field: str, text: str, *, zone: str) -> datetime:
    """Return the moment that was chosen, on the clock of a zone.

    Raises
    ------
    RuleViolation
        None was, or it is no moment.
    """
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise RuleViolation([Fault(field, None, "choose a day and a time")]) from error
    return local.replace(tzinfo=ZoneInfo(zone)) if local.tzinfo is None else local


def id_of(field: str, text: str) -> uuid.UUID:
    """Return what was chosen of a list.

    Raises
    ------
    RuleViolation
        Nothing was, or nothing of the list.
    """
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise RuleViolation([Fault(field, None, "choose one of the list")]) from error


def require_seen(row: KeptRow, version: str) -> None:
    """Refuse a form about a row that somebody changed since the form was shown.

    Raises
    ------
    VersionMismatch
        The version that was shown is not the newest.
    """
    if version != str(row.version):
        message = "Somebody changed this meanwhile. Look at it again before you go on."
        raise VersionMismatch(message)
