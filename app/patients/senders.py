"""What people at home send is theirs to change, and nobody else's."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.kit.access import access_of
from app.patients.rules import OWN_SOURCE


def require_own(session: Session, source: str, *, what: str) -> None:
    """Let people at home change what they sent themselves, and nothing else.

    Raises
    ------
    Forbidden
        Whoever uses the session is at home, and the entry came from another source.
    """
    access = access_of(session)
    own = None if access is None else OWN_SOURCE.get(access.principal.role)
    if own is not None and source != own:
        message = f"Somebody else sent this {what}; you can change your own ones."
        raise Forbidden(message, code="not-your-entry")
