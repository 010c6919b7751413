"""The cookie that holds a session's secret."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from fastapi import Response

from app.accounts.sessions import NewSession
from app.kit.access import SESSION_COOKIE

_KEPT_FROM: Final = timedelta(days=1)
"""A session that may rest for so long outlives the browser's window; others end with it."""


def set_cookie(response: Response, new: NewSession | None, *, now: datetime) -> Response:
    """Hand the secret of a new session to the browser, if there is one.

    `Lax`, so that a link in a letter leads to a page and not to the sign-in; every request that
    changes something is checked for its origin besides.
    """
    if new is not None:
        is_kept = timedelta(seconds=new.row.idle_seconds) >= _KEPT_FROM
        seconds = int((new.row.expires_at - now).total_seconds())
        response.set_cookie(
            SESSION_COOKIE,
            new.secret,
            max_age=seconds if is_kept else None,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
    return response


def clear_cookie(response: Response) -> Response:
    """Let the browser forget the secret."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
