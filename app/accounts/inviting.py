"""How an administrator lets somebody in: by a link that signs in once, for a first time or anew."""

from __future__ import annotations

import uuid

from app.accounts import service
from app.accounts.acts import log_of, recorded_for
from app.accounts.links import issue_link
from app.accounts.rules import Purpose
from app.accounts.sessions import require_fresh
from app.kit.deps import Asked


def invite(work: Asked, account_id: uuid.UUID) -> str:
    """Return the secret of a link by which a person signs in for the first time, and enrols.

    Raises
    ------
    NotFound, Forbidden, Conflict
        There is no such account, the sign-in is not fresh, or the person is enrolled already.
    """
    log = log_of(work)
    with recorded_for(work, log) as session:
        require_fresh(session, work.person, now=work.now)
        account = service.get_account(session, account_id, lock=True)
        service.require_unenrolled(session, account)
        return issue_link(session, log, account, purpose=Purpose.INVITE)


def re_enrol(work: Asked, account_id: uuid.UUID, *, recognised_by: str) -> str:
    """Return the secret of a link for a person who lost everything, and was recognised.

    Raises
    ------
    NotFound, Forbidden, Conflict
        There is no such account, the sign-in is not fresh, or the account is disabled.
    """
    log = log_of(work)
    with recorded_for(work, log) as session:
        require_fresh(session, work.person, now=work.now)
        account = service.get_account(session, account_id, lock=True)
        log.tell("administer", account, "person-recognised", how=recognised_by)
        return issue_link(session, log, account, purpose=Purpose.RE_ENROL)
