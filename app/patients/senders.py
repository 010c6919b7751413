"""What people at home send is theirs to change, and nobody else's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.kit.access import access_of
from app.patients.rules import OWN_SOURCE
from app.said import Said


def require_own(session: Session, source: str, *, refusal: Said) -> None:
    """Let people at home change what they sent themselves, and nothing else.

    Parameters
    ----------
    session : Session
    source : str
        Who sent the entry.
    refusal : Said
        What somebody else is told who wants to change it.

    Raises
    ------
    Forbidden
        Whoever uses the session is at home, and the entry came from another source.
    """
    access = access_of(session)
    own = None if access is None else OWN_SOURCE.get(access.principal.role)
    if own is not None and source != own:
        raise Forbidden(refusal, code="not-your-entry")
