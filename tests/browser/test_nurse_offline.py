"""A nurse records a course of two days without a connection, and exactly that arrives."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clinics.entries import create
from app.clinics.service import get_clinic
from app.config import Settings
from app.db import Database
from app.infusions.tables import InfusionRow, SignatureRow, VialRow
from app.lots.rules import RecallDraft
from app.lots.service import RECALL
from app.main import create_app
from app.monitoring.rules import EventDraft
from app.monitoring.service import EVENT
from app.monitoring.tables import InfusionEventRow
from app.patients import entries
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.schedule.rules import AssignmentDraft
from app.schedule.service import ASSIGNMENT
from app.visits.tables import VisitRow
from tests.support.browser import Watch, accessibility_faults
from tests.support.clinic import a_clinic, a_patient, a_plan, an_infusion, entering
from tests.support.people import Clock
from tests.support.tablet import Tablet
from tests.support.ward import Ward, a_ward

MORNING: Final = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)
TABLET: Final = {"viewport": {"width": 768, "height": 1024}, "has_touch": True}
GTIN: Final = "00309442700029"
FIRST_LOT: Final = f"(01){GTIN}(17)271231(10)LE12V217AB(21)A1"
SECOND_LOT: Final = f"(01){GTIN}(17)271231(10)LE12V300CD(21)B2"
ONCE: Final = ("visits", "infusions", "vials", "reactions", "signatures")
PIN: Final = "314159"


def a_two_day_patient(session: Session) -> PatientRow:
    """Enter somebody with a course of 80 g over two days."""
    patient = a_patient(
        session, a_clinic(session), external_id="W-1", given_name="Wanda", family_name="Örs"
    )
    a_plan(session, patient, course_days=2, dose_g_per_kg=None, dose_g=80.0)
    return patient


@pytest.fixture
def clock() -> Clock:
    return Clock(MORNING)


@pytest.fixture
def app(settings: Settings, clock: Clock) -> FastAPI:
    return create_app(settings, clock=clock)


@pytest.fixture
def ward(database: Database) -> Ward:
    made = a_ward(database, a_two_day_patient)
    for days in (0, 1):
        assign(made, MORNING.date() + timedelta(days=days))
    return made


def assign(ward: Ward, day: date) -> None:
    at = datetime(day.year, day.month, day.day, 13, 30, tzinfo=UTC)
    with ward.database.writing() as session:
        patient = get_patient(session, ward.patient_id)
        draft = AssignmentDraft(ward.people["nurse"].id, day, at)
        circumstances = entering(session, now=MORNING)
        entries.create(circumstances, ASSIGNMENT, patient=patient, row_id=None, draft=draft)


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    options: dict[str, Any] = TABLET
    with browser.new_context(base_url=server, **options) as opened:
        yield opened


def opened(context: BrowserContext, clock: Clock) -> Page:
    page = context.new_page()
    page.clock.set_fixed_time(clock.now)
    page.goto("/day")
    return page


def leave_the_network(page: Page) -> None:
    """Go offline once the pages are kept, which they are after the first one stands."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.context.set_offline(True)


def first_day(tablet: Tablet) -> None:
    """Record day 1: two lots, a step of the rate, a reaction."""
    tablet.begin_the_day()
    tablet.before()
    tablet.prepare()
    tablet.pass_time(5)
    tablet.rate("40", "Start now")
    tablet.go("Vials")
    tablet.vial(FIRST_LOT, grams="20")
    tablet.vial(SECOND_LOT, grams="20")
    tablet.pass_time(15)
    tablet.go("Rate and vital signs")
    tablet.vitals()
    tablet.rate("80,5", "Change the rate now")
    tablet.pass_time(10)
    tablet.press("Reaction")
    tablet.page.get_by_label("Reaction", exact=True).select_option("chest_pain")
    expect(tablet.page.locator(".red-flag")).to_contain_text("Stop the infusion and call for help")
    tablet.page.get_by_label("Grade").select_option("2")
    tablet.page.get_by_label("Slowed down").check()
    tablet.saved()


def after_the_reaction(tablet: Tablet) -> None:
    tablet.press("Keep this reaction")
    tablet.page.get_by_label("Now", exact=True).select_option("resolved")
    tablet.type("Which physician was told", "Dr Lee")
    tablet.pass_time(90)


def second_day(tablet: Tablet) -> None:
    """Record day 2: one lot, and some of it wasted."""
    tablet.begin_the_day()
    tablet.prepare()
    tablet.pass_time(5)
    tablet.rate("60", "Start now")
    tablet.go("Vials")
    tablet.vial(SECOND_LOT.replace("B2", "B3"), grams="20")
    tablet.vial(SECOND_LOT.replace("B2", "B4"), grams="20", used="190", wasted="10")
    tablet.pass_time(120)
    tablet.finish()


