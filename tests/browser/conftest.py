"""Fixtures for tests that look at the pages in a real browser.

`page` is a desk's window and `phone` a phone; both are on the address of a real server whose
database, `database`, the test fills beforehand: ``page.goto("/patients/...")``. A test fails when
its page breaks the content security policy, raises a script error, or asks any other server.
Wait with ``expect(locator)``: `wait_for_function` with a text needs `eval`, which the policy
forbids. `accessibility_faults` in `tests.support.browser` asks axe.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from app.web.charts import make_bundle
from tests.support.browser import Watch, running_browser, running_server

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture(params=["sqlite"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Name the one database that the pages are tried on; the services below run on both."""
    return str(request.param)


# For one file and not for the whole run: while it lives, asyncio takes this thread for its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the library of the charts."""
    folder = tmp_path_factory.mktemp("cache")
    make_bundle.make(folder)
    return folder


@pytest.fixture
def server(app: FastAPI) -> Iterator[str]:
    """Serve `app`, and give its address."""
    with running_server(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    with _page(browser, server, DESK) as opened:
        yield opened


@pytest.fixture
def phone(browser: Browser, server: str) -> Iterator[Page]:
    with _page(browser, server, PHONE) as opened:
        yield opened


@contextmanager
def _page(browser: Browser, server: str, device: dict[str, Any]) -> Iterator[Page]:
    with browser.new_context(base_url=server, **device) as context:
        opened = context.new_page()
        watch = Watch(opened, origin=server)
        yield opened
        assert watch.troubles == []
