"""Every route, every role, with a stranger and another clinic in each: on both databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from app.accounts.rules import ALL_PERMISSIONS, PERMISSIONS
from app.kit.routing import permissions_of_routes
from app.main import create_app
from tests.access.cells import About, Row
from tests.access.policy import TABLE
from tests.access.rows import TABLES
from tests.access.world import ROLES, Person, Place, World

BY_NAME = {row.name: row for row in TABLE}
_SAFE = "GET"
MARKER = "Nobody"
# One of each way to see patients, so that all of the SQL runs there too.
ON_POSTGRESQL = frozenset({"proxy", "nurse", "coordinator", "administrator"})
_KEYS = {
    "disabled_account_id": "disabled-accounts",
    "emergency_id": "emergencies",
    "account_id": "accounts",
    "member_id": "care-team",
    "report_id": "reports",
    "finding_id": "findings",
}


@cache
def routes() -> dict[str, str | None]:
    """Return the permission that each route asks for, under the name of its row."""
    return {
        f"{method} {_table_path(method, path)}": need
        for method, path, need in permissions_of_routes(create_app())
    }


def _table_path(method: str, path: str) -> str:
    """Return the path as the table has it, where it wants another row than the path's name says."""
    if method == "POST" and path.endswith("/seen"):
        return path.replace("{id}", "{emergency_id}").replace("{member_id}", "{emergency_id}")
    if path.endswith("/{account_id}/enable"):
        return path.replace("{account_id}", "{disabled_account_id}")
    if path.endswith("/reports/{row_id}/void"):
        return path.replace("{row_id}", "{report_id}")
    return path


# --- the table itself ----------------------------------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(BY_NAME) == set(routes())


def test_no_route_has_two_rows() -> None:
    assert len(BY_NAME) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_table_and_the_permissions_agree(row: Row) -> None:
    need = routes()[row.name]
    if need is None:
        assert row.about is About.ANYBODY
        return
    assert row.about is not About.ANYBODY
    assert {role for role, granted in PERMISSIONS.items() if need in granted} == row.may


def test_every_permission_of_a_route_is_one_that_somebody_can_have() -> None:
    assert {need for need in routes().values() if need} <= ALL_PERMISSIONS


# --- every cell ----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_role_gets_what_the_table_says(world: World, row: Row) -> None:
    before = world.known or world.versions()
    wrong = []
    for role in asked(world, row):
        for place in row.places(role):
            expected, got = row.expected(role, place), answer(world, row, role, place)
            if got != expected:
                wrong.append(f"{role} {place}: {got} instead of {expected}")
    world.known = world.versions()
    assert "; ".join(wrong) == ""
    assert world.known == before


def asked(world: World, row: Row) -> Sequence[str]:
    """Return who asks for a row.

    Every role on SQLite. Whoever may not is refused before any row is looked at, so on PostgreSQL
    those ask whom SQL answers: of each way to see patients one, and at least one of each row.
    """
    if row.about is About.ANYBODY:
        return ["nurse"]
    if world.database.is_sqlite:
        return ROLES
    return sorted(row.may & ON_POSTGRESQL) or sorted(row.may)[:1]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)  # no row is looked at
@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.about is not About.ANYBODY], ids=lambda row: row.name
)
def test_nobody_gets_anything_without_credentials(world: World, row: Row) -> None:
    place = world.own
    person = world.people["nurse"]
    options = content(row, place)
    headers = options.pop("headers")
    response = world.send(row.method, url(world, row, place, person), headers, **options)
    is_page = not row.path.startswith("/api/")
    assert response.status_code == (303 if is_page else 401), response.text
    assert MARKER not in response.text


def answer(world: World, row: Row, role: str, place_name: str) -> int:
    """Return the status of one cell; what would change something has a patient of its own."""
    place: Place = getattr(world, place_name)
    expected = row.expected(role, place_name)
    is_let_in = expected < 400 or expected == row.done
    if row.method != _SAFE and is_let_in and row.about is not About.LIST:
        place = world.fresh(place, needed_kinds(row))
    person = world.people[role]
    if row.about in (About.SELF, About.OWN) and row.method != _SAFE:
        person = newcomer(world, role)
    owner = person if place_name == "own" else other(world, role, place_name)
    headers = person.cookie if row.by_cookie else person.bearer
    options = content(row, place, role)
    response = world.send(
        row.method,
        url(world, row, place, owner),
        {**headers, **options.pop("headers")},
        **options,
    )
    is_again = row.is_form and response.status_code == row.done  # the own page, shown again
    if response.status_code >= 300 and not is_again:
        assert MARKER not in response.text
    return response.status_code


def needed_kinds(row: Row) -> list[str]:
    """Return the kinds of rows that a request of this route names."""
    kinds = {_KEYS[name] for name in _KEYS if f"{{{name}}}" in row.path}
    if "reports" in kinds:
        kinds.add("proxy-reports")
    if kind_of(row) in TABLES:
        kinds.add(kind_of(row))
    kinds.update(_NAMED.get(kind_of(row), ()))
    if row.path.endswith("/care-team"):
        kinds.add("accounts")
    return sorted(kinds)


_NAMED: dict[str, tuple[str, ...]] = {
    "vials": ("infusions",),
    "infusion-events": ("infusions",),
    "reactions": ("infusions",),
    "follow-up-calls": ("visits",),
    "recall-notices": ("recalls",),
    "visit-assignments": ("accounts",),
}
"""Kinds of rows that the body of a new row names."""


def kind_of(row: Row) -> str:
    """Return the kind of row that `{id}` or `{row_id}` names: the word before it."""
    before, _, _ = row.path.replace("{row_id}", "{id}").partition("/{id}")
    return before.rpartition("/")[2]


def other(world: World, role: str, place_name: str) -> Person:
    return (world.strangers if place_name == "stranger" else world.foreigners)[role]


def newcomer(world: World, role: str) -> Person:
    """Return somebody new of North: what they change about themselves touches nobody else."""
    return world.newcomer(world.north, role)


def url(world: World, row: Row, place: Place, owner: Person) -> str:
    kind = kind_of(row)
    known: dict[str, Any] = {
        "clinic_id": place.clinic_id,
        "patient_id": place.patient_id,
        "topic": "mmn",
        "id": place.rows.get(kind),
        "row_id": place.patient_id if kind == "record" else place.rows.get(kind),
        **{name: place.rows.get(key) for name, key in _KEYS.items()},
    }
    if owner.role == "proxy":
        known["report_id"] = place.rows.get("proxy-reports")
    needed = re.findall(r"{(\w+)}", row.path)
    for name in needed:
        if name in _OWN_THINGS:
            known[name] = world.thing_of(owner, _OWN_THINGS[name])
    path = row.path.format(**known)
    return path if row.query is None else f"{path}?{row.query}={place.clinic_id}"


_OWN_THINGS = {
    "session_id": "session",
    "passkey_id": "passkey",
    "token_id": "token",
    "device_id": "device",
}


def content(row: Row, place: Place, role: str = "nurse") -> dict[str, Any]:
    options: dict[str, Any] = {"headers": {}}
    if row.body is not None:
        options["data" if row.is_form else "json"] = row.body(place, role)
    is_change = row.method == "PATCH" or row.path.endswith(
        (
            "/void",
            "/confirm",
            "/acknowledge",
            "/disagree",
            "/snooze",
            "/reopen",
            "/disable",
            "/enable",
        )
    )
    if is_change or row.path.endswith("/signatures"):
        version = 2 if row.path.endswith("/enable") else 1
        options["headers"] = {"if-match": f'"{version}"'}
    return options
