"""The part of the policy's table about the physician's lists and what is done from them."""

from __future__ import annotations

from typing import Any, Final

from tests.access.cells import DOCTOR, TEAM, About, Row, sends

_FINDING: Final = "/patients/{patient_id}/findings/{finding_id}"


def _page(method: str, path: str, may: frozenset[str], about: About, **options: Any) -> Row:
    done = options.pop("done", 200 if method == "GET" else 303)
    return Row(method, path, may, about, done, by_cookie=True, is_form=True, **options)


def _review(verb: str, done: int = 303, **typed: str) -> Row:
    body = sends(version="1", reason="Known.", **typed)
    return _page("POST", f"{_FINDING}/{verb}", DOCTOR, About.PATIENT, done=done, body=body)


DESK: Final[list[Row]] = [
    _page("GET", _FINDING, TEAM, About.PATIENT),
    _review("acknowledge"),
    _review("disagree"),
    _review("snooze", until="2026-07-01"),
    _review("reopen", 409),
    _page("GET", "/digest", TEAM, About.CLINIC, query="clinic"),
    _page("GET", "/cohort", TEAM, About.CLINIC, query="clinic"),
    _page("GET", "/patients/{patient_id}/summary", TEAM, About.PATIENT),
    _page("GET", "/patients/{patient_id}/summary.pdf", TEAM, About.PATIENT),
]
