"""Limits on attempts to sign in: per login and per address, in the database.

An attempt is counted before it is checked, so that a thousand attempts at once are not a thousand
guesses; one that succeeds is taken back. The counters survive a restart and hold for every process.
Only passwords wait, per login and per address: nobody guesses a passkey, a link (256 bits) or a
recovery code (120 bits), so whoever is locked out by a stranger's guesses still gets in with one.
How many sign-ins one address may begin and leave unfinished is bounded besides, because each keeps
a row that nobody has signed in for.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
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

LIMITS: Final[Mapping[str, AttemptLimit]] = {
    "login": ACCOUNT_LIMIT,
    "sheet": ACCOUNT_LIMIT,
    "address": ADDRESS_LIMIT,
}
"""By what is counted. "sheet": passwords that were typed with a right recovery code of the login.
They have a counter of their own that refuses, which only a holder of the sheet can raise, so that
no stranger's guesses close this way."""

STARTS: Final = 30
STARTS_WITHIN: Final = timedelta(minutes=10)
"""Sign-ins with a passkey or a provider that one address may begin and not finish in this time.
Judgement: the time is that for which a challenge is kept (`CHALLENGE_LASTS`), so an address has 60
rows in the table at most; a clinic behind one address is not hindered by how many sign in there,
because whoever arrives gives the count back, only by 30 people who give up in ten minutes."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt counts for, and may have to wait for; `silent` is counted only."""

    keys: tuple[tuple[str, str], ...]
    silent: tuple[tuple[str, str], ...] = ()


def attempt_of(session: Session, *, address: str, login_index: str | None = None) -> Attempt:
    """Return what an attempt counts for. Neither login nor address can be read from a key."""
    network = index_in(session, _KEY, _network(address))
    keys = [("address", f"address:{network}")]
    if login_index is not None:
        keys.append(("login", f"login:{login_index}"))
    return Attempt(tuple(keys))


def attempt_with_code(login_index: str) -> Attempt:
    """Return what a password counts for that is typed with a right recovery code."""
    login, sheet = ("login", f"login:{login_index}"), ("sheet", f"sheet:{login_index}")
    return Attempt((sheet,), silent=(login,))


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
    for kind, key in attempt.keys + attempt.silent:
        row = _counted(session, key, now)
        if row.locked_until > now and (kind, key) not in attempt.silent:
            raise TooManyAttempts(_seconds(row, now))
        limit = LIMITS[kind]
        failures = 1 if row.last_at <= now - limit.forgotten_after else row.failures + 1
        wait = limit.wait(failures)
        row.failures, row.last_at, row.locked_until = failures, now, now + wait
        waits.append(wait)
    session.flush()
    return any(waits)


def _seconds(row: AttemptRow, now: datetime) -> int:
    return math.ceil((row.locked_until - now).total_seconds())


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
    for kind, key in attempt.keys + attempt.silent:
        if kind != "address":
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
    keys = (f"login:{login_index}", f"sheet:{login_index}")
    session.execute(delete(AttemptRow).where(AttemptRow.key.in_(keys)))


def begin_start(session: Session, address: str, *, now: datetime) -> None:
    """Count a sign-in that begins before anybody says who they are, as unfinished.

    Raises
    ------
    TooManyAttempts
        The address began too many; nothing is counted.
    """
    _forget(session, now)
    row = _counted(session, _start_key(session, address), now)
    if row.locked_until <= now:
        row.failures, row.locked_until = 0, now + STARTS_WITHIN
    if row.failures >= STARTS:
        raise TooManyAttempts(_seconds(row, now))
    row.failures, row.last_at = row.failures + 1, now
    session.flush()


def finish_start(session: Session, address: str) -> None:
    """Give back the count of a sign-in that led somewhere."""
    key = _start_key(session, address)
    session.execute(
        update(AttemptRow)
        .where(AttemptRow.key == key, AttemptRow.failures > 0)
        .values(failures=AttemptRow.failures - 1)
    )


def _start_key(session: Session, address: str) -> str:
    return f"start:{index_in(session, _KEY, _network(address))}"
