"""Words of closed lists that stand in the sentences of findings.

The lists are below the pages and stay English; here their words are marked for translators.
"""

from __future__ import annotations

from typing import Final

from app.web.i18n import N_

TERMS: Final = (
    N_("Anaphylaxis"),
    N_("Lung injury or fluid overload (TRALI, TACO)"),
    N_("Thrombosis"),
    N_("Aseptic meningitis"),
    N_("Haemolysis"),
    N_("Kidney failure"),
    N_("Sudden new weakness"),
    N_("headache"),
    N_("fever"),
    N_("chills"),
    N_("flushing"),
    N_("nausea"),
    N_("vomiting"),
    N_("rash"),
    N_("hives"),
    N_("itching"),
    N_("fatigue"),
    N_("muscle pain"),
    N_("back pain"),
    N_("joint pain"),
    N_("dizziness"),
    N_("fast heartbeat"),
    N_("high blood pressure"),
    N_("trouble at the access site"),
    N_("anaphylaxis"),
    N_("angioedema"),
    N_("wheeze"),
    N_("hypotension"),
    N_("breathlessness"),
    N_("low oxygen"),
    N_("chest pain"),
    N_("weakness of one side"),
    N_("leg swelling"),
    N_("severe headache with a stiff neck"),
    N_("pain from light"),
    N_("dark urine"),
    N_("jaundice"),
    N_("pallor"),
    N_("reduced urine"),
    N_("a rising creatinine"),
    N_("new weakness"),
    N_("another reaction"),
    N_("chest pain or breathlessness"),
    N_("swelling of face or throat"),
    N_("fainting"),
    N_("sudden new weakness"),
    N_("a sudden headache, the worst so far"),
    N_("a severe headache, a stiff neck or pain from light"),
    N_("weakness, cramps or twitching at a new place"),
    N_("a swollen or painful limb"),
    N_("yellow or very pale skin"),
    N_("little or no urine"),
    N_("a rash or hives"),
    N_("something else"),
    N_("pregnancy"),
    N_("infection"),
    N_("adverse reaction"),
    N_("supply"),
    N_("travel"),
    N_("insurance"),
    N_("patient choice"),
    N_("other"),
)
"""Red flags, reactions, what people call wrong from home, and why infusions are on hold."""

DANGERS: Final = (
    N_("Swelling of face or throat, wheezing, a fall of the blood pressure."),
    N_("Breathlessness, low oxygen, often with a high blood pressure."),
    N_("Chest pain, weakness of one side, a swollen or painful leg."),
    N_("Severe headache with a stiff neck or pain from light, 6-48 hours later."),
    N_("Dark urine, yellow skin or eyes, pallor, up to 10 days later."),
    N_("Little or no urine, a rising creatinine."),
    N_("Weakness that came suddenly, or where there was none before."),
    N_("Stop the infusion and call for help: the emergency number, then the physician."),
    N_(
        "Stop the infusion and call for help: the emergency number, then the physician."
        " The anaphylaxis kit is for this, as the clinic's own order says."
    ),
    N_("Call the physician now; the emergency number if it gets worse."),
    N_("Call the physician now: this is never taken for the end of an interval."),
)
"""How each red flag shows, and what people then do."""
