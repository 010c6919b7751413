"""The pages in a browser: readable on a desk and on a phone, in light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from app.config import Settings
from app.db import Database
from app.findings.service import analyse_stale
from app.main import create_app
from tests.support.browser import accessibility_faults, colour_faults
from tests.support.gate import OpenGuard
from tests.support.story import FIFTH, a_wearing_off_patient

NOW = FIFTH + timedelta(days=2)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings, clock=lambda: NOW, gate=OpenGuard())


@pytest.fixture
def patient_path(database: Database) -> str:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    return f"/patients/{patient.id}"


def is_as_wide_as_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_the_list_to_the_patient_and_a_table_twin(page: Page, patient_path: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="W-1").click()
    assert patient_path in page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wanda")
    expect(page.locator('[data-chart="modal"] svg').first).to_be_visible()
    page.get_by_text("The numbers of this chart").first.click()
    expect(page.get_by_role("columnheader", name="Median")).to_be_visible()


def test_the_pages_are_accessible(page: Page, patient_path: str) -> None:
    for path in ("/", patient_path):
        page.emulate_media(color_scheme="light")
        page.goto(path)
        assert accessibility_faults(page) == []
        page.emulate_media(color_scheme="dark")
        assert colour_faults(page) == []


def test_on_a_phone_nothing_is_wider_than_the_screen(phone: Page, patient_path: str) -> None:
    for path in ("/", patient_path):
        phone.goto(path)
        assert is_as_wide_as_the_screen(phone)
    expect(phone.locator('[data-chart="modal"] svg').first).to_be_visible()
