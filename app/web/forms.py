"""What forms send, as routes take it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form

from app.errors import AppError, RuleViolation

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
    "credential": "Passkey",
}


def said(error: AppError) -> list[str]:
    """Return what is wrong, one sentence for each fault, with the labels that the form has."""
    if not isinstance(error, RuleViolation):
        return [str(error)]
    return [
        f"{LABELS.get(fault.field, fault.field.replace('_', ' ').capitalize())}: {fault.reason}."
        for fault in error.faults
    ]
