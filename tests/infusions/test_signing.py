"""What a signature stands for does not move when tables grow."""

from __future__ import annotations

import hashlib
from typing import Final

import orjson
import pytest
from sqlalchemy import inspect

from app.infusions.signing import content_hash
from app.infusions.tables import InfusionRow, VialRow
from app.kit.base import ClinicalRow
from app.monitoring.tables import InfusionEventRow
from app.plans.tables import PlanRow
from app.reactions.tables import ReactionRow
from app.visits.tables import VisitRow

# What was signed of an infusion before there was anything else to sign; whoever adds a column to
# one of these tables names it in `LATER_COLUMNS`, or signatures of yesterday do not match.
SIGNED: Final[dict[type[ClinicalRow], str]] = {
    InfusionRow: "id version clinic_id patient_id started_at ended_at time_zone local_date status"
    " product dose_g weight_kg lot_numbers note",
    PlanRow: "id version clinic_id patient_id effective_date interval_days course_days"
    " dose_g_per_kg dose_g product route reason prescriber calendar rounding_tolerance_percent",
    VisitRow: "id version clinic_id patient_id infusion_id planned_on assignment_id nurse_id"
    " course_day course_days plan_id plan_version ordered_g arrived_at left_at outcome"
    " outcome_reason no_trough_reason note",
    VialRow: "id version clinic_id patient_id infusion_id product nominal_g lot lot_key expires_on"
    " serial gtin scanned_text started_at concentration_mg_per_ml used_ml wasted_ml used_g"
    " wasted_g waste_reason looks_right expired_reason recalled_reason",
    InfusionEventRow: "id version clinic_id patient_id infusion_id at time_zone local_date kind"
    " details",
    ReactionRow: "id version clinic_id patient_id infusion_id term description onset_at time_zone"
    " local_date grade actions medication outcome resolved_at reported_to physician_notified"
    " physician_notified_at rate_ml_per_h phase is_red_flag",
}


@pytest.mark.parametrize("table", SIGNED, ids=lambda table: table.__tablename__)
def test_a_signature_stands_for_the_same_columns_as_when_it_was_made(
    table: type[ClinicalRow],
) -> None:
    content = {column.key: f"<{column.key}>" for column in inspect(table).columns}
    signed = {name: content[name] for name in SIGNED[table].split()}
    expected = hashlib.sha256(orjson.dumps(signed, option=orjson.OPT_SORT_KEYS)).hexdigest()
    assert content_hash(table.__tablename__, content) == expected
