"""What the fixtures of these tests notice: a guard that sees nothing would pass every page."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser

from tests.support.browser import Watch, accessibility_faults

POLICY = {"content-security-policy": "default-src 'self'"}
PAGE = "<!doctype html><html lang='en'><title>A page</title><main><h1>A page</h1>{}</main></html>"
BAD = {
    "/style": "<p style='color: red'>Red</p>",
    "/script": "<script>document.title = 'changed'</script>",
    "/elsewhere": "<img alt='' src='http://127.0.0.1:9/spy.png'>",
}


@pytest.fixture
def app() -> FastAPI:
    """Serve pages with one fault each, in place of the application."""
    served = FastAPI()
    for path, content in {"/good": "", "/unnamed": "<img src='/x.png'>", **BAD}.items():
        page = HTMLResponse(PAGE.format(content), headers=POLICY)
        served.add_api_route(path, lambda page=page: page)
    return served


def troubles(browser: Browser, server: str, path: str) -> list[str]:
    with browser.new_context(base_url=server) as context:
        page = context.new_page()
        watch = Watch(page, origin=server)
        page.goto(path)
        return watch.troubles


@pytest.mark.parametrize("path", BAD)
def test_a_page_that_does_what_it_must_not_is_noticed(
    browser: Browser, server: str, path: str
) -> None:
    assert troubles(browser, server, path) != []


def test_a_good_page_is_no_trouble(browser: Browser, server: str) -> None:
    assert troubles(browser, server, "/good") == []


def test_axe_names_a_picture_without_words(browser: Browser, server: str) -> None:
    with browser.new_context(base_url=server) as context:
        page = context.new_page()
        page.goto("/unnamed")
        assert [fault.split(":")[0] for fault in accessibility_faults(page)] == ["image-alt"]
        page.goto("/good")
        assert accessibility_faults(page) == []
