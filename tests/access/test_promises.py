"""The API keeps its promises to people of every role, and shows nobody what is not theirs."""

from __future__ import annotations

import httpx
import pytest

from tests.access.promises import keep_promises, leaks
from tests.access.world import ROLES, World

EXAMPLES = 1  # of each operation that somebody takes; the long run has more, of all of them
EVERY = 4  # so each operation is tried by two of the eight people
EVERYBODY = [("sqlite", who) for who in (*ROLES, "installation")]
# SQL differs between the databases, not between roles: one whose access goes by the care team.
# Every operation is asked there by tests/api/test_openapi.py, every role by test_policy.py.
ON_POSTGRESQL = [("postgresql", "nurse")]


@pytest.mark.parametrize(("dialect", "who"), [*EVERYBODY, *ON_POSTGRESQL], indirect=["dialect"])
def test_every_answer_is_one_that_the_document_promises(world: World, who: str) -> None:
    statuses = keep_promises(world, who, examples=EXAMPLES, every=EVERY)
    assert statuses[403] > 0
    assert statuses[200] > 0


def test_a_leak_is_noticed(world: World) -> None:
    request = httpx.Request("GET", "http://localhost/api/v1/patients")
    shown = httpx.Response(200, text=f'{{"id":"{world.stranger.patient_id}"}}', request=request)
    assert leaks(world, world.people["nurse"], shown) == [str(world.stranger.patient_id)]
    assert leaks(world, world.people["coordinator"], shown) == []
