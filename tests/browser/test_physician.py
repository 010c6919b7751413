"""A physician goes from the work list to an acknowledgement, and to the patient on one sheet."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.browser import accessibility_faults
from tests.support.ward import NOW, Ward, a_ward


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


def test_a_physician_goes_from_the_work_list_to_acknowledgement(page: Page, ward: Ward) -> None:
    ward.let_in(page.context, "physician")
    page.goto("/")
    row = page.locator(".line", has_text="In 4 of the last 4 intervals").first
    row.locator("summary", has_text="Review").click()
    row.get_by_label("Reason").fill("Known; the plan changes at the visit.")
    assert accessibility_faults(page) == []
    row.get_by_role("button", name="Acknowledge").click()

    said = page.get_by_text("Acknowledged · Dr Lee")
    expect(said).to_have_count(1)
    expect(page.get_by_text("Known; the plan changes at the visit.")).to_have_count(1)

    # Another one of the team sees who said what, and may not say anything.
    page.context.clear_cookies()
    ward.let_in(page.context, "nurse")
    page.goto("/worklist")
    expect(page.get_by_text("Acknowledged · Dr Lee")).to_have_count(1)
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_the_lists_fit_a_phone_and_everybody(phone: Page, ward: Ward) -> None:
    ward.let_in(phone.context, "physician")
    for path in ("/worklist", "/digest", "/cohort", f"{ward.record}/summary"):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert accessibility_faults(phone) == [], path
