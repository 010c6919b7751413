"""The cast, DEMO-20 to DEMO-26: late, missed, paused and new; changing weights."""

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
    Identity,
    Pause,
    Person,
    PlanStep,
    Reserve,
    Site,
    Visits,
    WearingOff,
    ask,
)

_DEMO_20: Final = Person(
    key="DEMO-20",
    story="Overdue: the next course was due more than a week ago and nobody has booked it.",
    who=Identity(
        family_name="Tamarind-Sample",
        given_name="Tito",
        age=51,
        sex="male",
        time_zone="America/Phoenix",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-375, 28, product="gammagard-liquid", dose_g_per_kg=1.0),),
        no_course_after=-12,
        weight_kg=79.0,
        punctual=True,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.9), sites=HANDS),
    diaries=(
        Diary(every=1, from_day=-360, device="Dynamometer JD-20", items=(*GRIP_KG, *STRENGTH)),
    ),
)

_DEMO_21: Final = Person(
    key="DEMO-21",
    story="Missed: more than half an interval late without a hold, and getting weaker.",
    who=Identity(
        family_name="Umbu-Sample",
        given_name="Ulisses",
        age=48,
        sex="male",
        time_zone="America/Sao_Paulo",
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-383, 28, product="octagam-10", dose_g_per_kg=1.0),),
        no_course_after=-40,
        weight_kg=77.0,
        punctual=True,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=1.0), sites=HANDS, reserve=Reserve(depth=0.4, days_down=40)
    ),
    diaries=(
        Diary(
            every=2,
            from_day=-373,
            device="Vigorimeter VM-21",
            items=(*GRIP_KPA, *STRENGTH, *ask("ability_buttons", every=7)),
        ),
    ),
)

_DEMO_22: Final = Person(
    key="DEMO-22",
    story="Stopped reporting ten weeks ago; the infusions go on.",
    who=Identity(
        family_name="Viburnum-Sample",
        given_name="Vera",
        age=67,
        sex="female",
        time_zone="America/St_Johns",
        anti_gm1="negative",
    ),
    care=Care(plans=(PlanStep(-395, 28, product="gamunex-c", dose_g_per_kg=1.0),), weight_kg=71.0),
    body=Body(wearing_off=WearingOff(hinge=0.18), sites=HANDS),
    diaries=(
        Diary(
            every=3,
            from_day=-380,
            to_day=-70,
            device="Vigorimeter VM-22",
            items=(*GRIP_KPA, *STRENGTH),
        ),
    ),
)

_DEMO_23: Final = Person(
    key="DEMO-23",
    story="Gained 16 kg while the dose stayed 80 g: it drifted from 1.0 to 0.83 g/kg.",
    who=Identity(
        family_name="Willow-Sample",
        given_name="Wanda",
        age=53,
        sex="female",
        time_zone="Pacific/Honolulu",
        conduction_block="probable",
    ),
    care=Care(
        plans=(PlanStep(-520, 28, product="panzyga", dose_g=80.0, course_days=2),),
        weight_kg=80.0,
        weight_gain_kg=16.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.9), sites=HANDS),
    diaries=(
        Diary(every=3, from_day=-505, device="Dynamometer JD-23", items=(*GRIP_KG, *STRENGTH)),
    ),
    visits=Visits(items=GRIP_KG, device="Dynamometer JD-23"),
)

_DEMO_24: Final = Person(
    key="DEMO-24",
    story="CIDP; dosed by an adjusted weight of 80 %, and losing weight.",
    who=Identity(
        family_name="Ölbaum-Sample",
        given_name="Xaver",
        age=62,
        sex="male",
        time_zone="Europe/Vienna",
        diagnosis="CIDP",
    ),
    care=Care(
        plans=(PlanStep(-410, 28, product="octagam-10", dose_g_per_kg=1.2, course_days=2),),
        weight_kg=124.0,
        weight_gain_kg=-14.0,
        adjusted_weight=0.8,
    ),
    body=Body(
        wearing_off=FLAT,
        sites=(
            Site("global", 0.7),
            Site("right_foot", 0.6),
            Site("right_hand", 0.8),
            Site("left_hand", 0.8),
        ),
    ),
    diaries=(
        Diary(every=7, from_day=-400, items=(*ask("i_rods"), *STRENGTH, *ask("fatigue_nrs"))),
    ),
    visits=Visits(
        items=(
            *ask("incat"),
            *ask("walk_10m_s"),
            *ask("nine_hole_peg_s", "right_hand", "left_hand"),
        ),
        every=2,
    ),
)

_DEMO_25: Final = Person(
    key="DEMO-25",
    story="On hold now: the insurance has not yet agreed; the hold is open.",
    who=Identity(
        family_name="Yew-Sample",
        given_name="Yuri",
        age=45,
        sex="male",
        time_zone="America/Chicago",
        anti_gm1="positive",
    ),
    care=Care(
        plans=(PlanStep(-380, 21, product="gammagard-liquid", dose_g_per_kg=1.0),),
        pauses=(Pause(-38, None, reason="insurance", note="Authorisation ran out; appealed."),),
        weight_kg=92.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.9), sites=HANDS, full_grip_kg=46.0),
    diaries=(
        Diary(every=1, from_day=-370, device="Dynamometer JD-25", items=(*GRIP_KG, *STRENGTH)),
    ),
)

_DEMO_26: Final = Person(
    key="DEMO-26",
    story="Brand new: the first course, 2 g/kg over five days, ended two weeks ago.",
    who=Identity(
        family_name="Zamia-Sample",
        given_name="Zara",
        age=38,
        sex="female",
        time_zone="Australia/Brisbane",
        diagnosed_years_ago=0.2,
        anti_gm1="positive",
        conduction_block="definite",
    ),
    care=Care(
        plans=(
            PlanStep(-20, 28, product="privigen", dose_g_per_kg=2.0, course_days=5, reason="start"),
        ),
        weight_kg=63.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=0.8),
        sites=HANDS,
        reserve=Reserve(start=0.75, days_up=25),
        learning=0.05,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-24,
            device="Vigorimeter VM-26",
            items=(*GRIP_KPA, *STRENGTH, *ask("ability_writing", every=3)),
        ),
    ),
)

GAPS: Final = (
    _DEMO_20,
    _DEMO_21,
    _DEMO_22,
    _DEMO_23,
    _DEMO_24,
    _DEMO_25,
    _DEMO_26,
)
