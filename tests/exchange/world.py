"""Folders to import and what became of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.clinics.service import list_clinics
from app.db import Database
from app.exchange.exporter import Format, export_table
from app.exchange.importer import Listener, Outcome, Request, import_folder
from app.exchange.load import Options, Tally
from app.exchange.tables import TABLES
from app.kit.history import Actor, Change

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

PATIENTS = "patient_id,time_zone,diagnosis\nP1,Europe/Oslo,MMN\n"
WEIGHTS = "patient_id,measured_at,weight_kg\nP1,2025-01-01T08:00:00+01:00,70\n"
PLANS = (
    "patient_id,effective_date,interval_days,course_days,dose_g_per_kg,product\n"
    "P1,2025-01-01,28,2,1,privigen\n"
)
HOLDS = "patient_id,from_date,to_date,reason\nP1,2025-06-01,2025-07-01,travel\n"
THERAPIES = "patient_id,therapy,status,from_date\nP1,rituximab,suggested,2025-10-20\n"
INFUSIONS = (
    "patient_id,started_at,status,product,dose_g\n"
    "P1,2025-01-02T09:00:00+01:00,completed,privigen,35\n"
)
REPORTS = (
    "patient_id,reported_at,measure,site,value\n"
    "P1,2025-01-05T07:30:00+01:00,strength_nrs,right_hand,7\n"
)
EVERYTHING = {
    "patients.csv": PATIENTS,
    "weights.csv": WEIGHTS,
    "plans.csv": PLANS,
    "holds.csv": HOLDS,
    "therapies.csv": THERAPIES,
    "infusions.csv": INFUSIONS,
    "reports.csv": REPORTS,
}


@dataclass
class Imported:
    """One import: what it says of itself."""

    outcome: Outcome
    faults: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def tally(self, name: str) -> Tally:
        return self.outcome.tallies[f"{name}.csv"]

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """New, unchanged, amended, refused rows of all files."""
        tallies = self.outcome.tallies.values()
        return (
            sum(tally.new for tally in tallies),
            sum(tally.unchanged for tally in tallies),
            sum(tally.amended for tally in tallies),
            sum(tally.refused for tally in tallies),
        )


def write_folder(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
    return folder


class World:
    """A database and a place for folders."""

    def __init__(self, database: Database, place: Path) -> None:
        self.database = database
        self._place = place
        self._count = 0

    def load(
        self,
        files: Mapping[str, str | bytes],
        *,
        now: datetime = NOW,
        clinic: str | None = None,
        **options: Any,
    ) -> Imported:
        """Import files; patients.csv with one patient is there unless it is given."""
        self._count += 1
        folder = self._place / f"folder{self._count}"
        write_folder(folder, {"patients.csv": PATIENTS, **files})
        return self.load_folder(folder, now=now, clinic=clinic, **options)

    def load_folder(
        self, folder: Path, *, now: datetime = NOW, clinic: str | None = None, **options: Any
    ) -> Imported:
        faults: list[str] = []
        messages: list[str] = []
        request = Request(folder, Options(**options), clinic, Actor("a test"), now)
        listener = Listener(
            lambda fault: faults.append(str(fault)), messages.append, lambda *_: None
        )
        outcome = import_folder(self.database, request, listener)
        assert outcome.faults == len(faults)
        return Imported(outcome, faults, messages)

    def export(self, form: Format = Format.CSV, *, clinic: str | None = None) -> dict[str, str]:
        """Return every table as it is exported, by file name."""
        with self.database.reading() as session:
            clinics = list_clinics(session)
            chosen = next(c for c in clinics if clinic in {None, c.name})
            return {
                table.file: "".join(export_table(session, table, clinic_id=chosen.id, form=form))
                for table in TABLES
            }

    def count(self, table: type[Any]) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


def rows_of(exported: str) -> list[dict[str, str]]:
    """Return the rows of an exported file."""
    return list(csv.DictReader(io.StringIO(exported, newline="")))


LATER = NOW + timedelta(days=1)


def change(reason: str = "a mistake") -> Change:
    return Change(Actor("nurse"), LATER, reason)


def only(world: World, table: type[Any]) -> Any:
    """Return the one row of a table."""
    with world.database.reading() as session:
        return session.scalars(select(table)).one()
