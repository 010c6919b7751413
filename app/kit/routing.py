"""How JSON requests are read: strictly, and no longer than anybody needs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, RuleViolation
from app.kit.access import need_of
from app.kit.completing import Completer, RuleCheck
from app.kit.guard import Gate
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


class GuardedRoute(APIRoute):
    """A route that says who may call it, and is called by nobody else.

    Raises
    ------
    RuntimeError
        When it is made: its endpoint does not say who may call it.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.need = need_of(endpoint)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """Return the handler behind the gate."""
        handle = super().get_route_handler()

        async def handle_guarded(request: Request) -> Response:
            gate: Gate = request.app.state.gate
            asked = await gate.admit(request, self.operation_id or self.name, self.need)
            request.state.asked = asked
            try:
                response = await self.answer(handle, request)
            except AppError as error:
                await gate.refused(request, asked, error)
                raise
            await gate.settle(request, asked)
            return response

        return handle_guarded

    async def answer(self, handle: Handler, request: Request) -> Response:
        """Call the endpoint."""
        return await handle(request)


class ApiRoute(GuardedRoute):
    """A route of the JSON API."""

    async def answer(self, handle: Handler, request: Request) -> Response:
        """Call the endpoint with the stricter request."""
        try:
            return await handle(StrictRequest(request.scope, request.receive))
        except RequestValidationError as error:
            completer = _COMPLETERS.get(self.endpoint)
            if completer is None:
                raise
            faults = await run_in_threadpool(completer.all_faults, request, error)
            raise RuleViolation(faults) from error


def permissions_of_routes(app: FastAPI) -> list[tuple[str, str, str | None]]:
    """Return method, path and needed permission of every guarded route; None where it is public.

    Raises
    ------
    RuntimeError
        A route that is served is not guarded, other than the OpenAPI document and static files.
    """
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, GuardedRoute):
            methods = sorted(context.methods or ())
            found += [(method, str(context.path), route.need) for method in methods]
        elif context.path not in _UNGUARDED:
            raise RuntimeError(f"{context.path} is served without a gate")
    return found


_UNGUARDED: Final = frozenset({"/openapi.json", "/static"})
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
