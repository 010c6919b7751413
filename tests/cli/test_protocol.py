"""Connections that send nothing, or without end, are closed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from app.cli.protocol import LONGEST_HEADERS, PromptHttp

SECONDS = 0.3


class Hasty(PromptHttp):
    header_seconds = SECONDS


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.get("/")
    def answer() -> str:
        time.sleep(2 * SECONDS)
        return "hello"

    config = uvicorn.Config(app, port=0, http=Hasty, ws="none", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def sent(port: int, *parts: bytes, pause: float = 0) -> bytes:
    """Return what comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        got = b""
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            while piece := connection.recv(4096):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        return got


def test_an_ordinary_request_is_answered_however_long_the_answer_takes(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert sent(port, request).endswith(b'"hello"')


def test_a_second_request_on_the_same_connection_is_answered(port: int) -> None:
    first = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    second = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert sent(port, first, second, pause=3 * SECONDS).count(b'"hello"') == 2


@pytest.mark.parametrize("parts", [(b"",), (b"GET / HT",), (b"GET / HTTP/1.1\r\n", b"A: b\r\n")])
def test_headers_that_do_not_end_end_the_connection(port: int, parts: tuple[bytes, ...]) -> None:
    begun = time.monotonic()
    assert sent(port, *parts) == b""
    assert time.monotonic() - begun < 5


def test_headers_without_end_are_refused(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * LONGEST_HEADERS + b"\r\n\r\n"
    assert sent(port, head).startswith(b"HTTP/1.1 400")


def test_an_address_without_end_is_refused(port: int) -> None:
    head = b"GET /" + b"x" * LONGEST_HEADERS + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert sent(port, head).startswith(b"HTTP/1.1 400")
