"""What may be entered about a patient, a weight and another therapy. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from app.analysis.measures import ALL_SITES, MEASURES
from app.errors import Fault, Severity
from app.kit.fields import Choice, PastDate, PastInstant, PlannedDate, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, did_you_mean, found, number, quoted
from app.said import Said, figure, say

MMN: Final = "MMN"
CIDP: Final = "CIDP"

WEIGHT_CHANGE_SHARE: Final = 0.4
"""Import format: a weight that differs by this share from the one before needs confirmation."""

OWN_SOURCE: Final[Mapping[str, str]] = MappingProxyType({"patient": "patient", "proxy": "proxy"})
"""The one source that people at home send, by their role."""

_EQUAL: Final = 1e-9  # Floats that differ by less than this share are the same number.
_NAMED_CODES: Final = {"G61.82": MMN, "G61.81": CIDP, MMN: MMN, CIDP: CIDP}
_ICD_10_CM: Final = re.compile(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?")
_OFFSET: Final = re.compile(r"(Etc/)?(GMT|UTC|UCT)?\s?[+\-]?\d{1,2}(:?\d\d)?", re.IGNORECASE)
_POSIX: Final = re.compile(r"(<[+\-\w]+>|[A-Za-z]{3,})[+\-]?\d.*")


@dataclass(frozen=True, slots=True)
class PatientDraft:
    """A patient as somebody wants to store it; `external_id` is the clinic's own identifier."""

    external_id: str
    time_zone: str
    diagnosis: str
    family_name: str | None = None
    given_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    diagnosed_on: date | None = None
    dominant_hand: str | None = None
    anti_gm1: str | None = None
    conduction_block: str | None = None
    followed: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirstEntry:
    """The earliest day that an entry about a patient names, and what kind of entry it is."""

    what: str
    day: date


@dataclass(frozen=True, slots=True)
class WeightDraft:
    """A body weight; a `dosing` weight is the one that doses are computed from."""

    measured_at: datetime
    weight_kg: float
    kind: str = "actual"


@dataclass(frozen=True, slots=True)
class TherapyDraft:
    """Another treatment and what became of it."""

    therapy: str
    status: str
    from_date: date
    to_date: date | None = None
    note: str | None = None


_FIRST_ENTRIES: Final[Mapping[str, Said]] = MappingProxyType(
    {
        entry.partition(" ")[2]: entry
        for entry in (
            *(say("a weight"), say("a therapy"), say("a setting"), say("a plan"), say("a hold")),
            *(say("an infusion"), say("an event"), say("a reaction"), say("an alarm")),
            *(say("a report"), say("a visit")),
        )
    }
)
_PATIENT_ID: Final = TextField("patients", "patient_id", 64, is_key=True)
_FAMILY_NAME: Final = TextField("patients", "family_name", 200)
_GIVEN_NAME: Final = TextField("patients", "given_name", 200)
_IDENTIFIER: Final = TextField("patients", "identifiers", 200, is_key=True)
_SEX: Final = Choice("patients", "sex", ("female", "male", "other", "unknown"))
_HAND: Final = Choice("patients", "dominant_hand", ("right", "left", "both"))
_ANTI_GM1: Final = Choice("patients", "anti_gm1", ("positive", "negative"))
_BLOCK: Final = Choice("patients", "conduction_block", ("definite", "probable", "absent"))
_BIRTH_DATE: Final = PastDate("patients", "birth_date", is_after_birth=False)
_BORN_LATE: Final = Rule(
    "patients", "birth_date", "after-an-entry", "after the day of an entry about the patient"
)
_DIAGNOSED_ON: Final = PastDate("patients", "diagnosed_on")
_TIME_ZONE: Final = Rule(
    "patients",
    "time_zone",
    "not-a-zone",
    "not a key of the tz database; offsets (`GMT+4`, `Etc/GMT-1`) and POSIX strings (`EST5EDT`)",
    source="import format",
)
_DIAGNOSIS: Final = Rule(
    "patients",
    "diagnosis",
    "not-a-code",
    "neither MMN, CIDP nor of the shape of an ICD-10-CM code",
    source="import format",
)
_FOLLOWED: Final = Rule(
    "patients",
    "followed",
    "not-a-series",
    "an entry that is not `measure@site`, or whose measure does not have the site",
    source="import format",
)
_FOLLOWED_TWICE: Final = Rule("patients", "followed", "repeated", "an entry that stands twice")
_MEASURED_AT: Final = PastInstant("weights", "measured_at")
_WEIGHT_KIND: Final = Choice("weights", "kind", ("actual", "dosing"))
_THERAPY: Final = TextField("therapies", "therapy", 100, is_key=True)
_THERAPY_STATUS: Final = Choice(
    "therapies", "status", ("suggested", "started", "stopped", "declined")
)
_THERAPY_FROM: Final = PastDate("therapies", "from_date")
_THERAPY_TO: Final = PlannedDate("therapies", "to_date")
_THERAPY_ENDS: Final = Rule("therapies", "to_date", "before-from", "before from_date")
_THERAPY_NOTE: Final = TextField("therapies", "note", 4000, has_lines=True)


