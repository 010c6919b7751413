"""HTTP as uvicorn speaks it, for clients that send their headers promptly and briefly."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS: Final = 10.0
"""From the first byte, or from the connection, to the end of the headers. Apache's mod_reqtimeout
gives 20 seconds by default; headers of browsers come in one packet. Judgement."""

LONGEST_HEADERS: Final = 32 * 1024
"""Bytes of the request line and the headers together; nginx takes four buffers of 8 kB."""


class PromptHttp(HttpToolsProtocol):
    """Closes connections that stand open without a request (OWASP: slow HTTP attacks)."""

    header_seconds = HEADER_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the headers of one more request."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._deadline is None:
            self._expect_headers()

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(name + value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait no longer; from here on the body has its own deadline."""
        self._stop_waiting()
        super().on_headers_complete()

    def _count(self, part: bytes) -> None:
        self._head_bytes += len(part)
        if self._head_bytes > LONGEST_HEADERS:
            raise ValueError("the headers are too long")  # uvicorn answers 400 and closes.

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
