"""Two clinics with people of every role who really signed in, and patients who are not theirs."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.acts import Log
from app.accounts.bearer import create_token
from app.accounts.rules import (
    OWN,
    AccountDraft,
    Lifetimes,
    Role,
    TokenDraft,
    permissions_of,
)
from app.accounts.secret import digest
from app.accounts.service import create_account, disable_account
from app.accounts.sessions import Beginning, Way, create_session
from app.accounts.tables import AccountRow, PasskeyRow, SessionRow, TokenRow
from app.care.rules import ConsentDraft, MemberDraft
from app.care.service import CONSENT, MEMBER
from app.clinics.rules import SettingDraft
from app.clinics.service import add_clinic
from app.clinics.settings import create_setting
from app.clinics.tables import ClinicRow, ClinicSettingRow
from app.db import Database
from app.findings.tables import FindingRow
from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.kit import history
from app.kit.access import SESSION_COOKIE
from app.kit.base import KeptRow
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.rules import PatientDraft, TherapyDraft, WeightDraft
from app.patients.service import THERAPY, WEIGHT, create_patient
from app.patients.settings import SETTING
from app.patients.tables import AnalysisRow, CareTeamRow, PatientRow
from app.plans.rules import HoldDraft, PlanDraft
from app.plans.service import HOLD, PLAN
from app.products.service import add_catalogue
from app.products.tables import ProductRow
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow
from tests.support.client import ApiClient

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
ORIGIN: Final = "http://localhost"
SECRET_WORDS: Final = "xanthochromia"
"""Stands in every free text: whoever must not read notes must never see it."""

ROLES: Final = tuple(role.value for role in Role)
TEAM: Final = {"patient": "self", "proxy": "proxy", "nurse": "member", "physician": "member"}
"""Who is on the care team of a patient, as what."""

_counter = itertools.count(1)


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
        """Return a new session, token or passkey of somebody."""
        with self.database.writing() as session:
            account = session.get_one(AccountRow, owner.id)
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
            return {
                row_id: session.scalar(select(table.version).where(table.id == row_id)) or 0
                for place in (self.own, self.stranger, self.foreign)
                for kind, row_id in place.rows.items()
                if kind != "findings"
                for table in [TABLES[kind]]
            }

    def count(self, table: type[KeptRow], place: Place) -> int:
        """Count the rows of a table about the patient of a place."""
        column: Any = getattr(table, "patient_id", table.id)
        with self.database.reading() as session:
            statement = select(func.count()).where(column == place.patient_id)
            return session.scalar(statement) or 0


def change(actor: str = "Nurse Kim", now: datetime = NOW) -> Change:
    return Change(Actor(actor), now, f"Because of {SECRET_WORDS}.")


def a_log() -> Log:
    return Log(NOW, None, "system operator (test)", "command line", "user add", "tests")


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


def an_account(session: Session, clinic_id: uuid.UUID | None, role: str) -> AccountRow:
    login = f"{role}-{next(_counter)}"
    draft = AccountDraft(clinic_id, role, f"Somebody {login}", login)
    return create_account(session, a_log(), draft)


def a_token(session: Session, account: AccountRow, scopes: tuple[str, ...] | None = None) -> str:
    own = permissions_of(Role(account.role), has_clinic=account.clinic_id is not None)
    scopes = tuple(sorted(own - OWN)) if scopes is None else scopes
    draft = TokenDraft("A program", scopes, NOW + timedelta(days=30))
    _, secret = create_token(session, a_log(), account, draft=draft, own=own)
    return secret


def a_session(session: Session, account: AccountRow) -> str:
    beginning = Beginning(NOW, "Firefox on Linux", Lifetimes())
    return create_session(session, account, beginning, way=Way.PASSKEY).secret


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


def join(
    session: Session,
    patient: PatientRow,
    account_id: uuid.UUID,
    kind: str,
    **fields: Any,
) -> CareTeamRow:
    """Put somebody on the care team, whatever the rules say of it."""
    scope = ["see", "report"] if kind == "proxy" else None
    values = {"valid_from": NOW - timedelta(days=1), "scope": scope, **fields}
    row = CareTeamRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        account_id=account_id,
        kind=kind,
        **values,
    )
    history.begin(row, change())
    session.add(row)
    session.flush()
    return row


def a_patient(session: Session, clinic_id: uuid.UUID) -> PatientRow:
    draft = PatientDraft(
        external_id=f"P-{next(_counter)}",
        time_zone="America/New_York",
        diagnosis="MMN",
        birth_date=date(1970, 5, 4),
        family_name="Nobody",
    )
    circumstances = Entering(session, change())
    return create_patient(circumstances, clinic_id=clinic_id, row_id=None, draft=draft).row


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


def a_row(session: Session, patient: PatientRow, kind: str) -> KeptRow:
    """Enter one row of a kind."""
    special: dict[str, Any] = {
        "reports": lambda: _report(session, patient, "patient"),
        "proxy-reports": lambda: _report(session, patient, "proxy"),
        "findings": lambda: _finding(session, patient),
        "care-team": lambda: _member(session, patient),
        "emergencies": lambda: _emergency(session, patient),
        "clinic-settings": lambda: _clinic_setting(session, patient.clinic_id),
        "accounts": lambda: an_account(session, patient.clinic_id, "nurse"),
        "disabled-accounts": lambda: _disabled(session, patient.clinic_id),
        "products": lambda: session.scalars(
            select(ProductRow).where(ProductRow.clinic_id == patient.clinic_id)
        ).first(),
    }
    if kind in special:
        row: KeptRow = special[kind]()
        return row
    entry, draft, actor = _ENTRIES[kind]
    circumstances = Entering(session, change(actor))
    saved: Any = entries.create(circumstances, entry, patient=patient, row_id=None, draft=draft)
    stored: KeptRow = saved.row
    return stored


_NOTE: Final = f"Has {SECRET_WORDS}."
_PLAN: Final = PlanDraft(
    date(2026, 1, 5), 28, 1, "privigen", dose_g_per_kg=1.0, reason=_NOTE, prescriber="Dr. Example"
)
_ENTRIES: Final[dict[str, tuple[Any, Any, str]]] = {
    "weights": (WEIGHT, WeightDraft(NOW - timedelta(days=2), 70.5), "Nurse Kim"),
    "therapies": (
        THERAPY,
        TherapyDraft("rituximab", "suggested", date(2026, 2, 10), note=_NOTE),
        "Nurse Kim",
    ),
    "settings": (
        SETTING,
        SettingDraft("threshold.grip_kpa", 0.15, "Own scatter.", date(2026, 3, 1)),
        "Nurse Kim",
    ),
    "plans": (PLAN, _PLAN, "Nurse Kim"),
    "holds": (HOLD, HoldDraft(date(2026, 4, 1), date(2026, 5, 1), "travel", _NOTE), "Nurse Kim"),
    "infusions": (
        INFUSION,
        InfusionDraft(NOW - timedelta(days=3), "completed", product="privigen", dose_g=70.0),
        "Nurse Kim",
    ),
    "consents": (
        CONSENT,
        ConsentDraft("research_export", "given", date(2026, 5, 1), "Version 3", _NOTE),
        "Nurse Kim",
    ),
    "own-consents": (
        CONSENT,
        ConsentDraft("research_export", "given", date(2026, 5, 2), "Version 3"),
        "patient",
    ),
}
TABLES: Final[dict[str, type[KeptRow]]] = {
    **{kind: entry.table for kind, (entry, _, _) in _ENTRIES.items()},
    "reports": ReportRow,
    "proxy-reports": ReportRow,
    "findings": FindingRow,
    "care-team": CareTeamRow,
    "emergencies": CareTeamRow,
    "clinic-settings": ClinicSettingRow,
    "accounts": AccountRow,
    "disabled-accounts": AccountRow,
    "products": ProductRow,
}
"""What can be asked for by its id; one row of each is in every place."""


def _report(session: Session, patient: PatientRow, source: str) -> KeptRow:
    draft = ReportDraft(
        observed_at=NOW - timedelta(hours=2),
        entered_at=NOW,
        source=source,
        values=(ValueDraft("grip_kpa", "right_hand", 41.5),),
        note=_NOTE,
    )
    circumstances = Entering(session, change(source))
    return create_report(circumstances, patient=patient, row_id=None, draft=draft).row


def _finding(session: Session, patient: PatientRow) -> KeptRow:
    row = FindingRow(
        id=uuid.uuid4(),
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        kind="lapse",
        status="new",
        sites=[],
        first_detected_at=NOW,
        sentence="The last course was long ago.",
        evidence={},
        method="test",
        method_version="1",
        parameters={},
        fingerprint="x",
    )
    history.begin(row, change("analysis"))
    session.add(row)
    session.flush()
    return row


def _member(session: Session, patient: PatientRow) -> KeptRow:
    account = an_account(session, patient.clinic_id, "nurse")
    draft = MemberDraft(account.id, "member", NOW - timedelta(days=1), reason=_NOTE)
    circumstances = Entering(session, change())
    return entries.create(circumstances, MEMBER, patient=patient, row_id=None, draft=draft).row


def _emergency(session: Session, patient: PatientRow) -> KeptRow:
    account = an_account(session, patient.clinic_id, "nurse")
    until = NOW + timedelta(hours=4)
    return join(session, patient, account.id, "emergency", valid_until=until, reason=_NOTE)


def _clinic_setting(session: Session, clinic_id: uuid.UUID) -> KeptRow:
    day = date(2026, 1, 1) + timedelta(days=next(_counter) % 700)
    row, _ = create_setting(
        session,
        change(),
        clinic=session.get_one(ClinicRow, clinic_id),
        row_id=None,
        draft=SettingDraft("threshold.grip_kpa", 0.15, "Own scatter.", day),
        confirm=True,
    )
    return row


def _disabled(session: Session, clinic_id: uuid.UUID) -> KeptRow:
    account = an_account(session, clinic_id, "nurse")
    disable_account(session, a_log(), account, reason="Left.")
    return account
