"""The rows of a folder, kept in a temporary SQLite file while they are checked and loaded.

A folder can hold millions of rows in any order. Here they wait on disk, are found to stand twice,
and come back patient by patient in the order of time.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

from app.exchange.faults import LineFault
from app.exchange.rows import Header, Row, read_row_again
from app.exchange.tables import REPORTS, TABLES, Table

_BATCH: Final = 5_000
_RANK: Final = {table.name: rank for rank, table in enumerate(TABLES)}
_SCHEMA: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -16000;
    CREATE TABLE line (
        rank INTEGER NOT NULL, line INTEGER NOT NULL, patient TEXT, key TEXT, apart TEXT,
        moment TEXT, id TEXT, is_refused INTEGER NOT NULL, cells TEXT NOT NULL);
    CREATE TABLE fault (
        rank INTEGER NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL, place INTEGER NOT NULL,
        field TEXT NOT NULL, reason TEXT NOT NULL);
    CREATE TABLE done (
        patient BLOB NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (patient, what)) WITHOUT ROWID;
"""
_INDEXES: Final = """
    CREATE INDEX line_by_patient ON line (patient, rank, key, line);
    CREATE INDEX line_by_id ON line (id, rank) WHERE id IS NOT NULL;
"""
# Two rows of one key are two rows only where something that the record can hold keeps them apart.
_SAME_KEY: Final = """
    SELECT rank, patient, key FROM line WHERE patient IS NOT NULL AND key IS NOT NULL
    GROUP BY patient, rank, key HAVING count(*) > 1 AND count(DISTINCT apart) < count(*)
"""
_SAME_ID: Final = """
    SELECT rank, id FROM line WHERE id IS NOT NULL GROUP BY id, rank HAVING count(*) > 1
"""
# A report is one submission: one patient, one moment, one source.
_SPLIT_REPORT: Final = """
    SELECT apart FROM line WHERE moment IS NOT NULL
    GROUP BY apart HAVING count(DISTINCT moment) > 1
"""


