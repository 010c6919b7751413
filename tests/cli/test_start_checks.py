"""What must be so before the service listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.start_checks import require_safe_start
from app.config import Settings
from app.errors import CommandRefused
from tests.cli.conftest import Ivig

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only looked at
HERE = "127.0.0.1"
CLINIC = "https://ivig.example.org"
KEYS = Path("/run/secrets/ivig-keys")


def settings(origin: str | None = None, key_file: Path | None = None) -> Settings:
    return Settings(origin=origin, key_file=key_file, keys=None)


@pytest.mark.parametrize("host", [HERE, "localhost", "::1"])
@pytest.mark.parametrize("origin", [None, "http://localhost:8000"])
def test_this_machine_alone_needs_no_setting(host: str, origin: str | None) -> None:
    require_safe_start(settings(origin), host, {})


def test_other_machines_need_https_and_a_key() -> None:
    require_safe_start(settings(CLINIC, KEYS), EVERYWHERE, {})
    require_safe_start(Settings(origin=CLINIC, keys="{}"), EVERYWHERE, {})


@pytest.mark.parametrize("host", [EVERYWHERE, "192.168.1.7", "::", "ivig.example.org"])
@pytest.mark.parametrize(
    ("origin", "found"),
    [(None, "IVIG_ORIGIN is not set"), ("http://localhost:8000", "IVIG_ORIGIN is http://local")],
)
def test_without_https_nobody_else_is_served(host: str, origin: str | None, found: str) -> None:
    with pytest.raises(CommandRefused, match=found) as refused:
        require_safe_start(settings(origin, KEYS), host, {})
    assert "https" in str(refused.value)


@pytest.mark.parametrize("host", [EVERYWHERE, HERE])
def test_without_a_configured_key_no_clinic_is_served(host: str) -> None:
    with pytest.raises(CommandRefused, match="IVIG_KEY_FILE"):
        require_safe_start(settings(CLINIC), host, {})


@pytest.mark.parametrize("host", [EVERYWHERE, HERE])
def test_a_proxy_that_is_not_named_is_warned_of(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    require_safe_start(settings(CLINIC, KEYS), host, {})
    said = capsys.readouterr().err
    assert said.startswith("Warning: https://ivig.example.org")
    assert "IVIG_PROXY_ADDRESSES is not set" in said
    assert said.count("\n") == 1


def test_a_named_proxy_and_a_single_machine_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    named = Settings(origin=CLINIC, key_file=KEYS, keys=None, proxy_addresses="127.0.0.1")
    require_safe_start(named, HERE, {})
    require_safe_start(settings(), HERE, {})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", ["true", "false", ""])
def test_the_switch_that_opened_everything_is_gone_and_says_so(value: str) -> None:
    environment = {"IVIG_ALLOW_OPEN_ACCESS": value}
    with pytest.raises(CommandRefused, match="IVIG_ALLOW_OPEN_ACCESS is set, but it no longer"):
        require_safe_start(settings(CLINIC, KEYS), HERE, environment)


def test_the_command_says_it_in_one_line_and_stops(
    ivig: Ivig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    ran = ivig("serve", "--host", EVERYWHERE, "--port", "0", "--database-url", url)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "IVIG_ORIGIN is not set" in ran.err
    monkeypatch.setenv("IVIG_ORIGIN", "http://ivig.example.org")
    ran = ivig("serve", "--port", "0", "--database-url", url)
    assert ran.status == 2
    assert "IVIG_ORIGIN" in ran.err
    assert "in clear" in ran.err
