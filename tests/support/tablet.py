"""A nurse's hands on the page of one visit, in a real browser."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.people import Clock


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
