"""Serving the application with uvicorn on a socket that is bound before anything else starts."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from app.errors import CommandRefused

if TYPE_CHECKING:
    from fastapi import FastAPI

LOOPBACK: Final = "127.0.0.1"


def bind(host: str, port: int) -> socket.socket:
    """Bind a socket; port 0 takes a free one.

    Raises
    ------
    CommandRefused
        The address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    # A port that was served a moment ago may be taken again at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        message = (
            f"Port {port} of {host} cannot be used: {error.strerror}. Choose another with --port,"
            " or 0 for a free one."
        )
        raise CommandRefused(message) from error
    return bound


def address(bound: socket.socket, host: str) -> str:
    """Return the address at which a browser finds the socket."""
    shown = "localhost" if host == LOOPBACK else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{bound.getsockname()[1]}"


def serve(
    app: FastAPI, bound: socket.socket, *, on_ready: Callable[[], None], proxies: str = ""
) -> None:
    """Serve until Ctrl-C or SIGTERM; `on_ready` is called once requests are answered.

    What `proxies` say of a client's address and scheme is believed, what others say is not.

    Raises
    ------
    CommandRefused
        The application did not start.
    """
    import uvicorn

    from app.cli.protocol import PromptHttp
    from app.kit.logs import LOG_CONFIG

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_ready()

    loop: Any = "asyncio" if sys.platform == "win32" else "uvloop"
    config = uvicorn.Config(
        app,
        loop=loop,
        http=PromptHttp,
        ws="none",
        log_config=LOG_CONFIG,
        # Addresses hold ids of patients: the audit trail keeps who asked for what, no log does.
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
    server = Server(config)
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        return  # uvicorn has stopped in order and passes the signal on.
    finally:
        bound.close()
    if not server.started:
        message = "The application did not start."
        raise CommandRefused(message)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block alike, so that what it opened is closed.

    Both are set, because a shell lets what it starts in the background ignore Ctrl-C.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
