"""Which products exist, and what a dose is in grams. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.analysis.records import Route
from app.errors import Fault
from app.kit.limits import Rule, did_you_mean, quoted
from app.products.catalogue import CATALOGUE
from app.products.facts import Confidence, RateUnit

INTRAVENOUS: Final[Route] = "intravenous"
SUBCUTANEOUS: Final[Route] = "subcutaneous"

_MINUTES_PER_HOUR: Final = 60


def unknown_rule(table: str) -> Rule:
    """Return the rule about `product` in a file that carries it."""
    text = "not a key of the product catalogue"
    return Rule(table, "product", "unknown", text, source="import format")


def product_fault(
    rule: Rule, product: str | None, *, known_products: Collection[str]
) -> Fault | None:
    """Return a fault with the nearest known key for a product that the catalogue lacks."""
    if product is None or product in known_products:
        return None
    hint = did_you_mean(product, known_products)
    return rule.fault(product, f"{quoted(product)} is not in the product catalogue{hint}")


def default_route(product: str, routes: Collection[str] = ()) -> Route:
    """Return the route by which a product is given unless the plan says otherwise.

    Parameters
    ----------
    product : str
        Catalogue key; an unknown one counts as intravenous and is a fault of its own.
    routes : collection of str
        Keys of the clinic's own catalogue; where it is a mapping to routes, these go first.
    """
    if isinstance(routes, Mapping) and product in routes:
        return SUBCUTANEOUS if routes[product] == SUBCUTANEOUS else INTRAVENOUS
    known = CATALOGUE.get(product)
    return INTRAVENOUS if known is None else known.route


def course_dose_g(
    *, dose_g_per_kg: float | None, dose_g: float | None, weight_kg: float | None
) -> float | None:
    """Return the grams of one course, all its days together.

    Parameters
    ----------
    dose_g_per_kg : float or None
        Ordered dose per kg body weight, g/kg.
    dose_g : float or None
        Ordered dose, g; it wins because it needs no weight.
    weight_kg : float or None
        Dosing weight, kg.

    Returns
    -------
    float or None
        Grams, not rounded to vials; None where the order or the weight is not known.
    """
    if dose_g is not None:
        return dose_g
    if dose_g_per_kg is None or weight_kg is None:
        return None
    return dose_g_per_kg * weight_kg


def rate_mg_per_kg_per_min(*, rate_ml_per_kg_per_h: float, concentration_mg_per_ml: float) -> float:
    """Convert a rate to the other unit that product labels use.

    Parameters
    ----------
    rate_ml_per_kg_per_h : float
        mL per kg body weight per hour.
    concentration_mg_per_ml : float
        Immunoglobulin content, mg/mL. A "10 %" product is 100 mg/mL.

    Returns
    -------
    float
        mg per kg body weight per minute, not rounded.

    References
    ----------
    gammagard.com states 5.4 mL/kg/h of its 10 % product as 9 mg/kg/min.
    """
    return rate_ml_per_kg_per_h * concentration_mg_per_ml / _MINUTES_PER_HOUR


# --- rates ---------------------------------------------------------------------------------------

Verdict = Literal["within", "over", "over_unverified", "no_confirmed_limit"]

NoLimit = Literal["no confirmed rate limit for this product"]
NO_CONFIRMED_LIMIT: Final[NoLimit] = "no confirmed rate limit for this product"
NO_LIMIT_AT_RISK: Final = (
    "no confirmed rate limit for this product at risk of renal dysfunction or thrombosis;"
    " labels ask for the lowest rate that can be done"
)

_ROUNDING: Final = 1e-9
"""A rate counts as over its limit beyond this fraction of it: 5.4 mL/kg/h x 83 kg / 83 kg."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How fast a product may run for one indication and risk.

    Attributes
    ----------
    initial_ml_per_kg_h : float or None
        Highest rate of the first step, mL/kg/h.
    maximum_ml_per_kg_h : float
        The lowest of the maxima that apply, mL/kg/h, however well it is known.
    confidence : str
        "read" or "unverified": how well `maximum_ml_per_kg_h` is known by itself.
    is_confirmed : bool
        The clinic compared the product's figures with the label.
    source, as_of : str
        Where the figures come from, and the day (YYYY-MM-DD) on which they were collected.
    sure_ml_per_kg_h : float or None
        The lowest maximum that was read in its source or confirmed by the clinic, mL/kg/h: beyond
        it a reason is needed. None where every maximum is unverified.
    lacks_risk_figure : bool
        The patient is at risk, and the product has no figure for that.
    """

    initial_ml_per_kg_h: float | None
    maximum_ml_per_kg_h: float
    confidence: str
    is_confirmed: bool
    source: str
    as_of: str
    sure_ml_per_kg_h: float | None
    lacks_risk_figure: bool = False


@dataclass(frozen=True, slots=True)
class RateJudgement:
    """One rate in the units of labels, and what the limit says of it.

    `message` is empty where there is nothing to say. Only "over" needs a reason; the other
    verdicts are shown and stop nothing.
    """

    ml_per_kg_h: float
    mg_per_kg_min: float | None
    verdict: Verdict
    message: str
    is_above_initial: bool = False


def rate_limit(facts: Mapping[str, Any], *, indication: str, at_risk: bool) -> RateLimit | None:
    """Return the limit of a product's rate for an indication and a risk.

    A rate of the very indication wins over the general one. People at risk get the lower of it
    and the figure for risk. Of several that apply, such as one for each region, the lowest counts.

    Parameters
    ----------
    facts : mapping
        `facts` of a row of the clinic's catalogue.
    indication : str
        The patient's diagnosis as rates name it, such as "MMN"; upper and lower case are one.
    at_risk : bool
        At risk of renal dysfunction or thrombosis.

    Returns
    -------
    RateLimit or None
        None where no maximum in mL/kg/h, or that can be converted to it, applies.

    References
    ----------
    Labels of Octagam 10%, Panzyga and Bivigam: not above 3.3 (2) mg/kg/min at risk.
    """
    known = _known_rates(facts)
    applying = _for_indication([rate for rate in known if not rate.at_risk], indication)
    risky = _for_indication([rate for rate in known if rate.at_risk], indication)
    if at_risk:
        applying = [*applying, *risky]
    if not applying:
        return None
    is_confirmed = bool(facts.get("confirmed"))
    sure = [r.maximum for r in applying if is_confirmed or r.confidence == Confidence.READ]
    lowest = min(applying, key=lambda rate: (rate.maximum, rate.confidence))
    return RateLimit(
        initial_ml_per_kg_h=min(
            (r.initial for r in applying if r.initial is not None), default=None
        ),
        maximum_ml_per_kg_h=lowest.maximum,
        confidence=lowest.confidence,
        is_confirmed=is_confirmed,
        source=str(facts["source"]),
        as_of=str(facts["as_of"]),
        sure_ml_per_kg_h=min(sure, default=None),
        lacks_risk_figure=at_risk and not risky,
    )


def rate_notice(facts: Mapping[str, Any]) -> NoLimit | None:
    """Return what must stand beside a product whose rates all rest on unverified knowledge.

    Parameters
    ----------
    facts : mapping
        `facts` of a row of the clinic's catalogue.
    """
    is_sure = bool(facts.get("confirmed")) or any(
        rate["confidence"] == Confidence.READ for rate in facts["rates"]
    )
    return None if is_sure and facts["rates"] else NO_CONFIRMED_LIMIT


def check_rate(
    limit: RateLimit | None,
    *,
    ml_per_h: float,
    weight_kg: float,
    concentration_mg_per_ml: float | None,
) -> RateJudgement:
    """Compare the rate that a pump is set to with its limit.

    Parameters
    ----------
    limit : RateLimit or None
        From `rate_limit`.
    ml_per_h : float
        Rate of the pump, mL/h; 0 while it is paused.
    weight_kg : float
        Weight that the dose rests on, kg; > 0.
    concentration_mg_per_ml : float or None
        Immunoglobulin content, mg/mL; None where it is not known.
    """
    rate = ml_per_h / weight_kg
    in_mg = None
    if concentration_mg_per_ml is not None:
        in_mg = rate_mg_per_kg_per_min(
            rate_ml_per_kg_per_h=rate, concentration_mg_per_ml=concentration_mg_per_ml
        )
    verdict, message = _verdict(limit, rate)
    initial = None if limit is None else limit.initial_ml_per_kg_h
    is_above = initial is not None and _is_over(rate, initial)
    return RateJudgement(rate, in_mg, verdict, message, is_above)


def _verdict(limit: RateLimit | None, rate: float) -> tuple[Verdict, str]:
    if limit is None:
        return "no_confirmed_limit", NO_CONFIRMED_LIMIT
    sure = limit.sure_ml_per_kg_h
    if sure is not None and _is_over(rate, sure):
        return "over", f"{_figure(rate)} is over the limit of {_figure(sure)} mL/kg/h"
    unknown: str = "" if sure is not None else NO_CONFIRMED_LIMIT
    if limit.lacks_risk_figure:
        unknown = NO_LIMIT_AT_RISK
    if _is_over(rate, limit.maximum_ml_per_kg_h):
        over = (
            f"{_figure(rate)} is over {_figure(limit.maximum_ml_per_kg_h)} mL/kg/h, a limit that"
            " nobody compared with a label"
        )
        return "over_unverified", f"{unknown}; {over}" if unknown else over
    return ("no_confirmed_limit", unknown) if unknown else ("within", "")


def _figure(value: float) -> str:
    return f"{value:.4g}"


def _is_over(rate: float, limit: float) -> bool:
    return rate > limit * (1 + _ROUNDING)


@dataclass(frozen=True, slots=True)
class _Known:
    """A rate of the catalogue in mL/kg/h."""

    initial: float | None
    maximum: float
    indication: str | None
    at_risk: bool
    confidence: str


def _known_rates(facts: Mapping[str, Any]) -> list[_Known]:
    known = []
    concentration = facts["concentration_mg_per_ml"]
    for rate in facts["rates"]:
        initial, maximum = (
            _in_ml_per_kg_h(rate[name], rate["unit"], concentration)
            for name in ("initial", "maximum")
        )
        if maximum is not None:
            words = (rate["indication"], rate["at_risk"], str(rate["confidence"]))
            known.append(_Known(initial, maximum, *words))
    return known


def _in_ml_per_kg_h(
    figure: float | None, unit: RateUnit, concentration: float | None
) -> float | None:
    """Return a figure in mL/kg/h; None where it cannot be one, as with a rate for each site."""
    if figure is None or unit == "mL/h/site":
        return None
    if unit == "mL/kg/h":
        return figure
    return None if concentration is None else figure * _MINUTES_PER_HOUR / concentration


def _for_indication(rates: list[_Known], indication: str) -> list[_Known]:
    own = [r for r in rates if (r.indication or "").casefold() == indication.casefold()]
    return own or [rate for rate in rates if rate.indication is None]


# --- numbers in bar codes ------------------------------------------------------------------------

_GTIN_DIGITS: Final = 14
_GTIN_LENGTHS: Final = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """Return the check digit of a GS1 number.

    Parameters
    ----------
    digits : str
        The number without its check digit.

    References
    ----------
    GS1 General Specifications, section 7.9.1: weights 3 and 1 in turn, from the right.
    """
    weighted = sum(int(d) * (1 if i % 2 else 3) for i, d in enumerate(reversed(digits)))
    return -weighted % 10


def gtin_14(text: str) -> str | None:
    """Return a GTIN of 8, 12, 13 or 14 digits with leading zeros; None for what is no GTIN.

    Parameters
    ----------
    text : str
        Digits only; the last one is the check digit.
    """
    is_number = text.isascii() and text.isdigit() and len(text) in _GTIN_LENGTHS
    if not is_number or check_digit(text[:-1]) != int(text[-1]):
        return None
    return text.zfill(_GTIN_DIGITS)


def gtin_of_ndc(ndc: str) -> str:
    """Return the GTIN-14 of a US National Drug Code.

    Parameters
    ----------
    ndc : str
        Ten digits; hyphens do not count.

    References
    ----------
    GS1 US, "Healthcare identification of drugs": 003, the NDC and the check digit.
    """
    payload = f"003{ndc.replace('-', '')}"
    return f"{payload}{check_digit(payload)}"
