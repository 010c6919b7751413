"""Each role's pages: where work begins, what is there, and what is not."""

from __future__ import annotations

import pytest

from app.accounts.rules import Lifetimes, Strength
from app.accounts.sessions import Beginning, Way, create_session
from app.findings.service import analyse_stale
from app.kit.access import SESSION_COOKIE
from tests.support.client import ApiClient
from tests.support.ward import NAMES, NOW, Ward
from tests.web.conftest import Visit


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("physician", "/worklist"),
        ("coordinator", "/schedule"),
        ("pharmacist", "/lots"),
        ("administrator", "/accounts"),
    ],
)
def test_work_begins_at_a_page_of_its_own(visit: Visit, who: str, path: str) -> None:
    assert visit(who, "/").headers["location"] == path
    page = visit(who, path)
    assert page.status_code == 200
    assert f"<b>{NAMES[who]}</b>" in page.text
    assert 'action="/sign-out"' in page.text


def test_a_nurse_begins_with_the_visits(visit: Visit) -> None:
    assert visit("nurse", "/").headers["location"] == "/day"
    page = visit("nurse", "/day")
    assert page.status_code == 200
    # The page is the same for everybody, and filled on the device.
    assert NAMES["nurse"] not in page.text


@pytest.mark.parametrize("who", ["patient", "proxy"])
def test_patients_and_proxies_begin_with_today(visit: Visit, ward: Ward, who: str) -> None:
    assert visit(who, "/").headers["location"] == "/today"
    page = visit(who, f"{ward.record}?without_report=1")
    assert page.status_code == 200
    assert f"<b>{NAMES[who]}</b>" in page.text
    assert '<html lang="en" class="large">' in page.text
    assert "Who looked at" in page.text
    assert "Emergency" not in page.text


def test_whoever_is_enrolling_does_that_first(gated: ApiClient, ward: Ward) -> None:
    beginning = Beginning(NOW, "Firefox on Linux", Lifetimes())
    with ward.database.writing() as session:
        secret = create_session(
            session,
            ward.people["nurse"],
            beginning,
            way=Way.LINK,
            strength=Strength.ENROLLING,
        ).secret
    headers = {"cookie": f"{SESSION_COOKIE}={secret}"}
    assert gated.get("/", headers=headers).headers["location"] == "/enrol"
    assert gated.get("/worklist", headers=headers).status_code == 403
    for path in ("/enrol", "/account"):
        page = gated.get(path, headers=headers)
        assert page.status_code == 200
        assert "Welcome, Kim Okafor" in page.text
    assert gated.get("/account/recovery-codes", headers=headers).headers["location"] == "/enrol"


@pytest.mark.parametrize("who", ["coordinator", "pharmacist"])
def test_the_plain_list_has_names_and_dates_and_nothing_of_strength(
    visit: Visit, ward: Ward, who: str
) -> None:
    analyse_stale(ward.database, now=lambda: NOW)
    page = visit(who, "/patients")
    assert page.status_code == 200
    assert "Next course" in page.text
    assert "missed: was due 2 Mar 2026" in page.text
    for absent in ("Findings", "MMN", "finding", f'href="{ward.record}"'):
        assert absent not in page.text
    assert ("care-team" in page.text) is (who == "coordinator")


def test_the_list_of_a_patient_holds_their_own_record_only(visit: Visit, ward: Ward) -> None:
    assert f'href="{ward.record}"' in visit("patient", "/patients").text
    assert "No patients yet" in visit("stranger", "/patients").text
    assert "0 patients" in visit("stranger", "/worklist").text


def test_the_worklist_leads_to_pages_that_open(visit: Visit, ward: Ward) -> None:
    assert f'href="{ward.record}"' in visit("physician", "/worklist").text
    assert visit("physician", ward.record).status_code == 200
