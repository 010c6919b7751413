"""The files of this repository, as a clone of it would have them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pathspec

ROOT: Final = Path(__file__).resolve().parents[2]
APP: Final = ROOT / "app"


@cache
def ignored() -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(read(".gitignore").splitlines())


def files() -> Iterator[Path]:
    """Give every file that belongs to the repository, without asking git."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            relative = path.relative_to(ROOT).as_posix()
            if path.is_dir():
                if path.name != ".git" and not ignored().match_file(f"{relative}/"):
                    folders.append(path)
            elif not ignored().match_file(relative):
                yield path


def python_files(*folders: str) -> list[Path]:
    """Give the Python files below `folders`, which are named from the root."""
    roots = [ROOT / folder for folder in folders]
    return [p for p in files() if p.suffix == ".py" and any(r in p.parents for r in roots)]


def pure_files() -> list[Path]:
    """Give the files that may do no I/O and read no clock: the gate of coverage covers them."""
    patterns: list[str] = pyproject()["tool"]["coverage"]["run"]["include"]
    chosen = pathspec.GitIgnoreSpec.from_lines(f"/{pattern}" for pattern in patterns)
    return [p for p in python_files("app") if chosen.match_file(p.relative_to(ROOT).as_posix())]


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def named(path: Path) -> str:
    """Return the path as a person would write it."""
    return path.relative_to(ROOT).as_posix()
