"""One patient with a story and everybody around them, who are really signed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from playwright.sync_api import BrowserContext
from sqlalchemy.orm import Session

from app.accounts.rules import Lifetimes, Role
from app.accounts.sessions import Beginning, Way, create_session
from app.accounts.tables import AccountRow
from app.care.rules import MemberDraft
from app.care.service import MEMBER
from app.db import Database
from app.findings.service import analyse_stale
from app.kit.access import SESSION_COOKIE
from app.patients import entries
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from tests.support.clinic import entering
from tests.support.people import ORIGIN, an_account
from tests.support.story import FIFTH, a_wearing_off_patient

NOW: Final = FIFTH + timedelta(days=2)
NAMES: Final = {
    "patient": "Wanda Örs",
    "proxy": "Willem Örs",
    "nurse": "Kim Okafor",
    "physician": "Dr Lee",
    "coordinator": "Cora Blum",
    "pharmacist": "Phil Marsh",
    "administrator": "Ada Lind",
}
_TEAM: Final = {"patient": "self", "proxy": "proxy", "nurse": "member", "physician": "member"}


@dataclass(frozen=True, slots=True)
class Ward:
    """The patient's id, and the accounts by role; "stranger" is a nurse of the same clinic."""

    database: Database
    clinic_id: uuid.UUID
    patient_id: uuid.UUID
    people: dict[str, AccountRow]

    @property
    def record(self) -> str:
        return f"/patients/{self.patient_id}"

    def cookie(self, who: str, *, now: datetime = NOW) -> str:
        """Sign somebody in, and return the secret of the session."""
        beginning = Beginning(now, "Firefox on Linux", Lifetimes())
        with self.database.writing() as session:
            return create_session(session, self.people[who], beginning, way=Way.PASSKEY).secret

    def headers(self, who: str) -> dict[str, str]:
        """Return what a browser of somebody signed in sends from a page of ours."""
        cookie = f"{SESSION_COOKIE}={self.cookie(who)}"
        return {"cookie": cookie, "origin": ORIGIN, "sec-fetch-site": "same-origin"}

    def let_in(self, context: BrowserContext, who: str) -> None:
        """Sign somebody in to a browser."""
        # A cookie belongs to a host, not to a port; the name wants to be set under https.
        cookie: Any = {
            "name": SESSION_COOKIE,
            "value": self.cookie(who),
            "url": "https://localhost",
        }
        context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Lax"}])


def a_ward(
    database: Database, story: Callable[[Session], PatientRow] = a_wearing_off_patient
) -> Ward:
    """Enter a patient, as a rule one who is weak before each infusion, and everybody's accounts."""
    with database.writing() as session:
        patient = story(session)
        clinic_id, patient_id = patient.clinic_id, patient.id
    people = {
        role.value: an_account(
            database,
            clinic_id=clinic_id,
            role=role.value,
            name=NAMES[role.value],
            login=role.value,
        )
        for role in Role
    }
    people["stranger"] = an_account(
        database, clinic_id=clinic_id, role="nurse", name="Sam Far", login="stranger"
    )
    with database.writing() as session:
        patient = get_patient(session, patient_id)
        for role, kind in _TEAM.items():
            scope = ("see", "report") if kind == "proxy" else None
            since = NOW - timedelta(days=30)
            draft = MemberDraft(people[role].id, kind, since, scope=scope)
            circumstances = entering(session, now=NOW)
            entries.create(circumstances, MEMBER, patient=patient, row_id=None, draft=draft)
    analyse_stale(database, now=lambda: NOW)
    return Ward(database, clinic_id, patient_id, people)
