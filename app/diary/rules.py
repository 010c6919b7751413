"""What somebody at home is asked on a day: few questions, the worse side first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

from app.analysis.measures import MEASURES, Better
from app.errors import Fault
from app.kit.fields import Choice, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, did_you_mean, found, quoted
from app.said import Said, say

Series = tuple[str, str]
"""A measure and a site."""

MOST_DAILY: Final = 4
"""Judgement: a usual day takes 15 seconds and 6 taps, two of which open and send the report."""

MOST_WEEKLY: Final = 12
"""Judgement: what a tired person answers once a week without giving up."""

WEEKLY_AFTER: Final = timedelta(days=6)
"""An answer older than this is asked for again, whatever the weekday: a week was missed."""

LOOK_BACK: Final = timedelta(days=28)
"""The days whose mean says which side is worse: one usual interval, so that neither a good nor a
bad week decides; judgement."""

WORSE_FIRST: Final = "worse_first"
AS_LISTED: Final = "as_listed"

BY_OTHERS: Final = frozenset({"incat", "mrc_sum"})
"""What an examiner or an interviewer scores, never the patient [F14]."""

LONG: Final = frozenset({"mmn_rods", "i_rods", "walk_10m_s", "nine_hole_peg_s"})
"""What takes minutes, a hallway or a kit, and so is asked once a week at most."""

_GRIPS: Final = ("grip_kpa", "grip_kg")


@dataclass(frozen=True, slots=True)
class DiaryDraft:
    """What a clinician chose; entries are `measure@site`, in the order in which they are asked.

    Attributes
    ----------
    weekly_on : int
        0 Monday to 6 Sunday.
    sorting : str
        "worse_first" puts the worse side of each pair first, day by day; "as_listed" keeps the
        order as it stands.
    note : str or None
        For the patient, beside the questions.
    """

    daily: tuple[str, ...]
    weekly: tuple[str, ...] = ()
    weekly_on: int = 0
    sorting: str = WORSE_FIRST
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a day."""

    measure: str
    site: str
    kind: Literal["daily", "weekly"]

    @property
    def series(self) -> Series:
        """The measure and the site."""
        return self.measure, self.site


@dataclass(frozen=True, slots=True)
class Known:
    """What decides about the questions of a day.

    Attributes
    ----------
    today : date
        The patient's own date.
    last_on : mapping
        The local date of the last answer, by measure and site.
    means : mapping
        The mean of the last 28 days, by measure and site, in the unit of the measure.
    dominant : str or None
        "right", "left", or anything else for neither.
    """

    today: date
    last_on: Mapping[Series, date] = field(default_factory=dict)
    means: Mapping[Series, float] = field(default_factory=dict)
    dominant: str | None = None


_TABLE: Final = "diaries"
_SERIES: Final = "an entry that is not `measure@site`, or whose measure does not have the site"
_OTHERS: Final = "a measure that nobody can say at home: INCAT and the MRC sum score"
_DAILY: Final = Rule(_TABLE, "daily", "not-a-series", _SERIES)
_WEEKLY: Final = Rule(_TABLE, "weekly", "not-a-series", _SERIES)
_DAILY_OTHERS: Final = Rule(
    _TABLE, "daily", "by-others", _OTHERS, source="clinical facts: measures at home"
)
_WEEKLY_OTHERS: Final = Rule(
    _TABLE, "weekly", "by-others", _OTHERS, source="clinical facts: measures at home"
)
_LONG: Final = Rule(
    _TABLE,
    "daily",
    "too-long",
    "a measure that takes minutes or a kit: RODS, the 10-metre walk, the peg test",
    source="clinical facts: measures at home",
)
_EMPTY: Final = Rule(_TABLE, "daily", "empty", "nothing is asked, neither daily nor weekly")
_MOST: Final = Rule(
    _TABLE, "daily", "too-many", f"more than {MOST_DAILY}: a usual day takes 15 seconds"
)
_MOST_WEEKLY: Final = Rule(_TABLE, "weekly", "too-many", f"more than {MOST_WEEKLY}")
_TWICE: Final = Rule(_TABLE, "daily", "repeated", "an entry that stands twice, here or in weekly")
_UNITS: Final = Rule(
    _TABLE, "daily", "two-units", "grip of one hand in kPa and in kg, here or in weekly"
)
_DAY: Final = Limit(
    _TABLE, "weekly_on", "", impossible_below=0, impossible_above=6, note="Monday is 0"
)
_SORTING: Final = Choice(_TABLE, "sorting", (WORSE_FIRST, AS_LISTED))
_NOTE: Final = TextField(_TABLE, "note", 500, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_DAILY, _DAILY_OTHERS, _LONG, _EMPTY, _MOST, _TWICE, _UNITS),
    *(_WEEKLY, _WEEKLY_OTHERS, _MOST_WEEKLY, _DAY, _SORTING, _NOTE),
)


