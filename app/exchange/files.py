"""Reading CSV files line by line, going on after a line that is broken."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PLAIN_WORDS: Final = {
    "unexpected end of data": "a quotation mark is opened and never closed",
    "expected after": "text follows a closing quotation mark; inside a quoted cell it is doubled",
    "field larger than": "a cell has more than 131072 characters; is a quotation mark not closed?",
}


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one line, or why it is broken.

    `line` is the first that it stands on; `offset` is how far the file has been read, in bytes.
    """

    line: int
    cells: list[str]
    broken: str = ""
    offset: int = 0


class _Lines:
    """The physical lines of a stream, of which some can be given back."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream = stream
        self._returned: deque[str] = deque()
        self._taken: list[str] = []
        self.count = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._stream)
        self._taken.append(line)
        self.count += 1
        return line

    def begin_record(self) -> int:
        """Forget the lines of the record before; return the number of the next line."""
        self._taken.clear()
        return self.count + 1

    def give_back_all_but_first(self) -> None:
        """Let reading go on behind the first line of a broken record.

        An opened quotation mark makes the reader swallow good lines, which would go unchecked.
        """
        again = self._taken[1:]
        self._returned.extendleft(reversed(again))
        self.count -= len(again)


def read_records(path: Path) -> Iterator[Record]:
    """Yield every record of a CSV file, the header first; blank lines are left out.

    Bytes that are not UTF-8 come as lone surrogates, so that only their cell is at fault.
    """
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="") as text,
    ):
        yield from _records(_Lines(text), raw.tell)


def _records(lines: _Lines, offset: Callable[[], int]) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    while True:
        line = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back_all_but_first()
            yield Record(line, [], _in_plain_words(str(error)), offset())
            continue
        if any(cells):
            yield Record(line, cells, offset=offset())


def _in_plain_words(message: str) -> str:
    return next((words for part, words in _PLAIN_WORDS.items() if part in message), message)
