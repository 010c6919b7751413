"""Infusions: what was given, when, from which lots."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, delete, event, inspect, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.kit.base import Base, ClinicalRow, of_patient
from app.kit.sealing import SealedText
from app.lots.rules import lot_key

_WITHOUT_GTIN: Final = text("voided_at IS NULL AND serial IS NOT NULL AND gtin IS NULL")


class InfusionRow(ClinicalRow):
    """One infusion; `local_date` is the patient's date at its start and never moves.

    Two bags of one product that start together are two rows, so nothing here is unique.
    """

    __tablename__ = "infusions"
    __table_args__ = (
        of_patient(),
        ForeignKeyConstraint(["clinic_id", "product"], ["products.clinic_id", "products.key"]),
        Index("ix_infusions_patient_started", "patient_id", "started_at"),
    )

    started_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    status: Mapped[str] = mapped_column()
    product: Mapped[str | None] = mapped_column()
    dose_g: Mapped[float | None] = mapped_column()
    weight_kg: Mapped[float | None] = mapped_column()
    lot_numbers: Mapped[list[str]] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("infusions.note"))


class SignatureRow(ClinicalRow):
    """Somebody's word that an infusion, a visit or a plan is recorded as it was.

    One of `visit_id`, `plan_id` and `infusion_id` says what was signed; a visit's signature names
    the infusion of the visit too. `signed_version` and `content_hash` are those of what was
    signed; `covers` lists it and every row that was signed with it, each with its table, id,
    version and hash (`app.infusions.signing.content_hash`). It is empty in signatures from before
    there was anything but infusions. A later version leaves the signature readable, and shows it
    as amended.
    """

    __tablename__ = "signatures"
    __table_args__ = (
        of_patient(),
        Index("ix_signatures_infusion_id", "infusion_id"),
        Index("ix_signatures_visit_id", "visit_id"),
        Index("ix_signatures_plan_id", "plan_id"),
    )

    infusion_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("infusions.id"))
    visit_id: Mapped[uuid.UUID | None] = mapped_column()  # no foreign key: visits know infusions
    plan_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("plans.id"))
    signed_version: Mapped[int] = mapped_column()
    content_hash: Mapped[str] = mapped_column()
    covers: Mapped[list[dict[str, Any]] | None] = mapped_column()
    account_id: Mapped[uuid.UUID] = mapped_column()
    role: Mapped[str] = mapped_column()


class VialRow(ClinicalRow):
    """One vial that was opened for an infusion: what ran in, and what was thrown away.

    `used_g` and `wasted_g` together are `nominal_g`, to a millionth of a gram. `lot_key` is the
    form of `lot` under which lots are compared.
    """

    __tablename__ = "vials"
    __table_args__ = (
        of_patient(),
        ForeignKeyConstraint(["clinic_id", "product"], ["products.clinic_id", "products.key"]),
        Index("ix_vials_infusion_lot", "infusion_id", "lot_key"),
        Index("ix_vials_patient_id", "patient_id"),
        Index(
            "uq_vials_serial",
            *("clinic_id", "serial", "gtin"),
            unique=True,
            sqlite_where=text("voided_at IS NULL AND serial IS NOT NULL"),
            postgresql_where=text("voided_at IS NULL AND serial IS NOT NULL"),
        ),
        # Nulls are never equal: without a GTIN the product stands for it.
        Index(
            "uq_vials_serial_of_product",
            *("clinic_id", "serial", "product"),
            unique=True,
            sqlite_where=_WITHOUT_GTIN,
            postgresql_where=_WITHOUT_GTIN,
        ),
    )

    infusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("infusions.id"))
    product: Mapped[str] = mapped_column()
    nominal_g: Mapped[float] = mapped_column()
    lot: Mapped[str] = mapped_column()
    lot_key: Mapped[str] = mapped_column()
    expires_on: Mapped[date | None] = mapped_column()
    serial: Mapped[str | None] = mapped_column()
    gtin: Mapped[str | None] = mapped_column()
    scanned_text: Mapped[str | None] = mapped_column(SealedText("vials.scanned_text"))
    started_at: Mapped[datetime | None] = mapped_column()
    concentration_mg_per_ml: Mapped[float] = mapped_column()
    used_ml: Mapped[float] = mapped_column()
    wasted_ml: Mapped[float] = mapped_column()
    used_g: Mapped[float] = mapped_column()
    wasted_g: Mapped[float] = mapped_column()
    waste_reason: Mapped[str | None] = mapped_column(SealedText("vials.waste_reason"))
    looks_right: Mapped[bool | None] = mapped_column()
    expired_reason: Mapped[str | None] = mapped_column(SealedText("vials.expired_reason"))
    recalled_reason: Mapped[str | None] = mapped_column(SealedText("vials.recalled_reason"))


class LotUseRow(Base):
    """A lot that a live infusion names, for looking back from the lot to whoever got it.

    It follows `InfusionRow.lot_numbers` by itself, wherever an infusion comes from.
    """

    __tablename__ = "lot_uses"
    __table_args__ = (Index("ix_lot_uses_lot", "clinic_id", "lot_key"),)

    infusion_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("infusions.id"), primary_key=True)
    lot_key: Mapped[str] = mapped_column(primary_key=True)
    clinic_id: Mapped[uuid.UUID] = mapped_column()

    # Nobody reads it; it makes SQLAlchemy insert the infusion first.
    infusion: Mapped[InfusionRow] = relationship(lazy="raise")


def _keep_lot_uses(session: Session, _context: object, _instances: object) -> None:
    """Name the lots of every infusion that is new or changed."""
    for row in [row for row in session.new if isinstance(row, InfusionRow)]:
        _name_lots(session, row)
    for row in [row for row in session.dirty if isinstance(row, InfusionRow)]:
        changed = inspect(row).attrs
        if changed.lot_numbers.history.has_changes() or changed.voided_at.history.has_changes():
            session.execute(delete(LotUseRow).where(LotUseRow.infusion_id == row.id))
            _name_lots(session, row)


def _name_lots(session: Session, row: InfusionRow) -> None:
    if row.voided_at is None:
        for key in dict.fromkeys(lot_key(lot) for lot in row.lot_numbers):
            use = {"infusion_id": row.id, "lot_key": key, "clinic_id": row.clinic_id}
            session.add(LotUseRow(**use))


event.listen(Session, "before_flush", _keep_lot_uses)
