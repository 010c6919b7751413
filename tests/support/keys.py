"""Keys of databases that tests make; nobody ever seals anything real with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from app.kit.keys import KEY_BYTES, Key, Keyring

MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)


def a_keyring(*seal_ids: int) -> Keyring:
    """Return the same ring every time; with more sealing keys on request."""
    return Keyring(
        seal=tuple(Key(number, bytes([number] * KEY_BYTES), MADE) for number in seal_ids or (1,)),
        index=b"i" * KEY_BYTES,
        audit=(Key(1, b"a" * KEY_BYTES, MADE),),
        where="the keys of the tests",
    )
