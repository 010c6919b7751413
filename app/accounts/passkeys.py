"""Passkeys (W3C Web Authentication Level 3), checked by the library `webauthn`.

A passkey is discoverable, so nobody types a login, and verifies its user (by finger, face or PIN),
so that it is two factors in one. The key itself never leaves the person's device; what is kept
here is public.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import CHALLENGE_LASTS, check_label
from app.accounts.tables import AccountRow, PasskeyRow
from app.errors import Conflict, Fault, NotFound, RuleViolation
from app.kit.limits import require_plausible
from app.said import say

RP_NAME: Final = "IVIG course tracker"
_TIMEOUT_MS: Final = int(CHALLENGE_LASTS.total_seconds() * 1000)
_TRANSPORTS: Final = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})

Credential = Mapping[str, Any]
"""What a browser's `PublicKeyCredential.toJSON()` gives."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where browsers find this service; passkeys work there and nowhere else.

    Attributes
    ----------
    origin : str
        Scheme, host and port, such as "https://ivig.example.org".
    """

    origin: str

    @property
    def rp_id(self) -> str:
        """The host without the port: what a passkey is bound to."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey, checked."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer is checked against: a copy, because it is checked outside a transaction."""

    id: uuid.UUID
    account_id: uuid.UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int


def _library() -> Any:
    # Half a second and a library for X.509, needed only where somebody uses a passkey.
    import webauthn  # noqa: PLC0415

    return webauthn


def registration_options(
    site: Site, account: AccountRow, known: Sequence[bytes], *, challenge: bytes
) -> Mapping[str, Any]:
    """Return what the browser is asked to make a passkey from."""
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415 - as above

    selection = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        require_resident_key=True,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = _library().generate_registration_options(
        rp_id=site.rp_id,
        rp_name=RP_NAME,
        user_name=account.login,
        user_id=account.id.bytes,
        user_display_name=account.name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        authenticator_selection=selection,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return options_to_json_dict(options)


def sign_in_options(site: Site, *, challenge: bytes) -> Mapping[str, Any]:
    """Return what the browser is asked to sign; it offers the passkeys that it has for us."""
    from webauthn.helpers import options_to_json_dict, structs  # noqa: PLC0415 - as above

    options = _library().generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def check_registration(site: Site, credential: Credential, *, challenge: bytes) -> Registered:
    """Check what a browser says of a new passkey.

    Raises
    ------
    RuleViolation
        It was made for another challenge or site, without asking for its user, or is nonsense.
    """
    try:
        verified = _library().verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        said = credential["response"].get("transports") or ()
        transports = tuple(sorted({one for one in said if one in _TRANSPORTS}))
    except Exception as error:  # noqa: BLE001 - the library meets whatever a browser sends
        kind = type(error).__name__
        reason = say("the browser's answer is not valid (%(kind)s)", kind=kind)
        raise RuleViolation([Fault("credential", None, reason)]) from None
    return Registered(
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        is_backed_up=verified.credential_backed_up,
        transports=transports,
    )


def find_known(session: Session, credential: Credential) -> Known | None:
    """Return the passkey that an answer names, if it is one of ours."""
    told = credential.get("id")
    if not isinstance(told, str):
        return None
    try:
        credential_id = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return None
    row = session.scalars(
        select(PasskeyRow).where(PasskeyRow.credential_id == credential_id)
    ).one_or_none()
    if row is None:
        return None
    return Known(row.id, row.account_id, row.credential_id, row.public_key, row.sign_count)


def check_answer(
    site: Site, credential: Credential, known: Known, *, challenge: bytes
) -> tuple[int | None, str]:
    """Check a signature; return the new count and "", or None and why it is refused.

    A count that does not go up means that the key was copied (Web Authentication Level 3, section
    6.1.1). Synchronised passkeys count nothing: theirs stays 0.
    """
    try:
        verified = _library().verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=known.public_key,
            # Compared below, so that the trail can tell a copied key from a wrong signature.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - the library meets whatever a stranger sends
        return None, "passkey-wrong"
    count: int = verified.new_sign_count
    if (count or known.sign_count) and count <= known.sign_count:
        return None, "passkey-count-went-back"
    return count, ""


def add_passkey(
    session: Session, log: Log, account: AccountRow, *, registered: Registered, label: str
) -> PasskeyRow:
    """Keep a new passkey of an account.

    Raises
    ------
    Conflict
        It is kept already.
    RuleViolation
        The label has a fault.
    """
    require_plausible(check_label(label), confirmed=False)
    taken = select(PasskeyRow.id).where(PasskeyRow.credential_id == registered.credential_id)
    if session.execute(taken).first() is not None:
        raise Conflict(say("This passkey is known already."))
    row = PasskeyRow(
        id=uuid.uuid4(),
        account_id=account.id,
        credential_id=registered.credential_id,
        public_key=registered.public_key,
        sign_count=registered.sign_count,
        transports=list(registered.transports),
        is_backed_up=registered.is_backed_up,
        label=label,
        created_at=log.now,
    )
    session.add(row)
    log.tell("administer", account, "passkey-added", passkey=str(row.id))
    return row


def passkeys_of(session: Session, account_id: uuid.UUID) -> Sequence[PasskeyRow]:
    """Return the passkeys of an account, oldest first."""
    statement = (
        select(PasskeyRow)
        .where(PasskeyRow.account_id == account_id)
        .order_by(PasskeyRow.created_at, PasskeyRow.id)
    )
    return session.scalars(statement).all()


def get_passkey(session: Session, passkey_id: uuid.UUID, *, account_id: uuid.UUID) -> PasskeyRow:
    """Return a passkey of an account.

    Raises
    ------
    NotFound
        The account has no such passkey.
    """
    row = session.get(PasskeyRow, passkey_id)
    if row is None or row.account_id != account_id:
        raise NotFound("Passkey", passkey_id)
    return row


def used(session: Session, known: Known, *, count: int, now: datetime) -> None:
    """Note that a passkey was used."""
    row = session.get_one(PasskeyRow, known.id)
    row.sign_count, row.last_used_at = count, now
