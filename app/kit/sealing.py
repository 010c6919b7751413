"""Column types whose values are sealed at rest, and blind indexes to look some of them up.

A sealed value is a text token `<key id>.<base64 of nonce, ciphertext and tag>` in an ordinary text
column: AES-256 in Galois/counter mode with a random nonce of 96 bits (NIST SP 800-38D, 8.2.2).
The name of the column goes in as associated data, so that a token of one column does not open in
another. See docs/encryption.md and docs/adr/0007-sealed-columns.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from datetime import date
from typing import Any, Final, Generic, TypeVar

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import ColumnElement, Dialect, Engine, String
from sqlalchemy.orm import Session
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from app.errors import SealBroken
from app.kit.key_places import KeySource
from app.kit.keys import Keyring

T = TypeVar("T")

NONCE_BYTES: Final = 12
"""NIST SP 800-38D, 5.2.1.1 recommends 96 bits. One key then seals at most 2**32 values (8.3)."""

INDEX_CHARS: Final = 32
"""128 bits of the HMAC: RFC 2104, section 5 allows no fewer than half of its 256."""


def attach_keys(engine: Engine, source: KeySource) -> None:
    """Let the column types of this module find the keys of an engine."""
    # The dialect belongs to one engine, and is what SQLAlchemy hands to a column type.
    engine.dialect.ivig_keys = source  # type: ignore[attr-defined]


def keys_of(dialect: Dialect) -> KeySource:
    """Return the keys of the engine that a dialect belongs to."""
    source: KeySource = dialect.ivig_keys  # type: ignore[attr-defined]
    return source


def keyring_of(session: Session) -> Keyring:
    """Return the keys of the database that a session works with.

    Raises
    ------
    KeysUnusable
        They are missing, open to others, or none of this program.
    """
    return keys_of(session.get_bind().dialect).get()


def seal(keyring: Keyring, context: str, plain: bytes) -> str:
    """Return the token of a value under the newest key.

    Parameters
    ----------
    context : str
        Where the value belongs, such as "patients.family_name".
    """
    key_id = keyring.newest_seal_id()
    cipher = keyring.cipher(key_id)
    if cipher is None:
        raise SealBroken(f"There is no key {key_id} to seal {context} with.")
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + cipher.encrypt(nonce, plain, context.encode())
    return f"{key_id}.{base64.b64encode(sealed).decode('ascii')}"


def unseal(keyring: Keyring, context: str, token: str) -> bytes:
    """Return the value of a token.

    Raises
    ------
    SealBroken
        Its key is missing, or it is not a token of this place. The message holds no value.
    """
    number, _, text = token.partition(".")
    cipher = keyring.cipher(int(number)) if number.isdigit() and number.isascii() else None
    if cipher is None:
        raise _unopened(context, key_id_of(token))
    try:
        sealed = binascii.a2b_base64(text)
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (ValueError, InvalidTag):
        # Without its cause: that one may hold the token.
        raise SealBroken(
            f"A value of {context} cannot be opened with key {number}: it was changed, or sealed"
            " for another place or with another key of this number."
        ) from None


def _unopened(context: str, key_id: int | None) -> SealBroken:
    if key_id is None:
        return SealBroken(f"A value of {context} cannot be opened: it is not sealed.")
    return _KeyMissing(f"A value of {context} cannot be opened: its key {key_id} is missing.")


class _KeyMissing(SealBroken):
    """The ring has no key of the number that the token begins with."""


def key_id_of(token: str) -> int | None:
    """Return the id of the key that sealed a token; None where it is no token."""
    number, point, _ = token.partition(".")
    return int(number) if point and number.isascii() and number.isdigit() else None


def blind_index(keyring: Keyring, context: str, text: str) -> str:
    """Return what a text is found by, without saying what it is.

    The same text gives the same index within one context and one database, so whoever reads the
    database learns which rows share a text and nothing else. The caller makes texts alike that
    are to be found alike, such as a login in capitals and in small letters.
    """
    message = f"{context}\x00{text}".encode()
    return hmac.new(keyring.index, message, hashlib.sha256).hexdigest()[:INDEX_CHARS]


def index_in(session: Session, context: str, text: str) -> str:
    """Return the blind index of a text in the database that a session works with."""
    return blind_index(keyring_of(session), context, text)


class Sealed(TypeDecorator[T], Generic[T]):
    """A column whose values are sealed; it cannot be compared or ordered by in SQL.

    Parameters
    ----------
    context : str
        Fixed name of the place, part of every token. It must never change.
    """

    impl = String
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Any]):
        """Refuses what would compare tokens, which differ even where values are the same."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            # SQLAlchemy itself compares columns with columns, to find one in a list of them.
            is_bookkeeping = any(isinstance(one, ColumnElement) for one in other)
            if op not in (operators.is_, operators.is_not) and not is_bookkeeping:
                message = f"sealed columns are not compared or ordered by in SQL: {self.expr}"
                raise TypeError(message)
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def _write(self, value: T) -> bytes:
        raise NotImplementedError

    def _read(self, plain: bytes) -> T:
        raise NotImplementedError

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        """Seal a value; nothing stays nothing."""
        if value is None:
            return None
        return seal(keys_of(dialect).get(), self.context, self._write(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        """Open a value."""
        if value is None:
            return None
        source = keys_of(dialect)
        try:
            plain = unseal(source.get(), self.context, value)
        except _KeyMissing:
            # Another process turned to a newer key since this one read the ring.
            plain = unseal(source.read_again(), self.context, value)
        return self._read(plain)


class SealedText(Sealed[str]):
    """A text, sealed."""

    cache_ok = True

    def _write(self, value: str) -> bytes:
        return value.encode()

    def _read(self, plain: bytes) -> str:
        return plain.decode()


class SealedDate(Sealed[date]):
    """A calendar date, sealed."""

    cache_ok = True

    def _write(self, value: date) -> bytes:
        return value.isoformat().encode()

    def _read(self, plain: bytes) -> date:
        return date.fromisoformat(plain.decode())


class SealedJson(Sealed[Any]):
    """Anything that JSON can hold, sealed; the order of keys is kept."""

    cache_ok = True

    def _write(self, value: Any) -> bytes:
        return orjson.dumps(value)

    def _read(self, plain: bytes) -> Any:
        return orjson.loads(plain)


class BlindIndex(TypeDecorator[str]):
    """A column that holds `blind_index` of another one; it states nothing of its own."""

    impl = String
    cache_ok = True
