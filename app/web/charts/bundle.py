"""The library that draws the physicians' charts: Vega-Embed with all that it needs, one file.

`vl_convert`, which holds it, embeds a whole browser engine of some 100 MB. So a process of its
own takes the file out, once; the serving process never imports it. The address holds a hash of
what goes in, so that a browser may keep the file for good. `docs/adr/0015-chart-library.md`.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock, Thread
from typing import Final

import anyio
from fastapi import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from app.config import Settings
from app.kit.headers import IMMUTABLE

SNIPPET: Final = "window.vegaEmbed = vegaEmbed;"
"""What runs at the end of the file; the names of Vega itself are not needed."""
FOLDER: Final = "charts"
PATH: Final = re.compile(rf"{FOLDER}/([0-9a-f]+)\.js")
_DIGITS: Final = 12
_LONGEST_WAIT: Final = 30.0  # seconds; it takes 3 on a small server, and more on a busy one
_POLL: Final = 0.2
_TRY_AGAIN_AFTER: Final = 60.0  # seconds after a try that left nothing
_lock: Final = Lock()
_begun: dict[Path, float] = {}


@cache
def name() -> str:
    """Return a short hash of what goes into the file."""
    text = f"{version('vl-convert-python')} {SNIPPET}"
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def address() -> str:
    """Return where browsers find the file."""
    return f"/static/{FOLDER}/{name()}.js"


def cache_dir(settings: Settings) -> Path:
    """Return the folder for what can be made anew.

    By default it is in the home of whoever runs the service, as the XDG Base Directory
    Specification has it, and not in a temporary folder, where others could place a script.
    """
    if settings.cache_dir is not None:
        return settings.cache_dir
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ivig"


def file_in(folder: Path) -> Path:
    """Return where the compressed file lies in a cache."""
    return folder / FOLDER / f"{name()}.js.gz"


def begin(folder: Path) -> None:
    """Have the file made if it is not there; returns at once, the process is a polite one."""
    if file_in(folder).exists():
        return
    with _lock:
        begun = _begun.get(folder)
        if begun is not None and time.monotonic() - begun < _TRY_AGAIN_AFTER:
            return
        _begun[folder] = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  # our own module, and a folder of the settings
        [sys.executable, "-m", "app.web.charts.make_bundle", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    # A thread waits for it, so that no ended process is left behind.
    Thread(target=process.wait, name="chart-bundle", daemon=True).start()


async def answer(settings: Settings, asked: str, headers: Headers) -> Response:
    """Answer a request for the file; waits a little for one that is being made."""
    if asked != name():
        return Response(status_code=404)
    folder = cache_dir(settings)
    path = file_in(folder)
    await run_in_threadpool(begin, folder)
    deadline = anyio.current_time() + _LONGEST_WAIT
    while not await anyio.Path(path).exists():
        if anyio.current_time() > deadline:
            # The page goes on with the drawings that came with it.
            return Response(status_code=503, headers={"Retry-After": "60"})
        await anyio.sleep(_POLL)
    content = await anyio.Path(path).read_bytes()
    kept = {"Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    if takes_gzip(headers.get("accept-encoding", "")):
        kept["Content-Encoding"] = "gzip"
    else:
        content = await run_in_threadpool(gzip.decompress, content)
    return Response(content, headers=kept, media_type="text/javascript")


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip and does not refuse it."""
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in ("gzip", "x-gzip"):
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
