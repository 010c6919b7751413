"""The cast, DEMO-01 and DEMO-02: the two stories that the tracker was made for."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
    GRIP_KPA,
    Body,
    Care,
    Diary,
    Identity,
    Noise,
    OtherTherapy,
    Pause,
    Person,
    PlanStep,
    Reserve,
    Site,
    Symptom,
    Visits,
    WearingOff,
    ask,
)

_VIGORIMETER: Final = "Vigorimeter VM-01"

_CARE_01: Final = Care(
    plans=(
        PlanStep(-571, 28, product="gammagard-liquid", dose_g_per_kg=1.0, reason="start"),
        PlanStep(
            -347,
            21,
            product="gammagard-liquid",
            dose_g_per_kg=1.0,
            reason="weaker in the last ten days of every month",
        ),
        PlanStep(
            -160,
            14,
            product="gammagard-liquid",
            dose_g_per_kg=1.0,
            reason="feels better, but still weaker in the last days",
        ),
    ),
    therapies=(
        OtherTherapy(
            "rituximab", "suggested", from_day=-45, note="Second opinion; to be discussed."
        ),
    ),
    weight_kg=68.0,
)
_BODY_01: Final = Body(
    wearing_off=WearingOff(hinge=0.38, last_share=0.36),
    sites=(
        Site(
            "global", 0.46, 0.45, ((-347, 1.0), (-300, 1.22), (-160, 1.25), (-120, 1.55), (0, 1.62))
        ),
        Site(
            "right_hand",
            0.64,
            1.0,
            ((-571, 1.0), (-347, 0.95), (-160, 0.88), (-70, 0.78), (0, 0.74)),
        ),
        Site("left_hand", 0.80, 0.5, ((-120, 1.0), (0, 0.94))),
        Site("left_arm", 0.85, 0.4),
        Site("right_thigh", 0.85, 0.3),
    ),
    symptoms=(
        Symptom("fasciculation_nrs", "right_hand", ((-571, 2.0), (0, 4.0)), 1.0),
        Symptom("fasciculation_nrs", "left_arm", ((-100, 3.0), (-30, 5.0)), 1.0),
        Symptom("fasciculation_nrs", "right_thigh", ((-86, 3.0), (-30, 4.5)), 1.0),
    ),
    difficult_below=0.62,
    unable_below=0.54,
)
_DIARY_01: Final = Diary(
    every=1,
    from_day=-569,
    device=_VIGORIMETER,
    missing=0.12,
    items=(
        *ask("strength_nrs", "global", "right_hand"),
        *ask("grip_kpa", "right_hand"),
        *ask("grip_kpa", "left_hand", every=2),
        *ask("fasciculation_nrs", "right_hand", every=3),
        *ask("fasciculation_nrs", "left_arm", every=3, from_day=-100),
        *ask("fasciculation_nrs", "right_thigh", every=3, from_day=-86),
        *ask("ability_writing", every=7),
        *ask("mmn_rods", every=7),
        *ask("fatigue_nrs", every=3),
    ),
    notes=(
        (-360, "The last week before the infusion is hard."),
        (-150, "Two weeks suit me much better."),
        (-100, "New: twitching in the left upper arm."),
        (-86, "Now the right thigh twitches too."),
        (-60, "I cannot sign my name any more."),
    ),
)
_DEMO_01: Final = Person(
    key="DEMO-01",
    story="Monthly, then 3-weekly, then 2-weekly: better overall, weak in the last days, the "
    "right hand worst; writing lost, new twitching in thigh and left arm; rituximab "
    "suggested.",
    who=Identity(
        family_name="Alder-Sample",
        given_name="Ada",
        age=47,
        sex="female",
        time_zone="America/Chicago",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=_CARE_01,
    body=_BODY_01,
    diaries=(_DIARY_01,),
    visits=Visits(items=(*GRIP_KPA, *ask("mrc_sum")), device=_VIGORIMETER),
)

_CARE_02: Final = Care(
    plans=(
        PlanStep(
            -722,
            42,
            product="kiovig",
            dose_g_per_kg=2.0,
            course_days=2,
            in_weeks=True,
            reason="start",
        ),
        PlanStep(
            -172,
            42,
            product="kiovig",
            dose_g_per_kg=2.0,
            course_days=2,
            in_weeks=True,
            reason="restart after birth",
        ),
    ),
    pauses=(
        Pause(-437, -172, reason="pregnancy", note="Paused at her wish; restart after birth."),
    ),
    weight_kg=66.0,
)
_BODY_02: Final = Body(
    wearing_off=WearingOff(pkpd=0.6),
    sites=(
        Site("global", 0.78, 0.7),
        Site("right_hand", 0.62),
        Site("left_hand", 0.82, 0.7),
    ),
    reserve=Reserve(depth=0.40, days_down=80, days_up=55),
    noise=Noise(grip_cv=0.07),
)
_DIARY_02: Final = Diary(
    every=2,
    from_day=-720,
    device="Vigorimeter VM-31",
    missing=0.2,
    items=(
        *GRIP_KPA,
        *ask("strength_nrs", "global", "right_hand"),
        *ask("mmn_rods", every=7),
        *ask("ability_writing", "global", every=14),
        *ask("ability_buttons", every=14),
    ),
    notes=(
        (-380, "Cutting bread is getting difficult."),
        (-260, "Both hands weaker; I need help with buttons."),
        (-150, "First course again, only a little better so far."),
        (-70, "Nearly as before the pregnancy."),
    ),
)
_DEMO_02: Final = Person(
    key="DEMO-02",
    story="6-weekly courses pause for a pregnancy; she declines, restarts, and recovers "
    "slowly over two to three courses.",
    who=Identity(
        family_name="Birch-Sample",
        given_name="Bria",
        age=33,
        sex="female",
        time_zone="Europe/Dublin",
        anti_gm1="positive",
        conduction_block="probable",
    ),
    care=_CARE_02,
    body=_BODY_02,
    diaries=(_DIARY_02,),
)

TWO_STORIES: Final = (_DEMO_01, _DEMO_02)
