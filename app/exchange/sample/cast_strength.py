"""The cast, DEMO-03 to DEMO-08: the usual shapes of strength between two courses."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
    FLAT,
    GRIP_KG,
    GRIP_KPA,
    Body,
    Care,
    Diary,
    Identity,
    Noise,
    Person,
    PlanStep,
    Site,
    Visits,
    WearingOff,
    ask,
)

_DYNAMOMETER: Final = "Dynamometer JD-03"
_DEMO_03: Final = Person(
    key="DEMO-03",
    story="Wearing off along the published model, monthly, daily grip in kg.",
    who=Identity(
        family_name="Cedar-Sample",
        given_name="Cyril",
        age=58,
        sex="male",
        time_zone="America/New_York",
        anti_gm1="negative",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-420, 28, product="gammagard-liquid", dose_g_per_kg=1.0),),
        weight_kg=84.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=0.9),
        sites=(Site("global", 0.8, 0.8), Site("right_hand", 0.5), Site("left_hand", 0.8, 0.8)),
        full_grip_kg=48.0,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-400,
            device=_DYNAMOMETER,
            items=(
                *GRIP_KG,
                *ask("strength_nrs", "global", every=2),
                *ask("cramp_nrs", "right_hand", every=7),
            ),
        ),
    ),
    visits=Visits(items=(*GRIP_KG, *ask("mrc_sum")), device=_DYNAMOMETER),
)

_DEMO_04: Final = Person(
    key="DEMO-04",
    story="The same model at three weeks, grip in kPa every second or third day.",
    who=Identity(
        family_name="Damson-Sample",
        given_name="Dirk",
        age=63,
        sex="male",
        time_zone="Europe/Amsterdam",
        dominant_hand="left",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-460, 21, product="kiovig", dose_g_per_kg=1.0, in_weeks=True),),
        weight_kg=90.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=1.1),
        sites=(Site("global", 0.75, 0.8), Site("right_hand", 0.8, 0.8), Site("left_hand", 0.45)),
        full_grip_kpa=110.0,
    ),
    diaries=(
        Diary(
            every=2,
            from_day=-440,
            device="Vigorimeter VM-04",
            items=(
                *GRIP_KPA,
                *ask("strength_nrs", "global", "left_hand"),
                *ask("ability_utensils", every=14),
                *ask("ability_writing", every=14),
            ),
        ),
    ),
)

_DEMO_05: Final = Person(
    key="DEMO-05",
    story="Flat: daily grip for a year, no wearing off.",
    who=Identity(
        family_name="Elm-Sample",
        given_name="Edda",
        age=52,
        sex="female",
        time_zone="Europe/Berlin",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-392, 28, product="privigen", dose_g_per_kg=1.0, course_days=2),),
        weight_kg=70.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(Site("global", 0.82), Site("right_hand", 0.7), Site("left_hand", 0.9)),
        noise=Noise(grip_cv=0.05),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-380,
            device="Vigorimeter VM-05",
            missing=0.09,
            items=(*GRIP_KPA, *ask("strength_nrs", "global", every=2), *ask("mmn_rods", every=7)),
        ),
    ),
    visits=Visits(items=GRIP_KPA, device="Vigorimeter VM-05"),
)

_DEMO_06: Final = Person(
    key="DEMO-06",
    story="Flat CIDP, three-weekly, weekly questionnaire and a timed walk.",
    who=Identity(
        family_name="Fir-Sample",
        given_name="Floyd",
        age=66,
        sex="male",
        time_zone="America/Denver",
        diagnosis="CIDP",
    ),
    care=Care(
        plans=(PlanStep(-500, 21, product="gamunex-c", dose_g_per_kg=1.0),),
        weight_kg=82.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(
            Site("global", 0.7),
            Site("right_foot", 0.65),
            Site("left_foot", 0.6),
            Site("right_leg", 0.56),
            Site("left_leg", 0.54),
        ),
    ),
    diaries=(
        Diary(
            every=2,
            from_day=-480,
            items=(
                *ask("strength_nrs", "global", "right_foot", "left_foot"),
                *ask("i_rods", every=7),
                *ask("ability_stairs", every=7),
            ),
        ),
    ),
    visits=Visits(items=(*ask("incat"), *ask("walk_10m_s"), *ask("mrc_sum"))),
)

_DEMO_07: Final = Person(
    key="DEMO-07",
    story="CIDP that wears off in the third week; questionnaire and grip.",
    who=Identity(
        family_name="Gorse-Sample",
        given_name="Gil",
        age=49,
        sex="male",
        time_zone="Europe/Lisbon",
        diagnosis="CIDP",
        diagnosed_years_ago=2.0,
    ),
    care=Care(
        plans=(PlanStep(-450, 21, product="privigen", dose_g_per_kg=1.0, course_days=2),),
        weight_kg=78.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.24, last_share=0.38),
        sites=(Site("global", 0.72, 1.0), Site("right_hand", 0.66), Site("left_hand", 0.66)),
        full_grip_kpa=95.0,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-430,
            device="Vigorimeter VM-07",
            items=(*GRIP_KPA, *ask("strength_nrs", "global"), *ask("i_rods", every=4)),
        ),
    ),
)

_DEMO_08: Final = Person(
    key="DEMO-08",
    story="Slow decline over two years without rebound; faster than most published series "
    "so that it can be seen.",
    who=Identity(
        family_name="Hazel-Sample",
        given_name="Hugo",
        age=61,
        sex="male",
        time_zone="America/Toronto",
        diagnosed_years_ago=11.0,
        anti_gm1="positive",
    ),
    care=Care(
        plans=(PlanStep(-730, 28, product="panzyga", dose_g_per_kg=1.0),),
        weight_kg=80.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(
            Site("global", 0.75, 1.0, ((-730, 1.0), (0, 0.84))),
            Site("right_hand", 0.6, 1.0, ((-730, 1.0), (0, 0.68))),
            Site("left_hand", 0.72, 1.0, ((-730, 1.0), (0, 0.80))),
        ),
    ),
    diaries=(
        Diary(
            every=3,
            from_day=-715,
            device="Dynamometer JD-08",
            items=(*GRIP_KG, *ask("strength_nrs", "global", "right_hand")),
        ),
    ),
    visits=Visits(items=(*GRIP_KG, *ask("mrc_sum")), every=3, device="Dynamometer JD-08"),
)

USUAL_SHAPES: Final = (
    _DEMO_03,
    _DEMO_04,
    _DEMO_05,
    _DEMO_06,
    _DEMO_07,
    _DEMO_08,
)
