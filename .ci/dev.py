#!/usr/bin/env python3
"""The one runner: everything that people and CI do with this repository goes through here.

It needs Python 3.11 or newer with pip, and nothing else: the rest is installed into `.venv`
from the lock files, which hold the hash of every file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
STAMP: Final = VENV / "ivig-installed.json"
OLDEST_PYTHON: Final = (3, 11)

# What each lock file is made from. The later ones keep to the pins of the first.
LOCKS: Final = {
    "requirements.txt": ("pyproject.toml",),
    "requirements-build.txt": ("--group", "pyproject.toml:build"),
    "requirements-dev.txt": ("--group", "pyproject.toml:dev", "pyproject.toml"),
}
Command = Sequence[str | Path]
INSTALLED: Final = {
    "runtime": ("requirements.txt", "requirements-build.txt"),
    "dev": ("requirements-dev.txt",),
}
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAX_TEST_PROCESSES: Final = 4


def main() -> int:
    """Do what the command line asks for, and return the exit status."""
    arguments, rest = _parser().parse_known_args()
    if rest and arguments.command in ("check", "fix", "lock", "words"):
        _fail(f"{arguments.command} takes no {' '.join(rest)}")
    if arguments.command in ("demo", "run"):
        set_up("runtime")
        return serve(arguments.command, rest)
    set_up("dev")
    if arguments.command == "test":
        return test(rest, yes=arguments.yes or os.environ.get("CI") == "true")
    return {"check": check, "fix": fix, "lock": lock, "words": words}[arguments.command]()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=".ci/dev.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="locks, lint, format, types, import contracts, words")
    testing = commands.add_parser(
        "test", help="run all tests; arguments after it go to pytest", add_help=False
    )
    testing.add_argument("--yes", action="store_true", help="install what the tests need")
    commands.add_parser("fix", help="format, and mend what lint can mend")
    commands.add_parser("lock", help="write the lock files anew after a change of dependencies")
    commands.add_parser("words", help="collect the messages of the code for translators")
    commands.add_parser("run", help="migrate the database and serve it", add_help=False)
    commands.add_parser("demo", help="serve the simulated sample clinic", add_help=False)
    return parser


# --- setting up -------------------------------------------------------------------------------


def set_up(level: str) -> None:
    """Bring `.venv` to what the lock files say; quick when it is there already."""
    if sys.version_info < OLDEST_PYTHON:
        _fail(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is {_version()}."
        )
    wanted = {"level": level, "key": _lock_key()}
    if _installed() in (wanted, wanted | {"level": "dev"}):
        return
    _say(f"Setting up .venv with Python {_version()} ({level} packages), a minute or two ...")
    if not _is_of_this_python():
        _must([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    STAMP.unlink(missing_ok=True)
    locked = [part for name in INSTALLED[level] for part in ("-r", ROOT / name)]
    # The lock is complete, so nothing is resolved; byte code is made when it is first needed.
    quick = ("--no-deps", "--no-compile", "--only-binary", ":all:")
    _pip("install", "--require-hashes", *quick, *locked)
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def _installed() -> object:
    if not (PYTHON.exists() and STAMP.exists()):
        return None
    return json.loads(STAMP.read_text(encoding="utf-8"))


def _is_of_this_python() -> bool:
    """Say whether `.venv` exists, works, and was made by a Python of this version."""
    if not PYTHON.exists():
        return False
    asked: Command = [PYTHON, "-c", "import platform; print(platform.python_version())"]
    answer = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
    return str(answer).strip() == _version()


def _lock_key() -> str:
    """Return a fingerprint of everything that decides what is installed."""
    digest = hashlib.sha256(f"{_version()} {ROOT}".encode())
    for name in (*LOCKS, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _pip(*arguments: str | Path) -> None:
    """Run this Python's pip on the packages of `.venv`, which needs none of its own."""
    quiet = ("-qq", "--disable-pip-version-check", "--no-input")
    command = [sys.executable, "-m", "pip", "--python", PYTHON, *arguments, *quiet]
    # Root in a container is as good as anybody: the packages go into .venv.
    _must(command, environment={"PIP_ROOT_USER_ACTION": "ignore"})


def _version() -> str:
    return platform.python_version()


# --- commands ---------------------------------------------------------------------------------


def serve(command: str, rest: Sequence[str]) -> int:
    """Become `ivig demo`, or `ivig serve` on a migrated database."""
    ivig = VENV / "bin" / "ivig"
    if command == "demo":
        return _become([ivig, "demo", *rest])
    _must([ivig, "migrate"])
    return _become([ivig, "serve", *rest])


def test(rest: Sequence[str], *, yes: bool) -> int:
    """Run pytest: everything with the coverage gate, or what `rest` asks for."""
    pytest: list[str | Path] = [PYTHON, "-m", "pytest", *rest]
    if not rest:
        _provide_browser(yes=yes)
        processes = min(MAX_TEST_PROCESSES, os.cpu_count() or 1)
        # The tests of a file share what they ask: on one process it is made once. The files come
        # in the order of tests/conftest.py, the long ones first, and not by how many tests they
        # have: so no process is left with a long one while the others have nothing to do.
        pytest += ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
        pytest += ["--cov", "--cov-report=term", "--cov-fail-under=100"]
    # The tests start some hundred programs: compiled once, each starts in half the time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.chdir(ROOT)
    return _become(pytest)


