"""Shapes of accounts, and of signing in, in the JSON API."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.accounts.rules import ALL_PERMISSIONS, SPECS, AccountDraft, Status, TokenDraft
from app.accounts.tables import SessionRow
from app.kit.shapes import (
    Body,
    CreateBody,
    Identity,
    Instant,
    Reason,
    Shown,
    ShownRow,
    word,
)

T = TypeVar("T")

_LONGEST: Final = 1000
"""Characters of anything typed or pasted; the rules have shorter bounds and better words."""

Typed = Annotated[str, Field(max_length=_LONGEST)]
Secret = Annotated[str, Field(max_length=_LONGEST, json_schema_extra={"format": "password"})]
Challenge = Annotated[str, Field(max_length=_LONGEST, description="As it was handed out.")]


_CREDENTIAL: Final = {"id": "cGFzc2tleQ", "type": "public-key"}


def _example(content: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [content]})


class Items(BaseModel, Generic[T]):
    """A list that is short by nature, so that it has no pages."""

    items: list[T]


# --- signing in ----------------------------------------------------------------------------------


class AskingRead(Shown):
    """What to hand to `navigator.credentials`; name `challenge` in the answer."""

    challenge: str
    options: dict[str, Any] = Field(
        description="`parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` read it."
    )


class PasskeySignIn(Body):
    """An answer of the browser to a challenge."""

    model_config = _example(
        {"challenge": "Zk3…", "credential": {"id": "cGFzc2tleQ", "type": "public-key"}}
    )

    challenge: Challenge
    credential: dict[str, Any] = Field(description="`PublicKeyCredential.toJSON()`.")


class PasswordSignIn(Body):
    """A password with the code of an authenticator app."""

    model_config = _example(
        {"login": "kim@clinic.example", "password": "three tired herons", "code": "123456"}
    )

    login: Typed
    password: Secret
    code: Annotated[str, Field(max_length=_LONGEST, description="What the app shows now.")]


class RecoverySignIn(Body):
    """A recovery code, with the password where the account has one."""

    model_config = _example(
        {"login": "kim@clinic.example", "code": "7KQ2-M0XA-93TF-CD5W-11HZ-8BVE"}
    )

    login: Typed
    code: Secret
    password: Secret = ""


class LinkSignIn(Body):
    """What stands behind the `#` of a link."""

    model_config = _example({"secret": "mZr…"})

    secret: Secret


class SignedInRead(Shown):
    """A session has begun; its secret is in the cookie."""

    session_id: uuid.UUID
    strength: str = Field(
        description='"full", or "enrolling": nothing can be done but to enrol.',
        json_schema_extra={"enum": ["full", "enrolling"]},
    )
    expires_at: datetime


class GoingRead(Shown):
    """Where the browser goes to sign in with the provider."""

    address: str


# --- one's own account ---------------------------------------------------------------------------


class WaysRead(Shown):
    """What an account can sign in with."""

    passkeys: int
    has_password: bool
    has_totp: bool
    identities: int
    recovery_codes: int


class MeRead(Shown):
    """Who asks, and what they may do."""

    account_id: uuid.UUID
    clinic_id: uuid.UUID | None
    role: str
    name: str
    login: str
    strength: str
    permissions: list[str]
    ways: WaysRead


class SessionRead(Shown):
    """A session of one's own."""

    id: uuid.UUID
    is_this: bool = Field(description="Whether it is the one that asks.")
    way: str
    strength: str
    device: str
    signed_in_at: datetime
    last_seen_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: SessionRow, *, is_this: bool) -> SessionRead:
        """Show a session."""
        names = cls.model_fields.keys() - {"is_this"}
        return cls(is_this=is_this, **{name: getattr(row, name) for name in names})


class PasskeyCreate(PasskeySignIn):
    """A new passkey."""

    model_config = _example({"challenge": "Zk3…", "credential": _CREDENTIAL, "label": "My phone"})

    label: Typed


class PasskeyChange(Body):
    """Another name of a passkey."""

    model_config = _example({"label": "My old phone"})

    label: Typed


class PasskeyRead(Shown):
    """A passkey."""

    id: uuid.UUID
    label: str
    is_backed_up: bool = Field(description="Whether its maker keeps a copy for other devices.")
    created_at: datetime
    last_used_at: datetime | None


class PasswordChange(Body):
    """A new password; the current one where there is one."""

    model_config = _example({"new_password": "three tired herons"})

    current_password: Secret = ""
    new_password: Secret


class TotpOfferRead(Shown):
    """What an authenticator app is to be told; shown once."""

    challenge: str
    secret: str
    address: str = Field(description="`otpauth://`, for a link on the same device.")
    picture: str = Field(description="The same as a QR code, in SVG.")


class TotpConfirm(Body):
    """The first code of a new authenticator app."""

    model_config = _example({"challenge": "Zk3…", "code": "123456"})

    challenge: Challenge
    code: Typed


class CodesRead(Shown):
    """Recovery codes; shown once."""

    codes: list[str]


class TokenCreate(Body):
    """A new bearer token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "label": "Dynamometer in room 3",
                    "scopes": ["reports.write"],
                    "expires_at": "2026-12-31T00:00:00Z",
                }
            ]
        }
    )

    label: Typed
    scopes: Annotated[
        list[str],
        Field(max_length=len(ALL_PERMISSIONS), description="A part of your own permissions."),
    ]
    expires_at: Annotated[Instant, Field(description="At most a year ahead.")]

    def draft(self) -> TokenDraft:
        """Return what the rules check."""
        return TokenDraft(self.label, tuple(self.scopes), self.expires_at)


class TokenRead(Shown):
    """A bearer token, without its secret."""

    id: uuid.UUID
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewTokenRead(TokenRead):
    """A bearer token with its secret; shown once."""

    token: str


# --- administration ------------------------------------------------------------------------------


class AccountCreate(CreateBody):
    """A new account; nobody can sign in to it before a link was issued and used."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "clinic_id": "0198c0de-0000-7000-8000-0000000000c1",
                    "role": "nurse",
                    "name": "Kim Okafor",
                    "login": "kim@clinic.example",
                }
            ]
        }
    )

    clinic_id: Annotated[
        Identity | None, Field(description="Null for an administrator of the installation.")
    ]
    role: Annotated[str, word(SPECS, "accounts", field="role")]
    name: str
    login: Annotated[str, Field(description="An e-mail address or a short name.")]

    def draft(self) -> AccountDraft:
        """Return what the rules check."""
        return AccountDraft(self.clinic_id, self.role, self.name, self.login)


class AccountChange(Body):
    """Another name or login; the role and the clinic never change."""

    model_config = _example({"name": "Kim Okafor-Lind", "change_reason": "Married."})

    name: str | None = None
    login: str | None = None
    change_reason: Reason


class AccountRead(ShownRow):
    """An account."""

    clinic_id: uuid.UUID | None
    role: str
    name: str
    login: str
    status: Annotated[str, Field(json_schema_extra={"enum": list(Status)})]


class ReasonBody(Body):
    """Why something is done."""

    model_config = _example({"change_reason": "Left the clinic."})

    change_reason: Reason


class ReEnrolBody(Body):
    """How the person was recognised before the account is opened anew."""

    model_config = _example({"recognised_by": "known-in-person"})

    recognised_by: Annotated[
        Literal["known-in-person", "identity-document", "called-back"],
        Field(description="The trail keeps it."),
    ]


class LinkRead(Shown):
    """A link that signs in once; shown once, to be handed to the person."""

    address: str
    expires_at: datetime
