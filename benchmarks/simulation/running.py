"""Many patients on a few processes, with a progress bar; rows come back in order."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.simulation.cells import Cell

Row = dict[str, Any]
Look = Callable[[Cell, int, int], Row]
_CHUNK: Final = 10  # patients that a process is given at a time
_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes that look at patients."""

    pool: ProcessPoolExecutor
    progress: Progress
    seed: int

    def gather(self, look: Look, cell: Cell, patients: int) -> list[Row]:
        """Return what `look` says of patients 0 to `patients` - 1 of `cell`."""
        task = self.progress.add_task(f"{look.__name__}: {cell.key}", total=patients)
        starts = range(0, patients, _CHUNK)
        jobs = [
            self.pool.submit(_chunk, look, cell, self.seed, range(s, min(s + _CHUNK, patients)))
            for s in starts
        ]
        rows: list[Row] = []
        for job in jobs:
            rows += job.result()
            self.progress.update(task, completed=len(rows))
        self.progress.remove_task(task)
        return rows


@contextmanager
def crew(workers: int, seed: int) -> Iterator[Crew]:
    """Start processes of one thread each, and a bar on standard error."""
    for name in _ONE_THREAD:  # read when the processes import numpy, so they must start fresh
        os.environ[name] = "1"
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    fresh = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(workers, mp_context=fresh) as pool,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        yield Crew(pool, progress, seed)


def _chunk(look: Look, cell: Cell, seed: int, indices: range) -> list[Row]:
    return [look(cell, index, seed) for index in indices]
