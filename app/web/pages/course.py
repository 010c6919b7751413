"""My course: what somebody at home sees of it, after they have reported."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.alarms.repository import alarms_of_patient
from app.alarms.service import ALARM
from app.alarms.tables import AlarmRow
from app.diary.reading import clinic_phone, may, next_infusion_of
from app.errors import AppError, Forbidden, NotFound
from app.exchange.own import own_record
from app.findings.service import ensure_analysed_for
from app.kit.access import needs, note_rows
from app.kit.audit.writing import append
from app.kit.base import ClinicalRow
from app.kit.deps import Asked, Work
from app.kit.rows import get_kept
from app.patients import entries
from app.patients.entries import Entering
from app.patients.rules import OWN_SOURCE
from app.patients.tables import PatientRow
from app.reports.rules import ABILITIES
from app.reports.service import void_report
from app.reports.tables import ReportRow, ValueRow
from app.web import scales
from app.web.format import format_number, format_unit
from app.web.forms import Typed, needed, require_seen, said
from app.web.i18n import N_, Words
from app.web.i18n import gettext as _
from app.web.page_route import on_fault, page_router, see_other
from app.web.pages.patient import ChartView, PatientView, ReportView, get_patient_view
from app.web.paths import PATIENTS
from app.web.report_first import WithoutReport, report_first
from app.web.templating import render

router: Final = page_router()
COURSE: Final = f"{PATIENTS}/{{patient_id}}/course"
_NEWEST_ALARMS: Final = 5
_ABLE: Final = Words(
    {"0": N_("Not possible"), "1": N_("With difficulty"), "2": N_("Without difficulty")}
)

Series = Annotated[str | None, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class OwnReport:
    """One report as those at home read it.

    `entered_at` is None unless it was typed in long after the moment that it is about.
    """

    view: ReportView
    entered_at: datetime | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class CourseView:
    """Everything that the page shows.

    Attributes
    ----------
    day : int or None
        Day of the cycle; the first infusion day is day 1. None before the first course.
    begun_on : date or None
        The first day of the last course.
    next_course : dict or None
        Its state and due date, where no infusion day lies ahead.
    chart : ChartView or None
        None where there is nothing to draw.
    series : sequence of (measure, site)
        What can be drawn.
    own_source : str or None
        The source of what whoever looks sent themselves; None of staff.
    clinic_phone : str or None
        The number to call; None of staff, and where the clinic names none.
    may_report, may_alarm : bool
        Whether whoever looks may take back what they sent.
    """

    patient: PatientRow
    today: date
    day: int | None
    begun_on: date | None
    next_infusion: date | None
    next_course: dict[str, Any] | None
    chart: ChartView | None
    series: Sequence[tuple[str, str]]
    reports: Sequence[OwnReport]
    alarms: Sequence[AlarmRow]
    own_source: str | None
    clinic_phone: str | None
    may_report: bool
    may_alarm: bool


def _view(
    session: Session, work: Asked, patient_id: uuid.UUID, *, chosen: str | None
) -> CourseView:
    page = get_patient_view(session, patient_id, now=work.now, chosen=chosen)
    patient, today = page.patient, page.today
    begun = page.cycles[0].first_day if page.cycles else None
    alarms = alarms_of_patient(session, patient_id)[-_NEWEST_ALARMS:][::-1]
    note_rows(session, alarms)
    own = OWN_SOURCE.get(work.person.role)
    return CourseView(
        patient=patient,
        today=today,
        day=None if begun is None else (today - begun).days + 1,
        begun_on=begun,
        next_infusion=next_infusion_of(session, patient, now=work.now, today=today),
        next_course=page.next_course,
        chart=page.chart,
        series=_ranked(page),
        reports=_reports(page, own),
        alarms=alarms,
        own_source=own,
        clinic_phone=None if own is None else clinic_phone(session, patient),
        may_report=may(session, patient, "reports.write", now=work.now),
        may_alarm=may(session, patient, "alarms.write", now=work.now),
    )


def _ranked(page: PatientView) -> list[tuple[str, str]]:
    """Return what can be drawn: what a finding names first, then the clearest fall."""
    named = [(row.measure, site) for row in page.open_findings for site in row.sites]

    def place(one: dict[str, Any]) -> tuple[int, float]:
        key = (one["measure"], one["site"])
        return named.index(key) if key in named else len(named), -(one["score"] or 0.0)

    return [(one["measure"], one["site"]) for one in sorted(page.results, key=place)]


def _reports(page: PatientView, own: str | None) -> list[OwnReport]:
    reports = []
    for one in page.reports:
        is_own = own is not None and one.row.source == own
        reports.append(OwnReport(one, one.entered_later, is_own))
    return reports


def answer_words(value: ValueRow) -> str:
    """Write an answer as it was given: in the words of its scale, or with its unit."""
    if value.measure in ABILITIES:
        return _ABLE[str(round(value.value))]
    number = format_number(value.value, digits=5)
    if value.measure.endswith("_nrs"):
        return _("%(value)s of 10", value=number)
    return f"{number} {format_unit(value.measure)}"


def _page(
    request: Request,
    work: Asked,
    patient_id: uuid.UUID,
    *,
    chosen: str | None = None,
    error: AppError | None = None,
) -> Response:
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        view = _view(session, work, patient_id, chosen=chosen)
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        content: dict[str, Any] = {"view": view, "errors": errors, "answer": answer_words}
        return render(
            request, "course.html", status=status, sign_words=scales.SIGN_WORDS, **content
        )


def _on_fault(request: Request, work: Asked, patient_id: uuid.UUID) -> None:
    """Show the page again with what is wrong; not to whoever may not take back this entry."""

    def again(error: AppError) -> Response:
        if isinstance(error, Forbidden):
            raise error
        return _page(request, work, patient_id, error=error)

    on_fault(request, again)


@router.get(COURSE)
@needs("analysis.read")
def show_course(
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    series: Series = None,
    without_report: WithoutReport = None,
) -> Response:
    """Show the day of the cycle, the next infusion, the own chart and the own reports."""
    first = report_first(request, work, patient_id, without_report=without_report)
    return first or _page(request, work, patient_id, chosen=series)


@router.get(f"{PATIENTS}/{{patient_id}}/export.zip")
@needs("access_log.read")  # what people at home have who see the record, and nobody else
def export_own_record(work: Work, patient_id: uuid.UUID) -> Response:
    """Export everything that the record holds, for the patient."""
    with work.reading() as session:
        content = own_record(session, patient_id, now=work.now)
    with work.writing() as session:  # not while it is packed: others wait to write
        append(session, work.take_acts("export"))
    headers = {"Content-Disposition": 'attachment; filename="my-record.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def _add_taking_back(
    name: str, table: type[ClinicalRow], void: Callable[[Entering, Any], None]
) -> None:
    """Let somebody declare what they sent a mistake; it stays readable, and can be sent anew."""
    what = name.capitalize()

    @needs(f"{name}s.write")
    def take_back(
        *,
        request: Request,
        work: Work,
        patient_id: uuid.UUID,
        row_id: uuid.UUID,
        reason: Typed = "",
        version: Typed = "",
    ) -> Response:
        _on_fault(request, work, patient_id)
        with work.writing() as session:
            row = get_kept(session, table, row_id, what=what, lock=True)
            if row.patient_id != patient_id:
                raise NotFound(what, row_id)
            require_seen(row, version)
            void(Entering(session, work.change(needed("reason", reason))), row)
        return see_other(f"{PATIENTS}/{patient_id}/course?without_report=1#{name}s")

    take_back.__name__ = f"take_back_{name}"
    address = f"{PATIENTS}/{{patient_id}}/{name}s/{{row_id}}/void"
    router.add_api_route(address, take_back, methods=["POST"])


_add_taking_back("report", ReportRow, lambda entering, row: void_report(entering, report=row))
_add_taking_back("alarm", AlarmRow, lambda entering, row: entries.void(entering, ALARM, row))
