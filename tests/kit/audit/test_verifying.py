"""Whatever somebody does to the trail behind the guards' back is found; a clean trail is clean."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from app.db import Database
from app.kit.audit.verifying import Verification
from app.kit.keys import new_keyring
from tests.kit.audit.trail import (
    CLINIC,
    NOW,
    PATIENTS,
    Trail,
    an_act,
    copy,
    head_of,
    of,
    put_back,
)

OUT_OF_PLACE = "inserted or moved: it does not continue what stands before it"

MISSING = "missing, although the installation's chain tells of it"


def where(patient: uuid.UUID, number: int) -> str:
    return f"patient {patient} entry {number}"


# --- one fraud at a time, with its words ---------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "physician"),
        ("via", ""),
        ("action", "write"),
        ("operation", "x"),
        ("detail", "{ }"),
        ("at", "2026-06-01 12:00:00.000001"),
        ("actor_id", None),
        ("clinic_id", None),
        ("ids", None),
        ("hash", b"\x00" * 32),
    ],
)
def test_a_changed_value_is_found(unguarded: Trail, column: str, value: object) -> None:
    if column == "at" and not unguarded.database.is_sqlite:
        value = f"{value}+00"
    unguarded.run(
        f"UPDATE audit_entries SET {column} = :value WHERE chain = :chain AND number = 3",
        value=value,
        chain=of(unguarded, PATIENTS[1]),
    )
    found = unguarded.frauds()
    assert found[0] == f"{where(PATIENTS[1], 3)}: changed after it was written"
    assert len(found) == (2 if column == "hash" else 1)


def test_a_changed_hash_inside_a_chain_breaks_the_next_link(unguarded: Trail) -> None:
    unguarded.run(
        "UPDATE audit_entries SET hash = previous_hash WHERE chain = :chain AND number = 2",
        chain=of(unguarded, PATIENTS[1]),
    )
    assert unguarded.frauds() == [
        f"{where(PATIENTS[1], 2)}: changed after it was written",
        f"{where(PATIENTS[1], 3)}: {OUT_OF_PLACE}",
    ]


def test_a_removed_entry_is_found(unguarded: Trail) -> None:
    unguarded.run(
        "DELETE FROM audit_entries WHERE chain = :chain AND number = 2",
        chain=of(unguarded, PATIENTS[2]),
    )
    assert unguarded.frauds() == [f"{where(PATIENTS[2], 2)}: removed"]


def test_the_beginning_removed_is_found(unguarded: Trail) -> None:
    unguarded.run(
        "DELETE FROM audit_entries WHERE chain = :chain AND number < 3",
        chain=of(unguarded, PATIENTS[0]),
    )
    assert unguarded.frauds() == [f"patient {PATIENTS[0]} entries 1 to 2: removed"]


def test_an_end_cut_off_is_found(unguarded: Trail) -> None:
    unguarded.run(
        "DELETE FROM audit_entries WHERE chain = :chain AND number = 3",
        chain=of(unguarded, PATIENTS[3]),
    )
    assert unguarded.frauds() == [f"{where(PATIENTS[3], 3)}: cut off the end"]


def test_a_whole_chain_removed_is_found_by_its_head(unguarded: Trail) -> None:
    for chain in (CLINIC, uuid.UUID(int=0)):
        unguarded.run("DELETE FROM audit_entries WHERE chain = :chain", chain=of(unguarded, chain))
    assert unguarded.frauds() == [
        "installation entries 1 to 3: cut off the end",
        f"chain {CLINIC} entries 1 to 3: cut off the end",
    ]


def test_a_removed_head_is_found(unguarded: Trail) -> None:
    unguarded.run("DELETE FROM audit_heads WHERE chain = :chain", chain=of(unguarded, CLINIC))
    assert unguarded.frauds() == [f"clinic {CLINIC} head: removed; the chain ends with entry 3"]


def test_an_end_cut_off_with_a_head_to_fit_is_found(unguarded: Trail) -> None:
    chain = of(unguarded, PATIENTS[0])
    unguarded.run("DELETE FROM audit_entries WHERE chain = :chain AND number = 3", chain=chain)
    unguarded.run(
        "UPDATE audit_heads SET number = 2, hash = (SELECT hash FROM audit_entries"
        " WHERE chain = :chain AND number = 2) WHERE chain = :chain",
        chain=chain,
    )
    assert unguarded.frauds() == [f"patient {PATIENTS[0]} head: forged"]


def test_an_end_replaced_by_another_entry_is_found(unguarded: Trail) -> None:
    chain = of(unguarded, PATIENTS[0])
    copy(unguarded, chain, number=2, to=4)
    assert unguarded.frauds() == [
        f"{where(PATIENTS[0], 4)}: {OUT_OF_PLACE}",
        f"{where(PATIENTS[0], 4)}: changed after it was written",
        f"{where(PATIENTS[0], 4)}: added behind the head's back",
    ]


def test_an_entry_before_the_first_is_found(unguarded: Trail) -> None:
    copy(unguarded, of(unguarded, PATIENTS[0]), number=2, to=0)
    assert f"{where(PATIENTS[0], 0)}: it was inserted after entry 0" in unguarded.frauds()


def test_a_key_that_nobody_knows_is_found(unguarded: Trail) -> None:
    values = {"chain": of(unguarded, PATIENTS[0])}
    for table in ("audit_entries", "audit_heads"):
        unguarded.run(f"UPDATE {table} SET key_id = 9 WHERE chain = :chain", **values)
    assert unguarded.frauds() == [
        *(f"{where(PATIENTS[0], n)}: it names the unknown audit key 9" for n in (1, 2, 3)),
        f"patient {PATIENTS[0]} head: it names the unknown audit key 9",
    ]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["at", "actor_id", "detail", "key_id", "ids", "previous_hash"])
@pytest.mark.parametrize("value", ["rubbish", b"\xff", 1.5])
def test_values_of_a_wrong_kind_are_found(unguarded: Trail, column: str, value: object) -> None:
    unguarded.run(
        f"UPDATE audit_entries SET {column} = :value WHERE chain = :chain AND number = 2",
        value=value,
        chain=PATIENTS[1].hex,
    )
    found = unguarded.frauds()
    assert any(fraud.startswith(where(PATIENTS[1], 2)) for fraud in found)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_another_spelling_of_an_id_is_a_change(unguarded: Trail) -> None:
    unguarded.run("UPDATE audit_entries SET chain = upper(chain) || '' WHERE number = 2")
    unguarded.run("UPDATE audit_entries SET patient_id = '{' || patient_id || '}' WHERE number = 3")
    assert len(unguarded.frauds()) >= len(PATIENTS)


# --- checkpoints ---------------------------------------------------------------------------------


def test_an_entry_removed_together_with_a_rewound_head_is_found(unguarded: Trail) -> None:
    before = head_of(unguarded, PATIENTS[0])
    unguarded.append(an_act())
    unguarded.checkpoint()
    put_back(unguarded, PATIENTS[0], before)
    assert unguarded.frauds() == [
        f"checkpoint 1: entry 4 of chain {PATIENTS[0]} was there and is missing"
    ]
    unguarded.append(an_act(operation="another"))
    assert unguarded.frauds() == [f"checkpoint 1: entry 4 of chain {PATIENTS[0]} was another one"]


def test_without_a_checkpoint_a_rewound_head_is_not_found(unguarded: Trail) -> None:
    # What docs/audit.md says the trail cannot show: the time since the last checkpoint.
    before = head_of(unguarded, PATIENTS[0])
    unguarded.append(an_act())
    put_back(unguarded, PATIENTS[0], before)
    assert unguarded.frauds() == []


@pytest.fixture
def checkpointed(trail: Trail) -> Trail:
    for minute in range(3):
        trail.append(an_act(), an_act(PATIENTS[1]))
        trail.checkpoint(NOW.replace(minute=minute))
    trail.unguard()
    assert trail.frauds() == []
    return trail


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "DELETE FROM audit_checkpoints WHERE number = 1",
            ["checkpoint 1: removed", f"checkpoint 1: {MISSING}"],
        ),
        (
            "DELETE FROM audit_checkpoints WHERE number = 3",
            [f"checkpoint 3: {MISSING}", "checkpoints entry 3: cut off the end"],
        ),
        (
            "DELETE FROM audit_checkpoints",
            [f"checkpoints 1 to 3: {MISSING}", "checkpoints entries 1 to 3: cut off the end"],
        ),
        (
            "UPDATE audit_checkpoints SET heads = '{}' WHERE number = 2",
            ["checkpoint 2: changed after it was written"],
        ),
        (
            "UPDATE audit_checkpoints SET key_id = 7 WHERE number = 3",
            ["checkpoint 3: it names the unknown audit key 7"],
        ),
        (
            "UPDATE audit_checkpoints SET number = 9 WHERE number = 3",
            [
                "checkpoint 3 to 8: removed",
                "checkpoint 9: changed after it was written",
                f"checkpoint 3: {MISSING}",
                "checkpoint 9: no entry of the installation tells of it",
                "checkpoints entries 4 to 9: added behind the head's back",
            ],
        ),
        (
            "UPDATE audit_checkpoints SET previous_hash = hash WHERE number = 2",
            [
                f"checkpoint 2: {OUT_OF_PLACE}",
                "checkpoint 2: changed after it was written",
            ],
        ),
    ],
)
def test_a_tampered_checkpoint_is_found(
    checkpointed: Trail, statement: str, found: list[str]
) -> None:
    checkpointed.run(statement)
    assert checkpointed.frauds() == found


def test_the_counts_say_what_was_looked_at(checkpointed: Trail) -> None:
    seen: list[int] = []
    with checkpointed.database.snapshot() as session:
        walk = Verification(session, checkpointed.database.keys.get(), seen.append)
        assert list(walk.frauds()) == []
    assert (walk.entries, walk.chains, walk.checkpoints) == (9, 3, 3)
    assert seen == list(range(1, 10))


def test_entries_of_an_older_key_stay_valid(trail: Trail) -> None:
    trail.fill(each=1)
    trail.checkpoint()
    ring = trail.database.keys.get()
    newest = replace(new_keyring(NOW).audit[0], id=2)
    other = Database(trail.database.url, keyring=replace(ring, audit=(*ring.audit, newest)))
    later = Trail(other)
    later.fill(each=2)
    later.checkpoint()
    assert later.frauds() == []
    assert {row.key_id for row in later.entries()} == {1, 2}
    assert "it names the unknown audit key 2" in "".join(trail.frauds())
    other.close()
