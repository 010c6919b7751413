"""Triggers by which the database itself keeps every clinical row.

A protected row cannot be deleted. It can be changed only into its next version, only after
the version before was copied to `record_versions`, and never once it is voided. Kept
versions can be neither changed nor deleted.
"""

from __future__ import annotations

from alembic import op

KEPT_VERSIONS = "record_versions"

_SQLITE = {
    "no_delete": """
        CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'a row of {table} is never deleted'); END""",
    "no_overwrite": """
        CREATE TRIGGER {table}_no_overwrite BEFORE UPDATE ON {table}
        WHEN OLD.voided_at IS NOT NULL
          OR NEW.id <> OLD.id
          OR NEW.version <> OLD.version + 1
          OR NOT EXISTS (
            SELECT 1 FROM record_versions AS kept
            WHERE kept.table_name = '{table}' AND kept.row_id = OLD.id
              AND kept.version = OLD.version)
        BEGIN SELECT RAISE(ABORT, 'a row of {table} is never overwritten'); END""",
    "no_replace": """
        CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} AS old WHERE {same})
        BEGIN SELECT RAISE(ABORT, 'a row of {table} is never replaced'); END""",
    "no_change": """
        CREATE TRIGGER {table}_no_change BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, 'a row of {table} is never changed'); END""",
}

_POSTGRESQL_FUNCTIONS = {
    "refuse_delete": """
        CREATE OR REPLACE FUNCTION refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a row of % is never deleted', TG_TABLE_NAME; END $$""",
    "refuse_change": """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a row of % is never changed', TG_TABLE_NAME; END $$""",
    "refuse_overwrite": """
        CREATE OR REPLACE FUNCTION refuse_overwrite() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF OLD.voided_at IS NOT NULL OR NEW.id <> OLD.id
             OR NEW.version <> OLD.version + 1
             OR NOT EXISTS (
               SELECT 1 FROM record_versions AS kept
               WHERE kept.table_name = TG_TABLE_NAME AND kept.row_id = OLD.id
                 AND kept.version = OLD.version) THEN
            RAISE EXCEPTION 'a row of % is never overwritten', TG_TABLE_NAME;
          END IF;
          RETURN NEW;
        END $$""",
}


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _attach(table: str, guard: str, event: str, function: str, level: str = "ROW") -> None:
    op.execute(f"DROP TRIGGER IF EXISTS {table}_{guard} ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_{guard} BEFORE {event} ON {table} "
        f"FOR EACH {level} EXECUTE FUNCTION {function}()"
    )


def _protect_on_sqlite(table: str) -> None:
    change = "no_change" if table == KEPT_VERSIONS else "no_overwrite"
    key = ("table_name", "row_id", "version") if table == KEPT_VERSIONS else ("id",)
    same = " AND ".join(f"old.{column} = NEW.{column}" for column in key)
    # INSERT OR REPLACE overwrites without an UPDATE, and fires DELETE triggers only on request.
    for guard in ("no_delete", "no_replace", change):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_{guard}")
        op.execute(_SQLITE[guard].format(table=table, same=same))


def _protect_on_postgresql(table: str) -> None:
    for function in _POSTGRESQL_FUNCTIONS.values():
        op.execute(function)
    _attach(table, "no_delete", "DELETE", "refuse_delete")
    _attach(table, "no_truncate", "TRUNCATE", "refuse_delete", "STATEMENT")
    if table == KEPT_VERSIONS:
        _attach(table, "no_change", "UPDATE", "refuse_change")
    else:
        _attach(table, "no_overwrite", "UPDATE", "refuse_overwrite")


def protect(*tables: str) -> None:
    """Put the guards on `tables`; call it again after each batch change of one of them."""
    for table in tables:
        if _is_sqlite():
            _protect_on_sqlite(table)
        else:
            _protect_on_postgresql(table)
