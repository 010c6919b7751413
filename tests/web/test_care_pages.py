"""Care team, emergency access, who looked, and history, as pages."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from sqlalchemy import select

from app.infusions.signing import Signable, sign
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.access import Principal
from app.kit.history import Actor, Change
from app.patients.tables import CareTeamRow, PatientRow
from app.plans.tables import PlanRow
from tests.support.ward import NOW, Ward
from tests.web.conftest import Visit

REASON = "Brought in after a fall."


def flat(text: str) -> str:
    """Return what a person reads: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def first(ward: Ward, table: type[PlanRow | InfusionRow]) -> uuid.UUID:
    with ward.database.reading() as session:
        return session.scalars(
            select(table.id).where(table.patient_id == ward.patient_id).order_by(table.id)
        ).all()[0]


def member_of(ward: Ward, who: str) -> uuid.UUID:
    with ward.database.reading() as session:
        found = select(CareTeamRow.id).where(CareTeamRow.account_id == ward.people[who].id)
        return session.scalars(found).one()


def test_the_team_is_named_with_what_each_may(visit: Visit, ward: Ward) -> None:
    page = flat(visit("patient", f"{ward.record}/care-team").text)
    for told in (
        "Who cares for me",
        "Wanda Örs you the patient, from 30 Mar 2026",
        "Willem Örs stands in and may see everything and report for the patient",
        "Kim Okafor cares for the patient",
    ):
        assert told in page
    assert "Add somebody" not in page


def test_a_coordinator_adds_somebody_and_ends_it_with_a_reason(visit: Visit, ward: Ward) -> None:
    team = f"{ward.record}/care-team"
    stranger = {"account": str(ward.people["stranger"].id)}
    assert visit("stranger", ward.record).status_code == 404
    assert visit("coordinator", team, form=stranger).status_code == 303
    assert visit("stranger", ward.record).status_code == 200

    ending = f"{team}/{member_of(ward, 'nurse')}/end"
    refused = visit("coordinator", ending, form={"reason": " "})
    assert (refused.status_code, "Reason: say why" in refused.text) == (422, True)
    assert visit("nurse", ward.record).status_code == 200
    assert visit("coordinator", ending, form={"reason": "Moved away."}).status_code == 303
    assert visit("nurse", ward.record).status_code == 404
    page = flat(visit("patient", team).text)
    assert page.index("Before") < page.index("Kim Okafor")
    elsewhere = ending.replace(str(ward.patient_id), str(uuid.uuid4()))
    assert visit("coordinator", elsewhere, form={"reason": "Moved away."}).status_code == 404
    assert visit("coordinator", team, form={"account": "x"}).status_code == 422
    assert visit("coordinator", team, form={"account": str(uuid.uuid4())}).status_code == 422


def test_emergency_access_opens_the_record_and_alerts(visit: Visit, ward: Ward) -> None:
    with ward.database.reading() as session:
        name = session.get_one(PatientRow, ward.patient_id).external_id
    assert visit("stranger", "/emergency").status_code == 200
    short = visit("stranger", "/emergency", form={"external_id": name, "reason": "now"})
    assert short.status_code == 422
    assert "fewer than 10 characters" in short.text
    assert f'value="{name}"' in short.text
    for unknown in ({"external_id": "nobody"}, {"external_id": ""}):
        refused = visit("stranger", "/emergency", form={**unknown, "reason": REASON})
        assert refused.status_code in (404, 422)
        assert REASON in refused.text
    opened = visit("stranger", "/emergency", form={"external_id": name, "reason": REASON})
    assert (opened.status_code, opened.headers["location"]) == (303, ward.record)
    assert visit("stranger", ward.record).status_code == 200

    alert = flat(visit("physician", "/worklist").text)
    assert f"emergency Sam Far opened the record of {name} : {REASON}" in alert
    told = flat(visit("patient", f"{ward.record}/care-team").text)
    assert "Sam Far emergency opened the record in an emergency" in told
    assert "No physician took note of it yet" in told
    seen = f"{ward.record}/care-team/{member_of(ward, 'stranger')}/seen"
    assert visit("nurse", seen, form={}).status_code == 403
    assert visit("physician", seen, form={}).headers["location"] == "/worklist"
    assert "Sam Far" not in visit("physician", "/worklist").text
    told = flat(visit("patient", f"{ward.record}/care-team").text)
    assert "Dr Lee took note of it" in told


