"""The policy of what a patient is asked, of alarms, and of the patient's own pages."""

from __future__ import annotations

from typing import Any, Final

from tests.access.cells import API, HOME, REASON, SEES, TEAM, VOID, About, Row, record, sends
from tests.access.world import Place


def _alarm(_place: Place, role: str) -> dict[str, Any]:
    source = role if role in ("patient", "proxy") else "staff"
    return {"noticed_at": "2026-06-01T07:00:00-04:00", "signs": ["chest_pain"], "source": source}


_OF_PATIENT: Final = f"{API}/patients/{{patient_id}}/diaries"
_OF_ROW: Final = f"{API}/diaries/{{id}}"

_OWN: Final = "/patients/{patient_id}"


def _page(method: str, path: str, may: frozenset[str], **options: Any) -> Row:
    done = options.pop("done", 200 if method == "GET" else 303)
    address = f"{_OWN}{path}"
    return Row(method, address, may, About.PATIENT, done, by_cookie=True, is_form=True, **options)


_TAKEN_BACK: Final = sends(reason="The wrong hand.", version="1")

DIARY: Final[list[Row]] = [
    _page("GET", "/diary", SEES),
    _page("POST", "/diary", TEAM, body=sends(daily="strength_nrs@global")),
    _page("GET", "/course", SEES),
    _page("POST", "/reports/{report_id}/void", SEES, body=_TAKEN_BACK),
    _page("POST", "/alarms/{row_id}/void", SEES, body=_TAKEN_BACK, but={"proxy own": 403}),
    _page("GET", "/export.zip", HOME),
    _page("GET", "/history/alarms/{row_id}", SEES),
    _page("GET", "/history/diaries/{row_id}", SEES),
    *record(
        "alarms",
        read=SEES,
        write=SEES,
        new=_alarm,
        changed={"signs": ["leg_swelling"]},
        but={"proxy own": 403},  # the patient sent it
    ),
    Row("GET", f"{API}/alarm-signs", SEES, About.LIST),
    Row("GET", _OF_PATIENT, SEES, About.PATIENT),
    Row(  # A patient has one diary.
        "POST",
        _OF_PATIENT,
        TEAM,
        About.PATIENT,
        409,
        sends(daily=["strength_nrs@global"]),
    ),
    Row("GET", _OF_ROW, SEES, About.PATIENT),
    Row("PATCH", _OF_ROW, TEAM, About.PATIENT, 200, sends(**REASON, weekly_on=3)),
    Row("POST", f"{_OF_ROW}/void", TEAM, About.PATIENT, 200, VOID),
    Row("GET", f"{_OF_ROW}/history", SEES, About.PATIENT),
    Row("GET", f"{API}/patients/{{patient_id}}/today", SEES, About.PATIENT),
    Row("GET", f"{API}/me/patients", SEES, About.LIST),
]
