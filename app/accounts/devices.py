"""Devices that keep records for use without a network: each has a key, released at sign-in.

What lies on a device is encrypted by the browser. The key is made here, kept sealed, and handed
only to a full session of the account that the device belongs to. Revoking a device forgets the
key for good, so what the device still holds cannot be opened again; the device itself wipes it as
soon as it hears of it. docs/offline.md and docs/adr/0014-own-worker-and-outbox.md.
"""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import Status, Strength
from app.accounts.sessions import own_account
from app.accounts.tables import AccountRow, DeviceRow, SessionRow
from app.errors import (
    Conflict,
    DeviceRevoked,
    Forbidden,
    NotFound,
    NotSignedIn,
    TooManyDevices,
    UnknownDevice,
)
from app.kit.access import Principal
from app.said import say

KEY_BYTES: Final = 32
"""AES-256, and an HMAC of the same strength, are derived from it in the browser."""
WIPE_AFTER_DAYS: Final = 14
"""Days without contact after which a device forgets its key (issue 6 of the plan)."""
MOST_DEVICES: Final = 20
"""Judgement: more than anybody uses, few enough to look through."""
FORGOTTEN_AFTER: Final = timedelta(days=90)
"""Judgement: a device unseen for so long lost its key long ago, and makes room for a new one."""


SEEN_EVERY: Final = timedelta(hours=1)
"""How exactly the last contact is kept: who opens a page again meanwhile waits for no writer."""


class DeviceState(StrEnum):
    """What anybody who knows the random id of a device learns of it."""

    KNOWN = "known"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def known_device(
    session: Session, who: Principal, *, device_id: uuid.UUID, now: datetime
) -> DeviceRow | None:
    """Return the device with its key, where to hand that out leaves nothing to be kept.

    Of everything else, refusals too, `release_key` knows.
    """
    asks = _full_session(session, who)
    row = session.get(DeviceRow, device_id)
    if asks is None or row is None or row.account_id != who.account_id:
        return None
    is_due = row.last_seen_at < asks.signed_in_at or now - row.last_seen_at >= SEEN_EVERY
    return None if is_due or row.revoked_at is not None else row


def _full_session(session: Session, who: Principal) -> SessionRow | None:
    asks = session.get(SessionRow, who.credential_id) if who.via == "session" else None
    return asks if asks is not None and asks.strength == Strength.FULL else None


def release_key(
    session: Session, log: Log, who: Principal, *, device_id: uuid.UUID, label: str, is_new: bool
) -> DeviceRow:
    """Return the device with its key, which is made where the device is new.

    The trail tells of the first time in each session. A device that is not new to its browser is
    given no second key: what lies on it could not be opened with that.

    Raises
    ------
    Forbidden
        The session is good for enrolling only, or a token asks.
    NotFound
        The device belongs to another account.
    UnknownDevice
        It is not new, and not known here: an older database was restored.
    DeviceRevoked
    TooManyDevices
        The account has as many devices as it may, and all were in use lately.
    """
    asks = _full_session(session, who)
    if asks is None:
        raise Forbidden(say("Only a browser that is fully signed in is given a key."))
    account = own_account(session, who)
    row = session.get(DeviceRow, device_id, with_for_update=True)
    if row is None and not is_new:
        raise UnknownDevice("Device", device_id)
    if row is None:
        return _add(session, log, account, DeviceRow(id=device_id, label=label))
    if row.account_id != account.id:
        raise NotFound("Device", device_id)
    if row.revoked_at is not None:
        raise DeviceRevoked
    if row.last_seen_at < asks.signed_in_at:
        log.tell("administer", account, "device-key-released", device=str(row.id))
    row.last_seen_at = log.now
    return row


def _add(session: Session, log: Log, account: AccountRow, row: DeviceRow) -> DeviceRow:
    if _lock(session, account) != Status.ACTIVE:
        raise NotSignedIn
    live = live_devices(session, account.id)
    if len(live) >= MOST_DEVICES:
        if log.now - live[-1].last_seen_at <= FORGOTTEN_AFTER:
            message = say(
                "You have %(most)s devices that keep records: remove one first.", most=MOST_DEVICES
            )
            raise TooManyDevices(message)
        _revoke(log, account, live[-1])
    row.account_id = account.id
    row.key = base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")
    row.created_at = row.last_seen_at = log.now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        message = say("Another window of this browser was quicker: try again.")
        raise Conflict(message) from None
    log.tell("administer", account, "device-added", device=str(row.id))
    return row


def _lock(session: Session, account: AccountRow) -> str:
    """Let others wait who change the account or its devices; return its status as it is now."""
    statement = select(AccountRow.status).where(AccountRow.id == account.id)
    return session.execute(statement.with_for_update()).scalar_one()


def live_devices(session: Session, account_id: uuid.UUID) -> Sequence[DeviceRow]:
    """Return the devices of an account that were not revoked, the one used last first."""
    statement = (
        select(DeviceRow)
        .where(DeviceRow.account_id == account_id, DeviceRow.revoked_at.is_(None))
        .order_by(DeviceRow.last_seen_at.desc(), DeviceRow.id)
    )
    return session.scalars(statement).all()


def state_of(session: Session, device_id: uuid.UUID) -> DeviceState:
    """Say whether a device may still be used; it is asked without a session too."""
    row = session.get(DeviceRow, device_id)
    if row is None:
        return DeviceState.UNKNOWN
    return DeviceState.KNOWN if row.revoked_at is None else DeviceState.REVOKED


def revoke_device(session: Session, log: Log, account: AccountRow, *, device_id: uuid.UUID) -> None:
    """Forget the key of one device of an account; it wipes itself when it hears of it.

    Raises
    ------
    NotFound
        The account has no such device.
    """
    _lock(session, account)
    row = session.get(DeviceRow, device_id, with_for_update=True)
    if row is None or row.account_id != account.id:
        raise NotFound("Device", device_id)
    if row.revoked_at is None:
        _revoke(log, account, row)


def _revoke(log: Log, account: AccountRow, row: DeviceRow) -> None:
    row.revoked_at, row.key = log.now, None
    log.tell("administer", account, "device-revoked", device=str(row.id))


def revoke_devices(session: Session, log: Log, account: AccountRow) -> None:
    """Forget the keys of every device of an account: it is disabled, or its person lost them."""
    _lock(session, account)
    session.execute(
        update(DeviceRow)
        .where(DeviceRow.account_id == account.id, DeviceRow.revoked_at.is_(None))
        .values(revoked_at=log.now, key=None)
    )
