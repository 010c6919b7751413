"""What the one-page summary of a patient says, from the record as it stands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.analysis.cycles import Timeline, build_timeline, local_day
from app.analysis.measures import MEASURES
from app.analysis.records import PatientRecord, Series
from app.findings import repository as findings
from app.findings.completeness import completeness
from app.findings.record import build_record
from app.findings.tables import FindingRow
from app.findings.worklist import Standing, rank, standing_of
from app.kit.access import note_rows
from app.patients.repository import therapies_of
from app.patients.service import get_patient
from app.patients.settings import settings_of
from app.patients.tables import PatientRow, TherapyRow
from app.plans.repository import plans_of
from app.plans.tables import PlanRow
from app.products.repository import product_names
from app.reactions.tables import ReactionRow
from app.reports.tables import ReportRow
from app.web import clinical
from app.web import format as words
from app.web.charts.modal_cycle import ModalCycle, draw
from app.web.charts.series_data import cycle_lines, side_of
from app.web.documents.sheet import Block, Sheet
from app.web.i18n import current_locale, ngettext
from app.web.i18n import gettext as _
from app.web.measured import format_range
from app.web.sentences import finding_sentence

PERIODS: Final = (90, 180, 365)
"""Days that the summary can look back on."""
_MOST: Final = {"findings": 5, "numbers": 4, "courses": 6, "plans": 5, "therapies": 5}
_REACTIONS: Final = 4
_CHART: Final = (760, 260)
_MOST_CYCLES_DRAWN: Final = 24
_VERDICTS: Final = ("present", "possible", "absent", "insufficient_data", "not_assessable")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the sheet is written from; `since` is the first day of the period."""

    patient: PatientRow
    record: PatientRecord
    timeline: Timeline
    standing: Standing
    results: dict[str, Any]
    method: str
    opened: Sequence[FindingRow]
    plans: Sequence[PlanRow]
    products: Mapping[str, str]
    therapies: Sequence[TherapyRow]
    reactions: Sequence[ReactionRow]
    reported_on: Sequence[date]
    now: datetime
    today: date
    since: date


