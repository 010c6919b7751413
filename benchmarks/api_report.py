# ruff: noqa: S608 - a script, no package, and its SQL is its own
"""Throughput of recording a report and of listing 500, as ratios to bare floors.

``python -m benchmarks.api_report [--database-url URL] [--seconds 3]`` measures everything in one
run and one process: absolute numbers differ from machine to machine, ratios much less. The
database is a new SQLite file unless another one is named, which must be migrated and empty.

* recording: POST of a report with two values, against an endpoint that only reads the body and
  answers, and against one whose hand-written SQL inserts the same three rows and commits;
* listing: GET of 500 reports with two values each, against an endpoint whose hand-written SQL lets
  the database build the JSON.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
from fastapi import Body, FastAPI, Request, Response
from sqlalchemy import text

from app.cli.migrate import migrate
from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.client import ApiClient

API: Final = "/api/v1"
REPORTS: Final = 500
RATIOS: Final = (
    ("record", "bare endpoint"),
    ("record", "record by hand"),
    ("list", "list by hand"),
)
PATIENT: Final = {"time_zone": "UTC", "diagnosis": "MMN"}
START: Final = datetime(2026, 1, 1, 8, tzinfo=UTC)

_ROW: Final = "(id, clinic_id, patient_id, version, recorded_at, recorded_by, observed_at, "
_INSERT_REPORT: Final = text(
    f"INSERT INTO reports {_ROW}time_zone, local_date, source, context) VALUES (:id, :clinic, "
    ":patient, 1, :now, 'floor', :now, 'UTC', '2026-01-01', 'patient', '[]')"
)
_INSERT_VALUE: Final = text(
    f"INSERT INTO report_values {_ROW}report_id, entered_at, measure, site, value, entry, "
    "scale_version) VALUES (:id, :clinic, :patient, 1, :now, 'floor', :now, :report, :now, "
    ":measure, 'right_hand', 6, 'fresh', '1')"
)
_VALUE: Final = (
    "'measure', v.measure, 'site', v.site, 'value', v.value, 'device', v.device, 'entry', v.entry,"
    " 'entered_at', v.entered_at, 'scale_version', v.scale_version, 'confirmed', v.confirmed"
)
_REPORT: Final = (
    "'id', r.id, 'clinic_id', r.clinic_id, 'patient_id', r.patient_id, 'version', r.version,"
    " 'recorded_at', r.recorded_at, 'recorded_by', r.recorded_by, 'changed_at', r.changed_at,"
    " 'changed_by', r.changed_by, 'change_reason', r.change_reason, 'voided_at', r.voided_at,"
    " 'voided_by', r.voided_by, 'void_reason', r.void_reason, 'observed_at', r.observed_at,"
    " 'time_zone', r.time_zone, 'local_date', r.local_date, 'source', r.source, 'context',"
    " r.context, 'note', r.note, 'confirmed', r.confirmed"
)
_LIST: Final = """
    SELECT {all}({object}({report}, 'values', (
      SELECT {all}({object}({value})) FROM report_values v
      WHERE v.report_id = r.id AND v.voided_at IS NULL))) FROM (
        SELECT * FROM reports WHERE patient_id = :patient AND voided_at IS NULL
        ORDER BY observed_at DESC, id DESC LIMIT 500) r
