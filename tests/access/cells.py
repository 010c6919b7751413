"""What a row of the policy's table says: which role gets which answer from a route.

`may` names the roles that the route is for; everybody else gets 403, whatever the row. `about`
says whose row it is. Where a role may, it gets `done` for what is its own, and 404 for what is
not: of a patient whom it does not look after, and of another clinic. Coordinators and pharmacists
look after everybody of their clinic. `but` names answers that differ: by "role" and place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tests.access.world import ROLES, Place

WHOLE_CLINIC: Final = frozenset({"coordinator", "pharmacist"})
API: Final = "/api/v1"

Body = Callable[[Place, str], dict[str, Any]]


class About(StrEnum):
    """Whose row a route shows or changes."""

    PATIENT = "a patient"
    CLINIC = "a clinic as a whole"
    LIST = "whatever whoever asks may see"
    SELF = "the own account"
    OWN = "something of the own account"
    ANYBODY = "nobody yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One route."""

    method: str
    path: str
    may: frozenset[str]
    about: About
    done: int = 200
    body: Body | None = None
    query: str | None = None
    by_cookie: bool = False
    is_form: bool = False
    but: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def places(self, role: str) -> tuple[str, ...]:
        """Return whose rows a role asks for; only those that can make a difference."""
        if self.about is About.PATIENT:
            # What a role may not do at all is refused before any row is looked at.
            return ("own", "stranger", "foreign") if role in self.may else ("own", "stranger")
        if self.about is About.CLINIC:
            return ("own", "foreign")
        return ("own", "stranger") if self.about is About.OWN else ("own",)

    def expected(self, role: str, place: str) -> int:
        """Return the status that a role gets for a row of a place."""
        if self.about is About.ANYBODY:
            return self.done
        if role not in self.may:
            return 403
        differs = self.but.get(f"{role} {place}", self.but.get(place))
        if differs is not None:
            return differs
        if place == "own" or self.about in (About.LIST, About.SELF):
            return self.done
        if place == "foreign" or self.about is About.OWN:
            return 404
        return self.done if self.about is About.CLINIC or role in WHOLE_CLINIC else 404


def who(letters: str) -> frozenset[str]:
    """Return roles by the first two letters of their names, with spaces between."""
    by_letters = {role[:2]: role for role in ROLES} | {"px": "proxy", "pa": "patient"}
    by_letters |= {"ph": "physician", "pm": "pharmacist"}
    return frozenset(by_letters[word] for word in letters.split())


HOME: Final = who("pa px")
TEAM: Final = who("nu ph")
SEES: Final = HOME | TEAM
DOCTOR: Final = who("ph")
OFFICE: Final = who("co")
PHARMACY: Final = who("pm")
ADMIN: Final = who("ad")
ALL: Final = frozenset(ROLES)
NOBODY: Final = frozenset[str]()

REASON: Final = {"change_reason": "A slip."}


def sends(**content: Any) -> Body:
    """Return a body that is the same for everybody."""
    return lambda _place, _role: content


VOID: Final = sends(void_reason="Wrong patient.")
REVIEW: Final = sends(review_reason="Known.")


def record(plural: str, *, read: frozenset[str], write: frozenset[str], **bodies: Any) -> list[Row]:
    """Return the six routes of one kind of row about a patient."""
    new, changed = bodies["new"], bodies["changed"]
    but = bodies.get("but", {})
    of_patient, of_row = f"{API}/patients/{{patient_id}}/{plural}", f"{API}/{plural}/{{id}}"
    return [
        Row("GET", of_patient, read, About.PATIENT),
        Row("POST", of_patient, write, About.PATIENT, 201, new),
        Row("GET", of_row, read, About.PATIENT),
        Row("PATCH", of_row, write, About.PATIENT, 200, sends(**REASON, **changed), but=but),
        Row("POST", f"{of_row}/void", write, About.PATIENT, 200, VOID, but=but),
        Row("GET", f"{of_row}/history", read, About.PATIENT),
    ]
