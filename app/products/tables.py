"""The clinic's catalogue of immunoglobulin products."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicWideRow, Json


class ProductRow(ClinicWideRow):
    """A product under its stable key; `facts` holds the label facts with their sources."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("clinic_id", "key"),)

    key: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column()
    route: Mapped[str] = mapped_column()
    concentration_mg_per_ml: Mapped[float | None] = mapped_column()
    facts: Mapped[Json] = mapped_column()
