"""The words of the nurse's pages: their scripts hold none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.reactions.rules import RED_FLAGS, TERMS, words_of
from app.web import visiting
from app.web.i18n import N_
from app.web.i18n import gettext as _

DAY: Final[Mapping[str, str]] = {
    "what_visit": N_("Visit of {day}, {patient}"),
    "today": N_("Today"),
    "no_visits": N_("No visit."),
    "no_time": N_("no time set"),
    "course_day": N_("day {n} of {of}"),
    "fresh": N_("Up to date."),
    "as_of": N_("As of {day}, {at}. With a network it is brought up to date."),
    "state.not_begun": N_("Not begun"),
    "state.begun": N_("Begun on this device"),
    "state.waiting": N_("Waiting to be sent"),
    "state.refused": N_("Not accepted: to be put right"),
    "state.sent": N_("Sent, not signed"),
    "state.signed": N_("Signed and sent"),
}

_STEPS: Final[Mapping[str, str]] = {
    "identity": N_("Identity"),
    "checks": N_("Checks before"),
    "before": N_("How it was before"),
    "weight": N_("Weight"),
    "premedication": N_("Drugs and fluids"),
    "access": N_("Access"),
    "vials": N_("Vials"),
    "running": N_("Rate and vital signs"),
    "reaction": N_("Reactions"),
    "end": N_("The end"),
    "sign": N_("Sign"),
}

_SCAN: Final[Mapping[str, str]] = {
    "empty": N_("There is nothing to read in this code."),
    "not-gs1": N_("This is no GS1 code. Type what is printed on the vial."),
    "unknown-ai": N_("The code has a part that this page does not know. Type what is printed."),
    "truncated": N_("The end of the code is missing. Scan it again."),
    "too-long": N_("A part of the code is too long. Scan it again, or type what is printed."),
    "bad-character": N_("A part of the code has a character that cannot be there. Scan it again."),
    "bad-check-digit": N_("The check digit does not fit. Scan it again."),
    "impossible-date": N_("The date in the code does not exist. Type what is printed."),
    "repeated": N_("The code says two different things. Type what is printed on the vial."),
    "ambiguous": N_(
        "The code can be read in two ways. Scan it with FNC1 sent, or type brackets as printed: "
        "(10)AB12(17)271231."
    ),
}

_GAPS: Final[Mapping[str, str]] = {
    "outcome": N_("whether it was given"),
    "outcome_reason": N_("why it was not given as ordered"),
    "physician": N_("when which physician was told of the reaction"),
    "reaction_outcome": N_("what became of the reaction"),
    "over": N_("why the rate is over the limit"),
    "arrived": N_("when you came"),
    "ordered": N_("what was ordered for this day"),
    "ended": N_("when it ended"),
    "weight": N_("the weight"),
    "identity": N_("two identifiers, before the first rate"),
    "checks": N_("the questions, before the first rate"),
    "access": N_("an access that works"),
    "rate": N_("the rate"),
    "stopped": N_("that the pump was stopped"),
    "baseline": N_("vital signs from before the start"),
    "wearing_off": N_("whether they were weaker before"),
    "trough": N_("the grip of both hands before the start, or why not"),
    "vials": N_("the vials"),
    "looks": N_("whether somebody looked at each vial"),
    "waste": N_("why something was thrown away"),
}

_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "step": _STEPS,
    "scan": _SCAN,
    "gap": _GAPS,
    "question": visiting.QUESTIONS,
    "vital": visiting.VITALS,
    "why": visiting.WHY,
    "reason": visiting.REASONS,
    "visit": visiting.OUTCOMES,
    "identifier": {
        "name": N_("Name"),
        "birth_date": N_("Date of birth"),
        "patient_id": N_("Number in the clinic"),
        "photo": N_("Photograph"),
        "address": N_("Address"),
    },
    "answer": {
        "yes": N_("Yes"),
        "no": N_("No"),
        "unknown": N_("Not known"),
        "not_applicable": N_("Does not apply"),
    },
    "without": {
        "consent": N_("Without consent nothing is infused."),
        "anaphylaxis_kit": N_("Without an anaphylaxis kit nothing is infused."),
    },
    "weaker": {"yes": N_("Yes"), "no": N_("No"), "unsure": N_("Not sure")},
    "grip": {"grip_kpa": N_("Grip in kPa"), "grip_kg": N_("Grip in kg")},
    "weight": {
        "dosing": N_("For the dose: {kg} kg ({day})"),
        "actual": N_("Last time: {kg} kg ({day})"),
    },
    "route": {
        "oral": N_("by mouth"),
        "intravenous": N_("into a vein"),
        "intramuscular": N_("into a muscle"),
        "subcutaneous": N_("under the skin"),
        "inhaled": N_("inhaled"),
        "other": N_("another way"),
    },
    "device": {
        "peripheral": N_("Cannula in the arm or hand"),
        "port": N_("Port"),
        "picc": N_("PICC"),
        "subcutaneous": N_("Needle under the skin"),
        "other": N_("Another access"),
    },
    "side": {"left": N_("Left"), "right": N_("Right")},
    "access": {"working": N_("It works"), "failed": N_("It failed")},
    "looks": {
        "normal": N_("Looks normal"),
        "red": N_("Red"),
        "swollen": N_("Swollen"),
        "bleeding": N_("Bleeding"),
    },
    "verdict": {
        "unknown": N_("This device knows no limit for it."),
        "within": N_("Within the limit of {limit} mL/kg/h."),
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
    "grade": {
        "1": N_("1: mild, nothing had to be done"),
        "2": N_("2: interrupted or treated"),
        "3": N_("3: prolonged, came again, or in hospital"),
        "4": N_("4: life-threatening"),
        "5": N_("5: death"),
    },
    "action": {
        "slowed": N_("Slowed down"),
        "paused": N_("Paused"),
        "stopped": N_("Stopped"),
        "medication": N_("Gave a drug"),
        "none": N_("Nothing"),
    },
    "outcome": {
        "resolved": N_("It is over"),
        "resolving": N_("It gets better"),
        "ongoing": N_("It goes on"),
        "resolved_with_sequelae": N_("It is over, with consequences"),
        "fatal": N_("Death"),
    },
    "vial": {
        "incomplete": N_("Product, size and lot are needed."),
        "no_volume": N_("Say how much of it ran in."),
        "other_product": N_("An infusion has one product. This vial is of another one."),
        "expired": N_("This vial has expired: say why it is given, or take another one."),
        "recalled": N_("This lot was called back: say why it is given, or take another one."),
        "waste": N_("Say why something was thrown away."),
        "volume": N_("Used and wasted together are not the {ml} mL of the vial."),
    },
    "strip": {
        "time": N_("Running"),
        "rate": N_("Rate"),
        "vitals": N_("Vital signs"),
        "grams": N_("Given so far"),
    },
    "sum": {
        "outcome": N_("Outcome"),
        "grams": N_("Given"),
        "wasted": N_("Wasted"),
        "vials": N_("Lots"),
        "reactions": N_("Reactions"),
    },
}

_FLOW: Final[Mapping[str, str]] = {
    "saving": N_("Saving"),
    "saved": N_("Saved on this device"),
    "not_saved": N_("Not saved: this device has no room, or was locked. Do not leave the page."),
    "about_visit": N_("{day} · day {n} of {of}"),
    "next_step": N_("Next: {step}"),
    "step_done": N_("done"),
    "not_a_number": N_("This is not a number."),
    "at": N_("When"),
    "take_out": N_("Take out"),
    "take_out_what": N_("Take out: {what}"),
    "note": N_("Note"),
    "arrived_now": N_("I have arrived"),
    "arrived": N_("Arrived"),
    "identity_ask": N_("Two that you compared yourself"),
    "last_infusion": N_("Last infusion"),
    "last_told": N_("{day}: {grams} g, lots {lots}"),
    "last_rates": N_("Rates: {rates} mL/h"),
    "last_reaction": N_("{term}, grade {grade}"),
    "no_last_reaction": N_("No reaction is recorded."),
    "asked_on_first_day": N_("This was for the first day of the course."),
    "weaker_before": N_("Were they weaker in the days before this infusion?"),
    "from_days_before": N_("From how many days before"),
    "grip_before": N_("Grip of each hand, before the start"),
    "grip_measure": N_("Unit"),
    "left_hand": N_("Left hand"),
    "right_hand": N_("Right hand"),
    "grip_device": N_("Device"),
    "no_trough_reason": N_("Or why it was not taken"),
    "weight_today": N_("Weight today"),
    "premedication": N_("Drugs before"),
    "drug": N_("Drug"),
    "dose_given": N_("Dose that was given"),
    "route": N_("How"),
    "add_drug": N_("Keep this drug"),
    "hydration": N_("Fluids"),
    "volume": N_("Volume"),
    "add_drink": N_("Keep this fluid"),
    "fill_all": N_("Something is not filled in yet."),
    "device": N_("Access"),
    "site": N_("Where"),
    "side": N_("Side"),
    "gauge": N_("Gauge"),
    "attempts": N_("Attempts"),
    "ordered_today": N_("Ordered for today: {grams} g"),
    "order_waste": N_("These vials hold {grams} g more than the order."),
    "vials_so_far": N_("Vials: {count}. Used {infused} g, wasted {wasted} g."),
    "not_the_order": N_("This is not yet what was ordered, or more than that."),
    "scan_code": N_("Scan the code of the vial"),
    "scan_hint": N_("A scanner that types, or what is printed below the code with its brackets."),
    "read_code": N_("Read"),
    "camera": N_("Use the camera"),
    "no_camera": N_("The camera cannot be used. Type what is printed on the vial."),
    "serial_used": N_("The vial with this serial number is already entered."),
    "unknown_gtin": N_("No product of the catalogue has the number {gtin}. Choose it below."),
    "this_vial": N_("This vial"),
    "product": N_("Product"),
    "size": N_("Size"),
    "concentration": N_("Dissolved to"),
    "lot": N_("Lot"),
    "expires_on": N_("Expires"),
    "expired": N_("It expired on {day}."),
    "expired_reason": N_("Why it is given all the same"),
    "recalled": N_("Lot {lot} was called back ({source}, {day})."),
    "recalled_reason": N_("Why it is given although it was called back"),
    "whole_vial": N_("The whole vial is {ml} mL."),
    "used": N_("Used"),
    "wasted": N_("Wasted"),
    "waste_reason": N_("Why something was thrown away"),
    "looks_right": N_("I looked at it: clear, no particles"),
    "keep_vial": N_("Keep this vial"),
    "vial_kept": N_("Vial of lot {lot} kept."),
    "vial_told": N_("{n}. Lot {lot}, {size} g: {used} g used, {wasted} g wasted"),
    "vials_kept": N_("Vials of this visit"),
    "started": N_("Started"),
    "rate": N_("Rate"),
    "new_rate": N_("New rate"),
    "why_rate": N_("Why"),
    "over_limit_reason": N_("Why it runs faster than the limit"),
    "volume_so_far": N_("Volume on the pump"),
    "volume_so_far_hint": N_("Only if you read it off."),
    "start_now": N_("Start now"),
    "change_rate": N_("Change the rate now"),
    "pause": N_("Pause"),
    "paused": N_("paused"),
    "type_rate": N_("Type the rate first."),
    "one_a_minute": N_("A rate was entered in this minute. Take it out, or wait for the next."),
    "put_times_right": N_("Put times right"),
    "vitals": N_("Vital signs"),
    "keep_vitals": N_("Keep these vital signs"),
    "type_vitals": N_("Type at least one value."),
    "vitals_due": N_("Vital signs are due"),
    "vitals_late": N_("Vital signs are late."),
    "not_started": N_("Not started"),
    "elapsed": N_("{h} h {min} min"),
    "due_in": N_("in {min} min ({at}), {why}"),
    "due_now": N_("now, {why}"),
    "due_late": N_("{min} min late"),
    "grams_of": N_("{grams} g of {ordered} g"),
    "over_limit": N_("over {limit} mL/kg/h"),
    "new_reaction": N_("What is it?"),
    "reaction_term": N_("Reaction"),
    "onset": N_("Began"),
    "grade": N_("Grade"),
    "grade_n": N_("grade {n}"),
    "actions": N_("What was done"),
    "medication": N_("Which drug"),
    "description": N_("In words"),
    "keep_reaction": N_("Keep this reaction"),
    "not_this": N_("It was none"),
    "say_which": N_("Say in words what it was."),
    "say_drug": N_("Say which drug was given."),
    "reactions_kept": N_("Reactions of this visit"),
    "no_reactions": N_("None."),
    "another_reaction": N_("Another reaction"),
    "later_of": N_("What became of it: {term}"),
    "outcome": N_("Now"),
    "resolved_at": N_("Over since"),
    "physician_told": N_("Which physician was told"),
    "told_at": N_("Told at"),
    "how_it_ended": N_("How did it end?"),
    "apart": N_("{infused} g ran, {ordered} g were ordered."),
    "outcome_reason": N_("Why"),
    "end_now": N_("It ended now"),
    "ended": N_("Ended"),
    "access_removed": N_("Access taken out: the site"),
    "leave_now": N_("I leave now"),
    "left": N_("Left"),
    "visit_note": N_("Note on the visit"),
    "missing": N_("Still missing"),
    "nothing_missing": N_("Nothing is missing."),
    "still_missing": N_("Still missing: {n}. It can be signed when that is there."),
    "signature": N_("Signature"),
    "statement": N_("I was there, and this record says what happened."),
    "your_name": N_("Your name"),
    "sign_needs_name": N_("Tick the statement and type your name as it stands here: {name}."),
    "sign_and_send": N_("Sign and send"),
    "send_unsigned_why": N_("Something cannot be entered any more?"),
    "send_unsigned_told": N_(
        "Sent without a signature, the visit is completed and signed on its page in the office."
    ),
    "send_unsigned": N_("Send without a signature"),
    "refused_visit": N_("The service did not accept this visit. Put it right and send it again."),
    "is_right_so": N_("It is right so"),
    "visit_sent": N_("This visit is on the server."),
    "visit_waits": N_("This visit is kept here and is sent when there is a network."),
}


def day_words() -> dict[str, str]:
    """Return the words of the list of visits."""
    return {key: _(text) for key, text in DAY.items()}


def visit_words() -> dict[str, Any]:
    """Return the words of one visit, lists of choices included."""
    words = {key: _(text) for key, text in {**DAY, **_FLOW}.items()}
    for prefix, entries in _LISTS.items():
        words |= {f"{prefix}.{key}": _(_escaped(text)) for key, text in entries.items()}
    for key, flag in RED_FLAGS.items():
        words |= {
            f"flag.{key}.name": _(flag.name),
            f"flag.{key}.signs": _(flag.signs),
            f"flag.{key}.do": _(flag.what_to_do),
        }
    words |= {f"term.{term}": _(_capital(words_of(term))) for term in TERMS}
    return words


def _escaped(text: str) -> str:
    """Return a message in which a per cent sign is written twice, as `_` wants it."""
    return text if "%%" in text else text.replace("%", "%%")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
