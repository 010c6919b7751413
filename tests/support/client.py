"""A client that calls the application in this process, without a socket, and without `await`."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any, Self

import httpx
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI


class ApiClient:
    """Sends requests to `app`, whose start and stop it runs as a server would.

    An unexpected error of the application is raised in the test, unless `raises` is False: then
    the test sees the response that a user would see.
    """

    def __init__(self, app: FastAPI, *, raises: bool = True) -> None:
        self.app = app
        self._raises = raises
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        self._portal = enter(start_blocking_portal())
        enter(self._portal.wrap_async_context_manager(self.app.router.lifespan_context(self.app)))
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=self._raises)
        http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        self._http = enter(self._portal.wrap_async_context_manager(http))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._http.request, method, url, **options))

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> httpx.Response:
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> httpx.Response:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", url, **options)