def gather(session: Session, patient_id: uuid.UUID, *, now: datetime, days: int) -> Gathered:
    """Collect what the summary is written from.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    patient = get_patient(session, patient_id)
    record = build_record(session, patient, now=now)
    state = findings.state_of(session, patient_id)
    standing = standing_of(state, now)
    is_current = standing == "current"
    opened = findings.open_findings(session, patient_id) if is_current else []
    today = local_day(now, record.time_zone)
    therapies, plans = therapies_of(session, patient_id), plans_of(session, patient_id)
    reactions = session.scalars(
        select(ReactionRow)
        .where(ReactionRow.patient_id == patient_id, ReactionRow.voided_at.is_(None))
        .order_by(ReactionRow.onset_at.desc(), ReactionRow.id)
    ).all()
    note_rows(session, [*opened, *plans, *therapies, *reactions])
    return Gathered(
        patient=patient,
        record=record,
        timeline=build_timeline(record, settings_of(session, patient, now=now).rules),
        standing=standing,
        results=(state.results or {}) if is_current else {},
        method=state.method or "",
        # By rank alone: what the team has seen is as dangerous as it was before.
        opened=sorted(opened, key=lambda row: rank(row.kind)),
        plans=[plan for plan in plans if plan.effective_date <= today],
        products=product_names(session, patient.clinic_id),
        therapies=therapies,
        reactions=reactions,
        reported_on=_reported_on(session, patient_id),
        now=now,
        today=today,
        since=today - timedelta(days=days - 1),
    )


def _reported_on(session: Session, patient_id: uuid.UUID) -> Sequence[date]:
    statement = (
        select(ReportRow.local_date)
        .where(ReportRow.patient_id == patient_id, ReportRow.voided_at.is_(None))
        .distinct()
        .order_by(ReportRow.local_date)
    )
    return session.scalars(statement).all()


def write_sheet(known: Gathered) -> Sheet:
    """Write the sheet in the language that is spoken now."""
    name = words.format_name(known.patient)
    title = f"{name} ({known.patient.external_id})" if name else known.patient.external_id
    series = _series_to_draw(known)
    chart = None if series is None else _chart(known, series)
    blocks = (_findings(known), _numbers(known), _courses(known), _plans(known))
    rest = (_reporting(known), _therapies(known), _reactions(known))
    return Sheet(
        title=title,
        language=current_locale(),
        facts=_facts(known),
        blocks=(*blocks, *rest),
        foot=_foot(known),
        chart=None if chart is None else str(draw(chart, width=_CHART[0], height=_CHART[1])),
        chart_caption="" if chart is None else _caption(chart),
        chart_alt="" if chart is None else _caption(chart),
        side="" if chart is None else chart.side,
    )


def _facts(known: Gathered) -> tuple[str, ...]:
    patient, age = known.patient, words.age_on(known.patient.birth_date, known.today)
    who = [
        "" if age is None else _("%(age)s y", age=age),
        ""
        if patient.birth_date is None
        else _("born %(day)s", day=words.format_date(patient.birth_date)),
        patient.diagnosis
        if patient.diagnosed_on is None
        else _(
            "%(diagnosis)s since %(year)s",
            diagnosis=patient.diagnosis,
            year=patient.diagnosed_on.year,
        ),
    ]
    plan = known.plans[-1] if known.plans else None
    if plan is None:
        treated = [_("No plan in force")]
    else:
        since = _("since %(day)s", day=words.format_date(plan.effective_date))
        treated = [words.format_plan(plan, known.products), words.format_weekly(plan), since]
    due = words.format_due(known.results.get("next_course"))
    return (
        " · ".join(part for part in who if part),
        _("Plan: %(plan)s", plan=" · ".join(part for part in treated if part)),
        _("Next course: %(due)s", due=due),
        _(
            "Period: %(first)s to %(last)s",
            first=words.format_date(known.since),
            last=words.format_date(known.today),
        ),
    )


def _cut(lines: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - most
    if more <= 0:
        return tuple(lines)
    return (*lines[:most], ngettext("%(num)s more", "%(num)s more", more))


def _or_none(lines: Sequence[str], text: str) -> tuple[str, ...]:
    return tuple(lines) or (text,)


def _findings(known: Gathered) -> Block:
    zone = known.record.time_zone
    lines = []
    for row in known.opened:
        said = words.format_review(row, zone)
        text = f"{words.KINDS[row.kind]}: {finding_sentence(row).striptags()}"
        lines.append(f"{text} [{said}]" if said else text)
    if known.standing == "current":
        nothing = _("No open finding.")
    else:
        nothing = _("The analysis does not stand at the moment: no finding is shown.")
    return Block(_("Findings"), _or_none(_cut_findings(known, lines), nothing), is_wide=True)


def _cut_findings(known: Gathered, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the first lines, and the kinds of those that found no room, by name."""
    most = _MOST["findings"]
    if len(lines) <= most:
        return tuple(lines)
    kinds = dict.fromkeys(words.KINDS[row.kind] for row in known.opened[most:])
    more = ngettext("%(num)s more", "%(num)s more", len(lines) - most)
    return (*lines[:most], f"{more}: {'; '.join(kinds)}")


def _numbers(known: Gathered) -> Block:
    lines = []
    for one in _ranked(known):
        measure, site = one["measure"], one["site"]
        parts = [words.VERDICTS[one["verdict"]]]
        unit = words.format_unit(measure)
        if one["drop"] is not None:
            loss = format_range(measure, one["drop"], unit)
            parts.append(_("loss on the planned date %(loss)s", loss=loss))
        parts.append(ngettext("%(num)s interval", "%(num)s intervals", one["cycles_evaluable"]))
        lines.append(f"{words.format_series(measure, site)}: {', '.join(parts)}")
    nothing = _("No readings could be judged yet.")
    heading = _("Fall before the next infusion, with 90 %% interval")
    return Block(heading, _or_none(_cut(lines, _MOST["numbers"]), nothing), is_wide=True)


def _ranked(known: Gathered) -> list[dict[str, Any]]:
    """Return the results of the series, the clearest fall first."""
    return sorted(
        known.results.get("series", ()),
        key=lambda one: (_VERDICTS.index(one["verdict"]), -(one["score"] or 0.0)),
    )


def _courses(known: Gathered) -> Block:
    lines = []
    for cycle in reversed(known.timeline.cycles):
        course = cycle.course
        if course.last_day < known.since:
            break
        days = ngettext("%(num)s day", "%(num)s days", len(course.days))
        text = f"{words.format_date(course.first_day)}: {words.format_grams(course.dose_g)}, {days}"
        if cycle.actual_days is not None:
            planned = words.MISSING if cycle.planned_days is None else cycle.planned_days
            text += "; " + _(
                "interval %(actual)s days, planned %(planned)s",
                actual=cycle.actual_days,
                planned=planned,
            )
        lines.append(text)
    nothing = _("No course in this period.")
    return Block(_("Courses, newest first"), _or_none(_cut(lines, _MOST["courses"]), nothing))


