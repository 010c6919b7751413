"""A vial and a notice of a recall in order, and what breaks each rule about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app.errors import Fault
from app.lookback.rules import NoticeDraft, Recalled, check_notice
from app.vials.rules import Around, InfusionFacts, VialDraft, check_vial

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SOON: Final = NOW + timedelta(minutes=11)
BIRTH: Final = date(1970, 5, 4)
UNBORN: Final = datetime(1970, 5, 3, tzinfo=UTC)
LONG_AGO: Final = datetime(1899, 12, 31, tzinfo=UTC)
INFUSION_ID: Final = uuid.UUID(int=1)

START: Final = NOW - timedelta(days=1)
INFUSION: Final = InfusionFacts(START, START + timedelta(hours=5), START.date(), "privigen")
AROUND: Final = Around(
    INFUSION,
    known_products=("privigen", "hizentra"),
    concentration_mg_per_ml=100.0,
    vial_sizes_g=(5, 10, 20, 40),
)
VIAL: Final = VialDraft(
    INFUSION_ID,
    "privigen",
    nominal_g=10.0,
    lot="P100-A",
    used_ml=100.0,
    expires_on=START.date(),
    started_at=START,
)
NOTICE: Final = NoticeDraft(uuid.UUID(int=2), START, "phone")


def vials(around: dict[str, Any] | None = None, **changes: Any) -> list[Fault]:
    return check_vial(
        replace(VIAL, **changes),
        now=NOW,
        birth_date=BIRTH,
        around=replace(AROUND, **(around or {})),
    )


def recall_notices(recalled: Recalled = "given", **changes: Any) -> list[Fault]:
    draft = replace(NOTICE, **changes)
    return check_notice(draft, now=NOW, birth_date=BIRTH, recalled=recalled)


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {
    "vials": vials,
    "recall_notices": recall_notices,
}
_HALF: Final = {"used_ml": 50.0, "wasted_ml": 50.0}
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "vials.infusion_id.unknown": {"around": {"infusion": None}},
    "vials.infusion_id.moved": {"around": {"before": replace(VIAL, infusion_id=uuid.UUID(int=9))}},
    "vials.product.unknown": {"product": "?"},
    "vials.product.other": {"product": "hizentra"},
    "vials.nominal_g": {"nominal_g": 101.0},
    "vials.concentration_mg_per_ml": {"concentration_mg_per_ml": 251.0},
    "vials.concentration_mg_per_ml.needed": {"around": {"concentration_mg_per_ml": None}},
    "vials.used_ml": {"used_ml": -1.0},
    "vials.used_ml.does-not-add-up": {"used_ml": 99.9},
    "vials.wasted_ml": {"wasted_ml": -1.0},
    "vials.waste_reason": {**_HALF, "waste_reason": "\x00"},
    "vials.waste_reason.needed": _HALF,
    "vials.lot": {"lot": "A;B"},
    "vials.serial": {"serial": " 1"},
    "vials.serial.used": {"serial": "S1", "around": {"serial_used": True}},
    "vials.gtin.not-a-gtin": {"gtin": "00344206437107"},
    "vials.scanned_text": {"scanned_text": "\x00"},
    "vials.expired_reason": {"expired_reason": "\x00"},
    "vials.expired_reason.needed": {"expires_on": START.date() - timedelta(days=1)},
    "vials.recalled_reason": {"recalled_reason": "\x00"},
    "vials.recalled_reason.needed": {"around": {"recall": "Maker, 2026-11-01"}},
    "vials.started_at.future": {"started_at": SOON},
    "vials.started_at.too-early": {"started_at": LONG_AGO},
    "vials.started_at.before-birth": {"started_at": UNBORN},
    "recall_notices.recall_id.unknown": {"recalled": "unknown"},
    "recall_notices.sent_at.future": {"sent_at": SOON},
    "recall_notices.sent_at.too-early": {"sent_at": LONG_AGO},
    "recall_notices.sent_at.before-birth": {"sent_at": UNBORN},
    "recall_notices.confirmed_at.future": {"confirmed_at": SOON},
    "recall_notices.confirmed_at.too-early": {"confirmed_at": LONG_AGO},
    "recall_notices.confirmed_at.before-birth": {"confirmed_at": UNBORN},
    "recall_notices.confirmed_at.before-sent": {"confirmed_at": START - timedelta(minutes=1)},
    "recall_notices.method": {"method": "?"},
    "recall_notices.note": {"note": "\x00"},
}
UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    "vials.nominal_g": {"nominal_g": 41.0, "used_ml": 410.0},
    "vials.nominal_g.not-a-size": {"nominal_g": 15.0, "used_ml": 150.0},
    "vials.concentration_mg_per_ml.other": {"concentration_mg_per_ml": 50.0, "used_ml": 200.0},
    "vials.expires_on.missing": {"expires_on": None},
    "vials.started_at.beside-infusion": {"started_at": START - timedelta(minutes=1)},
    "vials.looks_right.used": {"looks_right": False},
    "recall_notices.recall_id.not-given": {"recalled": "not_given"},
}
