"""Days with a report against days on which somebody was asked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.findings.completeness import SPAN_DAYS, completeness

TODAY = date(2026, 5, 28)


def _ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in days]


@pytest.mark.parametrize(
    ("ago", "first", "reported", "asked"),
    [
        ((0, 0, 1, 27), 300, 3, SPAN_DAYS),  # two reports of one day count once
        ((28, 29), 300, 0, SPAN_DAYS),  # before the span
        ((-1,), 300, 0, SPAN_DAYS),  # a day that is not over anywhere yet
        ((0, 3), 3, 2, 4),  # nobody is silent before the first report
        ((), None, 0, SPAN_DAYS),
        ((), -2, 0, 0),
    ],
)
def test_days_are_counted(
    ago: tuple[int, ...], first: int | None, reported: int, asked: int
) -> None:
    since = None if first is None else TODAY - timedelta(days=first)
    found = completeness(_ago(*ago), today=TODAY, first=since)
    assert (found.reported, found.asked) == (reported, asked)
    assert found.share == (reported / asked if asked else 0.0)
