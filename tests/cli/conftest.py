"""The command line as a user meets it: a process of its own, or its main function."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


class Ivig:
    """Runs commands in this process, with what they print."""

    def __init__(
        self, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._captured = capfdbinary
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path) -> Ran:
        self._captured.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["ivig", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = self._captured.readouterr()
        return Ran(int(code or 0), out.decode(), err.decode())


@pytest.fixture
def ivig(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Ivig:
    return Ivig(capfdbinary, monkeypatch)


def run_process(arguments: Sequence[str | Path], folder: Path) -> Ran:
    """Run `ivig` in a process of its own in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "app", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=120,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)
