"""Authenticator apps: time-based one-time passwords (RFC 6238), each good once."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import pyotp
import segno
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import challenges
from app.accounts.acts import Log
from app.accounts.challenges import Kind
from app.accounts.tables import AccountRow, TotpRow
from app.errors import Fault, RuleViolation
from app.said import say

ISSUER: Final = "IVIG course tracker"
STEP: Final = timedelta(seconds=30)
"""RFC 6238, section 5.2."""

WINDOW: Final = 1
"""Steps before and after: RFC 6238, section 5.2, recommends at most one for delay."""

_NOBODYS: Final = pyotp.random_base32()


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """What a person's app is to be told; shown once.

    `picture` is the address as a QR code, in SVG.
    """

    challenge: str
    secret: str
    address: str
    picture: str


def offer_totp(session: Session, account: AccountRow, *, now: datetime) -> TotpOffer:
    """Begin to set up an app; what was set up before holds until the new one is confirmed."""
    secret = pyotp.random_base32()
    address = pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER)
    challenge = challenges.ask(session, Kind.TOTP, secret, now=now, account_id=account.id)
    return TotpOffer(challenge, secret, address, _picture(address))


def _picture(address: str) -> str:
    buffer = io.BytesIO()
    segno.make_qr(address).save(buffer, kind="svg", xmldecl=False, svgns=True, scale=4, border=4)
    return buffer.getvalue().decode()


def confirm_totp(
    session: Session, log: Log, account: AccountRow, *, challenge: str, code: str
) -> None:
    """Take the app into use, once it has shown a code.

    Raises
    ------
    Conflict
        It was begun too long ago.
    RuleViolation
        It is not the code of now; the person may type again.
    """
    secret = challenges.peek(session, Kind.TOTP, challenge, account_id=account.id, now=log.now)
    if secret is None:
        raise challenges.too_late()
    step = step_of(secret, code, now=log.now)
    if step is None:
        reason = say("it is not the code that the app shows now; is the clock of the phone right?")
        raise RuleViolation([Fault("code", None, reason)])
    challenges.take(session, Kind.TOTP, challenge, now=log.now, account_id=account.id)
    session.merge(
        TotpRow(account_id=account.id, secret=secret, confirmed_at=log.now, last_step=step)
    )
    log.tell("administer", account, "authenticator-app-set")


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step whose code it is; None where it is none of about now."""
    typed = code.replace(" ", "")
    current = int(now.timestamp()) // int(STEP.total_seconds())
    generator = pyotp.TOTP(secret)
    found = None
    # All are compared, so that time says nothing of which one fits.
    for step in range(current - WINDOW, current + WINDOW + 1):
        if compare_digest(generator.generate_otp(step).encode(), typed.encode()):
            found = step
    return found


def use_code(session: Session, row: TotpRow | None, code: str, *, may: bool, now: datetime) -> bool:
    """Say whether the code is right and was not used before; from now on it is used.

    Without an app, or where something else was wrong already (`may`), it is compared all the same,
    so that both take the same time, and no code is used up.
    """
    step = step_of(_NOBODYS if row is None else row.secret, code, now=now)
    if row is None or step is None or not may:
        return False
    used = session.execute(
        update(TotpRow)
        .where(TotpRow.account_id == row.account_id, TotpRow.last_step < step)
        .values(last_step=step)
        .returning(TotpRow.account_id)
    )
    return used.scalar_one_or_none() is not None
