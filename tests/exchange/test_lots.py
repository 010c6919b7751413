"""Lots that files name are found by a look-back, and files do not contradict entered vials."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from app.infusions.tables import InfusionRow, LotUseRow
from app.kit.history import Actor, Change
from app.lookback.service import look_back
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.vials.rules import VialDraft
from app.vials.service import VIAL
from tests.exchange.world import NOW, World

HEAD = "patient_id,started_at,status,product,dose_g,lot_numbers\n"
GIVEN = "P1,2025-01-02T09:00:00+01:00,completed,privigen,35,"


def keys(world: World) -> list[str]:
    with world.database.reading() as session:
        return sorted(session.scalars(select(LotUseRow.lot_key)))


def test_lots_that_are_imported_are_looked_back_from(world: World) -> None:
    world.load({"infusions.csv": f"{HEAD}{GIVEN}LE12-A;le12a;P 7\n"})
    assert keys(world) == ["LE12A", "P7"]
    with world.database.reading() as session:
        clinic_id = session.scalars(select(PatientRow.clinic_id)).one()
        (only,) = look_back(session, clinic_id, lot="p.7").recipients
    assert (only.uses[0].lots, only.used_g) == (("P 7",), None)


def test_lots_follow_an_import_that_amends(world: World) -> None:
    world.load({"infusions.csv": f"{HEAD}{GIVEN}A;B\n"})
    amended = world.load({"infusions.csv": f"{HEAD}{GIVEN}B;C\n"}, amend="misread")
    assert amended.sums[2] == 1
    assert keys(world) == ["B", "C"]


def enter_a_vial(world: World) -> str:
    with world.database.writing() as session:
        infusion = session.scalars(select(InfusionRow)).one()
        patient = session.scalars(select(PatientRow)).one()
        draft = VialDraft(
            infusion.id, "privigen", 20.0, lot="A", used_ml=200.0, expires_on=date(2027, 1, 1)
        )
        now = Entering(session, Change(Actor("a test"), NOW), confirm=True)
        entries.create(now, VIAL, patient=patient, row_id=None, draft=draft)
        return str(infusion.id)


def test_a_file_does_not_contradict_vials(world: World) -> None:
    world.load({"infusions.csv": f"{HEAD}{GIVEN}A\n"})
    identity = enter_a_vial(world)
    stated = f"{HEAD.rstrip()},id,confirmed\n{GIVEN}A,{identity},\n"
    refused = world.load({"infusions.csv": stated}, amend="our file is right")
    assert refused.sums[3] == 1
    assert "20 g were used of the vials" in refused.faults[0]
    refused = world.load({"infusions.csv": f"{HEAD}{GIVEN}A\n"}, amend="our file is right")
    assert refused.sums[3] == 1
