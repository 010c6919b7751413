"""The nurse's day in the installed app: shells without anything personal, filled on the device."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response

from app.kit.access import public
from app.web.day_words import day_words, visit_words
from app.web.page_route import page_router
from app.web.pages.shells import shell
from app.web.paths import DAY, DAY_VISIT

router: Final = page_router()


@router.get(DAY)
@public
def show_day(request: Request) -> Response:
    """Show where a nurse's day begins: the visits."""
    return shell(request, "day.html", page_words=day_words(), is_large=False)


@router.get(DAY_VISIT)
@public
def show_day_visit(request: Request) -> Response:
    """Show one visit, step by step; which one, only the device knows."""
    return shell(request, "day_visit.html", page_words=visit_words(), is_large=False)
