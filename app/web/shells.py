"""The pages that open without a network, and the service worker that keeps them.

A shell holds nothing personal: whoever asks gets the same page, and its scripts fill it from the
vault of the device. docs/offline.md.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import Response

from app.learn.rules import TOPICS
from app.web.assets import DIRECTORY, asset, digest_of
from app.web.paths import (
    DAY,
    DAY_VISIT,
    LEARN,
    OFFLINE,
    REPORT,
    TODAY,
    WRONG,
)
from app.web.templating import TEMPLATES

SHELLS: Final = (TODAY, REPORT, WRONG, OFFLINE, DAY, DAY_VISIT)
PUBLIC: Final = (LEARN, *(f"{LEARN}/{topic}" for topic in TOPICS))
"""Open without a network as they are for somebody who is not signed in."""

VERSION_HEADER: Final = "X-Shell-Version"
_APP: Final = Path(__file__).parents[1]
_MADE: Final = (".pyc", ".pyo")
_WORKER: Final = TEMPLATES / "sw.js"
_KINDS: Final = (".js", ".css", ".svg")


@cache
def worker_version() -> str:
    """Return all that makes what the worker keeps, as a short hash.

    The words of a page come from templates, modules, texts and catalogues, so every file of the
    app counts: a worker too many fetches some pages again, one too few shows old words for good.
    """
    return digest_of(_APP, but=_MADE)


def versioned(page: Response) -> Response:
    """Say on a page that the worker keeps which version it is of, for a worker keeps its own."""
    page.headers[VERSION_HEADER] = worker_version()
    return page


@cache
def worker_script() -> str:
    """Return the script of the service worker."""
    kept = [
        asset(path.relative_to(DIRECTORY).as_posix())
        for path in sorted(DIRECTORY.rglob("*"))
        if path.suffix in _KINDS
    ]
    filled = {
        "__VERSION__": worker_version(),
        "__SHELLS__": SHELLS,
        "__PUBLIC__": PUBLIC,
        "__ASSETS__": kept,
    }
    script = _WORKER.read_text(encoding="utf-8")
    for name, value in filled.items():
        script = script.replace(f'"{name}"', json.dumps(value))
    return script
