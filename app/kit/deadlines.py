"""How long a request may take to arrive."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_SECONDS: Final = 30.0
"""From the end of the headers to the end of the body. Judgement: 2 MiB within it need 560 kbit/s;
a report has 30 kB. Who sends more slowly holds a connection open and nothing else (OWASP Denial
of Service Cheat Sheet, "slow HTTP")."""

_TOO_SLOW: Final = "The body did not arrive in time. Send the request again."


class BodyDeadline:
    """Ends requests whose body does not arrive in time."""

    def __init__(self, app: ASGIApp, *, seconds: float = BODY_SECONDS) -> None:
        self.app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and watch how fast it comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        is_complete = False

        async def timed() -> Message:
            nonlocal is_complete
            if is_complete:
                return await receive()  # It waits until the client has gone: no deadline.
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                # The rest of the body may never come, so the connection ends with the answer.
                headers = {"Connection": "close"}
                raise HTTPException(408, _TOO_SLOW, headers) from None
            is_complete = not message.get("more_body", False)
            return message

        await self.app(scope, timed, send)
