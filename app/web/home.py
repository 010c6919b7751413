"""Where everybody's work begins."""

from __future__ import annotations

from typing import Final

from app.accounts.rules import AT_HOME
from app.kit.deps import Asked
from app.web.paths import ACCOUNTS, DAY, ENROL, LOTS, PATIENTS, SCHEDULE, TODAY, WORKLIST

_FIRST: Final = (
    ("findings.review", WORKLIST),
    ("infusions.write", DAY),
    ("schedule.write", SCHEDULE),
    ("lots.write", LOTS),
    ("patients.read", PATIENTS),
    ("accounts.read", ACCOUNTS),
)
"""Who may do that begins there; of several the first one."""


def home_of(work: Asked) -> str:
    """Return the page that somebody's work begins with."""
    may = work.person.permissions
    if work.person.role in AT_HOME and "diary.read" in may:
        return TODAY
    for permission, path in _FIRST:
        if permission in may:
            return path
    return ENROL
