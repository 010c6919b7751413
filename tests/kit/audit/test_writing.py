"""Appending: one chain for each patient, each entry signed over the one before."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from app.kit.audit import CHECKPOINTS, INSTALLATION, Act, append
from app.kit.audit.chain import START, unpacked
from app.kit.audit.tables import AuditHeadRow
from tests.kit.audit.trail import CLINIC, NOW, NURSE, PATIENTS, Trail, an_act


def test_an_act_is_kept_as_it_was(trail: Trail) -> None:
    act = an_act(ids=PATIENTS[1:3], detail={"status": 200, "why": None, "b": True, "a": "x"})
    trail.append(act)
    (row,) = trail.entries()
    assert (row.chain, row.number, row.previous_hash) == (PATIENTS[0], 1, START)
    assert (row.at, row.actor_id, row.actor, row.via) == (NOW, NURSE, "nurse", "session 1")
    assert (row.action, row.operation) == ("read", "read_patient")
    assert (row.clinic_id, row.patient_id) == (CLINIC, PATIENTS[0])
    assert unpacked(row.ids) == list(PATIENTS[1:3])
    assert row.detail == '{"a":"x","b":true,"status":200,"why":null}'


def test_an_act_without_ids_and_detail_keeps_none(trail: Trail) -> None:
    trail.append(an_act())
    (row,) = trail.entries()
    assert (row.ids, row.detail) == (None, "{}")


@pytest.mark.parametrize(
    ("patient_id", "clinic_id", "chain"),
    [
        (PATIENTS[0], CLINIC, PATIENTS[0]),
        (None, CLINIC, CLINIC),
        (None, None, INSTALLATION),
    ],
)
def test_the_chain_is_that_of_whom_the_act_is_about(
    trail: Trail, patient_id: uuid.UUID | None, clinic_id: uuid.UUID | None, chain: uuid.UUID
) -> None:
    trail.append(an_act(patient_id, clinic_id=clinic_id))
    assert trail.entries()[0].chain == chain


def test_acts_of_one_chain_keep_their_order(trail: Trail) -> None:
    first, second = PATIENTS[:2]
    acts = [an_act(second, operation="a"), an_act(first, operation="b")]
    trail.append(*acts, an_act(second, operation="c"), an_act(first, operation="d"))
    trail.append(an_act(second, operation="e"))
    assert [row.operation for row in trail.entries(first)] == ["b", "d"]
    rows = trail.entries(second)
    assert [(row.number, row.operation) for row in rows] == [(1, "a"), (2, "c"), (3, "e")]
    assert [row.previous_hash for row in rows] == [START, rows[0].hash, rows[1].hash]


def test_the_head_names_the_last_entry(trail: Trail) -> None:
    trail.append(an_act())
    trail.append(an_act(), an_act(PATIENTS[1]))
    with trail.database.reading() as session:
        heads = session.execute(select(AuditHeadRow.chain, AuditHeadRow.number, AuditHeadRow.hash))
        found = {chain: (number, last) for chain, number, last in heads}
    last = {row.chain: (row.number, row.hash) for row in trail.entries()}
    assert found == last
    assert CHECKPOINTS not in found


def test_what_the_session_holds_is_rolled_back_with_the_entry(trail: Trail) -> None:
    with trail.database.writing() as session:
        append(session, [an_act()])
        session.rollback()
    assert trail.entries() == []
    trail.append(an_act())
    assert trail.frauds() == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(an_act(), at=datetime(2026, 6, 1)),  # noqa: DTZ001 - refused for that
        an_act(detail={"grams": 0.5}),
        an_act(detail={"rows": ["x"]}),
    ],
)
def test_an_act_that_cannot_be_signed_is_refused(trail: Trail, wrong: Act) -> None:
    with pytest.raises((ValueError, TypeError)):
        trail.append(an_act(), wrong)
    assert trail.entries() == []


def test_nothing_to_append_touches_nothing(trail: Trail) -> None:
    trail.append()
    assert trail.entries() == []


def test_more_acts_than_fit_one_statement(trail: Trail) -> None:
    trail.append(*(an_act(uuid.uuid4()) for _ in range(600)), *(an_act() for _ in range(600)))
    assert len(trail.entries()) == 1200
    assert trail.frauds() == []


def test_writers_of_the_same_chains_neither_lose_entries_nor_block_each_other_for_ever(
    trail: Trail,
) -> None:
    errors: list[Exception] = []

    def write(order: Sequence[uuid.UUID]) -> None:
        try:
            for index in range(15):
                chains = order[index % 2 :]
                trail.append(*(an_act(patient) for patient in chains))
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    orders = [PATIENTS, PATIENTS[::-1], PATIENTS[2:] + PATIENTS[:2], PATIENTS[1:3]]
    threads = [threading.Thread(target=write, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(trail.entries()) == 8 * 4 * 3 + 7 * 3 * 3 + 8 * 2 + 7
    assert trail.frauds() == []
