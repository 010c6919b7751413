"""Fixtures for tests of pages behind the real gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.config import Settings
from app.db import Database
from app.main import create_app
from app.web.i18n import choose_locale
from tests.support.client import ApiClient
from tests.support.story import a_quiet_patient
from tests.support.ward import NOW, Ward, a_ward

Visit = Callable[..., httpx.Response]


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Let no test speak the language of the one before it."""
    yield
    choose_locale("en")


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database, a_quiet_patient)


@pytest.fixture
def gated(settings: Settings, ward: Ward) -> Iterator[ApiClient]:
    """Give a client of the application with the gate of a running service."""
    with ApiClient(create_app(settings, clock=lambda: NOW)) as client:
        yield client


@pytest.fixture
def visit(gated: ApiClient, ward: Ward) -> Visit:
    """Give a function that asks for a page as somebody, signed in anew; `form` is posted."""

    def asked(who: str, path: str, form: dict[str, Any] | None = None) -> httpx.Response:
        method = "GET" if form is None else "POST"
        return gated.request(method, path, headers=ward.headers(who), data=form)

    return asked
