"""An authenticator in software: makes passkeys and signs with them as a phone would.

Written from W3C Web Authentication Level 3, sections 6.1 (authenticator data), 6.5.1 (attested
credential data) and RFC 9053 (keys in COSE), so that our use of the library is checked by something
other than the library.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT = 0x01
USER_VERIFIED = 0x04
ATTESTED = 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One passkey; `counts` is False for one that is synchronised between devices."""

    counts: bool = True
    count: int = 0
    is_verified: bool = True
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def register(self, options: dict[str, Any], *, origin: str, **changed: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.create`; `changed` are fields of the client data."""
        client_data = self._client_data("webauthn.create", options, origin, changed)
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(options["rp"]["id"], ATTESTED) + attested + self._public_key()
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        return self._shown(
            {
                "clientDataJSON": b64(client_data),
                "attestationObject": b64(cbor2.dumps(statement)),
                "transports": ["internal", "telepathy"],
            }
        )

    def sign_in(self, options: dict[str, Any], *, origin: str, **changed: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        if self.counts:
            self.count += 1
        client_data = self._client_data("webauthn.get", options, origin, changed)
        data = self._data(options["rpId"], 0)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._shown(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(signature),
            }
        )

    def _client_data(
        self, kind: str, options: dict[str, Any], origin: str, changed: dict[str, Any]
    ) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": origin, **changed}
        return json.dumps(said).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.is_verified else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        # Key type EC2, algorithm ES256, curve P-256: RFC 9053, sections 2.1 and 7.1.1.
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _shown(self, response: dict[str, Any]) -> dict[str, Any]:
        name = b64(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
