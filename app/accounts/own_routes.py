"""JSON API of one's own account. A program's token reaches none of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final

from fastapi import Request, Response, status
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts import own, passkeys
from app.accounts.acts import log_of, recorded
from app.accounts.bearer import create_token, end_token, live_tokens
from app.accounts.cookies import set_cookie
from app.accounts.door import door_of
from app.accounts.own import Owner
from app.accounts.schemas import (
    AskingRead,
    CodesRead,
    Items,
    MeRead,
    NewTokenRead,
    PasskeyChange,
    PasskeyCreate,
    PasskeyRead,
    PasswordChange,
    SessionRead,
    TokenCreate,
    TokenRead,
    TotpConfirm,
    TotpOfferRead,
    WaysRead,
)
from app.accounts.sessions import end_all, end_session, live_sessions, own_account, require_fresh
from app.accounts.tables import AccountRow, SessionRow
from app.accounts.ways import ways_of
from app.kit.access import needs
from app.kit.answers import json_response, model_response
from app.kit.deps import Asked, Work
from app.kit.problems import MEDIA_TYPE
from app.kit.routing import api_router

router = api_router("own account")
_DONE: Final = status.HTTP_204_NO_CONTENT
_MADE: Final = status.HTTP_201_CREATED
_ATTEMPTS: Final[dict[int | str, dict[str, Any]]] = {
    429: {
        "description": "Too many attempts failed; `Retry-After` says how long to wait.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def _owner(request: Request, work: Asked) -> Owner:
    return Owner(door_of(request, work), work.person)


def _items(schema: type[BaseModel], rows: Iterable[Any]) -> Response:
    shown = [schema.model_validate(row).model_dump(mode="json") for row in rows]
    return json_response({"items": shown})


def _account(session: Session, work: Asked) -> AccountRow:
    return own_account(session, work.person)


def _done() -> Response:
    return Response(status_code=_DONE)


# --- who I am, and where I am signed in ----------------------------------------------------------


@router.get("/me", operation_id="read_me", response_model=MeRead)
@needs("self.read")
def read_me(work: Work) -> Response:
    """Show who asks, what they may do, and what they can sign in with."""
    who = work.person
    with work.database.reading() as session:
        account = _account(session, work)
        row = session.get_one(SessionRow, who.credential_id)
        shown = MeRead(
            account_id=account.id,
            clinic_id=account.clinic_id,
            role=account.role,
            name=account.name,
            login=account.login,
            strength=row.strength,
            permissions=sorted(who.permissions),
            ways=WaysRead.model_validate(ways_of(session, account.id)),
        )
    return model_response(shown)


@router.get("/me/sessions", operation_id="list_own_sessions", response_model=Items[SessionRead])
@needs("self.read")
def list_own_sessions(work: Work) -> Response:
    """List the devices that one is signed in on, newest first."""
    who = work.person
    with work.database.reading() as session:
        rows = live_sessions(session, who.account_id, work.now)
    shown = [SessionRead.of(row, is_this=row.id == who.credential_id) for row in rows]
    return json_response({"items": [one.model_dump(mode="json") for one in shown]})


@router.post(
    "/me/sessions/{session_id}/revoke", operation_id="revoke_own_session", status_code=_DONE
)
@needs("self.write")
def revoke_own_session(session_id: uuid.UUID, work: Work) -> Response:
    """Sign out on one device."""
    log = log_of(work)
    with recorded(work.database, log) as session:
        account = _account(session, work)
        row = end_session(session, session_id, account_id=account.id, now=work.now)
        log.tell("administer", account, "session-ended", session=str(row.id))
    return _done()


@router.post("/me/sessions/revoke-others", operation_id="revoke_other_sessions", status_code=_DONE)
@needs("self.write")
def revoke_other_sessions(work: Work) -> Response:
    """Sign out everywhere else, and end every token."""
    log = log_of(work)
    with recorded(work.database, log) as session:
        account = _account(session, work)
        end_all(session, account.id, now=work.now, but=work.person.credential_id)
        log.tell("administer", account, "other-sessions-ended")
    return _done()


# --- passkeys ------------------------------------------------------------------------------------


@router.get("/me/passkeys", operation_id="list_own_passkeys", response_model=Items[PasskeyRead])
@needs("self.read")
def list_own_passkeys(work: Work) -> Response:
    """List one's passkeys, oldest first."""
    with work.database.reading() as session:
        return _items(PasskeyRead, passkeys.passkeys_of(session, work.person.account_id))


@router.post("/me/passkeys/options", operation_id="ask_for_new_passkey", response_model=AskingRead)
@needs("self.write")
def ask_for_new_passkey(request: Request, work: Work) -> Response:
    """Begin to make a passkey."""
    return model_response(AskingRead.model_validate(own.begin_passkey(_owner(request, work))))