def counted(database: Database) -> dict[str, int]:
    tables = (VisitRow, InfusionRow, VialRow, ReactionRow, SignatureRow)
    with database.reading() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_a_course_of_two_days_is_recorded_without_a_connection(
    context: BrowserContext, server: str, ward: Ward, clock: Clock, database: Database
) -> None:
    context_now(ward, context, clock)
    page = opened(context, clock)
    watch = Watch(page, origin=server)
    choose_pin(page)
    expect(page.locator(".visit-row")).to_have_count(2, timeout=20_000)
    assert accessibility_faults(page) == []
    leave_the_network(page)
    page.get_by_role("link", name="Wanda Örs").first.click()
    first_day(Tablet(page, clock))
    assert accessibility_faults(page) == []
    address = page.url
    page.close()  # killed in the middle of a reaction

    page = context.new_page()
    page.clock.set_fixed_time(clock.now)
    page.goto(address)
    enter_pin(page)
    tablet = Tablet(page, clock)
    expect(page.get_by_label("Reaction", exact=True)).to_have_value("chest_pain")
    after_the_reaction(tablet)
    tablet.finish()
    assert counted(database)["visits"] == 0

    clock.move(days=1, hours=-2)
    page.clock.set_fixed_time(clock.now)
    page.goto("/day")
    enter_pin(page)
    page.get_by_role("link", name="day 2 of 2").click()
    second_day(Tablet(page, clock))

    context.set_offline(False)
    nothing_is_sent(page)
    context.clear_cookies()
    context_now(ward, context, clock)
    killed_while_sending(context, page)
    assert counted(database)["visits"] == 1
    page = opened(context, clock)
    expect(page.locator("[data-state=signed]")).to_have_count(2, timeout=30_000)
    assert watch.troubles == []
    two_days_stand(database)


def killed_while_sending(context: BrowserContext, page: Page) -> None:
    """Close a page when the server has the first visit, and the device has no answer yet."""
    arrived: list[int] = []

    def lose_the_answer(route: Route) -> None:
        arrived.append(route.fetch().status)
        page.close()

    context.route("**/visit-bundles", lose_the_answer, times=1)
    # Of one visit the question what became of it fails once, too.
    context.route("**/api/v1/visits/*", lambda route: route.abort(), times=1)
    with page.expect_event("close"):
        page.goto("/day", wait_until="commit")
    assert arrived == [201]


def nothing_is_sent(page: Page) -> None:
    """Come back to the network long after the session ended: nothing is lost either."""
    page.goto("/day")
    waits = page.locator("[data-sync-text]")
    expect(waits).to_contain_text("2 entries not yet sent", timeout=20_000)
    expect(page.locator("[data-state=waiting]")).to_have_count(2)
    expect(page.locator("[data-day=loading]")).to_be_hidden(timeout=20_000)


def two_days_stand(database: Database) -> None:
    assert counted(database) == {
        "visits": 2,
        "infusions": 2,
        "vials": 4,
        "reactions": 1,
        "signatures": 2,
    }
    with database.reading() as session:
        visits = session.scalars(select(VisitRow).order_by(VisitRow.planned_on)).all()
        assert [(v.course_day, v.course_days, v.ordered_g) for v in visits] == [
            (1, 2, 40.0),
            (2, 2, 40.0),
        ]
        doses = session.scalars(select(InfusionRow.dose_g).order_by(InfusionRow.started_at)).all()
        assert doses == [40.0, 39.0]
        rates = session.scalars(
            select(InfusionEventRow.details)
            .where(InfusionEventRow.kind == "rate")
            .order_by(InfusionEventRow.at)
        ).all()
        assert [rate["ml_per_h"] for rate in rates] == [40, 80.5, 0, 60, 0]


def context_now(ward: Ward, context: BrowserContext, clock: Clock, who: str = "nurse") -> None:
    cookie: Any = {
        "name": "__Host-ivig_session",
        "value": ward.cookie(who, now=clock.now),
        "url": "https://localhost",
    }
    context.add_cookies([{**cookie, "secure": True, "httpOnly": True, "sameSite": "Lax"}])


def choose_pin(page: Page) -> None:
    page.get_by_label("PIN, six digits").fill(PIN)
    page.get_by_role("button", name="Continue").click()


enter_pin = choose_pin


