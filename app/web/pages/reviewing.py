"""One finding with what the team said of it, and the forms with which somebody says more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.errors import AppError
from app.findings.reviewing import get_finding, review_finding
from app.findings.rules import LONGEST_SNOOZE, Review, ReviewDraft
from app.findings.service import ensure_analysed_for
from app.findings.tables import FindingRow
from app.kit.access import needs
from app.kit.base import Json
from app.kit.deps import Asked, Work
from app.kit.etags import etag
from app.kit.history import history_of
from app.patients.service import get_patient
from app.patients.settings import today_of
from app.patients.tables import PatientRow
from app.web.forms import Typed, day_of, needed, said
from app.web.page_route import on_fault, own_path, page_router, see_other
from app.web.paths import PATIENTS, WORKLIST
from app.web.templating import render

router: Final = page_router()
FINDING: Final = f"{PATIENTS}/{{patient_id}}/findings/{{finding_id}}"

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SaidOfIt:
    """What somebody said of a finding once, in the shape in which the finding has it."""

    status: str
    review: str
    reviewed_by: str
    reviewed_at: datetime
    review_reason: str
    snoozed_until: date | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """Everything that the page shows; `said` is newest first.

    `earliest` and `latest` bound the day to which the finding can be put off.
    """

    patient: PatientRow
    finding: FindingRow
    said: Sequence[SaidOfIt]
    earliest: date
    latest: date


def get_finding_view(
    session: Session, patient_id: uuid.UUID, finding_id: uuid.UUID, *, now: datetime
) -> FindingView:
    """Collect what the page shows.

    Raises
    ------
    NotFound
        The patient has no such finding.
    """
    patient = get_patient(session, patient_id)
    finding = get_finding(session, patient_id, finding_id)
    today = today_of(patient, now)
    return FindingView(
        patient=patient,
        finding=finding,
        said=said_of_it(history_of(session, finding)),
        earliest=today + _ONE_DAY,
        latest=today + LONGEST_SNOOZE,
    )


def said_of_it(versions: Sequence[Json]) -> list[SaidOfIt]:
    """Return what people said in the versions of a finding, newest first."""
    every: dict[tuple[str, str], SaidOfIt] = {}
    for version in versions:
        at, until = version["reviewed_at"], version["snoozed_until"]
        if at is not None:
            every.setdefault(
                (at, version["review"]),
                SaidOfIt(
                    status=version["status"],
                    review=version["review"],
                    reviewed_by=version["reviewed_by"],
                    reviewed_at=datetime.fromisoformat(at),
                    review_reason=version["review_reason"],
                    snoozed_until=None if until is None else date.fromisoformat(until),
                ),
            )
    return list(every.values())[::-1]


def _page(
    request: Request,
    work: Asked,
    *,
    patient_id: uuid.UUID,
    finding_id: uuid.UUID,
    **shown: Any,
) -> Response:
    error: AppError | None = shown.pop("error", None)
    content = {"next": None, "typed_reason": "", "typed_until": "", **shown}
    with work.reading() as session:
        view = get_finding_view(session, patient_id, finding_id, now=work.now)
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        return render(request, "finding.html", status=status, view=view, errors=errors, **content)


@router.get(FINDING)
@needs("worklist.read")
def show_finding(
    request: Request, work: Work, patient_id: uuid.UUID, finding_id: uuid.UUID
) -> Response:
    """Show one finding, closed or not, with everything that was said of it."""
    ensure_analysed_for(work, patient_id)
    return _page(request, work, patient_id=patient_id, finding_id=finding_id)


def _add_review(review: Review, verb: str, summary: str) -> None:
    @needs("findings.review")
    def review_this(
        *,
        request: Request,
        work: Work,
        patient_id: uuid.UUID,
        finding_id: uuid.UUID,
        version: Typed = "",
        reason: Typed = "",
        until: Typed = "",
        next: Typed = "",  # noqa: A002 - the name of the field, as on every form
    ) -> Response:
        leads_to = own_path(next) or WORKLIST

        def again(error: AppError) -> Response:
            shown = {"typed_reason": reason, "typed_until": until, "next": leads_to, "error": error}
            return _page(request, work, patient_id=patient_id, finding_id=finding_id, **shown)

        on_fault(request, again)
        why = needed("review_reason", reason)
        draft = ReviewDraft(review, day_of("snoozed_until", until) if verb == "snooze" else None)
        ensure_analysed_for(work, patient_id)
        with work.writing() as session:
            review_finding(
                session,
                work.change(why),
                patient_id=patient_id,
                finding_id=finding_id,
                draft=draft,
                if_match=etag(int(version)) if version.isdecimal() else None,
            )
        return see_other(_to_the_finding(leads_to, finding_id))

    review_this.__name__ = f"{verb}_this_finding"
    router.add_api_route(f"{FINDING}/{verb}", review_this, methods=["POST"], summary=summary)


def _to_the_finding(path: str, finding_id: uuid.UUID) -> str:
    """Return an address that leads back to where the form stood on its page."""
    return path if urlsplit(path).fragment else f"{path}#finding-{finding_id}"


_add_review("acknowledged", "acknowledge", "Take note: it stays down until it clears")
_add_review("disagreed", "disagree", "Say that it is not so; it stays down likewise")
_add_review("snoozed", "snooze", "Let it wait until a day")
_add_review("reopened", "reopen", "Take back what was said: it is new again")
