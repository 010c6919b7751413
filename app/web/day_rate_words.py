"""The words of the running infusion on the nurse's pages: rates, limits, and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.web.i18n import N_

RATE_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "verdict": {
        "unknown": N_("This device knows no limit for it."),
        "within": N_("Within the limit of {limit} mL/kg/h."),
        "no_confirmed_limit": N_("Not over {limit} mL/kg/h, a limit that is not sure."),
        "over": N_("Over the limit of {limit} mL/kg/h: say why."),
        "over_unverified": N_("Over {limit} mL/kg/h, a limit that is not sure."),
    },
    "due": {
        "done": N_("taken"),
        "late": N_("taken late"),
        "overdue": N_("not taken yet"),
        "missed": N_("missed"),
        "due": N_("now"),
        "planned": N_("later"),
    },
    "strip": {
        "time": N_("Running"),
        "rate": N_("Rate"),
        "vitals": N_("Vital signs"),
        "rate_due": N_("Rate last time"),
        "grams": N_("Given so far"),
    },
    "last_rate": {
        "done": N_("reached"),
        "planned": N_("later"),
        "due": N_("now"),
        "overdue": N_("{min} min ago"),
        "paused": N_("waits while it is paused"),
        "reaction": N_("not compared after a reaction"),
    },
    "label": {
        "first": N_("First rate, at most"),
        "highest": N_("Highest rate"),
        "own": N_("Highest rate, not compared with a label"),
        "others": N_("Lowest for other diagnoses; this one has none of its own"),
        "risk": N_("Highest rate at risk; whether there is one is not known"),
    },
    "limit_risk": {
        "no": N_("{diagnosis}; by the checks before no risk of thrombosis or for the kidneys"),
        "yes": N_("{diagnosis}; by the checks before a risk of thrombosis or for the kidneys"),
        "unknown": N_(
            "{diagnosis}; whether there is a risk of thrombosis or for the kidneys is not known"
        ),
    },
}

LAST_RATES: Final[Mapping[str, str]] = {
    "last_rate_from": N_("{rate} mL/h from {at}"),
    "last_rate_after": N_("{rate} mL/h after {min} min"),
    "last_rate_in": N_("in {min} min"),
    "last_rate_told": N_("Last time: {rate} mL/h from {at}."),
    "last_rate_told_reaction": N_("Last time: {rate} mL/h from {at}, and there was a reaction."),
    "last_rate_reaction": N_("there was a reaction"),
    "last_rates_on": N_("Rates of the last infusion, {day}"),
    "last_rates_why": N_("What ran then, by the time that the pump ran. It is not an order."),
    "last_rates_reaction": N_("There was a reaction ({terms}). What ran after it is left out."),
    "last_rates_other": N_("The last infusion was of another product. Its rates are not compared."),
    "label_rates": N_("Rates by the label"),
    "catalogue_rates": N_("Rates of the catalogue, not compared with a label"),
    "no_risk_rate": N_(
        "The catalogue has no rate for people at risk. "
        "Labels ask for the lowest one that can be done."
    ),
}
