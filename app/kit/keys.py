"""The keys of one database: what seals its values, what finds them, what signs its audit trail.

Every key is 32 random bytes. Nothing is derived from anything, so that losing one key loses what
it sealed and nothing else. The ring is a small JSON document, in a file that its owner alone may
read or in a variable of the environment. See docs/encryption.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import KeysUnusable

KEY_BYTES: Final = 32
"""AES-256 (NIST FIPS 197), and the output length of HMAC-SHA256 (RFC 2104, section 3)."""

OWNER_ONLY: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_VERSION: Final = 1
_FINGERPRINT_OF: Final = b"ivig: fingerprint of a key"
_FINGERPRINT_CHARS: Final = 16


class Cipher(Protocol):
    """Authenticated encryption, as `cryptography` offers it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a ring; its secret never shows in a message or a log."""

    id: int
    secret: bytes = field(repr=False)
    made: datetime

    @property
    def fingerprint(self) -> str:
        """Sixteen characters that tell two keys apart and give neither away."""
        return fingerprint(self.secret)


@dataclass(frozen=True)
class Keyring:
    """Every key of a database.

    Attributes
    ----------
    seal : tuple of Key
        Oldest first. The newest seals; the others open what they sealed.
    index : bytes
        Key of the blind indexes. It stays, since what is found by it is never written anew.
    audit : tuple of Key
        Oldest first. The newest signs new entries of the audit trail.
    where : str
        Where the ring was read from, for messages.
    """

    seal: tuple[Key, ...]
    index: bytes = field(repr=False)
    audit: tuple[Key, ...]
    where: str = field(default="", compare=False)
    _ciphers: dict[int, Cipher] = field(default_factory=dict, init=False, repr=False, compare=False)

    def cipher(self, key_id: int) -> Cipher | None:
        """Return what opens the values of a key; None where the ring has no such key."""
        found = self._ciphers.get(key_id)
        if found is None:
            key = next((key for key in self.seal if key.id == key_id), None)
            if key is None:
                return None
            # Setting up AES costs as much as sealing a name, so it is done once.
            found = self._ciphers[key_id] = AESGCM(key.secret)
        return found

    def newest_seal_id(self) -> int:
        """Return the id of the key that seals new values."""
        return self.seal[-1].id

    def audit_key(self, key_id: int) -> bytes | None:
        """Return a key of the audit trail; None where the ring has no such key."""
        return next((key.secret for key in self.audit if key.id == key_id), None)

    def newest_audit_key(self) -> tuple[int, bytes]:
        """Return the key that signs new entries of the audit trail, and its id."""
        newest = self.audit[-1]
        return newest.id, newest.secret

    def fingerprints(self) -> dict[tuple[str, int], str]:
        """Return the fingerprint of every key by its kind and id."""
        return {
            **{("seal", key.id): key.fingerprint for key in self.seal},
            ("index", 1): fingerprint(self.index),
            **{("audit", key.id): key.fingerprint for key in self.audit},
        }

    def with_new_seal_key(self, now: datetime, *, above: int = 0) -> Keyring:
        """Return the ring with one more key, which seals from now on.

        Its id is beyond every id of the ring and beyond `above`, so that no id names two keys.
        """
        number = max(self.newest_seal_id(), above) + 1
        return replace(self, seal=(*self.seal, _new_key(number, now)))

    def without_seal_key(self, key_id: int) -> Keyring:
        """Return the ring without one key."""
        return replace(self, seal=tuple(key for key in self.seal if key.id != key_id))

    def to_json(self) -> bytes:
        """Return the ring as the file holds it."""
        content = {
            "version": _VERSION,
            "seal": [_shown(key) for key in self.seal],
            "index": {"key": _text(self.index)},
            "audit": [_shown(key) for key in self.audit],
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def fingerprint(secret: bytes) -> str:
    """Return a short text that only the holder of the key could have made."""
    return hmac.new(secret, _FINGERPRINT_OF, hashlib.sha256).hexdigest()[:_FINGERPRINT_CHARS]


def new_keyring(now: datetime, *, where: str = "") -> Keyring:
    """Make a ring of new keys."""
    return Keyring(
        seal=(_new_key(1, now),),
        index=secrets.token_bytes(KEY_BYTES),
        audit=(_new_key(1, now),),
        where=where,
    )


def _new_key(number: int, now: datetime) -> Key:
    return Key(number, secrets.token_bytes(KEY_BYTES), now.astimezone(UTC))


def parse_keyring(content: str | bytes, *, where: str) -> Keyring:
    """Read a ring from its JSON.

    Raises
    ------
    KeysUnusable
        It is not a ring of keys; the message never shows its content.
    """
    try:
        told: Any = orjson.loads(content)
        if told["version"] != _VERSION:
            raise KeysUnusable(f"{where} was written by a newer release of this program.")
        ring = Keyring(
            seal=_keys(told["seal"]),
            index=_secret(told["index"]["key"]),
            audit=_keys(told["audit"]),
            where=where,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        # Without its cause: that one quotes what it could not read.
        raise KeysUnusable(f"{where} does not hold keys of this program.") from None
    return ring


def _keys(told: Iterable[Any]) -> tuple[Key, ...]:
    keys = sorted(
        (
            Key(int(one["id"]), _secret(one["key"]), datetime.fromisoformat(one["made"]))
            for one in told
        ),
        key=lambda key: key.id,
    )
    ids = {key.id for key in keys}
    if not keys or len(ids) != len(keys) or min(ids) < 1:
        raise ValueError
    return tuple(keys)


def _secret(text: str) -> bytes:
    secret = base64.b64decode(text, validate=True)
    if len(secret) != KEY_BYTES:
        raise binascii.Error
    return secret


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _shown(key: Key) -> dict[str, Any]:
    return {"id": key.id, "key": _text(key.secret), "made": key.made.isoformat()}


def load_keyring(path: Path) -> Keyring:
    """Read a ring from its file.

    Raises
    ------
    KeysUnusable
        There is no such file, somebody else may read it, or it holds no ring.
    """
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise KeysUnusable(f"The key file {path} cannot be used: {reason}.") from error
    if os.name == "posix" and mode & _OTHERS:
        message = (
            f"The key file {path} may be read by others (mode {stat.S_IMODE(mode):04o}). "
            f"Run `chmod 600 {path}`, and ask yourself who has read it."
        )
        raise KeysUnusable(message)
    return parse_keyring(content, where=f"the key file {path}")


def save_keyring(path: Path, keyring: Keyring) -> None:
    """Write a ring to its file, for its owner alone, whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    # Never readable for others, not even between making and writing it.
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(keyring.to_json())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.absolute().parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut; a value sealed by a lost key is lost."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
