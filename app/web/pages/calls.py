"""Calls after visits: which are due, and which were made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from app.kit.access import needs
from app.kit.deps import Work
from app.patients.access_log import names_of
from app.visits.calls import Line, list_calls
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.i18n import N_
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import CALLS
from app.web.templating import render

router: Final = page_router()

_STATES: Final = (
    ("overdue", N_("Overdue"), ""),
    ("due", N_("Due now"), N_("No call is due.")),
    ("missed", N_("Missed in the last month"), ""),
    ("waiting", N_("Later"), ""),
    ("done", N_("Made"), ""),
)


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Calls that stand alike; `empty` says so where there are none and that is worth saying."""

    state: str
    title: str
    empty: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class CallsView:
    """Everything that the page shows."""

    clinics: Clinics
    groups: Sequence[CallGroup]
    nurses: Mapping[uuid.UUID, str]


@router.get(CALLS)
@needs("infusions.read")
def show_calls(request: Request, work: Work, clinic: ClinicQuery = None) -> Response:
    """Show the calls after the visits of a clinic, the overdue ones first."""
    with work.reading() as session:
        clinics = choose_clinic(session, clinic)
        lines = list_calls(session, clinics.shown.id, now=work.now)
        visited = {line.called.visit.nurse_id for line in lines}
        view = CallsView(
            clinics=clinics,
            groups=[
                CallGroup(
                    state,
                    _(title),
                    _(empty) if empty else "",
                    [line for line in lines if line.call.state == state],
                )
                for state, title, empty in _STATES
            ],
            nurses=names_of(session, (one for one in visited if one is not None)),
        )
        return render(request, "calls.html", view=view)