class Staging:
    """Rows and faults of one folder; a context manager that removes its file at the end."""

    def __init__(self) -> None:
        self._headers: dict[int, Header] = {}
        self._waiting: list[tuple[object, ...]] = []

    def __enter__(self) -> Self:
        # Patients' data: the folder is readable for this user alone, and removed at the end.
        self._folder = TemporaryDirectory(prefix="ivig-import-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / "staging.db"
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def set_header(self, header: Header) -> None:
        """Say how the cells of a file that follow are to be read."""
        self._headers[_RANK[header.table.name]] = header

    def has_file(self, table: Table) -> bool:
        """Say whether the folder has the file, with a header."""
        return _RANK[table.name] in self._headers

    def is_usable(self, table: Table) -> bool:
        """Say whether rows of the file may be loaded."""
        return self._headers[_RANK[table.name]].is_usable

    def add_row(self, row: Row, cells: Sequence[str]) -> None:
        """Keep a line; its faults are kept too and refuse it."""
        rank = _RANK[row.table.name]
        apart = row.values.get(row.table.apart)
        identity = None if row.id is None else row.id.hex
        moment = None if apart is None or row.table is not REPORTS else row.submission
        is_refused = bool(row.faults) or not self._headers[rank].is_usable
        self._waiting.append(
            (
                *(rank, row.line, row.patient, row.key),
                None if apart is None else apart.hex,
                *(moment, identity, is_refused, json.dumps(cells)),
            )
        )
        for column, reason in row.faults:
            self.add_fault(row.table, row.line, column=column, reason=reason)
        if len(self._waiting) >= _BATCH:
            self._flush()

    def add_fault(self, table: Table, line: int, *, column: str, reason: str) -> None:
        """Keep a fault, to be told in the order of files, lines and columns."""
        rank = _RANK[table.name]
        header = self._headers.get(rank)
        names = [] if header is None else [c.name if c else "" for c in header.columns]
        place = names.index(column) if column in names else len(names)
        self._database.execute(
            "INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?)",
            (rank, table.file, line, place, column, reason),
        )

    def add_file_fault(self, file: str, column: str, reason: str) -> None:
        """Keep a fault of a file that is none of ours."""
        self._database.execute(
            "INSERT INTO fault VALUES (?, ?, 1, 0, ?, ?)", (len(TABLES), file, column, reason)
        )

    def add_done(self, patient_id: uuid.UUID, counts: Mapping[str, int]) -> None:
        """Keep what became of a patient's rows, to be told to the audit trail at the end."""
        self._database.executemany(
            "INSERT INTO done VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET count = count + excluded.count",
            [(patient_id.bytes, what, count) for what, count in counts.items()],
        )

    def done(self) -> Iterator[tuple[uuid.UUID, dict[str, int]]]:
        """Yield what became of the rows of each patient, in the order of the patients' ids."""
        found = self._database.execute("SELECT * FROM done ORDER BY patient, what")
        for patient_id, rows in groupby(found, key=itemgetter(0)):
            yield uuid.UUID(bytes=patient_id), {what: count for _, what, count in rows}

    def faults(self) -> Iterator[LineFault]:
        """Yield every fault in order."""
        found = self._database.execute(
            "SELECT file, line, field, reason FROM fault ORDER BY rank, file, line, place, rowid"
        )
        for file, line, column, reason in found:
            yield LineFault(file, line, column, reason)

    def count_faults(self) -> int:
        """Count the faults so far."""
        (count,) = self._database.execute("SELECT count(*) FROM fault").fetchone()
        return int(count)

    def finish_reading(self) -> None:
        """Find the rows that stand twice, once every line is here."""
        self._flush()
        self._database.executescript(_INDEXES)
        self._database.execute("BEGIN")  # A script ends the transaction before it.
        for rank, patient, key in self._database.execute(_SAME_KEY).fetchall():
            where = "rank = ? AND patient = ? AND key = ?"
            self._refuse_repeated(where, (rank, patient, key), "the row key")
        for rank, identity in self._database.execute(_SAME_ID).fetchall():
            self._refuse_repeated("rank = ? AND id = ?", (rank, identity), "the id")
        self._refuse_split_reports()

    def _refuse_repeated(self, where: str, key: Sequence[object], what: str) -> None:
        found = self._database.execute(
            f"SELECT rowid, rank, line, cells, key FROM line WHERE {where} ORDER BY line",  # noqa: S608 - constants
            key,
        ).fetchall()
        rank = found[0][1]
        rows = [self._row(rank, line, cells, key) for _, _, line, cells, key in found]
        table = TABLES[rank]
        column = "id" if what == "the id" else (*table.key, "patient_id")[0]
        for row in rows[1:]:
            content = "the same" if row.values == rows[0].values else "other"
            reason = f"{what} stands in line {rows[0].line} already, with {content} content"
            self.add_fault(table, row.line, column=column, reason=reason)
        # Which of two contents is meant, nobody can tell; a plain repetition costs nothing.
        differ = any(row.values != rows[0].values for row in rows)
        self._refuse([rowid for rowid, *_ in found[0 if differ else 1 :]])

    def _refuse(self, rowids: Iterable[int]) -> None:
        self._database.executemany(
            "UPDATE line SET is_refused = 1 WHERE rowid = ?", [(rowid,) for rowid in rowids]
        )

    def _refuse_split_reports(self) -> None:
        rank = _RANK[REPORTS.name]
        for (report,) in self._database.execute(_SPLIT_REPORT).fetchall():
            lines = self._database.execute(
                "SELECT rowid, line FROM line WHERE rank = ? AND apart = ? ORDER BY line",
                (rank, report),
            ).fetchall()
            reason = (
                f"report {uuid.UUID(report)} stands here for another patient, time or source"
                f" than in line {lines[0][1]}"
            )
            self.add_fault(REPORTS, lines[-1][1], column="report_id", reason=reason)
            self._refuse([rowid for rowid, _ in lines])

    def patients(self) -> Iterator[str]:
        """Yield the identifier of every patient of any file."""
        last = ""
        while True:
            # One seek in the index for each patient, however many rows there are.
            found = self._database.execute(
                "SELECT patient FROM line WHERE patient > ? ORDER BY patient LIMIT 1", (last,)
            ).fetchone()
            if found is None:
                return
            last = found[0]
            yield last

    def count_patients(self) -> int:
        """Count the patients of all files."""
        return sum(1 for _ in self.patients())

    def rows(self, table: Table, patient: str | None) -> Iterator[tuple[Row, bool]]:
        """Yield a patient's rows of one file in the order of time, and whether each is refused.

        Rows whose patient could not be read come for None.
        """
        rank = _RANK[table.name]
        if rank not in self._headers:
            return
        cursor = self._database.cursor()
        found = cursor.execute(
            "SELECT line, is_refused, cells, key FROM line WHERE patient IS ? AND rank = ?"
            " ORDER BY key, line",
            (patient, rank),
        )
        for line, is_refused, cells, key in found:
            yield self._row(rank, line, cells, key), bool(is_refused)

    def _row(self, rank: int, line: int, cells: str, key: str | None) -> Row:
        return read_row_again(self._headers[rank], line, json.loads(cells), key=key)

    def stated_ids(self, table: Table, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        """Return those of the ids that some row of the file states as its own."""
        found = set()
        for identity in ids:
            known = self._database.execute(
                "SELECT 1 FROM line WHERE id = ? AND rank = ? LIMIT 1",
                (identity.hex, _RANK[table.name]),
            ).fetchone()
            if known is not None:
                found.add(identity)
        return found

    def has_ids(self, table: Table) -> bool:
        """Say whether the file has a column of ids."""
        header = self._headers.get(_RANK[table.name])
        return header is not None and header.has("id")

    def _flush(self) -> None:
        self._database.executemany(
            "INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self._waiting
        )
        self._waiting.clear()
