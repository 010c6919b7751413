"""Infusions that were entered before lots could be looked back from are found by their lots."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.db import make_engine, upgrade
from app.infusions.tables import LotUseRow
from tests.support.stored import insert_raw

BEFORE = "0009_schedule"
GIVEN = datetime(2026, 1, 5, 9, tzinfo=UTC)
MADE = {"version": 1, "recorded_at": GIVEN, "recorded_by": "Anna"}
CLINIC, PATIENT, LIVE, VOIDED = (uuid.uuid4() for _ in range(4))


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    upgrade(empty_database_url, BEFORE)
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_lots_that_were_given_before_are_found(empty_database_url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        insert_raw(connection, "clinics", id=CLINIC, name="North", **MADE)
        insert_raw(
            connection,
            "patients",
            id=PATIENT,
            clinic_id=CLINIC,
            external_id="sealed",
            external_id_index="1",
            identifiers="sealed",
            time_zone="UTC",
            previous_time_zones=[],
            diagnosis="MMN",
            followed=[],
            **MADE,
        )
        given: dict[str, Any] = {
            "clinic_id": CLINIC,
            "patient_id": PATIENT,
            "started_at": GIVEN,
            "time_zone": "UTC",
            "local_date": date(2026, 1, 5),
            "status": "completed",
            **MADE,
        }
        lots = {"lot_numbers": ["LE 12-a", "LE12A", "P7"]}
        insert_raw(connection, "infusions", id=LIVE, **given, **lots)
        voided = {"voided_at": GIVEN, "voided_by": "Anna", "void_reason": "sealed"}
        insert_raw(connection, "infusions", id=VOIDED, **given, **lots, **voided)
    upgrade(empty_database_url)
    with Session(engine) as session:
        uses = session.execute(select(LotUseRow.infusion_id, LotUseRow.lot_key)).all()
    assert sorted(uses) == [(LIVE, "LE12A"), (LIVE, "P7")]
