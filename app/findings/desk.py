"""What the lists of a whole clinic know of every patient, each with one query."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, load_only

from app.accounts.rules import Role
from app.accounts.tables import AccountRow
from app.analysis.cycles import local_day
from app.kit.access import restrict
from app.patients.service import zone_of
from app.patients.tables import CareTeamRow, PatientRow
from app.plans.tables import PlanRow


@dataclass(frozen=True, slots=True)
class Carer:
    """A nurse or a physician who is on care teams."""

    account_id: uuid.UUID
    name: str
    role: str


def plans_in_force(
    session: Session, clinic_id: uuid.UUID, patients: Sequence[PatientRow], *, now: datetime
) -> Mapping[uuid.UUID, PlanRow]:
    """Return the plan of each patient that is in force by their own calendar, by patient."""
    todays = {row.id: local_day(now, zone_of(row, now)) for row in patients}
    statement = (
        select(PlanRow)
        .options(
            load_only(
                *(PlanRow.patient_id, PlanRow.clinic_id, PlanRow.effective_date),
                *(PlanRow.interval_days, PlanRow.course_days, PlanRow.product, PlanRow.route),
                *(PlanRow.dose_g_per_kg, PlanRow.dose_g),
            )
        )
        .where(PlanRow.clinic_id == clinic_id, PlanRow.voided_at.is_(None))
        .order_by(PlanRow.effective_date)
    )
    columns = {"clinic": PlanRow.clinic_id, "patient": PlanRow.patient_id}
    return {
        row.patient_id: row
        for row in session.scalars(restrict(session, statement, **columns))
        if row.patient_id in todays and row.effective_date <= todays[row.patient_id]
    }


def carers_by_patient(
    session: Session, clinic_id: uuid.UUID, *, now: datetime
) -> Mapping[uuid.UUID, frozenset[Carer]]:
    """Return the nurses and physicians of each visible patient's care team as it is now."""
    statement: Any = (
        select(CareTeamRow.patient_id, AccountRow.id, AccountRow.name, AccountRow.role)
        .join(AccountRow, AccountRow.id == CareTeamRow.account_id)
        .where(
            CareTeamRow.clinic_id == clinic_id,
            CareTeamRow.kind == "member",
            AccountRow.role.in_((Role.NURSE, Role.PHYSICIAN)),
            CareTeamRow.voided_at.is_(None),
            CareTeamRow.valid_from <= now,
            or_(CareTeamRow.valid_until.is_(None), CareTeamRow.valid_until > now),
        )
    )
    columns = {"clinic": CareTeamRow.clinic_id, "patient": CareTeamRow.patient_id}
    found: dict[uuid.UUID, set[Carer]] = {}
    for patient_id, account_id, name, role in session.execute(
        restrict(session, statement, **columns)
    ):
        found.setdefault(patient_id, set()).add(Carer(account_id, name, role))
    return {patient_id: frozenset(carers) for patient_id, carers in found.items()}
