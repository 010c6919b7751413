"""Whole chains and checkpoints that are gone, and checkpoints that nobody makes any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.kit.audit import CHECKPOINTS, INSTALLATION
from app.patients.tables import PatientRow
from tests.kit.audit.trail import (
    NOW,
    PATIENTS,
    Trail,
    an_act,
    copy,
    head_of,
    of,
    put_back,
    vanish,
)
from tests.support.clinic import a_clinic, a_patient

MISSING = "missing, although the installation's chain tells of it"
LATE = "checkpoints: no checkpoint although an entry of"


@pytest.fixture
def signed(unguarded: Trail) -> Trail:
    unguarded.checkpoint()
    assert unguarded.frauds() == []
    return unguarded


def test_a_chain_that_is_gone_with_every_checkpoint_is_found(signed: Trail) -> None:
    vanish(signed, PATIENTS[0], CHECKPOINTS)
    assert signed.frauds() == [f"checkpoint 1: {MISSING}"]


def test_checkpoints_taken_back_to_an_older_head_are_found(signed: Trail) -> None:
    patient, own = head_of(signed, PATIENTS[0]), head_of(signed, CHECKPOINTS)
    signed.append(an_act())
    signed.checkpoint()
    put_back(signed, PATIENTS[0], patient)
    put_back(signed, CHECKPOINTS, own)
    assert signed.frauds() == [f"checkpoint 2: {MISSING}"]
    signed.append(an_act(PATIENTS[1]))
    signed.checkpoint()
    assert signed.frauds() == [
        "checkpoint 2: it is not the one that installation entry 5 tells of",
        f"checkpoint 2: {MISSING}",
    ]


def test_the_installation_taken_back_is_found(signed: Trail) -> None:
    before = head_of(signed, INSTALLATION)
    signed.append(an_act())
    signed.checkpoint()
    put_back(signed, INSTALLATION, before)
    assert signed.frauds() == ["checkpoint 2: no entry of the installation tells of it"]
    vanish(signed, INSTALLATION)
    seen, untold, *_ = signed.frauds()
    assert seen == f"checkpoint 1: entry 3 of chain {INSTALLATION} was there and is missing"
    assert untold == "checkpoint 1: no entry of the installation tells of it"


@pytest.mark.parametrize("detail", ["{}", "[]", "rubbish", '{"number":"x","hash":"y"}'])
def test_an_entry_that_tells_nothing_any_more_is_found(signed: Trail, detail: str) -> None:
    chain = of(signed, INSTALLATION)
    statement = "UPDATE audit_entries SET detail = :detail WHERE chain = :chain AND number = 4"
    signed.run(statement, detail=detail, chain=chain)
    assert signed.frauds() == [
        "installation entry 4: changed after it was written",
        "checkpoint 1: no entry of the installation tells of it",
    ]


def test_an_entry_told_twice_is_found(signed: Trail) -> None:
    copy(signed, of(signed, INSTALLATION), number=4, to=9)
    assert f"checkpoint 1: {MISSING}" in signed.frauds()


# --- checkpoints that stopped --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "is_late"),
    [
        (NOW, False),
        (NOW + timedelta(minutes=31), False),
        (NOW + timedelta(days=1), False),
        (NOW + timedelta(days=1, seconds=1), True),
    ],
)
def test_a_trail_of_a_day_without_a_checkpoint_is_told(
    trail: Trail, now: datetime, *, is_late: bool
) -> None:
    trail.append(an_act())
    assert [fraud.startswith(LATE) for fraud in trail.frauds(now)] == [True] * is_late


@pytest.mark.parametrize(("minutes", "is_late"), [(30, False), (31, True)])
def test_entries_that_no_checkpoint_followed_are_told(
    trail: Trail, minutes: int, *, is_late: bool
) -> None:
    trail.append(an_act(at=NOW - timedelta(hours=5)))
    trail.checkpoint()
    assert trail.frauds(NOW + timedelta(days=9)) == []
    last = NOW + timedelta(days=9)
    trail.append(an_act(at=last))
    found = trail.frauds(last + timedelta(minutes=minutes))
    told = f"{LATE} 2026-06-10 12:00:00.000000 is older than 30 minutes"
    assert found == ([told] if is_late else [])


def test_all_that_joined_the_chains_is_gone(signed: Trail) -> None:
    vanish(signed, PATIENTS[0], INSTALLATION, CHECKPOINTS)
    (found,) = signed.frauds(NOW + timedelta(days=2))
    assert found.startswith(LATE)


# --- patients without a chain --------------------------------------------------------------------


@pytest.mark.parametrize(("after", "is_found"), [(-1, False), (0, False), (1, True)])
def test_a_record_made_after_the_trail_began_has_a_chain(
    trail: Trail, after: int, *, is_found: bool
) -> None:
    with trail.database.writing() as session:
        patient = a_patient(session, a_clinic(session)).id
    assert trail.frauds() == []
    recorded = _recorded_at(trail)
    trail.append(an_act(at=recorded - timedelta(microseconds=after)))
    what = "none, although the record was made after the trail began"
    assert trail.frauds() == ([f"chain of patient {patient}: {what}"] if is_found else [])
    trail.append(an_act(patient, at=recorded))
    assert trail.frauds() == []


def _recorded_at(trail: Trail) -> datetime:
    with trail.database.reading() as session:
        return session.query(PatientRow).one().recorded_at
