"""What a clinic is called and which number its patients call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from app.clinics.rules import ClinicDraft
from app.clinics.service import amend_clinic, get_clinic
from app.clinics.tables import ClinicRow
from app.errors import AppError
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.kit.history import history_of
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.forms import Typed, needed, optional, require_seen, said
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.pages.history import ClinicHistoryView, version_views
from app.web.paths import CLINIC
from app.web.templating import render

router: Final = page_router()


@dataclass(frozen=True, slots=True)
class ClinicView:
    """A clinic, and what was typed where it was refused."""

    clinics: Clinics
    draft: ClinicDraft
    version: int
    reason: str = ""


def _view(row: ClinicRow, clinics: Clinics) -> ClinicView:
    return ClinicView(clinics, ClinicDraft(row.name, row.phone), row.version)


@router.get(CLINIC)
@needs("clinics.write")
def show_clinic(request: Request, work: Work, clinic: ClinicQuery = None) -> Response:
    """Show the form with the name and the telephone number."""
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        return render(request, "clinic.html", view=_view(clinics.shown, clinics), errors=[])


@router.post(CLINIC)
@needs("clinics.write")
def change_clinic_page(
    *,
    request: Request,
    work: Work,
    name: Typed = "",
    phone: Typed = "",
    reason: Typed = "",
    version: Typed = "",
    clinic: ClinicQuery = None,
) -> Response:
    """Change the name or the number; the version before stays readable."""
    draft = ClinicDraft(name.strip(), optional(phone))

    def again(error: AppError) -> Response:
        return _again(request, work, clinic, draft=draft, reason=reason, error=error)

    on_fault(request, again)
    with work.writing() as session:
        shown = choose_clinic(session, clinic).shown
        row = get_clinic(session, shown.id, lock=True)
        require_seen(row, version)
        change = work.change(needed("reason", reason))
        amend_clinic(session, change, clinic=row, draft=draft)
        address = f"{CLINIC}?clinic={row.id}"
    return see_other(address)


def _again(
    request: Request,
    work: Asked,
    clinic: uuid.UUID | None,
    *,
    draft: ClinicDraft,
    reason: str,
    error: AppError,
) -> Response:
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        view = ClinicView(clinics, draft, clinics.shown.version, reason)
        return render(
            request, "clinic.html", status=error.status_code, view=view, errors=said(error)
        )


@router.get(f"{CLINIC}/history")
@needs("clinics.write")
def show_clinic_history(request: Request, work: Work, clinic: ClinicQuery = None) -> Response:
    """Show every version of the clinic."""
    with work.reading() as session:
        row = choose_clinic(session, clinic).shown
        versions = version_views(history_of(session, row), hidden=frozenset(), zone="UTC")
        address = f"{CLINIC}?clinic={row.id}"
        view = ClinicHistoryView(row.name, address, _("Clinic"), versions)
        return render(request, "history.html", view=view)
