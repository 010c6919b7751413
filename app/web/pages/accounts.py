"""Accounts of a clinic, for its administrators."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import Request, Response

from app.accounts import device_routes, service
from app.accounts.acts import log_of, recorded_for
from app.accounts.devices import live_devices
from app.accounts.door import site_of
from app.accounts.inviting import invite, re_enrol
from app.accounts.links import link_address
from app.accounts.rules import LINK_LASTS, AccountDraft, Purpose, Role
from app.accounts.tables import AccountRow, DeviceRow
from app.accounts.ways import Ways, ways_of
from app.clinics.service import list_clinics
from app.clinics.tables import ClinicRow
from app.errors import AppError, Fault, RuleViolation
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.web.forms import Typed, said
from app.web.i18n import N_, Words
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import ACCOUNTS
from app.web.templating import render

router: Final = page_router()
ONE: Final = f"{ACCOUNTS}/{{account_id}}"

RECOGNISED_BY: Final = Words(
    {
        "known-in-person": N_("I know the person and met them"),
        "identity-document": N_("I saw an identity document"),
        "called-back": N_("I called back a number that was on record"),
    }
)


@dataclass(frozen=True, slots=True)
class AccountsView:
    """Everything that the list shows; `clinics` is empty where there is nothing to choose."""

    accounts: Sequence[AccountRow]
    clinics: Sequence[ClinicRow]
    clinic_names: dict[uuid.UUID, str]
    is_of_all: bool


@dataclass(frozen=True, slots=True)
class OneAccountView:
    """Everything that the page of one account shows."""

    account: AccountRow
    ways: Ways
    devices: Sequence[DeviceRow]
    is_own: bool


def _list(request: Request, work: Asked, error: AppError | None = None, **typed: str) -> Response:
    with work.reading() as session:
        clinics = list_clinics(session)
        view = AccountsView(
            accounts=service.list_accounts(session),
            clinics=clinics,
            clinic_names={clinic.id: clinic.name for clinic in clinics},
            is_of_all=work.person.clinic_id is None,
        )
    blank = dict.fromkeys(("clinic", "role", "name", "login"), "")
    return _render(request, "accounts.html", error, view=view, typed={**blank, **typed}, roles=Role)


def _one(
    request: Request,
    work: Asked,
    account_id: uuid.UUID,
    *,
    error: AppError | None = None,
    link: str | None = None,
    days: int = 0,
) -> Response:
    with work.reading() as session:
        account = service.get_account(session, account_id)
        ways = ways_of(session, account.id)
        devices = live_devices(session, account.id)
    view = OneAccountView(account, ways, devices, account.id == work.person.account_id)
    content = {"view": view, "link": link, "days": days, "recognised_by": RECOGNISED_BY}
    return _render(request, "one_account.html", error, **content)


def _render(request: Request, template: str, error: AppError | None, **content: Any) -> Response:
    status, errors = (200, []) if error is None else (error.status_code, said(error))
    return render(request, template, status=status, errors=errors, **content)


@router.get(ACCOUNTS)
@needs("accounts.read")
def show_accounts(request: Request, work: Work) -> Response:
    """Show every account of the clinic, by role and name."""
    return _list(request, work)


@router.post(ACCOUNTS)
@needs("accounts.write")
def add_account(
    request: Request,
    work: Work,
    clinic: Typed = "",
    role: Typed = "",
    name: Typed = "",
    login: Typed = "",
) -> Response:
    """Make an account; its person is invited from the account's own page."""
    typed = {"clinic": clinic, "role": role, "name": name, "login": login}
    on_fault(request, lambda error: _list(request, work, error, **typed))
    draft = AccountDraft(_clinic_id(work, clinic), role, name, login)
    log = log_of(work)
    with recorded_for(work, log) as session:
        account = service.create_account(session, log, draft)
    return see_other(f"{ACCOUNTS}/{account.id}")


def _clinic_id(work: Asked, clinic: str) -> uuid.UUID | None:
    own = work.person.clinic_id
    if own is not None or not clinic:
        return own
    try:
        return uuid.UUID(clinic)
    except ValueError as error:
        raise RuleViolation([Fault("clinic", None, _("choose one of the list"))]) from error


@router.get(ONE)
@needs("accounts.read")
def show_one_account(request: Request, work: Work, account_id: uuid.UUID) -> Response:
    """Show one account."""
    return _one(request, work, account_id)


@router.post(f"{ONE}/change")
@needs("accounts.write")
def change_account(
    request: Request,
    work: Work,
    account_id: uuid.UUID,
    name: Typed = "",
    login: Typed = "",
    reason: Typed = "",
) -> Response:
    """Change the name or the login."""
    act = partial(service.change_account, name=name, login=login, reason=reason)
    return _do(request, work, account_id, act, reason=reason)


@router.post(f"{ONE}/disable")
@needs("accounts.write")
def disable_account(
    request: Request, work: Work, account_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Let nobody use the account any more."""
    act = partial(service.disable_account, reason=reason)
    return _do(request, work, account_id, act, reason=reason)


@router.post(f"{ONE}/enable")
@needs("accounts.write")
def enable_account(
    request: Request, work: Work, account_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Let the account be used again."""
    act = partial(service.enable_account, reason=reason)
    return _do(request, work, account_id, act, reason=reason)


def _do(request: Request, work: Asked, account_id: uuid.UUID, act: Any, *, reason: str) -> Response:
    on_fault(request, lambda error: _one(request, work, account_id, error=error))
    if not reason.strip():
        raise RuleViolation([Fault("reason", None, _("say why; it is kept"))])
    log = log_of(work)
    with recorded_for(work, log) as session:
        act(session, log, service.get_account(session, account_id, lock=True))
    return see_other(f"{ACCOUNTS}/{account_id}")


@router.post(f"{ONE}/devices/{{device_id}}/revoke")
@needs("accounts.write")
def revoke_device(work: Work, account_id: uuid.UUID, device_id: uuid.UUID) -> Response:
    """Let what somebody's device keeps never be opened again."""
    device_routes.revoke_device(account_id, device_id, work)
    return see_other(f"{ACCOUNTS}/{account_id}#keeping")


@router.post(f"{ONE}/invite")
@needs("accounts.write")
def invite_person(request: Request, work: Work, account_id: uuid.UUID) -> Response:
    """Show a link by which the person signs in once and enrols."""
    on_fault(request, lambda error: _one(request, work, account_id, error=error))
    secret = invite(work, account_id)
    return _with_link(request, work, account_id, secret=secret, purpose=Purpose.INVITE)


@router.post(f"{ONE}/re-enrol")
@needs("accounts.write")
def re_enrol_person(
    request: Request, work: Work, account_id: uuid.UUID, recognised_by: Typed = ""
) -> Response:
    """Show a link for a person who lost everything to sign in with, and was recognised."""
    on_fault(request, lambda error: _one(request, work, account_id, error=error))
    if recognised_by not in RECOGNISED_BY:
        raise RuleViolation([Fault("recognised_by", None, _("say how; it is kept"))])
    secret = re_enrol(work, account_id, recognised_by=recognised_by)
    return _with_link(request, work, account_id, secret=secret, purpose=Purpose.RE_ENROL)


def _with_link(
    request: Request, work: Asked, account_id: uuid.UUID, *, secret: str, purpose: Purpose
) -> Response:
    link = link_address(site_of(request).origin, secret)
    return _one(request, work, account_id, link=link, days=LINK_LASTS[purpose].days)
