"""A patient with findings of many kinds, for tests of where they find room."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.findings import repository as findings
from app.findings.tables import FindingRow
from app.kit import history
from app.kit.history import Actor, Change

MORE_KINDS: Final = (
    "safety",
    "acute_drop",
    "new_site",
    "progressive_decline",
    "lapse",
    "dose_drift",
)
_COPIED: Final = (
    *("measure", "sites", "sentence", "wording", "evidence"),
    *("method", "method_version", "parameters", "fingerprint"),
)


def more_findings(session: Session, patient_id: uuid.UUID, *, now: datetime) -> None:
    """Open a finding of each of `MORE_KINDS`, with the content of the only one that there is."""
    (known,) = findings.open_findings(session, patient_id)
    for kind in MORE_KINDS:
        row = FindingRow(
            id=uuid.uuid4(),
            clinic_id=known.clinic_id,
            patient_id=patient_id,
            kind=kind,
            status="new",
            first_detected_at=now,
            **{name: getattr(known, name) for name in _COPIED},
        )
        history.begin(row, Change(Actor("test"), now))
        session.add(row)
