from __future__ import annotations

import pytest

from app.accounts.device import device_label

LABELS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15.5; rv:140.0) Gecko/20100101 Firefox/140.0": (
        "Firefox on Mac"
    ),
    "Firefox": "Firefox",
    "Android": "Android",
    "curl/8.14 <script>": "another program",
    "": "another program",
}


@pytest.mark.parametrize("said", LABELS)
def test_a_person_recognises_the_device(said: str) -> None:
    assert device_label(said) == LABELS[said]


def test_a_program_may_say_nothing() -> None:
    assert device_label(None) == "another program"
