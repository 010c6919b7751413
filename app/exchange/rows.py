"""A line of a file as typed values. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from app.exchange.cells import CellError, require_decoded
from app.exchange.tables import PLANS, Column, Table
from app.kit.limits import did_you_mean, quoted

DAYS_PER_WEEK: Final = 7
_KEY_SEPARATOR: Final = "\x1f"  # No text of a key may hold a control character.


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of one file in the order in which it has them.

    `is_usable` is False where the header has faults: its rows are checked and none is loaded.
    """

    table: Table
    columns: tuple[Column | None, ...]
    is_usable: bool = True

    def has(self, name: str) -> bool:
        """Say whether the file has the column."""
        return any(column is not None and column.name == name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Attributes
    ----------
    values : mapping
        Of every column that the file has and that could be read; an empty cell has the value
        that it stands for, and is left out where it says nothing.
    key : str or None
        The row's key within its patient, in the order of time; None where it is not known.
    faults : tuple of (column, reason)
        What could not be read.
    """

    table: Table
    line: int
    values: Mapping[str, Any]
    key: str | None = None
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def patient(self) -> str | None:
        """The clinic's identifier of the patient; None where it could not be read."""
        patient: str | None = self.values.get("patient_id")
        return patient

    @property
    def id(self) -> uuid.UUID | None:
        """The identity that the row states."""
        identity: uuid.UUID | None = self.values.get("id")
        return identity

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Fields whose unusual values the row says were confirmed."""
        confirmed: tuple[str, ...] = self.values.get("confirmed", ())
        return confirmed

    def value(self, name: str) -> Any:
        """Return the value of a column; one that the file lacks is as an empty cell."""
        if name in self.values:
            return self.values[name]
        column = self.table.column(name)
        return None if column is None else column.empty

    @property
    def submission(self) -> str | None:
        """Patient, moment and source: what makes rows one report; None where one is not known."""
        if self.patient is None or self.key is None:
            return None
        parts = (self.patient, *self.key.split(_KEY_SEPARATOR)[:2])
        return _KEY_SEPARATOR.join(parts)


def key_text(values: Sequence[Any]) -> str:
    """Return one text for the values of a key, which sorts in the order of time."""
    return _KEY_SEPARATOR.join(map(_key_part, values))


def _key_part(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def read_header(table: Table, names: Sequence[str]) -> tuple[Header, list[tuple[str, str]]]:
    """Return the header of a file and its faults, each a column and a reason."""
    faults: list[tuple[str, str]] = []
    columns: list[Column | None] = []
    for position, name in enumerate(names, 1):
        column = table.column(name)
        if column is None:
            faults.append(_unknown_column(table, name, position))
        elif column in columns:
            faults.append((name, "the column stands twice"))
            column = None
        columns.append(column)
    present = {column.name for column in columns if column is not None}
    faults += [
        (column.name, "the required column is missing")
        for column in table.columns
        if column.is_required and column.name not in present
    ]
    if table.one_of and present.isdisjoint(table.one_of):
        faults.append((table.one_of[0], f"one of {' and '.join(table.one_of)} is required"))
    return Header(table, tuple(columns), is_usable=not faults), faults


def _unknown_column(table: Table, name: str, position: int) -> tuple[str, str]:
    try:
        require_decoded(name)
    except CellError as error:
        return f"column {position}", f"the header is not UTF-8: {error}"
    if not name:
        return f"column {position}", "the column has no name"
    reason = f"{quoted(name)} is not a column of {table.file}{did_you_mean(name, table.names)}"
    return quoted(name).strip('"'), reason


def read_row(header: Header, line: int, cells: Sequence[str]) -> Row:
    """Return the typed values of one line, with a fault for every cell that cannot be read."""
    values, faults = _read_values(header, cells)
    key = _key_of(header.table, values, {column for column, _ in faults}) if values else None
    return Row(header.table, line, values, key, faults)


def read_row_again(header: Header, line: int, cells: Sequence[str], *, key: str | None) -> Row:
    """Return what `read_row` returned for the same line, whose key is known by now."""
    values, faults = _read_values(header, cells)
    return Row(header.table, line, values, key, faults)


def _read_values(
    header: Header, cells: Sequence[str]
) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    if len(cells) != len(header.columns):
        return {}, (_wrong_length(header, cells),)
    values: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    is_ascii = all(map(str.isascii, cells))
    for column, cell in zip(header.columns, cells, strict=True):
        if column is None or (not cell and column.is_silent):
            continue
        try:
            if not is_ascii:
                require_decoded(cell)
            values[column.name] = column.read(cell) if cell else _empty(column)
        except CellError as error:
            faults.append((column.name, str(error)))
    if values.get("confirmed"):
        faults += _confirmed_faults(header.table, values)
    if header.table is PLANS:
        faults += _one_interval(values, {column for column, _ in faults})
    return values, tuple(faults)


def _empty(column: Column) -> Any:
    if column.is_required:
        message = "it is missing"
        raise CellError(message)
    return column.empty


def _key_of(table: Table, values: Mapping[str, Any], bad: set[str]) -> str | None:
    if not bad.isdisjoint(table.key):
        return None
    parts = []
    for name in table.key:
        column = table.column(name)
        if column is None or (name not in values and column.is_required):
            return None
        parts.append(values.get(name, column.empty))
    return key_text(parts)


def _wrong_length(header: Header, cells: Sequence[str]) -> tuple[str, str]:
    expected = len(header.columns)
    reason = f"the line has {len(cells)} cells, the header {expected}"
    following = header.columns[len(cells)] if len(cells) < expected else None
    return "-" if following is None else following.name, reason


def _confirmed_faults(table: Table, values: dict[str, Any]) -> list[tuple[str, str]]:
    unknown = [name for name in values.get("confirmed", ()) if table.column(name) is None]
    if unknown:
        del values["confirmed"]
    return [
        ("confirmed", f"{quoted(name)} is not a column{did_you_mean(name, table.names)}")
        for name in unknown
    ]


def _one_interval(values: dict[str, Any], bad: set[str]) -> list[tuple[str, str]]:
    """Fold the two ways of writing an interval into days."""
    days, weeks = values.pop("interval_days", None), values.get("interval_weeks")
    if bad & set(PLANS.one_of):
        return []
    if days is not None and weeks is not None:
        return [("interval_weeks", f"{weeks} stands beside interval_days {days}; give one")]
    if weeks is not None:
        days = weeks * DAYS_PER_WEEK
    if days is None:
        return [("interval_days", f"one of {' and '.join(PLANS.one_of)} must be given")]
    values["interval_days"] = days
    return []
