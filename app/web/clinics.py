"""Which clinic a page of a whole clinic is about."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from app.clinics.service import get_clinic, list_clinics
from app.clinics.tables import ClinicRow
from app.errors import NotFound

ClinicQuery = Annotated[uuid.UUID | None, Query()]


@dataclass(frozen=True, slots=True)
class Clinics:
    """The clinic that is shown, and every one that could be."""

    shown: ClinicRow
    all: Sequence[ClinicRow]


def choose_clinic(session: Session, clinic_id: uuid.UUID | None) -> Clinics:
    """Return the clinic that is named, else the first one that whoever asks may see.

    Raises
    ------
    NotFound
        There is no such clinic, or none at all yet.
    """
    clinics = choose_clinic_or_none(session, clinic_id)
    if clinics is None:
        raise NotFound("Clinic", "of yours")
    return clinics


def choose_clinic_or_none(session: Session, clinic_id: uuid.UUID | None) -> Clinics | None:
    """Return the clinic that is named, else the first one; None where there is none at all yet.

    Raises
    ------
    NotFound
        There is no such clinic.
    """
    clinics = list_clinics(session)
    if clinic_id is not None:
        return Clinics(get_clinic(session, clinic_id), clinics)
    return Clinics(clinics[0], clinics) if clinics else None
