"""Passwords: hashed with argon2id, a few at a time, and never inside a database transaction."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Container
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.password_rules import check_password, normal_password
from app.accounts.tables import AccountRow, PasswordRow, TotpRow
from app.clinics.tables import ClinicRow
from app.kit.limits import require_plausible

HASHER: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
"""OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 iterations, 1 degree of
parallelism. RFC 9106, section 3.1: tag of 32 bytes, salt of 16."""

HASHES_AT_ONCE: Final = 4
"""Judgement: 76 MiB at most. Others wait for their turn."""

_turns: Final = threading.BoundedSemaphore(HASHES_AT_ONCE)


def hashed(password: str) -> str:
    """Return the hash of a password in its normal form. Takes some 25 ms."""
    with _turns:
        return HASHER.hash(normal_password(password))


def is_password(stored: str | None, password: str) -> bool:
    """Say whether it is the password; without a stored hash it takes as long to say no."""
    with _turns:
        try:
            HASHER.verify(stored or _nobodys(), normal_password(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Say whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    # The password of nobody, so that an unknown login costs the same time as a known one.
    return HASHER.hash(str(uuid.uuid4()))


@lru_cache(maxsize=1)
def common_passwords() -> Container[str]:
    """Return the 30,000 passwords that zxcvbn found most often in leaks (ASVS 5.0, 6.2.4)."""
    # Half a megabyte of words, needed only where somebody chooses a password.
    from zxcvbn.frequency_lists import (  # type: ignore[import-untyped]  # noqa: PLC0415
        FREQUENCY_LISTS,
    )

    return frozenset(FREQUENCY_LISTS["passwords"])


def require_good(session: Session, account: AccountRow, password: str) -> None:
    """Refuse a new password that is short, common or about the account.

    Raises
    ------
    RuleViolation
        With every reason; the password is not in it.
    """
    clinic = None if account.clinic_id is None else session.get(ClinicRow, account.clinic_id)
    faults = check_password(
        normal_password(password),
        login=account.login,
        clinic_name="" if clinic is None else clinic.name,
        common=common_passwords(),
    )
    require_plausible(faults, confirmed=False)


def set_password(session: Session, log: Log, account: AccountRow, *, password_hash: str) -> None:
    """Keep the hash of a new password."""
    session.merge(PasswordRow(account_id=account.id, hash=password_hash, set_at=log.now))
    log.tell("administer", account, "password-set")


def remove_password(session: Session, log: Log, account: AccountRow) -> None:
    """Forget the password, and the authenticator app that goes with it."""
    for table in (PasswordRow, TotpRow):
        session.execute(delete(table).where(table.account_id == account.id))
    log.tell("administer", account, "password-removed")
