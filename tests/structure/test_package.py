"""The package carries everything that the program needs when there is no repository around it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.repository import ROOT, files, named


def test_the_wheel_holds_every_file_of_the_program(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, capture_output=True, check=True, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {named(p) for p in files() if named(p).startswith(("app/", "migrations/"))}
    assert wanted
    assert wanted - packed == set()
