"""Which addresses can be the service's own, and which names it answers under."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.config import Settings
from app.kit.origin import Hosts, is_loopback, parse_origin, parse_proxies

CLINIC = Hosts(parse_origin("https://ivig.example.org"))
HERE = Hosts(None)
PLACED = Hosts(parse_origin("http://localhost:8000"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://ivig.example.org", "https://ivig.example.org"),
        ("https://IVIG.Example.org:443/", "https://ivig.example.org"),
        ("https://ivig.example.org:8443", "https://ivig.example.org:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_do(text: str, expected: str) -> None:
    assert str(parse_origin(text)) == expected
    assert Settings(origin=text).origin == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ivig.example.org", "an origin has a scheme"),
        ("ftp://ivig.example.org", "an origin has a scheme"),
        ("https://ivig.example.org/path", "an origin has a scheme"),
        ("https://user@ivig.example.org", "an origin has a scheme"),
        ("https://ivig.example.org?x", "an origin has a scheme"),
        ("http://ivig.example.org", "in clear"),
        ("http://localhost.example.org", "in clear"),
        ("http://192.168.1.7:8000", "in clear"),
    ],
)
def test_what_is_no_origin_or_a_weak_one_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_origin(text)
    with pytest.raises(ValidationError, match=reason):
        Settings(origin=text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),  # noqa: S104 - only looked at
        ("192.168.1.7", False),
        ("::", False),
        ("example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("hosts", "host", "expected"),
    [
        (HERE, "localhost:8000", True),
        (HERE, "localhost", True),
        (HERE, "127.0.0.1:8000", True),
        (HERE, "[::1]:8000", True),
        (HERE, "stranger.example", False),
        (HERE, "localhost.stranger.example", False),
        (HERE, "192.168.1.7:8000", False),
        (HERE, "localhost:8000@stranger.example", False),
        (HERE, "localhost/", False),
        (HERE, "", False),
        (PLACED, "127.0.0.1:1234", True),
        (PLACED, "stranger.example", False),
        (CLINIC, "ivig.example.org", True),
        (CLINIC, "IVIG.example.org", True),
        (CLINIC, "ivig.example.org:443", True),
        (CLINIC, "ivig.example.org:80", False),
        (CLINIC, "www.ivig.example.org", False),
        (CLINIC, "localhost:8000", False),
        (CLINIC, "127.0.0.1", False),
    ],
)
def test_a_request_under_another_name_is_not_for_us(
    hosts: Hosts, host: str, expected: bool
) -> None:
    assert hosts.answers(host) is expected


@pytest.mark.parametrize(
    ("hosts", "host", "expected"),
    [
        (HERE, "127.0.0.1:8000", "http://localhost:8000"),
        (HERE, "127.0.0.1", "http://localhost"),
        (HERE, "[::1]:8000", "http://localhost:8000"),
        (HERE, "localhost:8000", None),
        (PLACED, "127.0.0.1:8000", "http://localhost:8000"),
        (CLINIC, "ivig.example.org", None),
    ],
)
def test_bare_addresses_have_a_better_name(hosts: Hosts, host: str, expected: str | None) -> None:
    assert hosts.better(host) == expected


def test_proxies_are_addresses_and_networks_but_never_everybody() -> None:
    assert parse_proxies("") == []
    assert parse_proxies("10.0.0.4, 172.17.0.0/16,::1") == [
        "10.0.0.4/32",
        "172.17.0.0/16",
        "::1/128",
    ]
    for text in ("*", "0.0.0.0/0", "::/0", "10.0.0.4/8", "proxy.example.org"):
        with pytest.raises(ValueError, match=r"."):
            parse_proxies(text)
        with pytest.raises(ValidationError):
            Settings(proxy_addresses=text)
