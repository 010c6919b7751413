"""Names, birth dates, identifiers and free text are sealed at rest.

Every value that is there is sealed in this one transaction, kept versions too, so the guards are
taken off and put back. Patients are found by a blind index of their identifier. Rows need a key
to be sealed with; a database without rows needs none yet.

Revision: 0006_sealed, after 0005_audit
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kit.known_keys import remember
from app.kit.resealing import SealedTable, guards_lifted, rewrite_table
from app.kit.sealing import blind_index, keys_of, seal
from migrations import guards

revision = "0006_sealed"
down_revision = "0005_audit"
branch_labels = None
depends_on = None

KEPT = (
    "clinics",
    "clinic_settings",
    "patients",
    "patient_settings",
    "weights",
    "therapies",
    "products",
    "plans",
    "holds",
    "infusions",
    "reports",
    "report_values",
    "findings",
)
REASONS = {"change_reason": "change_reason", "void_reason": "void_reason"}
# The context of every column as it was when this revision was written: it is part of the tokens.
CONTENT = {
    "clinic_settings": {"source": "settings.source"},
    "patient_settings": {"source": "settings.source"},
    "patients": {
        name: f"patients.{name}"
        for name in ("external_id", "identifiers", "family_name", "given_name", "birth_date")
    },
    "therapies": {"note": "therapies.note"},
    "plans": {"reason": "plans.reason"},
    "holds": {"note": "holds.note"},
    "infusions": {"note": "infusions.note"},
    "reports": {"note": "reports.note"},
    "findings": {"parameters": "findings.parameters", "review_reason": "findings.review_reason"},
}
VERSIONS = SealedTable(
    "record_versions",
    {"table_name": sa.String(), "row_id": sa.Uuid(), "version": sa.Integer()},
    {"content": "record_versions.content", "made_because": "record_versions.made_because"},
)
TABLES = [
    *(SealedTable(name, {"id": sa.Uuid()}, {**CONTENT.get(name, {}), **REASONS}) for name in KEPT),
    VERSIONS,
]
# Columns that held something else than text, and whether each row has a value.
OTHERS = (
    ("patients", "birth_date", False),
    ("patients", "identifiers", True),
    ("findings", "parameters", True),
    ("record_versions", "content", True),
)


def create_sealing_keys() -> None:
    op.create_table(
        "sealing_keys",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key_id", name="pk_sealing_keys"),
    )


def is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def make_text(table: str, column: str, *, is_required: bool) -> None:
    """Turn a column of dates or JSON into one of text, with the same content."""
    if not is_sqlite():
        # ISO dates, whatever the server's own style is.
        op.execute("SET LOCAL datestyle = 'ISO'")
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR USING {column}::varchar"
        )
        return
    # SQLite changes no type in place, and copying the table would break what refers to it. It
    # adds a required column only with a default, which no row is ever entered with.
    required = " DEFAULT '' NOT NULL" if is_required else ""
    op.execute(f"ALTER TABLE {table} ADD COLUMN sealed_{column} VARCHAR{required}")
    op.execute(f"UPDATE {table} SET sealed_{column} = {column}")  # noqa: S608 - names above
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"ALTER TABLE {table} RENAME COLUMN sealed_{column} TO {column}")


def index_identifiers(connection: sa.Connection) -> None:
    """Give every patient the blind index of their identifier, while that one is readable."""
    required = " DEFAULT '' NOT NULL"
    op.execute(f"ALTER TABLE patients ADD COLUMN external_id_index VARCHAR{required}")
    if not is_sqlite():
        op.execute("ALTER TABLE patients ALTER COLUMN external_id_index DROP DEFAULT")
    patients = sa.table(
        "patients",
        sa.column("id", sa.Uuid()),
        sa.column("external_id", sa.String()),
        sa.column("external_id_index", sa.String()),
    )
    found = connection.execute(sa.select(patients.c.id, patients.c.external_id)).all()
    source = keys_of(connection.dialect)
    indexes = [
        {"at": id_, "index": blind_index(source.get(), "patients.external_id", external_id)}
        for id_, external_id in found
    ]
    if indexes:
        change = patients.update().where(patients.c.id == sa.bindparam("at", type_=sa.Uuid()))
        connection.execute(change.values(external_id_index=sa.bindparam("index")), indexes)


def upgrade() -> None:
    """Make room, seal what is there, and guard it again."""
    connection = op.get_bind()
    source = keys_of(connection.dialect)
    create_sealing_keys()
    op.drop_index("uq_patients_live", table_name="patients")
    with guards_lifted(connection, [table.name for table in TABLES]):
        index_identifiers(connection)
        for table, column, is_required in OTHERS:
            make_text(table, column, is_required=is_required)
        for table in TABLES:
            for _ in rewrite_table(
                connection,
                table,
                lambda context, value: seal(source.get(), context, value.encode()),
            ):
                pass
    only_live = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_patients_live",
        "patients",
        ["clinic_id", "external_id_index"],
        unique=True,
        sqlite_where=only_live,
        postgresql_where=only_live,
    )
    op.create_index("ix_patients_identifier", "patients", ["clinic_id", "external_id_index"])
    guards.protect(*KEPT, "record_versions")
    keyring = source.find()
    if keyring is not None:
        remember(connection, keyring)
