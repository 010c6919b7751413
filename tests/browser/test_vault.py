"""What lies on a device when something around it changes: clocks, windows, servers, databases."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import delete, select

from app.accounts.tables import DeviceRow
from app.alarms.tables import AlarmRow
from app.config import Settings
from app.db import Database
from app.main import create_app
from app.web import shells
from tests.browser.test_patient_offline import app_of, sign_in
from tests.support.ward import Ward, a_ward

_OPEN: Final = """async (days) => {
  const base = document.querySelector("script[src$='worker.js']").src;
  const vault = await import(base.replace("worker.js", "vault.js"));
  const now = Date.now();
  Date.now = () => now + days * 86400000;
  const opened = await vault.openVault().finally(() => { Date.now = () => now; });
  return opened !== null;
}"""
_ENQUEUE: Final = """async (entries) => {
  const base = document.querySelector("script[src$='worker.js']").src;
  const { openVault } = await import(base.replace("worker.js", "vault.js"));
  const { enqueue } = await import(base.replace("worker.js", "outbox.js"));
  const vault = await openVault();
  for (const entry of entries) {
    await enqueue(vault, entry);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}"""
_KEPT_VERSION: Final = """async () => {
  const page = await caches.match("/today", { ignoreVary: true });
  return page.headers.get("X-Shell-Version");
}"""
_NOBODY: Final = "Nobody is signed in on this device"


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


def an_entry(ward: Ward, kind: str, **content: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    moments = {
        "alarms": {"noticed_at": now},
        "reports": {"observed_at": now, "entered_at": now},
    }[kind]
    body = {"id": str(uuid.uuid4()), "source": "patient", **moments, **content}
    path = f"/api/v1/patients/{ward.patient_id}/{kind}"
    return {"path": path, "what": f"one of {kind}", "body": body}


def a_report(ward: Ward, value: float) -> dict[str, Any]:
    values = [{"measure": "strength_nrs", "site": "right_hand", "value": value}]
    return an_entry(ward, "reports", values=values)


def sent_by(page: Page) -> list[str]:
    """Return the list to which the ids of all entries come that the page sends, in order."""
    ids: list[str] = []

    def noted(asked: Request) -> None:
        if asked.method == "POST" and asked.url.endswith(("/alarms", "/reports")):
            ids.append((asked.post_data_json or {})["id"])

    page.on("request", noted)
    return ids


def test_a_clock_that_goes_back_gives_the_key_no_days(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as page:
        page.context.set_offline(True)
        assert page.evaluate(_OPEN, 13)
        assert page.evaluate(_OPEN, 12.5)  # no device keeps time to the hour
        assert not page.evaluate(_OPEN, 5)
        assert not page.evaluate(_OPEN, 13)  # the key is gone, and does not come back
        page.context.set_offline(False)
        page.goto("/today")
        expect(page.get_by_role("link", name="Report how you are")).to_be_visible()


def test_signing_out_in_one_window_closes_the_records_in_the_others(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as page:
        other = page.context.new_page()
        other.goto("/account")
        other.get_by_role("button", name="Sign out", exact=True).tap()
        expect(page.get_by_text(_NOBODY)).to_be_visible()


def test_alarms_go_first_and_what_fails_holds_nothing_up(
    browser: Browser, server: str, ward: Ward
) -> None:
    refused, first, second = a_report(ward, 99), a_report(ward, 4), a_report(ward, 5)
    alarm = an_entry(ward, "alarms", signs=["dark_urine"])
    with app_of(browser, server, ward) as page:
        page.context.set_offline(True)
        page.evaluate(_ENQUEUE, [refused, first, second, alarm])
        expect(page.get_by_text("4 entries not yet sent")).to_be_visible()
        ill = [first["body"]["id"]]
        page.route(
            "**/reports",
            lambda route: (
                route.fulfill(status=503)
                if (route.request.post_data_json or {}).get("id") in ill
                else route.continue_()
            ),
        )
        asked = sent_by(page)
        page.context.set_offline(False)
        expect(page.get_by_text("99 is outside 0-10")).to_be_visible()
        expect(page.get_by_text("1 entry not yet sent")).to_be_visible()
        assert asked[:4] == [one["body"]["id"] for one in (alarm, refused, first, second)]
        ill.clear()
        page.get_by_role("button", name="Send now").tap()
        expect(page.get_by_text("1 entry not yet sent")).to_be_hidden()
        assert asked[-1] == first["body"]["id"]
        with ward.database.reading() as session:
            assert len(session.scalars(select(AlarmRow)).all()) == 1


def test_an_older_database_that_lost_the_device_loses_nothing_that_waits(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as page:
        page.context.set_offline(True)
        page.evaluate(_ENQUEUE, [a_report(ward, 4)])
        with ward.database.writing() as session:
            session.execute(delete(DeviceRow))
        page.context.set_offline(False)
        page.goto("/today")
        expect(page.get_by_role("status")).to_have_text("Everything is sent")
        expect(page.get_by_text("You have reported today")).to_be_visible()
        # The key was taken away: the device begins as a new one, which the server gives a key.
        page.goto("/account")
        page.get_by_role("button", name="Sign out", exact=True).tap()
        sign_in(ward, page.context, "patient")
        page.goto("/today")
        expect(page.get_by_role("link", name="Report again")).to_be_visible()
        with ward.database.reading() as session:
            assert len(session.scalars(select(DeviceRow)).all()) == 1


def test_a_page_of_another_version_is_shown_and_not_kept(
    browser: Browser, server: str, ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app_of(browser, server, ward) as page:
        page.goto("/today")
        kept = page.evaluate(_KEPT_VERSION)
        assert kept == shells.worker_version()
        monkeypatch.setattr(shells, "worker_version", lambda: "another")
        answer = page.goto("/today")
        assert answer is not None
        assert answer.headers["x-shell-version"] == "another"
        assert page.evaluate(_KEPT_VERSION) == kept
        page.context.set_offline(True)
        page.goto("/today")
        expect(page.get_by_role("link", name="Report how you are")).to_be_visible()
