"""What every answer tells the browser to refuse, and which hosts are answered at all.

The values follow the OWASP HTTP Headers Cheat Sheet and OWASP ASVS 5.0, sections 3.3 to 3.5 and
14.3; docs/security.md names the test of each.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Response
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.origin import Hosts, Origin
from app.kit.problems import problem

_DIRECTIVES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    # No script may turn text into markup or code, not even one of ours; the one policy names the
    # address of the service worker and nothing else (app/web/static/worker.js).
    "require-trusted-types-for": "'script'",
    "trusted-types": "ivig-worker",
}
CONTENT_SECURITY_POLICY: Final = "; ".join(f"{name} {value}" for name, value in _DIRECTIVES.items())
"""ASVS 5.0, 3.4.3 and 3.4.6; there is no inline script or style, so no nonce and no hash."""

_ALLOWED_FEATURES: Final = (
    "camera",  # a scan of the code on a vial
    "clipboard-write",  # to copy a link that is shown once
    "publickey-credentials-create",
    "publickey-credentials-get",
)
_REFUSED_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY: Final = ", ".join(
    [f"{name}=(self)" for name in _ALLOWED_FEATURES] + [f"{name}=()" for name in _REFUSED_FEATURES]
)

HSTS: Final = "max-age=63072000; includeSubDomains"
"""Two years, as the OWASP HTTP Headers Cheat Sheet has it; ASVS 5.0, 3.4.1, asks for one."""

ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    # Nothing reaches another site. Not "no-referrer": with that browsers send forms under the
    # origin "null" (WHATWG Fetch, "append a request Origin header"), and nobody could tell
    # our own forms from a stranger's.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_CACHE: Final = "Cache-Control"
NEVER_KEPT: Final = "no-store"
"""Of every answer that may hold anything of a patient: ASVS 5.0, 14.3.2 and 14.2.2."""
ASKED_ANEW: Final = "no-cache"
"""Of our own scripts and styles: kept, and used when their ETag still stands."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""Of scripts and styles under an address that changes with what they hold."""

_STATIC: Final = "/static/"
_SVG: Final = "image/svg+xml"  # ASVS 5.0, 4.1.1: a text says how it is written
_FOR_PROGRAMS: Final = ("/api/", "/openapi.json", _STATIC)


class Hardened:
    """Answers for the right host only, and gives every answer its headers.

    It stands outside of everything, so that answers to accidents have them too.
    """

    def __init__(self, app: ASGIApp, *, origin: Origin | None) -> None:
        self.app = app
        self._hosts = Hosts(origin)
        self._headers = dict(ALWAYS)
        if origin is not None and origin.is_secure:
            self._headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                if headers.get("Content-Type") == _SVG:
                    headers["Content-Type"] = f"{_SVG}; charset=utf-8"
                is_ours = path.startswith(_STATIC) and message["status"] in (200, 206, 304)
                if not is_ours:
                    headers[_CACHE] = NEVER_KEPT
                elif headers.get(_CACHE) != IMMUTABLE:
                    headers[_CACHE] = ASKED_ANEW
            await send(message)

        answer = self._turned_away(scope)
        await (self.app if answer is None else answer)(scope, receive, send_hardened)

    def _turned_away(self, scope: Scope) -> Response | None:
        """Return the answer to a request that came under another name."""
        sent = [value for name, value in scope["headers"] if name == b"host"]
        host = sent[0].decode("latin-1") if len(sent) == 1 else ""
        if not self._hosts.answers(host):
            # RFC 9110, section 15.5.20. What was asked for is not repeated.
            detail = "This service does not answer under the name that was asked for."
            return problem(421, code="wrong-host", title="Wrong host", detail=detail)
        better = self._hosts.better(host)
        is_page = not scope["path"].startswith(_FOR_PROGRAMS)
        if better is None or not is_page or scope["method"] not in ("GET", "HEAD"):
            return None
        query = scope["query_string"].decode("latin-1")
        path = scope.get("raw_path", b"/").partition(b"?")[0].decode("latin-1")
        return RedirectResponse(f"{better}{path}{'?' if query else ''}{query}", 307)


def harden(app: FastAPI, *, origin: Origin | None) -> None:
    """Put the headers around everything that `app` answers."""
    build = app.build_middleware_stack

    def build_hardened() -> ASGIApp:
        return Hardened(build(), origin=origin)

    # Middleware that is added in the usual way stands inside the answers to accidents.
    app.build_middleware_stack = build_hardened  # type: ignore[method-assign]
