"""What a password must be. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

from app.accounts.rules import Role
from app.errors import Fault
from app.said import Said, say

SHORTEST_PASSWORD: Final = 12
"""Characters. NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where a password is all, and for 8
where a second factor is always asked for, as here; 12 stands in between (ASVS 5.0, 6.2.1)."""

LONGEST_PASSWORD: Final = 128
"""Characters. NIST SP 800-63B-4, section 3.1.1.2, and ASVS 5.0, 6.2.9, want 64 and more; the
bound spares the server from hashing books."""

SHORTEST_PART: Final = 4
"""Characters of a login or clinic's name from which on a password must not hold it."""

_COMMON: Final = say("it is made of common passwords, perhaps with figures or signs around them")
_OF_THIS_PLACE: Final = say(
    "it is little more than words of this service, such as its products and roles"
)
_LONGEST_REPEAT: Final = 4
_SHORTEST_HALF: Final = 3
_SHORTEST_REST: Final = 8

WORDS_OF_THIS_PLACE: Final = (
    *("immunoglobulin", "infusion", "ivig", "neuropathy", "cidp", "mmn", "clinic", "hospital"),
    *("gammagard", "gamunex", "privigen", "octagam", "panzyga", "kiovig", "flebogamma", "hyqvia"),
    *(role.value for role in Role),
)
"""What an attacker of this very service would try: with them taken out, enough must be left
(ASVS 5.0, 6.1.2 and 6.2.11)."""
_ROWS: Final = tuple(
    row * LONGEST_PASSWORD
    for row in ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
)


def normal_password(password: str) -> str:
    """Return the password as it is hashed: one form of each letter (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check_password(
    password: str, *, login: str, clinic_name: str, common: Container[str]
) -> list[Fault]:
    """Return the faults of a new password; none of them shows it.

    There are no rules on kinds of characters (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2.5).

    Parameters
    ----------
    password : str
        In its normal form.
    login, clinic_name : str
        What an attacker would try first; the name is empty where there is no clinic.
    common : container of str
        Passwords in lower case that lists of attackers begin with.
    """
    reasons = _reasons(password, common)
    if _is_in(login, password) or _is_in(login.partition("@")[0], password):
        reasons.append(say("it holds the login"))
    if _is_in(clinic_name, password):
        reasons.append(say("it holds the name of the clinic"))
    return [Fault("password", None, reason) for reason in reasons]


def _reasons(password: str, common: Container[str]) -> list[Said]:
    if len(password) < SHORTEST_PASSWORD:
        return [say("it has fewer than %(fewest)s characters", fewest=SHORTEST_PASSWORD)]
    if len(password) > LONGEST_PASSWORD:
        return [say("it has more than %(most)s characters", most=LONGEST_PASSWORD)]
    lower = password.casefold()
    if _is_common(lower, common):
        return [_COMMON]
    if _is_repeated(lower) or _is_sequence(lower):
        return [say("it repeats or counts on a few characters")]
    if _is_of_this_place(lower):
        return [_OF_THIS_PLACE]
    return []


def _is_common(text: str, common: Container[str]) -> bool:
    # "Password2026!" is "password" with what everybody adds.
    core = text.strip("0123456789!?.,;:-_#*+$%&@ ")
    cuts = range(_SHORTEST_HALF, len(core) - _SHORTEST_HALF + 1)
    is_two = any(core[:cut] in common and core[cut:] in common for cut in cuts)
    return text in common or core in common or is_two


def _is_of_this_place(text: str) -> bool:
    for word in WORDS_OF_THIS_PLACE:
        text = text.replace(word, "")
    return len(text) < _SHORTEST_REST


def _is_in(part: str, password: str) -> bool:
    squeezed = part.casefold().replace(" ", "")
    return len(squeezed) >= SHORTEST_PART and squeezed in password.casefold().replace(" ", "")


def _is_repeated(text: str) -> bool:
    repeats = (text[:n] * (len(text) // n + 1) for n in range(1, _LONGEST_REPEAT + 1))
    return any(repeat.startswith(text) for repeat in repeats)


def _is_sequence(text: str) -> bool:
    return any(text in row or text[::-1] in row for row in _ROWS)
