"""A real browser on a real server: what a person would see."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS: Final = (
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # The browser itself must not look for the outside world.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS: Final = 20.0
COLOUR_RULES: Final = ["color-contrast", "link-in-text-block"]
"""The rules of axe that look at colours, of those that it runs by itself."""


def browser_path() -> str:
    """Return the browser of this machine; without one the test fails, it is never skipped."""
    for name in (os.environ.get("IVIG_TEST_CHROMIUM", ""), *NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    pytest.fail(
        "No browser: install the package `chromium`, or name one with IVIG_TEST_CHROMIUM. "
        "`python3 .ci/dev.py test` offers to install it."
    )


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start the browser, and stop it afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def running_server(app: FastAPI) -> Iterator[str]:
    """Serve `app` on a free port of this machine, as `ivig serve` would; give its address.

    It is `localhost` and no bare address, which passkeys and cookies refuse.
    """
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="served-app")
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive(), "the server stopped while it started"
            assert time.monotonic() < deadline, f"no server after {START_SECONDS} s"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://localhost:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Watch:
    """Collects what a page must never do, while a test looks at what it does."""

    def __init__(self, page: Page, *, origin: str) -> None:
        self.troubles: list[str] = []
        self._origin = origin
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("request", self._requested)

    def _heard(self, message: ConsoleMessage) -> None:
        # An address that answers 404 is also written here, and may be what the test is about.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self.troubles.append(f"asked another server: {request.url}")


def accessibility_faults(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it is now, one line for each rule."""
    return _faults(Axe().run(page).response)


def colour_faults(page: Page) -> list[str]:
    """Return what is wrong with the colours of a page that `accessibility_faults` looked at.

    For the other theme of the same page: nothing but its colours is another, to which
    tests/structure/test_themes.py holds style sheets and scripts, so axe's other rules would look
    at the same elements again.
    """
    options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": COLOUR_RULES}}
    return _faults(page.evaluate("options => axe.run(options)", options))


def _faults(response: Any) -> list[str]:
    return [
        f"{rule['id']}: {rule['help']} ({', '.join(str(n['target']) for n in rule['nodes'])})"
        for rule in response["violations"]
    ]