def check_diary(draft: DiaryDraft) -> list[Fault]:
    """Return every fault of a choice of questions."""
    return [
        *_list_faults(draft.daily, not_series=_DAILY, by_others=_DAILY_OTHERS),
        *_list_faults(draft.weekly, not_series=_WEEKLY, by_others=_WEEKLY_OTHERS),
        *(
            _LONG.fault(
                entry,
                say("%(entry)s takes too long for every day: ask it weekly", entry=quoted(entry)),
            )
            for entry in draft.daily
            if entry.partition("@")[0] in LONG
        ),
        *_count_faults(draft),
        *_together_faults([*draft.daily, *draft.weekly]),
        *found(
            check_limit(_DAY, draft.weekly_on),
            _SORTING.check(draft.sorting),
            _NOTE.check(draft.note),
        ),
    ]


def _list_faults(entries: Sequence[str], *, not_series: Rule, by_others: Rule) -> list[Fault]:
    faults = []
    for entry in dict.fromkeys(entries):
        reason = _reason(entry)
        if reason:
            faults.append(not_series.fault(entry, reason))
        elif entry.partition("@")[0] in BY_OTHERS:
            reason = say(
                "%(entry)s is scored by an examiner, not by the patient", entry=quoted(entry)
            )
            faults.append(by_others.fault(entry, reason))
    return faults


def _reason(entry: str) -> Said | None:
    measure, separator, site = entry.partition("@")
    shown = quoted(entry)
    if not separator:
        return say(
            "%(entry)s is not measure@site, such as %(example)s",
            entry=shown,
            example="strength_nrs@right_hand",
        )
    if measure not in MEASURES:
        hint = did_you_mean(measure, MEASURES)
        return say("%(entry)s names no known measure%(hint)s", entry=shown, hint=hint)
    if site in MEASURES[measure].sites:
        return None
    return say(
        "%(entry)s names a site that %(measure)s does not have", entry=shown, measure=measure
    )


def _count_faults(draft: DiaryDraft) -> list[Fault]:
    daily, weekly = len(draft.daily), len(draft.weekly)
    empty = None if daily or weekly else _EMPTY.fault((), say("nothing is asked at all"))
    many = say("%(count)s are asked every day, at most %(most)s", count=daily, most=MOST_DAILY)
    many_weekly = say(
        "%(count)s are asked every week, at most %(most)s", count=weekly, most=MOST_WEEKLY
    )
    return found(
        empty,
        _MOST.fault(draft.daily, many) if daily > MOST_DAILY else None,
        _MOST_WEEKLY.fault(draft.weekly, many_weekly) if weekly > MOST_WEEKLY else None,
    )


def _together_faults(entries: Sequence[str]) -> list[Fault]:
    twice = [entry for entry, count in Counter(entries).items() if count > 1]
    grips = [{entry.partition("@")[2] for entry in entries if _is_of(entry, g)} for g in _GRIPS]
    return [
        *(
            _TWICE.fault(entry, say("%(value)s stands twice", value=quoted(entry)))
            for entry in twice
        ),
        *(
            _UNITS.fault(
                site, say("the grip of %(site)s is asked in kPa and in kg", site=quoted(site))
            )
            for site in sorted(set.intersection(*grips))
        ),
    ]


def _is_of(entry: str, measure: str) -> bool:
    return entry.partition("@")[0] == measure


# --- where nobody chose --------------------------------------------------------------------------

_STRENGTH: Final = "strength_nrs"
_HANDS: Final = (f"{_STRENGTH}@right_hand", f"{_STRENGTH}@left_hand")
_LEGS: Final = (f"{_STRENGTH}@right_leg", f"{_STRENGTH}@left_leg")
_HAND_ABILITIES: Final = tuple(
    f"ability_{key}@global" for key in ("writing", "utensils", "buttons")
)
_LEG_ABILITIES: Final = tuple(f"ability_{key}@global" for key in ("walking", "stairs"))
_SYMPTOMS: Final = ("cramp_nrs@global", "fasciculation_nrs@global")

