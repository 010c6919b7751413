"""One schema history for both databases; after every revision the guards are in place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from app.db import (
    alembic_config,
    current_revision,
    make_engine,
    newest_revision,
    require_newest_schema,
    upgrade,
)
from app.errors import SchemaOutOfDate
from app.tables import CREDENTIAL_TABLES, KEPT_TABLES, Base, RecordVersion

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory.from_config(alembic_config("")).walk_revisions()))
]
KEPT_NAMES = {table.__tablename__ for table in (*KEPT_TABLES, RecordVersion)}
# What guards a table against changes, where it is not the guard of kept rows.
CHANGE_GUARDS = {
    "record_versions": "no_change",
    "audit_entries": "no_change",
    "audit_checkpoints": "no_change",
    "audit_heads": "no_return",
}
# Derived, recomputed at any moment, and without a word of a person in it.
NOT_CLINICAL = {
    "patient_analyses",
    "alembic_version",
    # Fingerprints, which follow from the key file.
    "sealing_keys",
    # Lots by infusion, which follow from the infusions.
    "lot_uses",
    # They come and go with people and devices; the audit trail tells of them.
    *(table.__tablename__ for table in CREDENTIAL_TABLES),
}


@pytest.fixture
def bare_engine(empty_database_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def triggers(engine: Engine) -> set[tuple[str, str]]:
    """Return (table, trigger) of every trigger in the database."""
    query = (
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT event_object_table, trigger_name FROM information_schema.triggers"
    )
    with engine.connect() as connection:
        return {(row[0], row[1]) for row in connection.execute(text(query))}


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_clinical_table_is_guarded_after_each_revision(
    empty_database_url: str, bare_engine: Engine, revision: str
) -> None:
    upgrade(empty_database_url, revision)
    there = set(inspect(bare_engine).get_table_names()) - NOT_CLINICAL
    found = triggers(bare_engine)
    for table in there:
        change = CHANGE_GUARDS.get(table, "no_overwrite")
        assert (table, f"{table}_no_delete") in found
        replace = "no_replace" if bare_engine.dialect.name == "sqlite" else "no_delete"
        assert (table, f"{table}_{replace}") in found
        assert (table, f"{table}_{change}") in found


def test_every_kept_table_is_in_the_newest_schema(
    empty_database_url: str, bare_engine: Engine
) -> None:
    upgrade(empty_database_url)
    there = set(inspect(bare_engine).get_table_names()) - NOT_CLINICAL
    assert there == KEPT_NAMES | CHANGE_GUARDS.keys()


def test_models_and_migrations_describe_the_same_tables(
    empty_database_url: str, bare_engine: Engine
) -> None:
    upgrade(empty_database_url)
    with bare_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_older_schema_is_refused_by_name(empty_database_url: str, bare_engine: Engine) -> None:
    with pytest.raises(SchemaOutOfDate, match=r"none \(empty\).*" + newest_revision()):
        require_newest_schema(bare_engine)
    upgrade(empty_database_url)
    require_newest_schema(bare_engine)
    assert current_revision(bare_engine) == newest_revision()
