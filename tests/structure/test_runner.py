"""`.ci/dev.py` finds what the tests need, asks before it installs, and never waits for nobody."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.repository import ROOT

Finished = subprocess.CompletedProcess[str]
ASK = "import dev; dev._provide_browser(yes={yes})"
PINS = "import dev, pathlib, sys; print(*sorted(dev._pins(pathlib.Path(sys.argv[1]))), sep='|')"


@dataclass
class Machine:
    """A machine with the programs in `folder` and no other."""

    folder: Path

    def has(self, name: str, script: str = "exit 0") -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def run(
        self, code: str, *arguments: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            check=False,
            env={"PATH": str(self.folder), "PYTHONPATH": str(ROOT / ".ci"), **environment},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=20,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_the_machine_is_enough(name: str, machine: Machine) -> None:
    machine.has(name)
    assert machine.run(ASK.format(yes=False)).returncode == 0


def test_a_named_browser_is_enough(machine: Machine) -> None:
    named = machine.has("my-browser")
    assert machine.run(ASK.format(yes=False), IVIG_TEST_CHROMIUM=str(named)).returncode == 0


def test_a_named_browser_that_is_not_there_is_refused(machine: Machine) -> None:
    machine.has("chromium")
    finished = machine.run(ASK.format(yes=True), IVIG_TEST_CHROMIUM="/nowhere/chromium")
    assert finished.returncode == 1
    assert "/nowhere/chromium" in finished.stderr


def test_without_apt_get_it_says_what_to_install(machine: Machine) -> None:
    finished = machine.run(ASK.format(yes=True))
    assert finished.returncode == 1
    assert "`chromium`" in finished.stderr


def test_nothing_is_installed_when_nobody_can_agree(machine: Machine, tmp_path: Path) -> None:
    machine.has("apt-get", f'echo "$@" >> {tmp_path}/asked')
    machine.has("sudo", '[ "$1" = -n ] && shift; exec "$@"')
    finished = machine.run(ASK.format(yes=False))
    assert finished.returncode == 1
    assert "--yes" in finished.stderr
    assert not (tmp_path / "asked").exists()


def test_with_yes_it_installs_and_asks_nobody(machine: Machine, tmp_path: Path) -> None:
    machine.has("apt-get", f'echo "$@" >> {tmp_path}/asked')
    machine.has("sudo", '[ "$1" = -n ] && shift; exec "$@"')
    assert machine.run(ASK.format(yes=True)).returncode == 0
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in asked] == ["update", "install"]
    assert "chromium" in asked[1].split()


def test_a_failed_installation_fails(machine: Machine) -> None:
    machine.has("apt-get", "exit 100")
    machine.has("sudo", "exit 1")
    finished = machine.run(ASK.format(yes=True))
    assert finished.returncode == 1
    assert "apt-get" in finished.stderr


def test_pins_are_compared_without_hashes_and_origins(machine: Machine, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "one==1.0 \\\n    --hash=sha256:00\n    # via two\n"
        "two==2.0 ; python_version < '3.12' \\\n    --hash=sha256:11\n",
        encoding="utf-8",
    )
    finished = machine.run(PINS, str(lock))
    assert finished.stdout.strip() == "one==1.0|two==2.0 ; python_version < '3.12'"


@pytest.mark.parametrize("command", ["check", "fix", "lock"])
def test_an_argument_that_means_nothing_is_refused(command: str) -> None:
    finished = subprocess.run(
        [sys.executable, ROOT / ".ci" / "dev.py", command, "--hurry"],
        capture_output=True,
        check=False,
        env=dict(os.environ),
        text=True,
    )
    assert finished.returncode == 1
    assert "--hurry" in finished.stderr
