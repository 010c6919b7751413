"""What is wrong with an entry can be said in every language: no reason is a bare text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from tests.support.repository import APP, named, python_files

_ENGLISH_ONLY: Final = ("cli", "exchange", "web")
"""Command lines and files speak English; pages have `gettext`."""

_TOLD: Final = {
    *("NotSignedIn", "Forbidden", "Conflict", "TooManyDevices"),
    *("VersionMismatch", "VersionRequired"),
}
"""Errors that people meet, whose first argument is a sentence."""


def _reason_of(call: ast.Call) -> ast.expr | None:
    """Return what a call that makes a fault or an error says, if it is one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {"fault": 1, "Fault": 2, **dict.fromkeys(_TOLD, 0)}.get(name)
    named = [one.value for one in call.keywords if one.arg == "reason" and place is not None]
    if place is not None and len(call.args) > place:
        return call.args[place]
    return named[0] if named else None


def _texts(function: ast.AST) -> Iterator[tuple[int, str]]:
    """Give the bare texts that a function or a module tells people."""
    made: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(function):
        reason = _reason_of(node) if isinstance(node, ast.Call) else None
        told = made.get(reason.id, []) if isinstance(reason, ast.Name) else [reason]
        for one in told:
            if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and one.value):
                yield one.lineno, ast.unparse(one)


def test_every_reason_is_a_message_of_the_catalogues() -> None:
    bare = {
        f"{named(path)}:{line}: {text}"
        for path in python_files("app")
        if path.relative_to(APP).parts[0] not in _ENGLISH_ONLY
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line, text in _texts(node)
    }
    assert sorted(bare) == []


def test_bare_texts_are_found() -> None:
    function = ast.parse(
        "def f():\n"
        "    reason = f'{x} is late'\n"
        "    rule.fault(x, reason)\n"
        "    Fault('a', x, 'it is missing')\n"
        "    raise Conflict('Taken.')\n"
        "    rule.fault(x, say('fine'))\n"
    )
    assert [line for line, _ in _texts(function)] == [2, 4, 5]
