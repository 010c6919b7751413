"""Every page behind the sign-in: accessible in light and dark, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.all_pages import PAGES, addresses, settle
from tests.support.browser import Watch, accessibility_faults, colour_faults
from tests.support.ward import NOW, Ward, a_ward

NARROW: Final[Any] = {"width": 360, "height": 740}


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


@pytest.fixture
def app(settings: Settings, ward: Ward, cache: Path) -> FastAPI:
    with_cache = settings.model_copy(update={"cache_dir": cache})
    return create_app(with_cache, clock=lambda: NOW)


@contextmanager
def signed_in(browser: Browser, server: str, ward: Ward, who: str | None) -> Iterator[Page]:
    with browser.new_context(base_url=server, viewport=NARROW) as context:
        if who is not None:
            ward.let_in(context, who)
        page = context.new_page()
        watch = Watch(page, origin=server)
        yield page
        assert watch.troubles == []


def faults(page: Page) -> list[str]:
    settle(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = []
    page.emulate_media(color_scheme="light")
    found += [f"light: {fault}" for fault in accessibility_faults(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in colour_faults(page)]
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("wider than a phone")
    return found


def test_every_page_is_accessible_and_fits(
    browser: Browser, server: str, settings: Settings, ward: Ward
) -> None:
    # Another application on the same database: the served one would be shut down with the client.
    names = addresses(create_app(settings, clock=lambda: NOW), ward)
    found = {}
    for who, paths in PAGES.items():
        with signed_in(browser, server, ward, who) as page:
            for path in paths:
                answer = page.goto(path.format(**names))
                is_shown = answer is not None and answer.status in (200, 403, 404)
                found[f"{who} {path}"] = faults(page) if is_shown else ["it is not shown"]
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


def test_a_patient_finds_out_who_looked(browser: Browser, server: str, ward: Ward) -> None:
    with signed_in(browser, server, ward, "physician") as page:
        page.goto("/")
        page.get_by_role("link", name="W-1").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Wanda")
    with signed_in(browser, server, ward, "patient") as page:
        page.goto("/")
        size = page.evaluate("getComputedStyle(document.body).fontSize")
        assert size == "18px"
        page.goto(f"{ward.record}/course?without_report=1")
        page.get_by_role("link", name="Who looked at my record").click()
        expect(page.get_by_text("Dr Lee, physician, opened the page")).to_be_visible()
        page.get_by_role("link", name="Lists and exports").click()
        expect(page.get_by_text("Dr Lee, physician, opened the work list")).to_be_visible()


def test_the_keyboard_reaches_everything(browser: Browser, server: str, ward: Ward) -> None:
    with signed_in(browser, server, ward, "patient") as page:
        page.goto("/account")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        for _ in range(4):
            page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name="Sign out")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
