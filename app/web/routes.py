"""Pages: one service, one template."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.findings.service import ensure_analysed
from app.kit.deps import CurrentDatabase, Now
from app.web import format as words
from app.web.pages.patient import get_patient_view
from app.web.pages.patients import get_patients_view

_HERE: Final = Path(__file__).parent

static_files: Final = StaticFiles(directory=_HERE / "static")
router: Final = APIRouter(include_in_schema=False)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    return environment


_templates: Final = Jinja2Templates(env=_environment())


@router.get("/")
def show_patients(
    request: Request,
    database: CurrentDatabase,
    now: Now,
    clinic: Annotated[uuid.UUID | None, Query()] = None,
) -> Response:
    """Show the patients of a clinic, ranked by what needs eyes first."""
    with database.reading() as session:
        view = get_patients_view(session, clinic, now=now)
        return _templates.TemplateResponse(request, "patients.html", {"view": view})


@router.get("/patients/{patient_id}")
def show_patient(
    request: Request,
    database: CurrentDatabase,
    now: Now,
    patient_id: uuid.UUID,
    series: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """Show one patient; a stale analysis is computed before the page is drawn."""
    ensure_analysed(database, patient_id, now=now)
    with database.reading() as session:
        view = get_patient_view(session, patient_id, now=now, chosen=series)
        return _templates.TemplateResponse(request, "patient.html", {"view": view})
