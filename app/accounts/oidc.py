"""Signing in with an OpenID Connect provider, by accounts that were linked to it beforehand.

Nobody gets an account by having one there: the person opens an invitation (or is signed in
already) and links the two. The provider's word is enough for a full session, so the provider must
ask for two factors itself.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import challenges
from app.accounts.acts import recorded
from app.accounts.authentication import authenticate
from app.accounts.challenges import Kind
from app.accounts.door import Door, let_in
from app.accounts.oidc_provider import ProviderRefused, Subject, Talk
from app.accounts.own import Owner
from app.accounts.rules import Status
from app.accounts.secret import new_secret
from app.accounts.sessions import NewSession, Way
from app.accounts.sign_in import WRONG
from app.accounts.tables import AccountRow, IdentityRow
from app.accounts.throttle import begin_start, finish_start
from app.errors import Conflict, NotSignedIn
from app.kit.access import Credentials
from app.said import say


@dataclass(frozen=True, slots=True)
class Going:
    """A browser on its way to the provider; `state` is what it must bring back."""

    address: str
    state: str


def go(door: Door, talk: Talk, *, owner: Owner | None = None) -> Going:
    """Send a browser to the provider: to sign in, or to link the account of its owner.

    Raises
    ------
    Conflict
        The provider does not answer.
    Forbidden
        The owner signed in too long ago.
    TooManyAttempts
        Too many were begun from this address and not finished.
    """
    nonce, verifier = new_secret(), new_secret()
    with door.database.writing() as session:
        if owner is None:
            begin_start(session, door.address, now=door.now)
        account = None if owner is None else str(owner.fresh(session)[0].id)
        content = orjson.dumps({"nonce": nonce, "verifier": verifier, "account": account})
        state = challenges.ask(session, Kind.OIDC, content.decode(), now=door.now)
    try:
        return Going(talk.address(state=state, nonce=nonce, verifier=verifier), state)
    except ProviderRefused as error:
        message = say("The provider cannot be used now: %(reason)s.", reason=error.args[0])
        raise Conflict(message) from error


def come_back(
    door: Door, talk: Talk, *, state: str, brought: str | None, code: str
) -> NewSession | None:
    """Sign in, or link, the browser that comes back from the provider.

    Parameters
    ----------
    state : str
        What the address says.
    brought : str or None
        What the browser's own cookie says: else a stranger could sign it in as somebody else.

    Returns
    -------
    NewSession or None
        None where an account was linked whose session goes on as it is.

    Raises
    ------
    NotSignedIn
        It proves nothing, or belongs to no account.
    """
    if brought is None or not compare_digest(brought.encode(), state.encode()):
        raise NotSignedIn(WRONG)
    with door.database.writing() as session:
        asked = challenges.take(session, Kind.OIDC, state, now=door.now)
    if asked is None:
        raise NotSignedIn(WRONG)
    told: dict[str, Any] = orjson.loads(asked)
    try:
        subject = talk.subject(
            code=code, nonce=told["nonce"], verifier=told["verifier"], now=door.now
        )
    except ProviderRefused as error:
        _failed(door, "provider-refused")
        raise NotSignedIn(WRONG) from error
    if told["account"] is not None:
        return _link(door, subject, account_id=uuid.UUID(told["account"]))
    return _sign_in(door, subject)


def _sign_in(door: Door, subject: Subject) -> NewSession:
    with recorded(door.database, door.log) as session:
        identity = _identity(session, subject)
        account = None if identity is None else session.get_one(AccountRow, identity.account_id)
        if identity is not None and account is not None and account.status == Status.ACTIVE:
            finish_start(session, door.address)
            identity.last_used_at = door.now
            return let_in(session, door, account, way=Way.OIDC)
        door.log.tell("sign_in_failed", account, "identity-unknown")
    raise NotSignedIn(WRONG)


def _link(door: Door, subject: Subject, *, account_id: uuid.UUID) -> NewSession | None:
    """Link the account of whoever is still signed in, in this very browser."""
    with recorded(door.database, door.log) as session:
        credentials = Credentials(door.old_secret, None, door.address)
        owner = Owner(door, authenticate(session, credentials, now=door.now))
        account, row = owner.fresh(session)
        if account.id != account_id:
            raise NotSignedIn(WRONG)
        if _identity(session, subject) is not None:
            raise Conflict(say("This identity belongs to an account already."))
        session.add(
            IdentityRow(
                id=uuid.uuid4(),
                account_id=account.id,
                issuer=subject.issuer,
                subject=subject.subject,
                created_at=door.now,
            )
        )
        log = door.log.as_account(account, f"session {row.id}")
        log.tell("administer", account, "identity-linked")
        return owner.enrolled(session, row)


def _identity(session: Session, subject: Subject) -> IdentityRow | None:
    return session.scalars(
        select(IdentityRow).where(
            IdentityRow.issuer == subject.issuer, IdentityRow.subject == subject.subject
        )
    ).one_or_none()


def _failed(door: Door, what: str) -> None:
    with recorded(door.database, door.log):
        door.log.tell("sign_in_failed", None, what)
