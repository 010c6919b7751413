from __future__ import annotations

import itertools
import sys

import pytest

from app.cli import progress as module
from app.cli.progress import progress


def test_quick_work_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        for done in range(101):
            report("Loading", done, 100)
    assert capsys.readouterr() == ("", "")


def test_long_work_says_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count(0, 4)
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(seconds)))
    with progress() as report:
        for done in range(0, 101, 20):
            report("Loading", done, 100)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "Loading: 60 %\n"


def test_nothing_to_do_is_no_division_by_zero(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        report("Loading", 0, 0)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_bars_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress() as report:
        report("Reading", 1, 2)
        report("Reading", 2, 2)
        report("Loading", 0, 0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Reading" in captured.err
