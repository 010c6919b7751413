"""The patient's app without a network: nothing is lost, nothing doubled, nobody else reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import select

from app.accounts.acts import recorded
from app.accounts.devices import revoke_devices
from app.accounts.tables import AccountRow
from app.alarms.tables import AlarmRow
from app.clinics.rules import ClinicDraft
from app.clinics.service import amend_clinic, get_clinic
from app.config import Settings
from app.db import Database
from app.diary.rules import DiaryDraft
from app.diary.service import DIARY
from app.kit.access import SESSION_COOKIE
from app.kit.history import Actor, Change
from app.main import create_app
from app.patients import entries
from app.patients.service import get_patient
from app.reports.tables import ReportRow
from tests.browser.conftest import PHONE
from tests.support.browser import Watch, accessibility_faults
from tests.support.clinic import entering
from tests.support.people import a_log
from tests.support.ward import NOW, Ward, a_ward

# Everything that the databases of a page hold, as text; what is binary as its bytes.
_EVERYTHING: Final = """async () => {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((resolve) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
      });
      for (const row of rows) {
        const text = (value) => value instanceof Uint8Array
          ? String.fromCharCode(...value) : JSON.stringify(value);
        found.push(Object.entries(row).map(([key, value]) => `${key}=${text(value)}`).join(" "));
      }
    }
    database.close();
  }
  return found.join("\\n");
}"""
_VAULT: Final = """async (days) => {
  const { default: _, ...vault } = await import(
    document.querySelector("script[src$='worker.js']").src.replace("worker.js", "vault.js"));
  const now = Date.now();
  Date.now = () => now + days * 86400000;
  const opened = await vault.openVault();
  return opened === null ? null : opened.names();
}"""


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


def sign_in(ward: Ward, context: BrowserContext, who: str) -> None:
    cookie: Any = {
        "name": SESSION_COOKIE,
        "value": ward.cookie(who, now=datetime.now(UTC)),
        "url": "https://localhost",
    }
    context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Lax"}])


@contextmanager
def app_of(browser: Browser, server: str, ward: Ward, who: str = "patient") -> Iterator[Page]:
    """Open the app once with a network, so that it is there without one."""
    with browser.new_context(base_url=server, **PHONE) as context:  # type: ignore[arg-type]
        sign_in(ward, context, who)
        page = context.new_page()
        watch = Watch(page, origin=server)
        page.goto("/today")
        expect(page.get_by_role("status")).to_have_text("Everything is sent")
        page.evaluate("async () => { await navigator.serviceWorker.ready; }")
        yield page
        assert watch.troubles == []


def answer_all(page: Page) -> int:
    """Answer every question with a tap, up to the last screen; return how many there were."""
    progress = page.locator("#progress")
    expect(progress).to_contain_text("Question 1 of")
    questions = int(progress.inner_text().rpartition(" ")[2])
    for number in range(1, questions + 1):
        expect(progress).to_have_text(f"Question {number} of {questions}")
        page.locator("#screen").get_by_role("button").nth(2).tap()
    expect(page.get_by_role("button", name="Send report")).to_be_visible()
    return questions


def reports(ward: Ward) -> int:
    """Count the reports of the patient's own hand."""
    with ward.database.reading() as session:
        since = datetime.now(UTC).replace(hour=0, minute=0, second=0)
        statement = select(ReportRow.id).where(ReportRow.recorded_at >= since)
        return len(session.scalars(statement).all())


def lose_an_answer(context: BrowserContext) -> None:
    """Let the server store what is sent, and kill the page before the answer comes."""
    page = context.new_page()

    def store_and_lose(route: Route) -> None:
        route.fetch()
        route.abort()

    with page.expect_event("requestfailed"):
        page.route("**/reports", store_and_lose)
        page.goto("/today")
    expect(page.get_by_text("1 entry not yet sent")).to_be_visible()
    page.close()


