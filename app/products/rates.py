"""How fast a product may run, by its catalogue, the diagnosis and the risk. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final, Literal

from app.products.facts import Confidence, RateUnit
from app.said import Said, figure, say

Risk = Literal["no", "yes", "unknown"]
"""Of renal dysfunction or thrombosis; "unknown" where nobody answered it."""

Basis = Literal["own", "others", "risk"]
"""Whose figure a maximum is: of the patient's indication (and known risk), of other indications
because there is none of its own, or of people at risk because nobody knows the risk."""

Verdict = Literal["within", "over", "over_unverified", "no_confirmed_limit"]

NoLimit = Literal["no confirmed rate limit for this product"]
NO_CONFIRMED_LIMIT: Final[NoLimit] = "no confirmed rate limit for this product"
NO_LIMIT_AT_RISK: Final = say(
    "no confirmed rate limit for this product at risk of renal dysfunction or thrombosis;"
    " labels ask for the lowest rate that can be done"
)
RISK_NOT_KNOWN: Final = say("risk of renal dysfunction or thrombosis not known")
_NO_CONFIRMED_LIMIT: Final = say("no confirmed rate limit for this product")

_MINUTES_PER_HOUR: Final = 60

_ROUNDING: Final = 1e-9
"""A rate counts as over its limit beyond this fraction of it: 5.4 mL/kg/h x 83 kg / 83 kg."""

_WHY_UNVERIFIED: Final[Mapping[Basis, Said]] = {
    "own": say("a limit that nobody compared with a label"),
    "others": say(
        "the lowest limit of its indications, because this diagnosis has none of its own"
    ),
    "risk": say("the limit at risk"),
}

_NAMED: Final = frozenset({"mmn", "cidp"})

_BY_CODE: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("d84.81", frozenset()),
    ("d84.82", frozenset()),
    ("m33", frozenset({"dermatomyositis"})),
    ("d69.3", frozenset({"itp"})),
    *((f"d{number}", frozenset({"pi", "pid"})) for number in range(80, 85)),
)
"""What rates call the diagnosis of an ICD-10-CM code; the first beginning that fits counts.

References
----------
ICD-10-CM 2026: M33 Dermatopolymyositis; D69.3 Immune thrombocytopenic purpura; D80-D84 of the
block "Certain disorders involving the immune mechanism" are the immunodeficiencies. Of these,
D84.81 (due to conditions classified elsewhere) and D84.82 (due to drugs and external causes) are
not primary.
"""


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


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How fast a product may run for one indication and risk.

    Attributes
    ----------
    initial_ml_per_kg_h : float or None
        Highest rate of the first step, mL/kg/h.
    maximum_ml_per_kg_h : float
        The lowest of the maxima that apply or may apply, mL/kg/h, however well it is known.
    confidence : str
        "read" or "unverified": how well `maximum_ml_per_kg_h` is known by itself. What may apply
        only, because the diagnosis has no rate of its own or the risk is not known, is unverified.
    is_confirmed : bool
        The clinic compared the product's figures with the label.
    source, as_of : str
        Where the figures come from, and the day (YYYY-MM-DD) on which they were collected.
    sure_ml_per_kg_h : float or None
        The lowest maximum that was read in its source or confirmed by the clinic, mL/kg/h: beyond
        it a reason is needed. None where every maximum is unverified.
    lacks_risk_figure : bool
        The patient is at risk, and the product has no figure for that.
    basis : str
        Whose figure `maximum_ml_per_kg_h` is; see `Basis`.
    risk : str
        "no", "yes" or "unknown".
    at_risk_ml_per_kg_h : float or None
        The product's maximum for people at risk, mL/kg/h, where nobody knows the risk.
    """

    initial_ml_per_kg_h: float | None
    maximum_ml_per_kg_h: float
    confidence: str
    is_confirmed: bool
    source: str
    as_of: str
    sure_ml_per_kg_h: float | None
    lacks_risk_figure: bool = False
    basis: Basis = "own"
    risk: Risk = "no"
    at_risk_ml_per_kg_h: float | None = None


