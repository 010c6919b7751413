"""What an import leaves in the audit trail: one row for each patient, or nothing."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from app.kit.audit.tables import AuditEntryRow
from app.kit.audit.verifying import Verification
from app.patients.tables import PatientRow
from tests.exchange.world import EVERYTHING, LATER, NOW, PATIENTS, REPORTS, World

TWO = f"{PATIENTS}P2,Europe/Oslo,MMN\n"


def imports(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Return (patient, counts) of every import, oldest first for each."""
    with world.database.reading() as session:
        names = {row.id: row.external_id for row in session.scalars(select(PatientRow))}
        statement = select(AuditEntryRow).where(AuditEntryRow.action == "import")
        rows = session.scalars(statement.order_by(AuditEntryRow.id)).all()
        for row in rows:
            assert (row.actor, row.actor_id, row.via) == ("a test", None, "command line")
            assert row.chain == row.patient_id
            assert row.clinic_id is not None
    told = [(names[row.chain], json.loads(row.detail)) for row in rows]
    return sorted(told, key=lambda pair: pair[0])


def test_an_import_writes_one_row_for_each_patient(world: World) -> None:
    world.load({**EVERYTHING, "patients.csv": TWO})
    assert imports(world) == [
        (
            "P1",
            {
                f"{name}.new": 1
                for name in (
                    *("patients", "weights", "plans", "holds", "therapies"),
                    *("infusions", "reports"),
                )
            },
        ),
        ("P2", {"patients.new": 1}),
    ]
    with world.database.snapshot() as session:
        assert list(Verification(session, world.database.keys.get()).frauds()) == []


def test_every_import_writes_its_own_row(world: World) -> None:
    world.load(EVERYTHING)
    world.load({"reports.csv": REPORTS.replace(",7", ",6")}, now=LATER, amend="misread")
    second = imports(world)[1]
    assert second == ("P1", {"patients.unchanged": 1, "reports.amended": 1})
    with world.database.reading() as session:
        moments = session.scalars(
            select(AuditEntryRow.at)
            .where(AuditEntryRow.action == "import")
            .order_by(AuditEntryRow.number)
        ).all()
    assert moments == [NOW, LATER]


def test_an_import_that_stores_nothing_leaves_nothing(world: World) -> None:
    world.load({"reports.csv": REPORTS.replace(",7", ",11")})
    assert imports(world) == []


def test_good_rows_alone_are_told(world: World) -> None:
    faulty = f"{REPORTS}P2,2025-01-05T07:30:00+01:00,strength_nrs,right_hand,11\n"
    world.load({"patients.csv": TWO, "reports.csv": faulty}, allow_partial=True)
    assert imports(world) == [
        ("P1", {"patients.new": 1, "reports.new": 1}),
        ("P2", {"patients.new": 1}),
    ]


def test_rows_of_a_patient_under_two_names_are_one_row(world: World) -> None:
    world.load({})
    with world.database.reading() as session:
        identity = session.scalars(select(PatientRow.id)).one()
    renamed = f"id,patient_id,time_zone,diagnosis\n{identity},P9,Europe/Oslo,MMN\n"
    world.load({"patients.csv": renamed, "reports.csv": REPORTS}, amend="a new number")
    assert imports(world) == [
        ("P9", {"patients.new": 1}),
        ("P9", {"patients.amended": 1, "reports.new": 1}),
    ]


def test_opening_the_first_clinic_is_an_act_of_its_own(world: World) -> None:
    world.load({})
    world.load({})
    with world.database.reading() as session:
        statement = select(AuditEntryRow).where(AuditEntryRow.action == "administer")
        (row,) = session.scalars(statement).all()
    assert (row.chain, row.patient_id) == (row.clinic_id, None)
    assert (row.operation, json.loads(row.detail)) == ("import", {"what": "opened"})
