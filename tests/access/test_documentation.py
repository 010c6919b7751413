"""docs/access.md says what the roles may do; the table in it is made from the roles themselves."""

from __future__ import annotations

import re

from app.accounts.rules import ALL_PERMISSIONS, INSTALLATION, PERMISSIONS, Role
from tests.support.repository import read

_LETTERS = {"read": "r", "write": "w", "void": "v", "review": "w"}


def table() -> list[str]:
    """Return the lines of the table: what each role may do, area by area."""
    areas = sorted({permission.partition(".")[0] for permission in ALL_PERMISSIONS - INSTALLATION})
    return [f"| {area} | {' | '.join(_cell(role, area) for role in Role)} |" for area in areas]


def _cell(role: Role, area: str) -> str:
    actions = [p.partition(".")[2] for p in PERMISSIONS[role] if p.partition(".")[0] == area]
    return "".join(sorted(_LETTERS[action] for action in actions))


def test_the_page_on_access_has_the_table_of_permissions() -> None:
    lines = read("docs/access.md").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| permissions |"))
    listed = re.findall(r"\w+", lines[start])[1:]
    assert listed == [role.value for role in Role]
    stated = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        stated.append(line)
    assert stated == table()
