"""A nurse records a course of two days without a connection, and exactly that arrives."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database
from app.infusions.tables import InfusionRow, SignatureRow, VialRow
from app.main import create_app
from app.monitoring.tables import InfusionEventRow
from app.patients import entries
from app.patients.service import get_patient
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.schedule.rules import AssignmentDraft
from app.schedule.service import ASSIGNMENT
from app.visits.tables import VisitRow
from tests.support.browser import Watch, accessibility_faults
from tests.support.clinic import a_clinic, a_patient, a_plan, entering
from tests.support.people import Clock
from tests.support.ward import Ward, a_ward

MORNING: Final = datetime(2026, 5, 4, 13, 0, tzinfo=UTC)
TABLET: Final = {"viewport": {"width": 768, "height": 1024}, "has_touch": True}
GTIN: Final = "00309442700029"
FIRST_LOT: Final = f"(01){GTIN}(17)271231(10)LE12V217AB(21)A1"
SECOND_LOT: Final = f"(01){GTIN}(17)271231(10)LE12V300CD(21)B2"
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


class Tablet:
    """A nurse's hands on a page of one visit."""

    def __init__(self, page: Page, clock: Clock) -> None:
        self.page = page
        self.clock = clock
        page.clock.set_fixed_time(clock.now)

    def pass_time(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)
        self.page.clock.set_fixed_time(self.clock.now)

    def press(self, name: str, **options: Any) -> None:
        self.page.get_by_role("button", name=name, exact=True, **options).first.click()

    def go(self, step: str) -> None:
        self.page.get_by_role("navigation", name="Steps").get_by_role(
            "button", name=re.compile(rf"^{step}( done)?$")
        ).click()
        expect(self.page.locator("#step")).to_have_text(step)

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(text)

    def answer(self, question: str, answer: str) -> None:
        group = self.page.get_by_role("group", name=question, exact=True)
        group.get_by_label(answer, exact=True).check()

    def saved(self) -> None:
        expect(self.page.locator("[data-flow=saved]")).to_have_text("Saved on this device")

    def begin_the_day(self) -> None:
        self.press("I have arrived")
        self.page.get_by_label("Name: Wanda Örs").check()
        self.page.get_by_label("Date of birth").check()
        self.go("Checks before")
        for group in self.page.locator("fieldset.choice").all():
            group.get_by_label("No", exact=True).check()
        for question in ("Allergies reviewed", "Consent", "Anaphylaxis kit at hand"):
            self.answer(question, "Yes")
        self.saved()

    def before(self) -> None:
        self.go("How it was before")
        self.answer("Were they weaker in the days before this infusion?", "Yes")
        self.type("From how many days before", "6")
        self.type("Left hand", "22,5")
        self.type("Right hand", "38")
        self.type("Device", "Citec 12")

    def prepare(self) -> None:
        self.go("Weight")
        self.type("Weight today (kg)", "80")
        self.go("Access")
        self.press("It works")
        self.go("Rate and vital signs")
        self.vitals()

    def vitals(self) -> None:
        self.type("Systolic, mmHg", "128")
        self.type("Diastolic, mmHg", "78")
        self.type("Heart rate, /min", "70")
        self.press("Keep these vital signs")

    def rate(self, ml_per_h: str, button: str) -> None:
        self.type("New rate (mL/h)", ml_per_h)
        self.press(button)

    def vial(self, code: str, *, grams: str, used: str = "", wasted: str = "") -> None:
        self.type("Scan the code of the vial", code)
        self.press("Read")
        self.page.get_by_label("Size", exact=True).select_option(grams)
        if used:
            self.type("Used (mL)", used)
            self.type("Wasted (mL)", wasted)
            self.type("Why something was thrown away", "The last of it was not needed.")
        self.page.get_by_label("I looked at it: clear, no particles").first.check()
        self.press("Keep this vial")

    def finish(self, *, reason: str = "") -> None:
        self.go("The end")
        self.answer("How did it end?", "given")
        if reason:
            self.type("Why", reason)
        self.press("It ended now")
        self.go("Sign")
        expect(self.page.get_by_text("Nothing is missing.")).to_be_visible()
        self.page.get_by_label("I was there, and this record says what happened.").check()
        self.type("Your name", "Kim Okafor")
        self.press("Sign and send")
        expect(self.page.get_by_text("This visit is kept here")).to_be_visible()


def opened(context: BrowserContext, clock: Clock) -> Page:
    page = context.new_page()
    page.clock.set_fixed_time(clock.now)
    page.goto("/day")
    return page


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
    expect(page.locator(".visit-row")).to_have_count(2)
    assert accessibility_faults(page) == []
    context.set_offline(True)
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

    # The session ended long ago: nothing is lost, and nothing is sent.
    context.set_offline(False)
    page.goto("/day")
    waits = page.locator("[data-sync-text]")
    expect(waits).to_contain_text("2 entries not yet sent", timeout=20_000)
    expect(page.locator("[data-state=waiting]")).to_have_count(2)
    expect(page.locator("[data-day=loading]")).to_be_hidden(timeout=20_000)
    context.clear_cookies()
    context_now(ward, context, clock)
    page.goto("/day")
    expect(page.locator("[data-state=signed]")).to_have_count(2, timeout=20_000)
    assert watch.troubles == []
    two_days_stand(database)


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
