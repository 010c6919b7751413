"""What people at home see after their report only: what tells them how they should feel today."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Request, Response

from app.diary.reading import has_to_report_first
from app.kit.deps import Asked
from app.patients.service import get_patient
from app.web.templating import render

WithoutReport = Annotated[str | None, Query(max_length=8)]


def report_first(
    request: Request, work: Asked, patient_id: uuid.UUID, *, without_report: str | None
) -> Response | None:
    """Return the page that asks for today's report first; None where nothing stands in the way."""
    if without_report == "1":
        return None
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        if not has_to_report_first(session, patient, now=work.now):
            return None
    query: Mapping[str, str] = {**dict(request.query_params), "without_report": "1"}
    return render(
        request, "report_first.html", patient=patient, path=request.url.path, parameters=query
    )
