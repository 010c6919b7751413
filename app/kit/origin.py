"""The one address under which browsers know this service, and which names reach it.

Cookies with the prefix `__Host-` and passkeys belong to a host name under HTTPS. Browsers make
one exception, for `localhost` (W3C Secure Contexts, section 3.1, "Is origin potentially
trustworthy?"), and none for bare addresses (W3C Web Authentication Level 3, section 5.1.2: an
RP id is a domain).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

_ORIGIN: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>\d{1,5}))?/?"
)
_HOST: Final = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_USUAL_PORTS: Final = {"http": "80", "https": "443"}
LOCALHOST: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a web address; the port is empty where it is the usual one."""

    scheme: str
    host: str
    port: str = ""

    def __str__(self) -> str:
        """Return the origin as browsers write it."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Return host and port as the `Host` header has them."""
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def is_secure(self) -> bool:
        """Say whether nobody on the way can read or change what is sent."""
        return self.scheme == "https"


def parse_origin(text: str) -> Origin:
    """Read an origin such as ``https://ivig.example.org``.

    Raises
    ------
    ValueError
        It is no origin, or it is one of http that leads beyond this machine.
    """
    found = _ORIGIN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(
            "an origin has a scheme, a host name and perhaps a port, and nothing behind them:"
            " https://ivig.example.org"
        )
    scheme, host, port = found["scheme"], found["host"], found["port"] or ""
    if scheme == "http" and not is_loopback(host):
        raise ValueError(
            f"http://{host} would send passwords and health data in clear; use https://{host},"
            " or http://localhost for this machine alone"
        )
    return Origin(scheme, host, "" if port == _USUAL_PORTS[scheme] else port)


def is_loopback(host: str) -> bool:
    """Say whether only this machine itself can reach the host."""
    if host.lower() == LOCALHOST:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def parse_proxies(text: str) -> list[str]:
    """Read addresses and networks, such as ``10.0.0.4, 172.17.0.0/16``.

    Raises
    ------
    ValueError
        One of them is neither, or means every address: anybody could then pretend to be
        somebody else, and no limit on attempts would hold.
    """
    networks = [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("name the proxies; everybody is not one")
    return [str(network) for network in networks]


@dataclass(frozen=True, slots=True)
class Hosts:
    """Which values of the `Host` header are answered.

    Without a configured origin only the names of this machine are: a page of a stranger whose
    name suddenly leads to 127.0.0.1 (DNS rebinding) asks under its own name, and gets nothing.
    """

    origin: Origin | None

    def answers(self, host: str) -> bool:
        """Say whether a request for `host` is for this service."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        if self.origin is not None and not is_loopback(self.origin.host):
            port = found["port"] or ""
            asked = (found["host"], "" if port == _USUAL_PORTS[self.origin.scheme] else port)
            return asked == (self.origin.host, self.origin.port)
        return is_loopback(found["host"])

    def better(self, host: str) -> str | None:
        """Return the address to which a browser that asks for `host` is better sent.

        None where it is right already. `host` is one that is answered.
        """
        found = _HOST.fullmatch(host.lower())
        if found is None or found["host"] == LOCALHOST or not is_loopback(found["host"]):
            return None
        port = found["port"]
        return f"http://{LOCALHOST}:{port}" if port else f"http://{LOCALHOST}"
