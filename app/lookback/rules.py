"""Who got a lot, as a table, and what may be entered about a notice of its recall. Pure."""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from app.analysis.records import CourseRules
from app.errors import Fault, Severity
from app.infusions.rules import GRAM_DIGITS
from app.kit.fields import Choice, PastInstant, TextField
from app.kit.limits import Rule, Spec, found
from app.said import say
from app.visits.rules import alarming

METHODS: Final = ("phone", "in_person", "letter", "email", "portal", "other")

# --- notices -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A recipient of a recalled lot was told; `confirmed_at` is when they said that they know."""

    recall_id: uuid.UUID
    sent_at: datetime
    method: str
    confirmed_at: datetime | None = None
    note: str | None = None


_RECALL: Final = Rule("recall_notices", "recall_id", "unknown", "not a live recall of the clinic")
_NO_RECIPIENT: Final = Rule(
    "recall_notices",
    "recall_id",
    "not-given",
    "a recall of a lot that no live infusion of the patient names",
    Severity.UNUSUAL,
)
_SENT_AT: Final = PastInstant("recall_notices", "sent_at")
_CONFIRMED_AT: Final = PastInstant("recall_notices", "confirmed_at")
_CONFIRMED_FIRST: Final = Rule("recall_notices", "confirmed_at", "before-sent", "before sent_at")
_METHOD: Final = Choice("recall_notices", "method", METHODS)
_NOTE: Final = TextField("recall_notices", "note", 4000, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_RECALL, _NO_RECIPIENT, _SENT_AT, _CONFIRMED_AT, _CONFIRMED_FIRST, _METHOD, _NOTE),
)

Recalled = Literal["unknown", "not_given", "given"]
"""What a recall is to a patient: none of the clinic, of a lot that they did not get, or got."""


def check_notice(
    draft: NoticeDraft, *, now: datetime, birth_date: date | None, recalled: Recalled
) -> list[Fault]:
    """Return every fault of a notice.

    Parameters
    ----------
    draft : NoticeDraft
        The notice.
    now : datetime
        Timezone-aware.
    birth_date : date or None
        None where it is not known.
    recalled : str
        What the recall is to the patient.
    """
    return [
        *_SENT_AT.check(draft.sent_at, now=now, birth_date=birth_date),
        *_CONFIRMED_AT.check(draft.confirmed_at, now=now, birth_date=birth_date),
        *found(
            _recall_fault(draft, recalled),
            _order_fault(draft),
            _METHOD.check(draft.method),
            _NOTE.check(draft.note),
        ),
    ]


def _recall_fault(draft: NoticeDraft, recalled: Recalled) -> Fault | None:
    shown = str(draft.recall_id)
    if recalled == "unknown":
        return _RECALL.fault(shown, say("%(recall)s is not a recall of the clinic", recall=shown))
    if recalled == "not_given":
        reason = say("the patient has no infusion of the recalled lot")
        return _NO_RECIPIENT.fault(shown, reason)
    return None


def _order_fault(draft: NoticeDraft) -> Fault | None:
    at = draft.confirmed_at
    if at is None or at >= draft.sent_at:
        return None
    times = {"at": at.isoformat(), "sent": draft.sent_at.isoformat()}
    reason = say("%(at)s is before sent_at %(sent)s", **times)
    return _CONFIRMED_FIRST.fault(at, reason)


# --- recipients ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction to an infusion, as much as a manufacturer may read.

    Attributes
    ----------
    grade : int or None
        That of CTCAE; None for what was said on the phone, which nobody graded.
    onset_at : datetime
        When it began; of an answer, when the call was made.
    source : str
        A reaction that was entered, or an alarming answer in a follow-up call.
    """

    term: str
    grade: int | None
    onset_at: datetime
    is_red_flag: bool
    source: Literal["reaction", "call"] = "reaction"


def reacted_on_call(answers: Mapping[str, str], called_at: datetime) -> list[Reacted]:
    """Return the red flags that were answered with yes in a follow-up call."""
    return [
        Reacted(symptom, None, called_at, is_red_flag=True, source="call")
        for symptom in alarming(answers)
    ]


@dataclass(frozen=True, slots=True)
class LotUse:
    """One infusion that names a lot.

    Attributes
    ----------
    lots : tuple of str
        As they are written there.
    used_g, wasted_g : float or None
        Of this lot, g; None where the infusion has other lots too and no vials.
    vials : int
        Vials of this lot; 0 where no vials were entered.
    dose_g : float or None
        Of the whole infusion, g.
    nurse : str
        Who made the visit, else who entered the infusion.
    """

    infusion_id: uuid.UUID
    local_date: date
    started_at: datetime
    status: str
    product: str | None
    lots: tuple[str, ...]
    used_g: float | None
    wasted_g: float | None
    vials: int
    dose_g: float | None
    nurse: str
    reactions: tuple[Reacted, ...] = ()


@dataclass(frozen=True, slots=True)
class LotCourse:
    """Infusion days of one course on which a lot was given."""

    first_day: date
    last_day: date
    used_g: float | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A patient who got a lot; `case` stands for them in what leaves the clinic."""

    patient_id: uuid.UUID
    external_id: str
    case: str
    uses: tuple[LotUse, ...]
    courses: tuple[LotCourse, ...]
    used_g: float | None


def recipient(patient_id: uuid.UUID, external_id: str, uses: Sequence[LotUse]) -> Recipient:
    """Return a patient with the infusions of a lot, in the order of their start."""
    in_order = tuple(sorted(uses, key=lambda use: (use.started_at, use.infusion_id)))
    return Recipient(
        patient_id,
        external_id,
        case_of(patient_id),
        in_order,
        tuple(courses_of(in_order)),
        total_g(in_order),
    )


def case_of(patient_id: uuid.UUID) -> str:
    """Return what stands for a patient in an export: the same each time, and no way back.

    Whoever has the record finds the patient again, because the look-back shows it too; the id
    behind it is random, so nobody else can.
    """
    return hashlib.sha256(f"lot look-back {patient_id}".encode()).hexdigest()[:12].upper()


def total_g(uses: Iterable[LotUse]) -> float | None:
    """Return the grams of a lot in several infusions; None where those of one are not known."""
    grams = [use.used_g for use in uses]
    known = [gram for gram in grams if gram is not None]
    return round(math.fsum(known), GRAM_DIGITS) if len(known) == len(grams) else None


def courses_of(
    uses: Sequence[LotUse], *, span_days: int = CourseRules().join_span_days
) -> list[LotCourse]:
    """Part infusions, in the order of their start, into courses.

    A day belongs to the course whose first day lies at most `span_days` before, as the analysis
    joins days too.
    """
    groups: list[list[LotUse]] = []
    for use in uses:
        if groups and (use.local_date - groups[-1][0].local_date).days <= span_days:
            groups[-1].append(use)
        else:
            groups.append([use])
    return [LotCourse(own[0].local_date, own[-1].local_date, total_g(own)) for own in groups]
