"""`serve`, `worker` and `demo` as processes: they answer, and stop in order."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import ROOT, Ivig

WAIT_SECONDS = 300
ROLES = (
    "patient",
    "proxy",
    "nurse",
    "physician",
    "coordinator",
    "pharmacist",
    "administrator",
)
OF_HERS = "Wanda-Weak-1976"


@contextmanager
def running(
    arguments: list[str], folder: Path, *, until: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `ivig` and give it once it has printed a line with `until`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
    )
    watchdog = threading.Timer(WAIT_SECONDS, process.kill)
    watchdog.start()
    try:
        printed = ""
        assert process.stdout is not None
        for line in process.stdout:
            printed += line
            if until in line:
                break
        assert until in printed, printed
        yield process, printed
    finally:
        process.kill()
        process.wait()
        watchdog.cancel()
        assert process.stdout is not None
        process.stdout.close()


def address_in(printed: str) -> str:
    found = re.search(r"http://localhost:\d+", printed)
    assert found is not None, printed
    return found.group()


def links_in(printed: str) -> dict[str, str]:
    """Return the secret of every link that the demo printed, by the role before it."""
    found: dict[str, str] = {}
    for role, secret in re.findall(
        r"^  (\w+): .*\n +http://\S+/sign-in/link#(\S+)$", printed, re.MULTILINE
    ):
        found[f"{role} 2" if role in found else role] = secret
    return found


def patients_of(address: str, secret: str) -> int:
    """Sign in by a link and count the patients that are listed."""
    api = f"{address}/api/v1"
    signed_in = httpx.post(f"{api}/sign-in/link", json={"secret": secret}, timeout=30)
    assert signed_in.status_code == 200, signed_in.text
    headers = {"cookie": signed_in.headers["set-cookie"].partition(";")[0]}
    listed = httpx.get(f"{api}/patients?limit=500", headers=headers, timeout=30)
    return len(listed.json()["items"])


@pytest.fixture
def place(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Give a folder with the database that `ivig migrate` makes there."""
    shutil.copyfile(migrated_sqlite, tmp_path / "ivig.db")
    return tmp_path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_stops(place: Path, number: signal.Signals) -> None:
    with running(["serve", "--port", "0"], place, until="Serving on") as (process, printed):
        answer = httpx.get(f"{address_in(printed)}/sign-in", timeout=30)
        assert answer.status_code == 200
        process.send_signal(number)
        assert process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_worker_stops_in_order(place: Path, number: signal.Signals) -> None:
    with running(["worker"], place, until="Waiting for") as (process, _):
        process.send_signal(number)
        assert process.wait(30) == 0


def test_serve_answers_other_machines_where_it_is_set_up_for_them(place: Path) -> None:
    arguments = ["serve", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104 - the point of the test
    with running(
        arguments,
        place,
        until="Serving on http://0.0.0.0:",
        IVIG_ORIGIN="https://ivig.example.org",
        IVIG_KEY_FILE=os.environ.get("IVIG_KEY_FILE", str(place / "ivig.db.key")),
    ) as (process, printed):
        assert "for https://ivig.example.org" in printed
        port = re.search(r":(\d+)", printed)
        assert port is not None
        address = f"http://127.0.0.1:{port[1]}/sign-in"
        own = httpx.get(address, headers={"Host": "ivig.example.org"}, timeout=30)
        assert own.status_code == 200
        assert "strict-transport-security" in own.headers
        assert "server" not in own.headers
        assert httpx.get(address, timeout=30).status_code == 421
        process.terminate()
        assert process.wait(30) == 0


def test_what_is_asked_and_sent_is_in_no_log(place: Path) -> None:
    with running(["serve", "--port", "0"], place, until="Serving on") as (process, printed):
        address = address_in(printed)
        for method, path, content in (
            ("GET", f"/patients/{OF_HERS}?name={OF_HERS}", None),
            ("GET", f"/api/v1/patients?external_id={OF_HERS}", None),
            ("POST", "/api/v1/patients", f'{{"family_name": "{OF_HERS}"'),
            (
                "POST",
                "/api/v1/sign-in/password",
                f'{{"login": "{OF_HERS}"}}',
            ),
            ("PUT", f"/{OF_HERS}", f"{OF_HERS}"),
        ):
            headers = {"Cookie": f"a={OF_HERS}", "Authorization": f"Bearer {OF_HERS}"}
            answer = httpx.request(
                method, address + path, content=content, headers=headers, timeout=30
            )
            assert 300 < answer.status_code < 500
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stdout is not None
        assert OF_HERS not in printed + process.stdout.read()


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_one_line(ivig: Ivig, tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    ivig("migrate", "--database-url", url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = ivig(command, "--port", port, "--database-url", url)
    assert ran.status == 1
    assert ran.err == (
        f"ivig: Port {port} of 127.0.0.1 cannot be used: Address already in use. Choose another"
        " with --port, or 0 for a free one.\n"
    )


def test_demo_is_loaded_served_kept_and_used_again(tmp_path: Path) -> None:
    arguments = ["demo", "--port", "0", "--folder", str(tmp_path / "demo")]
    with running(arguments, tmp_path, until="Ctrl-C stops it") as (process, printed):
        address = address_in(printed)
        assert "DEMO-01" in printed
        first = links_in(printed)
        assert list(first) == [*ROLES[:3], "nurse 2", *ROLES[3:]]
        assert patients_of(address, first["physician"]) == 41
        assert patients_of(address, first["nurse 2"]) < 41
        assert patients_of(address, first["patient"]) == patients_of(address, first["proxy"]) == 1
        used = httpx.post(f"{address}/api/v1/sign-in/link", json={"secret": first["patient"]})
        assert used.status_code == 401
        assert httpx.get(f"{address}/worklist", timeout=30).status_code == 303
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    with running(arguments, tmp_path, until="Ctrl-C stops it") as (process, printed):
        assert "Loading" not in printed
        again = links_in(printed)
        assert list(again) == list(first)
        assert set(again.values()).isdisjoint(first.values())
        # The nurse used none of the first links; the new one ends it.
        sent = {"json": {"secret": first["nurse"]}, "timeout": 30}
        old = httpx.post(f"{address_in(printed)}/api/v1/sign-in/link", **sent)
        assert old.status_code == 401
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_demo_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    arguments = ["demo", "--port", "0"]
    with running(arguments, tmp_path, until="Loading the sample", TMPDIR=str(place)) as (
        process,
        _,
    ):
        assert list(place.iterdir()) != []
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert list(place.iterdir()) == []
