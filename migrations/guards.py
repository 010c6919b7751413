"""Triggers by which the database itself keeps every clinical row.

A protected row cannot be deleted. It can be changed only into its next version, only after
the version before was copied to `record_versions`, and never once it is voided. Kept
versions can be neither changed nor deleted, and entries of the audit trail neither. On
PostgreSQL the right to change those is taken from every role, its owner included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

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


# --- the audit trail ----------------------------------------------------------------------------

_FORWARD: Final = """
    NEW.chain = OLD.chain
    AND NEW.checkpointed_number >= OLD.checkpointed_number
    AND (NEW.number > OLD.number OR (NEW.number = OLD.number AND NEW.hash = OLD.hash))
"""
"""When a chain's head may be changed: it names a later entry, or the same one."""

_SQLITE_NO_RETURN: Final = """
    CREATE TRIGGER {table}_no_return BEFORE UPDATE ON {table} WHEN NOT ({forward})
    BEGIN SELECT RAISE(ABORT, 'a row of {table} never goes back'); END"""

_POSTGRESQL_REFUSE_RETURN: Final = """
    CREATE OR REPLACE FUNCTION refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'a row of % never goes back', TG_TABLE_NAME; END $$"""

# Every role that has a right on the table by now, its owner and PUBLIC included.
_POSTGRESQL_REVOKE: Final = """
    DO $$ DECLARE who text; BEGIN
      FOR who IN
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC'
                        ELSE quote_ident(pg_get_userbyid(grantee)) END
        FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner)))
        WHERE pg_class.oid = '{table}'::regclass
      LOOP
        EXECUTE format('REVOKE {rights} ON {table} FROM %s', who);
      END LOOP;
    END $$"""


def protect_trail(table: str, *, keys: Sequence[str]) -> None:
    """Let rows of an audit table be added, and nothing else; `keys` are all of its unique keys."""
    if _is_sqlite():
        pairs = [[part.strip() for part in key.split(",")] for key in keys]
        same = " OR ".join(
            " AND ".join(f"old.{column} = NEW.{column}" for column in pair) for pair in pairs
        )
        for guard in ("no_delete", "no_replace", "no_change"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_{guard}")
            op.execute(_SQLITE[guard].format(table=table, same=same))
        return
    _refuse_deleting(table)
    _attach(table, "no_change", "UPDATE", "refuse_change")
    op.execute(_POSTGRESQL_REVOKE.format(table=table, rights="UPDATE, DELETE, TRUNCATE"))


def protect_heads(table: str) -> None:
    """Let the heads of the audit trail be added and moved on, never back and never away."""
    if _is_sqlite():
        for guard in ("no_delete", "no_replace", "no_return"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_{guard}")
        for guard in ("no_delete", "no_replace"):
            op.execute(_SQLITE[guard].format(table=table, same="old.chain = NEW.chain"))
        op.execute(_SQLITE_NO_RETURN.format(table=table, forward=_FORWARD))
        return
    _refuse_deleting(table)
    op.execute(_POSTGRESQL_REFUSE_RETURN)
    op.execute(f"DROP TRIGGER IF EXISTS {table}_no_return ON {table}")
    # The condition stands here, so that moving on does not even call the function.
    op.execute(
        f"CREATE TRIGGER {table}_no_return BEFORE UPDATE ON {table} "
        f"FOR EACH ROW WHEN (NOT ({_FORWARD})) EXECUTE FUNCTION refuse_return()"
    )
    op.execute(_POSTGRESQL_REVOKE.format(table=table, rights="DELETE, TRUNCATE"))


def _refuse_deleting(table: str) -> None:
    for function in _POSTGRESQL_FUNCTIONS.values():
        op.execute(function)
    _attach(table, "no_delete", "DELETE", "refuse_delete")
    _attach(table, "no_truncate", "TRUNCATE", "refuse_delete", "STATEMENT")
