"""Whoever stands at the door: from which address, on which device, with which old cookie."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.orm import Session

from app.accounts.acts import Log, log_of
from app.accounts.device import device_label
from app.accounts.passkeys import Site
from app.accounts.rules import Lifetime, Lifetimes, Strength
from app.accounts.sessions import Beginning, NewSession, Way, create_session, end_by_secret
from app.accounts.tables import AccountRow
from app.config import Settings
from app.db import Database
from app.kit.access import SESSION_COOKIE
from app.kit.deps import Asked


@dataclass(frozen=True, slots=True)
class Door:
    """One request to sign in; `log` gathers what the audit trail will say of it."""

    database: Database
    log: Log
    address: str
    beginning: Beginning
    site: Site
    old_secret: str | None = field(default=None, repr=False)

    @property
    def now(self) -> datetime:
        """Return the instant of the request."""
        return self.log.now


def door_of(request: Request, asked: Asked) -> Door:
    """Return who stands at the door of the service."""
    settings: Settings = request.app.state.settings
    device = device_label(request.headers.get("user-agent"))
    return Door(
        database=asked.database,
        log=log_of(asked),
        address=asked.address,
        beginning=Beginning(asked.now, device, lifetimes_of(settings)),
        site=site_of(request),
        old_secret=request.cookies.get(SESSION_COOKIE),
    )


def site_of(request: Request) -> Site:
    """Return where browsers find this service: the address of the settings, not the request's."""
    settings: Settings = request.app.state.settings
    return Site(settings.origin or f"{request.url.scheme}://{request.url.netloc}")


def lifetimes_of(settings: Settings) -> Lifetimes:
    """Return how long sessions last here."""
    return Lifetimes(
        staff=Lifetime(
            timedelta(minutes=settings.staff_idle_minutes),
            timedelta(hours=settings.staff_session_hours),
        ),
        at_home=Lifetime(
            timedelta(days=settings.home_idle_days), timedelta(days=settings.home_session_days)
        ),
    )


def let_in(
    session: Session,
    door: Door,
    account: AccountRow,
    *,
    way: Way,
    strength: Strength = Strength.FULL,
) -> NewSession:
    """Begin a session of somebody who showed who they are; the browser's old one ends."""
    end_by_secret(session, door.old_secret, now=door.now)
    new = create_session(session, account, door.beginning, way=way, strength=strength)
    log = door.log.as_account(account, f"session {new.row.id}")
    log.tell("sign_in", account, way.value, strength=strength.value)
    return new
