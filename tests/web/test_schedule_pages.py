"""The calendar as pages: whose course is due, who visits, what was moved and why."""

from __future__ import annotations

import re

from sqlalchemy import select

from app.kit.fields import Choice
from app.schedule.rules import SPECS
from app.schedule.tables import AssignmentRow, CourseExceptionRow
from app.web import clinical
from tests.support.ward import Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

MOVE = {"kind": "moved", "slot_date": "2026-03-02", "new_date": "2026-05-04", "reason": "holiday"}
ADD = {"kind": "added", "new_date": "2026-05-05", "reason": "illness", "note": "After a <fall>."}
CONFIRMED = {"confirm": "yes"}


def only(ward: Ward, table: type[AssignmentRow | CourseExceptionRow]) -> str:
    with ward.database.reading() as session:
        return str(session.scalars(select(table.id)).one())


def test_the_schedule_shows_who_is_due_and_who_visits_nobody(visit: Visit, ward: Ward) -> None:
    page = visit("coordinator", "/schedule")
    told = flat(page.text)
    assert "missed, 58 days late Due: 2 Mar 2026 Who visits: nobody yet" in told
    assert "Nobody assigned: 1 missed: 1" in told
    assert "Week of 27 Apr 2026" in told
    assert f'href="{ward.record}/schedule"' in page.text
    assert "Your visits" not in told
    march = flat(visit("coordinator", "/schedule?monday=2026-03-05").text)
    assert "Week of 2 Mar 2026" in march
    assert "Mon 2 Mar" in march
    assert visit("coordinator", "/schedule?monday=tomorrow").status_code == 422
    assert visit("coordinator", "/schedule?monday=1900-01-01").status_code == 200
    assert visit("pharmacist", "/schedule").status_code == 403
    assert "No course is due" in visit("stranger", "/schedule").text
    assert visit("stranger", f"{ward.record}/schedule").status_code == 404


def test_a_course_is_moved_and_moved_back(visit: Visit, ward: Ward) -> None:
    exceptions = f"{ward.record}/course-exceptions"
    wrong = visit("coordinator", exceptions, form={**MOVE, "new_date": "2026-01-06"})
    assert (wrong.status_code, "This is unusual" in wrong.text) == (422, False)
    assert "New day: 2026-01-06 is not after the last infusion day" in wrong.text
    # So far away that somebody must look twice.
    unusual = visit("coordinator", exceptions, form=MOVE)
    assert (unusual.status_code, "This is unusual" in unusual.text) == (422, True)
    assert 'name="new_date" value="2026-05-04"' in unusual.text
    done = visit("coordinator", exceptions, form={**MOVE, **CONFIRMED})
    assert (done.status_code, done.headers["location"]) == (303, f"{ward.record}/schedule")
    assert "First today" in visit("patient", f"{ward.record}/schedule").text
    page = flat(visit("patient", f"{ward.record}/schedule?without_report=1").text)
    assert "Monday, 4 May 2026 planned by the calendar 2 Mar 2026" in page
    assert "Moved from 2 Mar 2026 to 4 May 2026, holiday. Cora Blum" in page
    assert "Take it back" not in page

    undo = f"{exceptions}/{only(ward, CourseExceptionRow)}/void"
    assert visit("nurse", undo, form={"reason": " "}).status_code == 422
    assert visit("nurse", undo, form={"reason": "It can be then."}).status_code == 303
    assert "4 May 2026" not in visit("nurse", f"{ward.record}/schedule").text
    history = undo.replace("/course-exceptions/", "/history/course-exceptions/")
    told = flat(visit("nurse", history.removesuffix("/void")).text)
    assert "Declared a mistake. Why: It can be then." in told


def test_a_course_is_added_and_a_note_is_no_coordinators(visit: Visit, ward: Ward) -> None:
    exceptions = f"{ward.record}/course-exceptions"
    assert visit("patient", exceptions, form=ADD).status_code == 403
    assert visit("nurse", exceptions, form={**ADD, "reason": ""}).status_code == 422
    assert visit("nurse", exceptions, form={**ADD, **CONFIRMED}).status_code == 303
    page = visit("nurse", f"{ward.record}/schedule").text
    assert "After a &lt;fall&gt;." in page
    assert "Added: 5 May 2026" in flat(page)
    assert "fall" not in visit("coordinator", f"{ward.record}/schedule").text


def test_somebody_is_sent_on_a_visit_and_sees_the_record_for_it(visit: Visit, ward: Ward) -> None:
    assignments = f"{ward.record}/visit-assignments"
    stranger = str(ward.people["stranger"].id)
    form = {"account_id": stranger, "on_date": "2026-05-01", "at": "09:30"}
    assert visit("nurse", assignments, form=form).status_code == 403
    for wrong in ({"account_id": "x"}, {"on_date": ""}, {"at": "noon"}):
        assert visit("coordinator", assignments, form={**form, **wrong}).status_code == 422
    patient = str(ward.people["patient"].id)
    refused = visit("coordinator", assignments, form={**form, "account_id": patient})
    assert "Who visits: a patient is not sent on a visit" in refused.text
    assert visit("stranger", ward.record).status_code == 404
    assert visit("coordinator", assignments, form=form).status_code == 303
    assert visit("stranger", ward.record).status_code == 200

    own = flat(visit("stranger", "/schedule").text)
    assert re.search(r"Your visits of the week Friday, 1 May 2026 , 09:30: P-\w+", own), own
    week = flat(visit("coordinator", "/schedule").text)
    assert re.search(r"Fri 1 May P-\w+ visit Sam Far", week), week
    page = flat(visit("physician", f"{ward.record}/schedule").text)
    assert "Friday, 1 May 2026, 09:30: Sam Far" in page
    team = flat(visit("patient", f"{ward.record}/care-team").text)
    assert "Sam Far is assigned to a visit" in team
    row = only(ward, AssignmentRow)
    history = flat(visit("patient", f"{ward.record}/history/visit-assignments/{row}").text)
    assert "who Sam Far" in history
    undo = f"{assignments}/{row}/void"
    assert visit("coordinator", undo, form={"reason": "She is ill."}).status_code == 303
    assert visit("stranger", ward.record).status_code == 404


def test_every_reason_has_words() -> None:
    (reasons,) = [
        spec.options
        for spec in SPECS
        if isinstance(spec, Choice) and (spec.table, spec.field) == ("course_exceptions", "reason")
    ]
    assert set(clinical.WHY_MOVED) == set(reasons)
