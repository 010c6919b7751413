"""The own account: enrolling, and what one signs in with, where, and with which programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from app.accounts import device_routes, own, own_routes, passkeys
from app.accounts.acts import log_of, recorded
from app.accounts.bearer import create_token, live_tokens
from app.accounts.cookies import set_cookie
from app.accounts.device import device_label
from app.accounts.devices import live_devices
from app.accounts.door import door_of
from app.accounts.own import Owner
from app.accounts.rules import FRESH, NOT_FOR_TOKENS, Strength, TokenDraft
from app.accounts.sessions import live_sessions, require_fresh
from app.accounts.tables import AccountRow, DeviceRow, PasskeyRow, SessionRow, TokenRow
from app.accounts.totp import TotpOffer
from app.accounts.ways import Ways, ways_of
from app.config import Settings
from app.errors import AppError
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.web.forms import Typed, said
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import ACCOUNT, CODES, ENROL, HOME
from app.web.templating import render

router: Final = page_router()
TOKEN_DAYS: Final = (30, 90, 365)


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything that the page shows.

    Attributes
    ----------
    is_fresh : bool
        The sign-in is recent enough to change what one signs in with.
    is_enrolling : bool
        Nothing can be done but to enrol.
    scopes : sequence of str
        What a token of one's own may be given.
    """

    account: AccountRow
    session: SessionRow
    ways: Ways
    passkeys: Sequence[PasskeyRow]
    sessions: Sequence[SessionRow]
    devices: Sequence[DeviceRow]
    tokens: Sequence[TokenRow]
    is_fresh: bool
    is_enrolling: bool
    scopes: Sequence[str]


def _view(work: Asked) -> AccountView:
    who = work.person
    with work.database.reading() as session:
        row = session.get_one(SessionRow, who.credential_id)
        return AccountView(
            account=session.get_one(AccountRow, who.account_id),
            session=row,
            ways=ways_of(session, who.account_id),
            passkeys=passkeys.passkeys_of(session, who.account_id),
            sessions=live_sessions(session, who.account_id, work.now),
            devices=live_devices(session, who.account_id),
            tokens=live_tokens(session, who.account_id, work.now),
            is_fresh=row.signed_in_at >= work.now - FRESH,
            is_enrolling=row.strength == Strength.ENROLLING,
            scopes=sorted(who.permissions - NOT_FOR_TOKENS),
        )


def _owner(request: Request, work: Asked) -> Owner:
    return Owner(door_of(request, work), work.person)


def _account(session: Session, work: Asked) -> AccountRow:
    return session.get_one(AccountRow, work.person.account_id)


def _page(request: Request, work: Asked, error: AppError | None = None, **content: Any) -> Response:
    settings: Settings = request.app.state.settings
    view = _view(work)
    return render(
        request,
        "enrol.html" if view.is_enrolling else "account.html",
        status=200 if error is None else error.status_code,
        view=view,
        errors=[] if error is None else said(error),
        device=device_label(request.headers.get("user-agent")),
        days=TOKEN_DAYS,
        has_oidc=settings.oidc_issuer is not None,
        **content,
    )


def _on_fault(request: Request, work: Asked) -> None:
    on_fault(request, lambda error: _page(request, work, error))


@router.get(ACCOUNT)
@needs("self.read")
def show_account(request: Request, work: Work) -> Response:
    """Show what one signs in with, where one is signed in, and the tokens of programs."""
    return _page(request, work)


@router.get(ENROL)
@needs("self.read")
def show_enrol(request: Request, work: Work) -> Response:
    """Show how to set up the sign-in; whoever has done so sees the account."""
    view = _view(work)
    return _page(request, work) if view.is_enrolling else see_other(ACCOUNT)


# --- passkeys ------------------------------------------------------------------------------------


@router.post(f"{ACCOUNT}/passkeys/{{passkey_id}}/rename")
@needs("self.write")
def rename_passkey(
    request: Request, work: Work, passkey_id: uuid.UUID, label: Typed = ""
) -> Response:
    """Give a passkey another name."""
    _on_fault(request, work)
    own.rename_passkey(_owner(request, work), passkey_id, label=label)
    return see_other(f"{ACCOUNT}#passkeys")


@router.post(f"{ACCOUNT}/passkeys/{{passkey_id}}/remove")
@needs("self.write")
def remove_passkey(request: Request, work: Work, passkey_id: uuid.UUID) -> Response:
    """Forget a passkey."""
    _on_fault(request, work)
    own.remove_passkey(_owner(request, work), passkey_id)
    return see_other(f"{ACCOUNT}#passkeys")


# --- password, authenticator app, recovery codes -------------------------------------------------


