"""Use-cases of accounts as such: made, changed, listed, disabled. Who may do so is decided before.

Logins are sealed, and found by their blind index: no two accounts share one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.devices import revoke_devices
from app.accounts.links import end_links
from app.accounts.rules import AccountDraft, Role, Status, check_account, normal_login
from app.accounts.sessions import end_all
from app.accounts.tables import LOGIN, AccountRow
from app.accounts.ways import ways_of
from app.clinics.service import get_clinic
from app.errors import Conflict, Fault, NotFound, RuleViolation
from app.kit import history
from app.kit.access import access_of, is_visible, restrict
from app.kit.limits import require_plausible
from app.kit.pagination import Order, Page, PageQuery, read_page
from app.kit.rows import get_kept
from app.kit.sealing import index_in
from app.said import say


def create_account(
    session: Session, log: Log, draft: AccountDraft, *, row_id: uuid.UUID | None = None
) -> AccountRow:
    """Make an account. Nobody can sign in to it before a link was issued and used.

    Raises
    ------
    RuleViolation
        The draft has faults, or its clinic is not there for whoever asks to see.
    Conflict
        The login or the id is taken.
    """
    require_plausible(check_account(draft), confirmed=False)
    _require_own_clinic(session, draft)
    account = AccountRow(
        id=row_id or uuid.uuid4(),
        clinic_id=draft.clinic_id,
        role=draft.role,
        name=draft.name,
        login=draft.login,
        login_index=login_index(session, draft.login),
        status=Status.ACTIVE.value,
    )
    history.begin(account, log.change())
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        # Without its cause: that one quotes the row.
        raise _login_taken() from None
    log.tell("administer", account, "account-made", role=account.role)
    return account


def enter_account(
    session: Session, log: Log, draft: AccountDraft, *, row_id: uuid.UUID | None
) -> tuple[AccountRow, bool]:
    """Make an account, or find that it was made before; say whether it is new.

    Raises
    ------
    RuleViolation
    Conflict
        The login is taken, or the id is stored with other content.
    """
    stored = None if row_id is None else session.get(AccountRow, row_id)
    if stored is None:
        return create_account(session, log, draft, row_id=row_id), True
    first = history.first_version_of(session, stored)
    clinic_id = None if draft.clinic_id is None else str(draft.clinic_id)
    sent = {
        "clinic_id": clinic_id,
        "role": draft.role,
        "name": draft.name,
        "login": draft.login,
    }
    if not is_visible(session, stored) or any(first[key] != sent[key] for key in sent):
        raise _login_taken()
    return stored, False


def _login_taken() -> Conflict:
    return Conflict(say("There is an account with this id or this login already."))


def _require_own_clinic(session: Session, draft: AccountDraft) -> None:
    """Let nobody make an account beyond the own clinic."""
    if draft.clinic_id is not None:
        try:
            get_clinic(session, draft.clinic_id)
        except NotFound as error:
            fault = Fault("clinic_id", str(draft.clinic_id), say("there is no such clinic"))
            raise RuleViolation([fault]) from error
        return
    access = access_of(session)
    if access is not None and access.principal.clinic_id is not None:
        reason = say("only the installation's administrator makes accounts without a clinic")
        raise RuleViolation([Fault("clinic_id", None, reason)])


def login_index(session: Session, login: str) -> str:
    """Return what an account is found by."""
    return index_in(session, LOGIN, normal_login(login))


def find_by_login(session: Session, login: str) -> AccountRow | None:
    """Return the account of a login, in whatever state it is."""
    statement = select(AccountRow).where(AccountRow.login_index == login_index(session, login))
    return session.scalars(statement).one_or_none()


def get_account(session: Session, account_id: uuid.UUID, *, lock: bool = False) -> AccountRow:
    """Return the account, locked against other changes on request.

    Raises
    ------
    NotFound
        There is no such account, or it is not for whoever asks to see.
    """
    return get_kept(session, AccountRow, account_id, what="Account", lock=lock)


_BY_TIME: Final = Order("accounts", AccountRow.recorded_at, AccountRow.id)


def page_of_accounts(session: Session, query: PageQuery) -> Page[AccountRow]:
    """Return one page of the accounts that whoever asks may see, newest first."""
    return read_page(session, _visible(session), order=_BY_TIME, query=query)


def list_accounts(session: Session) -> list[AccountRow]:
    """Return every account that whoever asks may see, by role and name."""
    accounts: Sequence[AccountRow] = session.scalars(_visible(session)).all()
    order = list(Role)
    return sorted(accounts, key=lambda a: (order.index(Role(a.role)), a.name.casefold(), a.id))


def _visible(session: Session) -> Select[Any]:
    return restrict(session, select(AccountRow), clinic=AccountRow.clinic_id)


def change_account(
    session: Session, log: Log, account: AccountRow, *, name: str, login: str, reason: str
) -> None:
    """Change what somebody is called and signs in as; the role and the clinic never change.

    Another role or clinic is another account, so that what was done stays with who did it as
    what.

    Raises
    ------
    RuleViolation, Conflict, VersionMismatch
    """
    draft = AccountDraft(account.clinic_id, account.role, name, login)
    require_plausible(check_account(draft), confirmed=False)
    values = {"name": name, "login": login, "login_index": login_index(session, login)}
    try:
        with session.begin_nested():
            changed = history.amend(session, account, values, change=log.change(reason))
    except IntegrityError:
        raise _login_taken() from None
    if changed:
        log.tell("administer", account, "account-changed")


def require_unenrolled(session: Session, account: AccountRow) -> None:
    """Refuse an invitation to somebody who signed in before: that would be a second way in.

    Raises
    ------
    Conflict
        The account has something to sign in with.
    """
    if ways_of(session, account.id).can_sign_in:
        message = say("This person can sign in already; re-enrol whoever has lost everything.")
        raise Conflict(message)


def disable_account(session: Session, log: Log, account: AccountRow, *, reason: str) -> None:
    """Let nobody use the account any more; its sessions, tokens and links end at once.

    Its devices are revoked: whoever comes back starts with empty ones.

    Raises
    ------
    Conflict
        It is disabled already, or it is the account of whoever asks.
    """
    if account.id == log.actor_id:
        message = say("Nobody disables the own account: ask another administrator.")
        raise Conflict(message)
    _set_status(session, log, account, status=Status.DISABLED, reason=reason)
    end_all(session, account.id, now=log.now)
    end_links(session, account.id, now=log.now)
    revoke_devices(session, log, account)
    log.tell("administer", account, "account-disabled")


def enable_account(session: Session, log: Log, account: AccountRow, *, reason: str) -> None:
    """Let the account be used again, with what its person signed in with before.

    Raises
    ------
    Conflict
        It is not disabled.
    """
    _set_status(session, log, account, status=Status.ACTIVE, reason=reason)
    log.tell("administer", account, "account-enabled")


_ALREADY: Final = {
    Status.ACTIVE: say("The account is active already."),
    Status.DISABLED: say("The account is disabled already."),
}


def _set_status(
    session: Session, log: Log, account: AccountRow, *, status: Status, reason: str
) -> None:
    if account.status == status:
        raise Conflict(_ALREADY[status])
    history.amend(session, account, {"status": status.value}, change=log.change(reason))
