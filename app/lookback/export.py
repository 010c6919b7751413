"""Who got a lot, as CSV for its manufacturer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from app.lookback.rules import LotUse, Reacted, Recipient

CSV_COLUMNS: Final = (
    *("case", "product", "lot", "infusion_date", "status", "used_g", "wasted_g", "vials"),
    *("infusion_g", "reactions"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(recipients: Iterable[Recipient]) -> str:
    """Return recipients as CSV for the manufacturer: no name, no identifier, no nurse."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for one in recipients:
        for use in one.uses:
            writer.writerow([_cell(value) for value in _line(one, use)])
    return text.getvalue()


def _line(one: Recipient, use: LotUse) -> tuple[object, ...]:
    reactions = "; ".join(map(_reacted, use.reactions))
    return (
        *(one.case, use.product, "; ".join(use.lots), use.local_date, use.status, use.used_g),
        *(use.wasted_g, use.vials or None, use.dose_g, reactions),
    )


def _reacted(one: Reacted) -> str:
    how = "said on the phone" if one.source == "call" else f"grade {one.grade}"
    return f"{one.term}, {how}, {one.onset_at.isoformat(timespec='minutes')}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    # A spreadsheet would take it for a formula.
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
