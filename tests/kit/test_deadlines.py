"""Bodies that never come do not keep anybody waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from app.kit import problems
from app.kit.deadlines import BodyDeadline


def _app() -> FastAPI:
    app = FastAPI()
    problems.register(app, tell=lambda _request, text: text)

    @app.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    return app


def ask(seconds: float, body: Callable[[], Any]) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(BodyDeadline(_app(), seconds=seconds))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/", content=body())

    return asyncio.run(asked())


async def halves(pause: float) -> Any:
    yield b"half"
    await asyncio.sleep(pause)
    yield b"half"


def test_a_body_in_time_is_read() -> None:
    answer = ask(30, lambda: halves(0))
    assert (answer.status_code, answer.json()) == (200, 8)


def test_a_body_that_does_not_arrive_ends_the_request_and_the_connection() -> None:
    answer = ask(0.05, lambda: halves(30))
    assert answer.status_code == 408
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.json()["detail"] == "The body did not arrive in time. Send the request again."


def test_a_trickle_does_not_move_the_deadline() -> None:
    async def trickle() -> Any:
        for _ in range(1000):
            yield b"x"
            await asyncio.sleep(0.02)

    assert ask(0.1, trickle).status_code == 408


def test_what_comes_after_the_body_has_no_deadline() -> None:
    app = FastAPI()

    @app.post("/")
    async def slow(request: Request) -> str:
        await request.body()
        await asyncio.sleep(0.2)
        return "done"

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(BodyDeadline(app, seconds=0.05))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/", content=b"x")

    assert asyncio.run(asked()).json() == "done"


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def inner(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        pytest.fail("nothing is received or sent")

    asyncio.run(BodyDeadline(inner)({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
