"""Who looked at a record: for the patient, by day, in plain words."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from app.kit.access import needs
from app.kit.audit.reading import Seen
from app.kit.deps import Work
from app.patients.access_log import DAYS_OF_LISTS, AccessLogQuery, Of, access_log, names_of
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.web.deeds import deed_of, who_of
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import PATIENTS
from app.web.templating import render

router: Final = page_router()
_ON_ONE_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody did one thing, once or several times in a row.

    `first` and `last` are the instants of the first and the last time.
    """

    who: str
    role: str
    deed: str
    via: str
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class AccessLogView:
    """Everything that the page shows; `before` leads to older lines."""

    patient: PatientRow
    of: Of
    days: Sequence[tuple[date, Sequence[Line]]]
    before: str | None
    days_of_lists: int


@router.get(f"{PATIENTS}/{{patient_id}}/access-log")
@needs("access_log.read")
def show_access_log(
    request: Request,
    work: Work,
    patient_id: uuid.UUID,
    of: Annotated[Of, Query()] = "record",
    cursor: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Show who looked at the record or changed it, newest first."""
    query = AccessLogQuery(of=of, cursor=cursor, limit=_ON_ONE_PAGE)
    with work.reading() as session:
        patient = get_patient(session, patient_id)
        page = access_log(session, patient, query, now=work.now)
        names = names_of(session, (entry.actor_id for entry in page.entries))
    before = None if page.next_before is None else f"{of}.{page.next_before}"
    own = {work.person.account_id: _("You")}
    days = by_day(page.entries, {**names, **own}, ZoneInfo(patient.time_zone))
    view = AccessLogView(patient, of, days, before, DAYS_OF_LISTS)
    return render(request, "access_log.html", view=view)


def by_day(
    entries: Sequence[Seen], names: Mapping[uuid.UUID, str], zone: ZoneInfo
) -> list[tuple[date, list[Line]]]:
    """Return the lines of each local day, newest first; what was done again and again is one."""
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return [(day, _lines(list(of_day), names, zone)) for day, of_day in days]


def _lines(entries: Sequence[Seen], names: Mapping[uuid.UUID, str], zone: ZoneInfo) -> list[Line]:
    lines = []
    for (actor_id, *_rest), same in groupby(entries, key=_sameness):
        run = list(same)
        newest, oldest = run[0], run[-1]
        who, role = who_of(newest, None if actor_id is None else names.get(actor_id))
        line = Line(
            who=who,
            role="" if who == _("You") else role,
            deed=deed_of(newest),
            via=_("with a program") if newest.via == "token" else "",
            first=oldest.at.astimezone(zone),
            last=newest.at.astimezone(zone),
            times=len(run),
        )
        lines.append(line)
    return lines


def _sameness(entry: Seen) -> tuple[uuid.UUID | None, str, str, str]:
    return entry.actor_id, entry.actor, entry.via, deed_of(entry)
