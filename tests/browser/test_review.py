"""The physician's review in a browser: read by keyboard, moved through time, in both themes."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from app.config import Settings
from app.db import Database
from app.findings.service import analyse_stale
from app.main import create_app
from tests.support.browser import accessibility_faults, colour_faults
from tests.support.gate import OpenGuard
from tests.support.many_findings import more_findings
from tests.support.story import FIFTH, a_wearing_off_patient

NOW = FIFTH + timedelta(days=2)


@pytest.fixture
def app(settings: Settings, cache: Path) -> FastAPI:
    with_cache = settings.model_copy(update={"cache_dir": cache})
    return create_app(with_cache, clock=lambda: NOW, gate=OpenGuard())


_HIGHEST_PLOT = 500  # pixels from the top: more than half of it in sight on a laptop


@pytest.fixture
def review(page: Page, database: Database) -> Page:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    page.goto(f"/patients/{patient.id}")
    page.locator('#review[data-state="complete"]').wait_for()
    return page


def test_a_chart_is_read_with_the_arrow_keys(review: Page) -> None:
    plot = review.locator('[data-chart="modal"] .plot').first
    plot.focus()
    review.keyboard.press("Home")
    expect(plot).to_have_attribute("aria-valuenow", "1")
    expect(review.locator(".readout").first).to_contain_text("Day 2: median")
    review.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("Day 3: median .* readings: 4"))


def test_all_charts_follow_the_time_that_is_chosen(review: Page) -> None:
    expect(review.locator("#window-shown")).to_contain_text("Shown: 5 Jan 2026 to 29 Apr 2026")
    review.get_by_role("button", name="3 months").click()
    expect(review.locator("#window-shown")).to_contain_text("Shown: 29 Jan 2026")
    plot = review.locator('[data-chart="modal"] .plot').first
    plot.focus()
    review.keyboard.press("Home")
    # The first cycle ended on 2 February, so that it is still in sight; with "All" it is too.
    expect(review.locator(".readout").first).to_contain_text("readings: 4")
    review.get_by_role("button", name="Earlier").click()
    expect(review.locator("#window-shown")).to_contain_text("Shown: 5 Jan 2026")


def test_the_review_is_accessible_in_both_themes(review: Page) -> None:
    review.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    review.emulate_media(color_scheme="light")
    assert accessibility_faults(review) == []
    review.emulate_media(color_scheme="dark")
    assert colour_faults(review) == []
    fill = (
        "getComputedStyle(document.querySelector('[data-chart=modal] svg .mark-line path')).stroke"
    )
    dark = review.evaluate(fill)
    review.emulate_media(media="print")
    assert review.evaluate(fill) != dark


def test_many_findings_leave_the_chart_in_sight(page: Page, database: Database) -> None:
    with database.writing() as session:
        patient = a_wearing_off_patient(session)
    analyse_stale(database, now=lambda: NOW)
    with database.writing() as session:
        more_findings(session, patient.id, now=NOW)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/patients/{patient.id}")
    page.locator('#review[data-state="complete"]').wait_for()
    # Two stand in full, the others in one line each, which opens.
    expect(page.locator(".findings > .finding")).to_have_count(2)
    expect(page.locator(".finding-line")).to_have_count(5)
    box = page.locator('[data-chart="modal"]').first.bounding_box()
    assert box is not None
    assert box["y"] < _HIGHEST_PLOT
    line = page.locator(".finding-line", has_text="Slow decline")
    line.locator("summary").first.click()
    expect(line.locator(".sentence")).to_contain_text("In 4 of the last 4 intervals")
