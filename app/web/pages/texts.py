"""Who of a clinic compared the clinical words of each language with the English ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from app.clinics import entries
from app.errors import AppError
from app.kit.access import needs
from app.kit.deps import Asked, Work
from app.kit.history import void
from app.kit.rows import Entering
from app.learn.repository import select_reviews
from app.learn.rules import TOPICS, TRANSLATED, ReviewDraft
from app.learn.service import TEXT_REVIEW, read_titles
from app.learn.tables import TextReviewRow
from app.learn.texts import fingerprint
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.forms import Typed, day_of, needed, said
from app.web.i18n import current_locale
from app.web.page_route import on_fault, page_router, see_other
from app.web.paths import TEXTS
from app.web.templating import render

router: Final = page_router()


@dataclass(frozen=True, slots=True)
class ReviewedLanguage:
    """A language with the clinic's reviews of it, the newest first."""

    locale: str
    fingerprint: str
    reviews: Sequence[TextReviewRow]

    @property
    def stands(self) -> bool:
        """Whether the words are still those that were reviewed."""
        return any(row.fingerprint == self.fingerprint for row in self.reviews)


@dataclass(frozen=True, slots=True)
class TextsView:
    """Everything that the page shows."""

    clinics: Clinics
    languages: Sequence[ReviewedLanguage]
    titles: dict[str, str]
    topics: Sequence[str] = TOPICS


def _page(
    request: Request, work: Asked, clinic: uuid.UUID | None, error: AppError | None = None
) -> Response:
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        newest_first = TextReviewRow.reviewed_on.desc(), TextReviewRow.recorded_at.desc()
        rows = session.scalars(select_reviews(clinics.shown.id).order_by(*newest_first)).all()
        languages = [
            ReviewedLanguage(one, fingerprint(one), [row for row in rows if row.locale == one])
            for one in TRANSLATED
        ]
        titles = read_titles(session, clinics.shown.id, locale=current_locale())
        view = TextsView(clinics, languages, titles)
        status, errors = (200, []) if error is None else (error.status_code, said(error))
        return render(request, "texts.html", status=status, view=view, errors=errors)


@router.get(TEXTS)
@needs("help.write")
def show_texts(request: Request, work: Work, clinic: ClinicQuery = None) -> Response:
    """Show which languages somebody reviewed, and which texts the clinic can write."""
    return _page(request, work, clinic)


@router.post(TEXTS)
@needs("help.write")
def enter_text_review(
    *,
    request: Request,
    work: Work,
    locale: Typed = "",
    reviewer: Typed = "",
    reviewed_on: Typed = "",
    clinic: ClinicQuery = None,
) -> Response:
    """Keep that somebody compared the clinical words of a language, as they are now."""
    on_fault(request, lambda error: _page(request, work, clinic, error))
    draft = ReviewDraft(locale, reviewer.strip(), day_of("reviewed_on", reviewed_on))
    with work.writing() as session:
        shown = choose_clinic(session, clinic).shown
        entering = Entering(session, work.change())
        entries.create(entering, TEXT_REVIEW, clinic=shown, row_id=None, draft=draft)
        address = f"{TEXTS}?clinic={shown.id}"
    return see_other(address)


@router.post("/text-reviews/{row_id}/void")
@needs("help.write")
def take_back_text_review(
    request: Request, work: Work, row_id: uuid.UUID, reason: Typed = ""
) -> Response:
    """Take a review back; the words are marked as not yet reviewed again."""
    on_fault(request, lambda error: _page(request, work, None, error))
    with work.writing() as session:
        row = entries.get_row(session, TEXT_REVIEW, row_id, lock=True)
        void(session, row, work.change(needed("reason", reason)))
        address = f"{TEXTS}?clinic={row.clinic_id}"
    return see_other(address)
