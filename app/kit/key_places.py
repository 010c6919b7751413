"""Where the keys of a database are, and reading them when they are first needed.

`IVIG_KEY_FILE` names a file, `IVIG_KEYS` holds the keys themselves. Without either the file lies
beside a SQLite database, and in the working folder for PostgreSQL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL

from app.config import Settings
from app.errors import KeysUnusable
from app.kit.keys import Keyring, load_keyring, parse_keyring


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where keys are: in a file, or in the environment, which this program cannot change.

    `is_configured` says that somebody named the place, and did not leave it to the default.
    """

    path: Path | None
    content: str | None = field(default=None, repr=False)
    is_configured: bool = False

    def __str__(self) -> str:
        return "IVIG_KEYS" if self.path is None else f"the key file {self.path}"

    def exists(self) -> bool:
        """Say whether there are keys at all."""
        return self.path is None or self.path.exists()

    def read(self) -> Keyring:
        """Read the keys.

        Raises
        ------
        KeysUnusable
            They are missing, open to others, or none of this program.
        """
        if self.path is not None:
            return load_keyring(self.path)
        return parse_keyring(self.content or "", where=str(self))


def place_of_keys(url: URL, settings: Settings) -> KeyPlace:
    """Return where the keys of the database at `url` are to be.

    Raises
    ------
    KeysUnusable
        Two places are named.
    """
    if settings.key_file is not None and settings.keys is not None:
        raise KeysUnusable("IVIG_KEY_FILE and IVIG_KEYS are both set: unset one of them.")
    if settings.keys is not None:
        return KeyPlace(None, settings.keys.get_secret_value(), is_configured=True)
    if settings.key_file is not None:
        return KeyPlace(settings.key_file, is_configured=True)
    return KeyPlace(_default_path(url))


def _default_path(url: URL) -> Path:
    name = url.database or ""
    if url.get_backend_name() == "sqlite":
        in_memory = name in {"", ":memory:"}
        return Path("ivig.key") if in_memory else Path(name).with_name(f"{Path(name).name}.key")
    return Path(f"ivig-{name}.key")


class KeySource:
    """The keys of one engine, read at first need and again when a newer key turns up."""

    def __init__(self, find: Callable[[], KeyPlace], keyring: Keyring | None = None) -> None:
        self._find = find
        self._keyring = keyring
        self._is_given = keyring is not None
        self._lock = threading.Lock()

    def place(self) -> KeyPlace:
        """Return where the keys are."""
        return self._find()

    def get(self) -> Keyring:
        """Return the keys.

        Raises
        ------
        KeysUnusable
            They are missing, open to others, or none of this program.
        """
        found = self._keyring
        if found is None:
            with self._lock:
                found = self._keyring = self._keyring or self._find().read()
        return found

    def find(self) -> Keyring | None:
        """Return the keys; None where there are none yet.

        Raises
        ------
        KeysUnusable
            There are some, and they cannot be used.
        """
        if self._keyring is None and not self._find().exists():
            return None
        return self.get()

    def read_again(self) -> Keyring:
        """Return the keys as they are now: another process may have added one since.

        Raises
        ------
        KeysUnusable
            They are missing, open to others, or none of this program.
        """
        if self._is_given:
            return self.get()
        with self._lock:
            self._keyring = newer = self._find().read()
        return newer
