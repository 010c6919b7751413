"""Kinds of fields that every feature has: a word from a list, a text, a date, an instant.

Each is a row of data that checks a value and documents itself, as `app.kit.limits` does for
numbers. Everything is pure: `now` is an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.errors import Fault, Severity
from app.kit.limits import Row, Rule, found, future_fault, in_the_future, not_one_of, quoted
from app.said import say

EARLIEST: Final = date(1900, 1, 1)
"""Nobody alive has a date before this one; two-digit years and typing errors do."""

FURTHEST_AHEAD: Final = timedelta(hours=14)
"""The zone furthest ahead of UTC, Pacific/Kiritimati: no place has a later date than it."""

USUAL_AHEAD: Final = timedelta(days=366)
POSSIBLE_AHEAD: Final = timedelta(days=3653)

# PostgreSQL cannot store NUL, and a lone surrogate is not Unicode text; the other control
# characters come from broken exports and garble pages and files.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_CONTROL_IN_LINES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Choice:
    """A word from a closed list."""

    table: str
    field: str
    options: tuple[str, ...]

    def rows(self) -> tuple[Row, ...]:
        """Return the line of the documented table."""
        listed = ", ".join(f"`{option}`" for option in self.options)
        return (Row(f"{self.table}.{self.field}", f"not one of {listed}", "", "import format"),)

    def check(self, value: str | None) -> Fault | None:
        """Return a fault for a word outside the list; None (unknown) is no fault."""
        if value is None or value in self.options:
            return None
        return Fault(self.field, value, not_one_of(value, self.options))


@dataclass(frozen=True, slots=True)
class Words:
    """Different words from a closed list; at least `fewest` of them."""

    table: str
    field: str
    options: tuple[str, ...]
    fewest: int = 1

    def rows(self) -> tuple[Row, ...]:
        """Return the line of the documented table."""
        listed = ", ".join(f"`{option}`" for option in self.options)
        text = f"fewer than {self.fewest}, a word twice, or one that is not of {listed}"
        return (Row(f"{self.table}.{self.field}", text, "", "judgement"),)

    def check(self, value: object) -> Fault | None:
        """Return the first fault of the words."""
        if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
            return Fault(self.field, value, say("it is not a list of words"))
        wrong = [word for word in value if word not in self.options]
        if wrong:
            return Fault(self.field, value, not_one_of(wrong[0], self.options))
        if len(set(value)) < len(value):
            return Fault(self.field, value, say("a word stands twice"))
        if len(value) < self.fewest:
            return Fault(self.field, value, say("it needs %(fewest)s at least", fewest=self.fewest))
        return None


@dataclass(frozen=True, slots=True)
class TextField:
    """Free text or a name.

    Attributes
    ----------
    max_length : int
        Most characters.
    has_lines : bool
        True where tabs and line breaks are part of the text, as in a note.
    is_key : bool
        True where equal texts mean the same thing, so that a space at an end would hide that.
    without : str
        Characters that separate the texts of a list and cannot stand in one.
    """

    table: str
    field: str
    max_length: int
    has_lines: bool = False
    is_key: bool = False
    without: str = ""

    def rows(self) -> tuple[Row, ...]:
        """Return the line of the documented table."""
        control = "a control character" + (
            " other than a tab or a line break" if self.has_lines else ""
        )
        parts = ["blank", f"longer than {self.max_length} characters", control]
        if self.is_key:
            parts.append("a space at its start or end")
        parts += [f"a `{char}` in it" for char in self.without]
        source = "judgement: NUL and lone surrogates cannot be stored in PostgreSQL"
        return (Row(f"{self.table}.{self.field}", ", ".join(parts), "", source),)

    def check(self, value: str | None) -> Fault | None:
        """Return the first fault of a text; None (not given) is no fault."""
        if value is None:
            return None
        reason = self._reason(value)
        return Fault(self.field, value, reason) if reason else None

    def _reason(self, value: str) -> str:
        if not value.strip():
            return say("it is blank")
        shown = quoted(value)
        if len(value) > self.max_length:
            sizes = {"count": str(len(value)), "most": str(self.max_length)}
            return say("%(value)s has %(count)s characters, at most %(most)s", value=shown, **sizes)
        control = (_CONTROL_IN_LINES if self.has_lines else _CONTROL).search(value)
        if control:
            return say(
                "%(value)s has the control character %(code)s at %(place)s",
                value=shown,
                code=f"U+{ord(control.group()):04X}",
                place=control.start() + 1,
            )
        if self.is_key and value != value.strip():
            return say("%(value)s has a space at its start or end", value=shown)
        for char in self.without:
            if char in value:
                return say('%(value)s has a "%(char)s" in it', value=shown, char=char)
        return ""


@dataclass(frozen=True, slots=True)
class PastDate:
    """A calendar date of something that has happened."""

    table: str
    field: str
    is_after_birth: bool = True

    @property
    def future(self) -> Rule:
        """The rule against dates that have come nowhere on Earth."""
        text = "a date that has not come yet anywhere on Earth"
        return Rule(self.table, self.field, "future", text)

    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the documented table."""
        after_birth = (birth_rule(self),) if self.is_after_birth else ()
        rules = (self.future, early_rule(self), *after_birth)
        return tuple(row for rule in rules for row in rule.rows())

    def check(
        self, day: date | None, *, now: datetime, birth_date: date | None = None
    ) -> list[Fault]:
        """Return the faults of a date; None (unknown) has none."""
        if day is None:
            return []
        is_future = day > latest_today(now)
        late = self.future.fault(day, in_the_future(day)) if is_future else None
        return found(late, *past_faults(self, day, birth_date=birth_date))


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A calendar date that may lie ahead, as the start of a new plan does."""

    table: str
    field: str

    @property
    def far(self) -> Rule:
        """The rule that asks about dates far ahead."""
        text = f"more than {USUAL_AHEAD.days} days ahead"
        return Rule(self.table, self.field, "far-ahead", text, Severity.UNUSUAL)

    @property
    def too_far(self) -> Rule:
        """The rule against dates that nobody plans for."""
        text = f"more than {POSSIBLE_AHEAD.days} days (ten years) ahead"
        return Rule(self.table, self.field, "too-far-ahead", text)

    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the documented table."""
        rules = (self.too_far, self.far, early_rule(self), birth_rule(self))
        return tuple(row for rule in rules for row in rule.rows())

    def check(self, day: date | None, *, now: datetime, birth_date: date | None) -> list[Fault]:
        """Return the faults of a date; None (unknown) has none."""
        if day is None:
            return []
        ahead = day - latest_today(now)
        far = None
        if ahead > POSSIBLE_AHEAD:
            far = self.too_far.fault(day, say("%(day)s is more than ten years ahead", day=str(day)))
        elif ahead > USUAL_AHEAD:
            far = self.far.fault(day, say("%(day)s is more than a year ahead", day=str(day)))
        return found(far, *past_faults(self, day, birth_date=birth_date))


