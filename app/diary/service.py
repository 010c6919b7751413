"""How diaries are entered."""

from __future__ import annotations

import uuid
from typing import Final

from app.diary.rules import DiaryDraft, check_diary
from app.diary.tables import DiaryRow
from app.errors import Fault
from app.kit.base import Json
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.tables import PatientRow


def diary_draft(row: DiaryRow) -> DiaryDraft:
    """Return the draft that the stored diary stands for."""
    return DiaryDraft(tuple(row.daily), tuple(row.weekly), row.weekly_on, row.sorting, row.note)


def _content(draft: DiaryDraft) -> Json:
    return {
        "daily": list(draft.daily),
        "weekly": list(draft.weekly),
        "weekly_on": draft.weekly_on,
        "sorting": draft.sorting,
        "note": draft.note,
    }


def _check(
    entering: Entering, patient: PatientRow, draft: DiaryDraft, *, row_id: uuid.UUID | None
) -> list[Fault]:
    del entering, patient, row_id
    return check_diary(draft)


DIARY: Final[Entry[DiaryDraft, DiaryRow]] = Entry(
    what="Diary",
    table=DiaryRow,
    draft_of=diary_draft,
    content_of=_content,
    derived_of=nothing_derived,
    check=_check,
    row_key=(),  # a patient has one
    is_analysed=False,
)