_BY_DIAGNOSIS: Final[Mapping[str, DiaryDraft]] = MappingProxyType(
    {
        # Asymmetric, and of the hands first: [F1]. Cramps and twitching belong to it.
        "MMN": DiaryDraft(_HANDS, (*_HAND_ABILITIES, *_SYMPTOMS)),
        # Arms and legs alike, with fatigue: [F2].
        "CIDP": DiaryDraft(
            (*_HANDS, *_LEGS), (*_HAND_ABILITIES, *_LEG_ABILITIES, "fatigue_nrs@global")
        ),
    }
)
_OTHERWISE: Final = DiaryDraft(
    (f"{_STRENGTH}@global",), (*_HAND_ABILITIES, *_LEG_ABILITIES, "fatigue_nrs@global")
)


def default_diary(diagnosis: str, followed: Sequence[str]) -> DiaryDraft:
    """Return what is asked where nobody chose; judgement.

    What the patient's record says is followed comes first, the first four every day and the rest
    every week; without that, it goes by the diagnosis: hands for MMN, hands and legs for CIDP.

    Parameters
    ----------
    diagnosis : str
        "MMN", "CIDP" or a code.
    followed : sequence of str
        `measure@site` as the record has them, in order.
    """
    own = [entry for entry in followed if entry.partition("@")[0] not in BY_OTHERS]
    own = _one_unit(dict.fromkeys(own))
    short = [entry for entry in own if entry.partition("@")[0] not in LONG]
    daily = tuple(short[:MOST_DAILY])
    weekly = tuple(entry for entry in own if entry not in daily)[:MOST_WEEKLY]
    if not own:
        return _BY_DIAGNOSIS.get(diagnosis, _OTHERWISE)
    return DiaryDraft(daily, weekly)


def _one_unit(entries: Iterable[str]) -> list[str]:
    """Leave out the second unit of one hand's grip."""
    kept: list[str] = []
    gripped: set[str] = set()
    for entry in entries:
        measure, _, site = entry.partition("@")
        if measure in _GRIPS:
            if site in gripped:
                continue
            gripped.add(site)
        kept.append(entry)
    return kept


# --- the questions of a day ----------------------------------------------------------------------


def questions(draft: DiaryDraft, known: Known) -> tuple[Question, ...]:
    """Return what is asked on a day, in order.

    Every daily question; after them the weekly ones, on their weekday unless they were answered
    on it already, or as soon as the last answer is more than 6 days old or missing. Unless the
    order is as listed, of each pair the side with the worse mean of the last 28 days comes first,
    the dominant side where they are equal or unknown, else the right one.
    """
    is_day = known.today.weekday() == draft.weekly_on
    daily = [Question(*_split(entry), "daily") for entry in draft.daily]
    weekly = [Question(*_split(entry), "weekly") for entry in draft.weekly]
    due = [one for one in weekly if _is_due(one, known, is_day=is_day)]
    if draft.sorting == AS_LISTED:
        return (*daily, *due)
    return (*_worse_first(daily, known), *_worse_first(due, known))


def _split(entry: str) -> Series:
    measure, _, site = entry.partition("@")
    return measure, site


def _is_due(question: Question, known: Known, *, is_day: bool) -> bool:
    last = known.last_on.get(question.series)
    if last is None or known.today - last > WEEKLY_AFTER:
        return True
    return is_day and last != known.today


def _worse_first(asked: Sequence[Question], known: Known) -> list[Question]:
    """Sort the sides of each pair, and leave the pairs where their first side stood."""
    pairs: dict[Series, list[Question]] = {}
    for one in asked:
        _, part = _side(one.site)
        pairs.setdefault((one.measure, part), []).append(one)
    return [one for pair in pairs.values() for one in _sides(pair, known)]


def _sides(pair: list[Question], known: Known) -> list[Question]:
    first = "left" if known.dominant == "left" else "right"
    usual = sorted(pair, key=lambda one: _side(one.site)[0] != first)
    means = [known.means.get(one.series) for one in usual]
    if None in means:
        return usual
    is_higher = MEASURES[pair[0].measure].better is Better.HIGHER
    return sorted(usual, key=lambda one: known.means[one.series] * (1 if is_higher else -1))


def _side(site: str) -> tuple[str, str]:
    side, _, part = site.partition("_")
    return side, part
