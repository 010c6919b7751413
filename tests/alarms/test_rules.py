from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.alarms.rules import OTHER, SIGNS, AlarmDraft, check_alarm, check_sender, urgency_of
from app.reactions.rules import RED_FLAGS

NOW = datetime(2026, 6, 1, 11, tzinfo=UTC)


def wrong(**changes: Any) -> set[str]:
    content: dict[str, Any] = {"noticed_at": NOW, "signs": ("dark_urine",), "source": "patient"}
    draft = AlarmDraft(**{**content, **changes})
    return {f.field for f in check_alarm(draft, now=NOW, birth_date=date(1970, 5, 4))}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"signs": tuple(SIGNS)}, set()),
        ({"signs": (OTHER,)}, set()),  # nobody in trouble is asked for words
        ({"signs": ()}, {"signs"}),
        ({"signs": ("dark_urine", "dark_urine")}, {"signs"}),
        ({"signs": ("hedache",)}, {"signs"}),
        ({"source": "import"}, {"source"}),
        ({"note": " "}, {"note"}),
        ({"noticed_at": NOW + timedelta(hours=1)}, {"noticed_at"}),
    ],
)
def test_a_sign_and_a_moment_are_enough(changes: dict[str, Any], expected: set[str]) -> None:
    assert wrong(**changes) == expected


@pytest.mark.parametrize(
    ("role", "own"),
    [
        ("patient", {"patient"}),
        ("proxy", {"proxy"}),
        ("nurse", {"patient", "proxy", "staff"}),  # who writes down what they were told
    ],
)
def test_people_at_home_speak_for_themselves(role: str, own: set[str]) -> None:
    allowed = {s for s in ("patient", "proxy", "staff") if not check_sender(s, role=role)}
    assert allowed == own
    # A word that is none is named once, by the list of words.
    assert check_sender("import", role=role) == []


def test_every_sign_but_another_one_stands_for_a_red_flag() -> None:
    flags = {sign.red_flag for sign in SIGNS.values()}
    assert flags == {*RED_FLAGS, None}
    assert [key for key, sign in SIGNS.items() if sign.red_flag is None] == [OTHER]
    assert all(key == sign.key for key, sign in SIGNS.items())


def test_a_headache_alone_and_a_new_place_are_signs() -> None:
    signs = [SIGNS[key] for key in ("worst_headache", "new_place")]
    assert [(sign.urgency, sign.red_flag) for sign in signs] == [
        ("emergency", "thrombosis"),
        ("today", "new_weakness"),
    ]
    assert " or " in SIGNS["headache_stiff_neck"].words  # a stiff neck is not needed


def test_the_most_urgent_signs_come_first_and_decide() -> None:
    urgencies = [sign.urgency for sign in SIGNS.values()]
    assert urgencies == sorted(urgencies)
    assert urgency_of(["dark_urine", "chest_pain"]) == "emergency"
    assert urgency_of(["dark_urine", "hives"]) == "today"
