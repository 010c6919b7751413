"""What may be entered about a product of a clinic's catalogue. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.errors import Fault
from app.kit.fields import Choice, PastDate, TextField
from app.kit.limits import Limit, Rule, Spec, check_limit, found, number, quoted
from app.products.facts import Confidence, Gtin, Product, Rate
from app.products.rules import INTRAVENOUS, SUBCUTANEOUS, gtin_14, in_a_row
from app.said import say

_TABLE: Final = "products"
_CONFIDENCES: Final = tuple(str(confidence) for confidence in Confidence)

_KEY: Final = Rule(
    _TABLE, "key", "not-a-key", "not lower-case words of a-z and 0-9 with hyphens between"
)
_KEY_TEXT: Final = TextField(_TABLE, "key", 60, is_key=True)
_NAME: Final = TextField(_TABLE, "name", 120, is_key=True)
_MANUFACTURER: Final = TextField(_TABLE, "manufacturer", 120)
_SOURCE: Final = TextField(_TABLE, "source", 500, has_lines=True)
_AS_OF: Final = PastDate(_TABLE, "as_of", is_after_birth=False)
_ROUTE: Final = Choice(_TABLE, "route", (INTRAVENOUS, SUBCUTANEOUS))
_CONCENTRATION: Final = Limit(
    _TABLE,
    "concentration_mg_per_ml",
    "mg/mL",
    impossible_below=10,
    impossible_above=300,
    note="products hold 50 to 200 mg/mL; a percentage is a tenth of it",
)
_CONFIDENCE: Final = Choice(_TABLE, "concentration_confidence", _CONFIDENCES)
_VIALS: Final = Limit(
    _TABLE,
    "vial_sizes_g",
    "g",
    impossible_below=0.1,
    impossible_above=100,
    note="vials hold 0.5 to 40 g",
)
_VIALS_ASCEND: Final = Rule(_TABLE, "vial_sizes_g", "not-ascending", "not in ascending order")
_INITIAL: Final = Limit(_TABLE, "rates.initial", "", impossible_below=0.01, impossible_above=300)
_MAXIMUM: Final = Limit(_TABLE, "rates.maximum", "", impossible_below=0.01, impossible_above=300)
_FASTEST: Final = 30
_TOO_FAST: Final = Rule(
    _TABLE,
    "rates.maximum",
    "too-fast",
    f"above {_FASTEST} mL/kg/h or mg/kg/min",
    source="judgement: the fastest label states 14 mg/kg/min",
)
_RATE_RISES: Final = Rule(_TABLE, "rates.maximum", "below-initial", "below the initial rate")
_NO_MAXIMUM: Final = Rule(_TABLE, "rates.maximum", "needed", "missing in a rate")
_UNIT: Final = Choice(_TABLE, "rates.unit", ("mL/kg/h", "mg/kg/min", "mL/h/site"))
_INDICATION: Final = TextField(_TABLE, "rates.indication", 60, is_key=True)
_RATE_NOTE: Final = TextField(_TABLE, "rates.note", 500, has_lines=True)
_REGION: Final = Choice(_TABLE, "rates.region", ("US", "EU", "UK", "international"))
_DISEASE: Final = Choice(_TABLE, "indications.disease", ("MMN", "CIDP"))
_ATC: Final = Rule(_TABLE, "atc", "not-a-code", "not a letter, two digits, two letters, two digits")
_HCPCS: Final = Rule(_TABLE, "hcpcs.code", "not-a-code", "not a letter and four digits")
_UNIT_MG: Final = Limit(_TABLE, "hcpcs.unit_mg", "mg", impossible_below=1, impossible_above=10_000)
_GTIN: Final = Rule(
    _TABLE,
    "gtins.gtin",
    "not-a-gtin",
    "not 14 digits with the check digit that belongs to them",
    source="GS1 General Specifications, section 7.9",
)
_GTIN_TWICE: Final = Rule(_TABLE, "gtins.gtin", "twice", "given twice")
_GTIN_TAKEN: Final = Rule(_TABLE, "gtins.gtin", "taken", "the number of another product")
_NOTE: Final = TextField(_TABLE, "note", 2000, has_lines=True)
_AGAINST: Final = TextField(_TABLE, "against", 200)

SPECS: Final[tuple[Spec, ...]] = (
    *(_KEY, _KEY_TEXT, _NAME, _MANUFACTURER, _SOURCE, _AS_OF, _ROUTE, _CONCENTRATION),
    *(_CONFIDENCE, _VIALS, _VIALS_ASCEND, _INITIAL, _MAXIMUM, _TOO_FAST, _RATE_RISES),
    *(_NO_MAXIMUM, _UNIT, _INDICATION, _RATE_NOTE, _REGION, _DISEASE, _ATC, _HCPCS, _UNIT_MG),
    *(_GTIN, _GTIN_TWICE, _GTIN_TAKEN, _NOTE, _AGAINST),
)

_KEY_FORM: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ATC_FORM: Final = re.compile(r"[A-Z]\d{2}[A-Z]{2}\d{2}")
_HCPCS_FORM: Final = re.compile(r"[A-Z]\d{4}")


def check_product(
    draft: Product, *, now: datetime, taken: Mapping[str, str] | None = None
) -> list[Fault]:
    """Return every fault of a product.

    Parameters
    ----------
    draft : Product
        The product; words that come from outside may lie beyond its types.
    now : datetime
        Timezone-aware.
    taken : mapping of str to str, optional
        The GTINs of the clinic's other products in use, with the keys of these.
    """
    return [
        *found(
            _key_fault(draft.key),
            _NAME.check(draft.name),
            _MANUFACTURER.check(draft.manufacturer),
            _SOURCE.check(draft.source),
            _ROUTE.check(draft.route),
            check_limit(_CONCENTRATION, draft.concentration_mg_per_ml),
            _NOTE.check(draft.note or None),
            _atc_fault(draft.atc),
            *(
                _confidence_fault(getattr(draft, name), name)
                for name in ("concentration_confidence", "vials_confidence", "atc_confidence")
            ),
        ),
        *_AS_OF.check(draft.as_of, now=now),
        *_vial_faults(draft.vial_sizes_g),
        *_each("rates", (_rate_faults(rate) for rate in draft.rates)),
        *_each(
            "indications",
            (
                found(
                    _DISEASE.check(entry.disease),
                    _REGION.check(entry.region),
                    _confidence_fault(entry.confidence, "confidence"),
                )
                for entry in draft.indications
            ),
        ),
        *_hcpcs_faults(draft),
        *_gtin_faults(draft.gtins, taken or {}),
    ]


def check_against(against: str) -> list[Fault]:
    """Return the faults of the name of the label that figures were compared with."""
    return found(_AGAINST.check(against))


def _each(name: str, faults: Iterable[list[Fault]]) -> list[Fault]:
    """Name the place of each fault within a list."""
    return [
        replace(fault, field=f"{name}[{index}].{fault.field.rpartition('.')[2]}")
        for index, of_one in enumerate(faults)
        for fault in of_one
    ]


def _key_fault(key: str) -> Fault | None:
    if _KEY_FORM.fullmatch(key):
        return _KEY_TEXT.check(key)
    reason = say("%(key)s is not lower-case words with hyphens between", key=quoted(key))
    return _KEY.fault(key, reason)


def _atc_fault(atc: str) -> Fault | None:
    if _ATC_FORM.fullmatch(atc):
        return None
    reason = say("%(code)s is no ATC code, such as J06BA02", code=quoted(atc))
    return _ATC.fault(atc, reason)


def _confidence_fault(word: str, field: str) -> Fault | None:
    fault = _CONFIDENCE.check(word)
    return None if fault is None else replace(fault, field=field)


def _vial_faults(sizes: tuple[float, ...]) -> list[Fault]:
    faults = [
        replace(fault, field=f"vial_sizes_g[{index}]")
        for index, size in enumerate(sizes)
        if (fault := check_limit(_VIALS, size)) is not None
    ]
    if not faults and list(sizes) != sorted(set(sizes)):
        reason = say("%(sizes)s do not ascend", sizes=in_a_row(sizes))
        faults.append(_VIALS_ASCEND.fault(list(sizes), reason))
    return faults


def _rate_faults(rate: Rate) -> list[Fault]:
    faults = found(
        _UNIT.check(rate.unit),
        _INDICATION.check(rate.indication),
        _REGION.check(rate.region),
        _confidence_fault(rate.confidence, "confidence"),
        _RATE_NOTE.check(rate.note or None),
        check_limit(_INITIAL, rate.initial),
    )
    return [*faults, *found(_maximum_fault(rate))]


def _maximum_fault(rate: Rate) -> Fault | None:
    if rate.maximum is None:
        return _NO_MAXIMUM.fault(None, say("it is needed"))
    fault = check_limit(_MAXIMUM, rate.maximum)
    if fault is None and rate.unit != "mL/h/site" and rate.maximum > _FASTEST:
        parts = {"rate": number(rate.maximum), "unit": rate.unit, "fastest": _FASTEST}
        reason = say("%(rate)s %(unit)s is above %(fastest)s", **parts)
        return _TOO_FAST.fault(rate.maximum, reason)
    if fault is None and rate.initial is not None and rate.maximum < rate.initial:
        rates = {"maximum": number(rate.maximum), "initial": number(rate.initial)}
        reason = say("%(maximum)s is below the initial rate, %(initial)s", **rates)
        return _RATE_RISES.fault(rate.maximum, reason)
    return fault


def _hcpcs_faults(draft: Product) -> list[Fault]:
    code = draft.hcpcs
    if code is None:
        return []
    faults = found(check_limit(_UNIT_MG, code.unit_mg))
    if not _HCPCS_FORM.fullmatch(code.code):
        reason = say("%(code)s is no code, such as J1569", code=quoted(code.code))
        faults.append(_HCPCS.fault(code.code, reason))
    return [*faults, *found(_confidence_fault(code.confidence, "hcpcs.confidence"))]


def _gtin_faults(gtins: tuple[Gtin, ...], taken: Mapping[str, str]) -> list[Fault]:
    seen: set[str] = set()
    by_entry = []
    for entry in gtins:
        size = check_limit(_VIALS, entry.vial_g)
        by_entry.append(
            found(
                _one_gtin_fault(entry.gtin, seen, taken),
                size and replace(size, field="vial_g"),
                _confidence_fault(entry.confidence, "confidence"),
            )
        )
        seen.add(entry.gtin)
    return _each("gtins", by_entry)


def _one_gtin_fault(gtin: str, seen: set[str], taken: Mapping[str, str]) -> Fault | None:
    if gtin_14(gtin) != gtin:
        reason = say(
            "%(gtin)s is not 14 digits with the check digit that belongs to them",
            gtin=quoted(gtin),
        )
        return _GTIN.fault(gtin, reason)
    if gtin in seen:
        return _GTIN_TWICE.fault(gtin, say("%(gtin)s is given twice", gtin=gtin))
    if gtin in taken:
        reason = say("%(gtin)s is the number of %(product)s", gtin=gtin, product=taken[gtin])
        return _GTIN_TAKEN.fault(gtin, reason)
    return None
