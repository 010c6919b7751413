"""Whose patients somebody sees, and when: the care team, and roles of the whole clinic.

Patients, their proxies, nurses and physicians see a patient whose care team they are on at the
moment (`CareTeamRow`), coordinators and pharmacists every patient of their clinic, administrators
none. What they may do with whom they see is in `app.accounts.rules`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, cast, false, or_, select
from sqlalchemy.orm import Session

from app.accounts.rules import PROXY_SCOPES, Role
from app.kit.access import Principal
from app.patients.tables import CareTeamRow

NOT_IN_AN_EMERGENCY: Final = frozenset(
    {
        *("care_team.write", "assignments.write", "consents.write"),
        *("patients.void", "findings.review"),
    }
)
"""What access in an emergency or for a visit does not open: it is for treating, and ends.

Nobody makes access out of it, be it as a member of the team or for visits to come."""

OF_THE_CLINIC: Final = frozenset({Role.COORDINATOR, Role.PHARMACIST})
"""Roles that see every patient of their clinic."""

ON_THE_TEAM: Final = frozenset({Role.PATIENT, Role.PROXY, Role.NURSE, Role.PHYSICIAN})
"""Roles that see the patients whose care team they are on."""


_REASONS: Final = frozenset({"change_reason", "void_reason"})
HIDDEN: Final[Mapping[Role, Mapping[str, frozenset[str]]]] = MappingProxyType(
    {
        Role.COORDINATOR: {
            "patients": _REASONS,
            "plans": _REASONS | {"reason"},
            "course_exceptions": _REASONS | {"note"},
            "visit_assignments": _REASONS | {"note"},
            "holds": _REASONS | {"note"},
            "care_team": _REASONS | {"reason"},
            "consents": _REASONS | {"note"},
        }
    }
)
"""Free text by role and table: coordinators plan by dates, and read no clinical notes."""


class PatientAccess:
    """What one principal may see for one permission at one moment."""

    def __init__(self, principal: Principal, permission: str, *, now: datetime) -> None:
        self.principal = principal
        self._permission = permission
        self._now = now
        # Whom they do not see is asked again: a patient whom they enter is theirs a moment later.
        self._seen: set[uuid.UUID] = set()

    def sees_clinic(self, clinic_id: uuid.UUID) -> bool:
        """Say whether the clinic and its own rows are visible: the asker's own one.

        An administrator without a clinic is the installation's and sees every clinic.
        """
        own = self.principal.clinic_id
        if own is None:
            return self.principal.role == Role.ADMINISTRATOR
        return own == clinic_id

    def sees_patient(
        self, session: Session, *, clinic_id: uuid.UUID, patient_id: uuid.UUID
    ) -> bool:
        """Say whether the patient's rows are visible; asked of the database once a request."""
        if self.principal.clinic_id != clinic_id:
            return False
        if self.principal.role in OF_THE_CLINIC:
            return True
        if self.principal.role not in ON_THE_TEAM:
            return False
        if patient_id not in self._seen and self._is_on_team(session, patient_id):
            self._seen.add(patient_id)
        return patient_id in self._seen

    def restrict(self, statement: Select[Any], *, clinic: Any, patient: Any) -> Select[Any]:
        """Return the statement for visible rows only."""
        own = self.principal.clinic_id
        if patient is None:
            if own is None and self.principal.role == Role.ADMINISTRATOR:
                return statement
            return statement.where(clinic == own)
        if self.principal.role in OF_THE_CLINIC:
            return statement.where(clinic == own)
        if self.principal.role not in ON_THE_TEAM:
            return statement.where(false())
        team = select(CareTeamRow.patient_id).where(*self._in_force())
        return statement.where(clinic == own, patient.in_(team))

    def hidden_fields(self, table: str) -> frozenset[str]:
        """Return the fields of a table's visible rows that are not shown all the same."""
        return HIDDEN.get(Role(self.principal.role), {}).get(table, frozenset())

    def _is_on_team(self, session: Session, patient_id: uuid.UUID) -> bool:
        statement = select(CareTeamRow.id).where(
            CareTeamRow.patient_id == patient_id, *self._in_force()
        )
        with session.no_autoflush:
            return session.execute(statement.limit(1)).first() is not None

    def _in_force(self) -> list[ColumnElement[bool]]:
        """Return when a row of the care team lets the asker see its patient now."""
        conditions = in_force(self.principal.account_id, now=self._now)
        if self._permission in NOT_IN_AN_EMERGENCY:
            conditions.append(CareTeamRow.kind.not_in(("emergency", "visit")))
        if self.principal.role == Role.PROXY:
            conditions.append(_covers(self._permission))
        return conditions


def in_force(account_id: uuid.UUID, *, now: datetime) -> list[ColumnElement[bool]]:
    """Return when a row of the care team is one of the account and holds at `now`."""
    return [
        CareTeamRow.account_id == account_id,
        CareTeamRow.voided_at.is_(None),
        CareTeamRow.valid_from <= now,
        or_(CareTeamRow.valid_until.is_(None), CareTeamRow.valid_until > now),
    ]


def _covers(permission: str) -> ColumnElement[bool]:
    """Return when what a proxy was granted covers a permission."""
    granting = [scope for scope, granted in PROXY_SCOPES.items() if permission in granted]
    # The names are ours and have no quote in them, so one finds the other in the list's text.
    text = cast(CareTeamRow.scope, String)
    return or_(false(), *(text.like(f'%"{scope}"%') for scope in granting))
