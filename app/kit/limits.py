"""Limits and rules as data: what is impossible, what is unusual, and why.

Nothing here knows the domain. A feature's `rules.py` lists its limits and rules as rows of these
types and checks with them, so that the documented table and the behaviour cannot part ways.
Everything is pure.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

from app.errors import Fault, RuleViolation, Severity
from app.said import Said, figure, say, term

JUDGEMENT: Final = "judgement"
"""Source of a limit that no document states: chosen by the authors of this program."""

CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""A clock may be ahead of ours by this much before an instant counts as being in the future."""

_LONGEST_QUOTE: Final = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the documented table: what is impossible or unusual about one field."""

    id: str
    impossible: str
    unusual: str
    source: str


class Spec(Protocol):
    """Anything that checks a field and can say in the documented table what it checks."""

    @property
    def table(self) -> str:
        """Name of the file of the import format, without its ending."""

    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the documented table."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The plausible range of one number; a bound itself is still inside.

    Attributes
    ----------
    table, field : str
        Where the number stands in the import format.
    unit : str
        Unit of the bounds, empty for a bare number.
    impossible_below, impossible_above : float or None
        Values beyond are refused; None where there is no such bound.
    unusual_below, unusual_above : float or None
        Values beyond are possible, but need a confirmation.
    source : str
        Document that states the bounds, or `JUDGEMENT`.
    note : str
        Why the bounds stand where they stand.
    """

    table: str
    field: str
    unit: str
    impossible_below: float | None = None
    impossible_above: float | None = None
    unusual_below: float | None = None
    unusual_above: float | None = None
    source: str = JUDGEMENT
    note: str = ""

    def rows(self) -> tuple[Row, ...]:
        """Return the line of the documented table."""
        impossible = describe_outside(self.impossible_below, self.impossible_above, unit=self.unit)
        unusual = describe_outside(self.unusual_below, self.unusual_above, unit=self.unit)
        source = f"{self.source}: {self.note}" if self.note else self.source
        return (Row(f"{self.table}.{self.field}", f"not a number, {impossible}", unusual, source),)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that more than one number decides, with the text that documents it.

    Attributes
    ----------
    name : str
        Last part of the rule's id, `table.field.name`.
    text : str
        What breaks the rule, as the documented table says it.
    """

    table: str
    field: str
    name: str
    text: str
    severity: Severity = Severity.IMPOSSIBLE
    source: str = JUDGEMENT

    @property
    def id(self) -> str:
        """Stable name of the rule."""
        return f"{self.table}.{self.field}.{self.name}"

    def rows(self) -> tuple[Row, ...]:
        """Return the line of the documented table."""
        if self.severity is Severity.IMPOSSIBLE:
            return (Row(self.id, self.text, "", self.source),)
        return (Row(self.id, "", self.text, self.source),)

    def fault(self, value: object, reason: str) -> Fault:
        """Return the fault of a value that breaks this rule."""
        if self.severity is Severity.UNUSUAL:
            reason = to_confirm(reason)
        return Fault(self.field, value, reason, self.severity)


def check_limit(limit: Limit, value: float | None) -> Fault | None:
    """Compare one number with its limit.

    Parameters
    ----------
    limit : Limit
        The range.
    value : float or None
        In the unit of the limit; None (unknown) breaks no limit.

    Returns
    -------
    Fault or None
        The worst fault of the value; None when it is inside every bound.
    """
    if value is None:
        return None
    if not math.isfinite(value):
        return Fault(limit.field, value, say("%(value)s is not a number", value=plain(value)))
    shown = number(value)
    if _is_outside(value, limit.impossible_below, limit.impossible_above):
        bounds = describe_outside(limit.impossible_below, limit.impossible_above, unit=limit.unit)
        return Fault(limit.field, value, say("%(value)s is %(bounds)s", value=shown, bounds=bounds))
    if _is_outside(value, limit.unusual_below, limit.unusual_above):
        bounds = describe_outside(limit.unusual_below, limit.unusual_above, unit=limit.unit)
        reason = say("%(value)s is %(bounds)s, which is unusual", value=shown, bounds=bounds)
        return Fault(limit.field, value, to_confirm(reason), Severity.UNUSUAL)
    return None


def future_fault(rule: Rule, instant: datetime, *, now: datetime) -> Fault | None:
    """Return a fault when `instant` is more than the clock tolerance after `now`."""
    if instant <= now + CLOCK_TOLERANCE:
        return None
    return rule.fault(instant, in_the_future(instant))


def in_the_future(moment: date) -> Said:
    """Return the reason of a day or an instant that has not come yet."""
    return say("%(when)s is in the future", when=moment.isoformat())


def split_faults(
    faults: Iterable[Fault], *, confirmed: Collection[str] | bool
) -> tuple[list[Fault], list[str]]:
    """Part the faults that refuse an entry from the ones that somebody has confirmed.

    Parameters
    ----------
    faults : iterable of Fault
        What the rules found.
    confirmed : bool or collection of str
        True when every unusual value is confirmed; else the names of the confirmed fields.

    Returns
    -------
    refused : list of Fault
        Impossible values, which nobody can confirm, and unusual ones without confirmation.
    confirmed_fields : list of str
        Fields whose unusual value was confirmed, each once, to be stored with the row.
    """
    refused: list[Fault] = []
    fields: list[str] = []
    for fault in faults:
        is_confirmed = confirmed if isinstance(confirmed, bool) else fault.field in confirmed
        if fault.severity is Severity.IMPOSSIBLE or not is_confirmed:
            refused.append(fault)
        elif fault.field not in fields:
            fields.append(fault.field)
    return refused, fields


def require_plausible(faults: Iterable[Fault], *, confirmed: Collection[str] | bool) -> list[str]:
    """Return the fields whose unusual value was confirmed, or refuse the entry.

    Raises
    ------
    RuleViolation
        With every impossible value and every unusual one that nobody confirmed.
    """
    refused, fields = split_faults(faults, confirmed=confirmed)
    if refused:
        raise RuleViolation(refused)
    return fields


def carried_confirmation(
    confirmed: Iterable[str] | None,
    *,
    confirm: Collection[str] | bool,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> bool | frozenset[str]:
    """Return what is confirmed in an amended row: by this change, or before and not changed.

    Parameters
    ----------
    confirmed : iterable of str or None
        Fields that were confirmed in the row as it stands.
    confirm : bool or collection of str
        What this change confirms.
    before, after : mapping
        The content of the row, as it stands and as it is to be.
    """
    if confirm is True:
        return True
    kept = {field for field in confirmed or () if _part(before, field) == _part(after, field)}
    return frozenset(confirm or ()) | kept


def _part(content: Mapping[str, object], field: str) -> object:
    """Return a field, or of a field that holds others, such as `details.gauge`, that one."""
    name, _, part = field.partition(".")
    value = content.get(name)
    return value.get(part) if isinstance(value, Mapping) and part else content.get(field)


def found(*faults: Fault | None) -> list[Fault]:
    """Return the faults among results that may be None."""
    return [fault for fault in faults if fault is not None]


def plain(value: float) -> str:
    """Write a number as people write it: shortest digits, no trailing ``.0``."""
    return repr(float(value)).removesuffix(".0")


def quoted(text: str) -> str:
    """Quote text for a reason: on one line, printable, and not longer than a line can bear."""
    shown = text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"
    printable = (
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in shown
    )
    return f'"{"".join(printable)}"'


def did_you_mean(text: str, options: Collection[str]) -> str:
    """Return ``; did you mean "privigen"?`` for the nearest option, or nothing."""
    nearest = _nearest(text[:_LONGEST_QUOTE], frozenset(options))
    return say('; did you mean "%(word)s"?', word=nearest) if nearest else ""


def to_confirm(reason: str) -> Said:
    """Return the reason of a fault that somebody can confirm away."""
    return say("%(reason)s; it needs confirmation", reason=reason)


def number(value: float) -> Said:
    """Return a number for a reason, as `plain` writes it and as other languages do."""
    return figure(plain(value))


def not_one_of(value: str, options: Sequence[str]) -> Said:
    """Return the reason of a word that stands in no closed list, with the nearest that does."""
    return say(
        "%(value)s is not one of %(options)s%(hint)s",
        value=quoted(value),
        options=", ".join(options),
        hint=did_you_mean(value, options),
    )


def describe_outside(low: float | None, high: float | None, *, unit: str = "") -> str:
    """Return ``outside 0-10 kg``, ``above 10 kg``, ``below 0 kg``, or nothing without bounds."""
    if low is not None and high is not None:
        bounds = say("outside %(low)s-%(high)s", low=number(low), high=number(high))
    elif high is not None:
        bounds = say("above %(high)s", high=number(high))
    elif low is not None:
        bounds = say("below %(low)s", low=number(low))
    else:
        return ""
    return say("%(bounds)s %(unit)s", bounds=bounds, unit=term(unit)) if unit else bounds


def all_rows(specs: Sequence[Spec]) -> list[Row]:
    """Return the documented lines of all the given limits and rules, in their order."""
    return [row for spec in specs for row in spec.rows()]


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


# A file can carry the same misspelt word in a million rows, and a comparison with every option
# costs a tenth of a millisecond.
@lru_cache(maxsize=1024)
def _nearest(text: str, options: frozenset[str]) -> str | None:
    by_lower_case = {option.lower(): option for option in sorted(options)}
    matches = difflib.get_close_matches(text.lower(), by_lower_case, n=1)
    return by_lower_case[matches[0]] if matches else None
