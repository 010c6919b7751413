"""Words about products, lots, visits and what was seen there. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from app.products.facts import Product, Rate
from app.schedule.schemas import VialsRead
from app.web.format import MISSING, format_number

CONFIDENCES: Final = {
    "read": "read in the source",
    "unverified": "not compared with any source yet",
}
CALLS: Final = {"first": "first call", "late": "late call"}
METHODS: Final = {
    "phone": "by phone",
    "in_person": "in person",
    "letter": "by letter",
    "email": "by e-mail",
    "portal": "on the portal",
    "other": "in another way",
}
WHY_MOVED: Final = {
    "patient": "the patient wished it",
    "clinic": "the clinic cannot",
    "nurse": "no nurse",
    "supply": "no product",
    "illness": "illness",
    "travel": "travel",
    "holiday": "holiday",
    "insurance": "insurance",
    "response": "how the treatment works",
    "other": "another reason",
}
DECIDED: Final = {
    "applies": "",
    "used": "the course was given since",
    "unmatched": "no planned course is near this day any more: please look",
}
STATES: Final = {
    "done": "given",
    "visit": "visit",
    "not_due": "planned",
    "due": "due",
    "overdue": "overdue",
    "missed": "missed",
    "on_hold": "on hold",
    "cancelled": "cancelled",
    "not_started": "not started",
    "no_plan": "no plan",
}
"""How a day of a course, or the next course of a patient, stands."""
TOLD: Final = {
    "to_send": "not told yet",
    "sent": "told, not confirmed",
    "confirmed": "confirmed",
}
RECALLS: Final = {"recall": "recalled", "quarantine": "in quarantine"}


def format_concentration(mg_per_ml: float | None) -> str:
    """Write a concentration; a powder has none of its own."""
    return "as dissolved" if mg_per_ml is None else f"{format_number(mg_per_ml)} mg/mL"


def format_sizes(sizes_g: Sequence[float]) -> str:
    """Write the sizes of vials."""
    return ", ".join(format_number(size) for size in sizes_g) + " g" if sizes_g else MISSING


def format_rate(rate: Rate) -> str:
    """Write a rate of the catalogue: from the first step to the highest one."""
    highest = f"{format_number(rate.maximum, digits=4)} {rate.unit}"
    if rate.initial is None:
        return f"at most {highest}"
    return f"from {format_number(rate.initial, digits=4)} to at most {highest}"


def format_rate_for(rate: Rate) -> str:
    """Write for whom a rate holds."""
    parts = [
        rate.indication or "every other indication",
        rate.region or "",
        "at risk of renal dysfunction or thrombosis" if rate.at_risk else "",
    ]
    return ", ".join(part for part in parts if part)


def weakest(product: Product) -> str:
    """Return how well the least known figures of a product are known."""
    stated = [
        product.concentration_confidence,
        *([product.vials_confidence] if product.vial_sizes_g else []),
        *(rate.confidence for rate in product.rates),
        *(indication.confidence for indication in product.indications),
    ]
    return "unverified" if "unverified" in stated else "read"


def format_confidence(word: Any) -> str:
    """Write how well a figure is known."""
    return CONFIDENCES.get(str(word), str(word))


def day_of(instant: str) -> date:
    """Return the day, in UTC, of an instant as documents keep it."""
    return datetime.fromisoformat(instant).date()


def format_term(term: str) -> str:
    """Write the name of a reaction, a question or an answer as words."""
    return term.replace("_", " ")


def query(parameters: Mapping[str, object]) -> str:
    """Write what stands behind the question mark of an address; nothing of what is None."""
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def format_g(grams: float | None) -> str:
    """Write grams as exactly as vials are known."""
    return MISSING if grams is None else f"{format_number(grams, digits=6)} g"


def format_ml(volume_ml: float | None) -> str:
    """Write a volume."""
    return MISSING if volume_ml is None else f"{format_number(volume_ml, digits=5)} mL"


def format_vials(vials: Sequence[VialsRead]) -> str:
    """Write some vials, the largest first: how many of which size."""
    each = [f"{one.count} \u00d7 {format_g(one.size_g)}" for one in vials]
    return ", ".join(each) or "no vial"


def format_difference(value: float | None, unit: str = "g") -> str:
    """Write a difference with its sign."""
    if value is None:
        return MISSING
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return f"{sign}{format_number(abs(value), digits=4)} {unit}"


def format_late(days: int) -> str:
    """Write how late something is; nothing where it is not."""
    return f"{days} day{'' if days == 1 else 's'} late" if days > 0 else ""