@dataclass(frozen=True, slots=True)
class RateJudgement:
    """One rate in the units of labels, and what the limit says of it.

    `message` is empty where there is nothing to say; else it can be said in any language. Only
    "over" needs a reason; the other verdicts are shown and stop nothing. `is_above_initial` is
    said of a first step alone.
    """

    ml_per_kg_h: float
    mg_per_kg_min: float | None
    verdict: Verdict
    message: str
    is_above_initial: bool = False


def rate_limit(facts: Mapping[str, Any], *, indication: str, risk: Risk) -> RateLimit | None:
    """Return the limit of a product's rate for an indication and a risk.

    A rate of the very indication wins over the general one. People at risk get the lower of it
    and the figure for risk; where nobody knows the risk, that figure warns. Where neither applies,
    or the diagnosis is one that no rate can name, the lowest maximum of any indication warns. Of
    several that apply, such as one for each region, the lowest counts.

    Parameters
    ----------
    facts : mapping
        `facts` of a row of the clinic's catalogue.
    indication : str
        The patient's diagnosis: MMN, CIDP or an ICD-10-CM code; upper and lower case are one.
    risk : str
        "yes" at risk of renal dysfunction or thrombosis, "unknown" where nobody said.

    Returns
    -------
    RateLimit or None
        None where no maximum in mL/kg/h, or that can be converted to it, applies or may apply.

    References
    ----------
    Labels of Octagam 10%, Panzyga and Bivigam: not above 3.3 (2) mg/kg/min at risk.
    """
    known = _known_rates(facts)
    usual = [rate for rate in known if not rate.at_risk]
    names = names_of(indication)
    risky = _for_indication([rate for rate in known if rate.at_risk], names)
    applying = _for_indication(usual, names)
    # Of a code that no list above knows, a general rate may be too high: another row may be meant.
    is_named = _is_named(indication) or any(rate.name in names for rate in applying)
    doubtful = [] if applying and is_named else _doubted(usual, "others")
    if risk == "yes":
        applying = [*applying, *risky]
    if risk == "unknown":
        doubtful += _doubted(risky, "risk")
    every = [*applying, *doubtful]
    if not every:
        return None
    is_confirmed = bool(facts.get("confirmed"))
    sure = [r.maximum for r in applying if is_confirmed or r.confidence == Confidence.READ]
    lowest = min(every, key=lambda rate: (rate.maximum, rate.basis != "own", rate.confidence))
    return RateLimit(
        initial_ml_per_kg_h=min((r.initial for r in every if r.initial is not None), default=None),
        maximum_ml_per_kg_h=lowest.maximum,
        confidence=lowest.confidence,
        is_confirmed=is_confirmed,
        source=str(facts["source"]),
        as_of=str(facts["as_of"]),
        sure_ml_per_kg_h=min(sure, default=None),
        lacks_risk_figure=risk == "yes" and not risky,
        basis=lowest.basis,
        risk=risk,
        at_risk_ml_per_kg_h=min((r.maximum for r in doubtful if r.basis == "risk"), default=None),
    )


def names_of(indication: str) -> frozenset[str]:
    """Return what rates may call a diagnosis, in lower case.

    Parameters
    ----------
    indication : str
        MMN, CIDP or an ICD-10-CM code.
    """
    code = indication.casefold()
    found = next((names for begin, names in _BY_CODE if code.startswith(begin)), frozenset())
    return found | {code}


