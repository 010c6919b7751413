"""What forms send, as routes take it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Form

from app.errors import AppError, Fault, RuleViolation, VersionMismatch
from app.kit.base import KeptRow
from app.web.i18n import N_, Words, capital
from app.web.i18n import gettext as _
from app.web.sentences import in_words
from app.web.terms import field_of

Typed = Annotated[str, Form(max_length=1000)]
"""Anything typed or pasted; the rules have shorter bounds and better words."""

LABELS: Final = Words(
    {
        "login": N_("Login"),
        "name": N_("Name"),
        "role": N_("Role"),
        "label": N_("Name"),
        "password": N_("New password"),
        "new_password": N_("New password"),
        "current_password": N_("Password of now"),
        "code": N_("Code"),
        "scopes": N_("Permissions"),
        "expires_at": N_("End"),
        "reason": N_("Reason"),
        "change_reason": N_("Reason"),
        "void_reason": N_("Reason"),
        "credential": N_("Passkey"),
        "announced_on": N_("Announced on"),
        "against": N_("Compared with"),
        "text": N_("Code"),
        "slot_date": N_("Planned day"),
        "new_date": N_("New day"),
        "account_id": N_("Who visits"),
        "on_date": N_("Day"),
        "planned_at": N_("Time"),
        "weight_kg": N_("Another weight"),
        "sent_at": N_("Sent at"),
        "confirmed_at": N_("Confirmed at"),
    }
)


def said(error: AppError) -> list[str]:
    """Return what is wrong, one sentence for each fault, with the labels that the form has."""
    if not isinstance(error, RuleViolation):
        return [in_words(error.message)]
    return [
        f"{LABELS.get(fault.field) or capital(field_of(fault.field))}: {_sentence(fault.reason)}"
        for fault in error.faults
    ]


def _sentence(reason: str) -> str:
    text = in_words(reason)
    return text if text.endswith("?") else f"{text}."


def needed(field: str, text: str, *, what: str | None = None) -> str:
    """Return what was typed without outer spaces.

    Raises
    ------
    RuleViolation
        Nothing was typed; `what` says what is missing, which is a reason where it says nothing.
    """
    if not text.strip():
        raise RuleViolation([Fault(field, None, what or _("say why; it is kept"))])
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
        raise RuleViolation([Fault(field, None, _("choose a day"))]) from error


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
        raise RuleViolation([Fault(field, None, _("choose a day and a time"))]) from error
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
        raise RuleViolation([Fault(field, None, _("choose one of the list"))]) from error


def require_seen(row: KeptRow, version: str) -> None:
    """Refuse a form about a row that somebody changed since the form was shown.

    Raises
    ------
    VersionMismatch
        The version that was shown is not the newest.
    """
    if version != str(row.version):
        message = _("Somebody changed this meanwhile. Look at it again before you go on.")
        raise VersionMismatch(message)
