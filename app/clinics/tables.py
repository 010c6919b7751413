"""Clinics: the outer wall around patients."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import Json, KeptRow


class ClinicRow(KeptRow):
    """A clinic and its settings; `settings` holds only what differs from the defaults."""

    __tablename__ = "clinics"

    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[Json] = mapped_column()
