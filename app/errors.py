"""The errors that this application raises on purpose.

* AppError
  x NotSignedIn          401   nobody known asks
    x OtherAccount       401   somebody else is signed in than the device sends for
  x Forbidden            403   the role, or the token, may not do this
    x NoPermission       403   a permission is missing, which is named to programs alone
  x TooManyAttempts      429   wait before the next attempt to sign in
  x NotFound             404   absent, or not yours to see
    x UnknownDevice      404   the device had a key before, and the database knows none
  x DeviceRevoked        410   the device that asks may keep nothing any more
  x Conflict             409   the same id with other content, or a row key taken
    x TooManyDevices     409   one of the account's devices must be revoked first
  x VersionMismatch      412   the row was changed by somebody else meanwhile
  x VersionRequired      428   a change must say which version it changes
  x RuleViolation        422   every fault of the input at once
  x SchemaOutOfDate      503   the database is older than this program
  x KeysUnusable         503   the keys of the database are missing, open to others or wrong
  x SealBroken           500   a stored value cannot be opened with the keys at hand
  x CommandRefused       ---   a command line asked for something that cannot be done

Services raise one of these; `app.main` renders it as a problem document (RFC 9457) and
`app.cli` as a line on standard error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.said import say, say_many, term

_SIGN_IN: Final = say("Sign in first.")


class Severity(StrEnum):
    """How bad a fault is: impossible values are refused, unusual ones need a confirmation."""

    IMPOSSIBLE = "impossible"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one field of the input.

    `reason` reads as a sentence after the field's name and shows the value:
    ``"900 is outside 0.5-400 g"``. Made by `app.said` it can be said in other languages too.
    """

    field: str
    value: object
    reason: str
    severity: Severity = Severity.IMPOSSIBLE


class AppError(Exception):
    """Base class. `code` is stable and machine-readable; `str(error)` is for people."""

    status_code = 500
    code = "internal"
    title = "Internal error"

    @property
    def message(self) -> str:
        """What `str` says, with the tree for other languages where `app.said` made it."""
        return self.args[0] if self.args else ""


class NotSignedIn(AppError):
    """Nobody known asks: no credentials, or ones that are wrong, expired or withdrawn."""

    status_code = 401
    code = "not-signed-in"
    title = "Not signed in"

    def __init__(self, message: str = _SIGN_IN) -> None:
        super().__init__(message)


class OtherAccount(NotSignedIn):
    """A device sends for one person, and another one is signed in."""

    code = "other-account"

    def __init__(self) -> None:
        message = say("Somebody else is signed in: sign in as the person whose entry this is.")
        super().__init__(message)


class Forbidden(AppError):
    """The role or the token of whoever asks may not do this; `code` can be more exact."""

    status_code = 403
    title = "Not allowed"

    def __init__(self, message: str, *, code: str = "forbidden") -> None:
        super().__init__(message)
        self.code = code


class NoPermission(Forbidden):
    """A permission is missing; the message names its key, which says nothing on a page."""


class TooManyAttempts(AppError):
    """Too many attempts failed; `retry_after` is in seconds."""

    status_code = 429
    code = "too-many-attempts"
    title = "Too many attempts"

    def __init__(self, retry_after: int) -> None:
        message = say_many(
            "Too many attempts failed. Try again in %(num)s second.",
            "Too many attempts failed. Try again in %(num)s seconds.",
            retry_after,
        )
        super().__init__(message)
        self.retry_after = retry_after


class NotFound(AppError):
    """The thing is absent, or not visible to whoever asks."""

    status_code = 404
    code = "not-found"
    title = "Not found"

    def __init__(self, what: str, key: object) -> None:
        super().__init__(say("%(what)s %(key)s does not exist.", what=term(what), key=str(key)))
        self.what = what


class UnknownDevice(NotFound):
    """A device that had a key before asks for it, and no key is known: it gets no other one."""

    code = "unknown-device"


class DeviceRevoked(AppError):
    """The device that asks was revoked: it gets no key, and wipes what it keeps."""

    status_code = 410
    code = "device-revoked"
    title = "Device revoked"

    def __init__(self) -> None:
        super().__init__(say("This device was revoked: what it kept is wiped."))


@dataclass(frozen=True, slots=True)
class Clash:
    """One part of the input that contradicts what is stored; `item` says which one.

    `stored` is None where it is not for whoever asks to see.
    """

    item: str
    id: str
    reason: str
    stored: Mapping[str, object] | None
    sent: Mapping[str, object]


class Conflict(AppError):
    """The input contradicts what is stored; `stored` and `sent` show both.

    Of an input with several parts `clashes` lists every one that does.
    """

    status_code = 409
    code = "conflict"
    title = "Conflict"

    def __init__(
        self,
        message: str,
        *,
        stored: Mapping[str, object] | None = None,
        sent: Mapping[str, object] | None = None,
        clashes: Sequence[Clash] = (),
    ) -> None:
        super().__init__(message)
        self.stored = stored
        self.sent = sent
        self.clashes = tuple(clashes)


class TooManyDevices(Conflict):
    """The account has as many devices as it may, and all were in use lately."""

    code = "too-many-devices"


class VersionMismatch(AppError):
    """`If-Match` named a version that is no longer the newest."""

    status_code = 412
    code = "version-mismatch"
    title = "Changed meanwhile"


class VersionRequired(AppError):
    """A change came without `If-Match`."""

    status_code = 428
    code = "version-required"
    title = "Version required"


class RuleViolation(AppError):
    """The request is well formed, but its content is refused; every fault is listed."""

    status_code = 422
    code = "invalid"
    title = "Invalid content"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.reason}" for fault in faults))
        self.faults = tuple(faults)


class SchemaOutOfDate(AppError):
    """The database was made by an older version of this program."""

    status_code = 503
    code = "schema-out-of-date"
    title = "Database needs migrating"


class KeysUnusable(AppError):
    """The keys that the database was sealed with are missing, open to others or other ones."""

    status_code = 503
    code = "keys-unusable"
    title = "Keys cannot be used"


class SealBroken(AppError):
    """A stored value cannot be opened: its key is missing, or the value was changed."""

    code = "seal-broken"
    title = "Stored value cannot be opened"


class CommandRefused(AppError):
    """A command line asked for something that cannot be done as it stands."""

    code = "refused"
    title = "Refused"