"""


def report(number: int) -> dict[str, Any]:
    """Return the body of one report."""
    return {
        "id": str(uuid.uuid4()),
        "observed_at": (START + timedelta(minutes=number)).isoformat(),
        "source": "patient",
        "values": [
            {"measure": "strength_nrs", "site": "right_hand", "value": 6},
            {"measure": "grip_kpa", "site": "right_hand", "value": 41.5},
        ],
    }


def per_second(work: Callable[[int], object], seconds: float) -> float:
    """Return how often `work` can be done in a second; it is warmed up first."""
    for number in range(20):
        work(-number - 1)
    count, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        work(count)
        count += 1
    return count / elapsed


def floor_app(database: Database, owner: dict[str, str]) -> FastAPI:
    """Return an application that does the least there is to do, and checks nothing."""
    app = FastAPI()

    @app.post("/bare")
    async def bare(request: Request) -> Response:
        return Response(orjson.dumps(orjson.loads(await request.body())), 201)

    @app.post("/reports")
    def record(body: Annotated[dict[str, Any], Body()]) -> Response:
        insert_by_hand(database, owner)
        return Response(orjson.dumps(body), 201)

    @app.get("/reports")
    def listed() -> Response:
        return Response(list_by_hand(database, owner["listed"]))

    return app


def insert_by_hand(database: Database, ids: dict[str, str]) -> None:
    """Insert a report with two values by hand-written SQL, and commit."""
    with database.writing() as session:
        key = str if not database.is_sqlite else (lambda value: uuid.UUID(str(value)).hex)
        shared: dict[str, Any] = {name: key(value) for name, value in ids.items()}
        shared["now"] = START.replace(tzinfo=None if database.is_sqlite else UTC).isoformat(" ")
        report_id = key(uuid.uuid4())
        session.execute(_INSERT_REPORT, {**shared, "id": report_id})
        values = [
            {**shared, "id": key(uuid.uuid4()), "report": report_id, "measure": measure}
            for measure in ("strength_nrs", "grip_kpa")
        ]
        session.execute(_INSERT_VALUE, values)


def list_by_hand(database: Database, patient_id: str) -> bytes:
    """Return 500 reports as the JSON that the database builds."""
    functions = ("json_agg", "json_build_object")
    if database.is_sqlite:
        functions = ("json_group_array", "json_object")
    statement = text(
        _LIST.format(all=functions[0], object=functions[1], report=_REPORT, value=_VALUE)
    )
    key = uuid.UUID(patient_id).hex if database.is_sqlite else patient_id
    with database.reading() as session:
        found = session.execute(statement, {"patient": key}).scalar_one()
    return found.encode() if isinstance(found, str) else orjson.dumps(found)


def measure(database: Database, seconds: float) -> dict[str, float]:
    """Return every throughput, per second."""
    app = create_app(Settings(worker_in_server=False), database=database)
    with ApiClient(app) as client:
        clinic = client.post(f"{API}/clinics", json={"name": "Benchmark"}).json()["id"]
        ids = {"clinic": clinic}
        for name in ("listed", "recorded", "patient"):
            body = {**PATIENT, "clinic_id": clinic, "external_id": name}
            ids[name] = client.post(f"{API}/patients", json=body).json()["id"]
        listed = f"{API}/patients/{ids['listed']}/reports"
        for number in range(REPORTS):
            client.post(listed, json=report(number)).raise_for_status()
        recorded = f"{API}/patients/{ids['recorded']}/reports"
        with ApiClient(floor_app(database, ids)) as floor:
            ours = client.get(f"{listed}?limit={REPORTS}").json()["items"]
            if not len(ours) == len(floor.get("/reports").json()) == REPORTS:
                sys.exit("the lists differ")
            work: dict[str, Callable[[int], object]] = {
                "bare endpoint": lambda n: floor.post("/bare", json=report(n)),
                "record by hand": lambda n: floor.post("/reports", json=report(n)),
                "record": lambda n: client.post(recorded, json=report(n)),
                "list by hand": lambda _: floor.get("/reports"),
                "list": lambda _: client.get(f"{listed}?limit={REPORTS}"),
            }
            return {name: per_second(each, seconds) for name, each in work.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database-url")
    parser.add_argument("--seconds", type=float, default=3.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = arguments.database_url or f"sqlite:///{Path(folder) / 'benchmark.db'}"
        migrate(url)
        with closing(Database(url)) as database:
            rates = measure(database, arguments.seconds)
    for name, rate in rates.items():
        sys.stdout.write(f"{name:>16} {rate:9.1f} /s\n")
    for name, floor in (
        ("record", "bare endpoint"),
        ("record", "record by hand"),
        ("list", "list by hand"),
    ):
        sys.stdout.write(f"{name} / {floor}: {rates[name] / rates[floor]:.2f}\n")


if __name__ == "__main__":
    main()
