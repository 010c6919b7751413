"""What a person must hold in the head at once stays small."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.support.repository import named, pure_files, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MOST_POSITIONAL = 3  # a session and two more; what comes after is given by name
# FastAPI and typer call these by name, and a migration is a list of steps.
CALLED_BY_NAME = ("app/cli/", "app/web/pages/")
STEPS = "migrations/versions/"

Function = ast.FunctionDef | ast.AsyncFunctionDef
SOURCES = [
    path
    for path in python_files("app", "tests", "migrations", ".ci", "benchmarks")
    if not named(path).startswith(STEPS)
]


@cache
def functions(path: Path) -> list[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def body_length(function: Function) -> int:
    """Return the number of lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    last = body[-1]
    assert last.end_lineno is not None
    return last.end_lineno - body[0].lineno + 1


def positional(function: Function) -> int:
    """Return how many arguments may come without a name, apart from `self` and `cls`."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return len(names[1:] if names[:1] in (["self"], ["cls"]) else names)


def test_no_file_is_too_long() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{named(path)}: {function.name}": body_length(function)
        for path in SOURCES
        for function in functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_what_a_module_offers_takes_its_later_arguments_by_name() -> None:
    counts = {
        f"{named(path)}: {function.name}": positional(function)
        for path in python_files("app", "migrations")
        if path.name != "routes.py" and not named(path).startswith(CALLED_BY_NAME)
        for function in functions(path)
        if not function.name.startswith("_")  # those have their callers beside them
    }
    assert {name: n for name, n in counts.items() if n > MOST_POSITIONAL} == {}


def test_what_the_core_offers_is_documented() -> None:
    bare = [
        f"{named(path)}: {node.name}"
        for path in pure_files()
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, Function | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert bare == []
