"""The cast, DEMO-34 to DEMO-40: far zones, other measures, other treatments."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
    FLAT,
    GRIP_KG,
    GRIP_KPA,
    HANDS,
    STRENGTH,
    Body,
    Care,
    Diary,
    Event,
    Identity,
    Mishap,
    Noise,
    OtherTherapy,
    Pause,
    Person,
    PlanStep,
    Site,
    Symptom,
    Visits,
    WearingOff,
    ask,
)

_DEMO_34: Final = Person(
    key="DEMO-34",
    story="Lives beyond the date line; wears off monthly in both hands.",
    who=Identity(
        family_name="Hibiscus-Sample",
        given_name="Hina",
        age=43,
        sex="female",
        time_zone="Pacific/Apia",
        anti_gm1="positive",
    ),
    care=Care(plans=(PlanStep(-410, 28, product="privigen", dose_g_per_kg=1.0),), weight_kg=75.0),
    body=Body(
        wearing_off=WearingOff(hinge=0.20),
        sites=(Site("global", 0.75, 0.9), Site("right_hand", 0.68), Site("left_hand", 0.55)),
        events=(Event(-60, 9, 0.3, context="hurt", sites=("left_hand",)),),
    ),
    diaries=(
        Diary(every=1, from_day=-400, device="Vigorimeter VM-34", items=(*GRIP_KPA, *STRENGTH)),
    ),
)

_DEMO_35: Final = Person(
    key="DEMO-35",
    story="Owns no grip meter: ratings every second or third day, wearing off in the right arm.",
    who=Identity(
        family_name="Indigo-Sample",
        given_name="Ishan",
        age=31,
        sex="male",
        time_zone="Asia/Kathmandu",
        conduction_block="probable",
    ),
    care=Care(
        plans=(PlanStep(-430, 28, product="octagam-10", dose_g_per_kg=1.0, course_days=2),),
        mishaps=(Mishap(-150, "late", days=5),),
        weight_kg=59.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.28),
        sites=(Site("global", 0.75, 0.6), Site("right_arm", 0.7), Site("right_hand", 0.8, 0.7)),
        symptoms=(Symptom("cramp_nrs", "right_arm", ((0, 2.0),), 1.5),),
    ),
    diaries=(
        Diary(
            every=2,
            from_day=-420,
            items=(
                *ask("strength_nrs", "right_arm", "right_hand", "global"),
                *ask("cramp_nrs", "right_arm"),
            ),
        ),
    ),
)

_DEMO_36: Final = Person(
    key="DEMO-36",
    story="CIDP; rituximab was started five months ago, and strength has risen since.",
    who=Identity(
        family_name="Jasmine-Sample",
        given_name="Jana",
        age=54,
        sex="female",
        time_zone="Europe/Prague",
        diagnosis="CIDP",
        diagnosed_years_ago=7.0,
    ),
    care=Care(
        plans=(PlanStep(-420, 21, product="kiovig", dose_g_per_kg=1.0),),
        therapies=(
            OtherTherapy("rituximab", "suggested", from_day=-190),
            OtherTherapy("rituximab", "started", from_day=-150, note="Two doses, 14 days apart."),
            OtherTherapy("azathioprine", "stopped", from_day=-330, note="No effect in a year."),
        ),
        weight_kg=70.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=0.3),
        sites=(
            Site("global", 0.6, 1.0, ((-130, 1.0), (-40, 1.25))),
            Site("right_hand", 0.55, 1.0, ((-130, 1.0), (-40, 1.25))),
            Site("left_hand", 0.6, 1.0, ((-130, 1.0), (-40, 1.2))),
        ),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-410,
            device="Vigorimeter VM-36",
            items=(*GRIP_KPA, *STRENGTH, *ask("i_rods", every=7)),
        ),
    ),
    visits=Visits(items=(*ask("incat"), *ask("mrc_sum")), every=2),
)

_DEMO_37: Final = Person(
    key="DEMO-37",
    story="A weekly paper diary, typed in later, then the same on the telephone.",
    who=Identity(
        family_name="Karri-Sample",
        given_name="Kit",
        age=77,
        sex="male",
        time_zone="Europe/London",
        anti_gm1="negative",
    ),
    care=Care(
        plans=(PlanStep(-450, 35, product="gamunex-c", dose_g_per_kg=1.2, in_weeks=True),),
        weight_kg=81.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.7), sites=HANDS),
    diaries=(
        Diary(
            every=7,
            missing=0.04,
            from_day=-440,
            to_day=-142,
            source="",
            typed_in_day=-138,
            items=(*ask("strength_nrs", "global", "right_hand"), *ask("mmn_rods")),
        ),
        Diary(
            every=7,
            missing=0.04,
            from_day=-135,
            items=(*ask("strength_nrs", "global", "right_hand"), *ask("mmn_rods")),
        ),
    ),
)

_DEMO_38: Final = Person(
    key="DEMO-38",
    story="Flat, but so noisy that little can be excluded; reports are rare on bad days.",
    who=Identity(
        family_name="Laurel-Sample",
        given_name="Lou",
        age=65,
        sex="unknown",
        time_zone="America/New_York",
        dominant_hand="both",
    ),
    care=Care(
        plans=(PlanStep(-210, 28, product="gammagard-liquid", dose_g_per_kg=0.8),),
        weight_kg=74.0,
    ),
    body=Body(wearing_off=FLAT, sites=HANDS, noise=Noise(grip_cv=0.17, rating_sd=2.0, rho=0.4)),
    diaries=(
        Diary(
            every=5,
            from_day=-200,
            device="Dynamometer JD-38",
            missing=0.45,
            items=(*GRIP_KG, *STRENGTH),
        ),
    ),
)

_DEMO_39: Final = Person(
    key="DEMO-39",
    story="Only the feet are weak: ratings, and the nurse times a walk of ten metres.",
    who=Identity(
        family_name="Magnolia-Sample",
        given_name="Mo",
        age=48,
        sex="male",
        time_zone="Australia/Lord_Howe",
        conduction_block="definite",
    ),
    care=Care(plans=(PlanStep(-400, 28, product="privigen", dose_g_per_kg=1.0),), weight_kg=78.0),
    body=Body(
        wearing_off=WearingOff(hinge=0.24),
        sites=(
            Site("global", 0.8, 0.6),
            Site("right_foot", 0.5),
            Site("left_foot", 0.75, 0.7),
            Site("right_leg", 0.65, 0.8),
        ),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-390,
            items=(
                *ask("strength_nrs", "right_foot", "left_foot"),
                *ask("ability_walking", every=6),
                *ask("ability_stairs", every=6),
            ),
        ),
    ),
    visits=Visits(items=ask("walk_10m_s")),
)

_DEMO_40: Final = Person(
    key="DEMO-40",
    story="CIDP, stable; the dose is being lowered step by step at eight weeks' interval.",
    who=Identity(
        family_name="Nerium-Sample",
        given_name="Noa",
        age=69,
        sex="female",
        time_zone="UTC",
        diagnosis="CIDP",
        diagnosed_years_ago=9.0,
    ),
    care=Care(
        plans=(
            PlanStep(
                -840, 56, product="gamunex-c", dose_g_per_kg=1.6, course_days=2, in_weeks=True
            ),
            PlanStep(
                -504,
                56,
                product="gamunex-c",
                dose_g_per_kg=1.3,
                course_days=2,
                in_weeks=True,
                reason="taper",
            ),
            PlanStep(
                -224,
                56,
                product="gamunex-c",
                dose_g_per_kg=1.1,
                course_days=2,
                in_weeks=True,
                reason="taper",
            ),
        ),
        pauses=(Pause(-560, -518, reason="patient_choice", note="Wished to try a longer gap."),),
        therapies=(
            OtherTherapy("mycophenolate", "stopped", from_day=-1100, to_day=-860),
            OtherTherapy("efgartigimod", "declined", from_day=-300),
        ),
        weight_kg=68.0,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(Site("global", 0.85), Site("right_hand", 0.85), Site("left_hand", 0.85)),
    ),
    diaries=(Diary(every=7, missing=0.04, from_day=-820, items=(*ask("i_rods"), *STRENGTH)),),
    visits=Visits(items=(*ask("incat"), *GRIP_KPA), device="Vigorimeter VM-40"),
)

ELSEWHERE: Final = (
    _DEMO_34,
    _DEMO_35,
    _DEMO_36,
    _DEMO_37,
    _DEMO_38,
    _DEMO_39,
    _DEMO_40,
)
