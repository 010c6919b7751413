"""The document that describes the API, and whether the API does what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks

from app.kit.openapi import DESCRIPTION
from tests.api.world import API, RECORDS, World
from tests.support.client import ApiClient

JSON = "application/json"
PROBLEM = "application/problem+json"
# Of each operation: the rules are the same on both databases, the answers to odd ids are not.
# tests/access/test_promises.py sends it two more, by people of two roles; its long run has more of
# all.
EXAMPLES = {"sqlite": 4, "postgresql": 2}

# That a body of the right shape is accepted is no promise: the rules have a word too.
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]

Operation = tuple[str, str, dict[str, Any]]


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, described in document["paths"].items():
        for method, operation in described.items():
            yield path, method, operation


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def test_every_operation_has_a_stable_name_a_summary_and_a_tag(app: FastAPI) -> None:
    described = [operation for _, _, operation in operations(app.openapi())]
    names = [operation["operationId"] for operation in described]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names)
    assert all(operation["summary"] and operation["tags"] for operation in described)


def test_every_error_is_described_as_a_problem_document(app: FastAPI) -> None:
    for path, method, operation in operations(app.openapi()):
        errors = {code: r for code, r in operation["responses"].items() if int(code) >= 400}
        assert {"422", "500"} <= errors.keys(), (path, method)
        assert all(set(error["content"]) == {PROBLEM} for error in errors.values())


def test_every_body_has_an_example_that_fits(app: FastAPI) -> None:
    document = app.openapi()
    bodies = 0
    for path, method, operation in operations(document):
        if "requestBody" not in operation:
            continue
        schema = resolved(document, operation["requestBody"]["content"][JSON]["schema"])
        whole = {**schema, "components": document["components"]}
        assert schema["examples"], (path, method)
        for example in schema["examples"]:
            jsonschema_rs.validate(whole, example)
        bodies += 1
    assert bodies > len(RECORDS) * 3


def test_the_examples_are_accepted(world: World) -> None:
    document = world.client.app.openapi()
    for kind in RECORDS:
        operation = document["paths"][f"{API}/patients/{{patient_id}}/{kind}"]["post"]
        schema = resolved(document, operation["requestBody"]["content"][JSON]["schema"])
        for example in schema["examples"]:
            response = world.client.post(f"{world.patient}/{kind}", json=example)
            assert response.status_code == 201, (kind, response.text)


def test_every_operation_names_the_permission_that_it_needs(client: ApiClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["info"]["description"] == DESCRIPTION
    for operations in document["paths"].values():
        for operation in operations.values():
            assert bool(operation["security"]) == ("x-permission" in operation)


def test_the_api_does_what_the_document_says(world: World, dialect: str) -> None:
    known = {kind: world.entered(kind)["id"] for kind in RECORDS}
    address = f"{API}/clinics/{world.clinic_id}/settings"
    known["clinic-settings"] = world.client.post(address, json=RECORDS["settings"]).json()["id"]
    known["finding_id"] = _a_finding(world)
    schema = schemathesis.openapi.from_dict(world.client.app.openapi())
    for result in schema.get_all_operations():
        _conforms(result.ok(), world, known, examples=EXAMPLES[dialect])


def _a_finding(world: World) -> str:
    """Return the id of the finding that says that reports stay away."""
    found = world.client.get(f"{world.patient}/findings").json()["items"]
    return str(found[0]["id"])


def _conforms(operation: Any, world: World, known: dict[str, str], *, examples: int) -> None:
    """Send generated requests, half of them about rows that exist."""

    @seed(20261121)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_about_known=st.booleans())
    def check(case: Any, *, is_about_known: bool) -> None:
        if is_about_known:
            case.path_parameters = _known_ids(case, world, known)
        response = _send(world.client, case)
        case.validate_response(response, checks=PROMISES)

    check()


def _known_ids(case: Any, world: World, known: dict[str, str]) -> dict[str, str]:
    kind = case.path.removeprefix(f"{API}/").split("/")[0]
    ids = {
        "clinic_id": world.clinic_id,
        "patient_id": world.patient_id,
        "finding_id": known["finding_id"],
    }
    return {
        name: ids.get(name) or known.get(kind, world.clinic_id)
        for name in case.path_parameters or {}
    }


def _send(client: ApiClient, case: Any) -> httpx.Response:
    sent = case.as_transport_kwargs(base_url="http://localhost")
    sent = {k: v for k, v in sent.items() if k in ("method", "url", "json", "params", "headers")}
    return client.request(sent.pop("method"), sent.pop("url"), **sent)
