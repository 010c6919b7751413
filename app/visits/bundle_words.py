"""What is said of a bundle that cannot be stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.said import Said, say

BOTH_OR_NONE: Final = say(
    "a correction has both %(version)s and %(reason)s, a new row has none of them",
    version="version",
    reason="change_reason",
)

NO_SUCH: Final[Mapping[str, Said]] = {
    "weights": say("the patient has no such weight"),
    "infusion": say("the patient has no such infusion"),
    "reports": say("the patient has no such report"),
    "visit": say("the patient has no such visit"),
    "vials": say("the patient has no such vial"),
    "events": say("the patient has no such event"),
    "reactions": say("the patient has no such reaction"),
}
"""By kind of item, why it cannot be corrected."""


def other_version(sent: int, kept: int) -> Said:
    """Return why a correction does not fit what is kept."""
    return say(
        "Version %(sent)s was corrected, but version %(kept)s is kept.",
        sent=str(sent),
        kept=str(kept),
    )


def not_sent(table: str) -> Said:
    """Return why nobody can sign what the bundle does not say."""
    return say("A row of %(table)s belongs to the visit and is not in the bundle.", table=table)
