"""The language of a page: the chosen one, else the account's, else the browser's, else English."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from app.web import format as words
from app.web.i18n import COOKIE, LOCALES, choose_locale, forms
from tests.support.client import ApiClient
from tests.support.ward import Ward
from tests.web.conftest import Visit

FORM = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}


def lang(text: str) -> str:
    found = re.search(r'<html lang="([a-z]+)"', text)
    assert found is not None
    return found[1]


def test_a_browser_says_what_it_reads(gated: ApiClient) -> None:
    for wanted, spoken in (
        ("", "en"),
        ("de-CH,de;q=0.9,en;q=0.5", "de"),
        ("pt,fr;q=0.5", "fr"),
        ("es;q=0,fr", "fr"),
        ("xx", "en"),
        ("*", "en"),
    ):
        answer = gated.get("/sign-in", headers={"accept-language": wanted})
        assert lang(answer.text) == spoken


def test_an_error_is_in_the_language_too(gated: ApiClient) -> None:
    for path in ("/nowhere", "/sign-in/nowhere"):
        answer = gated.get(path, headers={"accept-language": "fr"})
        assert answer.status_code == 404
        assert lang(answer.text) == "fr"


def test_a_language_is_chosen_without_an_account(gated: ApiClient) -> None:
    page = gated.get("/sign-in?next=/account").text
    assert 'action="/language"' in page
    assert 'name="next" value="/sign-in?next=/account"' in page
    for name in ("English", "Español", "Français", "Deutsch"):
        assert f">{name}</button>" in page
    answer = gated.post("/language", data={"locale": "de", "next": "/sign-in"}, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=de; ")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=31536000"} <= set(cookie.split("; "))


def test_a_choice_leads_nowhere_else(gated: ApiClient) -> None:
    for onward in ("https://evil.example/", "//evil.example", "/\\evil", ""):
        answer = gated.post("/language", data={"locale": "de", "next": onward}, headers=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    strange = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    answer = gated.post("/language", data={"locale": "de"}, headers=strange)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_what_is_no_language_is_refused(gated: ApiClient) -> None:
    answer = gated.post("/language", data={"locale": "../../x"}, headers=FORM)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


def test_a_choice_is_kept_with_the_account(visit: Visit, ward: Ward) -> None:
    assert 'action="/account/language"' in visit("patient", ward.record).text
    form = {"locale": "es", "next": "/account"}
    answer = visit("patient", "/account/language", form=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    elsewhere = visit("patient", "/account")  # without the cookie
    assert lang(elsewhere.text) == "es"
    assert elsewhere.headers["set-cookie"].startswith(f"{COOKIE}=es; ")
    assert lang(visit("nurse", "/account").text) == "en"
    visit("patient", "/account/language", form={"locale": "fr", "next": "/account"})
    assert lang(visit("patient", "/account").text) == "fr"


@pytest.mark.parametrize(
    ("locale", "day", "weekday", "short", "number", "fall"),
    [
        ("en", "1 Sep 2026", "Tuesday, 1 Sep 2026", "Tue 1 Sep", "12.3", "28 % of"),
        ("es", "1 sept 2026", "martes, 1 sept 2026", "mar, 1 sept", "12,3", "28 % "),
        ("fr", "1 sept. 2026", "mardi, 1 sept. 2026", "mar. 1 sept.", "12,3", "28"),
        ("de", "1. Sept. 2026", "Dienstag, 1. Sept. 2026", "Di., 1. Sept.", "12,3", "28"),
    ],
)
def test_dates_and_numbers_are_those_of_the_language(
    locale: str, day: str, weekday: str, short: str, number: str, fall: str
) -> None:
    choose_locale(locale)
    assert words.format_date(date(2026, 9, 1)) == day
    assert words.format_weekday(date(2026, 9, 1)) == weekday
    assert words.format_day_of_week(date(2026, 9, 1)) == short
    assert words.format_number(12.34) == number
    assert words.format_instant(datetime(2026, 9, 1, 7, 5, tzinfo=UTC), "UTC") == f"{day}, 07:05"
    assert fall.split(maxsplit=1)[0] in words.format_setting_value("threshold.walk_10m_s", 0.28)


def test_a_counted_message_keeps_its_place_for_the_number() -> None:
    for locale in LOCALES:
        choose_locale(locale)
        made = forms("{n} entry not yet sent", "{n} entries not yet sent")
        assert set(made) == {"one", "other"}
        assert all("{n}" in text for text in made.values())
