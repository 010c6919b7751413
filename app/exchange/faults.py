"""What is wrong with a folder, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from app.kit.limits import plain, quoted

WHOLE_LINE = "-"
"""Stands for the column where no single column is at fault."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """One fault: file, line (the header is line 1), column, reason."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.reason}"


def shown(value: object) -> str:
    """Show a stored or sent value in a reason: short, on one line."""
    if value is None or value in ((), [], {}):
        return "nothing"
    if isinstance(value, float):
        return plain(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return quoted(";".join(map(str, value)))
    return quoted(str(value))
