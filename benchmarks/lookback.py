"""Time of a lot look-back against the same query written by hand in SQL.

``python -m benchmarks.lookback [--vials 1000000] [--database sqlite] [--rounds 40]``

Two new databases are filled, one with all of the vials, one with a hundredth of them; a lot is as
large in both (25 infusions with 8 vials each), so that the larger one has a hundred times as many
other lots. Every round looks up a lot that no round looked up before, by hand and by the service,
and the medians are compared:

* by hand: one statement that joins, adds up and groups in the database, its rows fetched as they
  are; the sealed identifiers of the patients are opened, because without them nobody is found;
* the service: `app.lookback.service.look_back`, all of what the page and the API show;
* goals: the service within 3 times the time by hand, and in the large database within 1.5 times
  its own time in the small one.

A million vials take some two minutes to fill in on SQLite, and less on PostgreSQL.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.accounts.acts import Log, log_of_operator
from app.accounts.rules import AccountDraft, Role
from app.accounts.service import create_account
from app.cli.migrate import migrate
from app.clinics.tables import ClinicRow
from app.db import Database
from app.infusions.tables import InfusionRow, LotUseRow
from app.kit.sealing import keys_of, unseal
from app.lookback.service import look_back
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.visits.tables import VisitRow
from tests.support.clinic import NURSE, a_clinic, a_patient
from tests.support.postgres import running_postgres

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
PRODUCT: Final = "privigen"
VIALS_EACH: Final = 8
PER_LOT: Final = 25  # infusions that name one lot
PER_PATIENT: Final = 100
REACTION_EVERY: Final = 9
GOAL: Final = 3.0
GOAL_OF_GROWTH: Final = 1.5
CHUNK: Final = 5000
WARM_UP: Final = 3

FILL: Final = """
    INSERT INTO vials (id, clinic_id, patient_id, infusion_id, product, nominal_g, lot, lot_key,
        concentration_mg_per_ml, used_ml, wasted_ml, used_g, wasted_g, version, recorded_at,
        recorded_by)
    SELECT {new_id}, i.clinic_id, i.patient_id, i.id, i.product, 10, u.lot_key, u.lot_key,
        100, 90, 10, 9, 1, 1, i.recorded_at, i.recorded_by
    FROM infusions AS i JOIN lot_uses AS u ON u.infusion_id = i.id
    CROSS JOIN (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) AS numbers
"""
BY_HAND: Final = """
    SELECT p.id, p.external_id, i.id, i.started_at, i.local_date, i.status, i.product, i.dose_g,
        i.recorded_by, w.nurse_id, count(v.id), sum(v.used_g), sum(v.wasted_g),
        (SELECT {listed} FROM reactions AS r
         WHERE r.infusion_id = i.id AND r.voided_at IS NULL) AS reactions
    FROM lot_uses AS u
    JOIN infusions AS i ON i.id = u.infusion_id
    JOIN patients AS p ON p.id = i.patient_id
    LEFT JOIN vials AS v
        ON v.infusion_id = i.id AND v.lot_key = u.lot_key AND v.voided_at IS NULL
    LEFT JOIN visits AS w ON w.infusion_id = i.id AND w.voided_at IS NULL
    WHERE u.clinic_id = :clinic_id AND u.lot_key = :lot_key
    GROUP BY p.id, p.external_id, i.id, i.started_at, i.local_date, i.status, i.product, i.dose_g,
        i.recorded_by, w.nurse_id
"""
OF_DIALECT: Final = {
    "sqlite": {
        "new_id": "lower(hex(randomblob(16)))",
        "listed": "group_concat(r.term || ' ' || r.grade)",
    },
    "postgresql": {
        "new_id": "gen_random_uuid()",
        "listed": "string_agg(r.term || ' ' || r.grade, ',')",
    },
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A database with vials of one clinic."""

    database: Database
    clinic_id: uuid.UUID
    lots: int

    def sql(self, statement: str) -> Any:
        """Return a statement in the words of this database."""
        dialect = "sqlite" if self.database.is_sqlite else "postgresql"
        return text(statement.format(**OF_DIALECT[dialect]))


# --- filling -------------------------------------------------------------------------------------


