"""The application: routers, error handlers, lifespan; nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from app.accounts.authentication import sign_in_of
from app.accounts.routes import routers as accounts
from app.alarms.routes import router as alarms
from app.care.routes import router as care
from app.clinics.routes import clinic_router
from app.config import Settings, get_settings
from app.db import Database, require_newest_schema
from app.diary.routes import router as diary
from app.findings.routes import router as findings
from app.findings.worker import BackgroundWorker
from app.infusions.routes import router as infusions
from app.kit import openapi, problems
from app.kit.audit.grouped import GroupCommit
from app.kit.deadlines import BodyDeadline
from app.kit.guard import Gate, Guard
from app.kit.headers import harden
from app.kit.known_keys import require_keys
from app.kit.origin import parse_origin
from app.kit.routing import BodyLimit, permissions_of_routes
from app.learn.routes import router as learn
from app.lookback.routes import router as lookback
from app.lots.routes import router as lots
from app.monitoring.routes import router as monitoring
from app.patients.access import PatientAccess
from app.patients.access_log import router as access_log
from app.patients.repository import mark_clinic_stale
from app.patients.routes import patient_router
from app.plans.routes import router as plans
from app.products.routes import router as products
from app.products.service import add_catalogue
from app.reactions.routes import router as reactions
from app.reports.routes import router as reports
from app.schedule.routes import router as schedule
from app.tables import first_entry, void_entries
from app.vials.routes import router as vials
from app.visits.routes import router as visits
from app.web import page_route
from app.web.routes import router as pages
from app.web.routes import static_files
from app.web.sentences import tell

# Threads of one process that serve requests: with more, SQLite's readers and the interpreter
# lock hold each other up, and PostgreSQL gains nothing. docs/adr/0002-sqlite-first.md.
SQLITE_THREADS: Final = 2
POSTGRESQL_THREADS: Final = 6
_CONNECTIONS_BESIDE: Final = 3  # the worker reads and saves, the audit trail writes


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    gate: Gate | None = None,
) -> FastAPI:
    """Build the application on the database of `settings`, or on one that is open already.

    `gate` is another one than that of a running service, for measuring what the gate costs.
    """
    settings = settings or get_settings()
    app = FastAPI(
        title="IVIG course tracker",
        version="0.1.0",
        description=openapi.DESCRIPTION,
        lifespan=_lifespan,
        # Their pages load scripts from another host, which no clinic's network should need.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.clock = clock
    app.state.gate = gate or Guard(sign_in_of, PatientAccess, origin=settings.origin)
    for router in _ROUTERS:
        # Not `include_router`: that makes every route anew for each application, half a second.
        app.router.routes.extend(router.routes)
    app.mount("/static", static_files, name="static")
    app.add_middleware(BodyLimit)
    app.add_middleware(BodyDeadline)
    harden(app, origin=parse_origin(settings.origin) if settings.origin else None)
    problems.register(app, tell=tell)
    page_route.register(app)
    openapi.describe(app)
    permissions_of_routes(app)  # refuses to start with a door that nobody guards
    return app


_RECORDS: Final = (
    clinic_router(on_opened=add_catalogue, on_new_settings=mark_clinic_stale),
    products,
    learn,
    patient_router(find_first=first_entry, void_dependents=void_entries),
    *(care, lots, plans, schedule, infusions, vials, monitoring, reactions),
    *(alarms, reports, diary, visits, lookback, findings),
)
_ROUTERS: Final = (*accounts, *_RECORDS, access_log, pages)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    is_ours = app.state.database is None
    threads = settings.database_threads or POSTGRESQL_THREADS
    database: Database = app.state.database or Database(
        settings.database_url, pool_size=threads + _CONNECTIONS_BESIDE
    )
    app.state.database = database
    try:
        require_newest_schema(database.engine)
        require_keys(database.engine)
        usual = SQLITE_THREADS if database.is_sqlite else POSTGRESQL_THREADS
        current_default_thread_limiter().total_tokens = settings.database_threads or usual
        app.state.auditor = GroupCommit(database)
        try:
            with _working(app, settings, database):
                yield
        finally:
            app.state.auditor.close()
    finally:
        if is_ours:
            database.close()


@contextmanager
def _working(app: FastAPI, settings: Settings, database: Database) -> Iterator[None]:
    """Recompute stale analyses beside the server, if it is to."""
    if not settings.worker_in_server:
        yield
        return
    worker = BackgroundWorker(
        database,
        clock=app.state.clock,
        poll_seconds=settings.worker_poll_seconds,
        checkpoint_every=timedelta(minutes=settings.audit_checkpoint_minutes),
    )
    worker.start()
    try:
        yield
    finally:
        worker.stop()
