"""What a patient is asked: the clinician chooses it here, and sees what a usual day will ask."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from babel.dates import get_day_names
from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from app.analysis.measures import MEASURES
from app.diary.reading import questions_of
from app.diary.repository import diary_of
from app.diary.rules import (
    AS_LISTED,
    BY_OTHERS,
    LONG,
    MOST_DAILY,
    WORSE_FIRST,
    DiaryDraft,
    Question,
    check_diary,
    default_diary,
)
from app.diary.service import DIARY, diary_draft
from app.diary.tables import DiaryRow
from app.errors import AppError, RuleViolation
from app.kit.access import needs, note_rows
from app.kit.deps import Asked, Work
from app.patients import entries
from app.patients.entries import Entering
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.web.format import format_measure, format_series
from app.web.forms import Typed, needed, optional, require_seen, said
from app.web.i18n import N_, Words, current_locale
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import PATIENTS
from app.web.templating import render

router: Final = page_router()
OWN_DIARY: Final = f"{PATIENTS}/{{patient_id}}/diary"
SORTINGS: Final = Words(
    {
        WORSE_FIRST: N_("the worse side first, by the last 28 days"),
        AS_LISTED: N_("always in this order"),
    }
)
_MOST_TYPED: Final = 100

Chosen = Annotated[list[str], Form(max_length=_MOST_TYPED)]


@dataclass(frozen=True, slots=True)
class Choice:
    """A measure at a site that can be asked."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class DiaryView:
    """Everything that the page shows.

    `row` is None where nobody chose yet; `usual` are the questions of a usual day, `weekly` those
    that are asked once a week; both lists as they would be asked today. `is_preview` where what is
    shown is not stored.
    """

    patient: PatientRow
    row: DiaryRow | None
    draft: DiaryDraft
    slots: Sequence[str]
    daily_groups: Sequence[tuple[str, Sequence[Choice]]]
    weekly_groups: Sequence[tuple[str, Sequence[Choice]]]
    weekdays: Mapping[int, str]
    usual: Sequence[Question]
    is_preview: bool
    may_write: bool


def _groups(*, with_long: bool) -> list[tuple[str, Sequence[Choice]]]:
    groups: dict[str, list[Choice]] = {}
    for key, measure in MEASURES.items():
        if key not in BY_OTHERS and (with_long or key not in LONG):
            group = groups.setdefault(format_measure(key), [])
            group += [Choice(f"{key}@{site}", format_series(key, site)) for site in measure.sites]
    return list(groups.items())


def _page(
    request: Request,
    work: Asked,
    patient_id: uuid.UUID,
    *,
    typed: DiaryDraft | None = None,
    error: AppError | None = None,
) -> Response:
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        row = diary_of(session, patient.id)
        if row is not None:
            note_rows(session, [row])
        draft = typed or _stored(patient, row)
        view = DiaryView(
            patient=patient,
            row=row,
            draft=draft,
            slots=[*draft.daily, *[""] * (MOST_DAILY - len(draft.daily))],
            daily_groups=_groups(with_long=False),
            weekly_groups=_groups(with_long=True),
            weekdays=get_day_names("wide", locale=current_locale()),
            usual=[] if error else _usual(session, patient, draft, work),
            is_preview=typed is not None and error is None,
            may_write="diary.write" in work.person.permissions,
        )
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        return render(
            request, "diary.html", status=status, view=view, errors=errors, sortings=SORTINGS
        )


def _stored(patient: PatientRow, row: DiaryRow | None) -> DiaryDraft:
    if row is None:
        return default_diary(patient.diagnosis, patient.followed)
    return diary_draft(row)


def _usual(
    session: Session, patient: PatientRow, draft: DiaryDraft, work: Asked
) -> Sequence[Question]:
    asked = questions_of(session, patient, draft, now=work.now)
    return [one for one in asked if one.kind == "daily"]


@router.get(OWN_DIARY)
@needs("diary.read")
def show_diary(request: Request, work: Work, patient_id: uuid.UUID) -> Response:
    """Show what a patient is asked every day and every week."""
    return _page(request, work, patient_id)


@router.post(OWN_DIARY)
@needs("diary.write")
def choose_questions(
    *,
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    daily: Chosen = [],  # noqa: B006 - FastAPI copies the default of a form
    weekly: Chosen = [],  # noqa: B006 - as above
    weekly_on: Typed = "0",
    sorting: Typed = WORSE_FIRST,
    note: Typed = "",
    reason: Typed = "",
    version: Typed = "",
    do: Typed = "save",
) -> Response:
    """Choose what a patient is asked, or see first what a usual day would ask."""
    draft = DiaryDraft(
        daily=tuple(key for key in daily if key),
        weekly=tuple(weekly),
        weekly_on=int(weekly_on) if weekly_on in "0123456" and weekly_on else -1,
        sorting=sorting,
        note=optional(note),
    )
    on_fault(
        request, lambda error: _page(request, work, patient_id, typed=_shown(draft), error=error)
    )
    if do == "preview":
        faults = check_diary(draft)
        if faults:
            raise RuleViolation(faults)
        return _page(request, work, patient_id, typed=draft)
    with work.writing() as session:
        patient = get_patient(session, patient_id, hold=True)
        row = diary_of(session, patient.id)
        if row is None:
            entering = Entering(session, work.change())
            entries.create(entering, DIARY, patient=patient, row_id=None, draft=draft)
        else:
            stored = entries.get_row(session, DIARY, row.id, lock=True)
            require_seen(stored, version)
            entering = Entering(session, work.change(needed("reason", reason)))
            entries.amend(entering, DIARY, row=stored, draft=draft)
    return see_other(f"{PATIENTS}/{patient_id}/diary")


def _shown(draft: DiaryDraft) -> DiaryDraft:
    """Return what was typed as the page can show it again: no more questions than it has room."""
    return DiaryDraft(
        draft.daily[:MOST_DAILY], draft.weekly, draft.weekly_on, draft.sorting, draft.note
    )
