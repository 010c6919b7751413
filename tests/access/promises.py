"""Requests made up from the OpenAPI document, sent by people of every role.

``python -m tests.access.promises --examples 40`` is the long run: as many requests of each
operation by each of the eight people, on both databases. The tests send a few of each.

Every answer must be one that the document promises, none may be an error of the server, and none
may show anything of a patient whom the person does not look after.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import checks

from app.config import Settings
from app.db import Database, upgrade
from app.main import create_app
from tests.access.world import NOW, Person, Place, World
from tests.support.client import ApiClient
from tests.support.postgres import running_postgres

API: Final = "/api/v1/"
WHOLE_CLINIC: Final = ("coordinator", "pharmacist")
OK: Final = 400
PROMISES: Final = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
# Whoever leaves has no more requests to send: these are tried by name elsewhere.
LEAVING: Final = ("/sign-out", "/me/sessions/revoke-others")


def keep_promises(world: World, who: str, *, examples: int, every: int = 1) -> Counter[int]:
    """Send `examples` requests of each operation as one person; count the statuses.

    With `every` n, each person takes one operation in n, and their neighbour the next one.
    """
    person = world.people[who]
    statuses: Counter[int] = Counter()
    first = list(world.people).index(who)
    document = json.dumps(world.client.app.openapi())
    for number, operation in enumerate(_operations(document), first):
        if number % every == 0 and not operation.path.endswith(LEAVING):
            _try(operation, world, person, statuses=statuses, examples=examples)
    return statuses


@cache
def _operations(document: str) -> list[Any]:
    """Return what the document describes; everybody asks by the same one, read once."""
    schema = schemathesis.openapi.from_dict(json.loads(document))
    return [result.ok() for result in schema.get_all_operations()]


def _try(
    operation: Any, world: World, person: Person, *, statuses: Counter[int], examples: int
) -> None:
    places = st.sampled_from([world.own, world.stranger, world.foreign, None])

    @seed(20261121)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), place=places)
    def check(case: Any, *, place: Place | None) -> None:
        if place is not None:
            case.path_parameters = _ids(case, place)
            _name_place(case, place)
        response = _send(world.client, case, person)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=PROMISES)
        assert leaks(world, person, response) == [], response.request.url

    check()


def _ids(case: Any, place: Place) -> dict[str, str]:
    """Name rows of a place, where the path asks for some."""
    kind = case.path.removeprefix(API).split("/")[0]
    named = {
        "clinic_id": place.clinic_id,
        "patient_id": place.patient_id,
        "finding_id": place.rows["findings"],
        "account_id": place.rows["accounts"],
    }
    given_ids = case.path_parameters or {}
    return {
        name: str(named.get(name) or place.rows.get(kind) or value)
        for name, value in given_ids.items()
    }


def _name_place(case: Any, place: Place) -> None:
    """Name the clinic and the patient of a place in the body and the query, where they belong."""
    for part in (case.body, case.query):
        if isinstance(part, dict):
            for name, value in (("clinic_id", place.clinic_id), ("patient_id", place.patient_id)):
                if name in part:
                    part[name] = str(value)


def _send(client: ApiClient, case: Any, person: Person) -> httpx.Response:
    sent = case.as_transport_kwargs(base_url="http://localhost")
    sent = {k: v for k, v in sent.items() if k in ("method", "url", "json", "params", "headers")}
    headers = {k: v for k, v in dict(sent.pop("headers", {})).items() if k.lower() != "cookie"}
    headers = {k: v for k, v in headers.items() if k.lower() != "authorization"} | person.bearer
    return client.request(sent.pop("method"), sent.pop("url"), headers=headers, **sent)


def leaks(world: World, person: Person, response: httpx.Response) -> list[str]:
    """Return ids of rows that the person must not see, and that the answer shows all the same."""
    sent = f"{response.request.url} {response.request.content.decode('utf-8', 'replace')}"
    hidden = [world.foreign] if person.role in WHOLE_CLINIC else [world.foreign, world.stranger]
    ids: list[uuid.UUID] = []
    for place in hidden:
        of_clinic: tuple[str, ...] = (
            "accounts",
            "disabled-accounts",
            "products",
            "recalls",
            "clinic-settings",
        )
        if place.clinic_id == world.own.clinic_id:
            of_clinic += ("help-texts", "text-reviews")
        ids.append(place.patient_id)
        ids += [row for kind, row in place.rows.items() if kind not in of_clinic]
    shown = response.text
    is_refusal = response.status_code >= OK
    # A refusal may repeat what was asked for, in the words of something that does not exist.
    return [str(i) for i in ids if str(i) in shown and not (is_refusal and str(i) in sent)]


@contextmanager
def _worlds() -> Iterator[Iterator[tuple[str, World]]]:
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        with server.database() as url:
            yield _made({"sqlite": f"sqlite:///{Path(folder) / 'ivig.db'}", "postgresql": url})
        shutil.rmtree(folder, ignore_errors=True)


def _made(urls: dict[str, str]) -> Iterator[tuple[str, World]]:
    for name, url in urls.items():
        upgrade(url)
        app = create_app(Settings(database_url=url, worker_in_server=False), clock=lambda: NOW)
        with closing(Database(url)) as database, ApiClient(app) as client:
            yield name, World.made(client, database)


def main() -> None:
    """Run long, and say how many requests were answered how."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=40)
    examples = parser.parse_args().examples
    total = 0
    with _worlds() as worlds:
        for name, world in worlds:
            for who in world.people:
                statuses = keep_promises(world, who, examples=examples)
                total += statuses.total()
                counts = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
                sys.stdout.write(f"{name:>10} {who:>14}  {counts}\n")
    sys.stdout.write(f"{total} requests, every one answered as promised\n")


if __name__ == "__main__":
    main()
