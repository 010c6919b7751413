"""How one infusion ran: its rate steps, volumes and vital signs, by the clinic's protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.clinics.care_settings import CareSettings
from app.clinics.settings import care_settings_of
from app.infusions.rules import GIVEN
from app.infusions.tables import InfusionRow
from app.kit.access import note_list
from app.monitoring.repository import events_of, pre_checks_in, rate_context, running_in
from app.monitoring.rules import RateContext, judge_rate, limit_of, risk_at
from app.monitoring.schemas import (
    DueRead,
    JudgementRead,
    LimitRead,
    MonitoringRead,
    StepRead,
    VitalsRead,
)
from app.monitoring.tables import InfusionEventRow
from app.monitoring.timing import (
    Due,
    Protocol,
    Ran,
    Step,
    grams_in,
    rate_table,
    vitals_due,
)
from app.products.rates import check_rate

_NOT_IN_TIME: Final = frozenset({"late", "overdue", "missed"})


def protocol_of(settings: CareSettings) -> Protocol:
    """Return when a clinic takes vital signs."""
    minutes = [
        settings.vitals_first_every_minutes,
        settings.vitals_first_minutes,
        settings.vitals_then_every_minutes,
        settings.vitals_grace_minutes,
        settings.vitals_after_end_minutes_1,
        settings.vitals_after_end_minutes_2,
    ]
    first_every, first, then_every, grace, *after = (timedelta(minutes=each) for each in minutes)
    return Protocol(
        first_every=first_every,
        first=first,
        then_every=then_every,
        after_end=tuple(sorted(after)),
        grace=grace,
    )


def monitoring_of(session: Session, infusion: InfusionRow, *, now: datetime) -> MonitoringRead:
    """Return how an infusion ran until `now`, with what the limits say of each rate."""
    events = events_of(session, infusion.id)
    note_list(session, [event.id for event in events])
    context = rate_context(session, infusion, now)
    limit = limit_of(context)
    end = _end_of(infusion, events)
    until = end or now
    ran = rate_table(_steps(events), until=until)
    due = _due(session, infusion, events, end=end, now=now)
    vitals = [event for event in events if event.kind == "vitals"]
    volume = ran[-1].volume_after_ml if ran else None
    is_running = end is None and infusion.status == "in_progress" and bool(ran)
    return MonitoringRead(
        infusion_id=infusion.id,
        patient_id=infusion.patient_id,
        status=infusion.status,
        started_at=infusion.started_at,
        ended_at=infusion.ended_at,
        product=infusion.product,
        weight_kg=context.weight_kg,
        concentration_mg_per_ml=context.concentration_mg_per_ml,
        indication=context.indication,
        at_risk=context.risk == "yes",
        risk=context.risk,
        identity_at=_last(events, "identity"),
        pre_check_at=_last(events, "pre_check"),
        limit=None if limit is None else LimitRead.model_validate(limit),
        # What must be known of the limit before any rate is set.
        limit_message=check_rate(
            limit, ml_per_h=0, weight_kg=1, concentration_mg_per_ml=None
        ).message,
        current_ml_per_h=ran[-1].step.ml_per_h if is_running else None,
        volume_ml=volume,
        grams=None if volume is None else grams_in(volume, context.concentration_mg_per_ml),
        steps=_shown_steps(ran, events, context),
        vitals=[VitalsRead(event_id=row.id, at=row.at, values=row.details) for row in vitals],
        vitals_due=[DueRead.model_validate(each) for each in due],
        vitals_not_in_time=sum(each.state in _NOT_IN_TIME for each in due),
    )


def _end_of(infusion: InfusionRow, events: Sequence[InfusionEventRow]) -> datetime | None:
    """Return when it ended; without a stated end, of one that is over, when last seen."""
    if infusion.ended_at is not None or infusion.status not in GIVEN:
        return infusion.ended_at
    return max([infusion.started_at, *(event.at for event in events)])


def _steps(events: Sequence[InfusionEventRow]) -> list[Step]:
    return [
        Step(row.at, row.details["ml_per_h"], row.details.get("volume_so_far_ml"))
        for row in events
        if row.kind == "rate"
    ]


def _due(
    session: Session,
    infusion: InfusionRow,
    events: Sequence[InfusionEventRow],
    *,
    end: datetime | None,
    now: datetime,
) -> list[Due]:
    """Return when vital signs are due; of an infusion that nobody watched here, nothing is."""
    if not events or infusion.status == "not_done":
        return []
    settings = care_settings_of(session, infusion.clinic_id, today=infusion.local_date)
    return vitals_due(
        protocol_of(settings),
        started_at=infusion.started_at,
        ended_at=end,
        rates_at=[row.at for row in events if _asks_for_vitals(row)],
        taken_at=[row.at for row in events if row.kind == "vitals"],
        now=now,
    )


def _asks_for_vitals(event: InfusionEventRow) -> bool:
    """Say whether an event is a new rate, or a pause because of a reaction."""
    is_rate = event.kind == "rate"
    return is_rate and (event.details["ml_per_h"] > 0 or event.details["reason"] == "reaction")


def _last(events: Sequence[InfusionEventRow], kind: str) -> datetime | None:
    return max((event.at for event in events if event.kind == kind), default=None)


def _shown_steps(
    ran: Sequence[Ran], events: Sequence[InfusionEventRow], context: RateContext
) -> list[StepRead]:
    pre_checks = pre_checks_in(events)
    rates = [row for row in events if row.kind == "rate"]
    first = next((row.at for row in running_in(events)), None)
    contexts = (
        replace(context, risk=risk_at(pre_checks, row.at), is_first=row.at == first)
        for row in rates
    )
    return [_shown_step(*each) for each in zip(ran, rates, contexts, strict=True)]


def _shown_step(one: Ran, row: InfusionEventRow, context: RateContext) -> StepRead:
    judgement = judge_rate(one.step.ml_per_h, context)
    return StepRead(
        event_id=row.id,
        at=one.step.at,
        until=one.until,
        ml_per_h=one.step.ml_per_h,
        reason=row.details["reason"],
        over_limit_reason=row.details.get("over_limit_reason"),
        volume_before_ml=one.volume_before_ml,
        volume_after_ml=one.volume_after_ml,
        is_volume_measured=one.is_measured,
        grams_after=grams_in(one.volume_after_ml, context.concentration_mg_per_ml),
        judgement=None if judgement is None else JudgementRead.model_validate(judgement),
    )
