from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect, Engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from app.errors import SealBroken
from app.kit.key_places import KeyPlace, KeySource
from app.kit.sealing import (
    Sealed,
    SealedDate,
    SealedJson,
    SealedText,
    blind_index,
    key_id_of,
    seal,
    unseal,
)
from app.patients.tables import PatientRow
from tests.support.clinic import a_clinic, a_patient
from tests.support.keys import a_keyring

PLACE = "patients.family_name"


def dialect_with(*seal_ids: int) -> Dialect:
    def nowhere() -> KeyPlace:
        raise AssertionError

    dialect: Any = sqlite.dialect()
    dialect.ivig_keys = KeySource(nowhere, a_keyring(*seal_ids))
    return dialect


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.text().map(lambda value: (SealedText("x"), value))
    | st.dates().map(lambda value: (SealedDate("x"), value))
    | json_values.map(lambda value: (SealedJson("x"), value))
)
def test_what_is_sealed_opens_to_the_same(case: tuple[Sealed[Any], Any]) -> None:
    kind, value = case
    dialect = dialect_with()
    token = kind.process_bind_param(value, dialect)
    assert kind.process_result_value(token, dialect) == value
    assert token is None or key_id_of(token) == 1


def test_a_token_is_read_by_any_program_that_knows_the_key() -> None:
    token = seal(a_keyring(), PLACE, b"Moreau")
    number, sealed = token.split(".")
    raw = base64.b64decode(sealed, validate=True)
    plain = AESGCM(bytes([1]) * 32).decrypt(raw[:12], raw[12:], b"patients.family_name")
    assert (number, plain, len(raw)) == ("1", b"Moreau", 12 + len("Moreau") + 16)


def test_equal_values_make_different_tokens() -> None:
    tokens = {seal(a_keyring(), PLACE, b"Moreau") for _ in range(100)}
    assert len(tokens) == 100


def test_the_newest_key_seals_and_every_other_opens() -> None:
    older = seal(a_keyring(1), PLACE, b"Moreau")
    ring = a_keyring(1, 2)
    assert key_id_of(seal(ring, PLACE, b"Moreau")) == 2
    assert unseal(ring, PLACE, older) == b"Moreau"


def altered(token: str, position: int) -> str:
    raw = bytearray(base64.b64decode(token.split(".")[1]))
    raw[position] ^= 1
    return f"1.{base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("ring", "place", "change", "reason"),
    [
        ((1,), "patients.given_name", lambda token: token, "another place"),
        ((2,), PLACE, lambda token: token, "its key 1 is missing"),
        ((1, 2), PLACE, lambda token: token.replace("1.", "2.", 1), "with key 2"),
        ((1,), PLACE, lambda token: altered(token, 0), "it was changed"),
        ((1,), PLACE, lambda token: altered(token, 12), "it was changed"),
        ((1,), PLACE, lambda token: altered(token, -1), "it was changed"),
        ((1,), PLACE, lambda token: token[:-8], "it was changed"),
        ((1,), PLACE, lambda _: "1.", "it was changed"),
        ((1,), PLACE, lambda _: "1.§", "it was changed"),
        ((1,), PLACE, lambda _: "Moreau", "it is not sealed"),
        ((1,), PLACE, lambda _: "²." + "A" * 60, "it is not sealed"),
        ((1,), PLACE, lambda _: "", "it is not sealed"),
    ],
)
def test_a_value_that_cannot_be_opened_says_where_and_not_what(
    ring: tuple[int, ...], place: str, change: Any, reason: str
) -> None:
    token = change(seal(a_keyring(), PLACE, b"Moreau"))
    with pytest.raises(SealBroken) as broken:
        unseal(a_keyring(*ring), place, token)
    assert place in str(broken.value)
    assert reason in str(broken.value)
    assert "Moreau" not in str(broken.value)
    assert broken.value.__cause__ is None


def test_nothing_stays_nothing() -> None:
    dialect = dialect_with()
    assert SealedText("x").process_bind_param(None, dialect) is None
    assert SealedText("x").process_result_value(None, dialect) is None


def test_a_broken_value_in_a_row_names_its_column(session: Session, engine: Engine) -> None:
    a_patient(session, a_clinic(session), family_name="Moreau")
    session.flush()
    stored = session.connection().execute(
        text("SELECT family_name AS name, given_name FROM patients")
    )
    assert key_id_of(stored.one().name) == 1
    session.expunge_all()
    engine.dialect.ivig_keys = KeySource(lambda: KeyPlace(None), a_keyring(2))  # type: ignore[attr-defined]
    with pytest.raises(SealBroken, match=r"patients\.external_id .* its key 1 is missing"):
        session.query(PatientRow).one()


class TestSql:
    @pytest.mark.parametrize(
        "compare",
        [
            lambda column: column == "Moreau",
            lambda column: column != "Moreau",
            lambda column: column < "Moreau",
            lambda column: column.like("M%"),
            lambda column: column.in_(["Moreau"]),
            lambda column: column.desc(),
            lambda column: column.collate("C"),
        ],
    )
    def test_tokens_are_not_compared(self, compare: Any) -> None:
        with pytest.raises(TypeError, match=r"not compared or ordered by in SQL"):
            compare(PatientRow.family_name)

    def test_whether_there_is_a_value_may_be_asked(self) -> None:
        assert str(PatientRow.family_name.is_(None)) == "patients.family_name IS NULL"
        assert str(PatientRow.family_name.is_not(None)) == "patients.family_name IS NOT NULL"


class TestBlindIndex:
    def test_the_same_text_is_found_again(self) -> None:
        ring = a_keyring()
        assert blind_index(ring, "logins", "anna") == blind_index(a_keyring(1, 2), "logins", "anna")

    def test_another_text_place_or_database_has_another(self) -> None:
        ring = a_keyring()
        other = type(ring)(seal=ring.seal, index=b"j" * 32, audit=ring.audit)
        found = {
            blind_index(ring, "logins", "anna"),
            blind_index(ring, "logins", "Anna"),
            blind_index(ring, "patients.external_id", "anna"),
            blind_index(ring, "logins\x00a", "nna"),
            blind_index(other, "logins", "anna"),
        }
        assert len(found) == 5
        assert {len(index) for index in found} == {32}

    def test_it_is_the_hmac_that_the_documentation_says(self) -> None:
        # `printf 'logins\0anna' | openssl dgst -sha256 -hmac iiii...` (32 times i), cut to 32.
        assert blind_index(a_keyring(), "logins", "anna") == "2029229553fd163d22c0371bfbbb12da"

    def test_a_patient_keeps_theirs_with_their_identifier(self, session: Session) -> None:
        patient = a_patient(session, a_clinic(session), external_id="P-1")
        session.flush()
        before = patient.external_id_index
        assert before == blind_index(a_keyring(), "patients.external_id", "P-1")
