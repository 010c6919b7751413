"""Any tampering behind the guards' back is found, and a clean trail is never suspected."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from tests.kit.audit.trail import CLINIC, NOW, PATIENTS, Trail, an_act, copy, of

Tamper = Callable[[Trail, st.DataObject], None]

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
    for table in ("audit_entries", "audit_heads"):
        trail.run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    try:
        yield
    finally:
        for table in ("audit_entries", "audit_heads"):
            trail.run(f"DELETE FROM {table}")
            trail.run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
            trail.run(f"DROP TABLE kept_{table}")
