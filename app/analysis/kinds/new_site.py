"""New site: weakness, twitching or cramps in a limb that was clear, or was never reported before.

Said when it is reported again and again, not once. See docs/methods/new-site.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from scipy.special import betainc, betaincinv, xlogy

from app.analysis.cycles import local_day
from app.analysis.kinds.names import WEAKNESS
from app.analysis.kinds.wording import likewise, series_words
from app.analysis.measures import GLOBAL
from app.analysis.placed import Placed
from app.analysis.records import BoolArray, FloatArray
from app.analysis.results import FindingDraft, rounded
from app.analysis.series_epochs import IntArray, instant_of
from app.analysis.settings import SYMPTOM_MEASURES, AnalysisSettings
from app.said import Said, capital, say, sentences

LOOKED_AT: Final = ("strength_nrs", "fasciculation_nrs", "cramp_nrs")
# All of these are judgement; the false alarms that they leave are found by simulation.
FEWEST_BEFORE: Final = 5  # reports, over at least
SHORTEST_BEFORE_DAYS: Final = 28.0
CLEAR_SHARE: Final = 0.1  # of the reports before that may show something, in a clear limb
FEWEST_SINCE: Final = 2  # reports that show it, over at least
SHORTEST_SINCE_DAYS: Final = 7.0
SHARE_SINCE: Final = 0.5  # of the reports since that show it
STILL_DAYS: Final = 28.0  # up to the newest report, in which one must show it
NEW_DAYS: Final = 365.0  # of reports, after which it is not new any more
CHANCE: Final = 3e-3  # for a patient, shared by the sites looked at
TOGETHER_DAYS: Final = 7.0
MOST_TOGETHER: Final = 2  # more sites that begin together are a longer list of questions
# How often a clear limb shows something before looking: 5 %, worth four reports.
_PRIOR_SHOWN: Final = 0.2
_PRIOR_REPORTS: Final = 4.0
_CAUTION: Final = 0.9  # quantile of that rate which is reckoned with
_SPELL_DAYS: Final = 3.0  # that one bad spell lasts


@dataclass(frozen=True, slots=True)
class NewSite:
    """A limb that shows something new; values in the measure's own direction.

    `before` is None where the limb was not reported before.
    """

    measure: str
    site: str
    since: date
    before: float | None
    now: float
    shown: int
    reports_since: int
    reports_before: int
    p_value: float | None
    worse_by: float

    def to_dict(self) -> dict[str, object]:
        """Return the numbers as JSON-able values."""
        return {
            "measure": self.measure,
            "site": self.site,
            "since": self.since.isoformat(),
            "before": self.before,
            "now": self.now,
            "shown": self.shown,
            "reports_since": self.reports_since,
            "reports_before": self.reports_before,
            "p_value": None if self.p_value is None else rounded(self.p_value),
        }

    @property
    def words(self) -> Said:
        """Name what is new and where: "weakness of the left hand"."""
        if self.measure in SYMPTOM_MEASURES:
            return series_words(self.measure, self.site)
        return WEAKNESS[self.site]


def new_site(
    series: Sequence[Placed], settings: AnalysisSettings, *, zone: str
) -> FindingDraft | None:
    """Report limbs that show something new, the largest change first."""
    limbs = [one for one in series if one.measure.key in LOOKED_AT and one.site != GLOBAL]
    looks = (_look(one, limbs, settings, zone=zone) for one in limbs)
    found = sorted((one for one in looks if one is not None), key=lambda one: -one.worse_by)
    if not found:
        return None
    return FindingDraft(
        kind="new_site",
        measure=found[0].measure,
        sites=tuple(dict.fromkeys(one.site for one in found)),
        evidence={"series": [one.to_dict() for one in found]},
        said=_said(found),
        parameters={
            "weak_below_full_by": settings.thresholds["strength_nrs"].value,
            "fewest_before": FEWEST_BEFORE,
            "shortest_before_days": SHORTEST_BEFORE_DAYS,
            "clear_share": CLEAR_SHARE,
            "fewest_since": FEWEST_SINCE,
            "shortest_since_days": SHORTEST_SINCE_DAYS,
            "share_since": SHARE_SINCE,
            "still_days": STILL_DAYS,
            "new_days": NEW_DAYS,
            "chance": CHANCE,
        },
    )


def _look(
    one: Placed, limbs: Sequence[Placed], settings: AnalysisSettings, *, zone: str
) -> NewSite | None:
    shown = _shown(one, settings)
    if _is_added(one, limbs) and _lasts(one.at, shown, 0):
        return _new(one, shown, 0, zone=zone)
    change = _change(one.at, shown)
    if change is None:
        return None
    first, p_value = change
    if p_value > CHANCE / len(limbs) or not _lasts(one.at, shown, first):
        return None
    return _new(one, shown, first, zone=zone, p_value=p_value)


def _shown(one: Placed, settings: AnalysisSettings) -> BoolArray:
    """Tell which reports show something: any twitching or cramp, or clearly less than full."""
    if one.measure.key in SYMPTOM_MEASURES:
        return one.value < 0.0  # turned: less is better
    return one.value <= one.measure.high - settings.thresholds[one.measure.key].value


def _change(at: FloatArray, shown: BoolArray) -> tuple[int, float] | None:
    """Return the first report of the likeliest change in a clear limb, and its chance.

    The chance is the binomial one of so many reports that show something, at a cautious rate of
    the reports before. Reports of the same few days tell the same, so they share one vote.
    """
    place = np.flatnonzero(shown)
    place = place[place > 0]
    before = np.cumsum(shown)[place] - 1
    since, reports = int(shown.sum()) - before, shown.size - place
    rose = since * place > before * reports
    if not rose.any():
        return None
    gain = _fit(before, place) + _fit(since, reports)
    best = int(np.argmax(np.where(rose, gain, -np.inf)))
    first, shown_before = int(place[best]), int(before[best])
    short = first < FEWEST_BEFORE or at[first - 1] - at[0] < SHORTEST_BEFORE_DAYS
    if short or shown_before > CLEAR_SHARE * first:
        return None
    vote = min(float(at[-1] - at[0]) / (at.size - 1) / _SPELL_DAYS, 1.0)
    clear = _PRIOR_REPORTS - _PRIOR_SHOWN + vote * (first - shown_before)
    rate = float(betaincinv(_PRIOR_SHOWN + vote * shown_before, clear, _CAUTION))
    count, total = vote * float(since[best]), vote * float(reports[best])
    return first, float(betainc(count, total - count + 1.0, rate))


def _fit(count: IntArray, total: IntArray) -> FloatArray:
    """Return the log likelihood of counts at their own rate."""
    rate = count / total
    return np.asarray(xlogy(count, rate) + xlogy(total - count, 1.0 - rate))


def _lasts(at: FloatArray, shown: BoolArray, first: int) -> bool:
    """Whether it began at `first`, was seen again and again, goes on, and is not old."""
    days = at[first:][shown[first:]]
    if not shown[first] or days.size < FEWEST_SINCE:
        return False
    repeated = days[-1] - days[0] >= SHORTEST_SINCE_DAYS
    often = days.size >= SHARE_SINCE * (at.size - first)
    goes_on = at[-1] - days[-1] <= STILL_DAYS
    return bool(repeated and often and goes_on and at[-1] - days[0] <= NEW_DAYS)


def _is_added(one: Placed, limbs: Sequence[Placed]) -> bool:
    """Whether a limb joined the reports later than others of the same measure, almost alone."""
    same = [other for other in limbs if other.measure.key == one.measure.key]
    begins = one.at[0]
    together = sum(abs(other.at[0] - begins) <= TOGETHER_DAYS for other in same)
    reported = any(
        np.count_nonzero(other.at < begins) >= FEWEST_BEFORE
        and begins - other.at[0] >= SHORTEST_BEFORE_DAYS
        for other in same
    )
    return reported and together <= MOST_TOGETHER


def _new(
    one: Placed, shown: BoolArray, first: int, *, zone: str, p_value: float | None = None
) -> NewSite:
    now = float(np.median(one.value[first:]))
    before = float(np.median(one.value[:first])) if first else None
    # A limb that nobody asked about is compared with a clear one.
    clear = one.measure.high if one.measure.key not in SYMPTOM_MEASURES else 0.0
    return NewSite(
        measure=one.measure.key,
        site=one.site,
        since=local_day(instant_of(float(one.at[first])), zone),
        before=None if before is None else one.plain(before) + 0.0,
        now=one.plain(now) + 0.0,
        shown=int(np.count_nonzero(shown[first:])),
        reports_since=one.at.size - first,
        reports_before=first,
        p_value=p_value,
        worse_by=(clear if before is None else before) - now,
    )


def _said(found: Sequence[NewSite]) -> Said:
    first = found[0]
    if first.before is None:
        start = say(
            "%(what)s was reported for the first time on %(since)s, since then at %(now)s points.",
            what=capital(first.words),
            since=first.since,
            now=first.now,
        )
    else:
        start = say(
            "%(what)s is new since %(since)s: from %(before)s to %(now)s points.",
            what=capital(first.words),
            since=first.since,
            before=first.before,
            now=first.now,
        )
    others = [say("%(what)s since %(since)s", what=one.words, since=one.since) for one in found[1:]]
    return sentences(start, likewise(others))
