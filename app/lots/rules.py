"""What a lot is called, and what may be entered about a recall. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.errors import Fault
from app.kit.fields import Choice, PastDate, TextField
from app.kit.limits import Rule, Spec, found, quoted
from app.products.rules import product_fault, unknown_rule
from app.said import say


@dataclass(frozen=True, slots=True)
class RecallDraft:
    """One lot that must not be given; `product` None stands for every product."""

    lot: str
    announced_on: date
    source: str
    product: str | None = None
    kind: str = "recall"
    reference: str | None = None
    reason: str | None = None
    advice: str | None = None


_PRODUCT: Final = unknown_rule("recalls")
# As in the files of infusions, where a semicolon separates lots.
_LOT: Final = TextField("recalls", "lot", 40, is_key=True, without=";")
_NO_LOT: Final = Rule("recalls", "lot", "no-letter", "without any letter or digit")
_KIND: Final = Choice("recalls", "kind", ("recall", "quarantine"))
_ANNOUNCED_ON: Final = PastDate("recalls", "announced_on", is_after_birth=False)
_SOURCE: Final = TextField("recalls", "source", 200)
_REFERENCE: Final = TextField("recalls", "reference", 100)
_REASON: Final = TextField("recalls", "reason", 4000, has_lines=True)
_ADVICE: Final = TextField("recalls", "advice", 4000, has_lines=True)

SPECS: Final[tuple[Spec, ...]] = (
    *(_PRODUCT, _LOT, _NO_LOT, _KIND, _ANNOUNCED_ON),
    *(_SOURCE, _REFERENCE, _REASON, _ADVICE),
)


def check_recall(
    draft: RecallDraft, *, now: datetime, known_products: Collection[str]
) -> list[Fault]:
    """Return every fault of a recall.

    Parameters
    ----------
    draft : RecallDraft
        The recall.
    now : datetime
        Timezone-aware.
    known_products : collection of str
        Keys of the clinic's catalogue, retired ones too.
    """
    return [
        *found(
            product_fault(_PRODUCT, draft.product, known_products=known_products),
            _lot_fault(draft.lot),
            _KIND.check(draft.kind),
            _SOURCE.check(draft.source),
            _REFERENCE.check(draft.reference),
            _REASON.check(draft.reason),
            _ADVICE.check(draft.advice),
        ),
        *_ANNOUNCED_ON.check(draft.announced_on, now=now),
    ]


def _lot_fault(lot: str) -> Fault | None:
    fault = _LOT.check(lot)
    if fault is None and not any(char.isalnum() for char in lot):
        return _NO_LOT.fault(lot, say("%(lot)s has no letter and no digit", lot=quoted(lot)))
    return fault


def lot_key(lot: str) -> str:
    """Return the form under which lots are compared.

    Labels, scanners and letters of recall write one lot in different ways. Only letters and
    digits count, in upper case and in their plain width: spaces, hyphens, dots and slashes do not.
    Two lots of one maker that differ by a hyphen alone would be taken for one, which warns once
    too often; the other way round a recall would pass by. A letter O and a zero stay different.

    Parameters
    ----------
    lot : str
        As printed, scanned or typed.

    Returns
    -------
    str
        The key; of a text without any letter or digit the text itself, without outer spaces.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", lot).upper())
    return "".join(char for char in plain if char.isalnum()) or plain.strip()