def weight_limit(table: str) -> Limit:
    """Return the limit of `weight_kg` in a file that carries it."""
    return Limit(
        table,
        "weight_kg",
        "kg",
        impossible_below=1,
        impossible_above=400,
        unusual_below=15,
        unusual_above=200,
        note="children with CIDP are treated too; below 15 kg a lost digit is likelier",
    )


def weight_change_rule(table: str) -> Rule:
    """Return the rule about a sudden change of `weight_kg` in a file that carries it."""
    share = f"{WEIGHT_CHANGE_SHARE:.0%}".replace("%", " %")
    text = f"{share} or more away from the patient's weight before it"
    return Rule(table, "weight_kg", "change", text, Severity.UNUSUAL, "import format")


_WEIGHT: Final = weight_limit("weights")
_WEIGHT_CHANGE: Final = weight_change_rule("weights")

SPECS: Final[tuple[Spec, ...]] = (
    *(_PATIENT_ID, _FAMILY_NAME, _GIVEN_NAME, _BIRTH_DATE, _BORN_LATE, _SEX, _TIME_ZONE),
    *(_DIAGNOSIS, _DIAGNOSED_ON, _HAND, _ANTI_GM1, _BLOCK, _FOLLOWED, _FOLLOWED_TWICE, _IDENTIFIER),
    *(_MEASURED_AT, _WEIGHT, _WEIGHT_CHANGE, _WEIGHT_KIND),
    *(_THERAPY, _THERAPY_STATUS, _THERAPY_FROM, _THERAPY_TO, _THERAPY_ENDS, _THERAPY_NOTE),
)


def normal_diagnosis(text: str) -> str | None:
    """Return the one way in which a diagnosis is written.

    Parameters
    ----------
    text : str
        MMN, CIDP or an ICD-10-CM code, in any case, spaces around it allowed.

    Returns
    -------
    str or None
        ``MMN`` for G61.82, ``CIDP`` for G61.81, any other code in upper case, and None for text
        that is not of the shape of a code. Whether such a code exists is not checked.
    """
    code = text.strip().upper()
    if code in _NAMED_CODES:
        return _NAMED_CODES[code]
    return code if _ICD_10_CM.fullmatch(code) else None


def check_patient(
    draft: PatientDraft,
    *,
    now: datetime,
    known_zones: Collection[str],
    first_entry: FirstEntry | None = None,
) -> list[Fault]:
    """Return every fault of a patient, under the column names of the import format.

    Parameters
    ----------
    draft : PatientDraft
        `external_id` is reported as `patient_id`.
    now : datetime
        Timezone-aware.
    known_zones : collection of str
        Keys that `time_zone` may have.
    first_entry : FirstEntry or None
        What the record holds already, where the birth date is corrected.
    """
    texts = found(
        _PATIENT_ID.check(draft.external_id),
        _FAMILY_NAME.check(draft.family_name),
        _GIVEN_NAME.check(draft.given_name),
        _SEX.check(draft.sex),
        _zone_fault(draft.time_zone, known_zones),
        _diagnosis_fault(draft.diagnosis),
        _HAND.check(draft.dominant_hand),
        _ANTI_GM1.check(draft.anti_gm1),
        _BLOCK.check(draft.conduction_block),
        *(_IDENTIFIER.check(text) for pair in draft.identifiers.items() for text in pair),
    )
    return [
        *texts,
        *_BIRTH_DATE.check(draft.birth_date, now=now),
        *found(_born_late_fault(draft.birth_date, first_entry)),
        *_DIAGNOSED_ON.check(draft.diagnosed_on, now=now, birth_date=draft.birth_date),
        *_followed_faults(draft.followed),
    ]


def check_weight(
    draft: WeightDraft, *, now: datetime, birth_date: date | None, previous_kg: float | None
) -> list[Fault]:
    """Return every fault of a weight.

    Parameters
    ----------
    draft : WeightDraft
        The weight.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    previous_kg : float or None
        The patient's latest weight before `measured_at`, kg; None where there is none.
    """
    return [
        *_MEASURED_AT.check(draft.measured_at, now=now, birth_date=birth_date),
        *weight_faults(draft.weight_kg, _WEIGHT, _WEIGHT_CHANGE, previous_kg=previous_kg),
        *found(_WEIGHT_KIND.check(draft.kind)),
    ]


