"""How a stored rate stands against the limit of its product, by what is known now."""

from __future__ import annotations

from sqlalchemy.orm import object_session

from app.infusions.tables import InfusionRow
from app.monitoring.repository import rate_context
from app.monitoring.rules import judge_rate
from app.monitoring.tables import InfusionEventRow
from app.products.rates import RateJudgement


def judgement_of(row: InfusionEventRow) -> RateJudgement | None:
    """Return what the limit says of a rate; None of other events, and where no weight is known."""
    session = object_session(row)
    if row.kind != "rate" or session is None:
        return None
    infusion = session.get_one(InfusionRow, row.infusion_id)
    return judge_rate(row.details["ml_per_h"], rate_context(session, infusion, row.at))
