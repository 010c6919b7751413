"""Which keys a database was sealed with: it remembers their fingerprints, never the keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import KeysUnusable
from app.kit.base import Base
from app.kit.keys import Keyring
from app.kit.sealing import keys_of

Known = Mapping[tuple[str, int], str]
"""Fingerprints by kind and id of their keys."""


class SealingKeyRow(Base):
    """One key that this database was sealed with, or found or signed by."""

    __tablename__ = "sealing_keys"

    kind: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column()
    made_at: Mapped[datetime] = mapped_column()


_KEYS: Final[Table] = Base.metadata.tables[SealingKeyRow.__tablename__]


def known_keys(connection: Connection) -> Known:
    """Return the fingerprints that the database remembers; none in an older schema."""
    if not inspect(connection).has_table(_KEYS.name):
        return {}
    found = connection.execute(select(_KEYS.c.kind, _KEYS.c.key_id, _KEYS.c.fingerprint))
    return {(kind, key_id): fingerprint for kind, key_id, fingerprint in found}


def remember(connection: Connection, keyring: Keyring) -> None:
    """Store the fingerprints of the ring that the database does not know yet."""
    known = known_keys(connection)
    made = {
        **{("seal", key.id): key.made for key in keyring.seal},
        **{("audit", key.id): key.made for key in keyring.audit},
    }
    rows = [
        {
            "kind": kind,
            "key_id": key_id,
            "fingerprint": mark,
            "made_at": made.get((kind, key_id), keyring.seal[0].made),
        }
        for (kind, key_id), mark in keyring.fingerprints().items()
        if (kind, key_id) not in known
    ]
    if rows:
        connection.execute(insert(_KEYS), rows)


def forget(connection: Connection, key_id: int) -> None:
    """Forget a sealing key that seals nothing any more."""
    connection.execute(delete(_KEYS).where(_KEYS.c.kind == "seal", _KEYS.c.key_id == key_id))


def require_same(known: Known, keyring: Keyring) -> None:
    """Refuse a ring that lacks a key of the database, or has another one in its place.

    Raises
    ------
    KeysUnusable
        Names the place of the ring and the key.
    """
    ours = keyring.fingerprints()
    where = keyring.where or "The ring of keys"
    for (kind, key_id), mark in sorted(known.items()):
        found = ours.get((kind, key_id))
        if found == mark:
            continue
        fault = "lacks" if found is None else "holds another key as"
        raise KeysUnusable(
            f"{where[0].upper()}{where[1:]} does not fit this database: it {fault} {kind} key"
            f" {key_id} (fingerprint {mark}). Put back the key file that belongs to it."
        )


def require_keys(engine: Engine) -> None:
    """Refuse to work with a database without its keys.

    A key that the database does not know yet is remembered, such as one that a rotation added.

    Raises
    ------
    KeysUnusable
        They are missing, open to others, or those of another database.
    """
    source = keys_of(engine.dialect)
    with engine.connect() as connection:
        known = known_keys(connection)
    keyring = source.find()
    if keyring is None:
        what = (
            "What is sealed in this database cannot be read without it: put it back, or name"
            " its place with IVIG_KEY_FILE."
            if known
            else "Run `ivig migrate`, which makes it."
        )
        raise KeysUnusable(f"There is no {str(source.place()).removeprefix('the ')}. {what}")
    require_same(known, keyring)
    if keyring.fingerprints().keys() - known.keys():
        try:
            with engine.begin() as connection:
                remember(connection, keyring)
        except IntegrityError:
            return  # Another process remembered them at the same moment.