def fill(database: Database, vials: int) -> Filled:
    """Enter a clinic whose lots are all of one size."""
    lots = vials // (VIALS_EACH * PER_LOT)
    infusions = lots * PER_LOT
    with database.writing() as session:
        clinic_id = a_clinic(session).id
        clinic = _patients(session, clinic_id, max(PER_LOT, infusions // PER_PATIENT))
        nurse = AccountDraft(clinic_id, Role.NURSE, "Nurse Kim", f"nurse-{clinic_id}")
        nurse_id = create_account(session, _log(), nurse).id
    with database.writing() as session:
        for start in range(0, infusions, CHUNK):
            some = range(start, min(start + CHUNK, infusions))
            _infusions(
                session, clinic_id, [(one, clinic[one % len(clinic)]) for one in some], nurse_id
            )
    filled = Filled(database, clinic_id, lots)
    with database.writing() as session:
        session.execute(filled.sql(FILL))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return filled


def _log() -> Log:
    return log_of_operator(NURSE, now=NOW, operation="benchmark")


def _patients(session: Session, clinic_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    clinic = session.get_one(ClinicRow, clinic_id)
    return [a_patient(session, clinic).id for _ in range(count)]


def _infusions(
    session: Session,
    clinic_id: uuid.UUID,
    numbered: list[tuple[int, uuid.UUID]],
    nurse_id: uuid.UUID,
) -> None:
    rows = [_infusion(clinic_id, number, patient_id) for number, patient_id in numbered]
    session.execute(insert(InfusionRow.__table__), rows)  # type: ignore[arg-type]
    uses = [
        {"infusion_id": row["id"], "lot_key": row["lot_numbers"][0], "clinic_id": clinic_id}
        for row in rows
    ]
    session.execute(insert(LotUseRow.__table__), uses)  # type: ignore[arg-type]
    visits = [{**_owned(row), "infusion_id": row["id"], "nurse_id": nurse_id} for row in rows]
    about = {"planned_on": NOW.date(), "course_day": 1, "course_days": 1}
    session.execute(
        insert(VisitRow.__table__),  # type: ignore[arg-type]
        [{**visit, **about} for visit in visits],
    )
    reactions = [
        {
            **_owned(row),
            "infusion_id": row["id"],
            "term": "headache",
            "onset_at": row["started_at"] + timedelta(hours=2),
            "time_zone": "UTC",
            "local_date": row["local_date"],
            "grade": 1,
            "actions": [],
            "outcome": "resolved",
            "phase": "during",
            "is_red_flag": False,
        }
        for row in rows[::REACTION_EVERY]
    ]
    session.execute(insert(ReactionRow.__table__), reactions)  # type: ignore[arg-type]


def _infusion(clinic_id: uuid.UUID, number: int, patient_id: uuid.UUID) -> dict[str, Any]:
    started_at = NOW - timedelta(minutes=number % 1_000_000)
    return {
        "id": uuid.uuid4(),
        "clinic_id": clinic_id,
        "patient_id": patient_id,
        "version": 1,
        "recorded_at": NOW,
        "recorded_by": "Nurse Kim",
        "started_at": started_at,
        "time_zone": "UTC",
        "local_date": started_at.date(),
        "status": "completed",
        "product": PRODUCT,
        "dose_g": 9.0 * VIALS_EACH,
        "lot_numbers": [lot_of(number // PER_LOT)],
    }


def _owned(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("clinic_id", "patient_id", "version", "recorded_at", "recorded_by")
    return {"id": uuid.uuid4(), **{name: row[name] for name in kept}}


def lot_of(number: int) -> str:
    """Return the name of a lot, which is its own key."""
    return f"LOT{number:07}"


# --- measuring -----------------------------------------------------------------------------------


def by_hand(filled: Filled, lot: str) -> int:
    """Look a lot up with one statement; return how many infusions it found."""
    sealed = PatientRow.external_id.type.context  # type: ignore[attr-defined]
    clinic_id: Any = filled.clinic_id.hex if filled.database.is_sqlite else filled.clinic_id
    with filled.database.reading() as session:
        connection = session.connection()
        keyring = keys_of(connection.dialect).get()
        rows = connection.execute(
            filled.sql(BY_HAND), {"clinic_id": clinic_id, "lot_key": lot}
        ).all()
        opened = {row[0]: unseal(keyring, sealed, row[1]) for row in rows}
    return len(rows) if opened else 0


def by_service(filled: Filled, lot: str) -> int:
    """Look a lot up as the page and the API do; return how many infusions it found."""
    with filled.database.reading() as session:
        found = look_back(session, filled.clinic_id, lot=lot, product=PRODUCT)
        return sum(len(one.uses) for one in found.recipients)


def measure(filled: Filled, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds by hand and by the service, after some of a lot of their own.

    Each lot is looked up once by each, and who comes first takes turns.
    """
    times: dict[Callable[[Filled, str], int], list[float]] = {by_hand: [], by_service: []}
    for way in times:
        for _ in range(WARM_UP):
            way(filled, lot_of(0))
    step = max(1, (filled.lots - 1) // rounds)
    for turn, number in enumerate(range(1, filled.lots, step)):
        lot = lot_of(number)
        ways = [by_hand, by_service] if turn % 2 else [by_service, by_hand]
        for way in ways:
            began = time.perf_counter()
            infusions = way(filled, lot)
            times[way].append(1000 * (time.perf_counter() - began))
            if infusions != PER_LOT:
                message = f"{way.__name__} found {infusions} infusions of {lot}"
                raise SystemExit(message)
    return statistics.median(times[by_hand]), statistics.median(times[by_service])


@contextmanager
def new_database(kind: str) -> Iterator[Database]:
    """Give a new, migrated database."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            url = f"sqlite:///{Path(folder) / 'ivig.db'}"
            migrate(url)
            with closing(Database(url)) as database:
                yield database
            return
        with running_postgres() as server, server.database() as url:
            migrate(url)
            with closing(Database(url)) as database:
                yield database


def main() -> None:
    """Fill both databases, measure, and fail where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vials", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--database", choices=sorted(OF_DIALECT), default="sqlite")
    options = parser.parse_args()
    services = []
    is_good = True
    fewest = (options.rounds + 1) * VIALS_EACH * PER_LOT
    for vials in (max(options.vials // 100, fewest), max(options.vials, fewest)):
        with new_database(options.database) as database:
            began = time.perf_counter()
            filled = fill(database, vials)
            filling = time.perf_counter() - began
            hand, service = measure(filled, options.rounds)
        services.append(service)
        is_good &= service <= GOAL * hand
        print(
            f"{options.database}, {vials} vials, {filled.lots} lots (filled in {filling:.0f} s):"
            f" by hand {hand:.2f} ms, service {service:.2f} ms, ratio {service / hand:.2f}"
        )
    growth = services[1] / services[0]
    print(f"with the other lots of the large one: {growth:.2f} times the time")
    if not is_good or growth > GOAL_OF_GROWTH:
        sys.exit(f"a goal was missed: {GOAL} times by hand, {GOAL_OF_GROWTH} times the small one")


if __name__ == "__main__":
    main()
