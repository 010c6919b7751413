"""A patient's review on one screen, for staff: findings, modal cycles, intervals, timeline."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from fastapi import Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.alarms.repository import alarms_of_patient
from app.analysis.cycles import build_timeline
from app.analysis.measures import MEASURES
from app.analysis.records import Series
from app.analysis.settings import SYMPTOM_MEASURES
from app.findings import repository as findings
from app.findings.record import build_record
from app.findings.service import ensure_analysed_for
from app.findings.tables import FindingRow
from app.findings.worklist import standing_of
from app.kit.access import needs
from app.kit.base import Json
from app.kit.deps import Work
from app.patients.service import get_patient
from app.patients.settings import settings_of, today_of
from app.plans.repository import plans_of
from app.plans.tables import PlanRow
from app.products.repository import product_names
from app.reactions.repository import reactions_of_patient
from app.web.charts import bundle, specs
from app.web.charts.known_plans import known_plans, known_since
from app.web.charts.modal_cycle import DaySummary, ModalCycle, day_summaries, draw
from app.web.charts.patient_days import further_days, in_patient_days
from app.web.charts.review_data import Happening, Review, review_data
from app.web.charts.series_data import cycle_lines, key_of, local_days, modal_cycles, side_of
from app.web.clinical import format_reaction, format_signs
from app.web.format import (
    format_date,
    format_day_range,
    format_measure,
    format_plan,
    format_series,
    format_unit,
    onset_to_show,
)
from app.web.i18n import N_, Words, ngettext
from app.web.i18n import gettext as _
from app.web.measured import format_measured
from app.web.page_route import page_router
from app.web.pages.patient import PatientView, get_patient_view
from app.web.pages.review_effect import EffectView, draw_effects, effect_of
from app.web.pages.review_few import MOST_TOLD, few_readings, say_readings
from app.web.pages.review_words import script_words
from app.web.paths import PATIENTS

router: Final = page_router()

_MOST_GROUPS: Final = 3
_MOST_PANELS: Final = 6
_DRAWING: Final = (460, 280)
_MOST_LINES: Final = 6  # of the drawing that stands until the charts are there: it is sent again
PARTS: Final = Words(
    {
        "shoulder": N_("shoulders"),
        "arm": N_("arms"),
        "hand": N_("hands"),
        "thigh": N_("thighs"),
        "leg": N_("legs"),
        "foot": N_("feet"),
    }
)
"""A part of the body, both sides of it."""
Group = tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One modal cycle: the server's drawing, what it says in a sentence, and its table.

    `few` are the readings in words where they are too few for a chart, else empty.
    """

    key: str
    name: str
    side: str
    drawing: Markup | None
    sentence: str
    days: Sequence[DaySummary]
    tails: bool
    few: str

    @property
    def measure(self) -> str:
        """The measure of the series."""
        return self.key.partition("@")[0]


@dataclass(frozen=True, slots=True)
class PanelView:
    """One measure in one part of the body over time, both sides; `keys` are its series."""

    name: str
    sides: Sequence[str]
    keys: str
    sentence: str


@dataclass(frozen=True, slots=True)
class EpochView:
    """One plan version to choose."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Everything that the page shows beside what `PatientView` holds.

    `more` counts the measures that the timeline leaves to the table; `shows_all` courses and
    infusions instead of the newest ones. `few` are the names of series with a reading or two, and
    those in words; `known_since` is the day before which plans were entered later.
    """

    of: PatientView
    groups: Sequence[Sequence[SeriesView]]
    panels: Sequence[PanelView]
    few: Sequence[tuple[str, str]]
    more: int
    known_since: date | None
    epochs: Sequence[EpochView]
    effect: Mapping[str, Any] | None
    effects: Sequence[EffectView]
    shows_all: bool
    library: str
    words: Mapping[str, str]