def _plans(known: Gathered) -> Block:
    lines = []
    for plan in reversed(known.plans):
        weekly = words.format_weekly(plan)
        line = words.format_plan(plan, known.products)
        text = f"{words.format_date(plan.effective_date)}: {line}"
        lines.append(f"{text} ({weekly})" if weekly else text)
    heading = _("Dose and interval, newest first")
    return Block(heading, _or_none(_cut(lines, _MOST["plans"]), _("No plan yet.")))


def _reporting(known: Gathered) -> Block:
    first = known.reported_on[0] if known.reported_on else None
    recent = completeness(known.reported_on, today=known.today, first=first)
    span = (known.today - known.since).days + 1
    whole = completeness(known.reported_on, today=known.today, first=first, span=span)
    lines = [
        _(
            "Reports on %(n)s of the last %(asked)s days (%(share)s %%)",
            n=one.reported,
            asked=one.asked,
            share=round(100 * one.share),
        )
        for one in dict.fromkeys((recent, whole))
    ]
    return Block(_("Reporting"), tuple(lines))


def _therapies(known: Gathered) -> Block:
    lines = [
        f"{clinical.format_term(row.therapy)}, {clinical.format_term(row.status)}, "
        f"{words.format_date(row.from_date)}"
        + ("" if row.to_date is None else f" \u2013 {words.format_date(row.to_date)}")
        for row in reversed(known.therapies)
    ]
    return Block(_("Other therapies"), _or_none(_cut(lines, _MOST["therapies"]), _("None.")))


def _reactions(known: Gathered) -> Block:
    lines = [
        f"{words.format_date(row.local_date)}: {clinical.format_reaction(row.term)}, "
        + _("grade %(grade)s", grade=row.grade)
        + (f", {_('red flag')}" if row.is_red_flag else "")
        for row in known.reactions
        if row.local_date >= known.since
    ]
    nothing = _("None in this period.")
    return Block(_("Reactions to infusions"), _or_none(_cut(lines, _REACTIONS), nothing))


def _foot(known: Gathered) -> tuple[str, ...]:
    return (
        _("This page informs and does not replace medical advice. It never proposes a dose."),
        _(
            "Made on %(at)s · method %(method)s · dates by the patient's clock (%(zone)s)",
            at=words.format_instant(known.now, known.record.time_zone),
            method=known.method or words.MISSING,
            zone=known.record.time_zone,
        ),
    )


def _series_to_draw(known: Gathered) -> Series | None:
    """Return the series with the clearest fall, else the fullest one."""
    by_name = {(series.measure, series.site): series for series in known.record.series}
    for one in _ranked(known):
        if one["score"] is not None and (one["measure"], one["site"]) in by_name:
            return by_name[one["measure"], one["site"]]
    return max(known.record.series, key=lambda series: series.at_days.size, default=None)


def _chart(known: Gathered, series: Series) -> ModalCycle | None:
    cycles = known.timeline.cycles
    drawn = [one for one in cycles if one.epoch == cycles[-1].epoch][-_MOST_CYCLES_DRAWN:]
    lines = cycle_lines(series, drawn)
    if not lines:
        return None
    measure = MEASURES[series.measure]
    key = (series.measure, series.site)
    found = [r for r in known.results.get("series", ()) if (r["measure"], r["site"]) == key]
    onset = words.onset_to_show(found[0]) if found else None
    return ModalCycle(
        title=words.format_series(series.measure, series.site),
        unit=words.format_unit(series.measure),
        side=side_of(series.site),
        lines=lines,
        planned_end=drawn[-1].planned_end,
        onset=None if onset is None else (onset["low"], onset["estimate"], onset["high"]),
        scale_range=(measure.low, measure.high) if measure.ordinal else None,
    )


def _caption(chart: ModalCycle) -> str:
    readings = sum(len(line.days) for line in chart.lines)
    return _(
        "%(what)s by day since the last infusion day: %(readings)s readings in %(cycles)s cycles"
        " of the present plan. Thick line: median; dashed: planned next infusion.",
        what=chart.title,
        readings=readings,
        cycles=len(chart.lines),
    )
