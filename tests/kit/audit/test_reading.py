"""Reading the trail: who looked, which lists showed a patient, and all of it as lines."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.kit.audit import reading
from tests.kit.audit.trail import CLINIC, NOW, NURSE, PATIENTS, Trail, an_act

LONG_AGO = NOW - timedelta(days=365)


def test_acts_on_a_record_come_newest_first_page_by_page(trail: Trail) -> None:
    for operation in "abcde":
        trail.append(an_act(operation=operation), an_act(PATIENTS[1], operation="other"))
    pages, before = [], None
    with trail.database.reading() as session:
        while True:
            page = reading.acts_on_patient(session, PATIENTS[0], before=before, limit=2)
            pages.append("".join(entry.operation for entry in page.entries))
            before = page.next_before
            if before is None:
                break
    assert pages == ["ed", "cb", "a"]


def test_an_entry_says_what_was_done_but_not_with_which_session(trail: Trail) -> None:
    trail.append(
        an_act(ids=PATIENTS[:3], via=f"session {uuid.uuid4()}", detail={"status": 404}),
        an_act(via="command line", actor_id=None),
    )
    with trail.database.reading() as session:
        second, first = reading.acts_on_patient(session, PATIENTS[0], before=None, limit=9).entries
    assert (first.at, first.actor_id, first.actor, first.via) == (NOW, NURSE, "nurse", "session")
    assert (first.rows, first.ids, first.detail) == (3, list(PATIENTS[:3]), {"status": 404})
    assert (second.actor_id, second.via, second.rows, second.detail) == (
        None,
        "command line",
        0,
        {},
    )


def lists(trail: Trail, patient: uuid.UUID, **where: Any) -> list[str]:
    values = {"clinic_id": CLINIC, "since": LONG_AGO, "before": None, "limit": 9, **where}
    with trail.database.reading() as session:
        page = reading.lists_with_patient(session, patient, **values)
    return [entry.operation for entry in page.entries]


def test_lists_that_showed_a_patient_are_found(trail: Trail) -> None:
    first, second, third, fourth = PATIENTS
    trail.append(
        an_act(None, action="search", operation="a", ids=(first, second)),
        an_act(None, action="search", operation="b", ids=(second, third)),
        an_act(None, action="export", operation="c", ids=(third, first)),
        an_act(None, action="read", operation="d", ids=(first,)),
        an_act(None, action="search", operation="e"),
        an_act(None, clinic_id=uuid.uuid4(), action="search", operation="f", ids=(first,)),
    )
    assert lists(trail, first) == ["c", "a"]
    assert lists(trail, second) == ["b", "a"]
    assert lists(trail, fourth) == []
    assert lists(trail, first, limit=1) == ["c"]
    assert lists(trail, first, before=3) == ["a"]


def test_halves_of_two_ids_are_no_id(trail: Trail) -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    between = uuid.UUID(bytes=(one.bytes + other.bytes)[8:24])
    trail.append(an_act(None, action="search", ids=(one, other)))
    assert lists(trail, between) == []
    assert len(lists(trail, other)) == 1


@pytest.mark.parametrize(
    ("at", "is_found"),
    [
        (NOW - timedelta(microseconds=1), False),
        (NOW, True),
        (NOW + timedelta(microseconds=1), True),
    ],
)
def test_lists_are_found_from_a_moment_on(trail: Trail, at: datetime, is_found: bool) -> None:
    trail.append(an_act(None, action="search", at=at, ids=PATIENTS))
    assert bool(lists(trail, PATIENTS[0], since=NOW)) is is_found


def test_administrative_acts_of_a_clinic_leave_out_readings(trail: Trail) -> None:
    trail.append(
        an_act(None, action="sign_in"),
        an_act(None, action="read"),
        an_act(None, action="write", operation="change_clinic"),
        an_act(None, action="search", ids=PATIENTS),
        an_act(None, action="sign_in_failed"),
        an_act(None, action="export", ids=PATIENTS),
        an_act(None, action="administer", clinic_id=None),
        an_act(action="refused"),
    )
    with trail.database.reading() as session:
        page = reading.administrative_acts(session, CLINIC, before=None, limit=2)
        rest = reading.administrative_acts(session, CLINIC, before=page.next_before, limit=5)
    assert [entry.action for entry in page.entries] == ["export", "sign_in_failed"]
    assert [entry.action for entry in rest.entries] == ["write", "sign_in"]
    assert rest.next_before is None


def lines(trail: Trail, **which: Any) -> list[dict[str, Any]]:
    with trail.database.reading() as session:
        return [json.loads(line) for line in reading.export_lines(session, **which)]


def test_an_export_has_everything_as_text(trail: Trail) -> None:
    trail.append(an_act(ids=PATIENTS[:1], detail={"rows": 3, "why": None}))
    (row,) = trail.entries()
    assert lines(trail) == [
        {
            "chain": str(PATIENTS[0]),
            "number": 1,
            "at": "2026-06-01T12:00:00.000000+00:00",
            "actor_id": str(NURSE),
            "actor": "nurse",
            "via": "session 1",
            "action": "read",
            "operation": "read_patient",
            "clinic_id": str(CLINIC),
            "patient_id": str(PATIENTS[0]),
            "ids": [str(PATIENTS[0])],
            "detail": {"rows": 3, "why": None},
            "key_id": row.key_id,
            "previous_hash": "00" * 32,
            "hash": row.hash.hex(),
        }
    ]


def test_an_export_is_ordered_by_chain_and_number_and_can_be_limited(trail: Trail) -> None:
    elsewhere = uuid.uuid4()
    trail.append(*(an_act(patient) for patient in PATIENTS[::-1]))
    trail.append(an_act(at=NOW + timedelta(days=1)), an_act(None, clinic_id=elsewhere))
    places = [(line["chain"], line["number"]) for line in lines(trail)]
    assert places == sorted(places)
    assert len(places) == 6
    assert {line["clinic_id"] for line in lines(trail, clinic_id=CLINIC)} == {str(CLINIC)}
    assert len(lines(trail, since=NOW + timedelta(days=1))) == 1
    assert len(lines(trail, until=NOW + timedelta(days=1))) == 5
    assert lines(trail, until=NOW) == []
