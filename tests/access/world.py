"""Two clinics with people of every role who really signed in, and patients who are not theirs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

import httpx
from sqlalchemy import CompoundSelect, func, select, union_all, update
from sqlalchemy.orm import Session

from app.accounts.bearer import create_token
from app.accounts.rules import (
    OWN,
    Lifetimes,
    Role,
    TokenDraft,
    permissions_of,
)
from app.accounts.secret import digest
from app.accounts.sessions import Beginning, Way, create_session
from app.accounts.tables import AccountRow, DeviceRow, PasskeyRow, SessionRow, TokenRow
from app.clinics.service import add_clinic
from app.db import Database
from app.kit import history
from app.kit.access import SESSION_COOKIE
from app.kit.base import KeptRow
from app.patients.tables import AnalysisRow, PatientRow
from app.products.service import add_catalogue
from tests.access.rows import (
    NOW,
    TABLES,
    a_log,
    a_patient,
    a_row,
    an_account,
    change,
    join,
)
from tests.support.client import ApiClient

ORIGIN: Final = "http://localhost"
ROLES: Final = tuple(role.value for role in Role)
TEAM: Final = {"patient": "self", "proxy": "proxy", "nurse": "member", "physician": "member"}
"""Who is on the care team of a patient, as what."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; signed in by a token and by a session."""

    id: uuid.UUID
    role: str
    token: str
    session: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    @property
    def cookie(self) -> dict[str, str]:
        return {
            "cookie": f"{SESSION_COOKIE}={self.session}",
            "origin": ORIGIN,
            "sec-fetch-site": "same-origin",
        }


@dataclass(slots=True)
class Place:
    """A patient with one row of every kind, and everybody on their team."""

    clinic_id: uuid.UUID
    patient_id: uuid.UUID
    external_id: str = ""
    rows: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass
