"""Patients, their weights and their other therapies."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.tables import AccountRow
from app.clinics.tables import SettingColumns
from app.kit.base import Base, ClinicalRow, Json, KeptRow, of_patient, unique_while_live
from app.kit.keys import Keyring
from app.kit.sealing import BlindIndex, SealedDate, SealedJson, SealedText, blind_index, keys_of

_UNSEEN = text("kind = 'emergency' AND seen_at IS NULL")
_STALE = text("analysed_number IS NULL OR analysed_number < change_number")


class PatientRow(KeptRow):
    """Who is treated.

    `external_id` is the clinic's own identifier, found by `external_id_index`; `identifiers` are
    those of other systems.
    `previous_time_zones` lists `{"until": instant, "time_zone": key}`, oldest first.
    `followed` lists `measure@site`, in the order in which the patient is asked.
    """

    __tablename__ = "patients"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        unique_while_live("patients", "clinic_id", "external_id_index"),
        # An import asks for every patient of its files, and for voided ones too.
        Index("ix_patients_identifier", "clinic_id", "external_id_index"),
    )

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))
    external_id: Mapped[str] = mapped_column(SealedText("patients.external_id"))
    external_id_index: Mapped[str] = mapped_column(BlindIndex)
    identifiers: Mapped[Json] = mapped_column(SealedJson("patients.identifiers"))
    family_name: Mapped[str | None] = mapped_column(SealedText("patients.family_name"))
    given_name: Mapped[str | None] = mapped_column(SealedText("patients.given_name"))
    birth_date: Mapped[date | None] = mapped_column(SealedDate("patients.birth_date"))
    sex: Mapped[str | None] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    previous_time_zones: Mapped[list[dict[str, Any]]] = mapped_column()
    diagnosis: Mapped[str] = mapped_column()
    diagnosed_on: Mapped[date | None] = mapped_column()
    dominant_hand: Mapped[str | None] = mapped_column()
    anti_gm1: Mapped[str | None] = mapped_column()
    conduction_block: Mapped[str | None] = mapped_column()
    followed: Mapped[list[str]] = mapped_column()
    confirmed: Mapped[list[str] | None] = mapped_column()


def external_id_index(keyring: Keyring, external_id: str) -> str:
    """Return what a patient is found by without naming the identifier."""
    return blind_index(keyring, "patients.external_id", external_id)


@event.listens_for(PatientRow, "before_insert")
@event.listens_for(PatientRow, "before_update")
def _keep_findable(_mapper: object, connection: Connection, patient: PatientRow) -> None:
    keyring = keys_of(connection.dialect).get()
    patient.external_id_index = external_id_index(keyring, patient.external_id)


class WeightRow(ClinicalRow):
    """A body weight; `local_date` is the patient's date then and never moves."""

    __tablename__ = "weights"
    __table_args__ = (
        of_patient(),
        unique_while_live("weights", "patient_id", "measured_at", "kind"),
    )

    measured_at: Mapped[datetime] = mapped_column()
    time_zone: Mapped[str] = mapped_column()
    local_date: Mapped[date] = mapped_column()
    weight_kg: Mapped[float] = mapped_column()
    kind: Mapped[str] = mapped_column()


class TherapyRow(ClinicalRow):
    """Another treatment that was suggested, started, stopped or declined."""

    __tablename__ = "therapies"
    __table_args__ = (
        of_patient(),
        unique_while_live("therapies", "patient_id", "therapy", "from_date"),
    )

    therapy: Mapped[str] = mapped_column()
    status: Mapped[str] = mapped_column()
    from_date: Mapped[date] = mapped_column()
    to_date: Mapped[date | None] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("therapies.note"))


class PatientSettingRow(SettingColumns, ClinicalRow):
    """A setting of the analysis for one patient, before that of the clinic."""

    __tablename__ = "patient_settings"
    __table_args__ = (
        of_patient(),
        unique_while_live("patient_settings", "patient_id", "key", "effective_date"),
    )


class CareTeamRow(ClinicalRow):
    """Who may see a patient, as what, from when until when.

    `kind` is "self", "proxy", "member", "emergency" or "visit"; `scope` lists what a proxy may
    do, and is empty for everybody else. `valid_until` is the first instant at which it holds no
    more. `seen_by` and `seen_at` say which physician took note of an emergency access.
    """

    __tablename__ = "care_team"
    __table_args__ = (
        of_patient(),
        unique_while_live("care_team", "patient_id", "account_id", "kind", "valid_from"),
        Index("ix_care_team_account_id_patient_id", "account_id", "patient_id"),
        Index("ix_care_team_unseen", "clinic_id", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(AccountRow.id))
    kind: Mapped[str] = mapped_column()
    scope: Mapped[list[str] | None] = mapped_column()
    valid_from: Mapped[datetime] = mapped_column()
    valid_until: Mapped[datetime | None] = mapped_column()
    reason: Mapped[str | None] = mapped_column(SealedText("care_team.reason"))
    seen_by: Mapped[str | None] = mapped_column()
    seen_at: Mapped[datetime | None] = mapped_column()

    account: Mapped[AccountRow] = relationship(viewonly=True)

    @property
    def name(self) -> str:
        """Who that is."""
        return self.account.name


class ConsentRow(ClinicalRow):
    """What a patient allowed, or no longer allows, from a date on.

    `form` names the text that was agreed to, with its version.
    """

    __tablename__ = "consents"
    __table_args__ = (
        of_patient(),
        unique_while_live("consents", "patient_id", "purpose", "from_date", "decision"),
    )

    purpose: Mapped[str] = mapped_column()
    decision: Mapped[str] = mapped_column()
    from_date: Mapped[date] = mapped_column()
    form: Mapped[str] = mapped_column()
    note: Mapped[str | None] = mapped_column(SealedText("consents.note"))


class AnalysisRow(Base):
    """The newest analysis of a patient and whether it still stands.

    Every change of the patient's record raises `change_number` in the same transaction; an
    analysis remembers the number that it saw. So a change that arrives while an analysis runs
    leaves it stale, and a hundred changes cost one analysis. `look_again_at` is when time
    alone may change a result. The row is derived and may be recomputed at any moment, which is
    why it keeps no versions.
    """

    __tablename__ = "patient_analyses"
    __table_args__ = (
        of_patient(),
        Index(
            "ix_patient_analyses_stale",
            "patient_id",
            sqlite_where=_STALE,
            postgresql_where=_STALE,
        ),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinics.id"))
    change_number: Mapped[int] = mapped_column(BigInteger)
    analysed_number: Mapped[int | None] = mapped_column(BigInteger)
    analysed_at: Mapped[datetime | None] = mapped_column()
    look_again_at: Mapped[datetime | None] = mapped_column(index=True)
    method: Mapped[str | None] = mapped_column()
    fingerprint: Mapped[str | None] = mapped_column()
    results: Mapped[Json | None] = mapped_column()
    failure: Mapped[str | None] = mapped_column()
