"""Which clinic a command is about."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.clinics.service import list_clinics
from app.clinics.tables import ClinicRow
from app.exchange.errors import WrongUsage


def choose_clinic(session: Session, name: str | None) -> ClinicRow | None:
    """Return the clinic of the name, or the only one; None where there is no clinic at all.

    Raises
    ------
    WrongUsage
        There are several and none was named, or none has the name.
    """
    clinics = list_clinics(session)
    if not clinics:
        return None
    names = ", ".join(clinic.name for clinic in clinics)
    if name is None:
        if len(clinics) == 1:
            return clinics[0]
        message = f"There are several clinics: {names}. Choose one with --clinic."
        raise WrongUsage(message)
    chosen = next((clinic for clinic in clinics if clinic.name == name), None)
    if chosen is None:
        message = f"There is no clinic {name}; there is: {names}."
        raise WrongUsage(message)
    return chosen
