"""Every page: one service, one template."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.findings.service import ensure_analysed
from app.kit.access import needs
from app.kit.deps import Work
from app.patients.service import get_patient
from app.web.assets import Assets
from app.web.home import home_of
from app.web.page_route import page_router, see_other
from app.web.pages import (
    access_log,
    account,
    accounts,
    calls,
    care,
    conversion,
    history,
    lots,
    own_schedule,
    patients,
    products,
    schedule,
    sign_in,
    visit,
)
from app.web.pages.patient import get_patient_view
from app.web.paths import HOME, PATIENTS
from app.web.templating import render

static_files: Final = Assets()
router: Final = page_router()
_PARTS: Final = (
    *(sign_in, account, accounts, patients, care, access_log, history),
    *(schedule, own_schedule, conversion, visit, calls, lots, products),
)
for _part in _PARTS:
    router.routes.extend(_part.router.routes)


@router.get(HOME)
@needs("self.read")
def show_home(work: Work) -> Response:
    """Lead everybody to where their work begins."""
    return see_other(home_of(work))


@router.get(f"{PATIENTS}/{{patient_id}}")
@needs("analysis.read")
def show_patient(
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    series: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Show one patient; a stale analysis is computed before the page is drawn."""
    with work.reading() as session:
        get_patient(session, patient_id)
    ensure_analysed(work.database, patient_id, now=work.now)
    with work.reading() as session:
        view = get_patient_view(session, patient_id, now=work.now, chosen=series)
        return render(request, "patient.html", view=view)
