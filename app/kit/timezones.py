"""The zones of the tz database, and which one a patient lived in at an instant."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

# Every key with a digit is an offset (Etc/GMT-1, GMT0) or a POSIX string (EST5EDT): neither knows
# where somebody lives. "Factory" is the database's own word for "not set up".
_NOT_A_PLACE: Final = re.compile(r"\d|^Factory$")


@cache
def known_zones() -> frozenset[str]:
    """Return the keys that a patient's `time_zone` may have, `UTC` included.

    They come from the tzdata package and not from the machine, so that every installation
    accepts the same keys.
    """
    listed = importlib.resources.files("tzdata").joinpath("zones").read_text(encoding="ascii")
    return frozenset(key for key in listed.split() if not _NOT_A_PLACE.search(key))


def zone_at(current: str, previous: Sequence[Mapping[str, str]], instant: datetime) -> str:
    """Return the key of the zone that was in force at `instant`.

    Parameters
    ----------
    current : str
        The zone in force since the last change.
    previous : sequence of mappings
        Former zones in any order, each ``{"until": ISO instant, "time_zone": key}``. A zone is in
        force before its `until`, no longer at it.
    instant : datetime
        Timezone-aware.
    """
    former = [(datetime.fromisoformat(zone["until"]), zone["time_zone"]) for zone in previous]
    return min((zone for zone in former if instant < zone[0]), default=(instant, current))[1]
