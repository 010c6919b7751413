"""The names of series: one message for each, because languages bend words in different ways.

A name is the plain form that would head a column, without an article; sentences put it where that
form is right.
"""

from __future__ import annotations

from typing import Final

from app.said import Said, say

SERIES: Final[dict[tuple[str, str], Said]] = {
    ("strength_nrs", "global"): say("overall strength"),
    ("strength_nrs", "right_shoulder"): say("strength of the right shoulder"),
    ("strength_nrs", "left_shoulder"): say("strength of the left shoulder"),
    ("strength_nrs", "right_arm"): say("strength of the right arm"),
    ("strength_nrs", "left_arm"): say("strength of the left arm"),
    ("strength_nrs", "right_hand"): say("strength of the right hand"),
    ("strength_nrs", "left_hand"): say("strength of the left hand"),
    ("strength_nrs", "right_thigh"): say("strength of the right thigh"),
    ("strength_nrs", "left_thigh"): say("strength of the left thigh"),
    ("strength_nrs", "right_leg"): say("strength of the right leg"),
    ("strength_nrs", "left_leg"): say("strength of the left leg"),
    ("strength_nrs", "right_foot"): say("strength of the right foot"),
    ("strength_nrs", "left_foot"): say("strength of the left foot"),
    ("fasciculation_nrs", "global"): say("overall twitching"),
    ("fasciculation_nrs", "right_shoulder"): say("twitching of the right shoulder"),
    ("fasciculation_nrs", "left_shoulder"): say("twitching of the left shoulder"),
    ("fasciculation_nrs", "right_arm"): say("twitching of the right arm"),
    ("fasciculation_nrs", "left_arm"): say("twitching of the left arm"),
    ("fasciculation_nrs", "right_hand"): say("twitching of the right hand"),
    ("fasciculation_nrs", "left_hand"): say("twitching of the left hand"),
    ("fasciculation_nrs", "right_thigh"): say("twitching of the right thigh"),
    ("fasciculation_nrs", "left_thigh"): say("twitching of the left thigh"),
    ("fasciculation_nrs", "right_leg"): say("twitching of the right leg"),
    ("fasciculation_nrs", "left_leg"): say("twitching of the left leg"),
    ("fasciculation_nrs", "right_foot"): say("twitching of the right foot"),
    ("fasciculation_nrs", "left_foot"): say("twitching of the left foot"),
    ("cramp_nrs", "global"): say("overall cramping"),
    ("cramp_nrs", "right_shoulder"): say("cramping of the right shoulder"),
    ("cramp_nrs", "left_shoulder"): say("cramping of the left shoulder"),
    ("cramp_nrs", "right_arm"): say("cramping of the right arm"),
    ("cramp_nrs", "left_arm"): say("cramping of the left arm"),
    ("cramp_nrs", "right_hand"): say("cramping of the right hand"),
    ("cramp_nrs", "left_hand"): say("cramping of the left hand"),
    ("cramp_nrs", "right_thigh"): say("cramping of the right thigh"),
    ("cramp_nrs", "left_thigh"): say("cramping of the left thigh"),
    ("cramp_nrs", "right_leg"): say("cramping of the right leg"),
    ("cramp_nrs", "left_leg"): say("cramping of the left leg"),
    ("cramp_nrs", "right_foot"): say("cramping of the right foot"),
    ("cramp_nrs", "left_foot"): say("cramping of the left foot"),
    ("grip_kpa", "right_hand"): say("grip of the right hand"),
    ("grip_kpa", "left_hand"): say("grip of the left hand"),
    ("grip_kg", "right_hand"): say("grip of the right hand"),
    ("grip_kg", "left_hand"): say("grip of the left hand"),
    ("nine_hole_peg_s", "right_hand"): say("the time for the nine-hole peg test of the right hand"),
    ("nine_hole_peg_s", "left_hand"): say("the time for the nine-hole peg test of the left hand"),
    ("fatigue_nrs", "global"): say("fatigue"),
    ("mmn_rods", "global"): say("the MMN-RODS score"),
    ("i_rods", "global"): say("the I-RODS score"),
    ("incat", "global"): say("the INCAT score"),
    ("mrc_sum", "global"): say("the MRC sum score"),
    ("walk_10m_s", "global"): say("the time for walking 10 metres"),
    ("ability_writing", "global"): say("writing"),
    ("ability_utensils", "global"): say("using cutlery"),
    ("ability_buttons", "global"): say("doing up buttons"),
    ("ability_walking", "global"): say("walking"),
    ("ability_stairs", "global"): say("climbing stairs"),
}

WEAKNESS: Final[dict[str, Said]] = {
    "right_shoulder": say("weakness of the right shoulder"),
    "left_shoulder": say("weakness of the left shoulder"),
    "right_arm": say("weakness of the right arm"),
    "left_arm": say("weakness of the left arm"),
    "right_hand": say("weakness of the right hand"),
    "left_hand": say("weakness of the left hand"),
    "right_thigh": say("weakness of the right thigh"),
    "left_thigh": say("weakness of the left thigh"),
    "right_leg": say("weakness of the right leg"),
    "left_leg": say("weakness of the left leg"),
    "right_foot": say("weakness of the right foot"),
    "left_foot": say("weakness of the left foot"),
}
"""What is new at a site that was clear."""

UNITS: Final[dict[str, Said]] = {
    "points": say("points"),
    "centile points": say("centile points"),
    "kPa": say("kPa"),
    "kg": say("kg"),
    "s": say("s"),
}
