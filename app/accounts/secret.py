"""Random secrets, and what is kept of them.

Sessions, tokens and links are 256 random bits, recovery codes 120. Nobody can guess that many, so
one round of SHA-256 is enough to keep them by (NIST SP 800-63B-4, section 3.1.2.2: secrets of at
least 112 bits need no slow hash).
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

SECRET_BYTES: Final = 32
"""256 bits; ASVS 5.0, 7.2.3, asks for at least 128."""

TOKEN_PREFIX: Final = "ivig_"  # noqa: S105 - what every token begins with
"""So that programs which look for leaked secrets recognise one."""

_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a figure."""

_CODE_CHARS: Final = 24
"""120 bits; NIST SP 800-63B-4, section 4.2, asks for at least 64 of a recovery code, ASVS 5.0,
6.5.2, for 112 where it is kept by a quick hash."""

_GROUP: Final = 4


def new_secret() -> str:
    """Return 256 random bits, as text that an address can hold."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_token() -> str:
    """Return a bearer token."""
    return f"{TOKEN_PREFIX}{new_secret()}"


def new_code() -> str:
    """Return a recovery code in groups that can be read out."""
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_CHARS))
    return "-".join(code[i : i + _GROUP] for i in range(0, _CODE_CHARS, _GROUP))


def normal_code(code: str) -> str:
    """Return a recovery code as it was printed, however it was typed."""
    letters = code.upper().translate(str.maketrans("ILO", "110", " -"))
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