@router.post(
    "/me/passkeys", operation_id="create_passkey", status_code=_MADE, response_model=PasskeyRead
)
@needs("self.write")
def create_passkey(body: PasskeyCreate, request: Request, work: Work) -> Response:
    """Keep the passkey that the browser made; whoever was enrolling is signed in fully."""
    row, new = own.finish_passkey(
        _owner(request, work),
        challenge=body.challenge,
        credential=body.credential,
        label=body.label,
    )
    shown = PasskeyRead.model_validate(row)
    return set_cookie(model_response(shown, status_code=_MADE), new, now=work.now)


@router.patch(
    "/me/passkeys/{passkey_id}", operation_id="rename_passkey", response_model=PasskeyRead
)
@needs("self.write")
def rename_passkey(
    passkey_id: uuid.UUID, body: PasskeyChange, *, request: Request, work: Work
) -> Response:
    """Give a passkey another name."""
    row = own.rename_passkey(_owner(request, work), passkey_id, label=body.label)
    return model_response(PasskeyRead.model_validate(row))


@router.post("/me/passkeys/{passkey_id}/remove", operation_id="remove_passkey", status_code=_DONE)
@needs("self.write")
def remove_passkey(passkey_id: uuid.UUID, request: Request, work: Work) -> Response:
    """Forget a passkey; every other session and token ends."""
    own.remove_passkey(_owner(request, work), passkey_id)
    return _done()


# --- password, authenticator app, recovery codes -------------------------------------------------


@router.post("/me/password", operation_id="change_password", status_code=_DONE, responses=_ATTEMPTS)
@needs("self.write")
def change_password(body: PasswordChange, request: Request, work: Work) -> Response:
    """Set the password; where there was one, every other session and token ends."""
    new = own.change_password(
        _owner(request, work), current=body.current_password, new=body.new_password
    )
    return set_cookie(_done(), new, now=work.now)


@router.post("/me/password/remove", operation_id="remove_password", status_code=_DONE)
@needs("self.write")
def remove_password(request: Request, work: Work) -> Response:
    """Forget the password and the authenticator app; another way in must be left."""
    own.drop_password(_owner(request, work))
    return _done()


@router.post("/me/totp/options", operation_id="ask_for_totp", response_model=TotpOfferRead)
@needs("self.write")
def ask_for_totp(request: Request, work: Work) -> Response:
    """Begin to set up an authenticator app."""
    return model_response(TotpOfferRead.model_validate(own.begin_totp(_owner(request, work))))


@router.post("/me/totp", operation_id="confirm_totp", status_code=_DONE)
@needs("self.write")
def confirm_totp(body: TotpConfirm, request: Request, work: Work) -> Response:
    """Take an authenticator app into use, once it shows the right code."""
    new = own.finish_totp(_owner(request, work), challenge=body.challenge, code=body.code)
    return set_cookie(_done(), new, now=work.now)


@router.post(
    "/me/recovery-codes",
    operation_id="make_recovery_codes",
    status_code=_MADE,
    response_model=CodesRead,
)
@needs("self.write")
def make_recovery_codes(request: Request, work: Work) -> Response:
    """Make a new sheet of recovery codes; the old one ends."""
    codes = own.make_codes(_owner(request, work))
    return model_response(CodesRead(codes=codes), status_code=_MADE)


# --- tokens --------------------------------------------------------------------------------------


@router.get("/me/tokens", operation_id="list_own_tokens", response_model=Items[TokenRead])
@needs("self.read")
def list_own_tokens(work: Work) -> Response:
    """List one's bearer tokens, newest first, without their secrets."""
    with work.database.reading() as session:
        return _items(TokenRead, live_tokens(session, work.person.account_id, work.now))


@router.post(
    "/me/tokens", operation_id="create_token", status_code=_MADE, response_model=NewTokenRead
)
@needs("self.write")
def create_own_token(body: TokenCreate, work: Work) -> Response:
    """Make a bearer token for a program; it is shown this once."""
    who, log = work.person, log_of(work)
    with recorded(work.database, log) as session:
        require_fresh(session, who, now=work.now)
        account = _account(session, work)
        row, secret = create_token(session, log, account, draft=body.draft(), own=who.permissions)
        shown = TokenRead.model_validate(row)
    new = NewTokenRead(**shown.model_dump(), token=secret)
    return model_response(new, status_code=_MADE)


@router.post("/me/tokens/{token_id}/revoke", operation_id="revoke_token", status_code=_DONE)
@needs("self.write")
def revoke_token(token_id: uuid.UUID, work: Work) -> Response:
    """End a bearer token."""
    log = log_of(work)
    with recorded(work.database, log) as session:
        end_token(session, log, _account(session, work), token_id=token_id)
    return _done()
