"""Pages for whoever is not signed in, may not, or asks for what is not there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from app.kit.access import SESSION_COOKIE
from app.web.page_route import own_path
from tests.support.client import ApiClient
from tests.support.ward import NOW, Ward
from tests.web.conftest import Visit

HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/", True),
        ("/patients/1?series=grip_kpa@right_hand", True),
        ("/account#passkeys", True),
        (None, False),
        ("", False),
        ("account", False),
        ("//stranger.example", False),
        ("///stranger.example", False),
        ("/\\stranger.example", False),
        ("/a\\b", False),
        ("https://stranger.example", False),
        ("javascript:alert(1)", False),
        ("/\t/stranger.example", False),
        ("/a\nb", False),
        ("/ä", False),
        ("/" + "a" * 500, False),
    ],
)
def test_only_a_path_of_ours_is_led_to(text: str | None, expected: bool) -> None:
    assert own_path(text) == (text if expected else None)


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("/", ""),
        ("/account", "?next=/account"),
        ("/worklist?clinic=x", "?next=/worklist%3Fclinic%3Dx"),
        (f"/patients/{uuid.UUID(int=0)}", f"?next=/patients/{uuid.UUID(int=0)}"),
    ],
)
def test_strangers_are_sent_to_sign_in(gated: ApiClient, path: str, onward: str) -> None:
    answer = gated.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in{onward}")


def test_programs_are_not_sent_anywhere(gated: ApiClient) -> None:
    answer = gated.get("/api/v1/patients")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_form_of_nobody_leads_back_to_where_it_stood(gated: ApiClient) -> None:
    page = "http://localhost/account"
    headers = {"origin": "http://localhost", "sec-fetch-site": "same-origin", "referer": page}
    answer = gated.post("/account/sessions/end-others", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account")


def test_what_the_role_may_not_is_a_page(visit: Visit, ward: Ward) -> None:
    for who, path in (
        ("coordinator", ward.record),
        ("pharmacist", ward.record),
        ("nurse", "/accounts"),
        ("administrator", ward.record),
        ("administrator", "/worklist"),
        ("nurse", f"{ward.record}/access-log"),
    ):
        answer = visit(who, path)
        assert (answer.status_code, answer.headers["content-type"]) == (403, HTML)
        assert "You may not see or do this" in answer.text


def test_what_is_not_theirs_looks_like_what_is_not_there(visit: Visit, ward: Ward) -> None:
    theirs = visit("stranger", ward.record)
    nobodys = visit("stranger", f"/patients/{uuid.uuid4()}")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text == nobodys.text
    assert str(ward.patient_id) not in theirs.text


def test_what_cannot_be_an_address_is_absent(visit: Visit) -> None:
    for who, path in (
        ("nurse", "/patients/nobody"),
        ("nurse", "/nowhere"),
        ("administrator", "/accounts/x"),
    ):
        answer = visit(who, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, HTML)
    assert visit("physician", "/worklist?clinic=x").status_code == 422


def test_a_form_of_another_site_does_nothing(gated: ApiClient, ward: Ward) -> None:
    cookie = f"{SESSION_COOKIE}={ward.cookie('nurse')}"
    for told in (
        {"origin": "https://stranger.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "http://localhost", "sec-fetch-site": "same-site"},
        {"origin": "https://stranger.example"},
        {"sec-fetch-site": "none"},
        {},
    ):
        answer = gated.post("/sign-out", headers={"cookie": cookie, **told})
        assert (answer.status_code, answer.headers["content-type"]) == (403, HTML)
    still = gated.get("/account", headers={"cookie": cookie})
    assert still.status_code == 200


def test_signing_out_ends_the_session_and_clears_what_the_browser_kept(
    gated: ApiClient, ward: Ward
) -> None:
    headers = ward.headers("nurse")
    answer = gated.post("/sign-out", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert gated.get("/account", headers=headers).status_code == 303


def test_an_old_sign_in_is_asked_for_anew_before_the_account_is_changed(
    gated: ApiClient, ward: Ward
) -> None:
    cookie = f"{SESSION_COOKIE}={ward.cookie('nurse', now=NOW - timedelta(minutes=11))}"
    headers = {
        "cookie": cookie,
        "origin": "http://localhost",
        "sec-fetch-site": "same-origin",
        "referer": "http://localhost/account/recovery-codes",
    }
    answer = gated.post("/account/recovery-codes", headers=headers)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/account/recovery-codes"
