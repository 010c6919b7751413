"""Pictures of every page of every role, to look at, and the few that the documents show.

``python -m tests.browser.screenshots --to FOLDER`` makes a picture of each page in `PAGES` at 360
and 1440 pixels, light and dark: with a patient who has a story (full), with one about whom nothing
is entered (empty), refused (error), and without a network (offline). ``--docs`` makes only those of
docs/screens.md. The clock stands, so what is shown changes only when the application does.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import Database, upgrade
from app.kit.keys import save_keyring
from app.main import create_app
from app.patients.tables import PatientRow
from tests.support.all_pages import PAGES, addresses, settle
from tests.support.browser import running_browser, running_server
from tests.support.client import ApiClient
from tests.support.clinic import a_clinic, a_patient
from tests.support.keys import a_keyring
from tests.support.story import a_wearing_off_patient
from tests.support.ward import NOW, Ward, a_ward

PIN: Final = "135790"
_OPENING_MS: Final = 30_000  # a key is derived from the PIN in many rounds
DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SIZES: Final[dict[int, Any]] = {
    360: {"width": 360, "height": 740},
    1440: {"width": 1440, "height": 900},
}
Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
OFFLINE: Final[dict[str | None, tuple[str, ...]]] = {
    "patient": ("/today", "/report", "/wrong", "/learn", "/account"),
    "nurse": ("/day", "/day/visit"),
}
REFUSED: Final[dict[str | None, tuple[str, ...]]] = {
    None: ("/nowhere",),
    "patient": ("/accounts", f"/patients/{uuid.UUID(int=1)}"),
    "physician": ("/accounts", f"/patients/{uuid.UUID(int=1)}"),
}
# What stands in docs/screens.md: the name of the picture, who looks, at what, how.
SHOWN: Final[tuple[tuple[str, str, str, int, Scheme], ...]] = (
    ("patient-today", "patient", "/today", 360, "light"),
    ("patient-report", "patient", "/report", 360, "light"),
    ("patient-wrong", "patient", "/wrong", 360, "dark"),
    ("patient-course", "patient", "{record}/course?without_report=1", 360, "light"),
    ("patient-learn", "patient", "/learn", 360, "light"),
    ("relative-report", "proxy", "/report", 360, "dark"),
    ("nurse-day", "nurse", "/day", 1440, "light"),
    ("nurse-visit", "nurse", "{visit}", 1440, "light"),
    ("physician-worklist", "physician", "/worklist", 1440, "light"),
    ("physician-review", "physician", "{record}", 1440, "light"),
    ("physician-review-dark", "physician", "{record}", 1440, "dark"),
    ("physician-summary", "physician", "{record}/summary", 1440, "light"),
    ("coordinator-schedule", "coordinator", "/schedule", 1440, "light"),
    ("pharmacist-lots", "pharmacist", "/lots?lot=LOT-A", 1440, "light"),
    ("administrator-accounts", "administrator", "/accounts", 1440, "light"),
)


@dataclass(frozen=True, slots=True)
class Studio:
    """A browser, a server, and the ward that it serves."""

    browser: Browser
    server: str
    ward: Ward
    names: dict[str, Any]

    @contextmanager
    def context(self, who: str | None, *, width: int) -> Iterator[BrowserContext]:
        """Give a window in which somebody is signed in."""
        with self.browser.new_context(base_url=self.server, viewport=SIZES[width]) as context:
            context.clock.set_fixed_time(NOW)
            if who is not None:
                self.ward.let_in(context, who)
            yield context

    def fits(self, address: str) -> bool:
        """Whether everything that an address names is there."""
        return all(self.names.get(name) for name in re.findall(r"{(\w+)}", address))


def main() -> int:
    """Make the pictures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, help="a folder for pictures of everything")
    parser.add_argument("--docs", action="store_true", help="make those of the documents")
    arguments = parser.parse_args()
    with running_browser() as browser:
        with _studio(browser, _wanda) as studio:
            if arguments.docs:
                make_shown(studio)
            if arguments.to is not None:
                make_all(studio, REFUSED, arguments.to / "error")
                make_offline(studio, arguments.to / "offline")
                make_all(studio, PAGES, arguments.to / "full")
        if arguments.to is not None:
            with _studio(browser, _nothing_entered) as studio:
                make_all(studio, PAGES, arguments.to / "empty")
    return 0


