"""The words that somebody at home answers on: measures, limbs, and what the ends of a scale mean.

A change of these words changes what an answer means: then raise `scale_version` of the measure in
`app.analysis.measures`, which is stored with every value.
"""

from __future__ import annotations

from typing import Any, Final

from app.analysis.measures import LIMB_SITES, MEASURES
from app.web.format import format_site
from app.web.i18n import N_, Words, capital, forms
from app.web.i18n import gettext as _

LIMBS: Final = LIMB_SITES
"""Sites on the body figure, right before left."""

# Strength: anchors of the numeric rating scale as patients use it at home; docs/glossary.md.
_LOW: Final = Words(
    {
        "strength_nrs": N_("0: I cannot move it"),
        "fasciculation_nrs": N_("0: no twitching"),
        "cramp_nrs": N_("0: no cramps"),
        "fatigue_nrs": N_("0: not tired"),
    }
)
_HIGH: Final = Words(
    {
        "strength_nrs": N_("10: as before the illness"),
        "fasciculation_nrs": N_("10: the worst that I can imagine"),
        "cramp_nrs": N_("10: the worst that I can imagine"),
        "fatigue_nrs": N_("10: the worst that I can imagine"),
    }
)
_QUESTIONS: Final = Words(
    {
        "strength_nrs": N_("How strong right now?"),
        "fasciculation_nrs": N_("How much twitching in the last day?"),
        "cramp_nrs": N_("How bad were cramps in the last day?"),
        "fatigue_nrs": N_("How tired are you?"),
        "grip_kpa": N_("How strong is your grip?"),
        "grip_kg": N_("How strong is your grip?"),
        "ability_writing": N_("Can you write?"),
        "ability_utensils": N_("Can you use knife, fork and spoon?"),
        "ability_buttons": N_("Can you do up buttons?"),
        "ability_walking": N_("Can you walk?"),
        "ability_stairs": N_("Can you climb stairs?"),
        "mmn_rods": N_("What is your MMN-RODS result?"),
        "i_rods": N_("What is your I-RODS result?"),
        "walk_10m_s": N_("How many seconds for 10 metres?"),
        "nine_hole_peg_s": N_("How many seconds for the nine-hole peg test?"),
    }
)
_NAMES: Final = Words(
    {
        "strength_nrs": N_("Strength"),
        "fasciculation_nrs": N_("Twitching"),
        "cramp_nrs": N_("Cramps"),
        "fatigue_nrs": N_("Tiredness"),
        "grip_kpa": N_("Grip"),
        "grip_kg": N_("Grip"),
        "ability_writing": N_("Writing"),
        "ability_utensils": N_("Using cutlery"),
        "ability_buttons": N_("Doing up buttons"),
        "ability_walking": N_("Walking"),
        "ability_stairs": N_("Climbing stairs"),
        "mmn_rods": N_("MMN-RODS"),
        "i_rods": N_("I-RODS"),
        "walk_10m_s": N_("10-metre walk"),
        "nine_hole_peg_s": N_("Nine-hole peg test"),
    }
)

SIGN_WORDS: Final = Words(
    {
        "breathless": N_("I cannot breathe well, or my breath wheezes."),
        "chest_pain": N_("My chest hurts or feels tight."),
        "angioedema": N_("My face, lips, tongue or throat are swelling."),
        "fainting": N_("I fainted, or nearly did."),
        "one_sided_weakness": N_(
            "One side of my face or body is suddenly weak, or I cannot speak clearly."
        ),
        "new_weakness": N_("An arm or a leg is suddenly much weaker, within hours."),
        "worst_headache": N_("A sudden headache, the worst I have had."),
        "headache_stiff_neck": N_("I have a severe headache, or my neck is stiff, or light hurts."),
        "leg_swelling": N_("One leg or arm is swollen, painful or warm."),
        "dark_urine": N_("My urine is dark, red or brown."),
        "jaundice": N_("My skin or my eyes are yellow, or I am very pale."),
        "reduced_urine": N_("I pass little or no urine."),
        "hives": N_("I have a rash or hives over much of my body."),
        "new_place": N_("Weakness, cramps or twitching at a place that was well before."),
        "other": N_("Something else is wrong."),
    }
)
"""The words of `app.alarms.rules.SIGNS`, marked for translators; a test keeps them the same."""


def _words_of_scales() -> dict[str, str]:
    return {
        **{f"measure:{key}": _NAMES[key] for key in MEASURES if key in _NAMES},
        **{f"question:{key}": _QUESTIONS[key] for key in MEASURES if key in _QUESTIONS},
        **{f"low:{key}": _LOW[key] for key in MEASURES if key in _LOW},
        **{f"high:{key}": _HIGH[key] for key in MEASURES if key in _HIGH},
        **{f"site:{site}": capital(format_site(site)) for site in LIMB_SITES if site != "global"},
    }


def report_words() -> dict[str, Any]:
    """Return what the script of the report says, in the language of the page."""
    return {
        **_words_of_scales(),
        "ability:0": _("Not possible"),
        "ability:1": _("With difficulty"),
        "ability:2": _("Without difficulty"),
        "points": _("{value} of 10"),
        "not_today": _("Not today"),
        "not_answered": _("not answered"),
        "same_as_last": _("Same as last time: {value}"),
        "repeated": _("{value}, same as last time"),
        "question_of": _("Question {n} of {all}"),
        "weekly": forms("Answer {n} question more", "Answer {n} questions more"),
        "next": _("Next"),
        "ask": forms("Ask this one", "Ask these {n}"),
        "grip_value": _("{hand}, {unit}"),
        "grip_device": _("Name of the grip meter"),
        "out_of_range": _("{value} is not between {low} and {high}."),
        "not_a_number": _("“{value}” is not a number."),
        "delete_digit": _("Delete the last digit"),
        "decimal": _("Decimal point"),
        "which_limbs": _("Which limbs?"),
        "for_whom_title": _("Who is it about?"),
        "change_short": _("Change"),
        "change": _("Change {what}"),
        "nothing": _("Nothing is answered yet."),
        "for_day": _("For {when}, entered later"),
        "anew": _("Begin anew"),
        "failed": _("This could not be sent. Try again, or call."),
        "in_future": _("That moment has not come yet."),
        "sent": _("Thank you. Your clinic has your report."),
        "kept": _(
            "Thank you. Your report is kept on this device and sent when there is a network."
        ),
        "what": _("Report of {when}"),
        "for_whom": _("For {name}"),
        "site:global": _("Whole body"),
        "no_name": _("A patient"),
    }
