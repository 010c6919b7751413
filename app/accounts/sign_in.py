"""The ways to sign in; every one ends in a session, or looks the same when it does not.

Whoever fails learns nothing of why: an unknown login, a wrong password and a wrong code answer in
the same words after the same work. The trail knows more. Passwords are hashed between two
transactions, never inside one: SQLite has one writer. So the second one looks whether the password
is still the one that was checked.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import challenges, passkeys
from app.accounts.acts import recorded
from app.accounts.challenges import Kind
from app.accounts.devices import revoke_devices
from app.accounts.door import Door, let_in
from app.accounts.links import use_link
from app.accounts.passkeys import Credential
from app.accounts.passwords import hashed, is_outdated, is_password
from app.accounts.recovery import find_code, use_code_of
from app.accounts.rules import Purpose, Status, Strength
from app.accounts.service import find_by_login, login_index
from app.accounts.sessions import NewSession, Way, end_all
from app.accounts.tables import AccountRow, LinkRow, PasswordRow, TotpRow
from app.accounts.throttle import (
    attempt_of,
    attempt_with_code,
    begin_attempt,
    begin_start,
    finish_start,
    open_login,
    succeeded,
)
from app.accounts.totp import use_code
from app.accounts.ways import forget_ways, ways_of
from app.errors import NotSignedIn
from app.said import say

WRONG: Final = say("What you entered does not fit together, or the account cannot be used.")
_NOBODY: Final = uuid.UUID(int=0)
_CHALLENGE_BYTES: Final = 32
"""Web Authentication Level 3, section 13.4.3, asks for at least 16."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a browser is to sign, and the secret under which its answer names it."""

    challenge: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Whose login was typed, and the password's hash of before it is checked; None for nobody."""

    account_id: uuid.UUID | None
    password_hash: str | None


def new_challenge() -> tuple[bytes, str]:
    """Return random bytes for a browser to sign, and their text to keep."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    return challenge, base64.b64encode(challenge).decode()


def ask_for_passkey(door: Door) -> Asking:
    """Begin to sign in with a passkey; nobody says who they are yet.

    Raises
    ------
    TooManyAttempts
        Too many were begun from this address and not finished.
    """
    challenge, text = new_challenge()
    with door.database.writing() as session:
        begin_start(session, door.address, now=door.now)
        secret = challenges.ask(session, Kind.PASSKEY_SIGN_IN, text, now=door.now)
    return Asking(secret, passkeys.sign_in_options(door.site, challenge=challenge))


def with_passkey(door: Door, *, challenge: str, credential: Credential) -> NewSession:
    """Sign in with a passkey.

    Raises
    ------
    NotSignedIn
    """
    with door.database.writing() as session:
        asked = challenges.take(session, Kind.PASSKEY_SIGN_IN, challenge, now=door.now)
        known = passkeys.find_known(session, credential)
    count: int | None = None
    why = "challenge-gone" if asked is None else "passkey-unknown"
    if asked is not None and known is not None:
        count, why = passkeys.check_answer(
            door.site, credential, known, challenge=base64.b64decode(asked)
        )
    with recorded(door.database, door.log) as session:
        account = None if known is None else session.get_one(AccountRow, known.account_id)
        if known is not None and account is not None and count is not None and _usable(account):
            finish_start(session, door.address)
            passkeys.used(session, known, count=count, now=door.now)
            return let_in(session, door, account, way=Way.PASSKEY)
        _failed(door, account, why or "account-disabled")
    raise NotSignedIn(WRONG)


def with_password(door: Door, *, login: str, password: str, code: str) -> NewSession:
    """Sign in with a password and the code of an authenticator app.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    with door.database.writing() as session:
        index = login_index(session, login)
        attempt = attempt_of(session, address=door.address, login_index=index)
        locks = begin_attempt(session, attempt, now=door.now)
        claimed = _claimed(session, login)
    is_right = is_password(claimed.password_hash, password)
    new: NewSession | None = None
    with recorded(door.database, door.log) as session:
        account = _account(session, claimed)
        may = _is_now(session, claimed) and is_right and account is not None and _usable(account)
        app = session.get(TotpRow, claimed.account_id or _NOBODY)
        is_whole = use_code(session, app, code, may=may, now=door.now)
        if account is not None and is_whole:
            succeeded(session, attempt)
            new = let_in(session, door, account, way=Way.PASSWORD)
        else:
            _failed(door, account, "password-or-code", locks=locks)
    if new is None:
        raise NotSignedIn(WRONG)
    _renew_hash(door, claimed, password)
    return new


