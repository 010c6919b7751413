"""The catalogue as pages: what is known, how well, and who compared it with a label."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.products.tables import ProductRow
from tests.support.clinic import PRODUCT
from tests.support.ward import Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

LABEL = "Label of March 2026"


@pytest.fixture
def product(ward: Ward) -> str:
    """Give the address of a product's page."""
    with ward.database.reading() as session:
        found = select(ProductRow.id).where(ProductRow.key == PRODUCT)
        return f"/products/{session.scalars(found).one()}"


def test_the_catalogue_says_how_well_each_product_is_known(visit: Visit, product: str) -> None:
    page = visit("pharmacist", "/products")
    assert f'href="{product}"' in page.text
    assert "not confirmed by the clinic" in page.text
    one = flat(visit("nurse", product).text)
    for told in (
        "Gammagard Liquid",
        "100 mg/mL read in the source",
        "Not confirmed by the clinic.",
        "MMN",
        "to at most 5.4 mL/kg/h",
        "as of 20 Nov 2026",
    ):
        assert told in one
    assert "Compare with the label" not in one


def test_somebody_compares_a_product_with_its_label(visit: Visit, product: str) -> None:
    confirm = f"{product}/confirm"
    assert 'name="version" value="1"' in visit("pharmacist", product).text
    nothing = visit("pharmacist", confirm, form={"against": " ", "version": "1"})
    assert (nothing.status_code, "Compared with: name the label" in nothing.text) == (422, True)
    assert visit("nurse", confirm, form={"against": LABEL, "version": "1"}).status_code == 403
    done = visit("pharmacist", confirm, form={"against": LABEL, "version": "1"})
    assert (done.status_code, done.headers["location"]) == (303, product)
    told = f"Confirmed. Phil Marsh compared the figures with {LABEL}, 29 Apr 2026"
    assert told in flat(visit("physician", product).text)
    assert "confirmed by Phil Marsh" in visit("physician", "/products").text
    # The page that this form stood on showed other figures than there are now.
    late = visit("physician", confirm, form={"against": LABEL, "version": "1"})
    assert (late.status_code, "Somebody changed this meanwhile" in late.text) == (412, True)

    history = flat(visit("nurse", f"{product}/history").text)
    assert "Version 2 29 Apr 2026, 15:00, Phil Marsh" in history
    became = f"— against: {LABEL}; at: 29 Apr 2026, 15:00; by: Phil Marsh"
    assert f"compared with a label {became}" in history


def test_a_retired_product_stays_readable(visit: Visit, product: str) -> None:
    assert visit("physician", f"{product}/retire", form={"reason": ""}).status_code == 422
    form = {"reason": "Off the <market>."}
    assert visit("physician", f"{product}/retire", form=form).status_code == 303
    page = visit("nurse", product)
    assert "Off the &lt;market&gt;." in page.text
    assert "Retired by Dr Lee, 29 Apr 2026" in flat(page.text)
    assert "Compare with the label" not in visit("physician", product).text
    again = visit("physician", f"{product}/retire", form=form)
    assert again.status_code == 409
    assert ">retired</span>" in visit("nurse", "/products").text
    assert "Retired. Why: Off the" in flat(visit("nurse", f"{product}/history").text)
