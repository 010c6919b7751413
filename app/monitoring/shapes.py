"""The shape of each kind of event: its fields, and between which bounds they lie. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.kit.fields import Choice, TextField, Words
from app.kit.limits import Limit

TABLE: Final = "infusion_events"
ANSWERS: Final = ("yes", "no", "unknown", "not_applicable")
RISKS: Final = ("thrombosis_risk", "renal_risk")
QUESTIONS: Final = (
    *("infection", "hospital_stay", "new_drugs", "pregnancy"),
    *RISKS,
    *("allergies_reviewed", "consent", "anaphylaxis_kit", "last_reaction"),
)
"""What is asked before every infusion [F16]."""

VITALS: Final = (
    *("temperature_c", "systolic_mmhg", "diastolic_mmhg"),
    *("heart_rate", "respiratory_rate", "spo2_percent"),
)


def of_details(field: str) -> str:
    """Return the name under which faults name a detail."""
    return f"details.{field}"


def _word(field: str, *options: str) -> Choice:
    return Choice(TABLE, of_details(field), options)


def _text(field: str, length: int, *, has_lines: bool = False) -> TextField:
    return TextField(TABLE, of_details(field), length, has_lines=has_lines)


def _number(field: str, unit: str, *bounds: float | None, note: str = "") -> Limit:
    low, unusual_low, unusual_high, high = bounds
    return Limit(
        TABLE,
        of_details(field),
        unit,
        impossible_below=low,
        impossible_above=high,
        unusual_below=unusual_low,
        unusual_above=unusual_high,
        note=note,
    )


Field = Choice | Words | TextField | Limit


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of event; every kind may carry a note besides."""

    fields: tuple[Field, ...]
    needed: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()

    def by_name(self) -> dict[str, Field]:
        """Return the fields by the names that they have among the details."""
        named = {field.field.removeprefix("details."): field for field in self.fields}
        return {**named, "note": NOTE}


NOTE: Final = _text("note", 2000, has_lines=True)
_ANSWER_FIELDS: Final = tuple(_word(question, *ANSWERS) for question in QUESTIONS)
_CREATININE: Final = _number("creatinine_umol_l", "µmol/L", 5, 20, 400, 3000)
_VITAL_FIELDS: Final = (
    _number("temperature_c", "°C", 25, 34, 41, 45),
    _number("systolic_mmhg", "mmHg", 30, 70, 230, 320),
    _number("diastolic_mmhg", "mmHg", 10, 35, 140, 220),
    _number("heart_rate", "/min", 15, 35, 180, 320),
    _number("respiratory_rate", "/min", 2, 6, 45, 90),
    _number("spo2_percent", "%", 30, 80, None, 100),
)
_RATE: Final = _number(
    "ml_per_h", "mL/h", 0, None, 1200, 2000, note="1200 mL/h is 8.4 mL/kg/h at 143 kg"
)
_REASONS: Final = ("titration", "reaction", "patient", "lot_change", "end", "other")
_ROUTE: Final = _word(
    "route", "oral", "intravenous", "intramuscular", "subcutaneous", "inhaled", "other"
)
_FROM_DAYS: Final = _number("from_days_before", "d", 0, None, 28, 90)

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "identity": Shape(
            (
                Words(
                    TABLE,
                    "details.identifiers",
                    ("name", "birth_date", "patient_id", "photo", "address"),
                    fewest=2,
                ),
            ),
            frozenset({"identifiers"}),
        ),
        "pre_check": Shape((*_ANSWER_FIELDS, _CREATININE), frozenset(QUESTIONS)),
        "premedication": Shape(
            (
                _text("drug", 200),
                _text("dose", 100),
                _ROUTE,
            ),
            frozenset({"drug", "dose", "route"}),
        ),
        "hydration": Shape(
            (
                _ROUTE,
                _number("volume_ml", "mL", 1, None, 3000, 10000),
            ),
            frozenset({"route", "volume_ml"}),
        ),
        "access": Shape(
            (
                _word("device", "peripheral", "port", "picc", "subcutaneous", "other"),
                _text("site", 100),
                _word("side", "left", "right"),
                _number("gauge", "G", 14, None, None, 30),
                _number("attempts", "", 1, None, 4, 20),
                _word("outcome", "working", "failed"),
            ),
            frozenset({"device", "outcome"}),
            frozenset({"gauge", "attempts"}),
        ),
        "access_removed": Shape((_word("site_looks", "normal", "red", "swollen", "bleeding"),)),
        "rate": Shape(
            (
                _RATE,
                _word("reason", *_REASONS),
                _number("volume_so_far_ml", "mL", 0, None, 5000, 10000),
                _text("over_limit_reason", 500, has_lines=True),
            ),
            frozenset({"ml_per_h", "reason"}),
        ),
        "vitals": Shape(_VITAL_FIELDS, whole=frozenset({"heart_rate", "respiratory_rate"})),
        "wearing_off": Shape(
            (_word("weaker_before", "yes", "no", "unsure"), _FROM_DAYS),
            frozenset({"weaker_before"}),
            frozenset({"from_days_before"}),
        ),
        "note": Shape((_text("text", 4000, has_lines=True),), frozenset({"text"})),
    }
)  # fmt: skip
"""What each kind of event holds."""