def test_a_report_without_a_network_arrives_once_though_the_tab_is_killed(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as first:
        context = first.context
        context.set_offline(True)
        first.goto("/report")
        first.locator("#screen").get_by_role("button").nth(7).tap()
        expect(first.locator("#progress")).to_contain_text("Question 2")
        first.close()  # in the middle: what was answered is still there

        second = context.new_page()
        second.goto("/report")
        expect(second.locator("#progress")).to_contain_text("Question 2")
        second.get_by_role("button", name="Back").tap()
        expect(second.get_by_role("button", name="7 of 10")).to_have_attribute(
            "aria-pressed", "true"
        )
        answer_all(second)
        second.get_by_role("button", name="Send report").tap()
        expect(second.get_by_text("kept on this device")).to_be_visible()
        expect(second.get_by_text("1 entry not yet sent")).to_be_visible()
        second.close()
        assert reports(ward) == 0

        context.set_offline(False)
        lose_an_answer(context)
        assert reports(ward) == 1

        fourth = context.new_page()
        fourth.goto("/today")
        expect(fourth.get_by_role("status")).to_have_text("Everything is sent")
        expect(fourth.get_by_text("You have reported today")).to_be_visible()
        assert reports(ward) == 1


def test_something_wrong_is_told_without_a_network(
    browser: Browser, server: str, ward: Ward
) -> None:
    with ward.database.writing() as session:
        clinic = get_clinic(session, ward.clinic_id)
        draft = ClinicDraft(clinic.name, "+44 (0)20 7946 0000")
        amend_clinic(session, Change(Actor("Ada"), datetime.now(UTC)), clinic=clinic, draft=draft)
    with app_of(browser, server, ward) as page:
        page.context.set_offline(True)
        page.goto("/wrong")
        expect(page.get_by_text("Call your emergency number now")).to_be_visible()
        phone = page.get_by_role("link", name="Call your clinic: +44 (0)20 7946 0000")
        expect(phone).to_have_attribute("href", "tel:+442079460000")
        page.get_by_role("checkbox", name="My urine is dark").check()
        page.get_by_role("button", name="Tell my clinic").tap()
        expect(page.get_by_text("Kept on this device")).to_be_visible()
        assert accessibility_faults(page) == []
        page.context.set_offline(False)
        expect(page.get_by_text("Everything is sent")).to_be_visible()
        with ward.database.reading() as session:
            assert [row.signs for row in session.scalars(select(AlarmRow))] == [["dark_urine"]]


def test_a_usual_day_takes_six_taps_and_shows_nothing_that_makes_the_dip(
    browser: Browser, server: str, ward: Ward
) -> None:
    daily = ("strength_nrs@right_hand", "strength_nrs@left_hand", "cramp_nrs@right_hand")
    with ward.database.writing() as session:
        patient = get_patient(session, ward.patient_id)
        draft = DiaryDraft((*daily, "ability_buttons@global"))
        entries.create(entering(session, now=NOW), DIARY, patient=patient, row_id=None, draft=draft)
    with app_of(browser, server, ward) as page:
        assert page.locator("svg").count() == 0
        assert "Next infusion" not in page.locator("body").inner_text()
        page.get_by_role("link", name="Report how you are").tap()  # 1
        assert answer_all(page) == 4  # 2 to 5
        assert accessibility_faults(page) == []
        page.get_by_role("button", name="Send report").tap()  # 6
        expect(page.get_by_text("Your clinic has your report")).to_be_visible()
        assert reports(ward) == 1


def test_nobody_else_reads_what_lies_on_the_device(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as page:
        stored = page.evaluate(_EVERYTHING)
        for secret in ("Wanda", "right_hand", "strength_nrs", str(ward.patient_id)):
            assert secret not in stored
        assert page.evaluate(_VAULT, 0) == ["patients", f"today/{ward.patient_id}"]
        # Another person signs in on the same device: the first one's key is gone.
        page.context.clear_cookies()
        sign_in(ward, page.context, "proxy")
        page.goto("/today")
        expect(page.get_by_role("heading", name="Wanda")).to_be_visible()
        page.context.clear_cookies()
        assert page.evaluate(_EVERYTHING).count("keys=") == 1
        page.context.set_offline(True)
        page.goto("/today")
        expect(page.get_by_role("heading", name="Wanda")).to_be_visible()  # the proxy's own
        # Signing out takes that one away too.
        page.context.set_offline(False)
        sign_in(ward, page.context, "proxy")
        page.goto("/account")
        page.get_by_role("button", name="Sign out", exact=True).tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.goto("/today")
        expect(page.get_by_text("Nobody is signed in on this device")).to_be_visible()
        assert page.evaluate(_EVERYTHING).count("keys=") == 0


def test_a_device_forgets_after_fourteen_days_and_when_it_is_revoked(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as page:
        page.context.set_offline(True)
        assert page.evaluate(_VAULT, 13.9) is not None
        assert page.evaluate(_VAULT, 14.1) is None
        assert page.evaluate(_VAULT, 0) is None
        page.context.set_offline(False)
        page.goto("/today")
        expect(page.get_by_role("link", name="Report how you are")).to_be_visible()
        log = a_log()
        with recorded(ward.database, log) as session:
            account = session.get_one(AccountRow, ward.people["patient"].id)
            revoke_devices(session, log, account)
        page.context.clear_cookies()  # its session has ended besides
        page.goto("/today")
        expect(page.get_by_text("Nobody is signed in on this device")).to_be_visible()
        assert page.evaluate("async () => (await indexedDB.databases()).map((d) => d.name)") == [
            "ivig-device"
        ]


def test_nothing_of_one_person_is_sent_while_another_is_signed_in(
    browser: Browser, server: str, ward: Ward
) -> None:
    with app_of(browser, server, ward) as first:
        context = first.context
        page = context.new_page()
        page.goto("/wrong")
        expect(page.get_by_text("Everything is sent")).to_be_visible()

        def sign_in_between(route: Route) -> None:
            """Let another window sign somebody else in once the server has said who it is."""
            said = route.fetch()
            context.clear_cookies()
            sign_in(ward, context, "proxy")
            route.fulfill(response=said)

        page.route("**/key?*", sign_in_between)
        page.get_by_role("checkbox", name="My urine is dark").check()
        page.get_by_role("button", name="Tell my clinic").tap()
        expect(page.get_by_text("1 entry not yet sent. Sign in to send it.")).to_be_visible()
        page.unroute_all(behavior="ignoreErrors")
        with ward.database.reading() as session:
            assert session.scalars(select(AlarmRow)).all() == []


def test_answers_of_another_day_are_sent_as_of_then(
    browser: Browser, server: str, ward: Ward
) -> None:
    then, now = datetime.now(UTC) - timedelta(days=2), datetime.now(UTC)
    with app_of(browser, server, ward) as page:
        page.clock.set_fixed_time(then)
        page.goto("/report")
        answer_all(page)
        page.clock.set_fixed_time(now)
        page.goto("/report")
        expect(page.get_by_text("entered later").first).to_be_visible()
        expect(page.get_by_role("button", name="Begin anew")).to_be_visible()
        page.get_by_role("button", name="Send report").tap()
        expect(page.get_by_text("Your clinic has your report")).to_be_visible()
        page.goto("/today")
        expect(page.get_by_role("link", name="Report how you are")).to_be_visible()
        with ward.database.reading() as session:
            report = session.scalars(select(ReportRow).where(ReportRow.recorded_at >= then)).one()
            assert abs(report.observed_at - then) < timedelta(minutes=2)


def test_what_cannot_be_kept_is_sent_at_once(browser: Browser, server: str, ward: Ward) -> None:
    with app_of(browser, server, ward) as page:
        full = "IDBObjectStore.prototype.put = () => { throw new Error('the disk is full'); }"
        page.goto("/report")
        expect(page.locator("#progress")).to_contain_text("Question 1")
        page.evaluate(f"() => {{ {full} }}")
        answer_all(page)
        expect(page.get_by_text("does not keep what you enter")).to_be_visible()
        page.get_by_role("button", name="Send report").tap()
        expect(page.get_by_text("Your clinic has your report")).to_be_visible()
        assert reports(ward) == 1
        page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('closed'); }")
        page.goto("/wrong")
        page.get_by_role("checkbox", name="My urine is dark").check()
        page.get_by_role("button", name="Tell my clinic").tap()
        expect(page.get_by_text("Your clinic has it")).to_be_visible()
        with ward.database.reading() as session:
            assert len(session.scalars(select(AlarmRow)).all()) == 1


def test_who_may_not_tell_is_told_to_call(browser: Browser, server: str, ward: Ward) -> None:
    with app_of(browser, server, ward) as page:

        def not_theirs(route: Route) -> None:
            answer = route.fetch()
            items = [{**one, "may_alarm": False} for one in answer.json()["items"]]
            route.fulfill(response=answer, json={**answer.json(), "items": items})

        page.route("**/me/patients", not_theirs)
        page.goto("/wrong")
        expect(page.get_by_text("You may see this record but not send")).to_be_visible()
        expect(page.get_by_role("button", name="Tell my clinic")).to_be_hidden()
