from __future__ import annotations

from datetime import date

import pytest

from app.exchange.sample.writer import Row, sample_rows

TODAY = date(2026, 11, 21)

Clinic = dict[str, list[Row]]


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return sample_rows(today=TODAY)
