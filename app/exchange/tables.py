"""The files of the import format as data: their columns, their keys, and in which order they load.

Other programs read and write these files (docs/import-export.md), so a column may be added and
none may be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.exchange import cells
from app.plans.rules import DEFAULT_TOLERANCE, ROLLING


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file.

    Attributes
    ----------
    name : str
        Its header.
    read : callable
        From the text of a cell that is not empty to the value.
    is_required : bool
        True where a row without a value is a fault.
    empty : object
        What an empty cell stands for.
    is_silent : bool
        True where an empty cell says nothing about a value that is stored already.
    is_extra : bool
        True for a column that says how a row is stored, and is no field of its draft.
    is_rare : bool
        True for a column that is written only where some row has another value than `empty`.
    """

    name: str
    read: Callable[[str], Any]
    is_required: bool = False
    empty: Any = None
    is_silent: bool = False
    is_extra: bool = False
    is_rare: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One file.

    Attributes
    ----------
    name : str
        The file's name without its ending.
    columns : tuple of Column
        First those of the contract in its order, then those that were added.
    key : tuple of str
        Columns that name a row within its patient; a moment or a day first, so that rows in the
        order of their keys are in the order of time.
    one_of : tuple of str
        Columns of which a row fills exactly one.
    apart : str
        Column that keeps two rows of one key apart where the record can hold both, or nothing.
    leaning : mapping
        To each field the others whose rules read it too: what is said of those is worth
        nothing where the field itself could not be read.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    apart: str = ""
    leaning: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column | None:
        """Find a column by its header."""
        return _COLUMNS[self.name].get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The headers in the order in which they are written."""
        return tuple(column.name for column in self.columns)


def _text(name: str) -> Column:
    return Column(name, cells.read_text)


def _word(name: str) -> Column:
    return Column(name, cells.read_word)


def _number(name: str) -> Column:
    return Column(name, cells.read_number)


def _day(name: str) -> Column:
    return Column(name, cells.read_date)


def _needed(name: str, read: Callable[[str], Any]) -> Column:
    return Column(name, read, is_required=True)


def _added(name: str, read: Callable[[str], Any]) -> Column:
    return Column(name, read, is_silent=True, is_extra=True)


def _rare(name: str, read: Callable[[str], Any], *, usual: Any) -> Column:
    return Column(name, read, empty=usual, is_silent=True, is_rare=True)


_PATIENT: Final = _needed("patient_id", cells.read_text)
_ZONE: Final = _added("time_zone", cells.read_zone)
_CONFIRMED: Final = Column("confirmed", cells.read_words, empty=(), is_extra=True)
_ID: Final = _added("id", cells.read_id)

PATIENTS: Final = Table(
    "patients",
    (
        *(_PATIENT, _text("family_name"), _text("given_name"), _day("birth_date"), _word("sex")),
        _needed("time_zone", cells.read_word),
        _needed("diagnosis", cells.read_diagnosis),
        *(_day("diagnosed_on"), _word("dominant_hand"), _word("anti_gm1")),
        *(_word("conduction_block"), Column("followed", cells.read_words, empty=())),
        Column("identifiers", cells.read_identifiers, empty={}),
        *(_added("previous_time_zones", cells.read_former_zones), _CONFIRMED, _ID),
    ),
    key=(),
    leaning={"birth_date": frozenset({"diagnosed_on"})},
)
WEIGHTS: Final = Table(
    "weights",
    (
        *(_PATIENT, _needed("measured_at", cells.read_instant)),
        _needed("weight_kg", cells.read_number),
        Column("kind", cells.read_word, empty="actual"),
        *(_ZONE, _CONFIRMED, _ID),
    ),
    key=("measured_at", "kind"),
)
PLANS: Final = Table(
    "plans",
    (
        *(_PATIENT, _needed("effective_date", cells.read_date)),
        Column("interval_days", cells.read_whole),
        Column("interval_weeks", cells.read_whole),
        _needed("course_days", cells.read_whole),
        *(_number("dose_g_per_kg"), _number("dose_g"), _needed("product", cells.read_word)),
        _text("reason"),
        Column("route", cells.read_word, is_silent=True),
        *(_text("prescriber"), _CONFIRMED, _ID),
        _rare("calendar", cells.read_word, usual=ROLLING),
        _rare("rounding_tolerance_percent", cells.read_number, usual=DEFAULT_TOLERANCE),
    ),
    key=("effective_date",),
    one_of=("interval_days", "interval_weeks"),
    leaning={
        "interval_days": frozenset({"course_days"}),
        "interval_weeks": frozenset({"course_days"}),
        "dose_g_per_kg": frozenset({"dose_g"}),
        "product": frozenset({"route"}),
    },
)
HOLDS: Final = Table(
    "holds",
    (
        *(_PATIENT, _needed("from_date", cells.read_date), _day("to_date")),
        *(_needed("reason", cells.read_word), _text("note"), _CONFIRMED, _ID),
    ),
    key=("from_date",),
    leaning={"from_date": frozenset({"to_date"})},
)
INFUSIONS: Final = Table(
    "infusions",
    (
        *(_PATIENT, _needed("started_at", cells.read_instant)),
        Column("ended_at", cells.read_instant),
        _needed("status", cells.read_word),
        *(_word("product"), _number("dose_g"), _number("weight_kg")),
        Column("lot_numbers", cells.read_words, empty=()),
        *(_text("note"), _ZONE, _CONFIRMED, _ID),
    ),
    key=("started_at", "product"),
    apart="id",
    leaning={
        "started_at": frozenset({"ended_at"}),
        "status": frozenset({"ended_at", "product", "dose_g", "note"}),
        "weight_kg": frozenset({"dose_g"}),
    },
)
THERAPIES: Final = Table(
    "therapies",
    (
        *(_PATIENT, _needed("therapy", cells.read_text), _needed("status", cells.read_word)),
        *(_needed("from_date", cells.read_date), _day("to_date"), _text("note")),
        *(_CONFIRMED, _ID),
    ),
    key=("from_date", "therapy"),
    leaning={"from_date": frozenset({"to_date"})},
)
REPORTS: Final = Table(
    "reports",
    (
        *(_PATIENT, _needed("reported_at", cells.read_instant)),
        *(_needed("measure", cells.read_word), _needed("site", cells.read_word)),
        _needed("value", cells.read_number),
        Column("source", cells.read_word, empty="import"),
        _text("device"),
        Column("context", cells.read_words, empty=(), is_silent=True),
        Column("entry", cells.read_word, empty="fresh"),
        Column("entered_at", cells.read_instant, is_silent=True),
        Column("note", cells.read_text, is_silent=True),
        *(_ZONE, _added("scale_version", cells.read_text), _added("report_id", cells.read_id)),
        *(_CONFIRMED, _ID),
    ),
    key=("reported_at", "source", "measure", "site"),
    apart="report_id",
    leaning={
        "reported_at": frozenset({"entered_at"}),
        "measure": frozenset({"site", "value"}),
    },
)

TABLES: Final = (PATIENTS, WEIGHTS, PLANS, HOLDS, THERAPIES, INFUSIONS, REPORTS)
"""Every file; what a row leans on stands in a file before its own."""

_COLUMNS: Final = {
    table.name: {column.name: column for column in table.columns} for table in TABLES
}

BY_FILE: Final[Mapping[str, Table]] = {table.file: table for table in TABLES}