def check() -> int:
    """Run every check that is no test, all of them even if one fails."""
    tools = VENV / "bin"
    checks: dict[str, Command] = {
        "lint": [tools / "ruff", "check", "."],
        "format": [tools / "ruff", "format", "--check", "."],
        "types": [tools / "mypy"],
        "imports": [tools / "lint-imports", "--no-logo"],
        "words": [PYTHON, ROOT / ".ci" / "words.py", "--check"],
    }
    failed = [] if lock_is_current() else ["lock"]
    for name, command in checks.items():
        _say(f"--- {name}")
        if subprocess.run(command, check=False, cwd=ROOT).returncode:
            failed.append(name)
    _say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def fix() -> int:
    """Mend what can be mended without a person."""
    ruff = VENV / "bin" / "ruff"
    mended = subprocess.run([ruff, "check", "--fix", "."], check=False, cwd=ROOT).returncode
    formatted = subprocess.run([ruff, "format", "."], check=False, cwd=ROOT).returncode
    return max(mended, formatted)


def lock() -> int:
    """Write the lock files anew, keeping every pin that still fits."""
    for name in LOCKS:
        # A relative path, because the file says what it was constrained by.
        _compile(name, Path())
    return 0


def words() -> int:
    """Bring the template and the catalogues of every language to the messages of the code."""
    return subprocess.run([PYTHON, ROOT / ".ci" / "words.py"], check=False, cwd=ROOT).returncode


# --- locks ------------------------------------------------------------------------------------


def lock_is_current() -> bool:
    """Say whether the lock files pin what pyproject.toml asks for, and name no host."""
    _say("--- lock")
    current = True
    with tempfile.TemporaryDirectory() as folder:
        for name in LOCKS:
            # The pins at hand are kept where they fit, so a newer release changes nothing.
            shutil.copyfile(ROOT / name, Path(folder) / name)
        for name in LOCKS:
            _compile(name, Path(folder))
            differing = _pins(ROOT / name) ^ _pins(Path(folder) / name)
            if differing:
                _say(f"{name} is not what pyproject.toml asks for: {', '.join(sorted(differing))}")
                _say("Write it anew with: python3 .ci/dev.py lock")
                current = False
    return current


def _compile(name: str, folder: Path) -> None:
    uv = VENV / "bin" / "uv"
    oldest = ".".join(map(str, OLDEST_PYTHON))
    # The certificates of this machine, as pip uses them.
    style = ("--quiet", "--system-certs", "--universal", "--generate-hashes", "--no-header")
    first = folder / "requirements.txt"
    constraint = () if name == first.name else ("--constraint", first)
    target = ("--python-version", oldest, "--output-file", folder / name)
    _must([uv, "pip", "compile", *style, *constraint, *target, *LOCKS[name]])


def _pins(path: Path) -> set[str]:
    """Return the pins of a lock file with their markers, without hashes and origins."""
    pin = re.compile(r"^[a-z0-9][^\s=]*==[^\\\n]*", re.MULTILINE | re.IGNORECASE)
    return {match.strip() for match in pin.findall(path.read_text(encoding="utf-8"))}


# --- what the tests need beyond Python packages -----------------------------------------------


def _provide_browser(*, yes: bool) -> None:
    """Find a browser for the tests of the pages, or install one with leave."""
    named = os.environ.get("IVIG_TEST_CHROMIUM")
    if named:
        if shutil.which(named) is None:
            _fail(f"IVIG_TEST_CHROMIUM names {named}, which is not a program here.")
        return
    if any(shutil.which(name) for name in BROWSERS):
        return
    advice = (
        "The tests of the pages need Chromium: install the package `chromium`, or name a "
        "Chromium or Chrome with IVIG_TEST_CHROMIUM=/path/to/it."
    )
    prefix = _apt_prefix(yes=yes)
    if prefix is None:
        _fail(f"{advice} This command cannot: it needs apt-get, and to be root or have sudo.")
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    if not (yes or _agreed(" ".join(install))):
        _fail(f"{advice} `--yes` lets this command install it.")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    _must([*prefix, "apt-get", "update", "--quiet"], environment=environment)
    _must([*install, "--quiet"], environment=environment)


def _apt_prefix(*, yes: bool) -> list[str] | None:
    """Return how to run apt-get with the rights that it needs; None if there is no way."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    # Nobody is there to type a password where the answer was given beforehand.
    return ["sudo", "-n"] if yes else ["sudo"]


def _agreed(command: str) -> bool:
    if not sys.stdin.isatty():
        return False
    answer = input(f"The tests of the pages need Chromium. Run `{command}` now? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


# --- small things -----------------------------------------------------------------------------


def _must(command: Command, *, environment: dict[str, str] | None = None) -> None:
    """Run a command in the root of the repository; if it fails, so do we."""
    surroundings = os.environ | (environment or {})
    finished = subprocess.run(command, check=False, cwd=ROOT, env=surroundings)
    if finished.returncode:
        _fail(f"This failed: {' '.join(map(str, command))}")


def _become(command: Command) -> NoReturn:
    """Replace this process, so that keys, signals and the last line are the command's own."""
    sys.stdout.flush()
    os.execv(command[0], [str(part) for part in command])


def _say(line: str) -> None:
    print(line, flush=True)


def _fail(reason: str) -> NoReturn:
    print(reason, file=sys.stderr, flush=True)
    raise SystemExit(1)


if __name__ == "__main__":
    raise SystemExit(main())
