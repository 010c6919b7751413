"""The page with a clinic's name and the number that its patients call."""

from __future__ import annotations

from tests.support.ward import Ward
from tests.web.conftest import Visit
from tests.web.test_care_pages import flat

FORM = {"name": "Ward", "phone": "+44 1632 960 001", "reason": "New number.", "version": "1"}


def test_an_administrator_gives_the_number_that_patients_call(visit: Visit, ward: Ward) -> None:
    assert visit("physician", "/clinic").status_code == 403
    page = visit("administrator", "/clinic").text
    assert 'name="phone"' in page
    assert 'href="/clinic"' in page
    saved = visit("administrator", "/clinic", form=FORM)
    assert saved.status_code == 303
    assert "+44 1632 960 001" in visit("administrator", saved.headers["location"]).text
    course = visit("patient", f"{ward.record}/course?without_report=1").text
    assert 'href="tel:+441632960001"' in course
    history = flat(visit("administrator", "/clinic/history").text)
    assert "Why: New number." in history
    assert "+44 1632 960 001" in history


def test_what_is_wrong_keeps_what_was_typed(visit: Visit) -> None:
    wrong = visit("administrator", "/clinic", form={**FORM, "phone": "call us"})
    assert wrong.status_code == 422
    assert "is not a telephone number" in wrong.text
    assert 'value="New number."' in wrong.text
    assert visit("administrator", "/clinic", form={**FORM, "reason": " "}).status_code == 422
    late = visit("administrator", "/clinic", form={**FORM, "version": "7"})
    assert (late.status_code, "Somebody changed this" in late.text) == (412, True)
    emptied = visit("administrator", "/clinic", form={**FORM, "phone": ""})
    assert emptied.status_code == 303
