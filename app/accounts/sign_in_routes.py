"""JSON API of signing in and out. Whoever asks is nobody yet."""

from __future__ import annotations

from fastapi import Request, Response, status

from app.accounts import sign_in
from app.accounts.acts import log_of, recorded
from app.accounts.cookies import clear_cookie, set_cookie
from app.accounts.door import Door, door_of
from app.accounts.schemas import (
    AskingRead,
    LinkSignIn,
    PasskeySignIn,
    PasswordSignIn,
    RecoverySignIn,
    SignedInRead,
)
from app.accounts.sessions import NewSession, end_session, own_account
from app.kit.access import needs, public
from app.kit.answers import model_response
from app.kit.deps import Work
from app.kit.routing import api_router

router = api_router("signing in")


def _signed_in(door: Door, new: NewSession) -> Response:
    shown = SignedInRead(
        session_id=new.row.id, strength=new.row.strength, expires_at=new.row.expires_at
    )
    return set_cookie(model_response(shown), new, now=door.now)


@router.post("/sign-in/passkey/options", operation_id="ask_for_passkey", response_model=AskingRead)
@public
def ask_for_passkey(request: Request, work: Work) -> Response:
    """Begin to sign in with a passkey; the browser knows which ones it has."""
    return model_response(
        AskingRead.model_validate(sign_in.ask_for_passkey(door_of(request, work)))
    )


@router.post("/sign-in/passkey", operation_id="sign_in_with_passkey", response_model=SignedInRead)
@public
def sign_in_with_passkey(body: PasskeySignIn, request: Request, work: Work) -> Response:
    """Sign in with a passkey."""
    door = door_of(request, work)
    new = sign_in.with_passkey(door, challenge=body.challenge, credential=body.credential)
    return _signed_in(door, new)


@router.post("/sign-in/password", operation_id="sign_in_with_password", response_model=SignedInRead)
@public
def sign_in_with_password(body: PasswordSignIn, request: Request, work: Work) -> Response:
    """Sign in with a password and the code of an authenticator app."""
    door = door_of(request, work)
    new = sign_in.with_password(door, login=body.login, password=body.password, code=body.code)
    return _signed_in(door, new)


@router.post(
    "/sign-in/recovery", operation_id="sign_in_with_recovery_code", response_model=SignedInRead
)
@public
def sign_in_with_recovery_code(body: RecoverySignIn, request: Request, work: Work) -> Response:
    """Sign in with a recovery code, once for each code."""
    door = door_of(request, work)
    new = sign_in.with_recovery_code(door, login=body.login, code=body.code, password=body.password)
    return _signed_in(door, new)


@router.post("/sign-in/link", operation_id="sign_in_with_link", response_model=SignedInRead)
@public
def sign_in_with_link(body: LinkSignIn, request: Request, work: Work) -> Response:
    """Sign in with a link, which is used up."""
    door = door_of(request, work)
    return _signed_in(door, sign_in.with_link(door, secret=body.secret))


@router.post("/sign-out", operation_id="sign_out", status_code=status.HTTP_204_NO_CONTENT)
@needs("self.write")
def sign_out(work: Work) -> Response:
    """End the session that asks."""
    who, log = work.person, log_of(work)
    with recorded(work.database, log) as session:
        account = own_account(session, who)
        end_session(session, who.credential_id, account_id=account.id, now=work.now)
        log.tell("sign_in", account, "sign-out")
    return clear_cookie(Response(status_code=status.HTTP_204_NO_CONTENT))
