"""What the parts of the demo share: its session, its people, and who enters what."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.rules import Role, permissions_of
from app.accounts.tables import AccountRow
from app.cli.demo_days import Body
from app.clinics.tables import ClinicRow
from app.infusions.tables import InfusionRow
from app.kit.access import Principal
from app.kit.audit.acts import Act
from app.kit.base import ClinicalRow
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering, Entry
from app.patients.service import zone_of
from app.patients.tables import PatientRow
from app.plans.repository import plans_of
from app.plans.tables import PlanRow
from app.visits.bundle_schemas import BundleCreate
from app.visits.bundles import enter_bundle
from app.visits.tables import VisitRow

R = TypeVar("R", bound=ClinicalRow)


@dataclass(slots=True)
class Scene:
    """The sample clinic while its visits are entered.

    Attributes
    ----------
    staff : mapping
        Accounts by login.
    patients : dict
        By external id.
    written : mapping
        Ids of the rows that were entered, by patient.
    """

    session: Session
    log: Log
    clinic: ClinicRow
    staff: Mapping[str, AccountRow]
    patients: dict[str, PatientRow]
    written: defaultdict[uuid.UUID, list[uuid.UUID]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @property
    def now(self) -> datetime:
        """The moment at which everything is entered."""
        return self.log.now

    @property
    def entering(self) -> Entering:
        """The circumstances of every entry; nothing unusual is confirmed."""
        return Entering(self.session, self.log.change())

    def zone(self, patient: PatientRow) -> ZoneInfo:
        """Return the zone in which the patient lives."""
        return ZoneInfo(zone_of(patient, self.now))

    def at(self, patient: PatientRow, day: date, hour: float) -> datetime:
        """Return an hour of a day on the patient's own clock."""
        whole = int(hour)
        moment = time(whole, round(60 * (hour - whole)))
        return datetime.combine(day, moment, self.zone(patient))

    def infusion(self, patient: PatientRow, *, status: str, back: int) -> InfusionRow:
        """Return the last infusion with a status, or one of those before it."""
        return self.session.scalars(
            select(InfusionRow)
            .where(
                InfusionRow.patient_id == patient.id,
                InfusionRow.status == status,
                InfusionRow.voided_at.is_(None),
            )
            .order_by(InfusionRow.started_at.desc())
            .offset(back)
            .limit(1)
        ).one()

    def plan_on(self, patient: PatientRow, day: date) -> PlanRow:
        """Return the plan in force on a day."""
        return max(
            (plan for plan in plans_of(self.session, patient.id) if plan.effective_date <= day),
            key=lambda plan: plan.effective_date,
        )

    def enter(self, entry: Entry[Any, R], patient: PatientRow, name: str, draft: object) -> R:
        """Enter one row; `name` tells it from others of its kind."""
        row_id = uuid.uuid5(patient.id, f"demo/{entry.what}/{name}")
        saved = entries.create(self.entering, entry, patient=patient, row_id=row_id, draft=draft)
        self.written[patient.id].append(saved.row.id)
        return saved.row

    def bundle(self, patient: PatientRow, body: Body, *, nurse: str) -> VisitRow:
        """Enter a whole visit, as a nurse's device would send it.

        Its rows carry the nurse's name; the audit trail says who really entered them.
        """
        signer = principal_of(self.staff[nurse])
        done = enter_bundle(
            Entering(self.session, Change(Actor(signer.name), self.now)),
            patient=patient,
            body=BundleCreate.model_validate(body),
            signer=signer,
        )
        self.written[patient.id] += [one.row.id for one in done]
        return next(one.row for one in done if isinstance(one.row, VisitRow))

    def tell(self) -> None:
        """Note what was entered for the audit trail: one act a patient."""
        for patient_id, ids in self.written.items():
            self.log.acts.append(
                Act(
                    at=self.now,
                    actor_id=None,
                    actor=self.log.actor,
                    via=self.log.via,
                    action="write",
                    operation=self.log.operation,
                    clinic_id=self.clinic.id,
                    patient_id=patient_id,
                    ids=tuple(ids),
                )
            )
        self.written.clear()


def principal_of(account: AccountRow) -> Principal:
    """Return the account as somebody who signs; nobody signs in with it."""
    role = Role(account.role)
    return Principal(
        account_id=account.id,
        clinic_id=account.clinic_id,
        role=account.role,
        name=account.name,
        via="command line",
        credential_id=account.id,
        permissions=permissions_of(role, has_clinic=True),
    )
