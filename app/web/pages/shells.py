"""The installed app of people at home: shells without anything personal, worker and manifest."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request, Response

from app.alarms.rules import SIGNS
from app.kit.access import public
from app.kit.answers import json_response
from app.web import scales
from app.web.assets import asset
from app.web.i18n import current_locale
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import HOME, OFFLINE, REPORT, TODAY, WRONG
from app.web.shells import versioned, worker_script
from app.web.templating import render

router: Final = page_router()
_GROUND: Final = "#ffffff"
_BRAND: Final = "#0072b2"
_ICONS: Final = (
    ("icon.svg", "any", "image/svg+xml", "any"),
    ("icon-192.png", "192x192", "image/png", "any"),
    ("icon-512.png", "512x512", "image/png", "any"),
    ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
)


def shell(request: Request, template: str, **content: Any) -> Response:
    """Return a page that is the same for everybody, signed in or not, and for whatever query."""
    same = {"person": None, "here": request.url.path}
    return versioned(render(request, template, **{"is_large": True, **content, **same}))


@router.get(TODAY)
@public
def show_today(request: Request) -> Response:
    """Show where people at home begin."""
    return shell(request, "today.html")


@router.get(REPORT)
@public
def show_report(request: Request) -> Response:
    """Show the questions of a report, one after the other."""
    return shell(request, "report.html", page_words=scales.report_words(), limbs=scales.LIMBS)


@router.get(WRONG)
@public
def show_wrong(request: Request) -> Response:
    """Show what to do when something is wrong, and let it be told."""
    return shell(request, "wrong.html", signs=list(SIGNS.values()), sign_words=scales.SIGN_WORDS)


@router.get(OFFLINE)
@public
def show_offline(request: Request) -> Response:
    """Say that a page needs a network, and what does not."""
    return shell(request, "offline.html")


@router.get("/sw.js")
@public
def show_worker() -> Response:
    """Return the service worker; below the root, so that it serves every page."""
    return Response(worker_script(), media_type="text/javascript")


@router.get("/manifest.webmanifest")
@public
def show_manifest() -> Response:
    """Return how the app is named and drawn when it is installed."""
    manifest = {
        "id": HOME,
        "name": _("IVIG course tracker"),
        "short_name": _("IVIG courses"),
        "description": _("Report how you are; see your courses. Works without a network."),
        "lang": current_locale(),
        "dir": "ltr",
        "start_url": HOME,
        "scope": HOME,
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _BRAND,
        "icons": [
            {"src": asset(name), "sizes": sizes, "type": kind, "purpose": purpose}
            for name, sizes, kind, purpose in _ICONS
        ],
        "shortcuts": [
            {"name": _("Report how you are"), "url": REPORT},
            {"name": _("Something is wrong"), "url": WRONG},
        ],
    }
    answer = json_response(manifest)
    answer.headers["Content-Type"] = "application/manifest+json"
    return answer
