"""Devices that keep records: whose key is handed to whom, and what ends it."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.accounts.acts import recorded
from app.accounts.devices import FORGOTTEN_AFTER, MOST_DEVICES, SEEN_EVERY, revoke_device
from app.accounts.rules import Purpose
from app.accounts.service import disable_account
from app.accounts.tables import AccountRow, DeviceRow
from app.clinics.service import add_clinic
from app.db import Database
from app.kit.history import Actor, Change
from tests.accounts.conftest import Trail
from tests.support.client import ApiClient
from tests.support.people import START, Browser, Clock, a_link, a_log, an_account, enrolled

DEVICE = uuid.UUID("0198c0de-0000-4000-8000-0000000000d1")
KEY = f"/me/devices/{DEVICE}/key"


@pytest.fixture
def kim(database: Database) -> AccountRow:
    with database.writing() as session:
        clinic = add_clinic(session, Change(Actor("tests"), START), row_id=None, name="North")
    return an_account(database, clinic_id=clinic.id, role="nurse", name="Kim", login="kim")


@pytest.fixture
def browser(client: ApiClient, database: Database, kim: AccountRow) -> Browser:
    return enrolled(client, database, kim)[0]


def state(browser: Browser) -> str:
    """Ask as the device does whose session has ended."""
    nobody = Browser(browser.client)
    return str(nobody.get(f"/devices/{DEVICE}/state").json()["state"])


def test_the_key_is_made_once_and_handed_out_again(
    browser: Browser, database: Database, kim: AccountRow, trail: Trail
) -> None:
    assert state(browser) == "unknown"
    first, again = browser.post(KEY).json(), browser.post(KEY).json()
    assert len(base64.urlsafe_b64decode(first["key"] + "=")) == 32
    assert first == again
    assert first["account_id"] == str(kim.id)
    assert (first["role"], first["idle_seconds"], first["wipe_after_days"]) == ("nurse", 1800, 14)
    (listed,) = browser.get("/me/devices").json()["items"]
    assert (listed["id"], listed["label"]) == (str(DEVICE), "Firefox on Linux")
    assert "key" not in listed
    assert state(browser) == "known"
    with database.reading() as session:
        stored = session.scalars(text("SELECT key FROM account_devices")).one()
    assert first["key"] not in stored
    assert trail().count(("administer", "device-added")) == 1


def test_nobody_gets_the_key_of_another_person(
    browser: Browser, client: ApiClient, database: Database, account: AccountRow
) -> None:
    browser.post(KEY)
    other, _ = enrolled(client, database, account)
    assert other.post(KEY).status_code == 404
    assert other.post(f"/me/devices/{DEVICE}/revoke").status_code == 404
    assert Browser(client).post(KEY).status_code == 401


def test_a_session_that_is_good_for_enrolling_only_gets_no_key(
    client: ApiClient, database: Database, kim: AccountRow
) -> None:
    browser = Browser(client)
    browser.with_link(a_link(database, kim))
    assert browser.post(KEY).status_code == 403


def test_a_revoked_device_hears_of_it_with_and_without_a_session(
    browser: Browser, database: Database, trail: Trail
) -> None:
    browser.post(KEY)
    assert browser.post(f"/me/devices/{DEVICE}/revoke").status_code == 204
    assert browser.post(f"/me/devices/{DEVICE}/revoke").status_code == 204
    refused = browser.post(KEY)
    assert (refused.status_code, refused.json()["code"]) == (410, "device-revoked")
    assert state(browser) == "revoked"
    assert browser.get("/me/devices").json()["items"] == []
    with database.reading() as session:
        assert session.scalars(text("SELECT key FROM account_devices")).one() is None
    assert trail().count(("administer", "device-revoked")) == 1


def test_an_administrator_revokes_a_device_of_the_clinic(
    browser: Browser, client: ApiClient, database: Database, kim: AccountRow, account: AccountRow
) -> None:
    browser.post(KEY)
    admin, _ = enrolled(client, database, account)
    assert admin.post(f"/accounts/{account.id}/devices/{DEVICE}/revoke").status_code == 404
    assert browser.post(f"/accounts/{kim.id}/devices/{DEVICE}/revoke").status_code == 403
    assert admin.post(f"/accounts/{kim.id}/devices/{DEVICE}/revoke").status_code == 204
    assert state(browser) == "revoked"


def test_a_disabled_account_keeps_nothing_on_its_devices(
    browser: Browser, database: Database, kim: AccountRow
) -> None:
    browser.post(KEY)
    log = a_log()
    with recorded(database, log) as session:
        disable_account(session, log, session.get_one(AccountRow, kim.id), reason="Left.")
    assert state(browser) == "revoked"


def test_who_lost_everything_lost_the_device_too(
    browser: Browser, client: ApiClient, database: Database, kim: AccountRow
) -> None:
    browser.post(KEY)
    link = a_link(database, kim, Purpose.RE_ENROL)
    assert state(browser) == "known"
    assert Browser(client).with_link(link).status_code == 200
    assert state(browser) == "revoked"


def test_signing_out_elsewhere_leaves_what_was_not_sent(browser: Browser) -> None:
    browser.post(KEY)
    assert browser.post("/me/sessions/revoke-others").status_code == 204
    assert state(browser) == "known"


def test_there_is_an_end_to_devices(browser: Browser, clock: Clock) -> None:
    for _ in range(MOST_DEVICES):
        assert browser.post(f"/me/devices/{uuid.uuid4()}/key").status_code == 200
    assert browser.post(KEY).status_code == 409
    last = browser.get("/me/devices").json()["items"][0]["id"]
    browser.post(f"/me/devices/{last}/revoke")
    clock.move(minutes=1)
    assert browser.post(KEY).status_code == 200


def test_a_device_unseen_for_long_makes_room_for_a_new_one(
    browser: Browser, database: Database, trail: Trail
) -> None:
    ids = [str(uuid.uuid4()) for _ in range(MOST_DEVICES)]
    for one in ids:
        assert browser.post(f"/me/devices/{one}/key").status_code == 200
    refused = browser.post(KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-devices")
    seen_long_ago = START - FORGOTTEN_AFTER - timedelta(minutes=1)
    with database.writing() as session:
        session.get_one(DeviceRow, uuid.UUID(ids[7])).last_seen_at = seen_long_ago
    assert browser.post(KEY).status_code == 200
    listed = {one["id"] for one in browser.get("/me/devices").json()["items"]}
    assert listed == {str(DEVICE), *ids} - {ids[7]}
    assert trail().count(("administer", "device-revoked")) == 1


def test_a_device_that_had_a_key_gets_no_second_one(browser: Browser) -> None:
    refused = browser.post(f"{KEY}?is_new=false")
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-device")
    key = browser.post(KEY).json()["key"]
    assert browser.post(f"{KEY}?is_new=false").json()["key"] == key


def test_the_trail_tells_of_the_first_release_in_each_session(
    browser: Browser, database: Database, trail: Trail
) -> None:
    browser.post(KEY)
    with database.writing() as session:
        session.get_one(DeviceRow, DEVICE).last_seen_at = START - timedelta(days=1)
    browser.post(KEY)
    browser.post(KEY)
    assert trail().count(("administer", "device-key-released")) == 1


def last_seen(database: Database) -> datetime:
    with database.reading() as session:
        return session.get_one(DeviceRow, DEVICE).last_seen_at


def test_the_last_contact_is_kept_once_an_hour(
    browser: Browser, database: Database, clock: Clock
) -> None:
    key = browser.post(KEY).json()
    first = last_seen(database)
    clock.move(minutes=20)
    browser.post(f"{KEY}?is_new=false")  # the session is in use, and does not end
    clock.move(minutes=20)
    browser.post(KEY)
    clock.move(minutes=19, seconds=59)
    assert browser.post(KEY).json() == key
    assert last_seen(database) == first
    clock.move(seconds=1)
    assert browser.post(KEY).json() == key
    assert last_seen(database) == first + SEEN_EVERY


def test_who_opens_a_page_again_waits_for_no_writer(browser: Browser, database: Database) -> None:
    key = browser.post(KEY).json()
    with database.writing():
        assert browser.post(KEY).json() == key


def test_a_device_that_was_just_seen_gets_no_key_once_it_is_revoked(
    browser: Browser, database: Database, kim: AccountRow
) -> None:
    assert browser.post(KEY).status_code == 200
    log = a_log()
    with recorded(database, log) as session:
        revoke_device(session, log, session.get_one(AccountRow, kim.id), device_id=DEVICE)
    for is_new in ("true", "false"):
        refused = browser.post(f"{KEY}?is_new={is_new}")
        assert (refused.status_code, refused.json()["code"]) == (410, "device-revoked")


def test_nothing_is_done_for_one_person_while_another_is_signed_in(
    browser: Browser, kim: AccountRow
) -> None:
    assert browser.post(KEY, headers={"X-Account": str(kim.id).upper()}).status_code == 200
    refused = browser.post(KEY, headers={"X-Account": str(uuid.uuid4())})
    assert (refused.status_code, refused.json()["code"]) == (401, "other-account")
