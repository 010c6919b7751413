"""What people did, in words: every operation on a record has some."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastapi.routing import iter_route_contexts

from app.config import Settings
from app.kit.audit.reading import Seen
from app.kit.routing import GuardedRoute
from app.main import create_app
from app.web.deeds import deed_of, is_known, who_of
from app.web.pages.access_log import by_day

BERLIN = ZoneInfo("Europe/Berlin")
LEE, KIM = UUID(int=1), UUID(int=2)
SEEN = Seen(
    number=7,
    at=datetime(2026, 3, 2, 9, 14, tzinfo=BERLIN),
    actor_id=LEE,
    actor="physician",
    via="session",
    action="search",
    operation="list_reports",
    detail={},
    rows=3,
    ids=[],
)
# Of the clinic, its accounts and the own one: no patient's record is among what they show.
OTHER_AREAS = (
    *("self.", "accounts.", "clinics.", "clinic_settings.", "products.", "audit.", "help."),
)


def operations() -> list[str]:
    found = []
    for context in iter_route_contexts(create_app(Settings()).routes):
        route = context.original_route
        need = route.need if isinstance(route, GuardedRoute) else None
        if need is not None and not need.startswith(OTHER_AREAS):
            found.append(route.operation_id or route.name)
    return sorted(set(found))


@pytest.mark.parametrize("operation", operations())
def test_every_operation_on_a_record_has_words_of_its_own(operation: str) -> None:
    assert is_known(operation)


def test_an_operation_without_words_is_noticed() -> None:
    assert not is_known("list_unicorns")
    assert not is_known("feed_unicorn")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "opened the reports"),
        ({"operation": "read_therapy"}, "opened another therapy"),
        ({"operation": "list_therapies"}, "opened the other therapies"),
        ({"operation": "list_care_team"}, "opened the care team"),
        ({"operation": "change_plan"}, "corrected a plan"),
        ({"operation": "create_care_team_member"}, "entered a place on the care team"),
        ({"operation": "void_weight"}, "declared a mistake: a weight"),
        ({"operation": "read_hold_history"}, "read the history of a hold"),
        ({"operation": "read_patient_history"}, "read the history of the record itself"),
        ({"operation": "analyse"}, "computed the analysis anew"),
        (
            {"action": "refused", "operation": "change_plan"},
            "was refused, and would have corrected a plan",
        ),
        ({"action": "write", "operation": "keys reseal"}, "changed the record"),
        ({"action": "unheard of", "operation": "x"}, "did something with the record"),
    ],
)
def test_an_act_reads_as_a_sentence(changes: dict[str, str], expected: str) -> None:
    assert deed_of(replace(SEEN, **changes)) == expected


@pytest.mark.parametrize(
    ("actor", "name", "expected"),
    [
        ("physician", "Dr Lee", ("Dr Lee", "physician")),
        ("nurse", None, ("Somebody", "nurse")),
        ("analysis", None, ("The automatic analysis", "")),
        ("system operator (root)", None, ("The operator of this service", "root")),
    ],
)
def test_who_did_it_has_a_name_and_a_role(
    actor: str, name: str | None, expected: tuple[str, str]
) -> None:
    assert who_of(replace(SEEN, actor=actor), name) == expected


def test_days_are_the_patients_and_runs_are_one_line() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=BERLIN)
    entries = [
        replace(SEEN, at=late + timedelta(hours=1)),
        replace(SEEN, at=late),
        replace(SEEN, at=late - timedelta(minutes=5)),
        replace(SEEN, at=late - timedelta(minutes=6), via="token"),
        replace(SEEN, at=late - timedelta(minutes=7), actor_id=KIM, actor="nurse"),
    ]
    (newer, first), (older, rest) = by_day(entries, {LEE: "You", KIM: "Kim"}, BERLIN)
    assert (newer.day, older.day) == (3, 2)
    assert [(line.who, line.role, line.times, line.via) for line in first] == [("You", "", 1, "")]
    assert [(line.who, line.role, line.times, line.via) for line in rest] == [
        ("You", "", 2, ""),
        ("You", "", 1, "with a program"),
        ("Kim", "nurse", 1, ""),
    ]
    assert (rest[0].first, rest[0].last) == (late - timedelta(minutes=5), late)