class World:
    """North has two patients, each with a team of their own; South has one."""

    client: ApiClient
    database: Database
    north: uuid.UUID
    south: uuid.UUID
    people: dict[str, Person]
    strangers: dict[str, Person]
    foreigners: dict[str, Person]
    own: Place
    stranger: Place
    foreign: Place
    known: dict[uuid.UUID, int] = field(default_factory=dict)
    """The versions as the table's last row left them, with which the next one begins."""

    @classmethod
    def made(cls, client: ApiClient, database: Database) -> World:
        north, south = _clinic(database, "North"), _clinic(database, "South")
        people = _everybody(database, north)
        strangers = {role: _person(database, north, role) for role in ROLES}
        foreigners = {role: _person(database, south, role) for role in ROLES}
        places = [
            _place(database, clinic_id, team, TABLES)
            for clinic_id, team in ((north, people), (north, strangers), (south, foreigners))
        ]
        for place in places:
            _correct(database, place)
        return cls(client, database, north, south, people, strangers, foreigners, *places)

    def fresh(self, place: Place, kinds: Iterable[str]) -> Place:
        """Return a new patient of the same team, for a request that changes something."""
        teams = {id(self.own): self.people, id(self.stranger): self.strangers}
        team = teams.get(id(place), self.foreigners)
        return _place(self.database, place.clinic_id, team, kinds)

    def newcomer(self, clinic_id: uuid.UUID, role: str) -> Person:
        """Return somebody new of a clinic."""
        return _person(self.database, clinic_id, role)

    def thing_of(self, owner: Person, what: str) -> uuid.UUID:
        """Return a new session, token, passkey or device of somebody."""
        with self.database.writing() as session:
            account = session.get_one(AccountRow, owner.id)
            if what == "device":
                return _device(session, account)
            if what == "passkey":
                return _passkey(session, account)
            make, table = (a_session, SessionRow) if what == "session" else (a_token, TokenRow)
            secret_hash = digest(make(session, account))
            return session.scalars(select(table.id).where(table.secret_hash == secret_hash)).one()

    def send(
        self, method: str, path: str, headers: dict[str, str], **options: Any
    ) -> httpx.Response:
        return self.client.request(method, path, headers=headers, **options)

    def as_person(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with the token of a role of North."""
        headers = {**self.people[who].bearer, **options.pop("headers", {})}
        return self.send(method, path, headers, **options)

    def versions(self) -> dict[uuid.UUID, int]:
        """Return the version of every standing row, to see that nobody changed it.

        Findings are left out: the analysis keeps them in step.
        """
        with self.database.reading() as session:
            return {one.id: one.version for one in session.execute(self._standing)}

    @cached_property
    def _standing(self) -> CompoundSelect[tuple[uuid.UUID, int]]:
        """Ask for all of them at once: this runs after every row of the table."""
        return union_all(
            *(
                select(table.id, table.version).where(table.id == row_id)
                for place in (self.own, self.stranger, self.foreign)
                for kind, row_id in place.rows.items()
                if kind != "findings"
                for table in [TABLES[kind]]
            )
        )

    def count(self, table: type[KeptRow], place: Place) -> int:
        """Count the rows of a table about the patient of a place."""
        column: Any = getattr(table, "patient_id", table.id)
        with self.database.reading() as session:
            statement = select(func.count()).where(column == place.patient_id)
            return session.scalar(statement) or 0


def _clinic(database: Database, name: str) -> uuid.UUID:
    with database.writing() as session:
        clinic = add_clinic(session, change(), row_id=None, name=name)
        add_catalogue(session, change(), clinic.id)
        return clinic.id


def _everybody(database: Database, clinic_id: uuid.UUID) -> dict[str, Person]:
    people = {role: _person(database, clinic_id, role) for role in ROLES}
    people["installation"] = _person(database, None, "administrator")
    return people


def _person(database: Database, clinic_id: uuid.UUID | None, role: str) -> Person:
    with database.writing() as session:
        account = an_account(session, clinic_id, role)
        return Person(account.id, role, a_token(session, account), a_session(session, account))


def a_token(session: Session, account: AccountRow, scopes: tuple[str, ...] | None = None) -> str:
    own = permissions_of(Role(account.role), has_clinic=account.clinic_id is not None)
    scopes = tuple(sorted(own - OWN)) if scopes is None else scopes
    draft = TokenDraft("A program", scopes, NOW + timedelta(days=30))
    _, secret = create_token(session, a_log(), account, draft=draft, own=own)
    return secret


def a_session(session: Session, account: AccountRow) -> str:
    beginning = Beginning(NOW, "Firefox on Linux", Lifetimes())
    return create_session(session, account, beginning, way=Way.PASSKEY).secret


def _device(session: Session, account: AccountRow) -> uuid.UUID:
    row = DeviceRow(
        id=uuid.uuid4(),
        account_id=account.id,
        label="Firefox on Linux",
        key="x",
        created_at=NOW,
        last_seen_at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id


def _passkey(session: Session, account: AccountRow) -> uuid.UUID:
    row = PasskeyRow(
        id=uuid.uuid4(),
        account_id=account.id,
        credential_id=uuid.uuid4().bytes,
        public_key=b"x",
        sign_count=0,
        transports=[],
        is_backed_up=False,
        label="My phone",
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id


def _correct(database: Database, place: Place) -> None:
    """Correct the patient's own row, with a reason as people write them."""
    with database.writing() as session:
        patient = session.get_one(PatientRow, place.patient_id)
        history.amend(session, patient, {"dominant_hand": "right"}, change=change())


def _place(
    database: Database, clinic_id: uuid.UUID, team: dict[str, Person], kinds: Iterable[str]
) -> Place:
    with database.writing() as session:
        patient = a_patient(session, clinic_id)
        for role, kind in TEAM.items():
            join(session, patient, team[role].id, kind)
        place = Place(clinic_id, patient.id, patient.external_id)
        for kind in kinds:
            place.rows[kind] = a_row(session, patient, kind).id
        session.execute(  # The analysis stands, so that it closes no finding.
            update(AnalysisRow)
            .where(AnalysisRow.patient_id == patient.id)
            .values(analysed_number=AnalysisRow.change_number, look_again_at=None)
        )
    return place
