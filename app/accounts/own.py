"""What somebody does with the own account: passkeys, password, authenticator app, recovery codes.

Everything here needs a recent sign-in. What a person signs in with can be added at any time; when
something is changed or taken away, every other session and every token of the account ends
(ASVS 5.0, 7.4.3). A session that was good for enrolling only becomes a full one, under a new
secret, as soon as its person has enrolled; every other session and every unused link ends then.
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.accounts import challenges, passkeys, totp
from app.accounts.acts import recorded
from app.accounts.challenges import Kind
from app.accounts.door import Door
from app.accounts.links import end_links
from app.accounts.passkeys import Credential
from app.accounts.passwords import hashed, is_password, remove_password, require_good, set_password
from app.accounts.recovery import new_codes
from app.accounts.rules import Strength, check_label
from app.accounts.sessions import NewSession, end_all, replace_session, require_fresh
from app.accounts.sign_in import Asking, new_challenge
from app.accounts.tables import AccountRow, PasskeyRow, PasswordRow, SessionRow
from app.accounts.throttle import attempt_of, begin_attempt, succeeded
from app.accounts.totp import TotpOffer
from app.accounts.ways import require_way, ways_of
from app.errors import Fault, NotFound, RuleViolation
from app.kit.access import Principal
from app.kit.limits import require_plausible
from app.said import say


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody signed in, at work on the own account."""

    door: Door
    who: Principal

    def fresh(self, session: Session) -> tuple[AccountRow, SessionRow]:
        """Return the account and the session of whoever asks, who signed in recently.

        Raises
        ------
        Forbidden
            "sign-in-again", or a token asks.
        """
        row = require_fresh(session, self.who, now=self.door.now)
        return session.get_one(AccountRow, self.who.account_id), row

    def enrolled(self, session: Session, row: SessionRow) -> NewSession | None:
        """Return the full session that takes the place of one that was good for enrolling.

        Every other session of the account, every token and every unused link ends.
        """
        if row.strength == Strength.FULL:
            return None
        lifetimes = self.door.beginning.lifetimes
        new = replace_session(session, row, now=self.door.now, lifetimes=lifetimes)
        # Whoever opened another link before shares nothing with the person who enrolled.
        self.end_others(session, new.row)
        end_links(session, row.account_id, now=self.door.now)
        account = session.get_one(AccountRow, row.account_id)
        self.door.log.tell("sign_in", account, "enrolled", session=str(new.row.id))
        return new

    def end_others(self, session: Session, row: SessionRow) -> None:
        """End every other session of the account, and its tokens."""
        end_all(session, row.account_id, now=self.door.now, but=row.id)


# --- passkeys ------------------------------------------------------------------------------------


def begin_passkey(owner: Owner) -> Asking:
    """Ask the browser to make a passkey.

    Raises
    ------
    Forbidden
    """
    challenge, text = new_challenge()
    with owner.door.database.writing() as session:
        account, _ = owner.fresh(session)
        known = [row.credential_id for row in passkeys.passkeys_of(session, account.id)]
        secret = challenges.ask(
            session, Kind.PASSKEY, text, now=owner.door.now, account_id=account.id
        )
    options = passkeys.registration_options(owner.door.site, account, known, challenge=challenge)
    return Asking(secret, options)


def finish_passkey(
    owner: Owner, *, challenge: str, credential: Credential, label: str
) -> tuple[PasskeyRow, NewSession | None]:
    """Keep the passkey that the browser made.

    Raises
    ------
    Forbidden, Conflict, RuleViolation
    """
    require_plausible(check_label(label), confirmed=False)
    with owner.door.database.writing() as session:
        account, _ = owner.fresh(session)
        asked = challenges.take(
            session, Kind.PASSKEY, challenge, now=owner.door.now, account_id=account.id
        )
    if asked is None:
        raise challenges.too_late()
    registered = passkeys.check_registration(
        owner.door.site, credential, challenge=base64.b64decode(asked)
    )
    with recorded(owner.door.database, owner.door.log) as session:
        account, row = owner.fresh(session)
        passkey = passkeys.add_passkey(
            session, owner.door.log, account, registered=registered, label=label
        )
        return passkey, owner.enrolled(session, row)