@dataclass(frozen=True, slots=True)
class PastInstant:
    """A moment at which something has happened."""

    table: str
    field: str

    @property
    def future(self) -> Rule:
        """The rule against moments that have not come."""
        text = "more than 10 minutes ahead of now"
        return Rule(self.table, self.field, "future", text, source="import format")

    def rows(self) -> tuple[Row, ...]:
        """Return the lines of the documented table."""
        rules = (self.future, early_rule(self), birth_rule(self))
        return tuple(row for rule in rules for row in rule.rows())

    def check(
        self, instant: datetime | None, *, now: datetime, birth_date: date | None
    ) -> list[Fault]:
        """Return the faults of an instant; None (unknown) has none.

        Its date is taken at the offset that it carries: whoever needs the patient's own date on
        the very day of birth passes the instant in the patient's zone.
        """
        if instant is None:
            return []
        future = future_fault(self.future, instant, now=now)
        return found(future, *past_faults(self, instant, birth_date=birth_date))


MomentField = PastDate | PlannedDate | PastInstant


def latest_today(now: datetime) -> date:
    """Return the latest calendar date that any place on Earth has at `now`."""
    return (now.astimezone(UTC) + FURTHEST_AHEAD).date()


def early_rule(field: MomentField) -> Rule:
    """Return the rule against dates before `EARLIEST`."""
    return Rule(field.table, field.field, "too-early", f"before {EARLIEST}")


def birth_rule(field: MomentField) -> Rule:
    """Return the rule against dates before the patient's birth."""
    return Rule(field.table, field.field, "before-birth", "before the patient's birth date")


def past_faults(field: MomentField, value: date, *, birth_date: date | None) -> list[Fault]:
    """Return the faults of a date or an instant that lies too far back."""
    day = value.date() if isinstance(value, datetime) else value
    if day < EARLIEST:
        early = say("%(day)s is before %(first)s", day=str(day), first=str(EARLIEST))
        return [early_rule(field).fault(value, early)]
    if birth_date is not None and day < birth_date:
        unborn = say("%(day)s is before birth on %(birth)s", day=str(day), birth=str(birth_date))
        return [birth_rule(field).fault(value, unborn)]
    return []
