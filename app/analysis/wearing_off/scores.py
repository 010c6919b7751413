"""One score for every series of a patient, with all series weighed together.

The patient's evidence is the log of

    H1 / H0,  H1 = 0.6 mean_s F_s + 0.4 all,  H0 = 1 + w mean_s B_s + w all_bad,

F_s and B_s the factors of a recurrent fall and of one bad cycle in series s; `all` and `all_bad`
those of every series of one measure at once, averaged over measures. The mean over series is what
pays for looking at many. The series that stands out most gets the patient's evidence as its score,
every other one as much less as its own evidence, log F_s / (1 + w B_s), is less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from app.analysis.records import FloatArray
from app.analysis.wearing_off.factors import log_sum
from app.analysis.wearing_off.hierarchy import GroupFactors

ALL_SITES: Final = 0.4  # prior share of falls that are in every site at once: judgement
BAD_CYCLE: Final = 0.15  # prior odds of one bad cycle: judgement, checked by simulation
_LOG_ALL: Final = float(np.log(ALL_SITES))
_LOG_ONE: Final = float(np.log(1.0 - ALL_SITES))
_LOG_BAD: Final = float(np.log(BAD_CYCLE))


def scores(groups: Sequence[GroupFactors]) -> list[tuple[float, ...]]:
    """Return the score of every series, group by group."""
    fall = np.array([one for group in groups for one in group.log_fall])
    bad = np.array([one for group in groups for one in group.log_bad])
    log_h1 = _sum(
        _LOG_ONE + _mean(fall), _LOG_ALL + _mean(np.array([g.log_all_fall for g in groups]))
    )
    log_h0 = _sum(
        0.0, _LOG_BAD + _mean(bad), _LOG_BAD + _mean(np.array([g.log_all_bad for g in groups]))
    )
    own = fall - np.logaddexp(0.0, _LOG_BAD + bad)
    every = own + (log_h1 - log_h0 - own.max())
    ends = np.cumsum([len(group.log_fall) for group in groups])
    return [tuple(part.tolist()) for part in np.split(every, ends[:-1])]


def _mean(log_terms: FloatArray) -> float:
    return float(log_sum(log_terms, axis=0) - np.log(log_terms.size))


def _sum(*log_terms: float) -> float:
    return float(log_sum(np.array(log_terms), axis=0))
