"""What breaks each documented rule about alarms and about what is asked at home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from app.alarms.rules import AlarmDraft, check_alarm, check_sender
from app.diary.rules import DiaryDraft, check_diary
from app.errors import Fault

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BIRTH: Final = date(1970, 5, 4)
_LIMBS: Final = tuple(
    f"cramp_nrs@{side}_{part}"
    for part in ("shoulder", "arm", "hand", "thigh", "leg", "foot")
    for side in ("right", "left")
)


def alarms(**changes: Any) -> list[Fault]:
    role = changes.pop("role", "patient")
    content = {"noticed_at": NOW, "signs": ("dark_urine",), "source": "patient", **changes}
    faults = check_alarm(AlarmDraft(**content), now=NOW, birth_date=BIRTH)
    return [*faults, *check_sender(str(content["source"]), role=role)]


def diaries(**changes: Any) -> list[Fault]:
    return check_diary(DiaryDraft(**{"daily": ("strength_nrs@global",), **changes}))


CHECKS: Final[dict[str, Callable[..., list[Fault]]]] = {"alarms": alarms, "diaries": diaries}

UNUSUAL: Final[dict[str, dict[str, Any]]] = {
    "alarms.noticed_at.ahead": {"noticed_at": NOW + timedelta(minutes=11)}
}
IMPOSSIBLE: Final[dict[str, dict[str, Any]]] = {
    "alarms.noticed_at.too-early": {"noticed_at": datetime(1899, 12, 31, tzinfo=UTC)},
    "alarms.noticed_at.before-birth": {"noticed_at": datetime(1970, 5, 3, tzinfo=UTC)},
    "alarms.signs": {"signs": ("?",)},
    "alarms.source": {"source": "?"},
    "alarms.source.not-yours": {"role": "proxy"},
    "alarms.note": {"note": "\x00"},
    "diaries.daily.not-a-series": {"daily": ("?",)},
    "diaries.daily.by-others": {"daily": ("incat@global",)},
    "diaries.daily.too-long": {"daily": ("i_rods@global",)},
    "diaries.daily.empty": {"daily": ()},
    "diaries.daily.too-many": {"daily": _LIMBS[:5]},
    "diaries.daily.repeated": {"weekly": ("strength_nrs@global",)},
    "diaries.daily.two-units": {"daily": ("grip_kg@left_hand", "grip_kpa@left_hand")},
    "diaries.weekly.not-a-series": {"weekly": ("?",)},
    "diaries.weekly.by-others": {"weekly": ("mrc_sum@global",)},
    "diaries.weekly.too-many": {"weekly": (*_LIMBS, "cramp_nrs@global")},
    "diaries.weekly_on": {"weekly_on": 7},
    "diaries.sorting": {"sorting": "?"},
    "diaries.note": {"note": "\x00"},
}
