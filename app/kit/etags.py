"""Versions in HTTP: the ETag of a row is its version, and a change must say which it changes."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Header

from app.errors import Fault, RuleViolation, VersionMismatch, VersionRequired
from app.kit.base import KeptRow
from app.said import say

_TAG: Final = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='The ETag of the version that is changed, such as `"1"`. Needed; `*` is not'
        " accepted.",
        examples=['"1"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        description="The ETag that the client holds; 304 if it is still the newest.",
    ),
]


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def _tags(header: str) -> list[str] | None:
    """Return the tags of a list, weak ones marked; None where it is no list of tags."""
    tags = []
    for part in header.split(","):
        match = _TAG.fullmatch(part)
        if match is None:
            return None
        tags.append(f"{match[1] or ''}{match[2]}")
    return tags


def is_known(header: str | None, version: int) -> bool:
    """Say whether the client holds this version already (If-None-Match)."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    # A reader may compare weakly: a proxy that compresses weakens our tags.
    return str(version) in [tag.removeprefix("W/") for tag in _tags(header) or ()]


def require_match(header: str | None, row: KeptRow) -> None:
    """Refuse a change that does not say which version it changes, or changes an old one.

    Raises
    ------
    VersionRequired
        There is no If-Match, or it says "whatever is there".
    RuleViolation
        It is not an entity tag.
    VersionMismatch
        It names another version than the newest.
    """
    if header is None or header.strip() == "*":
        message = say("A change needs If-Match with the ETag of the version that it changes.")
        raise VersionRequired(message)
    tags = _tags(header)
    if tags is None:
        raise RuleViolation([Fault("If-Match", header, say('it is not an entity tag such as "1"'))])
    if str(row.version) not in tags:
        message = say(
            "The change was made from %(version)s, the newest is %(newest)s.",
            version=header.strip()[:40],
            newest=etag(row.version),
        )
        raise VersionMismatch(message)