def get_review_view(
    session: Session,
    patient_id: uuid.UUID,
    *,
    now: datetime,
    chosen: str | None,
    shows_all: bool = False,
) -> ReviewView:
    """Collect what the page shows; `chosen` is the `measure@site` to draw first.

    The tables hold the newest courses and infusions, or with `shows_all` every one.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    view = get_patient_view(session, patient_id, now=now, chosen=chosen)
    every = _groups(view.record.series)
    shown = _shown(every, view.open_findings, chosen)
    results = {(r["measure"], r["site"]): r for r in view.results}
    effect = effect_of(view.open_findings)
    ordered = [*shown, *(group for group in every if group not in shown)]
    drawn = [group for group in ordered if any(one.at_days.size > MOST_TOLD for one in group)]
    return ReviewView(
        of=view,
        # Only the first group has a drawing of the server: every one is some 15 kB.
        groups=[
            [
                _series_view(
                    view,
                    one,
                    results.get((one.measure, one.site), {}),
                    is_drawn=group is shown[0],
                )
                for one in group
            ]
            for group in shown
        ],
        panels=[_panel(group) for group in drawn[:_MOST_PANELS]],
        few=few_readings(view.record),
        more=max(len(drawn) - _MOST_PANELS, 0),
        known_since=known_since(view.plans, zone=view.record.time_zone),
        epochs=_epochs(view),
        effect=effect,
        effects=draw_effects(effect),
        shows_all=shows_all,
        library=bundle.address(),
        words=script_words(),
    )


def _groups(series: Sequence[Series]) -> list[Group]:
    """Put both sides of a part together, right first; the fullest groups first."""
    groups: dict[tuple[str, str], list[Series]] = {}
    for one in series:
        if one.at_days.size:
            groups.setdefault((one.measure, _part(one.site)), []).append(one)
    both = [
        tuple(sorted(g, key=lambda one: side_of(one.site), reverse=True)) for g in groups.values()
    ]
    return sorted(both, key=lambda group: -sum(one.at_days.size for one in group))


def _part(site: str) -> str:
    return site.removeprefix("right_").removeprefix("left_")


def _shown(
    groups: Sequence[Group], opened: Sequence[FindingRow], chosen: str | None
) -> list[Group]:
    """Return the groups asked for or named by a finding; without any, the fullest one.

    Strength comes before symptoms, whichever finding stands first.
    """
    names = [
        f"{row.measure}@{site}" for row in opened if row.measure is not None for site in row.sites
    ]
    found: list[Group] = []
    for name in (chosen, *names):
        for group in groups:
            if group not in found and name in {key_of(one) for one in group}:
                found.append(group)
    if not found:
        return list(groups[:1])
    asked = found[:1] if chosen in {key_of(one) for one in found[0]} else []
    rest = [group for group in found if group not in asked]
    rest.sort(key=lambda group: group[0].measure in SYMPTOM_MEASURES)
    return [*asked, *rest][:_MOST_GROUPS]


def _series_view(
    view: PatientView, series: Series, result: Mapping[str, Any], *, is_drawn: bool
) -> SeriesView:
    name = format_series(series.measure, series.site)
    days = local_days(series, view.record.time_zone)
    modal = modal_cycles(series, view.timeline, days=days, today=view.today)
    current = modal[-1] if modal else None
    first = 0 if current is None else current["cycles"][0]
    cycles = view.timeline.cycles[first:]
    lines = cycle_lines(series, cycles)
    bins = in_patient_days(day_summaries(lines), further=further_days(cycles))
    onset = onset_to_show(result)
    measure = MEASURES[series.measure]
    chart = ModalCycle(
        title=name,
        unit=measure.unit,
        side=side_of(series.site),
        lines=lines[-_MOST_LINES:],
        planned_end=cycles[-1].planned_end if cycles else None,
        onset=None if onset is None else (onset["low"], onset["estimate"], onset["high"]),
        scale_range=(measure.low, measure.high) if measure.ordinal else None,
    )
    return SeriesView(
        key=key_of(series),
        name=name,
        side=side_of(series.site),
        drawing=draw(chart, width=_DRAWING[0], height=_DRAWING[1]) if lines and is_drawn else None,
        sentence=_sentence(current, bins, measure=series.measure),
        days=bins,
        tails=any(day.tails is not None for day in bins),
        few=say_readings(series, days=days),
    )


def _sentence(current: Json | None, bins: Sequence[DaySummary], *, measure: str) -> str:
    """Say in a line what the chart shows and how much stands behind it."""
    if current is None or not current["drawn"]:
        return _("Nothing to draw yet: that needs readings after a first infusion.")
    told = [day for day in bins if day.quartiles is not None]
    parts = []
    if len(told) > 1:
        low = min(told, key=lambda day: day.quartiles[1] if day.quartiles else 0.0)
        high = max(told, key=lambda day: day.quartiles[1] if day.quartiles else 0.0)
        parts.append(
            _(
                "Medians from %(low)s (day %(low_day)s) to %(high)s (day %(high_day)s).",
                low=_median(low, measure),
                low_day=format_day_range(low.first_day, low.days),
                high=_median(high, measure),
                high_day=format_day_range(high.first_day, high.days),
            )
        )
    cycles = ngettext("%(num)s cycle", "%(num)s cycles", current["drawn"])
    readings = ngettext("%(num)s reading", "%(num)s readings", current["readings"])
    share = round(100 * current["share"])
    parts.append(
        _(
            "%(readings)s in %(cycles)s; reported on %(share)s %% of days.",
            readings=readings,
            cycles=cycles,
            share=share,
        )
    )
    return " ".join(parts)


def _median(day: DaySummary, measure: str) -> str:
    return format_measured(measure, None if day.quartiles is None else day.quartiles[1])


def _panel(group: Group) -> PanelView:
    first = group[0]
    readings = sum(one.at_days.size for one in group)
    part = _part(first.site)
    unit = "" if MEASURES[first.measure].unit == "points" else f" ({format_unit(first.measure)})"
    name = f"{format_measure(first.measure)}{unit}" + (f", {PARTS[part]}" if part in PARTS else "")
    return PanelView(
        name=name,
        sides=[side_of(one.site) for one in group],
        keys=" ".join(key_of(one) for one in group),
        sentence=_(
            "%(name)s over time: %(readings)s.",
            name=name,
            readings=ngettext("%(num)s reading", "%(num)s readings", readings),
        ),
    )


def _epochs(view: PatientView) -> list[EpochView]:
    """Return the plan versions that began an epoch, newest first."""
    found = []
    for epoch in reversed(view.timeline.epochs):
        plan = next((p for p in reversed(view.plans) if p.effective_date <= epoch.from_date), None)
        found.append(EpochView(epoch.index, _epoch_name(plan, epoch.from_date, view.products)))
    return found


def _epoch_name(plan: PlanRow | None, since: date, products: Mapping[str, str]) -> str:
    name = _("no plan") if plan is None else format_plan(plan, products)
    return _("%(plan)s, from %(since)s", plan=name, since=format_date(since))


@router.get(f"{PATIENTS}/{{patient_id}}/charts.json")
@needs("worklist.read")  # of the clinic: people at home report first, and have a page of their own
def show_chart_data(work: Work, patient_id: uuid.UUID) -> Response:
    """Send what the charts of the review are drawn from.

    It is sent as it is, not compressed: it holds what nobody else may know, and the length of
    a compressed answer tells something of its content. Six series of five years are well below
    the 250 kB that the page may ask for.
    """
    ensure_analysed_for(work, patient_id)
    with work.reading() as session:
        data = get_chart_data(session, patient_id, now=work.now)
    charts = {
        "modal": specs.modal_cycle(),
        "intervals": specs.intervals(),
        "first": specs.timeline(sides=specs.SIDES, is_first=True),
        "more": specs.timeline(sides=specs.SIDES, is_first=False),
    }
    content = orjson.dumps({"data": data, "specs": charts})
    return Response(content, media_type="application/json")


def get_chart_data(session: Session, patient_id: uuid.UUID, *, now: datetime) -> Json:
    """Return the document that the charts are drawn from.

    Raises
    ------
    NotFound
        There is no such patient.
    """
    patient = get_patient(session, patient_id)
    record = build_record(session, patient, now=now)
    state = findings.state_of(session, patient_id)
    results = (state.results or {}) if standing_of(state, now) == "current" else {}
    rules = settings_of(session, patient, now=now).rules
    return review_data(
        Review(
            record=record,
            timeline=build_timeline(record, rules),
            today=today_of(patient, now),
            results=results.get("series", []),
            plans=plans_of(session, patient_id),
            products=product_names(session, patient.clinic_id),
            known=known_plans(session, patient_id, zone=record.time_zone),
            reactions=[
                Happening(row.local_date, format_reaction(row.term), row.is_red_flag)
                for row in reactions_of_patient(session, patient_id)
            ],
            alarms=[
                Happening(row.local_date, format_signs(row.signs), is_red=True)
                for row in alarms_of_patient(session, patient_id)
            ],
        )
    )
