"""An order in vials as a page: by which weight and product, and how far whole vials are from it."""

from __future__ import annotations

from typing import Any

import pytest

from app.kit.history import Change, void
from app.plans.tables import PlanRow
from app.products.repository import find_by_key
from tests.support.client import ApiClient
from tests.support.clinic import NURSE, PRODUCT
from tests.support.ward import NOW, Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import first, flat

API = "/api/v1"


@pytest.fixture
def plan(ward: Ward) -> str:
    """Give the id of the plan: 1 g/kg on one day, and no weight is known."""
    return str(first(ward, PlanRow))


def weigh(gated: ApiClient, ward: Ward, weight_kg: float, kind: str, day: str) -> None:
    body = {"weight_kg": weight_kg, "kind": kind, "measured_at": f"{day}T09:00:00-05:00"}
    address = f"{API}{ward.record}/weights"
    done = gated.post(address, json=body, headers=ward.headers("nurse"))
    assert done.status_code == 201, done.text


def amend(gated: ApiClient, ward: Ward, plan: str, *, version: int = 1, **content: Any) -> None:
    headers = {**ward.headers("physician"), "If-Match": f'"{version}"'}
    body = {**content, "change_reason": "As agreed."}
    done = gated.patch(f"{API}/plans/{plan}", json=body, headers=headers)
    assert done.status_code == 200, done.text


def test_an_order_is_shown_in_vials_and_not_changed(
    visit: Visit, gated: ApiClient, ward: Ward, plan: str
) -> None:
    weigh(gated, ward, 85.0, "actual", "2026-01-04")
    weigh(gated, ward, 82.5, "dosing", "2026-01-03")
    amend(gated, ward, plan, dose_g_per_kg=2.0, course_days=2)
    address = f"/plans/{plan}/conversion"
    told = flat(visit("nurse", address).text)
    for expected in (
        "Order Gammagard Liquid 2 g/kg over 2 days every 28 days From 5 Jan 2026 version 2",
        "Signed no , not as it stands",
        "Weight used 82.5 kg, dosing weight of 3 Jan 2026",
        "Ordered 165 g Volume 1650 mL",
        "Vials that cover the order, and nearest to it",
        "Exactly what is ordered, nothing is wasted.",
        "Day 1 Vials: 2 \u00d7 30 g, 1 \u00d7 20 g, 1 \u00d7 5 g Grams: 85 g Volume: 850 mL",
        "2 Feb 2026 Ordered: 165 g Infused: 80 g Difference: \u221285 g, \u221251.52 %",
    ):
        assert expected in told
    assert "Ask the prescriber" not in told
    actual = visit("nurse", f"{address}?weight=actual&weight_kg=&product=").text
    assert "Weight used 85 kg, actual weight of 4 Jan 2026" in flat(actual)
    assert 'value="actual" selected' in actual
    typed = flat(visit("nurse", f"{address}?weight=actual&weight_kg=+83.3").text)
    for expected in (
        "Weight used 83.3 kg, typed here",
        "Ordered 166.6 g",
        "0.4 g more than ordered (+0.24 %): waste, if only what is ordered is given.",
        "0.1 g less than ordered (\u22120.06 %), nothing is wasted.",
    ):
        assert expected in typed
    headers = {**ward.headers("physician"), "If-Match": '"2"'}
    signatures = f"{API}/plans/{plan}/signatures"
    assert gated.post(signatures, json={}, headers=headers).status_code == 201
    assert "yes, by a physician, as it stands" in flat(visit("nurse", address).text)


def test_vials_too_far_from_the_order_are_the_prescribers_to_allow(
    visit: Visit, gated: ApiClient, ward: Ward, plan: str
) -> None:
    amend(gated, ward, plan, dose_g_per_kg=None, dose_g=22.0)
    address = f"/plans/{plan}/conversion"
    exact = flat(visit("nurse", address).text)
    assert "Weight used none: the order is in grams" in exact
    assert "Ask the prescriber" not in exact
    page = visit("nurse", f"{address}?product=gammagard-sd")
    told = flat(page.text)
    for expected in (
        "Gammagard S/D, as dissolved; not the product of the order",
        "Volume as the powder is dissolved",
        "2 \u00d7 10 g, 1 \u00d7 5 g , 25 g. 3 g more than ordered (+13.64 %): waste",
        "2 \u00d7 10 g , 20 g. 2 g less than ordered (\u22129.09 %)",
        "that is further from the order than the 5 % that it allows",
    ):
        assert expected in told
    assert told.count("Ask the prescriber before all of it is given") == 2
    assert 'value="gammagard-sd" selected' in page.text
    amend(gated, ward, plan, version=2, rounding_tolerance_percent=10.0)
    told = flat(visit("nurse", f"{address}?product=gammagard-sd").text)
    assert told.count("Ask the prescriber before all of it is given") == 1


def test_what_is_not_known_is_said(visit: Visit, ward: Ward, plan: str) -> None:
    address = f"/plans/{plan}/conversion"
    told = flat(visit("physician", address).text)
    for expected in ("dosing weight: none is known", "none is known; type one", "no such weight"):
        assert expected in told
    assert "2 Feb 2026 Ordered: — Infused: 80 g Difference: —" in told


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("weight_kg=0", "Another weight: type a number above 0 and at most 500, in kg."),
        ("weight_kg=nan", "Another weight: type a number above 0 and at most 500, in kg."),
        ("weight=ideal", "Weight: choose one of the list."),
        ("product=gammagard", "did you mean &#34;gammagard-sd&#34;?</p>"),
        (f"product={'x' * 101}", "Product: choose one of the list."),
    ],
)
def test_a_faulty_choice_is_said_on_the_page(
    visit: Visit, plan: str, query: str, words: str
) -> None:
    page = visit("nurse", f"/plans/{plan}/conversion?{query}")
    assert page.status_code == 422
    assert words in page.text
    assert "Nothing is converted until that is put right." in page.text
    assert "Ordered and infused" in page.text


def test_the_schedule_leads_staff_to_the_order(visit: Visit, ward: Ward, plan: str) -> None:
    link = f'href="/plans/{plan}/conversion"'
    for who in ("coordinator", "nurse", "physician"):
        assert link in visit(who, f"{ward.record}/schedule").text
    for who in ("patient", "proxy"):
        assert link not in visit(who, f"{ward.record}/schedule").text
    assert visit("pharmacist", f"/plans/{plan}/conversion").status_code == 403
    assert visit("stranger", f"/plans/{plan}/conversion?weight_kg=x").status_code == 404


def test_a_product_that_was_retired_is_named_so(visit: Visit, ward: Ward, plan: str) -> None:
    with ward.database.writing() as session:
        row = find_by_key(session, ward.clinic_id, PRODUCT)
        assert row is not None
        void(session, row, Change(NURSE, NOW, "Off the market."))
    told = flat(visit("nurse", f"/plans/{plan}/conversion?weight_kg=80").text)
    assert "retired: it cannot be given any more" in told
    assert "Ordered 80 g" in told