@router.post(f"{ACCOUNT}/password")
@needs("self.write")
def change_password(
    request: Request, work: Work, current_password: Typed = "", new_password: Typed = ""
) -> Response:
    """Set the password; without an authenticator app that comes next."""
    _on_fault(request, work)
    owner = _owner(request, work)
    new = own.change_password(owner, current=current_password, new=new_password)
    with work.database.reading() as session:
        has_app = ways_of(session, work.person.account_id).has_totp
    onward = see_other(CODES if new else f"{ACCOUNT}#password")
    return set_cookie(onward, new, now=work.now) if has_app else _app_page(request, owner)


@router.post(f"{ACCOUNT}/password/remove")
@needs("self.write")
def remove_password(request: Request, work: Work) -> Response:
    """Forget the password and the authenticator app."""
    _on_fault(request, work)
    own.drop_password(_owner(request, work))
    return see_other(f"{ACCOUNT}#password")


def _app_page(request: Request, owner: Owner) -> Response:
    return _offered(request, own.begin_totp(owner))


def _offered(request: Request, offer: TotpOffer) -> Response:
    return render(request, "app.html", offer=offer, challenge=offer.challenge, errors=[])


@router.post(f"{ACCOUNT}/app")
@needs("self.write")
def begin_app(request: Request, work: Work) -> Response:
    """Show what an authenticator app is to scan."""
    _on_fault(request, work)
    return _app_page(request, _owner(request, work))


@router.post(f"{ACCOUNT}/app/confirm")
@needs("self.write")
def confirm_app(request: Request, work: Work, challenge: Typed = "", code: Typed = "") -> Response:
    """Take the app into use, once it shows the right code."""

    def again(error: AppError) -> Response:
        content = {"offer": None, "challenge": challenge, "errors": said(error)}
        return render(request, "app.html", status=error.status_code, **content)

    on_fault(request, again)
    new = own.finish_totp(_owner(request, work), challenge=challenge, code=code)
    return set_cookie(see_other(CODES if new else f"{ACCOUNT}#password"), new, now=work.now)


@router.get(CODES)
@needs("self.read")
def show_codes(request: Request, work: Work) -> Response:
    """Say what recovery codes are for."""
    view = _view(work)
    if view.is_enrolling:
        return see_other(ENROL)
    return render(request, "codes.html", view=view, codes=None, onward=HOME)


@router.post(CODES)
@needs("self.write")
def make_codes(request: Request, work: Work) -> Response:
    """Show a new sheet of codes, this once."""
    codes = own.make_codes(_owner(request, work))
    return render(request, "codes.html", view=_view(work), codes=codes, onward=HOME)


# --- devices and programs ------------------------------------------------------------------------


@router.post(f"{ACCOUNT}/sessions/{{session_id}}/end")
@needs("self.write")
def end_session(work: Work, session_id: uuid.UUID) -> Response:
    """Sign out on one device."""
    own_routes.revoke_own_session(session_id, work)
    return see_other(f"{ACCOUNT}#devices")


@router.post(f"{ACCOUNT}/sessions/end-others")
@needs("self.write")
def end_other_sessions(work: Work) -> Response:
    """Sign out everywhere else."""
    own_routes.revoke_other_sessions(work)
    return see_other(f"{ACCOUNT}#devices")


@router.post(f"{ACCOUNT}/devices/{{device_id}}/revoke")
@needs("self.write")
def revoke_device(work: Work, device_id: uuid.UUID) -> Response:
    """Let what a device keeps never be opened again."""
    device_routes.revoke_own_device(device_id, work)
    return see_other(f"{ACCOUNT}#keeping")


@router.post(f"{ACCOUNT}/tokens")
@needs("self.write")
def make_token(
    request: Request,
    work: Work,
    label: Typed = "",
    days: Annotated[int, Form(ge=1, le=366)] = TOKEN_DAYS[0],
    scopes: Annotated[tuple[str, ...], Form(max_length=100)] = (),
) -> Response:
    """Make a token and show it, this once."""
    _on_fault(request, work)
    draft = TokenDraft(label, scopes, work.now + timedelta(days=days))
    log = log_of(work)
    with recorded(work.database, log) as session:
        require_fresh(session, work.person, now=work.now)
        account = _account(session, work)
        row, secret = create_token(session, log, account, draft=draft, own=work.person.permissions)
    return render(request, "token.html", token=row, secret=secret)


@router.post(f"{ACCOUNT}/tokens/{{token_id}}/end")
@needs("self.write")
def end_token(work: Work, token_id: uuid.UUID) -> Response:
    """Let a token be good for nothing any more."""
    own_routes.revoke_token(token_id, work)
    return see_other(f"{ACCOUNT}#programs")
