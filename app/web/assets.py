"""Scripts, styles and pictures: their addresses change with what they hold.

A page asks for ``/static/v-<hash>/page.js``. The hash is that of all of them, so that what a
module imports from beside it has the same one, and a browser may keep everything for good.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Scope

from app.kit.headers import IMMUTABLE
from app.web.charts import bundle
from app.web.charts.bundle import takes_gzip

DIRECTORY: Final = Path(__file__).parent / "static"
_VERSIONED: Final = re.compile(r"v-([0-9a-f]+)/")
_DIGITS: Final = 12
_TEXTS: Final = (".js", ".css", ".svg")
_SAME: Final = ("cache-control", "vary", "last-modified")


@cache
def version() -> str:
    """Return what all assets together hold, as a short hash."""
    return digest_of(DIRECTORY)


def digest_of(folder: Path, *, but: Collection[str] = ()) -> str:
    """Return a short hash of the names and contents of all files in a folder.

    Parameters
    ----------
    folder : Path
    but : collection of str
        Suffixes of files that do not count.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in but:
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def asset(name: str) -> str:
    """Return the address of an asset as it is now."""
    return f"/static/v-{version()}/{name}"


class Assets(StaticFiles):
    """Serves the assets, with and without the version in their address."""

    def __init__(self) -> None:
        super().__init__(directory=DIRECTORY)

    def get_path(self, scope: Scope) -> str:
        """Return the asset's path below the directory."""
        return _VERSIONED.sub("", super().get_path(scope), count=1)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer; what is asked for under its own version may be kept for good.

        A script of another version is absent: what it imports by name may not be there, or do
        something else, and a browser would keep it under an address that is not its own. A page
        that was opened before still has the scripts that it began with, from the worker if it
        comes for them late.
        """
        library = bundle.PATH.fullmatch(path)
        if library is not None and scope["method"] in ("GET", "HEAD"):
            settings = scope["app"].state.settings
            return await bundle.answer(settings, library[1], Headers(scope=scope))
        asked = _VERSIONED.match(super().get_path(scope))
        if asked is not None and asked[1] != version() and path.endswith(".js"):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        if asked is None or asked[1] != version():
            return answer
        answer.headers["Cache-Control"] = IMMUTABLE
        if path.endswith(_TEXTS) and isinstance(answer, FileResponse):
            answer.headers.add_vary_header("Accept-Encoding")
            headers = Headers(scope=scope)
            if "range" not in headers and takes_gzip(headers.get("accept-encoding", "")):
                return _packed_answer(path, answer)
        return answer


def _packed_answer(path: str, answer: FileResponse) -> Response:
    """Return the same answer with less to carry."""
    headers = {name: answer.headers[name] for name in _SAME}
    headers["Content-Encoding"] = "gzip"
    return Response(_packed(path), headers=headers, media_type=answer.media_type)


@cache
def _packed(path: str) -> bytes:
    return gzip.compress((DIRECTORY / path).read_bytes(), mtime=0)
