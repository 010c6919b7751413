"""Words about people, their accounts, and what they entered. Nothing here decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from markupsafe import Markup

from app.web.format import MISSING, format_instant, format_iso_date, format_number
from app.web.i18n import N_, Words, ngettext
from app.web.i18n import gettext as _
from app.web.terms import field_of

WAYS: Final = Words(
    {
        "passkey": N_("passkey"),
        "password": N_("password and code"),
        "recovery": N_("recovery code"),
        "link": N_("link"),
        "oidc": N_("organisation"),
    }
)

_MEMBERSHIPS: Final = Words(
    {
        "self": N_("the patient"),
        "member": N_("cares for the patient"),
        "emergency": N_("opened the record in an emergency"),
        "visit": N_("is assigned to a visit"),
    }
)
_PROXIES: Final = Words(
    {
        "": N_("stands in"),
        "see": N_("stands in and may see everything"),
        "report": N_("stands in and may report for the patient"),
        "see+report": N_("stands in and may see everything and report for the patient"),
    }
)
ROLES: Final = Words(
    {
        "patient": N_("patient"),
        "proxy": N_("proxy"),
        "nurse": N_("nurse"),
        "physician": N_("physician"),
        "coordinator": N_("coordinator"),
        "pharmacist": N_("pharmacist"),
        "administrator": N_("administrator"),
    }
)
STATUSES: Final = Words(
    {"active": N_("active"), "disabled": N_("disabled"), "invited": N_("invited")}
)
"""How an account stands."""
_UNITS: Final = {
    "_g_per_kg": "g/kg",
    "_mg_per_ml": "mg/mL",
    "_ml_per_h": "mL/h",
    "_kg": "kg",
    "_ml": "mL",
    "_g": "g",
    "_days": "days",
}
_DAYS: Final = Words({"days": N_("days")})


class HasWays(Protocol):
    """What an account signs in with."""

    @property
    def passkeys(self) -> int: ...
    @property
    def has_password(self) -> bool: ...
    @property
    def has_totp(self) -> bool: ...
    @property
    def identities(self) -> int: ...
    @property
    def recovery_codes(self) -> int: ...


class Membership(Protocol):
    """A place on a care team."""

    @property
    def kind(self) -> str: ...
    @property
    def scope(self) -> Sequence[str] | None: ...


def drawing(svg: str) -> Markup:
    """Let a drawing of our own stand in a page as it is."""
    return Markup(svg)  # noqa: S704 - made by the library that draws QR codes, from our own text


def in_groups(text: str, size: int = 4) -> str:
    """Write a long key so that it can be read out."""
    return " ".join(text[i : i + size] for i in range(0, len(text), size))


def format_ways(ways: HasWays) -> str:
    """Write what an account signs in with."""
    parts = [
        ngettext("%(num)s passkey", "%(num)s passkeys", ways.passkeys) if ways.passkeys else "",
        _("password and app") if ways.has_password and ways.has_totp else "",
        _("organisation") if ways.identities else "",
        _codes_left(ways.recovery_codes) if ways.recovery_codes else "",
    ]
    return ", ".join(part for part in parts if part)


def _codes_left(number: int) -> str:
    return ngettext("%(num)s recovery code left", "%(num)s recovery codes left", number)


def format_role(role: str) -> str:
    """Write what somebody is to the clinic."""
    return ROLES.get(role) or role


def format_membership(row: Membership) -> str:
    """Write what somebody is on a care team."""
    if row.kind != "proxy":
        return _MEMBERSHIPS.get(row.kind) or row.kind
    return _PROXIES["+".join(sorted(row.scope or (), reverse=True))]


def field_label(name: str) -> str:
    """Write the name of a stored field, with its unit behind it."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            return f"{field_of(name.removesuffix(ending))} ({_DAYS.get(unit, unit)})"
    return field_of(name)


def format_field(name: str, value: Any, zone: str) -> str:
    """Write a stored value of any kind; instants as the patient's clock showed them."""
    if isinstance(value, list):
        between = " / " if any(isinstance(item, dict) for item in value) else ", "
        return between.join(format_field(name, item, zone) for item in value) or MISSING
    if isinstance(value, dict):
        parts = [
            f"{field_label(key)}: {format_field(key, item, zone)}"
            for key, item in sorted(value.items())  # databases keep them in an order of their own
            if item not in (None, "")
        ]
        return "; ".join(parts) or MISSING
    if isinstance(value, str) and value:
        return _format_text(name, value, zone)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return MISSING if value in (None, "") else format_number(value, digits=6)


def _format_text(name: str, text: str, zone: str) -> str:
    if name.endswith(("_date", "_on")) or name == "as_of":
        return format_iso_date(text)
    if name.endswith("_at") or name in ("at", "valid_from", "valid_until"):
        return format_instant(datetime.fromisoformat(text), zone)
    return text