def test_what_the_server_refuses_is_put_right_in_its_field_and_arrives_once(
    context: BrowserContext, ward: Ward, clock: Clock, database: Database
) -> None:
    context_now(ward, context, clock)
    page = opened(context, clock)
    choose_pin(page)
    page.get_by_role("link", name="Wanda Örs").first.click()
    tablet = Tablet(page, clock)
    tablet.begin_the_day()
    tablet.before()
    tablet.prepare()
    tablet.pass_time(5)
    tablet.rate("1300", "Start now")
    tablet.type("Why it runs faster than the limit", "As Dr Lee ordered.")
    tablet.press("Start now")
    tablet.go("Vials")
    tablet.vial(FIRST_LOT, grams="20")
    tablet.vial(SECOND_LOT, grams="20")
    recall(ward, "LE12V300CD", clock.now)
    tablet.pass_time(10)
    tablet.finish()

    refused = page.get_by_role("alert").filter(has_text="did not accept this visit")
    expect(refused.get_by_role("listitem")).to_have_count(2, timeout=20_000)
    assert counted(database)["visits"] == 0
    assert accessibility_faults(page) == []
    refused.get_by_label("It is right so").check()
    refused.get_by_role("button", name="Vials, Lot LE12V300CD").click()
    expect(page.get_by_label("Why it is given although it was called back")).to_be_focused()
    page.keyboard.type("No other lot was there; Dr Lee agreed.")
    tablet.go("Sign")
    tablet.press("Sign and send")
    expect(page.get_by_text("This visit is on the server.")).to_be_visible(timeout=20_000)
    assert counted(database) == {**dict.fromkeys(ONCE, 1), "vials": 2, "reactions": 0}


def recall(ward: Ward, lot: str, now: datetime) -> None:
    draft = RecallDraft(lot, now.date(), "letter of the maker")
    with ward.database.writing() as session:
        clinic = get_clinic(session, ward.clinic_id)
        create(entering(session, now=now), RECALL, clinic=clinic, row_id=None, draft=draft)


def test_a_second_window_waits_until_the_first_is_closed(
    context: BrowserContext, ward: Ward, clock: Clock
) -> None:
    context_now(ward, context, clock)
    page = opened(context, clock)
    choose_pin(page)
    page.get_by_role("link", name="Wanda Örs").first.click()
    Tablet(page, clock).press("I have arrived")
    second = context.new_page()
    second.clock.set_fixed_time(clock.now)
    second.goto(page.url)
    expect(second.get_by_text("This visit is open in another window.")).to_be_visible()
    expect(second.locator("#step")).to_be_hidden()
    Tablet(page, clock).saved()
    page.close()
    expect(second.get_by_label("Arrived")).to_be_visible()
    expect(second.get_by_text("This visit is open in another window.")).to_be_hidden()


def test_the_strip_tells_what_ran_last_time(
    context: BrowserContext, ward: Ward, clock: Clock
) -> None:
    ran_last_time(ward, MORNING - timedelta(days=28))
    context_now(ward, context, clock)
    page = opened(context, clock)
    choose_pin(page)
    page.get_by_role("link", name="Wanda Örs").first.click()
    tablet = Tablet(page, clock)
    tablet.prepare()
    expect(page.locator(".limits")).to_contain_text("432\u00a0mL/h · 5.4\u00a0mL/kg/h")
    tablet.rate("40", "Start now")
    strip = page.locator("[data-flow=strip]")
    expect(strip).to_contain_text("80.5 mL/h from 09:15")
    expect(page.locator("[data-flow=told]")).to_be_empty()
    tablet.pass_time(16)
    tablet.go("The end")
    expect(page.locator("[data-flow=told]")).to_have_text("Last time: 80.5 mL/h from 09:15.")


def ran_last_time(ward: Ward, start: datetime) -> None:
    """Enter an infusion that ran at 40 mL/h, and after 15 minutes at 80.5."""
    with ward.database.writing() as session:
        patient = get_patient(session, ward.patient_id)
        infusion = an_infusion(session, patient, start, weight_kg=80.0)
        for minutes, rate in ((0, 40.0), (15, 80.5)):
            details = {"ml_per_h": rate, "reason": "titration"}
            at = start + timedelta(minutes=minutes)
            draft = EventDraft(infusion.id, at, "rate", details)
            entries.create(entering(session), EVENT, patient=patient, row_id=None, draft=draft)


def test_another_user_of_the_device_sees_nothing(
    context: BrowserContext, ward: Ward, clock: Clock
) -> None:
    context_now(ward, context, clock)
    page = opened(context, clock)
    choose_pin(page)
    page.get_by_role("link", name="Wanda Örs").first.click()
    Tablet(page, clock).press("I have arrived")
    address = page.url
    context.clear_cookies()
    context_now(ward, context, clock, "stranger")
    page.goto("/day")
    choose_pin(page)
    expect(page.get_by_text("No visit.")).to_be_visible()
    page.goto(f"{address}")
    page.reload()
    expect(page.get_by_text("This device does not keep that visit.")).to_be_visible()
    expect(page.get_by_text("Wanda")).to_have_count(0)
    assert uuid.UUID(address.split("#")[1])
