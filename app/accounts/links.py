"""Links that sign in once: invitations, re-enrolments, the demo.

The secret stands behind the `#` of the address, which a browser never sends: it is in no log of
any server. Opening the page uses nothing up; only the button on it does, so that programs which
look at links in letters cannot burn them.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import LINK_LASTS, Purpose, Status
from app.accounts.secret import digest, new_secret
from app.accounts.tables import AccountRow, LinkRow
from app.errors import Conflict
from app.said import say

LINK_PATH: Final = "/sign-in/link"


def issue_link(session: Session, log: Log, account: AccountRow, *, purpose: Purpose) -> str:
    """Make a link for an account and return its secret; links before it end.

    Raises
    ------
    Conflict
        The account is disabled.
    """
    if account.status != Status.ACTIVE:
        raise Conflict(say("The account is disabled: enable it first."))
    end_links(session, account.id, now=log.now)
    secret = new_secret()
    row = LinkRow(
        id=uuid.uuid4(),
        secret_hash=digest(secret),
        account_id=account.id,
        purpose=purpose.value,
        created_at=log.now,
        created_by=log.name,
        expires_at=log.now + LINK_LASTS[purpose],
    )
    session.add(row)
    log.tell("administer", account, "link-issued", purpose=purpose.value, link=str(row.id))
    return secret


def link_address(origin: str, secret: str) -> str:
    """Return the address to hand to the person."""
    return f"{origin}{LINK_PATH}#{secret}"


def end_links(session: Session, account_id: uuid.UUID, *, now: datetime) -> None:
    """End every link of an account that was not used."""
    session.execute(
        update(LinkRow)
        .where(
            LinkRow.account_id == account_id,
            LinkRow.used_at.is_(None),
            LinkRow.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def use_link(session: Session, secret: str, *, now: datetime) -> tuple[LinkRow, AccountRow] | None:
    """Use a link up, and return it with its account.

    None where it is unknown, used, expired or ended, or the account is disabled.
    """
    # Of two who press the button at once, one finds the row used already.
    used = session.execute(
        update(LinkRow).where(*_usable(secret, now)).values(used_at=now).returning(LinkRow.id)
    ).scalar_one_or_none()
    if used is None:
        return None
    link = session.get_one(LinkRow, used, populate_existing=True)
    account = session.get_one(AccountRow, link.account_id)
    return (link, account) if account.status == Status.ACTIVE else None


def _usable(secret: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LinkRow.secret_hash == digest(secret),
        LinkRow.used_at.is_(None),
        LinkRow.revoked_at.is_(None),
        LinkRow.expires_at > now,
    )
