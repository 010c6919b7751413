"""Whatever is entered, corrected and voided: grams of vials are grams infused and grams wasted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clinics.tables import ClinicRow
from app.errors import Conflict, Fault, RuleViolation
from app.infusions.repository import vials_of
from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.infusions.tables import InfusionRow, LotUseRow, VialRow
from app.kit import history
from app.lots.rules import lot_key
from app.patients import entries
from app.patients.entries import Entering
from app.patients.tables import PatientRow
from app.products.repository import find_by_key
from app.vials.grams import sums_of
from app.vials.repository import given as facts_of
from app.vials.rules import VialDraft
from app.vials.service import VIAL, following_later
from tests.support.clinic import NOW, a_clinic, a_patient, entering

START = NOW - timedelta(days=1)
PRODUCT = "privigen"


def circumstances(session: Session) -> Entering:
    return entering(session, confirm=True, reason="A slip.")


def begin(session: Session, patient: PatientRow, **fields: Any) -> InfusionRow:
    draft = replace(InfusionDraft(START, "in_progress", product=PRODUCT), **fields)
    saved = entries.create(
        circumstances(session), INFUSION, patient=patient, row_id=None, draft=draft
    )
    return saved.row


def a_draft(infusion: InfusionRow, *, size: float = 10, part: float = 1, **more: Any) -> VialDraft:
    used_ml = round(size * 10 * part, 1)
    content: dict[str, Any] = {"lot": "A", "expires_on": NOW.date(), "started_at": START, **more}
    wasted = {"wasted_ml": size * 10 - used_ml, "waste_reason": "Rest."}
    return VialDraft(infusion.id, PRODUCT, nominal_g=size, used_ml=used_ml, **wasted, **content)


def enter(session: Session, infusion: InfusionRow, draft: VialDraft) -> VialRow:
    patient = session.get_one(PatientRow, infusion.patient_id)
    return entries.create(
        circumstances(session), VIAL, patient=patient, row_id=None, draft=draft
    ).row


@pytest.fixture
def patient(session: Session) -> PatientRow:
    return a_patient(session, a_clinic(session))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "amend", "void", "complete", "void infusion"]),
        st.integers(0, 5),
        st.sampled_from([2.5, 5, 10, 20]),
        st.floats(0, 1),
        st.sampled_from(["A", "B", "a-1", "A1"]),
    ),
    min_size=1,
    max_size=8,
)


def step(session: Session, infusions: list[InfusionRow], todo: tuple[Any, ...]) -> None:
    what, number, size, part, lot = todo
    infusion = infusions[number % 2]
    vials = vials_of(session, infusion.id)
    vial = vials[number % len(vials)] if vials else None
    now = circumstances(session)
    if what == "add":
        enter(session, infusion, a_draft(infusion, size=size, part=part, lot=lot))
    elif what == "amend" and vial is not None:
        draft = a_draft(infusion, size=size, part=part, lot=lot)
        entries.amend(now, VIAL, row=vial, draft=draft)
    elif what == "void" and vial is not None:
        entries.void(now, VIAL, vial)
    elif what == "complete":
        draft = replace(INFUSION.draft_of(infusion), status="completed")
        entries.amend(now, INFUSION, row=infusion, draft=draft)
    elif what == "void infusion":
        entries.void(now, INFUSION, infusion)


def check(session: Session, infusion: InfusionRow) -> None:
    session.expire_all()
    vials = vials_of(session, infusion.id)
    sums = sums_of([facts_of(vial) for vial in vials])
    assert round(sums.used_g + sums.wasted_g, 6) == sums.nominal_g
    assert (infusion.dose_g or 0) == sums.used_g
    uses = session.scalars(select(LotUseRow.lot_key).where(LotUseRow.infusion_id == infusion.id))
    assert sorted(uses) == sorted({lot_key(vial.lot) for vial in vials})
    if infusion.voided_at is None:
        assert set(infusion.lot_numbers) == {vial.lot for vial in vials}
    else:
        assert vials == []


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_grams_of_vials_are_grams_infused_and_wasted(
    session: Session, patient: PatientRow, steps: list[tuple[Any, ...]]
) -> None:
    infusions = [begin(session, patient), begin(session, patient, product=None)]
    for todo in steps:
        try:
            with session.begin_nested():
                step(session, infusions, todo)
        except (RuleViolation, Conflict):
            session.expire_all()  # refused as a whole, as a request is
        check_live(session, infusions)


def check_live(session: Session, infusions: list[InfusionRow]) -> None:
    for infusion in infusions:
        if infusion.voided_at is None:
            check(session, infusion)
        else:
            assert vials_of(session, infusion.id) == []


# --- several at once -----------------------------------------------------------------------------


def test_an_infusion_follows_once_however_many_vials_come_together(
    session: Session, patient: PatientRow
) -> None:
    now = circumstances(session)
    with following_later(now):
        infusion = begin(session, patient, status="completed", dose_g=25.0)
        for size in (10, 10, 5):
            enter(session, infusion, a_draft(infusion, size=size))
        assert infusion.version == 1
    assert (infusion.version, infusion.dose_g, infusion.lot_numbers) == (2, 25, ["A"])


def test_what_was_stated_together_with_vials_must_agree(
    session: Session, patient: PatientRow
) -> None:
    now = circumstances(session)

    def enter_both() -> None:
        with following_later(now):
            infusion = begin(session, patient, dose_g=25.0, lot_numbers=("B",))
            enter(session, infusion, a_draft(infusion, size=20))

    with pytest.raises(RuleViolation) as refused:
        enter_both()
    assert {fault.field for fault in refused.value.faults} == {
        "infusion.dose_g",
        "infusion.lot_numbers",
    }


def test_infusions_without_vials_are_left_as_they_were_stated(
    session: Session, patient: PatientRow
) -> None:
    with following_later(circumstances(session)):
        infusion = begin(session, patient, dose_g=25.0, lot_numbers=("B",))
    assert (infusion.dose_g, infusion.lot_numbers) == (25, ["B"])


# --- the catalogue -------------------------------------------------------------------------------


def test_the_concentration_is_that_of_the_day_of_the_entry(
    session: Session, patient: PatientRow
) -> None:
    infusion = begin(session, patient)
    vial = enter(session, infusion, a_draft(infusion))
    product = find_by_key(session, patient.clinic_id, PRODUCT)
    assert product is not None
    strength = {"concentration_mg_per_ml": 50.0}
    history.amend(session, product, strength, change=circumstances(session).change)
    draft = replace(VIAL.draft_of(vial), looks_right=True)
    entries.amend(circumstances(session), VIAL, row=vial, draft=draft)
    assert (vial.concentration_mg_per_ml, vial.looks_right) == (100, True)


def test_a_vial_stays_with_its_infusion(session: Session, patient: PatientRow) -> None:
    first, second = begin(session, patient), begin(session, patient)
    vial = enter(session, first, a_draft(first))
    draft = replace(VIAL.draft_of(vial), infusion_id=second.id)
    with pytest.raises(RuleViolation, match="void it and enter it anew"):
        entries.amend(circumstances(session), VIAL, row=vial, draft=draft)


def test_the_only_vial_can_be_of_another_product(session: Session, patient: PatientRow) -> None:
    infusion = begin(session, patient)
    vial = enter(session, infusion, a_draft(infusion))
    draft = replace(VIAL.draft_of(vial), product="gammagard-liquid")
    entries.amend(circumstances(session), VIAL, row=vial, draft=draft)
    assert infusion.product == "gammagard-liquid"
    enter(session, infusion, replace(a_draft(infusion), product="gammagard-liquid"))
    with pytest.raises(RuleViolation, match="is not gammagard-liquid"):
        entries.amend(circumstances(session), VIAL, row=vial, draft=replace(draft, product=PRODUCT))


def test_a_serial_is_one_of_its_gtin(session: Session, patient: PatientRow) -> None:
    infusion = begin(session, patient)
    one, other = "09501101530003", "00344206437100"
    same = [(one, one), (one, None), (None, one), (None, None)]
    for number, (stored, sent) in enumerate(same):
        serial = f"S{number}"
        enter(session, infusion, a_draft(infusion, serial=serial, gtin=stored))
        with pytest.raises(RuleViolation, match="entered before"):
            enter(session, infusion, a_draft(infusion, serial=serial, gtin=sent))
    enter(session, infusion, a_draft(infusion, serial="S0", gtin=other))
    assert len(vials_of(session, infusion.id)) == len(same) + 1


def test_the_second_of_two_vials_at_once_is_refused_by_its_serial(
    session: Session, patient: PatientRow
) -> None:
    infusion = begin(session, patient)
    other = begin(session, a_patient(session, session.get_one(ClinicRow, patient.clinic_id)))
    same = {"serial": "S-1", "gtin": "09501101530003"}
    draft = a_draft(infusion, **same)
    checked: list[int] = []

    def check_then_another_enters(*about: Any, **more: Any) -> list[Fault]:
        faults = VIAL.check(*about, **more)
        checked.append(len(faults))
        if len(checked) == 1:
            enter(session, other, a_draft(other, **same))
        return faults

    entry = replace(VIAL, check=check_then_another_enters)
    with pytest.raises(RuleViolation, match="entered before"):
        entries.create(circumstances(session), entry, patient=patient, row_id=None, draft=draft)
    assert checked == [0, 1]
    assert vials_of(session, infusion.id) == []