def _is_named(indication: str) -> bool:
    names = names_of(indication)
    return len(names) > 1 or bool(names & _NAMED)


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
    is_first: bool = False,
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
    is_first : bool
        The first step that runs: it alone is compared with the initial rate.
    """
    rate = ml_per_h / weight_kg
    in_mg = None
    if concentration_mg_per_ml is not None:
        in_mg = rate_mg_per_kg_per_min(
            rate_ml_per_kg_per_h=rate, concentration_mg_per_ml=concentration_mg_per_ml
        )
    verdict, parts = _verdict(limit, rate)
    initial = None if limit is None or not is_first else limit.initial_ml_per_kg_h
    is_above = initial is not None and _is_over(rate, initial)
    if initial is not None and is_above:
        parts.append(say("above the initial rate of %(rate)s mL/kg/h", rate=_figure(initial)))
    return RateJudgement(rate, in_mg, verdict, _together(parts), is_above)


def _verdict(limit: RateLimit | None, rate: float) -> tuple[Verdict, list[Said]]:
    if limit is None:
        return "no_confirmed_limit", [_NO_CONFIRMED_LIMIT]
    sure = limit.sure_ml_per_kg_h
    if sure is not None and _is_over(rate, sure):
        figures = {"rate": _figure(rate), "limit": _figure(sure)}
        over = say("%(rate)s is over the limit of %(limit)s mL/kg/h", **figures)
        return "over", [over, *_doubts(limit)]
    unknown = [] if sure is not None else [_NO_CONFIRMED_LIMIT]
    if limit.lacks_risk_figure:
        unknown = [NO_LIMIT_AT_RISK]
    if _is_over(rate, limit.maximum_ml_per_kg_h):
        over = say(
            "%(rate)s is over %(limit)s mL/kg/h, %(why)s",
            rate=_figure(rate),
            limit=_figure(limit.maximum_ml_per_kg_h),
            why=_WHY_UNVERIFIED[limit.basis],
        )
        return "over_unverified", [*unknown, *_doubts(limit), over]
    return ("no_confirmed_limit" if unknown else "within"), [*unknown, *_doubts(limit)]


def _doubts(limit: RateLimit) -> list[Said]:
    """Return the words about a risk that nobody knows."""
    if limit.risk != "unknown":
        return []
    if limit.at_risk_ml_per_kg_h is None:
        return [RISK_NOT_KNOWN]
    at_risk = say(
        "risk of renal dysfunction or thrombosis not known, and at risk the limit is %(limit)s"
        " mL/kg/h",
        limit=_figure(limit.at_risk_ml_per_kg_h),
    )
    return [at_risk]


def _together(parts: Sequence[Said]) -> str:
    if not parts:
        return ""
    return reduce(lambda one, other: say("%(one)s; %(other)s", one=one, other=other), parts)


def _figure(value: float) -> Said:
    return figure(f"{value:.4g}")


def _is_over(rate: float, limit: float) -> bool:
    return rate > limit * (1 + _ROUNDING)


@dataclass(frozen=True, slots=True)
class _Known:
    """A rate of the catalogue in mL/kg/h."""

    initial: float | None
    maximum: float
    name: str | None
    at_risk: bool
    confidence: str
    basis: Basis = "own"


def _known_rates(facts: Mapping[str, Any]) -> list[_Known]:
    known = []
    concentration = facts["concentration_mg_per_ml"]
    for rate in facts["rates"]:
        initial, maximum = (
            _in_ml_per_kg_h(rate[name], rate["unit"], concentration)
            for name in ("initial", "maximum")
        )
        if maximum is not None:
            name = None if rate["indication"] is None else str(rate["indication"]).casefold()
            confidence = str(rate["confidence"])
            known.append(_Known(initial, maximum, name, rate["at_risk"], confidence))
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


def _for_indication(rates: Sequence[_Known], names: frozenset[str]) -> list[_Known]:
    own = [rate for rate in rates if rate.name in names]
    return own or [rate for rate in rates if rate.name is None]


def _doubted(rates: Sequence[_Known], basis: Basis) -> list[_Known]:
    unverified = str(Confidence.UNVERIFIED)
    return [replace(rate, basis=basis, confidence=unverified) for rate in rates]
