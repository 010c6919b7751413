"""Signing in and out in a real browser, with an authenticator that Chromium plays itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.accounts.rules import Purpose
from app.accounts.tables import AccountRow
from app.config import Settings
from app.db import Database
from app.main import create_app
from tests.support.browser import FLAGS, accessibility_faults, browser_path
from tests.support.people import Clock, a_link, an_account

PASSWORD = "three tired herons"


@pytest.fixture
def clock() -> Clock:
    """Give the clock of the day, because the codes of apps follow it."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def app(settings: Settings, clock: Clock) -> FastAPI:
    return create_app(settings, clock=clock)


@pytest.fixture
def account(database: Database) -> AccountRow:
    return an_account(database, name="Ada Lind", login="ada@clinic.example")


@pytest.fixture
def link(database: Database, account: AccountRow, clock: Clock) -> str:
    return f"/sign-in/link#{a_link(database, account, now=clock.now)}"


@contextmanager
def authenticator(context: BrowserContext, page: Page) -> Iterator[Any]:
    """Let the browser have a passkey store that says yes to everything, as a finger would."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session, made["authenticatorId"]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_an_invitation_a_passkey_and_in_again(page: Page, link: str) -> None:
    with authenticator(page.context, page) as (session, store):
        page.goto(link)
        assert "#" not in page.url
        press(page, "Sign in")
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada Lind")
        assert accessibility_faults(page) == []

        press(page, "Make a passkey")
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        press(page, "Show my codes")
        expect(page.locator(".codes li")).to_have_count(8)
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")

        press(page, "Sign out")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        press(page, "Sign in with a passkey")
        expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
        (passkey,) = session.send("WebAuthn.getCredentials", {"authenticatorId": store})[
            "credentials"
        ]
        assert (passkey["rpId"], passkey["signCount"]) == ("localhost", 2)


def test_a_link_is_good_once(page: Page, link: str) -> None:
    page.goto(link)
    press(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada Lind")
    page.goto(link)
    press(page, "Sign in")
    expect(page.get_by_role("alert")).to_contain_text("used before, or is too old")


def with_app(page: Page, clock: Clock) -> tuple[str, list[str]]:
    """Set up a password and an app after an invitation; return its key and the recovery codes."""
    page.get_by_text("A password and an authenticator app instead").click()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Set the password")
    expect(page.locator(".code-picture svg")).to_be_visible()
    assert accessibility_faults(page) == []
    key = page.locator(".key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill("000000")
    press(page, "Use this app")
    expect(page.get_by_role("alert")).to_contain_text("it is not the code that the app shows now")
    page.get_by_label("Code").fill(pyotp.TOTP(key).at(clock.now))
    press(page, "Use this app")
    press(page, "Show my codes")
    codes = page.locator(".codes li").all_inner_texts()
    press(page, "Sign out")
    return key, codes


def test_a_password_that_is_no_good_is_refused_in_words(page: Page, link: str) -> None:
    page.goto(link)
    press(page, "Sign in")
    page.get_by_text("A password and an authenticator app instead").click()
    page.get_by_label("Password").fill("ada@clinic.example")
    press(page, "Set the password")
    expect(page.get_by_role("alert")).to_contain_text("New password: it holds the login")


def test_a_password_with_the_code_of_an_app(page: Page, link: str, clock: Clock) -> None:
    page.goto(link)
    press(page, "Sign in")
    key, _ = with_app(page, clock)
    clock.move(minutes=2)
    page.get_by_text("With a password and a code", exact=True).click()
    form = page.locator("form[action='/sign-in/password']")
    form.get_by_label("Login").fill("Ada@Clinic.example")
    form.get_by_label("Password").fill("three tired heroes")
    form.get_by_label("Code of your authenticator app").fill(pyotp.TOTP(key).at(clock.now))
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit together")
    expect(form.get_by_label("Login")).to_have_value("Ada@Clinic.example")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_label("Code of your authenticator app").fill(pyotp.TOTP(key).at(clock.now))
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")


def test_a_recovery_code_lets_in_and_is_used_up(page: Page, link: str, clock: Clock) -> None:
    page.goto(link)
    press(page, "Sign in")
    _, codes = with_app(page, clock)
    page.get_by_text("With a recovery code").click()
    form = page.locator("form[action='/sign-in/recovery']")
    form.get_by_label("Login").fill("ada@clinic.example")
    form.get_by_label("Recovery code").fill(codes[0].lower())
    form.get_by_label("Password, if you have one").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
    page.goto("/account")
    expect(page.get_by_text("7 left")).to_be_visible()


def test_signing_out_ends_the_session_and_not_only_the_cookie(
    page: Page, database: Database, account: AccountRow, clock: Clock
) -> None:
    page.goto(f"/sign-in/link#{a_link(database, account, Purpose.DEMO, now=clock.now)}")
    press(page, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
    cookies = page.context.cookies()
    (cookie,) = cookies
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-ivig_session", True, True, "Lax",
    )  # fmt: skip
    press(page, "Sign out")
    # What the device keeps is locked first.
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.context.cookies() == []
    page.context.add_cookies(cookies)
    page.goto("/account")
    assert page.url.endswith("/sign-in?next=/account")


def test_what_was_asked_for_comes_after_the_sign_in(
    page: Page, database: Database, account: AccountRow, clock: Clock
) -> None:
    page.goto("/account?x=1")
    assert page.url.endswith("/sign-in?next=/account%3Fx%3D1")
    place = page.locator("[data-passkey]")
    expect(place).to_have_attribute("data-next", "/account?x=1")
    page.goto("/sign-in?next=//stranger.example/")
    expect(place).to_have_attribute("data-next", "/")


def test_a_passkey_is_added_renamed_and_removed_and_a_token_made(
    page: Page, database: Database, account: AccountRow, clock: Clock
) -> None:
    with authenticator(page.context, page):
        page.goto(f"/sign-in/link#{a_link(database, account, Purpose.DEMO, now=clock.now)}")
        press(page, "Sign in")
        page.goto("/account")
        page.get_by_label("Name of this device").fill("Ward <b>tablet</b>")
        press(page, "Add a passkey")
        expect(page.get_by_text("Ward <b>tablet</b>")).to_be_visible()
        press(page, "Add a passkey")
        expect(
            page.get_by_text("This device has a passkey for this account already.")
        ).to_be_visible()
        assert accessibility_faults(page) == []

        page.get_by_text("Rename or remove").click()
        page.get_by_label("Name", exact=True).fill("Tablet of room 3")
        press(page, "Rename")
        expect(page.get_by_text("Tablet of room 3")).to_be_visible()
        page.get_by_text("Rename or remove").click()
        press(page, "Remove")
        expect(page.get_by_role("alert")).to_contain_text("add another way first")

        page.get_by_text("Make a token").click()
        page.get_by_label("Name of the program").fill("Backup")
        page.get_by_label("accounts.read").check()
        press(page, "Make the token")
        expect(page.locator("#token")).to_have_text(re.compile("^ivig_"))
        page.get_by_role("link", name="Back to the account").click()
        expect(page.get_by_text("accounts.read; until")).to_be_visible()

        clock.move(minutes=11)
        page.reload()
        expect(page.get_by_text("sign in again")).to_be_visible()
        expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)


def test_without_scripts_there_is_another_way_and_a_word(
    browser: Browser, server: str, link: str
) -> None:
    flags = [*FLAGS, "--blink-settings=scriptEnabled=false"]
    kind = browser.browser_type
    with (
        kind.launch(executable_path=browser_path(), args=flags) as bare,
        bare.new_context(base_url=server) as context,
    ):
        page = context.new_page()
        page.goto("/sign-in")
        expect(page.get_by_text("Passkeys need JavaScript")).to_be_visible()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
        path, _, secret = link.partition("#")
        page.goto(path)
        page.get_by_label("Code of the link").fill(secret)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada Lind")