def make_shown(studio: Studio) -> None:
    """Make the pictures of the documents: what a screen shows before it is scrolled."""
    DOCS.mkdir(parents=True, exist_ok=True)
    for name, who, address, width, scheme in SHOWN:
        with studio.context(who, width=width) as context:
            page = context.new_page()
            page.emulate_media(color_scheme=scheme)
            _open(page, address.format(**studio.names))
            page.screenshot(path=DOCS / f"{name}.png", animations="disabled")


def make_all(studio: Studio, pages: dict[str | None, tuple[str, ...]], folder: Path) -> None:
    """Make a picture of each page from top to bottom, at each width and in each scheme."""
    for who, listed in pages.items():
        for width in SIZES:
            with studio.context(who, width=width) as context:
                page = context.new_page()
                for address in listed:
                    if studio.fits(address):
                        _open(page, address.format(**studio.names))
                        _take(page, folder / f"{who or 'nobody'}-{_name(address)}-{width}")


def make_offline(studio: Studio, folder: Path) -> None:
    """Make a picture of each page as a device shows it whose network has gone."""
    for who, listed in OFFLINE.items():
        for width in SIZES:
            with studio.context(who, width=width) as context:
                page = context.new_page()
                _open(page, listed[0])
                page.evaluate("navigator.serviceWorker.ready.then(() => true)")
                page.reload(wait_until="networkidle")
                context.set_offline(offline=True)
                for address in listed:
                    _open(page, address)
                    _take(page, folder / f"{who}-{_name(address)}-{width}")


def _open(page: Page, address: str) -> None:
    page.goto(address, wait_until="networkidle")
    if page.title().startswith("No network"):
        return  # What stands in for a page that needs one: no script fills it.
    settle(page)
    pin = page.get_by_label("PIN, six digits")
    if pin.count() > 0 and pin.first.is_visible():
        pin.first.fill(PIN)
        page.keyboard.press("Enter")
        expect(page.locator("dialog[open]")).to_have_count(0, timeout=_OPENING_MS)
    expect(page.locator("[data-day=loading]")).to_be_hidden(timeout=_OPENING_MS)


def _take(page: Page, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        picture = path.with_name(f"{path.name}-{scheme}.png")
        page.screenshot(path=picture, full_page=True, animations="disabled")


def _name(address: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "start"


@contextmanager
def _studio(browser: Browser, story: Any) -> Iterator[Studio]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keyring = a_keyring()
        save_keyring(folder / "ivig.key", keyring)
        os.environ["IVIG_KEY_FILE"] = str(folder / "ivig.key")
        url = f"sqlite:///{folder / 'ivig.db'}"
        upgrade(url)
        database = Database(url, keyring=keyring)
        ward = a_ward(database, story)
        names: dict[str, Any] = {"record": ward.record, "nurse": ward.people["nurse"].id}
        if story is _wanda:
            names = addresses(_app(url), ward)
            _assign_today(_app(url), ward)
        with running_server(_app(url)) as server:
            yield Studio(browser, server, ward, names)
        database.close()


def _app(url: str) -> FastAPI:
    return create_app(Settings(database_url=url, worker_in_server=False), clock=lambda: NOW)


def _assign_today(app: FastAPI, ward: Ward) -> None:
    """Send the nurse to the patient today."""
    body = {"account_id": str(ward.people["nurse"].id), "on_date": f"{NOW:%Y-%m-%d}"}
    address = f"/api/v1{ward.record}/visit-assignments"
    with ApiClient(app) as client:
        done = client.post(
            address, json=body | {"confirm": True}, headers=ward.headers("coordinator")
        )
    assert done.status_code == 201, done.text


def _wanda(session: Session) -> PatientRow:
    return a_wearing_off_patient(session, family_name="Örs")


def _nothing_entered(session: Session) -> PatientRow:
    return a_patient(session, a_clinic(session))


if __name__ == "__main__":
    sys.exit(main())
