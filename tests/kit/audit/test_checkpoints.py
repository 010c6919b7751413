"""Checkpoints: the ends of the chains that moved, signed together, now and then."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.kit.audit import INSTALLATION, append, checkpoints
from app.kit.audit.checkpoints import Checkpointer
from app.kit.audit.tables import AuditCheckpointRow
from tests.kit.audit.trail import CLINIC, NOW, PATIENTS, Trail, an_act

EVERY = timedelta(minutes=15)


def claims(trail: Trail) -> list[dict[str, int]]:
    """Return for each checkpoint which entry of which chain it names."""
    with trail.database.reading() as session:
        texts = session.scalars(
            select(AuditCheckpointRow.heads).order_by(AuditCheckpointRow.number)
        )
        return [{chain: head[0] for chain, head in json.loads(text).items()} for text in texts]


def test_a_checkpoint_names_what_moved_since_the_last(trail: Trail) -> None:
    trail.append(an_act(), an_act(), an_act(PATIENTS[1]))
    trail.checkpoint()
    trail.append(an_act(PATIENTS[1]), an_act(None))
    trail.checkpoint()
    assert claims(trail) == [
        {PATIENTS[0].hex: 2, PATIENTS[1].hex: 1},
        {PATIENTS[1].hex: 2, CLINIC.hex: 1, INSTALLATION.hex: 1},
    ]
    assert trail.frauds() == []


def test_nothing_moved_nothing_signed(trail: Trail) -> None:
    assert trail.checkpoint() == []
    trail.append(an_act())
    assert [made.chains for made in trail.checkpoint()] == [1]
    assert trail.checkpoint() == []


def test_each_tells_of_itself_in_the_chain_of_the_installation(trail: Trail) -> None:
    trail.append(an_act())
    (made,) = trail.checkpoint()
    (told,) = trail.entries(INSTALLATION)
    assert (told.action, told.operation, told.actor) == ("administer", "checkpoint", "worker")
    assert json.loads(told.detail) == {"number": 1, "hash": made.hash.hex()}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_where_nothing_can_be_signed_nothing_is_left(trail: Trail) -> None:
    trail.append(an_act())
    with trail.database.writing() as session:
        append(session, [an_act()])
        assert trail.checkpoint() == []
    assert trail.frauds() == []
    assert trail.entries(INSTALLATION) == []


def test_many_chains_take_several_checkpoints(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_CHAINS", 3)
    trail.append(*(an_act(patient) for patient in PATIENTS), an_act(None))
    made = trail.checkpoint()
    assert [(one.number, one.chains) for one in made] == [(1, 3), (2, 3)]
    assert trail.frauds() == []


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_chain_in_use_is_left_for_the_next_time(trail: Trail) -> None:
    trail.append(an_act(), an_act(PATIENTS[1]))
    with trail.database.writing() as session:
        append(session, [an_act()])
        trail.checkpoint()
    assert claims(trail) == [{PATIENTS[1].hex: 1}]
    trail.checkpoint()
    assert claims(trail)[1:] == [{PATIENTS[0].hex: 2, INSTALLATION.hex: 1}]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_one_process_signs_at_a_time(trail: Trail) -> None:
    trail.append(an_act())
    with trail.database.writing() as session:
        assert checkpoints._make(session, NOW, actor="", via="") is not None
        assert trail.checkpoint() == []
    assert claims(trail) == [{PATIENTS[0].hex: 1}]


@pytest.mark.parametrize(
    ("after", "made"),
    [(EVERY - timedelta(seconds=1), 0), (EVERY, 1), (EVERY + timedelta(seconds=1), 1)],
)
def test_the_next_one_is_due_when_the_last_is_old_enough(
    trail: Trail, after: timedelta, made: int
) -> None:
    trail.append(an_act())
    assert Checkpointer(trail.database, every=EVERY).work(NOW) == 1
    trail.append(an_act())
    of_another_process = Checkpointer(trail.database, every=EVERY)
    assert of_another_process.work(NOW + after) == made
    assert len(claims(trail)) == 1 + made


def test_a_checkpointer_that_was_just_at_it_does_not_ask_again(trail: Trail) -> None:
    checkpointer = Checkpointer(trail.database, every=EVERY)
    assert checkpointer.work(NOW) == 0
    trail.append(an_act())
    assert checkpointer.work(NOW + EVERY - timedelta(seconds=1)) == 0
    assert checkpointer.work(NOW + EVERY) == 1
