"""What sealing costs: throughput with sealed columns against throughput with readable ones.

``python -m benchmarks.sealing [--rounds 5] [--database sqlite|postgresql]`` works on two databases
of one kind in this process, in turn, round after round. In the one everything is as usual; in
the other the same columns are written as they are. The ratio is of medians, once of the time that
passes, and once of the time that this process computes, which a busy machine disturbs less and
which leaves out the disk and the database server.

* recording: a report with two values and a note, through the service, with its commit;
* listing: the JSON of a page of 500 patients with names, birth dates and identifiers;
* finding: one patient by their identifier;
* importing: a folder of 20 patients and 2,000 report rows, one in five with a note.
"""

from __future__ import annotations

import argparse
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Dialect

from app.db import Database, upgrade
from app.exchange.importer import Listener, Request, import_folder
from app.exchange.load import Options
from app.kit.answers import json_response
from app.kit.history import Actor, Change
from app.kit.keys import new_keyring
from app.kit.pagination import MOST_ROWS, PageQuery
from app.kit.sealing import Sealed
from app.patients.entries import Entering
from app.patients.schemas import PatientRead
from app.patients.service import find_patients, get_patient, list_patients
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from tests.support.clinic import a_clinic, a_patient
from tests.support.postgres import running_postgres

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
NOTE: Final = "Cramps in the right calf at night, gone after the second cup of tea."
RECORDINGS: Final = 100
LISTINGS: Final = 10
FINDINGS: Final = 200
_READABLE: Final[set[Dialect]] = set()


def _leave_readable() -> None:
    """Let the sealed columns of some databases be written as they are."""
    bind, result = Sealed.process_bind_param, Sealed.process_result_value

    def write(self: Sealed[Any], value: Any, dialect: Dialect) -> Any:
        if dialect not in _READABLE:
            return bind(self, value, dialect)
        return None if value is None else self._write(value).decode()

    def read(self: Sealed[Any], value: Any, dialect: Dialect) -> Any:
        if dialect not in _READABLE:
            return result(self, value, dialect)
        return None if value is None else self._read(value.encode())

    Sealed.process_bind_param = write  # type: ignore[method-assign]
    Sealed.process_result_value = read  # type: ignore[method-assign]


@dataclass(slots=True)
class Bench:
    """One database and what is measured on it."""

    database: Database
    folder: Path
    clinic_id: uuid.UUID
    patient_id: uuid.UUID
    hour: int = 0
    imports: int = 0

    def record(self) -> None:
        """Record some reports, each in a transaction of its own."""
        for _ in range(RECORDINGS):
            self.hour += 1
            at = NOW - timedelta(hours=self.hour)
            values = (
                ValueDraft("strength_nrs", "global", 6),
                ValueDraft("grip_kpa", "left_hand", 41),
            )
            draft = ReportDraft(at, at, "patient", values=values, note=NOTE)
            with self.database.writing() as session:
                patient = get_patient(session, self.patient_id)
                entering = Entering(session, Change(Actor("benchmark"), NOW))
                create_report(entering, patient=patient, row_id=None, draft=draft)

    def list(self) -> None:
        """List 500 patients as the JSON API does."""
        for _ in range(LISTINGS):
            with self.database.reading() as session:
                page = list_patients(session, PageQuery(limit=MOST_ROWS), clinic_id=self.clinic_id)
                shown = [
                    PatientRead.model_validate(row).model_dump(mode="json") for row in page.rows
                ]
            json_response({"items": shown})
            if len(shown) != MOST_ROWS:
                raise SystemExit("a page is not full")

    def find(self) -> None:
        """Find patients by their identifier."""
        for number in range(FINDINGS):
            with self.database.reading() as session:
                page = find_patients(session, clinic_id=self.clinic_id, external_id=f"P-{number}")
                if len(page.rows) != 1:
                    raise SystemExit("a patient is not found")

    def load(self) -> None:
        """Import the folder into a clinic of its own."""
        self.imports += 1
        with self.database.writing() as session:
            a_clinic(session, f"Import {self.imports}")
        request = Request(self.folder, Options(), f"Import {self.imports}", Actor("benchmark"), NOW)
        listener = Listener(print, print, lambda *_: None)
        if not import_folder(self.database, request, listener).is_stored:
            raise SystemExit("the folder was refused")


def write_folder(folder: Path) -> None:
    """Write the folder that is imported."""
    folder.mkdir()
    names = [f"B-{number:03}" for number in range(20)]
    rows = [f"{name},Moreau,Ada,1968-04-12,America/New_York,MMN" for name in names]
    header = "patient_id,family_name,given_name,birth_date,time_zone,diagnosis"
    (folder / "patients.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    lines = ["patient_id,reported_at,measure,site,value,source,note"]
    for name in names:
        for number in range(100):
            at = (NOW - timedelta(hours=6 * number)).isoformat()
            note = NOTE.replace(",", "") if number % 5 == 0 else ""
            lines.append(f"{name},{at},strength_nrs,global,{number % 11},patient,{note}")
    (folder / "reports.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def open_bench(url: str, folder: Path, *, is_readable: bool) -> Bench:
    """Make a database with a clinic of 500 patients."""
    upgrade(url)
    database = Database(url, keyring=new_keyring(NOW))
    if is_readable:
        _READABLE.add(database.engine.dialect)
    with database.writing() as session:
        clinic = a_clinic(session, "Listed")
        names = {"family_name": "Moreau", "given_name": "Ada", "birth_date": date(1968, 4, 12)}
        patients = [
            a_patient(session, clinic, external_id=f"P-{number}", **names)
            for number in range(MOST_ROWS)
        ]
    return Bench(database, folder, clinic.id, patients[0].id)


@contextmanager
def two_databases(kind: str, place: Path) -> Iterator[list[str]]:
    """Give the addresses of two new databases of one kind."""
    if kind == "sqlite":
        yield [f"sqlite:///{place / 'sealed.db'}", f"sqlite:///{place / 'readable.db'}"]
        return
    with running_postgres() as server, ExitStack() as stack:
        yield [stack.enter_context(server.database()) for _ in range(2)]


def seconds(work: Callable[[], None]) -> tuple[float, float]:
    """Return how long some work takes, and how much of it this process computes."""
    began, computed = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - computed


def compare(name: str, benches: Sequence[Bench], rounds: int) -> None:
    """Do one kind of work on both databases in turn, and print medians and ratios."""
    times: list[list[tuple[float, float]]] = [[], []]
    for _ in range(rounds):
        for taken, bench in zip(times, benches, strict=True):
            taken.append(seconds(getattr(bench, name)))
    for place, what in enumerate(("elapsed", "computed")):
        sealed, readable = (statistics.median(one[place] for one in taken) for taken in times)
        print(
            f"{name:>7} {what:>8}: {sealed * 1000:7.1f} ms sealed,"
            f" {readable * 1000:7.1f} ms readable; throughput {readable / sealed:.2f}"
        )


def main() -> None:
    """Measure in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    _leave_readable()
    with TemporaryDirectory(prefix="ivig-benchmark-") as place:
        folder = Path(place) / "folder"
        write_folder(folder)
        with two_databases(asked.database, Path(place)) as urls:
            benches = [open_bench(url, folder, is_readable=url is urls[1]) for url in urls]
            for name in ("record", "list", "find", "load"):
                compare(name, benches, asked.rounds)
            for bench in benches:
                bench.database.close()


if __name__ == "__main__":
    main()
