"""How JSON requests are read: strictly, and no longer than anybody needs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import RuleViolation
from app.kit.completing import Completer, RuleCheck
from app.kit.problems import problem

E = TypeVar("E", bound=Callable[..., Any])

API: Final = "/api/v1"
LONGEST_BODY: Final = 2 * 1024 * 1024
"""Bytes. A report with every measure at every site has 30 kB."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose body is JSON to the letter: no NaN, no infinity, no half characters."""

    async def json(self) -> Any:
        """Return the body."""
        return orjson.loads(await self.body())


class ApiRoute(APIRoute):
    """A route of the JSON API."""

    def get_route_handler(self) -> Handler:
        """Return the handler, which is given the stricter request."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            try:
                return await handle(StrictRequest(request.scope, request.receive))
            except RequestValidationError as error:
                completer = _COMPLETERS.get(self.endpoint)
                if completer is None:
                    raise
                faults = await run_in_threadpool(completer.all_faults, request, error)
                raise RuleViolation(faults) from error

        return handle_strictly


_COMPLETERS: Final[WeakKeyDictionary[Callable[..., Any], Completer]] = WeakKeyDictionary()


def rules_of_body(schema: type[BaseModel], check: RuleCheck) -> Callable[[E], E]:
    """Let the rules speak too where the shape of a route's body is wrong in parts."""

    def register(endpoint: E) -> E:
        _COMPLETERS[endpoint] = Completer(schema, check)
        return endpoint

    return register


def api_router(tag: str) -> APIRouter:
    """Return a router for one part of the API."""
    return APIRouter(prefix=API, tags=[tag], route_class=ApiRoute)


class BodyLimit:
    """Refuses bodies beyond `LONGEST_BODY`, whether or not their length was announced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count what comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > LONGEST_BODY:
            await _too_large()(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > LONGEST_BODY:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self.app(scope, counted, send)


_TOO_LARGE: Final = f"The body is longer than {LONGEST_BODY} bytes."


def _too_large() -> Response:
    return problem(413, code="too-large", title="Too large", detail=_TOO_LARGE)