def weight_faults(
    weight_kg: float | None, limit: Limit, change: Rule, *, previous_kg: float | None
) -> list[Fault]:
    """Return the fault of a weight by itself, or else of its change since the one before.

    Parameters
    ----------
    weight_kg : float or None
        Body weight, kg; None where it was not taken.
    limit, change : Limit, Rule
        The rows of the file in which the weight stands.
    previous_kg : float or None
        The weight before it, kg; > 0.
    """
    fault = check_limit(limit, weight_kg)
    if fault is not None:
        return [fault]
    if weight_kg is None or previous_kg is None:
        return []
    share = abs(weight_kg - previous_kg) / previous_kg
    if share < WEIGHT_CHANGE_SHARE - _EQUAL:
        return []
    numbers = {
        "weight": number(weight_kg),
        "share": figure(f"{share:.0%}".removesuffix("%")),
        "before": number(previous_kg),
    }
    if weight_kg > previous_kg:
        reason = say("%(weight)s kg is %(share)s %% more than %(before)s kg before", **numbers)
    else:
        reason = say("%(weight)s kg is %(share)s %% less than %(before)s kg before", **numbers)
    return [change.fault(weight_kg, reason)]


def check_therapy(draft: TherapyDraft, *, now: datetime, birth_date: date | None) -> list[Fault]:
    """Return every fault of another therapy.

    Parameters
    ----------
    draft : TherapyDraft
        The therapy.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    """
    texts = found(
        _THERAPY.check(draft.therapy),
        _THERAPY_STATUS.check(draft.status),
        _THERAPY_NOTE.check(draft.note),
    )
    ends = None
    if draft.to_date is not None and draft.to_date < draft.from_date:
        days = {"day": str(draft.to_date), "first": str(draft.from_date)}
        reason = say("%(day)s is before from_date %(first)s", **days)
        ends = _THERAPY_ENDS.fault(draft.to_date, reason)
    return [
        *texts,
        *_THERAPY_FROM.check(draft.from_date, now=now, birth_date=birth_date),
        *_THERAPY_TO.check(draft.to_date, now=now, birth_date=birth_date),
        *found(ends),
    ]


def _born_late_fault(birth_date: date | None, first: FirstEntry | None) -> Fault | None:
    if birth_date is None or first is None or birth_date <= first.day:
        return None
    reason = say(
        "%(birth)s is after the first entry, %(entry)s of %(day)s",
        birth=str(birth_date),
        entry=_FIRST_ENTRIES[first.what],
        day=str(first.day),
    )
    return _BORN_LATE.fault(birth_date, reason)


def _zone_fault(text: str, known_zones: Collection[str]) -> Fault | None:
    if text in known_zones:
        return None
    shown = {"value": quoted(text), "example": "America/New_York"}
    if _OFFSET.fullmatch(text):
        reason = say(
            "%(value)s is an offset, not a zone of the tz database such as %(example)s", **shown
        )
    elif _POSIX.fullmatch(text):
        reason = say(
            "%(value)s is a POSIX string, not a zone of the tz database such as %(example)s",
            **shown,
        )
    else:
        reason = say(
            "%(value)s is not a zone of the tz database%(hint)s",
            value=quoted(text),
            hint=did_you_mean(text, known_zones),
        )
    return _TIME_ZONE.fault(text, reason)


def _diagnosis_fault(text: str) -> Fault | None:
    if normal_diagnosis(text) is not None:
        return None
    reason = say(
        "%(value)s is neither MMN, CIDP nor an ICD-10-CM code such as %(example)s",
        value=quoted(text),
        example="G62.9",
    )
    return _DIAGNOSIS.fault(text, reason)


def _followed_faults(followed: tuple[str, ...]) -> list[Fault]:
    repeated = [entry for entry, count in Counter(followed).items() if count > 1]
    twice = [say("%(value)s stands twice", value=quoted(entry)) for entry in repeated]
    return [
        *found(*(_series_fault(entry) for entry in dict.fromkeys(followed))),
        *map(_FOLLOWED_TWICE.fault, repeated, twice),
    ]


def _series_fault(entry: str) -> Fault | None:
    measure, separator, site = entry.partition("@")
    shown = quoted(entry)
    if not separator:
        reason = say(
            "%(entry)s is not measure@site, such as %(example)s",
            entry=shown,
            example="grip_kpa@right_hand",
        )
    elif measure not in MEASURES:
        hint = did_you_mean(measure, MEASURES)
        reason = say("%(entry)s names no known measure%(hint)s", entry=shown, hint=hint)
    elif site not in MEASURES[measure].sites:
        sites = MEASURES[measure].sites
        reason = say(
            "%(entry)s names a site that %(measure)s does not have; it has %(sites)s",
            entry=shown,
            measure=measure,
            sites=say("every limb site and global") if sites == ALL_SITES else ", ".join(sites),
        )
    else:
        return None
    return _FOLLOWED.fault(entry, reason)
