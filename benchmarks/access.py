"""What sign-in, policy and audit cost: throughput with them against throughput without.

``python -m benchmarks.access [--clients 16] [--seconds 1] [--rounds 5] [--database sqlite]`` calls
the application in this process, past any socket and any client library, so that nothing but the
application itself is in the ratio. Everything is measured in turn, round after round.

* recording: POST of a report with two values by a nurse with a token, who is on the patient's
  care team, against the same application behind a gate that asks nothing and audits nothing;
* listing: GET of 500 reports with two values each, likewise, and against an endpoint whose
  hand-written SQL lets the database build the JSON.

Databases are new: a SQLite file, and a PostgreSQL server that waits for the disk. Of the
disk itself the time of one sync is shown: no reading that is audited can take less, alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request

from app.accounts.acts import log_of_operator
from app.accounts.bearer import create_token
from app.accounts.rules import AccountDraft, Role, TokenDraft
from app.accounts.service import create_account
from app.cli.migrate import migrate
from app.clinics.service import add_clinic
from app.config import Settings
from app.db import Database
from app.errors import AppError
from app.kit.deps import Asked
from app.kit.history import Actor, Change
from app.main import create_app
from app.patients.tables import CareTeamRow, PatientRow
from benchmarks.api_report import API, REPORTS, floor_app, report
from tests.support.clinic import a_patient
from tests.support.postgres import running_postgres

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)


class OpenGate:
    """A gate that asks nothing and keeps no account: what the application costs without one."""

    async def admit(self, request: Request, operation: str, _need: str | None) -> Asked:
        """Let everybody in."""
        state = request.app.state
        return Asked(state.database, state.clock(), operation, None, None)

    async def settle(self, _request: Request, _asked: Asked) -> None:
        """Audit nothing."""

    async def refused(self, _request: Request, _asked: Asked, _error: AppError) -> None:
        """Audit nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of request; `body` makes the next one."""

    app: FastAPI
    method: str
    path: str
    query: str = ""
    body: Callable[[], bytes] = bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    status: int = 200

    async def once(self) -> None:
        """Call the application as a server would."""
        body, answered = self.body(), [0]
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": [
                (b"host", b"localhost"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *self.headers,
            ],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
            "state": {},
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answered[0] = message["status"]

        await self.app(scope, receive, send)
        if answered[0] != self.status:
            sys.exit(f"{self.method} {self.path}: {answered[0]}")


async def per_second(call: Call, *, clients: int, seconds: float) -> float:
    """Return how many requests a second `clients` callers get through, each after the other."""
    start = time.perf_counter()

    async def caller() -> int:
        count = 0
        while time.perf_counter() - start < seconds:
            await call.once()
            count += 1
        return count

    counts = await asyncio.gather(*(caller() for _ in range(clients)))
    return sum(counts) / (time.perf_counter() - start)


@contextmanager
def databases(names: list[str]) -> Iterator[dict[str, str]]:
    """Give a new database of each kind that is named."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'benchmark.db'}"}
        if "postgresql" not in names:
            yield urls
            return
        with running_postgres(is_durable=True) as server, server.database() as url:
            yield {**urls, "postgresql": url}


def seed(database: Database) -> tuple[dict[str, str], str]:
    """Enter a clinic with three patients and a nurse; return ids and the nurse's token."""
    actor = Actor("benchmark")
    change, log = Change(actor, NOW), log_of_operator(actor, now=NOW, operation="benchmark")
    with database.writing() as session:
        clinic = add_clinic(session, change, row_id=None, name="Benchmark")
        nurse = create_account(session, log, AccountDraft(clinic.id, Role.NURSE, "Nurse", "nurse"))
        ids = {"clinic": str(clinic.id)}
        for name in ("listed", "recorded", "patient"):
            patient: PatientRow = a_patient(session, clinic, external_id=name, birth_date=None)
            ids[name] = str(patient.id)
            member = CareTeamRow(
                id=uuid.uuid4(),
                clinic_id=clinic.id,
                patient_id=patient.id,
                account_id=nurse.id,
                kind="member",
                valid_from=NOW,
                version=1,
                recorded_at=NOW,
                recorded_by="benchmark",
            )
            session.add(member)
        scopes = ("reports.read", "reports.write")
        draft = TokenDraft("benchmark", scopes, NOW + timedelta(days=30))
        _, token = create_token(session, log, nurse, draft=draft, own=frozenset(scopes))
    return ids, token


