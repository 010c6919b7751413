"""Rows are kept: every version readable, nothing overwritten, nothing deleted."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clinics.service import add_clinic
from app.clinics.tables import ClinicRow
from app.errors import Conflict, VersionMismatch
from app.kit import history
from app.kit.history import Actor, Change, RecordVersion

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ANNA = Actor("Anna")
BEN = Actor("Ben")


def a_clinic(session: Session) -> ClinicRow:
    clinic = add_clinic(session, Change(ANNA, NOW), row_id=None, name="North")
    session.flush()
    return clinic


def test_an_amendment_keeps_the_old_version_readable(session: Session) -> None:
    clinic = a_clinic(session)
    later = NOW + timedelta(days=1)
    assert history.amend(session, clinic, {"name": "South"}, change=Change(BEN, later, "it moved"))
    old, new = history.history_of(session, clinic)
    assert (old["name"], old["recorded_by"], old["version"]) == ("North", "Anna", 1)
    assert (new["name"], new["changed_by"], new["change_reason"]) == ("South", "Ben", "it moved")
    assert new["version"] == 2
    assert history.first_version_of(session, clinic)["name"] == "North"


def test_an_amendment_without_a_difference_makes_no_version(session: Session) -> None:
    clinic = a_clinic(session)
    assert not history.amend(session, clinic, {"name": "North"}, change=Change(BEN, NOW, "none"))
    assert clinic.version == 1


def test_a_voided_row_stays_readable_and_cannot_be_changed(session: Session) -> None:
    clinic = a_clinic(session)
    history.void(session, clinic, Change(BEN, NOW, "entered twice"))
    assert (clinic.voided_by, clinic.void_reason) == ("Ben", "entered twice")
    with pytest.raises(Conflict, match="was voided"):
        history.amend(session, clinic, {"name": "South"}, change=Change(BEN, NOW, "no"))
    with pytest.raises(Conflict, match="voided already"):
        history.void(session, clinic, Change(BEN, NOW, "again"))


def test_a_kept_version_records_who_made_it_and_how_long_it_stood(session: Session) -> None:
    clinic = a_clinic(session)
    later = NOW + timedelta(days=1)
    history.amend(session, clinic, {"name": "South"}, change=Change(BEN, later, "it moved"))
    kept = session.scalars(select(RecordVersion)).one()
    assert (kept.made_by, kept.valid_from, kept.valid_until) == ("Anna", NOW, later)


def test_the_database_refuses_to_delete_a_row(session: Session) -> None:
    clinic = a_clinic(session)
    with pytest.raises(DBAPIError, match="never deleted"):
        session.execute(delete(ClinicRow).where(ClinicRow.id == clinic.id))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["clinics", "record_versions"])
def test_sqlite_refuses_to_replace_a_row(session: Session, table: str) -> None:
    clinic = a_clinic(session)
    history.amend(session, clinic, {"name": "South"}, change=Change(BEN, NOW, "it moved"))
    with pytest.raises(DBAPIError, match="never replaced"):
        session.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_sqlite_refuses_to_push_out_a_row_by_another_key(session: Session) -> None:
    a_clinic(session)
    columns = "id, name, version, recorded_at, recorded_by"
    values = f"'{uuid.uuid4().hex}', name, 1, recorded_at, recorded_by"
    with pytest.raises(DBAPIError, match="never deleted"):
        session.execute(
            text(f"INSERT OR REPLACE INTO clinics ({columns}) SELECT {values} FROM clinics")
        )


def test_two_who_change_one_version_at_once_are_told_so(session: Session) -> None:
    clinic = a_clinic(session)
    history.keep_version(session, clinic, until=NOW)
    session.expunge_all()
    again = session.get_one(ClinicRow, clinic.id)
    with pytest.raises(VersionMismatch, match="by somebody else meanwhile"):
        history.amend(session, again, {"name": "South"}, change=Change(BEN, NOW, "it moved"))


def test_the_database_refuses_an_overwrite_without_a_kept_version(session: Session) -> None:
    clinic = a_clinic(session)
    with pytest.raises(DBAPIError, match="never overwritten"):
        session.execute(
            update(ClinicRow).where(ClinicRow.id == clinic.id).values(name="South", version=2)
        )


def test_the_database_refuses_a_change_that_skips_the_version(session: Session) -> None:
    clinic = a_clinic(session)
    history.keep_version(session, clinic, until=NOW)
    with pytest.raises(DBAPIError, match="never overwritten"):
        session.execute(update(ClinicRow).where(ClinicRow.id == clinic.id).values(name="South"))


def test_the_database_refuses_to_rewrite_history(session: Session) -> None:
    clinic = a_clinic(session)
    history.amend(session, clinic, {"name": "South"}, change=Change(BEN, NOW, "it moved"))
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(update(RecordVersion).values(made_by="nobody"))


def test_the_database_refuses_to_forget_history(session: Session) -> None:
    clinic = a_clinic(session)
    history.amend(session, clinic, {"name": "South"}, change=Change(BEN, NOW, "it moved"))
    with pytest.raises(DBAPIError, match="never deleted"):
        session.execute(delete(RecordVersion))


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_postgresql_refuses_to_truncate_a_kept_table(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match="never deleted"):
        connection.execute(text("TRUNCATE record_versions"))


def test_an_instant_comes_back_in_utc(session: Session) -> None:
    clinic = a_clinic(session)
    session.expire(clinic)
    assert session.get_one(ClinicRow, clinic.id).recorded_at == NOW


def test_an_instant_without_a_zone_is_refused(session: Session) -> None:
    clinic = ClinicRow(id=uuid.uuid4(), name="North")
    history.begin(clinic, Change(ANNA, NOW.replace(tzinfo=None)))
    session.add(clinic)
    with pytest.raises(Exception, match="has no time zone"):
        session.flush()
