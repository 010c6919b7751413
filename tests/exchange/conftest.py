from __future__ import annotations

from pathlib import Path

import pytest

from app.db import Database
from tests.exchange.world import World


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "folders")
