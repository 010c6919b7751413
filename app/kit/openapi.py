"""The OpenAPI document: every error of every operation is a problem document."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.kit.access import SESSION_COOKIE
from app.kit.base import Json
from app.kit.problems import MEDIA_TYPE, Problem
from app.kit.routing import permissions_of_routes

DESCRIPTION: Final = (
    "Tracks intravenous immunoglobulin courses and the strength between them. Programs send the"
    " token of an account, browsers the cookie of a session. Every operation names the permission"
    " that it needs (`x-permission`); what is not yours to see is answered as absent (404)."
)

_REASONS: Final = {
    401: "Nobody known asks: there are no credentials, or they are not valid any more.",
    403: "The role or the token of whoever asks may not do this.",
    404: "There is no such row, or it is not for whoever asks to see.",
    405: "The address does not know this method.",
    409: "It contradicts what is stored, which is shown beside what was sent.",
    412: "The row was changed meanwhile.",
    413: "The body is too long.",
    422: "What was sent is refused; every wrong field is named.",
    429: "Too many attempts failed; `Retry-After` says how long to wait.",
    428: "A change must say which version it changes.",
    500: "Something went wrong on our side; nothing was stored.",
}
_SCHEMAS: Final = "#/components/schemas/"


def describe(app: FastAPI) -> None:
    """Let `app` show the document with the errors that its operations can have."""

    def document() -> Json:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            _add_permissions(document, app)
            app.openapi_schema = _with_problems(document)
        return app.openapi_schema

    # The way that FastAPI's own documentation shows.
    app.openapi = document  # type: ignore[method-assign]


def _add_permissions(document: Json, app: FastAPI) -> None:
    components = document.setdefault("components", {})
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
        "token": {"type": "http", "scheme": "bearer"},
    }
    needs = {(method.lower(), path): need for method, path, need in permissions_of_routes(app)}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            need = needs[method, path]
            operation["security"] = [] if need is None else [{"session": []}, {"token": []}]
            if need is not None:
                operation["x-permission"] = need


def _with_problems(document: Json) -> Json:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=_SCHEMAS + "{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _add_problems(operation, codes=_codes(path, method, operation=operation))
    return document


def _codes(path: str, method: str, *, operation: Json) -> list[int]:
    codes = [422, 500]
    if operation["security"]:
        codes += [401, 403]
    elif method == "post":
        codes += [401, 403, 429]
    names_a_row = any(_names_a_row(query) for query in operation.get("parameters", ()))
    if "{" in path or names_a_row or "404" in operation["responses"]:
        codes.append(404)
    if method in ("post", "patch"):
        codes += [409, 413]
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ())):
        codes += [412, 428]
    return sorted(codes)


def _names_a_row(parameter: Json) -> bool:
    is_id: bool = parameter["name"].endswith("_id") and parameter["required"]
    return is_id


def _add_problems(operation: dict[str, Any], *, codes: list[int]) -> None:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
    for code in codes:
        response = {"description": _REASONS[code], "content": content}
        operation["responses"][str(code)] = response
