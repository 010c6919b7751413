"""The cast, DEMO-14 to DEMO-19: products, routes, loading and mishaps."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.people import (
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
    Pause,
    Person,
    PlanStep,
    Reserve,
    Site,
    Visits,
    WearingOff,
    ask,
)

_DEMO_14: Final = Person(
    key="DEMO-14",
    story="A small dose every week: too short an interval to see wearing off.",
    who=Identity(
        family_name="Nutmeg-Sample",
        given_name="Nell",
        age=50,
        sex="female",
        time_zone="Australia/Sydney",
        anti_gm1="positive",
    ),
    care=Care(
        plans=(PlanStep(-364, 7, product="privigen", dose_g_per_kg=0.4, in_weeks=True),),
        weight_kg=65.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=1.0), sites=HANDS),
    diaries=(
        Diary(every=3, from_day=-350, device="Vigorimeter VM-14", items=(*GRIP_KPA, *STRENGTH)),
    ),
)

_DEMO_15: Final = Person(
    key="DEMO-15",
    story="CIDP; went from three-weekly infusions to weekly subcutaneous ones ten months ago.",
    who=Identity(
        family_name="Oak-Sample",
        given_name="Olive",
        age=57,
        sex="female",
        time_zone="Europe/Brussels",
        diagnosis="CIDP",
        diagnosed_years_ago=6.0,
    ),
    care=Care(
        plans=(
            PlanStep(-560, 21, product="privigen", dose_g_per_kg=1.0),
            PlanStep(
                -301,
                7,
                product="hizentra",
                dose_g_per_kg=0.4,
                in_weeks=True,
                reason="wishes to treat herself at home",
            ),
        ),
        weight_kg=70.0,
        punctual=True,
        start_hour=18.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=0.3),
        sites=(
            Site("global", 0.72),
            Site("right_leg", 0.54),
            Site("left_leg", 0.6),
        ),
    ),
    diaries=(
        Diary(
            every=4,
            from_day=-540,
            items=(*STRENGTH, *ask("i_rods", every=7), *ask("ability_stairs", every=7)),
        ),
    ),
)

_DEMO_16: Final = Person(
    key="DEMO-16",
    story="Three products in two years, twice because of a shortage, with a supply hold.",
    who=Identity(
        family_name="Łoza-Sample",
        given_name="Pola",
        age=42,
        sex="female",
        time_zone="Europe/Warsaw",
        anti_gm1="negative",
        conduction_block="definite",
    ),
    care=Care(
        plans=(
            PlanStep(-700, 28, product="privigen", dose_g_per_kg=1.0, course_days=2),
            PlanStep(
                -390, 28, product="octagam-10", dose_g_per_kg=1.0, course_days=2, reason="shortage"
            ),
            PlanStep(
                -175, 28, product="panzyga", dose_g_per_kg=1.0, course_days=2, reason="shortage"
            ),
        ),
        pauses=(Pause(-205, -175, reason="supply", note="No lots delivered for four weeks."),),
        weight_kg=60.0,
    ),
    body=Body(wearing_off=WearingOff(hinge=0.10), sites=HANDS, noise=Noise(grip_cv=0.08, rho=0.3)),
    diaries=(
        Diary(
            every=3,
            from_day=-690,
            device="Vigorimeter VM-16",
            missing=0.3,
            items=(*GRIP_KPA, *STRENGTH),
        ),
    ),
)

_DEMO_17: Final = Person(
    key="DEMO-17",
    story="CIDP; began nine months ago with 2 g/kg over five days, then three-weekly; a good "
    "response.",
    who=Identity(
        family_name="Quince-Sample",
        given_name="Quentin",
        age=60,
        sex="male",
        time_zone="America/Los_Angeles",
        diagnosis="CIDP",
        diagnosed_years_ago=0.9,
    ),
    care=Care(
        plans=(
            PlanStep(
                -270, 21, product="panzyga", dose_g_per_kg=2.0, course_days=5, reason="loading"
            ),
            PlanStep(
                -250, 21, product="panzyga", dose_g_per_kg=1.0, course_days=1, reason="maintenance"
            ),
        ),
        weight_kg=88.0,
    ),
    body=Body(
        wearing_off=WearingOff(pkpd=0.5),
        sites=(
            Site("global", 0.8),
            Site("right_hand", 0.75),
            Site("left_hand", 0.72),
            Site("right_foot", 0.7),
        ),
        reserve=Reserve(start=0.6, days_up=50),
        full_grip_kg=50.0,
    ),
    diaries=(
        Diary(
            every=1,
            from_day=-276,
            device="Dynamometer JD-17",
            items=(*GRIP_KG, *STRENGTH, *ask("i_rods", every=6)),
        ),
    ),
    visits=Visits(items=(*GRIP_KG, *ask("incat"), *ask("walk_10m_s")), device="Dynamometer JD-17"),
)

_DEMO_18: Final = Person(
    key="DEMO-18",
    story="One infusion stopped for a reaction and finished two days later.",
    who=Identity(
        family_name="Rowan-Sample",
        given_name="Rhys",
        age=46,
        sex="male",
        time_zone="America/Halifax",
        conduction_block="definite",
    ),
    care=Care(
        plans=(PlanStep(-365, 28, product="gamunex-c", dose_g_per_kg=1.0, course_days=2),),
        mishaps=(
            Mishap(
                -120,
                "stopped",
                days=2,
                note="Hives and shivering after one hour; stopped, antihistamine given.",
            ),
        ),
        weight_kg=83.0,
    ),
    body=Body(wearing_off=WearingOff(pkpd=0.8), sites=HANDS),
    diaries=(
        Diary(
            every=2,
            from_day=-350,
            device="Vigorimeter VM-18",
            items=(*GRIP_KPA, *STRENGTH, *ask("cramp_nrs", "right_leg", every=7)),
        ),
    ),
    visits=Visits(items=GRIP_KPA, device="Vigorimeter VM-18"),
)

_DEMO_19: Final = Person(
    key="DEMO-19",
    story="One infusion not done for fever, given six days later; an infection hold before.",
    who=Identity(
        family_name="Salvia-Sample",
        given_name="Sara",
        age=36,
        sex="female",
        time_zone="Europe/Rome",
        anti_gm1="positive",
    ),
    care=Care(
        plans=(PlanStep(-390, 28, product="kiovig", dose_g_per_kg=1.0),),
        pauses=(Pause(-230, -205, reason="infection", note="Pneumonia, in hospital."),),
        mishaps=(Mishap(-95, "not_done", days=6, note="Fever of 38.6 in the morning; sent home."),),
        weight_kg=57.0,
    ),
    body=Body(
        wearing_off=WearingOff(hinge=0.15),
        sites=HANDS,
        events=(Event(-232, 16, 0.15), Event(-97, 6, 0.10)),
    ),
    diaries=(
        Diary(
            every=2,
            from_day=-380,
            device="Vigorimeter VM-19",
            items=(*GRIP_KPA, *STRENGTH, *ask("fatigue_nrs", every=6)),
        ),
    ),
)

TREATMENTS: Final = (
    _DEMO_14,
    _DEMO_15,
    _DEMO_16,
    _DEMO_17,
    _DEMO_18,
    _DEMO_19,
)