async def measure(
    database: Database, *, clients: int, seconds: float, rounds: int
) -> dict[str, list[float]]:
    """Return the throughputs of every call, one for each round."""
    ids, token = seed(database)
    settings = Settings(database_url=database.url, worker_in_server=False)
    clock = lambda: NOW + timedelta(minutes=5)  # noqa: E731 - one line says it all
    gated = create_app(settings, database=database, clock=clock)
    ungated = create_app(settings, database=database, clock=clock, gate=OpenGate())
    by_hand = floor_app(database, ids)
    bearer = ((b"authorization", f"Bearer {token}".encode()),)
    path = f"{API}/patients/{{}}/reports"
    counter = iter(range(10**9))

    def body() -> bytes:
        return orjson.dumps({**report(next(counter) % 1000)})

    calls = {
        "record, gated": Call(gated, "POST", path.format(ids["recorded"]), "", body, bearer, 201),
        "record, ungated": Call(ungated, "POST", path.format(ids["recorded"]), "", body, (), 201),
        "list, gated": Call(
            gated, "GET", path.format(ids["listed"]), f"limit={REPORTS}", bytes, bearer
        ),
        "list, ungated": Call(
            ungated, "GET", path.format(ids["listed"]), f"limit={REPORTS}", bytes
        ),
        "list, by hand": Call(by_hand, "GET", "/reports"),
    }
    async with AsyncExitStack() as stack:
        for app in (gated, ungated):
            await stack.enter_async_context(app.router.lifespan_context(app))
        fill = Call(gated, "POST", path.format(ids["listed"]), "", body, bearer, 201)
        for _ in range(REPORTS):
            await fill.once()
        rates: dict[str, list[float]] = {name: [] for name in calls}
        for number in range(rounds + 1):
            for name, call in calls.items():
                rate = await per_second(call, clients=clients, seconds=seconds)
                if number:  # the first round warms up
                    rates[name].append(rate)
    return rates


def sync_seconds(folder: Path) -> float:
    """Return the median time of one sync of the disk in seconds."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def tell(name: str, rates: dict[str, list[float]], clients: int) -> None:
    """Print throughputs and ratios of one database, the ratios with their range over the rounds."""
    sys.stdout.write(f"\n{name}, {clients} clients\n")
    for call, found in rates.items():
        sys.stdout.write(f"  {call:>16} {statistics.median(found):9.1f} /s\n")
    for one, other in (
        ("record, gated", "record, ungated"),
        ("list, gated", "list, ungated"),
        ("list, gated", "list, by hand"),
        ("list, ungated", "list, by hand"),
    ):
        ratios = [a / b for a, b in zip(rates[one], rates[other], strict=True)]
        middle = statistics.median(ratios)
        span = f"{min(ratios):.2f}-{max(ratios):.2f}"
        sys.stdout.write(f"  {one} / {other}: {middle:.2f} ({span})\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    names = given.database or ["sqlite", "postgresql"]
    sys.stdout.write(f"one sync of the disk: {sync_seconds(Path.cwd()) * 1000:.2f} ms\n")
    with databases(names) as urls:
        for name in names:
            migrate(urls[name])
            with closing(Database(urls[name])) as database:
                work: Awaitable[dict[str, list[float]]] = measure(
                    database, clients=given.clients, seconds=given.seconds, rounds=given.rounds
                )
                tell(name, asyncio.run(work), given.clients)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
