"""Progress on standard error: a bar where people look, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import typer

Report = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and how much there is."""

SECONDS_BETWEEN_LINES: Final = 10.0
_SHARE: Final = 100


def say(message: str) -> None:
    """Write a message to standard error."""
    typer.echo(message, err=True)


@contextmanager
def progress() -> Iterator[Report]:
    """Give a function that shows progress while the block runs."""
    if sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeLeft())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=max(total, 1))

        yield report


def _lines() -> Report:
    """Return a function that writes a line now and then; quick work stays silent."""
    last: dict[str, float] = {}

    def report(what: str, done: int, total: int) -> None:
        moment = time.monotonic()
        if moment - last.setdefault(what, moment) < SECONDS_BETWEEN_LINES:
            return
        last[what] = moment
        say(f"{what}: {_SHARE * done // max(total, 1)} %")

    return report
