from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.diary.rules import (
    MOST_DAILY,
    MOST_WEEKLY,
    DiaryDraft,
    Known,
    Question,
    check_diary,
    default_diary,
    questions,
)

MONDAY = date(2026, 6, 1)
STRENGTH = "strength_nrs"
HANDS = (f"{STRENGTH}@right_hand", f"{STRENGTH}@left_hand")
LIMBS = tuple(f"{STRENGTH}@{s}_{p}" for p in ("hand", "leg", "foot") for s in ("right", "left"))
BUTTONS = "ability_buttons@global"


def wrong(**changes: Any) -> list[str]:
    return [fault.field for fault in check_diary(DiaryDraft(**{"daily": HANDS, **changes}))]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"weekly": (BUTTONS, "i_rods@global"), "weekly_on": 6, "note": "Sitting."}, []),
        ({"daily": (), "weekly": (BUTTONS,)}, []),
        ({"daily": ()}, ["daily"]),
        ({"daily": LIMBS[:MOST_DAILY]}, []),
        ({"daily": LIMBS[: MOST_DAILY + 1]}, ["daily"]),
        ({"daily": (HANDS[0], HANDS[0])}, ["daily"]),
        ({"weekly": (HANDS[0],)}, ["daily"]),
        ({"daily": ("strength_nrs",)}, ["daily"]),
        ({"daily": ("strenght_nrs@global",)}, ["daily"]),
        ({"daily": ("grip_kpa@global",)}, ["daily"]),
        ({"daily": ("incat@global",)}, ["daily"]),
        ({"daily": ("i_rods@global",)}, ["daily"]),
        ({"daily": ("grip_kpa@left_hand", "grip_kg@left_hand")}, ["daily"]),
        ({"daily": ("grip_kpa@left_hand", "grip_kg@right_hand")}, []),
        ({"weekly": ("mrc_sum@global",)}, ["weekly"]),
        ({"weekly": ("?@global",)}, ["weekly"]),
        ({"weekly_on": 7}, ["weekly_on"]),
        ({"sorting": "?"}, ["sorting"]),
        ({"note": " "}, ["note"]),
    ],
)
def test_every_fault_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    assert wrong(**changes) == expected


def test_a_week_asks_so_much_and_no_more() -> None:
    sites = ("shoulder", "arm", "hand", "thigh", "leg", "foot", "global")
    weekly = tuple(
        f"cramp_nrs@{site}" if site == "global" else f"cramp_nrs@{side}_{site}"
        for site in sites
        for side in (("",) if site == "global" else ("right", "left"))
    )
    assert len(weekly) == MOST_WEEKLY + 1
    assert wrong(weekly=weekly[:-1]) == []
    assert wrong(weekly=weekly) == ["weekly"]


# --- where nobody chose --------------------------------------------------------------------------


@pytest.mark.parametrize("diagnosis", ["MMN", "CIDP", "G62.9"])
@pytest.mark.parametrize(
    "followed",
    [
        (),
        ("incat@global",),
        ("i_rods@global",),
        ("grip_kpa@right_hand", "grip_kg@right_hand", "grip_kg@left_hand"),
        (*LIMBS, "i_rods@global", BUTTONS, BUTTONS),
    ],
)
def test_what_nobody_chose_is_in_order(diagnosis: str, followed: tuple[str, ...]) -> None:
    assert check_diary(default_diary(diagnosis, followed)) == []


def test_the_diagnosis_decides_where_nothing_is_followed() -> None:
    assert default_diary("MMN", ()).daily == HANDS
    assert default_diary("CIDP", ()).daily == LIMBS[:4]
    assert default_diary("G62.9", ()).daily == ("strength_nrs@global",)


def test_what_is_followed_comes_first() -> None:
    own = default_diary("MMN", (*LIMBS, "i_rods@global"))
    assert own.daily == LIMBS[:4]
    assert own.weekly == (*LIMBS[4:], "i_rods@global")
    gripped = default_diary("MMN", ("grip_kpa@right_hand", "grip_kg@right_hand"))
    assert gripped.daily == ("grip_kpa@right_hand",)


# --- the questions of a day ----------------------------------------------------------------------


def asked(draft: DiaryDraft, **known: Any) -> list[str]:
    found = questions(draft, Known(**{"today": MONDAY, **known}))
    return [f"{one.measure}@{one.site}" for one in found]


def test_daily_questions_come_before_weekly_ones() -> None:
    draft = DiaryDraft(HANDS[:1], (BUTTONS,))
    assert questions(draft, Known(MONDAY)) == (
        Question(STRENGTH, "right_hand", "daily"),
        Question("ability_buttons", "global", "weekly"),
    )


@pytest.mark.parametrize(
    ("today", "answered", "is_asked"),
    [
        (MONDAY, MONDAY - timedelta(days=1), True),  # its day
        (MONDAY + timedelta(days=1), MONDAY, False),
        (MONDAY + timedelta(days=6), MONDAY, False),
        (MONDAY + timedelta(days=1), MONDAY - timedelta(days=6), True),  # a week was missed
        (MONDAY + timedelta(days=1), None, True),
    ],
)
def test_a_weekly_question_has_its_day_and_is_made_up_for(
    today: date, answered: date | None, is_asked: bool
) -> None:
    last_on = {} if answered is None else {("ability_buttons", "global"): answered}
    found = asked(DiaryDraft(HANDS, (BUTTONS,)), today=today, last_on=last_on)
    assert (BUTTONS in found) is is_asked


@pytest.mark.parametrize(
    ("means", "dominant", "first"),
    [
        ({}, None, "right"),
        ({}, "left", "left"),
        ({}, "right", "right"),
        ({"right": 6.0, "left": 4.0}, "right", "left"),
        ({"right": 4.0, "left": 6.0}, "left", "right"),
        ({"right": 5.0, "left": 5.0}, "left", "left"),
        ({"left": 4.0}, "right", "right"),  # nothing to compare with
    ],
)
def test_the_worse_side_comes_first(
    means: dict[str, float], dominant: str | None, first: str
) -> None:
    found = {(STRENGTH, f"{side}_hand"): mean for side, mean in means.items()}
    order = asked(DiaryDraft(HANDS), means=found, dominant=dominant)
    assert order[0] == f"{STRENGTH}@{first}_hand"
    assert sorted(order) == sorted(HANDS)


def test_more_of_a_symptom_is_worse() -> None:
    sites = ("right_hand", "left_hand")
    draft = DiaryDraft(tuple(f"cramp_nrs@{site}" for site in sites))
    means = {("cramp_nrs", "right_hand"): 2.0, ("cramp_nrs", "left_hand"): 7.0}
    assert asked(draft, means=means)[0] == "cramp_nrs@left_hand"


def test_sides_move_and_pairs_stay() -> None:
    draft = DiaryDraft((*LIMBS[2:4], "fatigue_nrs@global", HANDS[0]), (LIMBS[4],))
    means = {(STRENGTH, "right_leg"): 8.0, (STRENGTH, "left_leg"): 3.0}
    assert asked(draft, means=means) == [
        f"{STRENGTH}@left_leg",
        f"{STRENGTH}@right_leg",
        "fatigue_nrs@global",
        HANDS[0],
        LIMBS[4],
    ]


def test_an_order_that_was_chosen_stays() -> None:
    means = {(STRENGTH, "right_hand"): 8.0, (STRENGTH, "left_hand"): 3.0}
    assert asked(DiaryDraft(HANDS, sorting="as_listed"), means=means) == list(HANDS)
