"""A page whose session has ended by itself does not stay on the screen."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.browser import Watch
from tests.support.people import Clock
from tests.support.ward import NOW, Ward, a_ward


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(settings: Settings, clock: Clock) -> FastAPI:
    return create_app(settings, clock=clock)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


def test_an_idle_page_leads_to_the_sign_in(
    browser: Browser, server: str, ward: Ward, settings: Settings, clock: Clock
) -> None:
    with browser.new_context(base_url=server) as context:
        ward.let_in(context, "physician")
        page = context.new_page()
        watch = Watch(page, origin=server)
        page.clock.install()
        page.goto(ward.record)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Wanda")
        clock.move(minutes=settings.staff_idle_minutes, seconds=4)
        page.clock.fast_forward(settings.staff_idle_minutes * 60 * 1000)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Wanda")
        page.clock.fast_forward(10_000)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert watch.troubles == []
