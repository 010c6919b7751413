"""A trail of a few acts, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import Database
from app.kit.keys import new_keyring
from tests.kit.audit.trail import NOW, Trail


@pytest.fixture
def trail(database_url: str) -> Iterator[Trail]:
    database = Database(database_url, keyring=new_keyring(NOW))
    yield Trail(database)
    database.close()


@pytest.fixture
def unguarded(trail: Trail) -> Trail:
    trail.fill()
    trail.unguard()
    assert trail.frauds() == []
    return trail
