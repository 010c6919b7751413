"""Walking over every sealed value of a database: to seal it, to seal it anew, to count it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    String,
    TableClause,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    table,
    text,
    tuple_,
    update,
)
from sqlalchemy.types import TypeEngine

from app.kit.keys import Keyring
from app.kit.sealing import Sealed, key_id_of, seal, unseal

_ROWS_AT_ONCE: Final = 1_000

Rewrite = Callable[[str, str], str]
"""From the context of a column and what is stored in it to what is stored instead."""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns.

    Attributes
    ----------
    name : str
        The table.
    key : mapping
        Type of each column of its primary key.
    columns : mapping
        Context of each sealed column.
    """

    name: str
    key: Mapping[str, TypeEngine[Any]]
    columns: Mapping[str, str]

    def clause(self) -> TableClause:
        """Return the table with its sealed columns as the plain texts that they are stored as."""
        keys = (column(name, kind) for name, kind in self.key.items())
        return table(self.name, *keys, *(column(name, String()) for name in self.columns))


def sealed_tables(metadata: MetaData) -> list[SealedTable]:
    """Find every sealed column of every table."""
    found = []
    for one in metadata.sorted_tables:
        columns = {c.name: c.type.context for c in one.columns if isinstance(c.type, Sealed)}
        if columns:
            key = {c.name: c.type for c in one.primary_key.columns}
            found.append(SealedTable(one.name, key, columns))
    return found


def rewrite_table(connection: Connection, sealed: SealedTable, rewrite: Rewrite) -> Iterator[int]:
    """Rewrite every sealed value of a table; yield now and then how many rows have been seen.

    The guards of the table must be lifted.
    """
    clause = sealed.clause()
    keys = [clause.c[name] for name in sealed.key]
    change = (
        update(clause)
        .where(*(key == bindparam(f"at_{key.name}", type_=key.type) for key in keys))
        .values({name: bindparam(f"to_{name}", type_=String()) for name in sealed.columns})
    )
    is_filled = _is_filled(sealed, clause)
    wanted = select(clause).where(is_filled).order_by(*keys).limit(_ROWS_AT_ONCE)
    last: Sequence[Any] | None = None
    seen = 0
    while True:
        rows = connection.execute(wanted if last is None else wanted.where(_beyond(keys, last)))
        batch = rows.mappings().all()
        if not batch:
            return
        last = [batch[-1][key.name] for key in keys]
        changes = [new for new in (_changed(row, sealed, rewrite) for row in batch) if new]
        if changes:
            connection.execute(change, changes)
        seen += len(batch)
        yield seen


def _beyond(keys: Sequence[ColumnElement[Any]], last: Sequence[Any]) -> ColumnElement[bool]:
    values = (literal(value, key.type) for key, value in zip(keys, last, strict=True))
    return tuple_(*keys) > tuple_(*values)


def _changed(row: Mapping[Any, Any], sealed: SealedTable, rewrite: Rewrite) -> dict[str, Any]:
    stored = {name: row[name] for name in sealed.columns}
    changed = {
        name: None if value is None else rewrite(sealed.columns[name], value)
        for name, value in stored.items()
    }
    if changed == stored:
        return {}
    at = {f"at_{name}": row[name] for name in sealed.key}
    return at | {f"to_{name}": value for name, value in changed.items()}


def reseal_table(
    connection: Connection,
    sealed: SealedTable,
    *,
    keyring: Keyring,
    on_progress: Callable[[int, int], None],
) -> None:
    """Seal every value of a table with the newest key; the guards of the table must be lifted.

    `on_progress` is told how many rows have been seen and how many there are.
    """
    clause = sealed.clause()
    count = select(func.count()).select_from(clause).where(_is_filled(sealed, clause))
    total = connection.scalar(count) or 0
    for seen in rewrite_table(connection, sealed, _resealing(keyring)):
        on_progress(seen, total)


def _is_filled(sealed: SealedTable, clause: TableClause) -> ColumnElement[bool]:
    return or_(*(clause.c[name].is_not(None) for name in sealed.columns))


def _resealing(keyring: Keyring) -> Rewrite:
    """Return what turns a token of an older key into one of the newest."""
    newest = keyring.newest_seal_id()

    def reseal(context: str, token: str) -> str:
        if key_id_of(token) == newest:
            return token
        return seal(keyring, context, unseal(keyring, context, token))

    return reseal


def count_by_key(connection: Connection, tables: Sequence[SealedTable]) -> dict[int, int]:
    """Count the sealed values under each key."""
    counts: dict[int, int] = {}
    for sealed in tables:
        clause = sealed.clause()
        for name in sealed.columns:
            number = _number(connection, clause.c[name])
            found = connection.execute(
                select(number, func.count()).where(clause.c[name].is_not(None)).group_by(number)
            )
            for key_id, count in found:
                counts[int(key_id)] = counts.get(int(key_id), 0) + count
    return counts


def _number(connection: Connection, token: ColumnElement[str]) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.substr(token, 1, func.instr(token, ".") - 1)
    return func.split_part(token, ".", 1)


@contextmanager
def guards_lifted(connection: Connection, tables: Sequence[str]) -> Iterator[None]:
    """Take the triggers off some tables and put them back, inside one transaction.

    Whoever fails in between must roll back; the triggers are then where they were.
    """
    if connection.dialect.name != "sqlite":
        for name in tables:
            connection.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
        yield
        for name in tables:
            connection.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))
        return
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    triggers = [one for name in tables for one in connection.execute(query, {"name": name}).all()]
    for trigger, _ in triggers:
        connection.execute(text(f"DROP TRIGGER {trigger}"))
    yield
    for _, definition in triggers:
        # As the driver takes it: a colon in a message is no parameter.
        connection.exec_driver_sql(definition)
