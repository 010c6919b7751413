"""Accounts as their administrators see them, and the own account, as pages."""

from __future__ import annotations

import re
import uuid

from app.accounts.tables import AccountRow
from tests.support.client import ApiClient
from tests.support.people import ORIGIN, an_account
from tests.support.ward import Ward
from tests.web.conftest import Visit

HEADERS = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}


def test_an_account_is_made_invited_and_used_once(
    visit: Visit, gated: ApiClient, ward: Ward
) -> None:
    form = {"name": "Nils <Ny>", "login": "nils", "role": "nurse"}
    made = visit("administrator", "/accounts", form=form)
    assert made.status_code == 303
    page = made.headers["location"]
    assert "Not set up yet." in visit("administrator", page).text
    first = visit("administrator", f"{page}/invite", form={}).text
    invited = visit("administrator", f"{page}/invite", form={}).text
    assert "Give this link to Nils &lt;Ny&gt; only" in invited
    assert "within 7 days" in invited
    for shown, status in ((first, 401), (invited, 303), (invited, 401)):
        found = re.search(r"http://localhost/sign-in/link#([\w-]+)", shown)
        assert found is not None
        answer = gated.post("/sign-in/link", data={"secret": found[1]}, headers=HEADERS)
        assert answer.status_code == status
    again = visit("administrator", "/accounts", form=form)
    assert again.status_code == 409
    assert 'value="nils"' in again.text


def test_faults_are_told_with_the_labels_of_the_form(visit: Visit) -> None:
    form = {"name": "", "login": "a b", "role": "king"}
    page = visit("administrator", "/accounts", form=form)
    assert page.status_code == 422
    for label in ("Name: ", "Login: ", "Role: "):
        assert f'<p class="error">{label}' in page.text


def test_the_installations_administrator_chooses_the_clinic(visit: Visit, ward: Ward) -> None:
    ward.people["root"] = an_account(ward.database, name="Root", login="root")
    assert '<select id="clinic"' not in visit("administrator", "/accounts").text
    assert '<select id="clinic"' in visit("root", "/accounts").text
    form = {"name": "Nils", "login": "nils", "role": "nurse"}
    assert visit("root", "/accounts", form={**form, "clinic": "x"}).status_code == 422
    assert visit("root", "/accounts", form={**form, "clinic": ""}).status_code == 422
    made = visit("root", "/accounts", form={**form, "clinic": str(ward.clinic_id)})
    with ward.database.reading() as session:
        account_id = uuid.UUID(made.headers["location"].rsplit("/", 1)[1])
        account = session.get_one(AccountRow, account_id)
        assert account.clinic_id == ward.clinic_id


def test_an_account_is_changed_disabled_and_enabled_with_a_reason(
    visit: Visit, gated: ApiClient, ward: Ward
) -> None:
    page = f"/accounts/{ward.people['nurse'].id}"
    form = {"name": "Kim Lind", "login": "kim"}
    assert visit("administrator", f"{page}/change", form=form).status_code == 422
    changed = visit("administrator", f"{page}/change", form={**form, "reason": "Married."})
    assert changed.status_code == 303
    assert "Kim Lind" in visit("administrator", page).text

    nurse = ward.headers("nurse")
    assert gated.get("/account", headers=nurse).status_code == 200
    assert visit("administrator", f"{page}/disable", form={"reason": "Left."}).status_code == 303
    assert gated.get("/account", headers=nurse).headers["location"] == "/sign-in?next=/account"
    assert "<b>Disabled.</b>" in visit("administrator", page).text
    assert visit("administrator", f"{page}/disable", form={"reason": "Left."}).status_code == 409
    assert visit("administrator", f"{page}/enable", form={"reason": "Back."}).status_code == 303
    own = f"/accounts/{ward.people['administrator'].id}"
    assert "/disable" not in visit("administrator", own).text
    assert visit("administrator", f"{own}/disable", form={"reason": "x"}).status_code == 409


def test_re_enrolment_needs_to_know_how_the_person_was_recognised(visit: Visit, ward: Ward) -> None:
    page = f"/accounts/{ward.people['nurse'].id}/re-enrol"
    refused = visit("administrator", page, form={})
    assert (refused.status_code, "sign-in/link#" in refused.text) == (422, False)
    made = visit("administrator", page, form={"recognised_by": "known-in-person"})
    assert (made.status_code, "sign-in/link#" in made.text) == (200, True)


def test_the_own_account_refuses_in_words_and_keeps_secrets_out_of_the_page(visit: Visit) -> None:
    assert "Not set up." in visit("nurse", "/account").text
    weak = visit("nurse", "/account/password", form={"new_password": "password2026"})
    assert weak.status_code == 422
    assert "New password: it is made of common passwords" in weak.text
    assert "password2026" not in weak.text
    assert visit("nurse", "/account/password/remove", form={}).status_code == 404
    token = visit("nurse", "/account/tokens", form={"label": "Backup", "days": "30"})
    assert token.status_code == 422
    assert "a token needs at least one permission" in token.text


def test_devices_are_listed_and_signed_out(visit: Visit, gated: ApiClient, ward: Ward) -> None:
    other = ward.headers("nurse")
    page = visit("nurse", "/account").text
    assert page.count("Firefox on Linux") == 2
    found = re.search(r"/account/sessions/([\w-]+)/end\"", page)
    assert found is not None
    assert visit("nurse", f"/account/sessions/{found[1]}/end", form={}).status_code == 303
    assert gated.get("/account", headers=other).status_code == 303


def test_a_wrong_password_is_told_as_nothing_in_particular(gated: ApiClient) -> None:
    for way in ("password", "recovery"):
        form = {"login": "nurse", "password": "three tired herons", "code": "123456"}
        page = gated.post(f"/sign-in/{way}", data=form, headers=HEADERS)
        assert page.status_code == 401
        assert "does not fit together" in page.text
        assert "herons" not in page.text
        assert "set-cookie" not in page.headers


def test_attempts_without_end_must_wait(gated: ApiClient) -> None:
    form = {"login": "nurse", "password": "x", "code": "1"}
    for _ in range(5):
        assert gated.post("/sign-in/password", data=form, headers=HEADERS).status_code == 401
    page = gated.post("/sign-in/password", data=form, headers=HEADERS)
    assert page.status_code == 429
    assert "Try again in" in page.text


def test_the_organisations_way_is_offered_where_there_is_one(gated: ApiClient) -> None:
    assert "organisation" not in gated.get("/sign-in").text.lower()
    failed = gated.get("/sign-in?problem=provider")
    assert failed.status_code == 401
    assert "did not lead to an account here" in failed.text
