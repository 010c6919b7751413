"""One patient on one page: findings, the modal cycle, plan history, cycles."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.cycles import Cycle, Epoch, Timeline, build_timeline, local_day
from app.analysis.measures import MEASURES
from app.analysis.records import PatientRecord, Series
from app.analysis.series_epochs import days_since_1970
from app.findings import repository as findings
from app.findings.record import build_record
from app.findings.tables import FindingRow
from app.findings.worklist import Standing, rank, standing_of
from app.infusions.repository import infusions_of
from app.infusions.signing import Signature, signatures_of
from app.infusions.tables import InfusionRow, SignatureRow
from app.patients.repository import therapies_of
from app.patients.service import get_patient
from app.patients.settings import SettingInForce, every_setting, settings_of
from app.patients.tables import PatientRow, TherapyRow
from app.plans.repository import holds_of, plans_of
from app.plans.tables import HoldRow, PlanRow
from app.products.repository import product_names
from app.reports.repository import values_of
from app.reports.rules import is_back_dated
from app.reports.tables import ReportRow, ValueRow
from app.visits.tables import VisitRow
from app.web.charts.modal_cycle import CycleLine, DaySummary, ModalCycle, day_summaries, draw
from app.web.charts.patient_days import begins_on, further_days, in_patient_days
from app.web.format import format_date, format_series, onset_to_show

_DESK, _PHONE = (760, 380), (360, 300)
_MOST_CYCLES_DRAWN = 24
_NEWEST_REPORTS = 10
_SHORTEST_AXIS_DAYS = 1.0


@dataclass(frozen=True, slots=True)
class ChartView:
    """The chart of one series in its current epoch, in two sizes, with its table twin."""

    name: str
    measure: str
    since: str
    desk: Markup
    phone: Markup
    days: Sequence[DaySummary]
    onset_is_shown: bool


@dataclass(frozen=True, slots=True)
class CycleView:
    """One line of the table of cycles."""

    first_day: date
    dose_g: float
    infusion_days: int
    planned_days: int | None
    actual_days: int | None
    on_hold: bool
    readings: int
    epoch_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InfusionView:
    """One infusion with its signatures."""

    row: InfusionRow
    signatures: Sequence[Signature]


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report with its values."""

    row: ReportRow
    values: Sequence[ValueRow]

    @property
    def entered_later(self) -> datetime | None:
        """When it was typed in, if that was long after the moment that it is about.

        Never of what came from a file: nobody typed it in here.
        """
        if self.row.source == "import":
            return None
        entered = min((value.entered_at for value in self.values), default=None)
        if entered is None or not is_back_dated(self.row.observed_at, entered):
            return None
        return entered


@dataclass(frozen=True, slots=True)
class PatientView:
    """Everything that the page shows; `visits` are the ids of visits by their infusions.

    `products` are names by key; `begins` in each of the results is the patient's day on which
    the fall begins.
    """

    patient: PatientRow
    record: PatientRecord
    timeline: Timeline
    today: date
    standing: Standing
    failure: str | None
    results: Sequence[dict[str, Any]]
    next_course: dict[str, Any] | None
    current_plan: PlanRow | None
    plans: Sequence[PlanRow]
    products: Mapping[str, str]
    holds: Sequence[HoldRow]
    ended_holds: Sequence[date]
    therapies: Sequence[TherapyRow]
    settings: Sequence[SettingInForce]
    open_findings: Sequence[FindingRow]
    closed_findings: Sequence[FindingRow]
    cycles: Sequence[CycleView]
    chart: ChartView | None
    infusions: Sequence[InfusionView]
    visits: Mapping[uuid.UUID, uuid.UUID]
    reports: Sequence[ReportView]


