"""Who asks, what they may do, and what they may see: one policy for every surface.

Three questions, always in this order. *Who asks?* Nobody known: `NotSignedIn`, before anything is
read of the request. *May they do this at all?* Every endpoint names one permission with `needs`,
or says that it is `public`; a permission that the asker lacks is `Forbidden`, whatever the row.
*Is the row theirs to see?* If not, it is absent (`NotFound`), in the same words as a row that
does not exist.

This module knows ids and names of permissions only. Which role has which permission is in
`app.accounts.rules`, whose patients somebody sees in `app.patients.access`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Select, event
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.base import Json, KeptRow
from app.kit.history import content_of

E = TypeVar("E", bound=Callable[..., Any])

SESSION_COOKIE: Final = "__Host-ivig_session"
"""Such a name makes browsers refuse the cookie unless it is Secure, of this host only, and of its
whole path (RFC 6265bis, section 4.1.3.2)."""

ACCESS: Final = "access"
TRACE: Final = "trace"
_PUBLIC: Final = ""
_NEEDS: Final[WeakKeyDictionary[Callable[..., Any], str]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings to show who asks: a session's cookie or a bearer token.

    `address` is where it came from, for limits on attempts.
    """

    session: str | None
    bearer: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person who signed in, or a program with a person's token.

    Attributes
    ----------
    clinic_id : uuid.UUID or None
        The clinic of the account; None for administrators of the installation.
    name : str
        What rows keep as `recorded_by`: the name of staff; of patients and proxies their role.
    via : str
        "session" or "token"; `credential_id` says which one.
    permissions : frozenset of str
        What the role may do, less what a token was not given.
    """

    account_id: uuid.UUID
    clinic_id: uuid.UUID | None
    role: str
    name: str
    via: str
    credential_id: uuid.UUID
    permissions: frozenset[str]


class Access(Protocol):
    """What one principal may see for one permission at one moment."""

    principal: Principal

    def sees_clinic(self, clinic_id: uuid.UUID) -> bool:
        """Say whether the clinic and its own rows, such as its settings, are visible."""

    def sees_patient(
        self, session: Session, *, clinic_id: uuid.UUID, patient_id: uuid.UUID
    ) -> bool:
        """Say whether the patient's rows are visible."""

    def restrict(self, statement: Select[Any], *, clinic: Any, patient: Any) -> Select[Any]:
        """Return the statement for visible rows only.

        `clinic` and `patient` are the columns with the ids; `patient` is None for rows that
        belong to a clinic as a whole.
        """

    def hidden_fields(self, table: str) -> frozenset[str]:
        """Return the fields of a table's visible rows that are not shown all the same."""


class Authenticate(Protocol):
    """Finds out who asks."""

    def __call__(self, database: Database, credentials: Credentials, *, now: datetime) -> Principal:
        """Return who asks.

        Raises
        ------
        NotSignedIn
            The credentials are missing, wrong, expired or withdrawn.
        """


class AccessFor(Protocol):
    """Makes the access of a principal."""

    def __call__(self, principal: Principal, permission: str, *, now: datetime) -> Access:
        """Return what the principal may see for `permission` at `now`."""


def needs(permission: str) -> Callable[[E], E]:
    """Say which permission an endpoint asks for, such as "reports.write"."""

    def mark(endpoint: E) -> E:
        _NEEDS[endpoint] = permission
        return endpoint

    return mark


def public(endpoint: E) -> E:
    """Say that an endpoint answers anybody, signed in or not."""
    _NEEDS[endpoint] = _PUBLIC
    return endpoint


def need_of(endpoint: Callable[..., Any]) -> str | None:
    """Return the permission that an endpoint asks for; None where it is public.

    Raises
    ------
    RuntimeError
        Nobody decided who may call it.
    """
    need = _NEEDS.get(endpoint)
    if need is None:
        message = f"{endpoint.__module__}.{endpoint.__name__} has neither @needs nor @public"
        raise RuntimeError(message)
    return need or None


# --- what was shown and changed ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom rows are about: one patient, a clinic as a whole, or the installation."""

    clinic_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None


@dataclass(slots=True)
class Trace:
    """What one request showed or changed, for its rows in the audit trail."""

    ids: dict[Subject, dict[uuid.UUID, None]] = field(default_factory=dict)
    is_list: bool = False

    def note(self, subject: Subject, ids: Sequence[uuid.UUID]) -> None:
        """Remember rows about `subject`."""
        self.ids.setdefault(subject, {}).update(dict.fromkeys(ids))

    def latest(self) -> Subject | None:
        """Return whom the newest note is about."""
        return next(reversed(self.ids), None)


def subject_of(row: KeptRow) -> Subject:
    """Return whom a row is about."""
    if row.__tablename__ == "patients":
        return Subject(getattr(row, "clinic_id", None), row.id)
    clinic_id = row.id if row.__tablename__ == "clinics" else getattr(row, "clinic_id", None)
    return Subject(clinic_id, getattr(row, "patient_id", None))


def note_rows(session: Session, rows: Sequence[KeptRow]) -> None:
    """Note rows that are shown or changed, if the session is somebody's."""
    trace: Trace | None = session.info.get(TRACE)
    if trace is not None:
        for row in rows:
            trace.note(subject_of(row), [row.id])


def note_list(session: Session, ids: Sequence[uuid.UUID | str]) -> None:
    """Note the rows of a list: about the patient who was asked for, else about the clinic."""
    trace: Trace | None = session.info.get(TRACE)
    if trace is None:
        return
    trace.is_list = True
    subject = trace.latest()
    if subject is None:
        access: Access = session.info[ACCESS]
        subject = Subject(access.principal.clinic_id)
    trace.note(subject, [key if isinstance(key, uuid.UUID) else uuid.UUID(key) for key in ids])


def _note_changes(session: Session, _context: object) -> None:
    if TRACE in session.info:
        rows = [*session.new, *session.dirty]
        note_rows(session, [row for row in rows if isinstance(row, KeptRow)])


event.listen(Session, "after_flush", _note_changes)


# --- what may be seen ----------------------------------------------------------------------------


def access_of(session: Session) -> Access | None:
    """Return what whoever uses the session may see; None where it is the system's own."""
    return session.info.get(ACCESS)


def is_visible(session: Session, row: KeptRow) -> bool:
    """Say whether a row is visible to whoever uses the session."""
    access = access_of(session)
    if access is None:
        return True
    subject = subject_of(row)
    if subject.clinic_id is None:
        return access.principal.clinic_id is None
    if subject.patient_id is None:
        return access.sees_clinic(subject.clinic_id)
    return access.sees_patient(session, clinic_id=subject.clinic_id, patient_id=subject.patient_id)


def restrict(
    session: Session, statement: Select[Any], *, clinic: Any, patient: Any = None
) -> Select[Any]:
    """Return the statement for rows that whoever uses the session may see."""
    access = access_of(session)
    if access is None:
        return statement
    return access.restrict(statement, clinic=clinic, patient=patient)


def content_if_visible(session: Session, row: KeptRow) -> Json | None:
    """Return what a conflict may show of the stored row; nothing of a stranger's."""
    if not is_visible(session, row):
        return None
    hidden = hidden_fields(session, row.__tablename__)
    return {key: value for key, value in content_of(row).items() if key not in hidden}


def hidden_fields(session: Session, table: str) -> frozenset[str]:
    """Return the fields of a table that are not shown to whoever uses the session."""
    access = access_of(session)
    return frozenset() if access is None else access.hidden_fields(table)
