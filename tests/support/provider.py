"""An OpenID Connect provider in this process, whose every claim a test can change."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwk, jwt

from tests.support.people import Clock

ISSUER = "https://login.example.org"
CLIENT_ID = "ivig"
CLIENT_SECRET = "the provider's secret"


@dataclass
class FakeProvider:
    """Answers as OpenID Connect Core 1.0 and Discovery 1.0 describe."""

    clock: Clock
    subject: str = "person-1"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "1"}))
    signing_key: Any = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def sign_in(self, address: str) -> dict[str, str]:
        """Do what a person does there: sign in, and come back with a code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            return httpx.Response(503)
        if request.url.path == "/.well-known/openid-configuration":
            endpoints = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/authorize",
                "token_endpoint": f"{ISSUER}/token",
                "jwks_uri": f"{ISSUER}/keys",
            }
            return httpx.Response(200, json=endpoints | self.metadata)
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        return self._token(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        told = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        asked = self.asked.pop(told["code"], None)
        if asked is None or request.headers["authorization"] != f"Basic {basic}":
            return httpx.Response(400, json={"error": "invalid_grant"})
        hashed = hashlib.sha256(told["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() == asked["code_challenge"]
        assert told["redirect_uri"] == asked["redirect_uri"]
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        header = {"alg": "RS256", "kid": "1", **self.header}
        token = jwt.encode(header, claims, self.signing_key or self.key)
        return httpx.Response(200, json={"id_token": token, "access_token": "unused"})
