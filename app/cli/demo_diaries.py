"""What people at home of `ivig demo` are asked, and what one of them called wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from app.alarms.rules import AlarmDraft
from app.alarms.service import ALARM
from app.cli.demo_scene import Scene
from app.diary.rules import AS_LISTED, DiaryDraft
from app.diary.service import DIARY

_HANDS: Final = ("strength_nrs@right_hand", "strength_nrs@left_hand")

CHOSEN: Final = (
    (
        "DEMO-01",
        DiaryDraft(
            (*_HANDS, "ability_buttons@global", "cramp_nrs@global"),
            ("grip_kpa@right_hand", "grip_kpa@left_hand", "ability_writing@global"),
            weekly_on=6,
            note="Grip on Sundays, seated, before breakfast.",
        ),
    ),
    ("DEMO-02", DiaryDraft(_HANDS, ("mmn_rods@global",), weekly_on=5, sorting=AS_LISTED)),
    (
        "DEMO-07",
        DiaryDraft(
            ("strength_nrs@global", "ability_stairs@global", "fatigue_nrs@global"),
            ("i_rods@global",),
        ),
    ),
)
"""Who was asked what on purpose; everybody else is asked what their record says."""

ALARMED: Final = "DEMO-03"
_SIGNS: Final = ("headache_stiff_neck",)
_AGO: Final = timedelta(hours=5)


def tell_diaries(scene: Scene) -> None:
    """Choose the questions of a few, and let one of them say that something is wrong."""
    for called, draft in CHOSEN:
        scene.enter(DIARY, scene.patients[called], "diary", draft)
    draft_of_alarm = AlarmDraft(
        scene.now - _AGO, _SIGNS, "patient", "Since last night; light hurts."
    )
    scene.enter(ALARM, scene.patients[ALARMED], "alarm", draft_of_alarm)
