"""What must be so before the service listens: nothing weak is started without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from app.cli.progress import say
from app.errors import CommandRefused
from app.kit.origin import is_loopback, parse_origin

if TYPE_CHECKING:
    from app.config import Settings

_RETIRED: Final = {
    "IVIG_ALLOW_OPEN_ACCESS": (
        "it no longer exists. It let everybody read and change every record; now people sign in"
        " (`ivig user add` makes the first account). Remove it from the environment."
    ),
}


def require_safe_start(settings: Settings, host: str, environment: Mapping[str, str]) -> None:
    """Refuse to listen where strangers could read along or the keys are somewhere by chance.

    A proxy that is not named is no danger, so it is only warned of: nothing that it says of a
    client's address is believed (`app/cli/serving.py`), not even from this machine.

    Raises
    ------
    CommandRefused
        Says what is missing, and what to set.
    """
    from app.accounts.oidc_provider import require_whole

    for name, reason in _RETIRED.items():
        if name in environment:
            raise CommandRefused(f"{name} is set, but {reason}")
    require_whole(settings)
    origin = parse_origin(settings.origin) if settings.origin else None
    if is_loopback(host) and (origin is None or is_loopback(origin.host)):
        return
    if origin is None or not origin.is_secure:
        found = "is not set" if origin is None else f"is {origin}"
        raise CommandRefused(
            f"{host} can be reached from other machines, but IVIG_ORIGIN {found}. Set it to the"
            " https address that people use, such as https://ivig.example.org, and let a proxy"
            " that speaks TLS pass requests on; or serve on 127.0.0.1 for this machine alone."
        )
    if settings.key_file is None and settings.keys is None:
        raise CommandRefused(
            f"{origin} can be reached from other machines, but no key is configured. Set"
            " IVIG_KEY_FILE to the file with the keys, kept apart from the database, or IVIG_KEYS"
            " to its content."
        )
    if not settings.proxy_addresses:
        say(
            f"Warning: {origin} means a proxy in front, but IVIG_PROXY_ADDRESSES is not set: no"
            " proxy is believed, everybody seems to come from one address, and its limits on"
            " passwords and on beginning to sign in count for all together. Name the proxy, such"
            " as IVIG_PROXY_ADDRESSES=127.0.0.1."
        )
