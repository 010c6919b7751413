"""The ways to sign in; every one ends in a session, or looks the same when it does not.

Whoever fails learns nothing of why: an unknown login, a wrong password and a wrong code answer in
the same words after the same work. The trail knows more. Passwords are hashed between two
transactions, never inside one: SQLite has one writer.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from app.accounts import challenges, passkeys
from app.accounts.acts import recorded
from app.accounts.challenges import Kind
from app.accounts.door import Door, let_in
from app.accounts.links import use_link
from app.accounts.passkeys import Credential
from app.accounts.passwords import hashed, is_outdated, is_password
from app.accounts.recovery import find_code, use_code_of
from app.accounts.rules import Purpose, Status, Strength
from app.accounts.service import find_by_login, login_index
from app.accounts.sessions import NewSession, Way, end_all
from app.accounts.tables import AccountRow, PasswordRow, TotpRow
from app.accounts.throttle import Attempt, attempt_of, begin_attempt, open_login, succeeded
from app.accounts.totp import use_code
from app.accounts.ways import forget_ways
from app.errors import NotSignedIn

WRONG: Final = "What you entered does not fit together, or the account cannot be used."
_CHALLENGE_BYTES: Final = 32
"""Web Authentication Level 3, section 13.4.3, asks for at least 16."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a browser is to sign, and the secret under which its answer names it."""

    challenge: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Try:
    """An attempt that was counted before it is checked."""

    attempt: Attempt
    locks: bool
    account_id: uuid.UUID | None = None
    password_hash: str | None = None


def new_challenge() -> tuple[bytes, str]:
    """Return random bytes for a browser to sign, and their text to keep."""
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    return challenge, base64.b64encode(challenge).decode()


def ask_for_passkey(door: Door) -> Asking:
    """Begin to sign in with a passkey; nobody says who they are yet."""
    challenge, text = new_challenge()
    with door.database.writing() as session:
        secret = challenges.ask(session, Kind.PASSKEY_SIGN_IN, text, now=door.now)
    return Asking(secret, passkeys.sign_in_options(door.site, challenge=challenge))


def with_passkey(door: Door, *, challenge: str, credential: Credential) -> NewSession:
    """Sign in with a passkey.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    with door.database.writing() as session:
        tried = _try(session, door)
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
            succeeded(session, tried.attempt)
            passkeys.used(session, known, count=count, now=door.now)
            return let_in(session, door, account, way=Way.PASSKEY)
        _failed(door, account, why or "account-disabled", tried)
    raise NotSignedIn(WRONG)


def with_password(door: Door, *, login: str, password: str, code: str) -> NewSession:
    """Sign in with a password and the code of an authenticator app.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    tried, is_right, newer = _check_password(door, login, password)
    with recorded(door.database, door.log) as session:
        account = _account(session, tried.account_id)
        # Looked for whatever the password was, so that both take the same time.
        app = None if account is None else session.get(TotpRow, account.id)
        has_code = is_right and app is not None and use_code(session, app, code, now=door.now)
        if account is not None and has_code and _usable(account):
            succeeded(session, tried.attempt)
            if newer is not None:
                session.get_one(PasswordRow, account.id).hash = newer
            return let_in(session, door, account, way=Way.PASSWORD)
        _failed(door, account, "password-or-code", tried)
    raise NotSignedIn(WRONG)


def with_recovery_code(door: Door, *, login: str, code: str, password: str) -> NewSession:
    """Sign in with a code of the sheet, and with the password where the account has one.

    Without a password a code is one factor only: it lets its person enrol anew, no more.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    tried, is_right, _ = _check_password(door, login, password, counts_for_login=False)
    with recorded(door.database, door.log) as session:
        account = _account(session, tried.account_id)
        has_password = tried.password_hash is not None
        # Looked for whatever the password was: else time would say whether it is right.
        found = find_code(session, tried.account_id, code)
        may = account is not None and _usable(account) and (is_right or not has_password)
        is_used = found is not None and may and use_code_of(session, found, now=door.now)
        if account is not None and is_used:
            succeeded(session, tried.attempt)
            open_login(session, account.login_index)
            strength = Strength.FULL if has_password else Strength.ENROLLING
            return let_in(session, door, account, way=Way.RECOVERY, strength=strength)
        _failed(door, account, "recovery-code", tried)
    raise NotSignedIn(WRONG)


def with_link(door: Door, *, secret: str) -> NewSession:
    """Sign in with a link, which is used up.

    After an invitation and a re-enrolment nothing can be done but to enrol; what the account was
    signed in with before a re-enrolment is gone.

    Raises
    ------
    NotSignedIn, TooManyAttempts
    """
    with door.database.writing() as session:
        tried = _try(session, door)
    with recorded(door.database, door.log) as session:
        found = use_link(session, secret, now=door.now)
        if found is not None:
            link, account = found
            succeeded(session, tried.attempt)
            if link.purpose == Purpose.RE_ENROL:
                forget_ways(session, account.id)
                end_all(session, account.id, now=door.now)
                open_login(session, account.login_index)
                door.log.tell("administer", account, "credentials-revoked", link=str(link.id))
            is_demo = link.purpose == Purpose.DEMO
            strength = Strength.FULL if is_demo else Strength.ENROLLING
            return let_in(session, door, account, way=Way.LINK, strength=strength)
        _failed(door, None, "link", tried)
    raise NotSignedIn("The link was used before, or is too old. Ask for a new one.")


def _check_password(
    door: Door, login: str, password: str, *, counts_for_login: bool = True
) -> tuple[_Try, bool, str | None]:
    """Count an attempt, check the password, and hash it anew where the parameters changed."""
    with door.database.writing() as session:
        tried = _try(session, door, login, counts_for_login=counts_for_login)
    is_right = is_password(tried.password_hash, password)
    is_old = is_right and tried.password_hash is not None and is_outdated(tried.password_hash)
    return tried, is_right, hashed(password) if is_old else None


def _try(
    session: Session, door: Door, login: str | None = None, *, counts_for_login: bool = True
) -> _Try:
    index = None if login is None else login_index(session, login)
    counted = index if counts_for_login else None
    attempt = attempt_of(session, address=door.address, login_index=counted)
    locks = begin_attempt(session, attempt, now=door.now)
    account = None if login is None else find_by_login(session, login)
    stored = None if account is None else session.get(PasswordRow, account.id)
    return _Try(
        attempt,
        locks,
        None if account is None else account.id,
        None if stored is None else stored.hash,
    )


def _account(session: Session, account_id: uuid.UUID | None) -> AccountRow | None:
    return None if account_id is None else session.get_one(AccountRow, account_id)


def _usable(account: AccountRow) -> bool:
    return account.status == Status.ACTIVE


def _failed(door: Door, account: AccountRow | None, what: str, tried: _Try) -> None:
    door.log.tell("sign_in_failed", account, what, locked=tried.locks)