def with_recovery_code(door: Door, *, login: str, code: str, password: str) -> NewSession:
    """Sign in with a code of the sheet, and with the password where the account has one.

    Without a password a code is one factor only: it lets its person enrol anew, no more. A wrong
    code costs no hash and is not counted: nobody guesses it. What is counted is a password that
    comes with a right code, or whoever found the sheet could try passwords for ever.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    with door.database.writing() as session:
        claimed = _claimed(session, login)
        found = find_code(session, claimed.account_id, code)
        attempt, locks = attempt_with_code(login_index(session, login)), False
        has_password = claimed.password_hash is not None
        if found is not None and has_password:
            locks = begin_attempt(session, attempt, now=door.now)
    may = found is not None and (not has_password or is_password(claimed.password_hash, password))
    with recorded(door.database, door.log) as session:
        account = _account(session, claimed)
        may = _is_now(session, claimed) and may and account is not None and _usable(account)
        is_used = found is not None and may and use_code_of(session, found, now=door.now)
        if account is not None and is_used:
            open_login(session, account.login_index)
            strength = Strength.FULL if has_password else Strength.ENROLLING
            return let_in(session, door, account, way=Way.RECOVERY, strength=strength)
        _failed(door, account, "recovery-code", locks=locks)
    raise NotSignedIn(WRONG)


def with_link(door: Door, *, secret: str) -> NewSession:
    """Sign in with a link, which is used up.

    After an invitation and a re-enrolment nothing can be done but to enrol; what the account was
    signed in with before a re-enrolment is gone. An invitation is for whoever cannot sign in yet:
    what somebody else began with an earlier one is gone too, and once its person has enrolled it
    is good for nothing.

    Raises
    ------
    NotSignedIn
    """
    with recorded(door.database, door.log) as session:
        found = use_link(session, secret, now=door.now)
        account = None if found is None else found[1]
        if found is not None and _opens(session, found[0]):
            link, account = found
            if link.purpose != Purpose.DEMO:
                _begin_anew(session, door, account, link)
            strength = Strength.FULL if link.purpose == Purpose.DEMO else Strength.ENROLLING
            return let_in(session, door, account, way=Way.LINK, strength=strength)
        _failed(door, account, "link")
    raise NotSignedIn(say("The link was used before, or is too old. Ask for a new one."))


def _opens(session: Session, link: LinkRow) -> bool:
    return link.purpose != Purpose.INVITE or not ways_of(session, link.account_id).can_sign_in


def _begin_anew(session: Session, door: Door, account: AccountRow, link: LinkRow) -> None:
    """Forget what the account is signed in with, or was about to be, and end its sessions."""
    forget_ways(session, account.id)
    end_all(session, account.id, now=door.now)
    if link.purpose == Purpose.RE_ENROL:
        open_login(session, account.login_index)
        # Who lost everything lost the phone too.
        revoke_devices(session, door.log, account)
        door.log.tell("administer", account, "credentials-revoked", link=str(link.id))


def _claimed(session: Session, login: str) -> _Claimed:
    account = find_by_login(session, login)
    account_id = None if account is None else account.id
    # Looked for whether there is an account or not, so that both take the same time.
    return _Claimed(account_id, _hash_of(session, account_id))


def _hash_of(session: Session, account_id: uuid.UUID | None, *, lock: bool = False) -> str | None:
    statement = select(PasswordRow.hash).where(PasswordRow.account_id == (account_id or _NOBODY))
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def _is_now(session: Session, claimed: _Claimed) -> bool:
    """Say whether the password is still what was checked; it stays so until the commit."""
    return _hash_of(session, claimed.account_id, lock=True) == claimed.password_hash


def _renew_hash(door: Door, claimed: _Claimed, password: str) -> None:
    """Hash the password anew where the parameters changed, unless it changed meanwhile."""
    old = claimed.password_hash
    if old is None or not is_outdated(old):
        return
    newer = hashed(password)
    with door.database.writing() as session:
        session.execute(
            update(PasswordRow)
            .where(PasswordRow.account_id == claimed.account_id, PasswordRow.hash == old)
            .values(hash=newer)
        )


def _account(session: Session, claimed: _Claimed) -> AccountRow | None:
    account_id = claimed.account_id
    return None if account_id is None else session.get_one(AccountRow, account_id)


def _usable(account: AccountRow) -> bool:
    return account.status == Status.ACTIVE


def _failed(door: Door, account: AccountRow | None, what: str, *, locks: bool = False) -> None:
    door.log.tell("sign_in_failed", account, what, locked=locks)
