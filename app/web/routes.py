"""Every page: one service, one template."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.findings.service import ensure_analysed_for
from app.kit.access import needs
from app.kit.deps import Work
from app.web.assets import Assets
from app.web.home import home_of
from app.web.page_route import page_router, see_other
from app.web.pages import (
    access_log,
    account,
    accounts,
    calls,
    care,
    clinic,
    cohort,
    conversion,
    course,
    day,
    diary,
    digest,
    history,
    language,
    learn,
    lots,
    own_schedule,
    patients,
    products,
    review,
    reviewing,
    schedule,
    shells,
    sign_in,
    summary,
    texts,
    visit,
    worklist,
)
from app.web.pages.patient import get_patient_view
from app.web.pages.review import get_review_view
from app.web.paths import HOME, PATIENTS
from app.web.report_first import WithoutReport, report_first
from app.web.templating import person_of, render

static_files: Final = Assets()
router: Final = page_router()
_PARTS: Final = (
    *(sign_in, language, account, accounts, patients, care, access_log, history),
    *(schedule, own_schedule, conversion, visit, calls, lots, products),
    *(review, reviewing, worklist, summary, shells, day),
    *(digest, cohort),
    *(clinic, learn, texts),
    *(course, diary),
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
    without_report: WithoutReport = None,
    every: Annotated[str | None, Query(alias="all", max_length=3)] = None,
) -> Response:
    """Show one patient; a stale analysis is computed before the page is drawn."""
    first = report_first(request, work, patient_id, without_report=without_report)
    if first is not None:
        return first
    ensure_analysed_for(work, patient_id)
    person = person_of(request)
    with work.reading() as session:
        if person is None or not person.is_at_home:
            shows_all = every is not None
            desk = get_review_view(
                session, patient_id, now=work.now, chosen=series, shows_all=shows_all
            )
            return render(request, "review.html", view=desk.of, review=desk)
        view = get_patient_view(session, patient_id, now=work.now, chosen=series)
        return render(request, "patient.html", view=view)
