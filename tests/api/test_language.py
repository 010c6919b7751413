"""What is wrong is said in the language of whoever asks; programs that name none read English."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.world import World, an_id


def refused(world: World, headers: dict[str, str]) -> dict[str, Any]:
    body = {
        "observed_at": "2026-05-05T08:00:00Z",
        "source": "nurse",
        "values": [{"measure": "strength_nrs", "site": "right_hand", "value": 10.5}],
    }
    path = f"/api/v1/patients/{world.patient_id}/reports"
    answer = world.client.post(path, json=body, headers=headers)
    assert answer.status_code == 422
    problem: dict[str, Any] = answer.json()
    return problem


@pytest.mark.parametrize(
    ("headers", "detail", "reason"),
    [
        ({}, "1 fault; nothing was stored.", "10.5 is outside 0-10"),
        (
            {"accept-language": "de-AT, en;q=0.5"},
            "1 Fehler; nichts wurde gespeichert.",
            "10,5 liegt außerhalb von 0-10",
        ),
        (
            {"accept-language": "de", "cookie": "language=fr"},
            "1 erreur\u00a0; rien n'a été enregistré.",
            "10,5 est en dehors de 0-10",
        ),
        ({"accept-language": "ja"}, "1 fault; nothing was stored.", "10.5 is outside 0-10"),
    ],
)
def test_faults_are_told_in_the_language_that_was_asked_for(
    world: World, headers: dict[str, str], detail: str, reason: str
) -> None:
    problem = refused(world, headers)
    assert problem["detail"] == detail
    assert [error["reason"] for error in problem["errors"]] == [reason]
    assert [error["field"] for error in problem["errors"]] == ["values[0].value"]


def test_what_is_missing_of_the_shape_and_what_is_not_there_too(world: World) -> None:
    spanish = {"accept-language": "es"}
    path = f"/api/v1/patients/{world.patient_id}/reports"
    shape = world.client.post(path, json={"source": "nurse"}, headers=spanish).json()
    told = {error["field"]: error["reason"] for error in shape["errors"]}
    assert told["observed_at"] == "falta"
    missing = world.client.get(f"/api/v1/reports/{an_id()}", headers=spanish).json()
    assert missing["detail"].startswith("No existe: ")
