"""Responses of the JSON API, encoded in the thread that made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import orjson
from fastapi import Request, Response, status
from pydantic import BaseModel

from app.kit.base import Json
from app.kit.etags import etag, is_known
from app.kit.pagination import Page
from app.kit.shapes import ShownRow

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

JSON: Final = "application/json"
HIDDEN_HEADER: Final = "X-Hidden-Fields"
NOTHING: Final[frozenset[str]] = frozenset()


class Versions(BaseModel, Generic[T]):
    """Every version of a row, oldest first; the last one is how it stands now."""

    items: list[T]


def json_response(content: Any, *, status_code: int = status.HTTP_200_OK) -> Response:
    """Return content that is JSON-able already, without looking at each part of it again."""
    return Response(orjson.dumps(content, option=orjson.OPT_UTC_Z), status_code, media_type=JSON)


def model_response(model: BaseModel, *, status_code: int = status.HTTP_200_OK) -> Response:
    """Return one object that is not a row."""
    return Response(model.model_dump_json(), status_code, media_type=JSON)


def row_response(
    shown: ShownRow, *, if_none_match: str | None = None, hidden: frozenset[str] = NOTHING
) -> Response:
    """Return a row with its version as ETag, or 304 where the client holds it already."""
    headers = {"ETag": etag(shown.version), **_told(hidden)}
    if is_known(if_none_match, shown.version):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(_without(shown, hidden).model_dump_json(), headers=headers, media_type=JSON)


def saved_response(
    shown: ShownRow, *, created: bool, location: str, hidden: frozenset[str] = NOTHING
) -> Response:
    """Return a row that was sent: 201 where it is new, 200 where it had been stored before."""
    code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
    headers = {"ETag": etag(shown.version), "Location": location, **_told(hidden)}
    return Response(_without(shown, hidden).model_dump_json(), code, headers, JSON)


def page_response(request: Request, page: Page[Any], items: Sequence[Any]) -> Response:
    """Return one page; `items` are JSON-able."""
    return json_response(
        {
            "items": items,
            "next_cursor": page.next_cursor,
            "next": next_link(request, page.next_cursor),
        }
    )


def shown_page(
    request: Request, page: Page[Any], schema: type[BaseModel], *, hidden: frozenset[str] = NOTHING
) -> Response:
    """Return one page of rows as `schema` shows them."""
    shown = [_without(schema.model_validate(row), hidden) for row in page.rows]
    response = page_response(request, page, [row.model_dump(mode="json") for row in shown])
    response.headers.update(_told(hidden))
    return response


def versions_response(
    versions: Sequence[Json], schema: type[BaseModel], *, hidden: frozenset[str] = NOTHING
) -> Response:
    """Return the versions of a row, oldest first, the newest as it stands now."""
    shown = [_without(schema.model_validate(version), hidden) for version in versions]
    response = json_response({"items": [version.model_dump(mode="json") for version in shown]})
    response.headers.update(_told(hidden))
    return response


def _without(shown: M, hidden: frozenset[str]) -> M:
    """Return a row without the fields that are not for whoever asks."""
    return shown.model_copy(update=dict.fromkeys(hidden)) if hidden else shown


def _told(hidden: frozenset[str]) -> dict[str, str]:
    """Say which fields are null because they are hidden, not because they are empty."""
    return {HIDDEN_HEADER: ", ".join(sorted(hidden))} if hidden else {}


def next_link(request: Request, cursor: str | None) -> str | None:
    """Return the address of the next page, without the server's name."""
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
