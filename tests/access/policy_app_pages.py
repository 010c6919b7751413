"""The part of the policy's table about the installed app: its shells, and the devices it is on."""

from __future__ import annotations

from typing import Final

from tests.access.cells import ADMIN, ALL, API, About, Row


def _shell(path: str) -> Row:
    """Return the row of a page that is the same for everybody: it holds nothing personal."""
    return Row("GET", path, ALL, About.ANYBODY, 200, by_cookie=True)


def _own(method: str, path: str, done: int) -> Row:
    return Row(method, f"{API}/me/devices{path}", ALL, About.OWN, done, by_cookie=True)


def _page(path: str, may: frozenset[str], about: About, done: int) -> Row:
    return Row("POST", path, may, about, done, by_cookie=True, is_form=True)


APP_PAGES: Final[list[Row]] = [
    *(_shell(path) for path in ("/today", "/report", "/wrong", "/offline", "/day", "/day/visit")),
    _shell("/sw.js"),
    _shell("/manifest.webmanifest"),
    Row("GET", f"{API}/devices/{{device_id}}/state", ALL, About.ANYBODY, 200, by_cookie=True),
    Row("GET", f"{API}/me/devices", ALL, About.SELF, 200, by_cookie=True),
    _own("POST", "/{device_id}/key", 200),
    _own("POST", "/{device_id}/revoke", 204),
    _page("/account/devices/{device_id}/revoke", ALL, About.OWN, 303),
    # The device that the row names is of another account of the clinic.
    Row(
        "POST",
        f"{API}/accounts/{{account_id}}/devices/{{device_id}}/revoke",
        ADMIN,
        About.CLINIC,
        404,
        by_cookie=True,
    ),
    _page("/accounts/{account_id}/devices/{device_id}/revoke", ADMIN, About.CLINIC, 404),
]
