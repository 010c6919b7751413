"""The list of pages that the browser looks at leaves out none without a reason."""

from __future__ import annotations

import re

from app.kit.routing import permissions_of_routes
from app.main import create_app
from tests.support.all_pages import EXCUSED, PAGES

SOME: dict[str, str] = {
    "record": "/patients/1",
    "visit": "/visits/1",
    "recall": "/recalls/1",
    "product": "/products/1",
    "nurse": "1",
    "plan": "1",
    "finding": "1",
}


def routes() -> list[str]:
    """Return the path of every page that is asked for with GET."""
    asked = [path for method, path, _ in permissions_of_routes(create_app()) if method == "GET"]
    return [path for path in asked if not path.startswith("/api/")]


def shown_by(address: str, paths: list[str]) -> str:
    """Return the path of the route that answers an address; a path without a name comes first."""
    bare = address.format(**SOME).partition("?")[0]
    for path in sorted(paths, key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path.replace(".", r"\.")), bare):
            return path
    return ""


def test_every_page_is_looked_at_or_excused() -> None:
    paths = routes()
    seen = {shown_by(address, paths) for pages in PAGES.values() for address in pages}
    assert "" not in seen
    assert set(paths) - seen == set(EXCUSED) - seen
    assert [path for path in EXCUSED if path not in paths] == []
    assert all(EXCUSED.values())