def test_the_patient_reads_who_looked_and_at_what(visit: Visit, ward: Ward) -> None:
    visit("physician", ward.record)
    visit("physician", ward.record)
    visit("nurse", f"/api/v1{ward.record}/reports")
    visit("physician", "/worklist")
    log = f"{ward.record}/access-log"
    page = flat(visit("patient", log).text)
    assert "Wednesday, 29 Apr 2026" in page
    assert "Kim Okafor , nurse, opened the reports" in page
    assert "Dr Lee , physician, opened the page with findings, chart and plans, 2 times" in page
    assert "opened the work list" not in page
    lists = flat(visit("patient", f"{log}?of=lists").text)
    assert "Dr Lee , physician, opened the work list" in lists
    again = flat(visit("patient", log).text)
    assert "You looked at who looked at the record" in again
    assert visit("patient", f"{log}?cursor=lists.1").status_code == 422


def test_every_version_is_shown_with_what_it_was_and_why(visit: Visit, ward: Ward) -> None:
    plan_id = first(ward, PlanRow)
    with ward.database.writing() as session:
        plan = session.get_one(PlanRow, plan_id)
        change = Change(Actor("Dr Lee"), NOW, "Weaker at <the> end.")
        history.amend(session, plan, {"interval_days": 21}, change=change)
    address = f"{ward.record}/history/plans/{plan_id}"
    page = flat(visit("physician", address).text)
    assert "Version 2 29 Apr 2026, 11:00, Dr Lee Why: Weaker at &lt;the&gt; end." in page
    assert "Field Was Became interval (days) 28 21" in page
    assert page.index("Version 2") < page.index("Version 1")
    assert "2 versions" in visit("physician", ward.record).text

    hidden = flat(visit("coordinator", address).text)
    assert "interval (days) 28 21" in hidden
    assert "Weaker" not in hidden
    with ward.database.writing() as session:
        plan = session.get_one(PlanRow, plan_id)
        history.void(session, plan, Change(Actor("Dr Lee"), NOW, "Never agreed."))
    page = flat(visit("patient", address).text)
    assert "Declared a mistake. Why: Never agreed." in page


def test_a_history_is_that_of_the_patient_in_the_address(visit: Visit, ward: Ward) -> None:
    plan_id = first(ward, PlanRow)
    assert visit("physician", f"{ward.record}/history/plans/{uuid.uuid4()}").status_code == 404
    assert visit("physician", f"{ward.record}/history/holds/{plan_id}").status_code == 404
    assert visit("stranger", f"{ward.record}/history/plans/{plan_id}").status_code == 404
    assert visit("pharmacist", f"{ward.record}/history/plans/{plan_id}").status_code == 403
    record = f"{ward.record}/history/record/{ward.patient_id}"
    assert visit("patient", record).status_code == 200
    assert visit("patient", f"{ward.record}/history/record/{plan_id}").status_code == 404


def test_a_signature_shows_what_became_of_what_was_signed(visit: Visit, ward: Ward) -> None:
    infusion_id = first(ward, InfusionRow)
    nurse = ward.people["nurse"]
    signer = Principal(
        nurse.id, nurse.clinic_id, "nurse", nurse.name, "session", nurse.id, frozenset()
    )
    with ward.database.writing() as session:
        infusion = session.get_one(InfusionRow, infusion_id)
        change = Change(Actor(nurse.name), NOW - timedelta(hours=1))
        sign(session, change, signable=Signable(infusion), signer=signer, row_id=None)
    address = f"{ward.record}/history/infusions/{infusion_id}"
    assert "It stands as it was signed." in flat(visit("nurse", address).text)
    with ward.database.writing() as session:
        infusion = session.get_one(InfusionRow, infusion_id)
        history.amend(session, infusion, {"dose_g": 70.0}, change=Change(Actor("Dr Lee"), NOW))
    page = flat(visit("nurse", address).text)
    assert "Signed by Kim Okafor, nurse, 29 Apr 2026, 10:00, as version 1." in page
    assert "Amended since , by Dr Lee." in page
    assert "Kim Okafor, amended since by Dr Lee" in flat(visit("nurse", ward.record).text)
