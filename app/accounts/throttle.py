"""Limits on attempts to sign in: per login and per address, in the database.

An attempt is counted before it is checked, so that a thousand attempts at once are not a thousand
guesses; one that succeeds is taken back. The counters survive a restart and hold for every process.
Only the way with a password is limited per login: nobody guesses a passkey, so whoever is locked
out by a stranger's guesses still gets in with one.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.tables import AttemptRow
from app.errors import TooManyAttempts
from app.kit.sealing import index_in

_KEY: Final = "account_attempts.key"
_IPV6_NETWORK: Final = 64
"""Bits that a household or a clinic is given (RFC 6177); the others anybody can change."""


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """How many attempts may fail before the next must wait, and how long.

    Attributes
    ----------
    free : int
        Failures up to which nobody waits; each one beyond doubles the wait.
    first, longest : datetime.timedelta
        The first wait, and the most that it grows to. No wait is for ever: a stranger could
        cause it.
    forgotten_after : datetime.timedelta
        Failures are forgotten when none was added for as long.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgotten_after: timedelta

    def wait(self, failures: int) -> timedelta:
        """Return how long the next attempt must wait after so many failures."""
        if failures < self.free:
            return timedelta()
        # Beyond 2**30 of anything the longest wait is reached, and a span would overflow.
        factor: int = 2 ** min(failures - self.free, 30)
        return min(self.first * factor, self.longest)


ACCOUNT_LIMIT: Final = AttemptLimit(
    free=5,
    first=timedelta(minutes=1),
    longest=timedelta(hours=24),
    forgotten_after=timedelta(days=30),
)
"""Of one login, known or not. NIST SP 800-63B-4, section 3.2.2: at most 100 consecutive failures;
with these waits a guesser reaches 100 after 85 days of trying without a pause."""

ADDRESS_LIMIT: Final = AttemptLimit(
    free=50,
    first=timedelta(minutes=1),
    longest=timedelta(hours=1),
    forgotten_after=timedelta(days=1),
)
"""Of one address. Judgement: a clinic has one address for everybody who signs in at eight."""

LIMITS: Final[Mapping[str, AttemptLimit]] = {"login": ACCOUNT_LIMIT, "address": ADDRESS_LIMIT}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt counts for: a login, where one was typed, and the address."""

    keys: tuple[tuple[str, str], ...]


def attempt_of(session: Session, *, address: str, login_index: str | None = None) -> Attempt:
    """Return what an attempt counts for. Neither login nor address can be read from a key."""
    network = index_in(session, _KEY, _network(address))
    keys = [("address", f"address:{network}")]
    if login_index is not None:
        keys.append(("login", f"login:{login_index}"))
    return Attempt(tuple(keys))


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))


def begin_attempt(session: Session, attempt: Attempt, *, now: datetime) -> bool:
    """Count an attempt as failed before it is checked; say whether it locks if it does fail.

    Raises
    ------
    TooManyAttempts
        One of the limits says to wait; nothing is counted.
    """
    _forget(session, now)
    waits = []
    for kind, key in attempt.keys:
        row = _counted(session, key, now)
        if row.locked_until > now:
            seconds = math.ceil((row.locked_until - now).total_seconds())
            raise TooManyAttempts(seconds)
        limit = LIMITS[kind]
        failures = 1 if row.last_at <= now - limit.forgotten_after else row.failures + 1
        wait = limit.wait(failures)
        row.failures, row.last_at, row.locked_until = failures, now, now + wait
        waits.append(wait)
    session.flush()
    return any(waits)


def _counted(session: Session, key: str, now: datetime) -> AttemptRow:
    """Return the counter, locked against other attempts; it is made where there is none."""
    insert: Any = (
        sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    )
    session.execute(
        insert(AttemptRow)
        .values(key=key, failures=0, last_at=now, locked_until=now)
        .on_conflict_do_nothing()
    )
    statement = select(AttemptRow).where(AttemptRow.key == key).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _forget(session: Session, now: datetime) -> None:
    longest = max(limit.forgotten_after for limit in LIMITS.values())
    session.execute(delete(AttemptRow).where(AttemptRow.last_at < now - longest))


def succeeded(session: Session, attempt: Attempt) -> None:
    """Take an attempt back: the login starts anew, the address is spared this one."""
    for kind, key in attempt.keys:
        if kind == "login":
            session.execute(delete(AttemptRow).where(AttemptRow.key == key))
            continue
        limit = LIMITS[kind]
        row = session.scalars(
            select(AttemptRow).where(AttemptRow.key == key).with_for_update()
        ).one_or_none()
        if row is not None:
            row.failures = max(0, row.failures - 1)
            row.locked_until = row.last_at + limit.wait(row.failures)


def open_login(session: Session, login_index: str) -> None:
    """Forget the failures of a login whose person got in another way."""
    session.execute(delete(AttemptRow).where(AttemptRow.key == f"login:{login_index}"))
