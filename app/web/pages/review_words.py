"""The words that the review's scripts write; what stands in braces they fill in."""

from __future__ import annotations

from app.web.i18n import gettext as _


def script_words() -> dict[str, str]:
    """Return the words by key, in the language of the page."""
    return {
        "use_arrows": _("Use the arrow keys to read the values."),
        "days_since": _("days since the last infusion day"),
        "days": _("days"),
        "running": _("still running"),
        "on_hold": _("On hold."),
        "read_few": _("Day {day}: too few readings for a median ({n})"),
        "read_day": _("Day {day}: median {p50} {unit}, middle half {p25} to {p75}; readings: {n}"),
        "read_day_tails": _(
            "Day {day}: median {p50} {unit}, middle half {p25} to {p75}, nine in ten"
            " {p5} to {p95}; readings: {n}"
        ),
        "read_interval": _(
            "Course of {date}, {dose} g: planned interval {planned} days, actual {actual}."
        ),
        "no_cycles": _("No cycle of this plan version lies in the time shown."),
        "read_value": _("{name} {value}"),
        "infusion": _("infusion"),
        "plan_from_here": _("plan from here: {plan}"),
        "hold_begins": _("hold begins: {why}"),
        "reaction": _("reaction: {what}"),
        "alarm": _("alarm: {what}"),
        "shown": _("Shown: {since} to {until}."),
    }
