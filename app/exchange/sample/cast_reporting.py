"""The cast, DEMO-27 to DEMO-33: how people report, and plans that changed."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
    FLAT,
    GRIP_KPA,
    HANDS,
    STRENGTH,
    Body,
    Care,
    Diary,
    Identity,
    Noise,
    OtherTherapy,
    Pause,
    Person,
    PlanStep,
    Site,
    WearingOff,
    ask,
)

_DEMO_27: Final = Person(
    key="DEMO-27",
    story="Infusions only; never sent a report.",
    who=Identity(
        family_name="Acacia-Sample",
        given_name="Aiko",
        age=73,
        sex="female",
        time_zone="Asia/Tokyo",
    ),
    care=Care(plans=(PlanStep(-360, 28, product="privigen", dose_g_per_kg=1.0),), weight_kg=52.0),
    body=Body(wearing_off=FLAT, sites=HANDS),
)

_MOVER_ITEMS: Final = (*GRIP_KPA, *STRENGTH)
_DEMO_28: Final = Person(
    key="DEMO-28",
    story="Moved from Lisbon to Berlin seven months ago; earlier times carry Lisbon's offset.",
    who=Identity(
        family_name="Bamboo-Sample",
        given_name="Bento",
        age=34,
        sex="male",
        time_zone="Europe/Berlin",
        earlier_zone="Europe/Lisbon",
        moved_day=-213,
        anti_gm1="positive",
    ),
    care=Care(
        plans=(
            PlanStep(-440, 28, product="kiovig", dose_g_per_kg=1.0),
            PlanStep(-200, 28, product="privigen", dose_g_per_kg=1.0, reason="new clinic"),
        ),
        pauses=(Pause(-213, -200, reason="travel", note="Moving house."),),
        weight_kg=73.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.8), sites=HANDS),
    diaries=(
        Diary(every=3, from_day=-430, to_day=-214, device="Vigorimeter VM-28", items=_MOVER_ITEMS),
        Diary(every=3, from_day=-207, device="Vigorimeter VM-28", items=_MOVER_ITEMS),
    ),
)

_DEMO_29: Final = Person(
    key="DEMO-29",
    story="His daughter reports for him.",
    who=Identity(
        family_name="Chestnut-Sample",
        given_name="Colm",
        age=84,
        sex="male",
        time_zone="Europe/Dublin",
        diagnosed_years_ago=14.0,
    ),
    care=Care(
        plans=(PlanStep(-400, 42, product="kiovig", dose_g_per_kg=1.4, course_days=2),),
        weight_kg=69.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.5), sites=HANDS, noise=Noise(rating_sd=1.3)),
    diaries=(
        Diary(
            every=3,
            from_day=-390,
            source="proxy",
            late_entry=0.3,
            hour=18.0,
            items=(
                *STRENGTH,
                *ask("ability_walking", every=7),
                *ask("ability_utensils", every=7),
                *ask("fatigue_nrs"),
            ),
        ),
    ),
)

_DEMO_30: Final = Person(
    key="DEMO-30",
    story="CIDP that wears off monthly; a hold for travel, and steroids since six months ago.",
    who=Identity(
        family_name="Dogwood-Sample",
        given_name="Dalia",
        age=41,
        sex="female",
        time_zone="Asia/Jerusalem",
        diagnosis="CIDP",
    ),
    care=Care(
        plans=(PlanStep(-480, 28, product="privigen", dose_g_per_kg=1.2, course_days=2),),
        pauses=(Pause(-265, -230, reason="travel", note="Long journey; agreed."),),
        therapies=(OtherTherapy("prednisolone", "started", from_day=-184, note="20 mg a day."),),
        weight_kg=61.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.22, last_share=0.32),
        sites=(Site("global", 0.75), Site("right_hand", 0.7), Site("left_hand", 0.7)),
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-470,
            to_day=-185,
            device="Vigorimeter VM-30",
            items=(*GRIP_KPA, *ask("i_rods", every=6)),
        ),
        Diary(
            every=1,
            from_day=-184,
            device="Vigorimeter VM-30",
            context="steroid",
            items=(*GRIP_KPA, *ask("i_rods", every=6)),
        ),
    ),
)

_DEMO_31: Final = Person(
    key="DEMO-31",
    story="The interval shrank from six to five to four weeks within 18 months.",
    who=Identity(
        family_name="Ebony-Sample",
        given_name="Eleni",
        age=56,
        sex="female",
        time_zone="Europe/Athens",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(
            PlanStep(
                -540, 42, product="octagam-10", dose_g_per_kg=1.5, course_days=2, in_weeks=True
            ),
            PlanStep(
                -330,
                35,
                product="octagam-10",
                dose_g_per_kg=1.5,
                course_days=2,
                in_weeks=True,
                reason="weak before the infusion",
            ),
            PlanStep(
                -155,
                28,
                product="octagam-10",
                dose_g_per_kg=1.5,
                course_days=2,
                in_weeks=True,
                reason="weak before the infusion",
            ),
        ),
        weight_kg=67.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.9), sites=HANDS),
    diaries=(
        Diary(
            every=2,
            from_day=-530,
            device="Vigorimeter VM-59",
            items=(*GRIP_KPA, *STRENGTH, *ask("mmn_rods", every=7)),
        ),
    ),
)

_DEMO_32: Final = Person(
    key="DEMO-32",
    story="Wore off monthly; resolved since the interval became three weeks.",
    who=Identity(
        family_name="Fuchsia-Sample",
        given_name="Fern",
        age=40,
        sex="female",
        time_zone="Pacific/Auckland",
        conduction_block="definite",
    ),
    care=Care(
        plans=(
            PlanStep(-470, 28, product="privigen", dose_g_per_kg=1.0),
            PlanStep(
                -220, 21, product="privigen", dose_g_per_kg=1.0, reason="weaker in the fourth week"
            ),
        ),
        weight_kg=64.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.26, over_time=((-222, 1.0), (-219, 0.04))),
        sites=HANDS,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-460,
            device="Vigorimeter VM-32",
            missing=0.3,
            items=(
                *ask("grip_kpa", "right_hand"),
                *ask("grip_kpa", "left_hand", every=2),
                *ask("strength_nrs", "right_hand"),
            ),
        ),
    ),
)

_DEMO_33: Final = Person(
    key="DEMO-33",
    story="Says that he grows weaker while the grip stays level.",
    who=Identity(
        family_name="Ginkgo-Sample",
        given_name="Glen",
        age=59,
        sex="male",
        time_zone="Pacific/Chatham",
        anti_gm1="negative",
    ),
    care=Care(plans=(PlanStep(-390, 28, product="panzyga", dose_g_per_kg=1.0),), weight_kg=86.0),
    body=Body(wearing_off=FLAT, sites=HANDS, rating_over_time=((-200, 1.0), (-10, 0.6))),
    diaries=(
        Diary(
            every=1,
            from_day=-380,
            device="Vigorimeter VM-33",
            items=(*GRIP_KPA, *ask("strength_nrs", "global", "right_hand", "left_hand")),
        ),
    ),
)

WAYS_OF_REPORTING: Final = (
    _DEMO_27,
    _DEMO_28,
    _DEMO_29,
    _DEMO_30,
    _DEMO_31,
    _DEMO_32,
    _DEMO_33,
)
