"""Words about products, lots, visits and what was seen there. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from app.alarms.rules import SIGNS
from app.products.facts import Product, Rate
from app.reactions.rules import words_of
from app.schedule.schemas import VialsRead
from app.web.format import MISSING, format_number
from app.web.i18n import N_, Words, ngettext
from app.web.i18n import gettext as _
from app.web.sentences import SaidFinding
from app.web.sentences import finding_sentence as say_finding
from app.web.terms import word_of

CONFIDENCES: Final = Words(
    {
        "read": N_("read in the source"),
        "unverified": N_("not compared with any source yet"),
    }
)
CALLS: Final = Words({"first": N_("first call"), "late": N_("late call")})
METHODS: Final = Words(
    {
        "phone": N_("by phone"),
        "in_person": N_("in person"),
        "letter": N_("by letter"),
        "email": N_("by e-mail"),
        "portal": N_("on the portal"),
        "other": N_("in another way"),
    }
)
WHY_MOVED: Final = Words(
    {
        "patient": N_("the patient wished it"),
        "clinic": N_("the clinic cannot"),
        "nurse": N_("no nurse"),
        "supply": N_("no product"),
        "illness": N_("illness"),
        "travel": N_("travel"),
        "holiday": N_("holiday"),
        "insurance": N_("insurance"),
        "response": N_("how the treatment works"),
        "other": N_("another reason"),
    }
)
DECIDED: Final = Words(
    {
        "applies": "",
        "used": N_("the course was given since"),
        "unmatched": N_("no planned course is near this day any more: please look"),
    }
)
STATES: Final = Words(
    {
        "done": N_("given"),
        "visit": N_("visit"),
        "not_due": N_("planned"),
        "due": N_("due"),
        "overdue": N_("overdue"),
        "missed": N_("missed"),
        "on_hold": N_("on hold"),
        "cancelled": N_("cancelled"),
        "not_started": N_("not started"),
        "no_plan": N_("no plan"),
    }
)
"""How a day of a course, or the next course of a patient, stands."""
TOLD: Final = Words(
    {
        "to_send": N_("not told yet"),
        "sent": N_("told, not confirmed"),
        "confirmed": N_("confirmed"),
    }
)
RECALLED: Final = Words(
    {
        "recall": N_("<b>Recalled</b> since %(day)s:"),
        "quarantine": N_("<b>In quarantine</b> since %(day)s:"),
    }
)
WEIGHTS: Final = Words({"dosing": N_("dosing weight"), "actual": N_("actual weight")})
WEIGHTS_OF: Final = Words(
    {"dosing": N_("dosing weight of %(day)s"), "actual": N_("actual weight of %(day)s")}
)
RECALLS: Final = Words({"recall": N_("recalled"), "quarantine": N_("in quarantine")})


def format_concentration(mg_per_ml: float | None) -> str:
    """Write a concentration; a powder has none of its own."""
    return _("as dissolved") if mg_per_ml is None else f"{format_number(mg_per_ml)} mg/mL"


def format_sizes(sizes_g: Sequence[float]) -> str:
    """Write the sizes of vials."""
    return ", ".join(format_number(size) for size in sizes_g) + " g" if sizes_g else MISSING


def format_rate(rate: Rate) -> str:
    """Write a rate of the catalogue: from the first step to the highest one."""
    highest = f"{format_number(rate.maximum, digits=4)} {rate.unit}"
    if rate.initial is None:
        return _("at most %(highest)s", highest=highest)
    lowest = format_number(rate.initial, digits=4)
    return _("from %(lowest)s to at most %(highest)s", lowest=lowest, highest=highest)


def format_rate_for(rate: Rate) -> str:
    """Write for whom a rate holds."""
    parts = [
        rate.indication or _("every other indication"),
        rate.region or "",
        _("at risk of renal dysfunction or thrombosis") if rate.at_risk else "",
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
    return word_of(term)


def format_reaction(term: str) -> str:
    """Write a reaction as the sentences of findings do."""
    return _(words_of(term))


def format_signs(signs: Sequence[str]) -> str:
    """Write what somebody called wrong from home as the sentences of findings do."""
    return ", ".join(_(SIGNS[sign].what) if sign in SIGNS else word_of(sign) for sign in signs)


def format_terms(terms: Sequence[str]) -> str:
    """Write several terms in one line."""
    return ", ".join(map(word_of, terms))


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
    return ", ".join(each) or _("no vial")


def format_difference(value: float | None, unit: str = "g") -> str:
    """Write a difference with its sign."""
    if value is None:
        return MISSING
    sign = "+" if value > 0 else "\u2212" if value < 0 else ""
    return f"{sign}{format_number(abs(value), digits=4)} {unit}"


def format_late(days: int) -> str:
    """Write how late something is; nothing where it is not."""
    return ngettext("%(num)s day late", "%(num)s days late", days) if days > 0 else ""


def finding_sentence(finding: SaidFinding) -> Markup:
    """Say a finding in the language of the page."""
    return say_finding(finding)
