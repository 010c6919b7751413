"""One visit on one page, signing it there, and the calls after it."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import select

from app.infusions.tables import VialRow
from app.kit import history
from app.kit.history import Actor, Change
from app.monitoring.shapes import QUESTIONS, SHAPES, VITALS
from app.visits.rules import OUTCOMES
from app.web import visiting
from tests.support.client import ApiClient
from tests.support.visit import NO_SYMPTOM, an_id
from tests.support.ward import NOW, Ward
from tests.support.ward_visit import DAY, a_visit, entered
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

CALL = {"called_at": "2026-04-29T10:00:00-04:00", "reached": True}


@pytest.fixture
def address(gated: ApiClient, ward: Ward) -> str:
    return a_visit(gated, ward)


def test_the_whole_visit_is_on_one_page(visit: Visit, ward: Ward, address: str) -> None:
    page = visit("nurse", address)
    assert page.status_code == 200
    told = flat(page.text)
    for expected in (
        "Visit of 27 Apr 2026",
        "Thrombosis Stop the infusion and call for help",
        "Elapsed 2 h 00 min",
        "Given 16 g of 20 g ordered",
        "Vital signs not all in time 7 not in time",
        "Outcome given in part",
        "name, birth date, 08:32",
        "Weight 83 kg",
        "Risk of thrombosis: no",
        "LOT-&lt;B&gt; new lot",
        "4 g 40 mL, Stopped.",
        "900 10.8 18.1 over the limit 10.84 is over the limit of 5.4 mL/kg/h",
        "Because: Ordered so.",
        "not in time",
        "Missed",
        "Chest pain, grade 3 red flag",
        "at 900 mL/h. Done: stopped. Resolved",
        "Dr Lee was told 27 Apr 2026, 10:45.",
        "Opened 20 g",
        "Wasted 4 g",
        "\u22124 g (\u221220 %), more than the 5 % that the order allows",
        "every gram that was opened was infused or wasted",
        "Nobody signed yet.",
        "Nurse Kim Okafor",
        "First call: due",
    ):
        assert expected in told, expected
    assert 'class="value side-right"' in page.text
    assert f'href="{address}"' in visit("physician", ward.record).text
    assert f'href="{address}"' in visit("patient", f"{ward.record}/schedule?without_report=1").text
    assert visit("patient", address).status_code == 200
    assert visit("pharmacist", address).status_code == 200
    assert visit("coordinator", address).status_code == 403
    assert visit("stranger", address).status_code == 404


def signing(page: str) -> dict[str, str]:
    """Return the fields of the form that signs, as the page holds them."""
    return dict(re.findall(r'name="(fingerprint|signature)" value="([^"]+)"', page))


def test_a_visit_is_signed_as_it_is_shown(visit: Visit, ward: Ward, address: str) -> None:
    assert "Nothing is missing" in visit("nurse", address).text
    form = signing(visit("nurse", address).text)
    assert visit("patient", f"{address}/sign", form=form).status_code == 403
    assert visit("nurse", f"{address}/sign", form={**form, "fingerprint": "0"}).status_code == 412
    for _ in range(2):  # sent twice, signed once
        assert visit("nurse", f"{address}/sign", form=form).status_code == 303
    page = flat(visit("nurse", address).text)
    assert page.count("Signed by Kim Okafor, nurse, 29 Apr 2026, 11:00.") == 1
    assert "It stands as it was signed." in page
    assert "Sign this visit" not in page
    with ward.database.writing() as session:
        row = session.scalars(select(VialRow).where(VialRow.lot == "LOT-A")).one()
        change = Change(Actor("Dr Lee"), NOW, "Read again.")
        history.amend(session, row, {"serial": "77"}, change=change)
        vial_id = row.id
    late = {**form, "signature": str(uuid.uuid4())}
    assert visit("physician", f"{address}/sign", form=late).status_code == 412
    page = flat(visit("physician", address).text)
    assert "Amended since: a vial was corrected by Dr Lee, 29 Apr 2026, 11:00" in page
    assert "Sign this visit" in page
    told = flat(visit("nurse", f"{ward.record}/history/vials/{vial_id}").text)
    assert "serial — 77" in told


def test_what_is_missing_is_said_and_nothing_can_be_signed(
    visit: Visit, gated: ApiClient, ward: Ward
) -> None:
    row_id = an_id()
    entered(gated, ward, "visits", {"id": row_id, "planned_on": DAY, "outcome": "given"})
    page = visit("nurse", f"/visits/{row_id}")
    told = flat(page.text)
    for expected in ("Still missing", "Infusion : name the infusion", "Vials : record every vial"):
        assert expected in told
    assert "Sign this visit" not in page.text
    record = gated.get(f"/api/v1/visits/{row_id}/record", headers=ward.headers("nurse")).json()
    form = {"fingerprint": record["fingerprint"], "signature": str(uuid.uuid4())}
    refused = visit("nurse", f"/visits/{row_id}/sign", form=form)
    assert refused.status_code == 422
    assert "It cannot be signed yet." in refused.text
    assert visit("nurse", f"/visits/{uuid.uuid4()}").status_code == 404


def test_calls_that_are_due_and_a_red_flag_on_the_phone(
    visit: Visit, gated: ApiClient, ward: Ward, address: str
) -> None:
    page = visit("physician", "/calls")
    assert f'href="{address}"' in page.text
    assert "Due now 1" in flat(page.text)
    assert "first call Call by 30 Apr 2026" in flat(page.text)
    symptoms = {**NO_SYMPTOM, "dark_urine": "yes"}
    body = {**CALL, "visit_id": address.rpartition("/")[2], "symptoms": symptoms}
    entered(gated, ward, "follow-up-calls", {**body, "advice": "Come at once."})
    assert "No call is due." in visit("nurse", "/calls").text
    assert "Made 29 Apr 2026, 10:00" in flat(visit("nurse", "/calls").text)
    told = flat(visit("nurse", address).text)
    assert "Haemolysis Call the physician now" in told
    assert "said on the phone" in told
    assert "dark urine. Advice: Come at once." in told
    assert "A call appears here" in visit("stranger", "/calls").text
    assert visit("coordinator", "/calls").status_code == 403


def test_everything_has_words() -> None:
    assert set(visiting.QUESTIONS) == set(QUESTIONS)
    assert set(visiting.VITALS) == set(VITALS)
    assert set(visiting.OUTCOMES) == set(OUTCOMES)
    (reasons,) = [
        field.options for field in SHAPES["rate"].fields if field.field == "details.reason"
    ]
    assert set(visiting.REASONS) == set(reasons)
    assert visiting.gap_label("vials[1].looks_right") == "Vial 2"
    assert visiting.gap_label("something_new") == "Something new"
    assert visiting.format_details({"attempts": 2, "gauge": 22.0, "side": None}) == (
        "attempts: 2; gauge: 22"
    )
