"""The one-page summary of a patient: on the screen, on paper, as text and as a PDF."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, Literal

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync
from fastapi import Query, Request, Response
from markupsafe import Markup

from app.findings.service import ensure_analysed_for
from app.kit.access import needs
from app.kit.audit.writing import append
from app.kit.deps import Asked, Work
from app.web.documents.sheet import Paper, Sheet, as_pdf, as_text
from app.web.documents.summary import PERIODS, gather, write_sheet
from app.web.page_route import page_router
from app.web.paths import PATIENTS
from app.web.review_mark import begin_page, review_note
from app.web.templating import render

router: Final = page_router()
SUMMARY: Final = f"{PATIENTS}/{{patient_id}}/summary"

_Days = Annotated[int, Query(ge=1, le=3660)]
_AT_ONCE: Final = 1
# A limiter of its own: a document is made on a processor and wants no connection, so that it
# must not take one of the few threads that have one.
_limiter: Final[RunVar[CapacityLimiter]] = RunVar("pdf_limiter")
_USUAL_DAYS: Final = 180


def _make(work: Asked, patient_id: uuid.UUID, days: int) -> Sheet:
    note = review_note()
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        sheet = write_sheet(gather(session, patient_id, now=work.now, days=days))
    with work.writing() as session:  # not while it is drawn: others wait to write
        append(session, work.take_acts("export"))
    return replace(sheet, foot=(*sheet.foot, *note))


@router.get(SUMMARY)
@needs("worklist.read")
def show_summary(
    request: Request, work: Work, patient_id: uuid.UUID, days: _Days = _USUAL_DAYS
) -> Response:
    """Show the summary, which fits one sheet of paper; it is audited as an export."""
    begin_page(request)
    sheet = _make(work, patient_id, days)
    content: dict[str, Any] = {"patient_id": patient_id, "days": days, "periods": PERIODS}
    # Drawn by ourselves; text in it is escaped by the XML library.
    chart = None if sheet.chart is None else Markup(sheet.chart)  # noqa: S704
    return render(request, "summary.html", sheet=sheet, chart=chart, text=as_text(sheet), **content)


@router.get(f"{SUMMARY}.pdf")
@needs("worklist.read")
async def print_summary(
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    days: _Days = _USUAL_DAYS,
    paper: Annotated[Literal["a4", "us-letter"], Query()] = "a4",
) -> Response:
    """Return the summary as a tagged PDF of one page; it is audited as an export."""
    begin_page(request)
    sheet = await run_sync(_make, work, patient_id, days)
    pdf = await run_sync(partial(_pdf, sheet, paper, work), limiter=_own_limiter())
    headers = {"Content-Disposition": 'inline; filename="summary.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _pdf(sheet: Sheet, paper: Paper, work: Asked) -> bytes:
    return as_pdf(sheet, paper, now=work.now)


def _own_limiter() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(_AT_ONCE)
        _limiter.set(limiter)
        return limiter
