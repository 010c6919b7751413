"""The base of every table and the columns that every kept row has."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, MetaData, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.kit.columns import UtcInstant, json_column
from app.kit.sealing import SealedText

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Json = dict[str, Any]


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcInstant(),
        uuid.UUID: Uuid(),
        dict[str, Any]: json_column(),
        list[str]: json_column(),
        list[dict[str, Any]]: json_column(),
    }


class KeptRow(Base):
    """A row that is never overwritten or deleted: who, when, why, and which version.

    `version` is SQLAlchemy's optimistic lock: a change that was made from an older version
    fails. Database triggers refuse a change whose old version was not kept first.
    """

    __abstract__ = True

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column()
    recorded_by: Mapped[str] = mapped_column()
    changed_at: Mapped[datetime | None] = mapped_column()
    changed_by: Mapped[str | None] = mapped_column()
    change_reason: Mapped[str | None] = mapped_column(SealedText("change_reason"))
    voided_at: Mapped[datetime | None] = mapped_column()
    voided_by: Mapped[str | None] = mapped_column()
    void_reason: Mapped[str | None] = mapped_column(SealedText("void_reason"))

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> Json:
        return {"version_id_col": cls.version}


class ClinicWideRow(KeptRow):
    """A kept row that belongs to a clinic as a whole: about none of its patients."""

    __abstract__ = True

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))


class ClinicalRow(KeptRow):
    """A kept row about one patient of one clinic.

    `confirmed` names the fields whose unusual values somebody confirmed at entry.
    """

    __abstract__ = True

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))
    patient_id: Mapped[uuid.UUID] = mapped_column()
    confirmed: Mapped[list[str] | None] = mapped_column()


def of_patient() -> ForeignKeyConstraint:
    """Tie a clinical row to a patient of its own clinic."""
    return ForeignKeyConstraint(["clinic_id", "patient_id"], ["patients.clinic_id", "patients.id"])


def unique_while_live(table: str, *columns: str) -> Index:
    """Allow one row that is not voided for each combination of `columns`."""
    live = text("voided_at IS NULL")
    return Index(
        f"uq_{table}_live",
        *columns,
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
