"""The whole cast, DEMO-01 to DEMO-40."""

from __future__ import annotations

from typing import Final

from app.exchange.sample.cast_elsewhere import ELSEWHERE
from app.exchange.sample.cast_gaps import GAPS
from app.exchange.sample.cast_lookalikes import LOOKALIKES
from app.exchange.sample.cast_reporting import WAYS_OF_REPORTING
from app.exchange.sample.cast_stories import TWO_STORIES
from app.exchange.sample.cast_strength import USUAL_SHAPES
from app.exchange.sample.cast_treatment import TREATMENTS
from app.exchange.sample.people import Person

CAST: Final[tuple[Person, ...]] = (
    *TWO_STORIES,
    *USUAL_SHAPES,
    *LOOKALIKES,
    *TREATMENTS,
    *GAPS,
    *WAYS_OF_REPORTING,
    *ELSEWHERE,
)
