"""Lots that a maker or an authority called back."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicWideRow, unique_while_live
from app.kit.sealing import SealedText

_OF_EVERY_PRODUCT: Final = text("voided_at IS NULL AND product IS NULL")


class RecallRow(ClinicWideRow):
    """One lot that must not be given, as a clinic entered it.

    `product` is a key of the catalogue; None stands for every product. `lot_key` is the form of
    `lot` under which lots are compared.
    """

    __tablename__ = "recalls"
    __table_args__ = (
        Index("ix_recalls_clinic_id_lot_key", "clinic_id", "lot_key"),
        unique_while_live("recalls", "clinic_id", "lot_key", "product"),
        # Nulls are never equal: recalls of every product have an index of their own.
        Index(
            "uq_recalls_live_of_every_product",
            *("clinic_id", "lot_key"),
            unique=True,
            sqlite_where=_OF_EVERY_PRODUCT,
            postgresql_where=_OF_EVERY_PRODUCT,
        ),
    )

    product: Mapped[str | None] = mapped_column()
    lot: Mapped[str] = mapped_column()
    lot_key: Mapped[str] = mapped_column()
    kind: Mapped[str] = mapped_column()
    announced_on: Mapped[date] = mapped_column()
    source: Mapped[str] = mapped_column()
    reference: Mapped[str | None] = mapped_column()
    reason: Mapped[str | None] = mapped_column(SealedText("recalls.reason"))
    advice: Mapped[str | None] = mapped_column(SealedText("recalls.advice"))
