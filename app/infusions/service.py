"""How infusions are entered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from app.analysis.cycles import group_courses, infusion_days
from app.analysis.records import Infusion
from app.errors import Fault
from app.infusions import repository, rules
from app.infusions.rules import InfusionDraft
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.base import Json
from app.patients.entries import Entering, Entry, Follower
from app.patients.repository import dosing_weight_at
from app.patients.service import local_columns, zone_of
from app.patients.settings import settings_of
from app.patients.tables import PatientRow
from app.plans.repository import plan_version, plans_of
from app.products.repository import known_keys

_COLUMNS: Final = (
    "started_at",
    "ended_at",
    "status",
    "product",
    "dose_g",
    "weight_kg",
    "note",
)

FOLLOWING_LATER: Final = "infusions that follow their vials later"
"""Where a session's `info` has its `Later`, while infusions and vials are entered together."""


_FOLLOWERS: Final[list[Follower]] = []


def followed_by(follower: Follower) -> None:
    """Let a feature void what it keeps about an infusion, in the transaction that voids that.

    It may raise Conflict: then the infusion stays.
    """
    _FOLLOWERS.append(follower)


@dataclass(slots=True)
class Later:
    """What happened to infusions, by id, until they follow their vials."""

    stated: dict[uuid.UUID, InfusionDraft] = field(default_factory=dict)
    touched: dict[uuid.UUID, None] = field(default_factory=dict)


def _content(draft: InfusionDraft) -> Json:
    columns: dict[str, Any] = {name: getattr(draft, name) for name in _COLUMNS}
    return {**columns, "lot_numbers": list(draft.lot_numbers)}


def _draft(row: InfusionRow) -> InfusionDraft:
    columns: dict[str, Any] = {name: getattr(row, name) for name in _COLUMNS}
    return InfusionDraft(**columns, lot_numbers=tuple(row.lot_numbers))


def _other_course_grams(
    entering: Entering, patient: PatientRow, draft: InfusionDraft, row_id: uuid.UUID | None
) -> float:
    """Return the grams that other infusions of the same course gave."""
    session = entering.session
    settings = settings_of(session, patient, now=entering.change.now).rules
    # Twice the longest course on either side holds every day that could join this one.
    near = repository.infusions_around(
        session, patient.id, draft.started_at, days=2 * settings.join_span_days + 2
    )
    others = [repository.infusion(row) for row in near if row.id != row_id]
    this = Infusion(
        started_at=draft.started_at,
        time_zone=zone_of(patient, draft.started_at),
        status="completed",
        dose_g=draft.dose_g,
    )
    plans = [plan_version(row) for row in plans_of(session, patient.id)]
    courses = group_courses(infusion_days([*others, this]), plans, settings)
    own = next((course for course in courses if this in course.infusions), None)
    return 0.0 if own is None else own.dose_g - (this.dose_g or 0.0)


def _check(
    entering: Entering, patient: PatientRow, draft: InfusionDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    session = entering.session
    # What was given before a product was retired, and is entered later, was given all the same.
    known = set(known_keys(session, patient.clinic_id, at=draft.started_at))
    stored = None if row_id is None else session.get(InfusionRow, row_id)
    if stored is not None and stored.product is not None:
        known |= {stored.product}  # what was given stays so, though the product is retired
    faults = rules.check_infusion(
        draft,
        now=entering.change.now,
        birth_date=patient.birth_date,
        known_products=known,
        reference_weight_kg=dosing_weight_at(session, patient.id, draft.started_at),
        other_course_g=_other_course_grams(entering, patient, draft, row_id),
    )
    if FOLLOWING_LATER in session.info:
        return faults  # compared with its vials when they are all there
    return [*faults, *faults_beside_vials(session, draft, row_id=row_id)]


def faults_beside_vials(
    session: Session, draft: InfusionDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    """Return where a stored infusion would say something else than its vials."""
    totals = None if row_id is None else repository.vial_totals(session, row_id)
    return [] if totals is None else rules.contradictions(draft, totals)


def _follow(entering: Entering, row: InfusionRow) -> None:
    """Void what belongs to an infusion that never was; keep in mind what is compared later."""
    later: Later | None = entering.session.info.get(FOLLOWING_LATER)
    if later is not None:
        later.stated[row.id] = _draft(row)
    if row.voided_at is not None:
        for vial in repository.vials_of(entering.session, row.id):
            history.void(entering.session, vial, entering.change)
        for follow in _FOLLOWERS:
            follow(entering, row)


INFUSION: Final[Entry[InfusionDraft, InfusionRow]] = Entry(
    what="Infusion",
    table=InfusionRow,
    draft_of=_draft,
    content_of=_content,
    derived_of=lambda draft, patient: local_columns(patient, draft.started_at),
    check=_check,
    row_key=("started_at", "product"),
    follow=_follow,
)