def get_patient_view(
    session: Session, patient_id: uuid.UUID, *, now: datetime, chosen: str | None
) -> PatientView:
    """Collect what the page shows; `chosen` is the `measure@site` to draw.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    patient = get_patient(session, patient_id)
    record = build_record(session, patient, now=now)
    timeline = build_timeline(record, settings_of(session, patient, now=now).rules)
    state = findings.state_of(session, patient_id)
    standing = standing_of(state, now)
    # Of an analysis that does not stand, no old figure is shown.
    results = (state.results or {}) if standing == "current" else {}
    every = findings.findings_of_patient(session, patient_id) if standing == "current" else []
    opened = _opened(every)
    today = local_day(now, record.time_zone)
    plans = plans_of(session, patient_id)
    return PatientView(
        patient=patient,
        record=record,
        timeline=timeline,
        today=today,
        standing=standing,
        failure=state.failure,
        results=_results(results.get("series", []), record, timeline),
        next_course=results.get("next_course"),
        current_plan=next((p for p in reversed(plans) if p.effective_date <= today), None),
        plans=plans,
        products=product_names(session, patient.clinic_id),
        holds=holds_of(session, patient_id),
        ended_holds=[h.from_date for h in timeline.holds if h.ended_by_infusion],
        therapies=therapies_of(session, patient_id),
        settings=[
            setting
            for setting in every_setting(session, patient, now=now)
            if setting.effective_date is not None
        ],
        open_findings=opened,
        closed_findings=[row for row in every if row.status == findings.CLOSED],
        cycles=_cycle_views(timeline, record),
        chart=_chart(timeline, results.get("series", []), _choose(chosen, opened, record)),
        infusions=_infusions(session, patient_id),
        visits=_visits(session, patient_id),
        reports=_reports(session, patient_id),
    )


def _results(
    stored: Sequence[dict[str, Any]], record: PatientRecord, timeline: Timeline
) -> list[dict[str, Any]]:
    by_name = {(series.measure, series.site): series for series in record.series}
    return [
        {**one, "begins": begins_on(one, by_name.get((one["measure"], one["site"])), timeline)}
        for one in stored
    ]


def _opened(every: Sequence[FindingRow]) -> list[FindingRow]:
    """Return the open findings, those that nobody answered first, then by rank."""
    return sorted(
        (row for row in every if row.status != findings.CLOSED),
        key=lambda row: (row.status != "new", rank(row.kind)),
    )


def _infusions(session: Session, patient_id: uuid.UUID) -> list[InfusionView]:
    """Return the infusions, newest first, with what became of what was signed."""
    found = select(SignatureRow.infusion_id).where(SignatureRow.patient_id == patient_id)
    signed = set(session.scalars(found))
    return [
        InfusionView(row, signatures_of(session, row) if row.id in signed else [])
        for row in reversed(infusions_of(session, patient_id))
    ]


def _visits(session: Session, patient_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    found = select(VisitRow.infusion_id, VisitRow.id).where(
        VisitRow.patient_id == patient_id,
        VisitRow.infusion_id.is_not(None),
        VisitRow.voided_at.is_(None),
    )
    return {row.infusion_id: row.id for row in session.execute(found)}


def _reports(session: Session, patient_id: uuid.UUID) -> list[ReportView]:
    """Return the newest reports with their values."""
    newest = (
        select(ReportRow)
        .where(ReportRow.patient_id == patient_id, ReportRow.voided_at.is_(None))
        .order_by(ReportRow.observed_at.desc(), ReportRow.id)
        .limit(_NEWEST_REPORTS)
    )
    rows = session.scalars(newest).all()
    values: dict[uuid.UUID, list[ValueRow]] = {}
    for value in values_of(session, [row.id for row in rows]):
        values.setdefault(value.report_id, []).append(value)
    return [ReportView(row, values.get(row.id, [])) for row in rows]


def _choose(
    chosen: str | None, opened: Sequence[FindingRow], record: PatientRecord
) -> Series | None:
    """Return the series asked for, else the strongest finding's, else the fullest one."""
    by_name = {f"{series.measure}@{series.site}": series for series in record.series}
    names = [
        f"{row.measure}@{site}" for row in opened if row.measure is not None for site in row.sites
    ]
    for name in (chosen, *names):
        if name in by_name:
            return by_name[name]
    return max(record.series, key=lambda series: series.at_days.size, default=None)


def _cycle_views(timeline: Timeline, record: PatientRecord) -> list[CycleView]:
    at = np.sort(np.concatenate([series.at_days for series in record.series] or [np.empty(0)]))
    starts = [days_since_1970(cycle.starts_at) for cycle in timeline.cycles]
    counts = np.diff([*np.searchsorted(at, starts), at.size])
    views = []
    for index, cycle in enumerate(timeline.cycles):
        begins = index == 0 or timeline.cycles[index - 1].epoch != cycle.epoch
        epoch: Epoch = timeline.epochs[cycle.epoch]
        views.append(
            CycleView(
                first_day=cycle.course.first_day,
                dose_g=cycle.course.dose_g,
                infusion_days=len(cycle.course.days),
                planned_days=cycle.planned_days,
                actual_days=cycle.actual_days,
                on_hold=cycle.on_hold,
                readings=int(counts[index]),
                epoch_reasons=tuple(epoch.reasons) if begins else (),
            )
        )
    return views[::-1]


def _chart(
    timeline: Timeline,
    results: Sequence[dict[str, Any]],
    series: Series | None,
) -> ChartView | None:
    if series is None or not timeline.cycles:
        return None
    epoch = timeline.cycles[-1].epoch
    cycles = [cycle for cycle in timeline.cycles if cycle.epoch == epoch][-_MOST_CYCLES_DRAWN:]
    lines = [line for cycle in cycles if (line := _line(series, cycle)).days]
    if not lines:
        return None
    result = next(
        (r for r in results if (r["measure"], r["site"]) == (series.measure, series.site)), {}
    )
    chart = _modal_cycle(series, lines, cycles[-1], result)
    return ChartView(
        name=format_series(series.measure, series.site),
        measure=series.measure,
        since=format_date(cycles[0].course.first_day),
        desk=draw(chart, width=_DESK[0], height=_DESK[1]),
        phone=draw(chart, width=_PHONE[0], height=_PHONE[1]),
        days=in_patient_days(day_summaries(lines), further=further_days(cycles)),
        onset_is_shown=chart.onset is not None,
    )


def _modal_cycle(
    series: Series, lines: Sequence[CycleLine], cycle: Cycle, result: dict[str, Any]
) -> ModalCycle:
    measure = MEASURES[series.measure]
    onset = onset_to_show(result)
    return ModalCycle(
        title=format_series(series.measure, series.site),
        unit=measure.unit,
        side=series.site.partition("_")[0],
        lines=lines,
        planned_end=cycle.planned_end,
        onset=None if onset is None else (onset["low"], onset["estimate"], onset["high"]),
        scale_range=(measure.low, measure.high) if measure.ordinal else None,
    )


def _line(series: Series, cycle: Cycle) -> CycleLine:
    """Return the cycle's readings from the first full day after the course on."""
    zero = days_since_1970(cycle.day_zero)
    end = np.inf if cycle.ends_at is None else days_since_1970(cycle.ends_at)
    inside = (series.at_days >= zero + _SHORTEST_AXIS_DAYS) & (series.at_days < end)
    return CycleLine(
        label=format_date(cycle.course.first_day),
        days=tuple(float(day) for day in series.at_days[inside] - zero),
        values=tuple(float(value) for value in series.value[inside]),
    )
