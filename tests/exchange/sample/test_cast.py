from __future__ import annotations

from pathlib import Path

import pytest

from app.exchange.sample.cast import CAST
from app.exchange.sample.people import Person
from app.exchange.sample.schedule import LOT_CODES
from app.products.catalogue import CATALOGUE

PAGE = Path(__file__).parents[3] / "docs" / "sample-clinic.md"


def test_the_page_says_that_it_is_simulated() -> None:
    assert "Nobody in it exists" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.key)
def test_the_page_says_who_everybody_is(person: Person) -> None:
    who = person.who
    row = f"| {person.key} | {who.diagnosis} | {who.time_zone} | {person.story} |\n"
    assert row in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.key)
def test_plans_are_in_order_and_whole_weeks_where_they_say_so(person: Person) -> None:
    days = [step.day for step in person.care.plans]
    assert days == sorted(set(days))
    assert all(not step.in_weeks or step.interval_days % 7 == 0 for step in person.care.plans)


def test_every_product_has_a_lot_code() -> None:
    used = {step.product for person in CAST for step in person.care.plans}
    assert used == set(LOT_CODES)
    assert used <= set(CATALOGUE)


def test_only_hizentra_goes_under_the_skin() -> None:
    for person in CAST:
        for step in person.care.plans:
            assert step.subcutaneous == (CATALOGUE[step.product].route == "subcutaneous")


def test_names_and_keys_are_unique() -> None:
    assert len({person.key for person in CAST}) == len(CAST)
    assert len({person.who.family_name for person in CAST}) == len(CAST)
