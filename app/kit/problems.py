"""Every error as a problem document (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.errors import (
    AppError,
    Conflict,
    Fault,
    NotSignedIn,
    RuleViolation,
    Severity,
    TooManyAttempts,
)
from app.said import say, say_many

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_LONGEST_TEXT: Final = 200
_MOST_ITEMS: Final = 20
_DEEPEST: Final = 6
_MOST_ERRORS: Final = 500
_STORED_TEXT: Final = 4000
_STORED_ITEMS: Final = 500
_OF_STATUS: Final = {
    400: ("bad-request", "Bad request"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "Method not allowed"),
    413: ("too-large", "Too large"),
}


class FieldError(BaseModel):
    """One wrong field."""

    field: str = Field(examples=["values[2].value"])
    value: Any = Field(description="What was sent, cut where it is long.")
    reason: str = Field(examples=["11 is outside 0-10"])
    severity: Severity = Field(description="An unusual value is accepted when it is confirmed.")


class ClashShown(BaseModel):
    """One item of a bundle that contradicts what is kept."""

    item: str = Field(examples=["vials[2]"])
    id: str
    reason: str
    stored: dict[str, Any] | None = Field(description="Null where it is not yours to see.")
    sent: dict[str, Any]


class Problem(BaseModel):
    """A problem document. `code` is stable; `errors` names every wrong field at once."""

    type: str = Field(examples=["/problems/invalid"])
    title: str = Field(examples=["Invalid content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["values[2].value: 11 is outside 0-10"])
    code: str = Field(examples=["invalid"])
    errors: list[FieldError] | None = None
    stored: dict[str, Any] | None = Field(default=None, description="Of a conflict: what is kept.")
    sent: dict[str, Any] | None = Field(default=None, description="Of a conflict: what was sent.")
    conflicts: list[ClashShown] | None = Field(
        default=None, description="Of a bundle: every item that contradicts what is kept."
    )


def problem(
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """Return a problem document as a response."""
    content = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return Response(orjson.dumps(content), status, headers, MEDIA_TYPE)


def register(app: FastAPI, *, tell: Callable[[Request, str], str]) -> None:
    """Let `app` answer every error with a problem document, in words that `tell` chooses."""
    app.state.tell = tell
    app.add_exception_handler(AppError, _of_app_error)
    app.add_exception_handler(RequestValidationError, _of_shape)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_accident)


def of_faults(faults: Sequence[Fault], tell: Callable[[str], str]) -> Response:
    """Return the response that names every wrong field, its reasons as `tell` says them."""
    listed = faults[:_MOST_ERRORS]
    errors = [
        {
            "field": clipped(fault.field),
            "value": clipped(fault.value),
            "reason": clipped(tell(fault.reason)),
            "severity": fault.severity.value,
        }
        for fault in listed
    ]
    detail = say_many(
        "%(num)s fault; nothing was stored.", "%(num)s faults; nothing was stored.", len(faults)
    )
    return problem(
        RuleViolation.status_code,
        code=RuleViolation.code,
        title=RuleViolation.title,
        detail=tell(detail),
        more={"errors": errors},
    )


def faults_of_shape(errors: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Return what pydantic found as faults, under the names that a client knows."""
    return [_fault_of_shape(error) for error in errors]


def clipped(
    value: Any, *, longest: int = _LONGEST_TEXT, most: int = _MOST_ITEMS, depth: int = _DEEPEST
) -> Any:
    """Return `value` as JSON can hold it, cut to a length that a person can read."""
    if isinstance(value, str):
        text = value.encode("utf-8", "replace").decode("utf-8")
        return text if len(text) <= longest else f"{text[: longest - 1]}…"
    if value is None or isinstance(value, bool | int | float):
        is_storable = not isinstance(value, int) or abs(value) < 2**63
        return value if is_storable else clipped(str(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if depth and isinstance(value, Mapping):
        kept = list(value.items())[:most]
        return {
            clipped(str(key)): clipped(item, longest=longest, most=most, depth=depth - 1)
            for key, item in kept
        }
    if depth and isinstance(value, Sequence) and not isinstance(value, bytes):
        return [clipped(v, longest=longest, most=most, depth=depth - 1) for v in value[:most]]
    return clipped(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))


def _fault_of_shape(error: Mapping[str, Any]) -> Fault:
    where, *steps = error["loc"]
    field = ""
    for step in steps:
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else str(step)
    kind = error["type"]
    if kind == "missing":
        return Fault(field or str(where), None, say("it is missing"))
    if kind == "extra_forbidden":
        return Fault(field, error["input"], say("there is no such field"))
    if kind == "json_invalid":
        return Fault("body", None, say("it is not JSON: %(why)s", why=error["ctx"]["error"]))
    reason = error["ctx"]["reason"] if kind == "refused" else error["msg"]
    return Fault(field or str(where), error["input"], reason)


@contextmanager
def api_names(names: Mapping[str, str]) -> Iterator[None]:
    """Name the fields of faults as the API does, where files name them otherwise."""
    try:
        yield
    except RuleViolation as error:
        raise RuleViolation(renamed(error.faults, names)) from error


def renamed(faults: Iterable[Fault], names: Mapping[str, str]) -> list[Fault]:
    """Return the faults under the names that the API has for their fields."""
    return [replace(fault, field=names.get(fault.field, fault.field)) for fault in faults]


async def _of_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - registered for this class only
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Its words hold no value: whoever runs the service must hear of it.
        logger.error("%s: %s", error.code, error)
    tell = _tell(request)
    if isinstance(error, RuleViolation):
        return of_faults(error.faults, tell)
    more: dict[str, object] = {}
    if isinstance(error, Conflict) and error.stored is not None:
        more["stored"] = clipped(error.stored, longest=_STORED_TEXT, most=_STORED_ITEMS)
        more["sent"] = clipped(error.sent or {}, longest=_STORED_TEXT, most=_STORED_ITEMS)
    if isinstance(error, Conflict) and error.clashes:
        more["conflicts"] = [
            clipped(
                asdict(replace(clash, reason=tell(clash.reason))),
                longest=_STORED_TEXT,
                most=_STORED_ITEMS,
            )
            for clash in error.clashes
        ]
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="ivig"'
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    return problem(
        error.status_code,
        code=error.code,
        title=error.title,
        detail=clipped(tell(error.message), longest=1000),
        headers=headers,
        more=more,
    )


async def _of_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return of_faults(faults_of_shape(error.errors()), _tell(request))


def _tell(request: Request) -> Callable[[str], str]:
    """Return how a sentence is said in the language of a request."""
    return partial(request.app.state.tell, request)


async def _of_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    phrase = HTTPStatus(error.status_code).phrase
    code, title = _OF_STATUS.get(error.status_code, ("refused", phrase.capitalize()))
    detail = f"{title}." if error.detail == phrase else str(error.detail)
    return problem(error.status_code, code=code, title=title, detail=detail, headers=error.headers)


async def _of_accident(request: Request, error: Exception) -> Response:
    # The text of an unexpected error can hold SQL and a patient's data: it is for the log only,
    # which the server writes when the error is raised again.
    route = getattr(request.scope.get("route"), "path", "no route")
    logger.error("unexpected %s at %s", type(error).__name__, route)
    return problem(
        AppError.status_code,
        code=AppError.code,
        title=AppError.title,
        detail="Something went wrong on our side. Nothing was stored.",
    )
