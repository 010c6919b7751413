"""What may be entered in a report of strength and symptoms. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from app.analysis.measures import ALL_SITES, MEASURES, Measure
from app.errors import Fault, Severity
from app.kit.fields import Choice, PastInstant, TextField
from app.kit.limits import (
    CLOCK_TOLERANCE,
    Limit,
    Row,
    Rule,
    Spec,
    check_limit,
    did_you_mean,
    found,
    number,
    quoted,
)
from app.patients.rules import OWN_SOURCE
from app.said import Said, say, say_many

SOURCES: Final = ("patient", "proxy", "nurse", "import")
CONTEXTS: Final = ("cold", "ill", "hurt", "steroid")
ENTRIES: Final = ("fresh", "repeated")


ABILITIES: Final = tuple(key for key in MEASURES if key.startswith("ability_"))
REPEATABLE: Final = (*ABILITIES, "fasciculation_nrs", "cramp_nrs", "fatigue_nrs")
"""Abilities and symptoms: at home the last answer may be seen and taken over.

Never strength or grip: whoever sees the last one makes or hides the dip (judgement).
"""

BACK_DATED_AFTER: Final = timedelta(hours=6)
"""A quarter of a day: what is typed in later than that is remembered, not felt; judgement."""

_NOT_SENT: Final = "import"
"""What only files bring."""


@dataclass(frozen=True, slots=True)
class ValueDraft:
    """One measure at one site; `repeated` where the patient took over the last answer."""

    measure: str
    site: str
    value: float
    device: str | None = None
    entry: str = "fresh"


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """One submission; `observed_at` is `reported_at` in files, `entered_at` None if unknown."""

    observed_at: datetime
    entered_at: datetime | None
    source: str
    values: tuple[ValueDraft, ...]
    context: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureLimits:
    """The range, the step and the sites of every measure, as the catalogue of measures has them."""

    table: str = "reports"

    def rows(self) -> tuple[Row, ...]:
        """Return one line of the documented table for each measure."""
        return tuple(row for measure in MEASURES.values() for row in self._rows(measure))

    def _rows(self, measure: Measure) -> tuple[Row, ...]:
        (row,) = _LIMITS[measure.key].rows()
        step = _step_text(measure)
        return (replace(row, id=f"{row.id}.{measure.key}", impossible=f"{row.impossible}, {step}"),)


def _limit(measure: Measure) -> Limit:
    return Limit(
        "reports",
        "value",
        "" if measure.unit == "points" else measure.unit,
        impossible_below=measure.low,
        impossible_above=measure.high,
        unusual_above=measure.unusual_above,
        source="import format",
    )


def _step_text(measure: Measure) -> str:
    if measure.decimals == 0:
        return "not a whole number"
    return f"more than {measure.decimals} decimal{'s' if measure.decimals > 1 else ''}"


_LIMITS: Final = {key: _limit(measure) for key, measure in MEASURES.items()}
_OBSERVED_AT: Final = PastInstant("reports", "reported_at")
_ENTERED_AT: Final = PastInstant("reports", "entered_at")
_ENTERED_FIRST: Final = Rule(
    "reports", "entered_at", "before-observed", "more than 10 minutes before reported_at"
)
_SOURCE: Final = Choice("reports", "source", SOURCES)
_SENDER: Final = Rule(
    "reports", "source", "not-yours", "a source that whoever sends the report cannot speak for"
)
_CONTEXT: Final = Choice("reports", "context", CONTEXTS)
_CONTEXT_TWICE: Final = Rule("reports", "context", "repeated", "a word that stands twice")
_NOTE: Final = TextField("reports", "note", 4000, has_lines=True)
_EMPTY: Final = Rule("reports", "values", "empty", "a report without a value")
_TWICE: Final = Rule(
    "reports",
    "values",
    "repeated",
    "the same measure at the same site twice in one report",
    source="import format",
)
_MEASURE: Final = Rule(
    "reports", "measure", "unknown", "not in the table of measures", source="import format"
)
_SITE: Final = Rule(
    "reports",
    "site",
    "unknown",
    "not a site, or not a site of the measure",
    source="import format",
)
_STEP: Final = Rule(
    "reports", "value", "step", "finer than the step of the measure", source="import format"
)
_DEVICE: Final = TextField("reports", "device", 80, is_key=True)
_ENTRY: Final = Choice("reports", "entry", ENTRIES)
_REPEATED: Final = Rule(
    "reports",
    "entry",
    "not-fresh",
    "`repeated` sent by somebody at home for anything but abilities and symptoms: whoever takes"
    " over the last strength makes or hides the dip",
)
_VALUE_FIELD: Final = re.compile(r"values\[(\d+)\]\.(\w+)")

SPECS: Final[tuple[Spec, ...]] = (
    *(_OBSERVED_AT, _ENTERED_AT, _ENTERED_FIRST, _SOURCE, _SENDER, _CONTEXT, _CONTEXT_TWICE, _NOTE),
    *(_EMPTY, _TWICE, _MEASURE, _SITE, MeasureLimits(), _STEP, _DEVICE, _ENTRY, _REPEATED),
)


def check_sender(source: str, *, role: str) -> list[Fault]:
    """Return a fault where somebody of `role` sends a report from a source that is not theirs."""
    own = OWN_SOURCE.get(role)
    if own is not None and source != own:
        reason = say("a %(role)s sends reports of the source %(own)s only", role=role, own=own)
        return [_SENDER.fault(source, reason)]
    if source == _NOT_SENT:
        return [_SENDER.fault(source, say("only files are imported"))]
    return []


def check_repeated(index: int, value: ValueDraft, *, role: str) -> list[Fault]:
    """Return a fault where somebody at home took over an answer that they may not."""
    is_free = role not in OWN_SOURCE or value.measure in REPEATABLE
    if is_free or value.entry != "repeated":
        return []
    reason = say("%(measure)s is answered anew each time", measure=quoted(value.measure))
    fault = _REPEATED.fault(value.entry, reason)
    return [replace(fault, field=f"values[{index}].entry")]


def is_back_dated(observed_at: datetime, entered_at: datetime) -> bool:
    """Say whether a report was typed in long after the moment that it is about."""
    return entered_at - observed_at > BACK_DATED_AFTER


def check_report(draft: ReportDraft, *, now: datetime, birth_date: date | None) -> list[Fault]:
    """Return every fault of a report and of its values.

    Parameters
    ----------
    draft : ReportDraft
        `observed_at` is reported as `reported_at`, its name in files.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.

    Returns
    -------
    list of Fault
        Faults of the third value have fields such as ``values[2].site``; `split_value_field`
        takes such a name apart.
    """
    return [
        *_OBSERVED_AT.check(draft.observed_at, now=now, birth_date=birth_date),
        *_entered_faults(draft, now, birth_date),
        *found(
            _SOURCE.check(draft.source),
            *(_CONTEXT.check(word) for word in dict.fromkeys(draft.context)),
            _NOTE.check(draft.note),
        ),
        *_repeated_context(draft.context),
        *_series_faults(draft.values),
        *(
            replace(fault, field=f"values[{index}].{fault.field}")
            for index, value in enumerate(draft.values)
            for fault in check_value(value)
        ),
    ]


def check_value(draft: ValueDraft) -> list[Fault]:
    """Return every fault of one value.

    Parameters
    ----------
    draft : ValueDraft
        `value` in the measure's own unit.

    Returns
    -------
    list of Fault
        Named `measure`, `site`, `value`, `device` or `entry`.
    """
    measure = MEASURES.get(draft.measure)
    faults = found(_DEVICE.check(draft.device), _ENTRY.check(draft.entry))
    if measure is None:
        reason = say(
            "%(value)s is not a measure%(hint)s",
            value=quoted(draft.measure),
            hint=did_you_mean(draft.measure, MEASURES),
        )
        return [_MEASURE.fault(draft.measure, reason), *found(_site_fault(draft, None)), *faults]
    return [*found(_site_fault(draft, measure), _value_fault(draft.value, measure)), *faults]


def split_value_field(field: str) -> tuple[int | None, str]:
    """Return the position of the value and its field: ``values[2].site`` gives ``(2, "site")``.

    The position is None for a field of the report itself.
    """
    match = _VALUE_FIELD.fullmatch(field)
    return (int(match[1]), match[2]) if match else (None, field)


def _entered_faults(draft: ReportDraft, now: datetime, birth_date: date | None) -> list[Fault]:
    entered_at = draft.entered_at
    faults = _ENTERED_AT.check(entered_at, now=now, birth_date=birth_date)
    if entered_at is not None and draft.observed_at - entered_at > CLOCK_TOLERANCE:
        reason = say(
            "%(entered)s is before reported_at %(reported)s",
            entered=entered_at.isoformat(),
            reported=draft.observed_at.isoformat(),
        )
        faults.append(_ENTERED_FIRST.fault(entered_at, reason))
    return faults


def _repeated_context(context: tuple[str, ...]) -> list[Fault]:
    return [
        _CONTEXT_TWICE.fault(word, say("%(value)s stands twice", value=quoted(word)))
        for word, count in Counter(context).items()
        if count > 1
    ]


def _series_faults(values: tuple[ValueDraft, ...]) -> list[Fault]:
    if not values:
        return [_EMPTY.fault((), say("a report needs at least one value"))]
    if len(values) == 1:
        return []
    first: dict[tuple[str, str], int] = {}
    faults = []
    for index, value in enumerate(values):
        earlier = first.setdefault((value.measure, value.site), index)
        if earlier != index:
            series = quoted(f"{value.measure}@{value.site}")
            reason = say(
                "%(series)s stands in %(place)s already", series=series, place=f"values[{earlier}]"
            )
            fault = _TWICE.fault(value.value, reason)
            faults.append(replace(fault, field=f"values[{index}].measure"))
    return faults


def _site_fault(draft: ValueDraft, measure: Measure | None) -> Fault | None:
    sites = ALL_SITES if measure is None else measure.sites
    if draft.site in sites:
        return None
    value = quoted(draft.site)
    if draft.site in ALL_SITES:
        reason = say(
            "%(value)s is not a site of %(measure)s, which has %(sites)s",
            value=value,
            measure=draft.measure,
            sites=", ".join(sites),
        )
    else:
        hint = did_you_mean(draft.site, sites)
        reason = say("%(value)s is not a site%(hint)s", value=value, hint=hint)
    return _SITE.fault(draft.site, reason)


def _value_fault(value: float, measure: Measure) -> Fault | None:
    fault = check_limit(_LIMITS[measure.key], value)
    if fault is not None and fault.severity is Severity.IMPOSSIBLE:
        return fault
    if round(value, measure.decimals) == value:
        return fault
    return _STEP.fault(value, _step_reason(value, measure.decimals))


def _step_reason(value: float, decimals: int) -> Said:
    if decimals == 0:
        return say("%(value)s is not a whole number", value=number(value))
    return say_many(
        "%(value)s has more than %(num)s decimal",
        "%(value)s has more than %(num)s decimals",
        decimals,
        value=number(value),
    )
