"""The copy of a PostgreSQL database that one test after the other gets is as good as a new one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.support.postgres import PostgresServer, SpareDatabase

CHANGES = (
    "ALTER TABLE clinics ADD COLUMN odd integer",
    "ALTER TABLE clinics DISABLE TRIGGER USER",
    "DROP TRIGGER clinics_no_delete ON clinics",
    "REVOKE DELETE ON clinics FROM CURRENT_USER",
    "CREATE TABLE odd (id integer)",
    "DROP INDEX uq_vials_serial_of_product",
)


@pytest.fixture
def spare(postgres: PostgresServer, migrated_postgres: str) -> Iterator[SpareDatabase]:
    opened = SpareDatabase(postgres, migrated_postgres)
    yield opened
    opened.close()


def run(url: str, statement: str) -> object:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def test_rows_are_gone_and_those_of_the_template_are_there(spare: SpareDatabase) -> None:
    with spare.database() as first:
        keys = run(first, "SELECT json_agg(k ORDER BY k.key_id)::text FROM sealing_keys k")
        run(first, "UPDATE sealing_keys SET fingerprint = 'odd'")
        run(
            first,
            "INSERT INTO clinics (id, name, version, recorded_at, recorded_by)"
            " VALUES (gen_random_uuid(), 'North', 1, now(), 'a test')",
        )
    with spare.database() as again:
        assert again == first
        assert run(again, "SELECT count(*) FROM clinics") == 0
        assert run(again, "SELECT json_agg(k ORDER BY k.key_id)::text FROM sealing_keys k") == keys
        with spare.database() as other:
            assert other != again


@pytest.mark.parametrize("change", CHANGES)
def test_another_shape_is_never_used_again(spare: SpareDatabase, change: str) -> None:
    with spare.database() as first:
        run(first, change)
    with spare.database() as again:
        assert again != first
