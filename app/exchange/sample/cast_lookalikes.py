"""The cast, DEMO-09 to DEMO-13: what can be taken for wearing off, or hide it."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
    FLAT,
    GRIP_KG,
    GRIP_KPA,
    Body,
    Care,
    Diary,
    Event,
    Identity,
    Noise,
    Person,
    PlanStep,
    Site,
    WearingOff,
    ask,
)

_DEMO_09: Final = Person(
    key="DEMO-09",
    story="Flat but for one bad cycle with an infection in its last week.",
    who=Identity(
        family_name="Ivy-Sample",
        given_name="Inés",
        age=44,
        sex="female",
        time_zone="Europe/Madrid",
        anti_gm1="negative",
        conduction_block="probable",
    ),
    care=Care(
        plans=(PlanStep(-320, 28, product="octagam-10", dose_g_per_kg=1.2, course_days=2),),
        weight_kg=62.0,
        punctual=True,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(Site("global", 0.8), Site("right_hand", 0.75), Site("left_hand", 0.6)),
        events=(Event(-75, 8, 0.25),),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-310,
            device="Vigorimeter VM-09",
            items=(*GRIP_KPA, *ask("strength_nrs", "global"), *ask("fatigue_nrs", every=4)),
        ),
    ),
)

_DEMO_10: Final = Person(
    key="DEMO-10",
    story="A sudden relapse less than four weeks ago; the course given since has not brought "
    "the strength back.",
    who=Identity(
        family_name="Juniper-Sample",
        given_name="Jon",
        age=55,
        sex="male",
        time_zone="Europe/Stockholm",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-410, 28, product="privigen", dose_g_per_kg=1.0),),
        weight_kg=76.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(
            Site("global", 0.8, 1.0, ((-25, 1.0), (-23, 0.82))),
            Site("right_hand", 0.7, 1.0, ((-25, 1.0), (-23, 0.66))),
            Site("left_hand", 0.85),
        ),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-395,
            device="Vigorimeter VM-10",
            notes=((-24, "My right hand gave way overnight."),),
            items=(*GRIP_KPA, *ask("strength_nrs", "global", "right_hand")),
        ),
    ),
)

_ITEMS_11: Final = (
    *GRIP_KPA,
    *ask("strength_nrs", "right_hand"),
    *ask("ability_buttons", every=7),
)
_DEMO_11: Final = Person(
    key="DEMO-11",
    story="Flat; a new grip meter reads 9 % higher from five months ago on.",
    who=Identity(
        family_name="Kapok-Sample",
        given_name="Kiran",
        age=39,
        sex="male",
        time_zone="Asia/Kolkata",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-430, 28, product="gamunex-c", dose_g=70.0, course_days=2),),
        weight_kg=64.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(Site("global", 0.8), Site("right_hand", 0.55), Site("left_hand", 0.75)),
    ),
    diaries=(
        Diary(every=2, from_day=-415, to_day=-151, device="Vigorimeter VM-11", items=_ITEMS_11),
        Diary(
            every=2,
            from_day=-150,
            device="Vigorimeter VM-58",
            reads=1.09,
            items=_ITEMS_11,
            notes=((-150, "The old bulb leaked; new grip meter from today."),),
        ),
    ),
)

_DEMO_12: Final = Person(
    key="DEMO-12",
    story="Began to report five months ago; the first two weeks show practice, not healing.",
    who=Identity(
        family_name="Linden-Sample",
        given_name="Lee",
        age=29,
        sex="other",
        time_zone="Asia/Singapore",
        diagnosed_years_ago=1.0,
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-380, 28, product="privigen", dose_g_per_kg=1.0),),
        weight_kg=58.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(Site("global", 0.85), Site("right_hand", 0.8), Site("left_hand", 0.7)),
        learning=0.08,
        noise=Noise(grip_cv=0.04),
        slump=1.0,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-155,
            device="Dynamometer JD-12",
            items=(
                *GRIP_KG,
                *ask("strength_nrs", "global", every=2),
                *ask("fatigue_nrs", every=2),
            ),
        ),
    ),
)

_DEMO_13: Final = Person(
    key="DEMO-13",
    story="The right hand is almost paralysed: a floor, where no fall can be seen.",
    who=Identity(
        family_name="Marula-Sample",
        given_name="Musa",
        age=70,
        sex="male",
        time_zone="Africa/Johannesburg",
        diagnosed_years_ago=19.0,
        anti_gm1="positive",
    ),
    care=Care(
        plans=(PlanStep(-400, 28, product="octagam-10", dose_g_per_kg=0.8),),
        weight_kg=74.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.12),
        sites=(Site("global", 0.55), Site("right_hand", 0.04), Site("left_hand", 0.6)),
        noise=Noise(grip_cv=0.12, rating_sd=0.5),
    ),
    diaries=(
        Diary(
            every=3,
            from_day=-385,
            device="Vigorimeter VM-13",
            items=(
                *GRIP_KPA,
                *ask("strength_nrs", "right_hand", "left_hand"),
                *ask("cramp_nrs", "left_leg", every=7),
            ),
        ),
    ),
)

LOOKALIKES: Final = (
    _DEMO_09,
    _DEMO_10,
    _DEMO_11,
    _DEMO_12,
    _DEMO_13,
)
