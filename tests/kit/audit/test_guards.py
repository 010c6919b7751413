"""The database itself refuses to change or remove what the audit trail holds."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.db import Database, upgrade
from app.kit.keys import new_keyring
from tests.kit.audit.trail import NOW, Trail
from tests.support.postgres import PostgresServer

TRAIL = ("audit_entries", "audit_checkpoints")
TABLES = (*TRAIL, "audit_heads")

CHANGES = [
    "UPDATE audit_entries SET actor = 'nobody'",
    "UPDATE audit_entries SET hash = hash",
    "UPDATE audit_checkpoints SET heads = '{}'",
    *(f"DELETE FROM {table}" for table in TABLES),
    "UPDATE audit_heads SET number = number - 1",
    "UPDATE audit_heads SET checkpointed_number = checkpointed_number - 1",
    "UPDATE audit_heads SET hash = mac",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_a_change_is_refused(trail: Trail, statement: str) -> None:
    trail.fill(each=1)
    trail.checkpoint()
    before = trail.entries()
    with pytest.raises(DBAPIError, match=r"never|permission denied"):
        trail.run(statement)
    assert trail.entries() == before
    assert trail.frauds() == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replacing_is_refused_by_whatever_program(trail: Trail, table: str, recursive: str) -> None:
    trail.fill(each=1)
    trail.checkpoint()
    path = make_url(trail.database.url).database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_an_entry_is_not_replaced_under_another_id(trail: Trail) -> None:
    trail.fill(each=1)
    columns = "chain, number, at, actor, via, action, operation, detail, key_id, previous_hash"
    with pytest.raises(DBAPIError, match="never replaced"):
        trail.run(
            f"INSERT OR REPLACE INTO audit_entries ({columns}, hash)"
            f" SELECT {columns}, x'00' FROM audit_entries"
        )


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", TABLES)
def test_truncating_is_refused(trail: Trail, table: str) -> None:
    trail.fill(each=1)
    with pytest.raises(DBAPIError, match=r"never|permission denied"):
        trail.run(f"TRUNCATE {table}")


def test_a_head_moves_on(trail: Trail) -> None:
    trail.fill(each=1)
    trail.run("UPDATE audit_heads SET number = number + 1, checkpointed_number = 1")


# --- PostgreSQL: the rights of the role ----------------------------------------------------------


@pytest.fixture
def owned(postgres: PostgresServer) -> Iterator[Trail]:
    """Give the trail of a database that an ordinary role owns, as a service would."""
    role = f"ivig_test_{uuid.uuid4().hex[:8]}"
    postgres.run(f"CREATE ROLE {role} LOGIN PASSWORD 'owner'")
    try:
        with postgres.database() as url:
            name = make_url(url).database
            postgres.run(f'ALTER DATABASE "{name}" OWNER TO {role}')
            own = make_url(url).set(username=role, password="owner")
            address = own.render_as_string(hide_password=False)
            upgrade(address)
            database = Database(address, keyring=new_keyring(NOW))
            yield Trail(database)
            database.close()
    finally:
        postgres.run(f"DROP ROLE {role}")


def test_the_owner_itself_has_no_right_to_change_the_trail(owned: Trail) -> None:
    owned.fill(each=1)
    owned.checkpoint()
    with owned.database.reading() as session:
        for table in TRAIL:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                asked = text(f"SELECT has_table_privilege('{table}', '{right}')")
                assert session.scalar(asked) is False
        for right in ("DELETE", "TRUNCATE"):
            asked = text(f"SELECT has_table_privilege('audit_heads', '{right}')")
            assert session.scalar(asked) is False
    for table in TABLES:
        owned.run(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for statement in CHANGES[:6]:
        with pytest.raises(DBAPIError, match="permission denied"):
            owned.run(statement)
    assert owned.frauds() == []


def test_rights_that_others_get_by_default_are_taken_too(postgres: PostgresServer) -> None:
    role = f"ivig_test_{uuid.uuid4().hex[:8]}"
    postgres.run(f"CREATE ROLE {role}")
    try:
        with postgres.database() as url:
            database = Database(url, keyring=new_keyring(NOW))
            Trail(database).run(f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {role}")
            upgrade(url)
            asked = text(
                f"SELECT has_table_privilege('{role}', 'audit_entries', 'INSERT'),"
                f" has_table_privilege('{role}', 'audit_entries', 'UPDATE')"
            )
            with database.reading() as session:
                assert session.execute(asked).one() == (True, False)
            database.close()
    finally:
        postgres.run(f"DROP ROLE {role}")
