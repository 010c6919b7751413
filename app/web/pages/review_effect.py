"""Before and after a change of the interval, on a patient's review: small charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from app.findings.tables import FindingRow
from app.web.charts import effect as effect_chart
from app.web.charts.effect import EffectChart, estimate
from app.web.charts.series_data import side_of
from app.web.format import format_interval, format_series
from app.web.i18n import gettext as _

_MOST: Final = 2
_WIDTH: Final = 400


@dataclass(frozen=True, slots=True)
class EffectView:
    """One series before and after a change of the plan, drawn."""

    name: str
    drawing: Markup


def effect_of(opened: Sequence[FindingRow]) -> Mapping[str, Any] | None:
    """Return what the open finding about a change of the plan stands on, if there is one."""
    return next((row.evidence for row in opened if row.kind == "interval_effect"), None)


def draw_effects(effect: Mapping[str, Any] | None) -> list[EffectView]:
    """Draw the first series of it; the table beside them has every one."""
    return [] if effect is None else [_draw(one) for one in effect["series"][:_MOST]]


def _draw(one: Mapping[str, Any]) -> EffectView:
    name = format_series(one["measure"], one["site"])
    before, after, difference = one["before"]["drop"], one["after"]["drop"], one["drop_difference"]
    chart = EffectChart(
        rows=[
            estimate(_("before"), before, "before"),
            estimate(_("since"), after, "since"),
            estimate(_("difference"), difference, "difference"),
        ],
        side=side_of(one["site"]),
        summary=_(
            "%(name)s: fall before the infusion %(before)s before, %(after)s since; difference"
            " %(difference)s.",
            name=name,
            before=format_interval(before),
            after=format_interval(after),
            difference=format_interval(difference),
        ),
    )
    return EffectView(name, effect_chart.draw(chart, width=_WIDTH))
