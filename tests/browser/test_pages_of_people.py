"""Every page behind the sign-in: accessible in light and dark, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.config import Settings
from app.db import Database
from app.main import create_app
from app.plans.tables import PlanRow
from app.products.tables import ProductRow
from tests.support.browser import Watch, accessibility_faults
from tests.support.client import ApiClient
from tests.support.clinic import PRODUCT
from tests.support.ward import NOW, Ward, a_ward
from tests.support.ward_visit import a_visit

NARROW: Final[Any] = {"width": 360, "height": 740}
PAGES: Final = {
    None: ("/sign-in", "/sign-in/link"),
    "patient": (
        *("{record}", "{record}/access-log", "{record}/access-log?of=lists"),
        *("{record}/care-team", "/account", "/account/recovery-codes", "/patients"),
    ),
    "physician": (
        *("/worklist", "{record}", "{record}/care-team", "{record}/history/plans/{plan}"),
        *("{visit}", "/calls"),
    ),
    "stranger": ("/emergency", "/worklist", "{record}"),
    "coordinator": (
        "/patients",
        "{record}/care-team",
        "{record}",
        "/schedule",
        "{record}/schedule",
        "/plans/{plan}/conversion?weight_kg=83",
    ),
    "pharmacist": ("/lots?lot=LOT-A", "{recall}", "/products", "{product}", "{product}/history"),
    "administrator": ("/accounts", "/accounts/{nurse}", "/account"),
}


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


@pytest.fixture
def app(settings: Settings, ward: Ward) -> FastAPI:
    return create_app(settings, clock=lambda: NOW)


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
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = []
    for scheme in ("light", "dark"):
        wanted: Literal["light", "dark"] = "dark" if scheme == "dark" else "light"
        page.emulate_media(color_scheme=wanted)
        found += [f"{scheme}: {fault}" for fault in accessibility_faults(page)]
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("wider than a phone")
    return found


def a_recall(client: ApiClient, ward: Ward) -> str:
    """Recall a lot of the visit; return the address of the recall's page."""
    body = {"lot": "LOT-A", "announced_on": "2026-04-28", "source": "Letter of the maker"}
    address = f"/api/v1/clinics/{ward.clinic_id}/recalls"
    done = client.post(address, json=body, headers=ward.headers("pharmacist"))
    return f"/recalls/{done.json()['id']}"


def test_every_page_is_accessible_and_fits(
    browser: Browser, server: str, settings: Settings, ward: Ward
) -> None:
    with ward.database.reading() as session:
        plan_id = session.scalars(select(PlanRow.id)).one()
        product_id = session.scalars(select(ProductRow.id).where(ProductRow.key == PRODUCT)).one()
    names = {"record": ward.record, "plan": plan_id, "nurse": ward.people["nurse"].id}
    # Another application on the same database: the served one would be shut down with the client.
    with ApiClient(create_app(settings, clock=lambda: NOW)) as client:
        visit = a_visit(client, ward)
        recall = a_recall(client, ward)
    names |= {"visit": visit, "recall": recall, "product": f"/products/{product_id}"}
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
