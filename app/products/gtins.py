"""The numbers in bar codes that the catalogue knows. Data, no behaviour.

From the National Drug Codes of US packages: 003, the ten digits of the code, and the check digit.
The codes are common knowledge that nobody compared with DailyMed; a clinic adds its own numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.products.facts import Confidence, Gtin


def _unverified(*numbers: tuple[str, float]) -> tuple[Gtin, ...]:
    return tuple(Gtin(gtin, vial_g, Confidence.UNVERIFIED) for gtin, vial_g in numbers)


GTINS: Final[Mapping[str, tuple[Gtin, ...]]] = {
    # NDC 0944-2700-02 to 0944-2700-07
    "gammagard-liquid": _unverified(
        ("00309442700029", 1),
        ("00309442700036", 2.5),
        ("00309442700043", 5),
        ("00309442700050", 10),
        ("00309442700067", 20),
        ("00309442700074", 30),
    ),
    # NDC 44206-436-05, 44206-437-10, 44206-438-20, 44206-439-40
    "privigen": _unverified(
        ("00344206436059", 5),
        ("00344206437100", 10),
        ("00344206438206", 20),
        ("00344206439401", 40),
    ),
}
