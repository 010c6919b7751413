"""How plan versions and holds are entered."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from app.analysis.cycles import local_midnight
from app.errors import Fault
from app.kit.base import Json
from app.kit.fields import EARLIEST, latest_today
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.repository import dosing_weight_at
from app.patients.tables import PatientRow
from app.plans import rules
from app.plans.rules import HoldDraft, PlanDraft
from app.plans.tables import HoldRow, PlanRow
from app.products.repository import all_keys, known_keys

_PLAN_COLUMNS: Final = (
    "effective_date",
    "interval_days",
    "course_days",
    "product",
    "dose_g_per_kg",
    "dose_g",
    "route",
    "reason",
    "prescriber",
    "calendar",
    "rounding_tolerance_percent",
)


def _plan_content(draft: PlanDraft) -> Json:
    return {name: getattr(draft, name) for name in _PLAN_COLUMNS}


def _check_plan(
    entering: Entering, patient: PatientRow, draft: PlanDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    session = entering.session
    known = known_keys(session, patient.clinic_id)
    stored = None if row_id is None else session.get(PlanRow, row_id)
    if stored is not None and stored.product not in known:
        # A plan of before stays one, though its product is retired.
        every = all_keys(session, patient.clinic_id)
        known[stored.product] = every.get(stored.product, stored.route)
    # Any weight of the day itself counts: the plan and the scale belong to one visit. A date that
    # nobody could mean is found below, and must not break the search for the weight before.
    day = min(max(draft.effective_date, EARLIEST), latest_today(entering.change.now))
    day_after = local_midnight(day + timedelta(days=1), patient.time_zone)
    return rules.check_plan(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        known_products=known,
        reference_weight_kg=dosing_weight_at(session, patient.id, day_after),
    )


def _check_hold(
    entering: Entering, patient: PatientRow, draft: HoldDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del row_id
    return rules.check_hold(draft, now=entering.change.now, birth_date=patient.birth_date)


PLAN: Final[Entry[PlanDraft, PlanRow]] = Entry(
    what="Plan",
    table=PlanRow,
    draft_of=lambda row: PlanDraft(**{name: getattr(row, name) for name in _PLAN_COLUMNS}),
    content_of=_plan_content,
    derived_of=nothing_derived,
    check=_check_plan,
    row_key=("effective_date",),
)

HOLD: Final[Entry[HoldDraft, HoldRow]] = Entry(
    what="Hold",
    table=HoldRow,
    draft_of=lambda row: HoldDraft(row.from_date, row.to_date, row.reason, row.note),
    content_of=lambda draft: {
        "from_date": draft.from_date,
        "to_date": draft.to_date,
        "reason": draft.reason,
        "note": draft.note,
    },
    derived_of=nothing_derived,
    check=_check_hold,
    row_key=("from_date",),
)
