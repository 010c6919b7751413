"""Any tampering behind the guards' back is found, and a clean trail is never suspected."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from app.kit.audit import CHECKPOINTS, INSTALLATION
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
    vanish,
)

Tamper = Callable[[Trail, st.DataObject], None]

LATER = NOW + timedelta(hours=1)
COLUMNS = ("actor", "via", "operation", "detail", "ids", "actor_id", "hash", "previous_hash", "at")


def _edit(trail: Trail, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(trail.entries()))
    column = data.draw(st.sampled_from(COLUMNS))
    value: Any = data.draw(st.text("abc", min_size=4, max_size=9))
    if column in {"ids", "hash", "previous_hash"}:
        value = data.draw(st.binary(min_size=16, max_size=32))
    elif column == "actor_id":
        value = data.draw(st.uuids()).hex
    elif column == "at":
        moment = data.draw(st.datetimes(NOW.replace(year=2001, tzinfo=None)))
        value = moment.isoformat(sep=" ", timespec="microseconds")
        value = value if trail.database.is_sqlite else f"{value}+00"
    trail.run(f"UPDATE audit_entries SET {column} = :value WHERE id = :id", value=value, id=row.id)


def _remove(trail: Trail, data: st.DataObject) -> None:
    rows = data.draw(st.sets(st.sampled_from([row.id for row in trail.entries()]), min_size=1))
    for row_id in rows:
        trail.run("DELETE FROM audit_entries WHERE id = :id", id=row_id)


def _insert(trail: Trail, data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(trail.entries()))
    chain = data.draw(st.sampled_from([*PATIENTS, CLINIC, uuid.uuid4()]))
    taken = {entry.number for entry in trail.entries(chain)}
    number = data.draw(st.integers(-1, 9).filter(lambda n: n not in taken))
    copy(trail, of(trail, row.chain), number=row.number, to=number, into=of(trail, chain))


def _swap(trail: Trail, data: st.DataObject) -> None:
    rows = trail.entries()
    pairs = st.lists(st.sampled_from(rows), min_size=2, max_size=2, unique_by=lambda row: row.id)
    one, other = data.draw(pairs)
    move = "UPDATE audit_entries SET chain = :chain, number = :number WHERE id = :id"
    trail.run(move, chain=of(trail, one.chain), number=-99, id=one.id)
    trail.run(move, chain=of(trail, one.chain), number=one.number, id=other.id)
    trail.run(move, chain=of(trail, other.chain), number=other.number, id=one.id)


def _behead(trail: Trail, data: st.DataObject) -> None:
    chain = of(trail, data.draw(st.sampled_from(PATIENTS)))
    change = data.draw(
        st.sampled_from(["number = number - 1", "number = number + 1", "hash = mac", "mac = hash"])
    )
    trail.run(f"UPDATE audit_heads SET {change} WHERE chain = :chain", chain=chain)


def _forge_checkpoint(trail: Trail, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 3))
    change = data.draw(
        st.sampled_from(["hash = previous_hash", "heads = '{}'", "number = 9", "key_id = 2"])
    )
    trail.run(f"UPDATE audit_checkpoints SET {change} WHERE number = :number", number=number)


def _remove_checkpoints(trail: Trail, data: st.DataObject) -> None:
    for number in data.draw(st.sets(st.integers(1, 3), min_size=1)):
        trail.run("DELETE FROM audit_checkpoints WHERE number = :number", number=number)
    if data.draw(st.booleans()):
        trail.run("DELETE FROM audit_heads WHERE chain = :chain", chain=of(trail, CHECKPOINTS))


def _vanish(trail: Trail, data: st.DataObject) -> None:
    """Remove whole chains with their heads, all checkpoints among them or not."""
    chains = [*PATIENTS, CLINIC, INSTALLATION, CHECKPOINTS]
    vanish(trail, *data.draw(st.sets(st.sampled_from(chains), min_size=1, max_size=6)))


def _take_back(trail: Trail, data: st.DataObject) -> None:
    """Put back what two of three had before: a chain, the installation, the checkpoints."""
    three = [data.draw(st.sampled_from([*PATIENTS, CLINIC])), INSTALLATION, CHECKPOINTS]
    before = {chain: head_of(trail, chain) for chain in three}
    trail.append(*(an_act(p, at=LATER) for p in (*PATIENTS, None)))
    trail.checkpoint(LATER)
    trail.append(*(an_act(p, at=LATER) for p in PATIENTS))
    for chain in data.draw(st.sets(st.sampled_from(three), min_size=1, max_size=2)):
        put_back(trail, chain, before[chain])


@pytest.mark.parametrize("tamper", [_edit, _remove, _insert, _swap, _behead])
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_fraud_is_found(unguarded: Trail, tamper: Tamper, data: st.DataObject) -> None:
    with _restored(unguarded):
        tamper(unguarded, data)
        assert unguarded.frauds() != []


@pytest.fixture
def signed(unguarded: Trail) -> Trail:
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        unguarded.append(an_act(PATIENTS[minute], at=at), an_act(None, at=at))
        unguarded.checkpoint(at)
    assert unguarded.frauds(NOW + timedelta(days=2)) == []
    return unguarded


@pytest.mark.parametrize("tamper", [_forge_checkpoint, _remove_checkpoints, _vanish, _take_back])
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_fraud_about_checkpoints_and_whole_chains_is_found(
    signed: Trail, tamper: Tamper, data: st.DataObject
) -> None:
    with _restored(signed):
        tamper(signed, data)
        assert signed.frauds(NOW + timedelta(days=2)) != []


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    groups=st.lists(
        st.lists(st.tuples(st.sampled_from([None, *PATIENTS]), st.text(max_size=5)), max_size=6),
        max_size=6,
    ),
    checkpoints=st.sets(st.integers(0, 6)),
)
def test_a_clean_trail_is_never_suspected(
    trail: Trail, groups: list[list[tuple[uuid.UUID | None, str]]], checkpoints: set[int]
) -> None:
    for index, group in enumerate(groups):
        usable = [(p, word.replace("\x00", "")) for p, word in group]
        trail.append(*(an_act(p, operation=word, detail={word: word}) for p, word in usable))
        if index in checkpoints:
            trail.checkpoint()
    assert trail.frauds() == []


@contextmanager
def _restored(trail: Trail) -> Iterator[None]:
    """Undo what the block does to the trail."""
    if trail.database.is_sqlite:
        path = Path(str(make_url(trail.database.url).database))
        trail.database.engine.dispose()
        kept = path.with_suffix(".kept")
        shutil.copyfile(path, kept)
        try:
            yield
        finally:
            trail.database.engine.dispose()
            shutil.copyfile(kept, path)
        return
    for table in ("audit_entries", "audit_heads", "audit_checkpoints"):
        trail.run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    try:
        yield
    finally:
        for table in ("audit_entries", "audit_heads", "audit_checkpoints"):
            trail.run(f"DELETE FROM {table}")
            trail.run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            trail.run(f"DROP TABLE kept_{table}")
