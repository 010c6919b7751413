"""The policy of what people read, of a clinic's own texts, and of reviews of translations."""

from __future__ import annotations

from typing import Any, Final

from tests.access.cells import ADMIN, ALL, API, DOCTOR, REASON, VOID, About, Row, sends
from tests.access.world import Place

_WRITES: Final = DOCTOR | ADMIN
_CLINIC: Final = f"{API}/clinics/{{clinic_id}}"


def _text(_place: Place, role: str) -> dict[str, Any]:
    # One text for a topic and language: examples are in other languages.
    content = {"title": "Call us", "body": "By day.", "source": "Own practice"}
    return {"topic": "calling" if role == "physician" else "mmn", "locale": "fr", **content}


def _page(method: str, path: str, may: frozenset[str], about: About, **options: Any) -> Row:
    done = options.pop("done", 200 if method == "GET" else 303)
    return Row(method, path, may, about, done, by_cookie=True, is_form=True, **options)


_REVIEW: Final = {"locale": "de", "reviewer": "Dr. Beispiel", "reviewed_on": "2026-05-30"}
_EDITED: Final = sends(locale="en", title="Call us", body="By day.", source="Own practice")

TEXTS: Final[tuple[Row, ...]] = (
    Row("GET", f"{_CLINIC}/help-texts", ALL, About.CLINIC),
    Row("POST", f"{_CLINIC}/help-texts", _WRITES, About.CLINIC, 201, _text),
    Row("GET", f"{API}/help-texts/{{id}}", ALL, About.CLINIC),
    Row("GET", f"{API}/help-texts/{{id}}/history", ALL, About.CLINIC),
    Row(
        "PATCH",
        f"{API}/help-texts/{{id}}",
        _WRITES,
        About.CLINIC,
        200,
        sends(**REASON, title="Whom to call"),
    ),
    Row("POST", f"{API}/help-texts/{{id}}/void", _WRITES, About.CLINIC, 200, VOID),
    Row("GET", f"{_CLINIC}/text-reviews", ALL, About.CLINIC),
    Row("POST", f"{_CLINIC}/text-reviews", _WRITES, About.CLINIC, 201, sends(**_REVIEW)),
    Row("GET", f"{API}/text-reviews/{{id}}", ALL, About.CLINIC),
    Row("GET", f"{API}/text-reviews/{{id}}/history", ALL, About.CLINIC),
    Row("POST", f"{API}/text-reviews/{{id}}/void", _WRITES, About.CLINIC, 200, VOID),
    _page("GET", "/learn", ALL, About.ANYBODY),
    _page("GET", "/learn/{topic}", ALL, About.ANYBODY),
    _page("GET", "/learn/{topic}/history", ALL, About.CLINIC, query="clinic"),
    _page("GET", "/learn/{topic}/edit", _WRITES, About.CLINIC, query="clinic"),
    # Only shown how it would look: what is stored has tests of its own.
    _page(
        "POST",
        "/learn/{topic}/edit",
        _WRITES,
        About.CLINIC,
        done=200,
        body=_EDITED,
        query="clinic",
    ),
    _page("GET", "/clinic", ADMIN, About.CLINIC, query="clinic"),
    _page("GET", "/clinic/history", ADMIN, About.CLINIC, query="clinic"),
    # What is stored has tests of its own.
    _page("POST", "/clinic", ADMIN, About.CLINIC, done=412, body=sends(name="N"), query="clinic"),
    _page("GET", "/texts", _WRITES, About.CLINIC, query="clinic"),
    _page("POST", "/texts", _WRITES, About.CLINIC, body=sends(**_REVIEW), query="clinic"),
    _page(
        "POST",
        "/text-reviews/{row_id}/void",
        _WRITES,
        About.CLINIC,
        body=sends(reason="Wrong language."),
    ),
)
