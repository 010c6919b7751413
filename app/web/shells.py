"""The pages that open without a network, and the service worker that keeps them.

A shell holds nothing personal: whoever asks gets the same page, and its scripts fill it from the
vault of the device. docs/offline.md.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Final

from app.web.assets import DIRECTORY, asset, version
from app.web.paths import (
    DAY,
    DAY_VISIT,
    OFFLINE,
    REPORT,
    TODAY,
    WRONG,
)
from app.web.templating import TEMPLATES

SHELLS: Final = (TODAY, REPORT, WRONG, OFFLINE, DAY, DAY_VISIT)
_TOPICS: Final = ("mmn", "cidp", "immunoglobulin", "watching", "calling", "support", "device")
PUBLIC: Final = ("/learn", *(f"/learn/{topic}" for topic in _TOPICS))
"""Open without a network as they are for somebody who is not signed in."""

_WORKER: Final = TEMPLATES / "sw.js"
_KINDS: Final = (".js", ".css", ".svg")
_DIGITS: Final = 12


@cache
def worker_version() -> str:
    """Return what the worker keeps, as a short hash: assets, and the templates of the shells."""
    digest = hashlib.sha256(version().encode())
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


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
