"""The language of a page: chosen for each request, spoken by templates and by `app.web`.

Messages are English in the code and stand in `locale/<language>/LC_MESSAGES/messages.po` for a
translator. Variables are written ``%(name)s`` everywhere, so that a per cent sign is ``%%``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, Final

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request, Response
from jinja2 import Environment

LOCALES: Final = ("en", "es", "fr", "de")
SOURCE: Final = "en"
"""The language of the messages in the code."""
NAMES: Final = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch"}
"""Each in its own language, because whoever looks for it reads no other."""
COOKIE: Final = "language"
_YEAR: Final = timedelta(days=365)
DIRECTORY: Final = Path(__file__).parent / "locale"

_current: ContextVar[str] = ContextVar("locale", default=SOURCE)


def current_locale() -> str:
    """Return the language that is spoken now."""
    return _current.get()


def choose_locale(locale: str) -> None:
    """Speak a language until the end of this request."""
    _current.set(locale if locale in LOCALES else SOURCE)


def locale_of(request: Request) -> str:
    """Return the language of a request: the chosen one, else the browser's, else English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    ranges = (part.partition(";") for part in request.headers.get("accept-language", "").split(","))
    wanted = [tag.strip() for tag, _, weight in ranges if weight.strip() not in ("q=0", "q=0.0")]
    return negotiate_locale(wanted, LOCALES, sep="-") or SOURCE


def has_chosen(request: Request) -> bool:
    """Say whether the language was chosen in this browser."""
    return request.cookies.get(COOKIE) in LOCALES


def remember_locale(response: Response, locale: str) -> Response:
    """Let the browser ask for a language for a year."""
    response.set_cookie(
        COOKIE,
        locale,
        max_age=int(_YEAR.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return response


def babel_locale() -> Locale:
    """Return how dates and numbers are written now; English ones as in Britain."""
    locale = current_locale()
    return Locale("en", "GB") if locale == SOURCE else Locale(locale)


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalogue of a language."""
    if locale == SOURCE:
        return NullTranslations()
    path = DIRECTORY / locale / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def N_(message: str) -> str:  # noqa: N802 - the usual name of the mark
    """Mark a message that is translated where it is used."""
    return message


def gettext(message: str, **variables: Any) -> str:
    """Return a message in the language that is spoken now."""
    text = translations(current_locale()).gettext(message)
    return text % variables


def ngettext(singular: str, plural: str, number: float, **variables: Any) -> str:
    """Return the form of a message for a number; ``%(num)s`` is the number."""
    text = translations(current_locale()).ngettext(singular, plural, number)  # type: ignore[arg-type]
    return text % {"num": number, **variables}


def forms(one: str, other: str) -> dict[str, str]:
    """Return both forms of a counted message for a page's script, ``{n}`` left in.

    Write ``{n}`` in both: French says the first one of none, too.
    """
    return {"one": ngettext(one, other, 1), "other": ngettext(one, other, 2)}


class Words(Mapping[str, str]):
    """Words by key, in the language that is spoken when they are asked for.

    The messages are marked with `N_` where they stand.
    """

    __slots__ = ("_messages",)

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = dict(messages)

    def __getitem__(self, key: str) -> str:
        return self.fill(key)

    def message_of(self, key: str) -> str:
        """Return the words of a key as the code has them."""
        return self._messages[key]

    def fill(self, key: str, **variables: Any) -> str:
        """Return the words of a key with its variables."""
        message = self._messages[key]
        # The catalogue keeps its own head under the empty message.
        return gettext(message, **variables) if message else ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)


def capital(text: str) -> str:
    """Begin with a capital letter; unlike `str.capitalize` it leaves the others as they are."""
    return text[:1].upper() + text[1:]


def install(environment: Environment) -> None:
    """Let templates speak; there variables are escaped."""
    install_callables: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install_callables(
        lambda message: translations(current_locale()).gettext(message),
        lambda one, many, number: translations(current_locale()).ngettext(one, many, number),
        newstyle=True,
    )
    environment.globals["forms"] = forms
