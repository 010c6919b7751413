"""What every answer tells the browser to refuse, and under which names there is one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI

from app.config import Settings
from app.db import Database
from app.kit.access import public
from app.kit.headers import HSTS
from app.kit.routing import LONGEST_BODY
from app.main import create_app
from app.web.page_route import PageRoute
from tests.support.client import ApiClient
from tests.support.gate import OpenGuard

HERE = "http://localhost"
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types ivig-worker",
    "manifest-src 'self'",
    "worker-src 'self'",
}
EVERY_KIND = {
    "/sign-in": 200,
    "/openapi.json": 200,
    "/static/style.css": 200,
    "/static/nothing.css": 404,
    "/api/v1/patients": 200,
    "/api/v1/nothing": 404,
    "/nothing": 404,
    "/patients/00000000-0000-4000-8000-000000000001": 404,
    "/accident": 500,
}


def _fail() -> None:
    message = "Wanda Weak"
    raise RuntimeError(message)


@cache
def described() -> dict[str, Any]:
    """Return the document of the API: it takes two seconds to make, and is always the same."""
    return create_app(Settings(database_url="sqlite:///never-opened.db")).openapi()


def app_of(settings: Settings) -> FastAPI:
    app = create_app(settings, gate=OpenGuard())
    app.openapi_schema = described()
    app.router.add_api_route("/accident", public(_fail), route_class_override=PageRoute)
    return app


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(settings: Settings) -> Iterator[ApiClient]:
    with ApiClient(app_of(settings), raises=False) as opened:
        yield opened


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_answer_has_every_header(client: ApiClient, path: str) -> None:
    answer = client.get(path)
    headers = answer.headers
    assert answer.status_code == EVERY_KIND[path]
    assert set(headers["content-security-policy"].split("; ")) == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "publickey-credentials-get=(self)" in headers["permissions-policy"]
    assert "geolocation=()" in headers["permissions-policy"]
    assert "microphone=()" in headers["permissions-policy"]


@pytest.mark.parametrize("path", EVERY_KIND)
def test_nothing_but_our_own_scripts_and_styles_is_kept_by_a_browser(
    client: ApiClient, path: str
) -> None:
    kept = "no-cache" if path == "/static/style.css" else "no-store"
    assert client.get(path).headers["cache-control"] == kept


def test_a_script_that_a_browser_holds_is_not_sent_again(client: ApiClient) -> None:
    first = client.get("/static/style.css")
    again = client.get("/static/style.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_refusals_before_any_route_have_the_headers_too(client: ApiClient) -> None:
    too_long = client.post("/api/v1/patients", content=b" " * (LONGEST_BODY + 1))
    wrong_host = client.get("/", headers={"Host": "stranger.example"})
    for answer, status in ((too_long, 413), (wrong_host, 421)):
        assert answer.status_code == status
        assert set(answer.headers["content-security-policy"].split("; ")) == POLICY
        assert answer.headers["cache-control"] == "no-store"


def test_an_accident_of_a_page_is_a_page_that_says_nothing(client: ApiClient) -> None:
    answer = client.get("/accident")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Something went wrong on our side" in answer.text
    assert "Wanda" not in answer.text


def test_https_is_asked_for_where_it_is_spoken(settings: Settings) -> None:
    clinic = settings.model_copy(update={"origin": "https://ivig.example.org"})
    with ApiClient(app_of(clinic), raises=False) as client:
        for path, status in {**EVERY_KIND, "/": 303}.items():
            answer = client.get(path, headers={"Host": "ivig.example.org"})
            assert (answer.status_code, answer.headers["strict-transport-security"]) == (
                status,
                HSTS,
            )
        assert client.get("/sign-in").status_code == 421


def test_https_is_not_asked_for_on_localhost(client: ApiClient) -> None:
    assert "strict-transport-security" not in client.get("/sign-in").headers


@pytest.mark.parametrize(
    "host", ["stranger.example", "localhost.stranger.example", "192.168.1.7", "a b", ""]
)
def test_a_name_that_is_not_ours_gets_nothing(client: ApiClient, host: str) -> None:
    for path in ("/api/v1/patients", "/sign-in", "/static/style.css"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (421, "wrong-host")
    assert client.get("/api/v1/patients", headers={"Host": "localhost:9999"}).status_code == 200


def test_two_names_are_none(client: ApiClient) -> None:
    headers = [("Host", "localhost"), ("Host", "localhost")]
    assert client.get("/sign-in", headers=headers).status_code == 421


def test_pages_at_a_bare_address_lead_to_localhost(client: ApiClient) -> None:
    bare = {"Host": "127.0.0.1:8000"}
    answer = client.get("/patients/a%2Fb?series=x&y=%20z", headers=bare)
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://localhost:8000/patients/a%2Fb?series=x&y=%20z"
    elsewhere = client.get("//stranger.example/", headers=bare)
    assert elsewhere.headers["location"].startswith("http://localhost:8000/")


def test_programs_may_use_the_bare_address(client: ApiClient, database: Database) -> None:
    for path in ("/api/v1/patients", "/openapi.json", "/static/style.css"):
        assert client.get(path, headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_a_picture_that_is_text_says_how_it_is_written(client: ApiClient) -> None:
    assert client.get("/static/icon.svg").headers["content-type"] == "image/svg+xml; charset=utf-8"
