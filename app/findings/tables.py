"""Findings: estimates with the evidence that fired them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.base import ClinicalRow, Json, of_patient
from app.kit.sealing import SealedJson, SealedText

_OPEN = text("status <> 'closed' AND voided_at IS NULL")


class FindingRow(ClinicalRow):
    """One episode of one kind of finding; at most one is open per patient and kind.

    `wording` is the sentence as data (`app.said`); findings that were closed before it
    was kept have none. `review` is what a person last said of it. It stays when the status moves
    on, as it does when a snooze is over or the analysis does not show the finding any more.
    """

    __tablename__ = "findings"
    __table_args__ = (
        of_patient(),
        Index(
            "uq_findings_open",
            "patient_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    kind: Mapped[str] = mapped_column()
    status: Mapped[str] = mapped_column()
    measure: Mapped[str | None] = mapped_column()
    sites: Mapped[list[str]] = mapped_column()
    first_detected_at: Mapped[datetime] = mapped_column()
    sentence: Mapped[str] = mapped_column()
    wording: Mapped[Json | None] = mapped_column()
    evidence: Mapped[Json] = mapped_column()
    method: Mapped[str] = mapped_column()
    method_version: Mapped[str] = mapped_column()
    parameters: Mapped[Json] = mapped_column(SealedJson("findings.parameters"))
    fingerprint: Mapped[str] = mapped_column()
    review: Mapped[str | None] = mapped_column()
    reviewed_by: Mapped[str | None] = mapped_column()
    reviewed_at: Mapped[datetime | None] = mapped_column()
    review_reason: Mapped[str | None] = mapped_column(SealedText("findings.review_reason"))
    snoozed_until: Mapped[date | None] = mapped_column()
    closed_at: Mapped[datetime | None] = mapped_column()
    close_reason: Mapped[str | None] = mapped_column()