def rename_passkey(owner: Owner, passkey_id: uuid.UUID, *, label: str) -> PasskeyRow:
    """Give a passkey another name.

    Raises
    ------
    Forbidden, NotFound, RuleViolation
    """
    require_plausible(check_label(label), confirmed=False)
    with recorded(owner.door.database, owner.door.log) as session:
        account, _ = owner.fresh(session)
        passkey = passkeys.get_passkey(session, passkey_id, account_id=account.id)
        passkey.label = label
        owner.door.log.tell("administer", account, "passkey-renamed", passkey=str(passkey.id))
    return passkey


def remove_passkey(owner: Owner, passkey_id: uuid.UUID) -> None:
    """Forget a passkey, which cannot be the last way in.

    Raises
    ------
    Forbidden, NotFound, Conflict
    """
    with recorded(owner.door.database, owner.door.log) as session:
        account, row = owner.fresh(session)
        passkey = passkeys.get_passkey(session, passkey_id, account_id=account.id)
        session.delete(passkey)
        require_way(session, account.id)
        owner.end_others(session, row)
        owner.door.log.tell("administer", account, "passkey-removed", passkey=str(passkey_id))


# --- password and authenticator app --------------------------------------------------------------


def change_password(owner: Owner, *, current: str, new: str) -> NewSession | None:
    """Set the password; whoever has one must know it (ASVS 5.0, 6.2.3).

    Raises
    ------
    Forbidden, TooManyAttempts
    RuleViolation
        The current password is wrong, or the new one is not good enough.
    """
    stored = _require_current(owner, current, new)
    password_hash = hashed(new)
    with recorded(owner.door.database, owner.door.log) as session:
        account, row = owner.fresh(session)
        set_password(session, owner.door.log, account, password_hash=password_hash)
        if stored is not None:
            owner.end_others(session, row)
        return owner.enrolled(session, row) if ways_of(session, account.id).has_totp else None


def _require_current(owner: Owner, current: str, new: str) -> str | None:
    """Check the password of now, which counts as an attempt; return its hash."""
    door = owner.door
    with door.database.writing() as session:
        account, _ = owner.fresh(session)
        require_good(session, account, new)
        row = session.get(PasswordRow, account.id)
        if row is None:
            return None
        attempt = attempt_of(session, address=door.address, login_index=account.login_index)
        locks = begin_attempt(session, attempt, now=door.now)
    is_right = is_password(row.hash, current)
    with recorded(door.database, door.log) as session:
        if is_right:
            succeeded(session, attempt)
            return row.hash
        door.log.tell("sign_in_failed", account, "current-password", locked=locks)
    reason = say("it is not the password of now")
    raise RuleViolation([Fault("current_password", None, reason)])


def drop_password(owner: Owner) -> None:
    """Forget the password and the authenticator app, where another way in is left.

    Raises
    ------
    Forbidden, NotFound, Conflict
    """
    with recorded(owner.door.database, owner.door.log) as session:
        account, row = owner.fresh(session)
        if session.get(PasswordRow, account.id) is None:
            raise NotFound(say("Password of account"), account.id)
        remove_password(session, owner.door.log, account)
        require_way(session, account.id)
        owner.end_others(session, row)


def begin_totp(owner: Owner) -> TotpOffer:
    """Begin to set up an authenticator app.

    Raises
    ------
    Forbidden
    """
    with owner.door.database.writing() as session:
        account, _ = owner.fresh(session)
        return totp.offer_totp(session, account, now=owner.door.now)


def finish_totp(owner: Owner, *, challenge: str, code: str) -> NewSession | None:
    """Take an authenticator app into use, once it has shown a code.

    Raises
    ------
    Forbidden, Conflict, RuleViolation
    """
    with recorded(owner.door.database, owner.door.log) as session:
        account, row = owner.fresh(session)
        before = ways_of(session, account.id)
        totp.confirm_totp(session, owner.door.log, account, challenge=challenge, code=code)
        if before.has_totp:
            owner.end_others(session, row)
        return owner.enrolled(session, row) if before.has_password else None


def make_codes(owner: Owner) -> list[str]:
    """Make a new sheet of recovery codes; the old one ends.

    Raises
    ------
    Forbidden
    """
    with recorded(owner.door.database, owner.door.log) as session:
        account, _ = owner.fresh(session)
        return new_codes(session, owner.door.log, account)
