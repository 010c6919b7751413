"""Who looked at a record, as the patient reads it; what was administered, as the clinic does."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app.db import Database
from app.kit.audit import Act, append
from tests.api.conftest import START
from tests.api.world import API, World, an_id, wrong_fields
from tests.support.gate import TESTER
from tests.support.people import an_account


def log(world: World, **query: Any) -> dict[str, Any]:
    response = world.client.get(f"{world.patient}/access-log", params=query)
    assert response.status_code == 200, response.text
    content: dict[str, Any] = response.json()
    return content


def tell(database: Database, world: World, **fields: Any) -> None:
    """Write an act about the patient's clinic."""
    values: dict[str, Any] = {
        "at": START,
        "actor_id": None,
        "actor": "system operator (root)",
        "via": "command line",
        "action": "export",
        "operation": "export",
        "clinic_id": uuid.UUID(world.clinic_id),
        "patient_id": None,
    }
    with database.writing() as session:
        append(session, [Act(**{**values, **fields})])


class TestRecord:
    def test_it_shows_who_did_what_newest_first(self, world: World) -> None:
        report = world.entered("reports")
        world.client.get(f"{API}/reports/{report['id']}")
        items = log(world)["items"]
        assert [(item["action"], item["operation"]) for item in items] == [
            ("read", "read_report"),
            ("write", "create_report"),
            ("write", "create_patient"),
        ]
        assert items[0]["account_id"] == str(TESTER)
        assert (items[0]["role"], items[0]["via"]) == ("physician", "token")
        assert items[0]["at"] == "2026-06-01T12:00:00Z"
        assert items[0]["rows"] == 1

    def test_looking_at_the_log_is_in_the_log(self, world: World) -> None:
        log(world)
        assert log(world)["items"][0]["operation"] == "read_access_log"

    def test_it_shows_no_other_patients_record(self, world: World) -> None:
        other = world.another_patient()
        world.client.get(f"{API}/patients/{other}")
        assert [item["operation"] for item in log(world)["items"]] == ["create_patient"]

    def test_it_names_those_who_have_an_account(self, world: World, database: Database) -> None:
        nurse = an_account(
            database,
            clinic_id=uuid.UUID(world.clinic_id),
            role="nurse",
            name="Nurse Kim",
            login=an_id(),
        )
        tell(
            database,
            world,
            patient_id=uuid.UUID(world.patient_id),
            actor_id=nurse.id,
            actor="nurse",
            action="read",
        )
        newest, first = log(world)["items"]
        assert (newest["name"], newest["account_id"]) == ("Nurse Kim", str(nurse.id))
        assert first["name"] is None

    def test_it_comes_page_by_page(self, world: World) -> None:
        for _ in range(3):
            world.entered("reports", id=an_id())
        first = log(world, limit=2)
        assert first["next"].endswith(f"cursor={first['next_cursor']}")
        second = world.client.get(first["next"]).json()
        operations = [item["operation"] for item in (*first["items"], *second["items"])]
        assert operations[:2] == ["create_report"] * 2
        assert operations[-1] in {"create_report", "create_patient"}
        assert len(operations) == 4

    @pytest.mark.parametrize("cursor", ["1", "lists.1", "record.0", "record.x", "record.-1", "é"])
    def test_a_cursor_of_another_list_is_refused(self, world: World, cursor: str) -> None:
        response = world.client.get(f"{world.patient}/access-log", params={"cursor": cursor})
        assert wrong_fields(response) == {"cursor"}

    def test_an_unknown_patient_has_no_log(self, world: World) -> None:
        response = world.client.get(f"{API}/patients/{an_id()}/access-log")
        assert response.status_code == 404


class TestLists:
    def test_it_shows_the_lists_that_showed_the_patient(
        self, world: World, database: Database
    ) -> None:
        me, other = uuid.UUID(world.patient_id), uuid.uuid4()
        tell(database, world, ids=(other, me), detail={"what": "reports"})
        tell(database, world, ids=(other,))
        (item,) = log(world, of="lists")["items"]
        assert (item["operation"], item["role"]) == ("export", "system operator (root)")
        assert item["detail"] == {"what": "reports"}
        assert str(other) not in str(item)

    @pytest.mark.parametrize(
        ("days_ago", "query", "is_found"),
        [
            (90, {}, True),
            (91, {}, False),
            (91, {"since": "2026-01-01"}, True),
            (0, {"since": "2026-06-01"}, True),
            (0, {"since": "2026-06-02"}, False),
        ],
    )
    def test_lists_are_searched_from_a_day_on(
        self,
        world: World,
        database: Database,
        days_ago: int,
        query: dict[str, str],
        is_found: bool,
    ) -> None:
        at = START - timedelta(days=days_ago)
        tell(database, world, at=at, ids=(uuid.UUID(world.patient_id),))
        assert bool(log(world, of="lists", **query)["items"]) is is_found

    @pytest.mark.parametrize("since", ["1899-12-31", "2200-01-02", "today"])
    def test_a_day_beyond_all_calendars_is_refused(self, world: World, since: str) -> None:
        query = {"of": "lists", "since": since}
        response = world.client.get(f"{world.patient}/access-log", params=query)
        assert wrong_fields(response) == {"since"}

    @pytest.mark.parametrize(
        ("since", "is_refused"),
        [("2025-05-30", True), ("2025-05-31", False), ("1900-01-01", True)],
    )
    def test_no_more_than_a_year_is_searched(
        self, world: World, since: str, *, is_refused: bool
    ) -> None:
        query = {"of": "lists", "since": since}
        response = world.client.get(f"{world.patient}/access-log", params=query)
        assert response.status_code == (422 if is_refused else 200)
        if is_refused:
            assert wrong_fields(response) == {"since"}
            assert "366 days" in response.text
            assert since in response.text


class TestClinic:
    def acts(self, world: World, **query: Any) -> list[dict[str, Any]]:
        response = world.client.get(f"{API}/clinics/{world.clinic_id}/audit", params=query)
        assert response.status_code == 200, response.text
        items: list[dict[str, Any]] = response.json()["items"]
        return items

    def test_it_shows_what_was_administered_and_of_patients_only_how_many(
        self, world: World, database: Database
    ) -> None:
        person = an_account(
            database, clinic_id=uuid.UUID(world.clinic_id), role="nurse", login=an_id()
        )
        me = uuid.UUID(world.patient_id)
        tell(database, world, ids=(me,), detail={"what": "reports", "patients": 1})
        world.entered("reports")
        exported, account, *_ = self.acts(world)
        assert (exported["action"], exported["rows"], exported["about"]) == ("export", 1, [])
        assert account["action"] == "administer"
        assert account["about"] == [{"account_id": str(person.id), "name": "Ada Lind"}]
        assert str(me) not in str(self.acts(world))

    def test_opening_the_clinic_is_there_and_looking_at_it_is_not(self, world: World) -> None:
        world.client.get(f"{API}/clinics/{world.clinic_id}")
        assert {item["operation"] for item in self.acts(world)} == {"create_clinic"}

    def test_an_unknown_clinic_has_none(self, world: World) -> None:
        assert world.client.get(f"{API}/clinics/{an_id()}/audit").status_code == 404

    def test_a_cursor_of_another_list_is_refused(self, world: World) -> None:
        response = world.client.get(
            f"{API}/clinics/{world.clinic_id}/audit", params={"cursor": "record.3"}
        )
        assert wrong_fields(response) == {"cursor"}
