"""The patients of a clinic beside each other: dose and fluctuation, who is due, who reports."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.analysis.cycles import local_day
from app.findings.cohort import (
    Fluctuation,
    Quadrant,
    fluctuation,
    middles,
    quadrant,
    weekly_g_per_kg,
)
from app.findings.completeness import SPAN_DAYS, Completeness, completeness
from app.findings.desk import plans_in_force
from app.findings.repository import patients_with_state
from app.findings.worklist import Standing, days_late, standing_of
from app.kit.access import needs, note_list, restrict
from app.kit.deps import Work
from app.patients.service import zone_of
from app.patients.tables import AnalysisRow, PatientRow, WeightRow
from app.plans.tables import PlanRow
from app.reports.tables import ReportRow
from app.web.charts.cohort import CohortChart, Point, draw
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.format import format_number
from app.web.i18n import N_, Words
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import COHORT
from app.web.templating import render

router: Final = page_router()

QUADRANTS: Final = Words(
    {
        "less_large": N_("less g/kg/week, larger fluctuation"),
        "more_large": N_("more g/kg/week, larger fluctuation"),
        "less_small": N_("less g/kg/week, smaller fluctuation"),
        "more_small": N_("more g/kg/week, smaller fluctuation"),
    }
)
"""The quadrants by their axes only, in the order of the chart: upper left, upper right, below."""
_DESK, _PHONE = (900, 460), (360, 340)
_PERCENT: Final = 100.0


@dataclass(frozen=True, slots=True)
class CohortLine:
    """One patient; `weekly` in g/kg, and `place` None where either size is not known."""

    patient: PatientRow
    plan: PlanRow | None
    standing: Standing
    weekly: float | None
    fluctuation: Fluctuation | None
    place: Quadrant | None
    next_course: dict[str, Any] | None
    reporting: Completeness


@dataclass(frozen=True, slots=True)
class CohortView:
    """Everything that the page shows; `dues` counts patients by how their next course stands."""

    clinics: Clinics
    diagnosis: str
    diagnoses: Sequence[str]
    lines: Sequence[CohortLine]
    middle: tuple[float, float] | None
    counts: Mapping[str, int]
    dues: Mapping[str, int]
    desk: Markup | None
    phone: Markup | None


@dataclass(frozen=True, slots=True)
class _Known:
    plans: Mapping[uuid.UUID, PlanRow]
    weights: Mapping[uuid.UUID, float]
    reported: Mapping[uuid.UUID, Sequence[date]]
    first: Mapping[uuid.UUID, date]


def _weights(session: Session, clinic_id: uuid.UUID, *, now: datetime) -> dict[uuid.UUID, float]:
    """Return the weight that a dose is judged by: the last dosing weight, else the last."""
    statement: Any = (
        select(WeightRow.patient_id, WeightRow.weight_kg)
        .where(
            WeightRow.clinic_id == clinic_id,
            WeightRow.voided_at.is_(None),
            WeightRow.measured_at <= now,
        )
        .order_by(WeightRow.kind == "dosing", WeightRow.measured_at)
    )
    columns = {"clinic": WeightRow.clinic_id, "patient": WeightRow.patient_id}
    rows = session.execute(restrict(session, statement, **columns))
    return {row.patient_id: row.weight_kg for row in rows}


def _known(
    session: Session, clinic_id: uuid.UUID, patients: Sequence[PatientRow], *, now: datetime
) -> _Known:
    columns = {"clinic": ReportRow.clinic_id, "patient": ReportRow.patient_id}
    live = (ReportRow.clinic_id == clinic_id, ReportRow.voided_at.is_(None))
    recent: Any = select(ReportRow.patient_id, ReportRow.local_date).where(
        *live, ReportRow.local_date > now.date() - timedelta(days=SPAN_DAYS + 2)
    )
    first: Any = select(ReportRow.patient_id, func.min(ReportRow.local_date)).where(*live)
    reported: dict[uuid.UUID, list[date]] = {}
    for who, day in session.execute(restrict(session, recent.distinct(), **columns)):
        reported.setdefault(who, []).append(day)
    begun = restrict(session, first.group_by(ReportRow.patient_id), **columns)
    return _Known(
        plans=plans_in_force(session, clinic_id, patients, now=now),
        weights=_weights(session, clinic_id, now=now),
        reported=reported,
        first={row[0]: row[1] for row in session.execute(begun)},
    )


def get_cohort_view(
    session: Session, clinic_id: uuid.UUID | None, *, diagnosis: str, now: datetime
) -> CohortView:
    """Collect the cohort of one clinic, or of the first one where none is named.

    Raises
    ------
    NotFound
        There is no such clinic, or none at all yet.
    """
    clinics = choose_clinic(session, clinic_id)
    pairs = patients_with_state(session, clinics.shown.id)
    shown = [pair for pair in pairs if diagnosis in ("", pair[0].diagnosis)]
    note_list(session, [patient.id for patient, _state in shown])
    known = _known(session, clinics.shown.id, [patient for patient, _state in shown], now=now)
    lines = [_line(patient, state, known, now=now) for patient, state in shown]
    middle = middles([at for one in lines if (at := _at(one)) is not None])
    lines = [_placed(one, middle) for one in lines]
    chart = None if middle is None else _chart(lines, middle)
    return CohortView(
        clinics=clinics,
        diagnosis=diagnosis,
        diagnoses=sorted({patient.diagnosis for patient, _state in pairs}),
        lines=lines,
        middle=middle,
        counts=Counter(one.place for one in lines if one.place is not None),
        dues=Counter(str(one.next_course["state"]) for one in lines if one.next_course),
        desk=None if chart is None else draw(chart, width=_DESK[0], height=_DESK[1]),
        phone=None if chart is None else draw(chart, width=_PHONE[0], height=_PHONE[1]),
    )


def _line(patient: PatientRow, state: AnalysisRow, known: _Known, *, now: datetime) -> CohortLine:
    standing = standing_of(state, now)
    results = (state.results or {}) if standing == "current" else {}
    plan = known.plans.get(patient.id)
    today = local_day(now, zone_of(patient, now))
    due = results.get("next_course")
    return CohortLine(
        patient=patient,
        plan=plan,
        standing=standing,
        weekly=None if plan is None else _weekly(plan, known.weights.get(patient.id)),
        fluctuation=fluctuation(results.get("series", ())),
        place=None,
        next_course=due and {**due, "days_late": days_late(due["due_on"], today)},
        reporting=completeness(
            known.reported.get(patient.id, ()), today=today, first=known.first.get(patient.id)
        ),
    )


def _weekly(plan: PlanRow, weight_kg: float | None) -> float | None:
    return weekly_g_per_kg(
        interval_days=plan.interval_days,
        dose_g_per_kg=plan.dose_g_per_kg,
        dose_g=plan.dose_g,
        weight_kg=weight_kg,
    )


def _at(line: CohortLine) -> tuple[float, float] | None:
    """Return g/kg/week and relative loss; None where either is not known."""
    if line.weekly is None or line.fluctuation is None:
        return None
    return line.weekly, line.fluctuation.estimate


def _placed(line: CohortLine, middle: tuple[float, float] | None) -> CohortLine:
    at = _at(line)
    if at is None or middle is None:
        return line
    return replace(line, place=quadrant(at, middle))


def _chart(lines: Sequence[CohortLine], middle: tuple[float, float]) -> CohortChart:
    points = [
        Point(
            address=f"/patients/{line.patient.id}",
            words=_words(line.patient, line.weekly, line.fluctuation),
            x=line.weekly,
            y=_PERCENT * line.fluctuation.estimate,
            low=_PERCENT * line.fluctuation.low,
            high=_PERCENT * line.fluctuation.high,
        )
        for line in lines
        if line.weekly is not None and line.fluctuation is not None
    ]
    corners = (QUADRANTS["less_large"], QUADRANTS["more_large"])
    below = (QUADRANTS["less_small"], QUADRANTS["more_small"])
    return CohortChart(
        points=points,
        middle=(middle[0], _PERCENT * middle[1]),
        x_title=_("planned g/kg/week"),
        y_title=_("loss on the planned date, %% of the own level"),
        corners=(*corners, *below),
        summary=_(
            "%(n)s patients by planned g/kg/week and loss on the planned date. The table below has"
            " the numbers.",
            n=len(points),
        ),
    )


def _words(patient: PatientRow, weekly: float, loss: Fluctuation) -> str:
    """Say of one mark who it is and both of its sizes."""
    return _(
        "%(who)s: %(weekly)s g/kg/week, loss %(loss)s %% (%(low)s to %(high)s)",
        who=patient.external_id,
        weekly=format_number(weekly, digits=2),
        loss=format_number(_PERCENT * loss.estimate, digits=2),
        low=format_number(_PERCENT * loss.low, digits=2),
        high=format_number(_PERCENT * loss.high, digits=2),
    )


@router.get(COHORT)
@needs("worklist.read")
def show_cohort(
    request: Request,
    work: Work,
    clinic: ClinicQuery = None,
    diagnosis: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the patients of a clinic between dose and fluctuation, who is due, and who reports."""
    with work.reading() as session:
        view = get_cohort_view(session, clinic, diagnosis=diagnosis, now=work.now)
        return render(request, "cohort.html", view=view, quadrants=QUADRANTS, span=SPAN_DAYS)
