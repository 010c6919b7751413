"""The other side of an OpenID Connect sign-in: what the provider is asked, and what it says.

Authorization code flow with PKCE (RFC 7636), `state` and `nonce`; the ID token is checked with the
provider's own keys (OpenID Connect Core 1.0, section 3.1.3.7). Signing keys are the only thing of
the token that a library touches: `joserfc`, of the extra `oidc`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx

from app.config import Settings
from app.errors import CommandRefused, Conflict
from app.kit.origin import is_loopback
from app.said import say

CALLBACK: Final = "/api/v1/sign-in/oidc/callback"
ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Signatures with a pair of keys only: not `none`, and nothing that the client secret signs."""

LEEWAY_SECONDS: Final = 60
"""How far the provider's clock may be off. Judgement."""

METADATA_KEPT: Final = timedelta(minutes=10)
"""How long what the provider says of its addresses is believed without asking again, so that a
stranger who begins sign-ins does not keep threads waiting for it. Its keys are always asked for
anew. Judgement: addresses change by the year."""

SECONDS: Final = 5.0
"""How long the provider may take to answer: a thread waits for it. Judgement."""


class ProviderRefused(Exception):
    """The provider answered something that proves nothing.

    People read the text where their browser has not gone there yet; else it is for the log.
    """


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider, and how it knows this service."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as the provider knows them."""

    issuer: str
    subject: str


def provider_of(settings: Settings, *, origin: str) -> Provider:
    """Return the provider that is set up.

    Raises
    ------
    Conflict
        None is.
    CommandRefused
        One is in part, or it is reached without TLS.
    """
    if settings.oidc_issuer is None:
        raise Conflict(say("No OpenID Connect provider is set up here."))
    if settings.oidc_client_id is None:
        raise CommandRefused("IVIG_OIDC_ISSUER is set, IVIG_OIDC_CLIENT_ID is not.")
    parts = urlsplit(settings.oidc_issuer)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise CommandRefused("IVIG_OIDC_ISSUER must begin with https://.")
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        _client_secret(settings),
        f"{origin}{CALLBACK}",
    )


def require_whole(settings: Settings) -> None:
    """Refuse to start with half a provider, or without what checks its tokens.

    Raises
    ------
    CommandRefused
        Says what is missing.
    """
    if settings.oidc_issuer is None:
        return
    provider_of(settings, origin=settings.origin or "")
    if find_spec("joserfc") is None:
        raise CommandRefused(
            "IVIG_OIDC_ISSUER is set, but the extra that checks its tokens is not installed:"
            " pip install 'ivig-course-tracker[oidc]'"
        )


def _client_secret(settings: Settings) -> str:
    if settings.oidc_client_secret is not None:
        return settings.oidc_client_secret.get_secret_value()
    if settings.oidc_client_secret_file is not None:
        return settings.oidc_client_secret_file.read_text(encoding="utf-8").strip()
    raise CommandRefused(
        "IVIG_OIDC_ISSUER is set, but neither IVIG_OIDC_CLIENT_SECRET nor"
        " IVIG_OIDC_CLIENT_SECRET_FILE is."
    )


@dataclass(slots=True)
class Kept:
    """What a provider said of itself lately, for every request of one process.

    Two that ask at once both ask the provider, which harms nobody; so there is no lock.
    """

    issuer: str = ""
    until: datetime | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def of(self, issuer: str, now: datetime) -> dict[str, Any] | None:
        """Return what this issuer said, unless that is too long ago."""
        is_good = self.issuer == issuer and self.until is not None and now < self.until
        return self.metadata if is_good else None


class Talk:
    """One conversation with a provider."""

    def __init__(
        self, provider: Provider, http: httpx.Client, *, now: datetime, kept: Kept | None = None
    ) -> None:
        self._provider = provider
        self._http = http
        self._now = now
        self._kept = kept or Kept()

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in.

        Raises
        ------
        ProviderRefused
        """
        hashed = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._provider.redirect_uri,
            "scope": "openid",  # who it is, and nothing about them
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._metadata()["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def subject(self, *, code: str, nonce: str, verifier: str, now: datetime) -> Subject:
        """Exchange the code that the browser brought for who it is.

        Raises
        ------
        ProviderRefused
        """
        metadata = self._metadata()
        answer = self._json(
            self._http.post,
            metadata["token_endpoint"],
            auth=(self._provider.client_id, self._provider.client_secret),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._provider.redirect_uri,
                "code_verifier": verifier,
            },
        )
        keys = self._json(self._http.get, metadata["jwks_uri"])
        try:
            claims = _claims(str(answer["id_token"]), keys, self._provider, now=now)
        except Exception as error:  # noqa: BLE001 - the library meets whatever is sent
            raise ProviderRefused(f"its token is not valid ({type(error).__name__})") from None
        if claims.get("nonce") != nonce:
            raise ProviderRefused("its token answers another sign-in")
        return Subject(self._provider.issuer, str(claims["sub"]))

    def _metadata(self) -> dict[str, Any]:
        issuer = self._provider.issuer
        known = self._kept.of(issuer, self._now)
        if known is not None:
            return known
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = self._json(self._http.get, address)
        # OpenID Connect Discovery 1.0, section 4.3.
        if metadata.get("issuer") != issuer:
            raise ProviderRefused(say("it calls itself otherwise"))
        if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= metadata.keys():
            raise ProviderRefused(say("it does not say where to ask"))
        kept = self._kept
        kept.issuer, kept.metadata, kept.until = issuer, metadata, self._now + METADATA_KEPT
        return metadata

    def _json(self, send: Any, address: str, **options: Any) -> dict[str, Any]:
        try:
            response = send(address, **options)
            response.raise_for_status()
            content = response.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            kind = type(error).__name__
            raise ProviderRefused(say("it does not answer (%(kind)s)", kind=kind)) from None
        if not isinstance(content, dict):
            raise ProviderRefused(say("its answer is no object"))
        return content


def _claims(token: str, keys: Any, provider: Provider, *, now: datetime) -> dict[str, Any]:
    # An optional extra: without it there is no such sign-in, and all else works.
    from joserfc import jwk, jwt  # noqa: PLC0415

    decoded = jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
    claims: dict[str, Any] = decoded.claims
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(claims)
    # Core, section 3.1.3.7, rules 4 and 5.
    is_for_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (is_for_several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise ProviderRefused("its token is for somebody else")
    return claims
