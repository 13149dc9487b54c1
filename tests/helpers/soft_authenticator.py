"""An authenticator in software that can be told to lie: makes P-256 keys, signs assertions, counts (WebAuthn 3, 6)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from creditbank.services.passkeys import bytes_of, text_of


@dataclass
class SoftAuthenticator:
    """One device with one key for each account it was asked to make one for."""

    origin: str
    count: int = 0
    verifies: bool = True
    keys: dict[bytes, tuple[ec.EllipticCurvePrivateKey, bytes]] = field(default_factory=dict)

    def make(self, options: str, **lie: Any) -> str:
        """Answer the options of a registration; `lie` replaces `challenge`, `origin`, `site`, `type` or `format`."""
        asked = json.loads(options)
        key, credential = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
        self.keys[credential] = (key, bytes_of(asked["user"]["id"]))
        numbers = key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(credential).to_bytes(2, "big") + credential + encode_cbor(cose)
        data = self._data(lie.get("site", asked["rp"]["id"]), attested=attested)
        whole = encode_cbor({"fmt": lie.get("format", "none"), "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": text_of(self._client("webauthn.create", asked["challenge"], lie)),
            "attestationObject": text_of(whole),
            "transports": ["internal"],
        }
        return self._answer(credential, response)

    def show(self, options: str, *, credential: bytes | None = None, **lie: Any) -> str:
        """Answer the options of an authentication; `lie` may also replace `handle`, `key`, `count` or `present`."""
        asked = json.loads(options)
        allowed = [bytes_of(each["id"]) for each in asked.get("allowCredentials", [])]
        chosen = credential or next(each for each in self.keys if not allowed or each in allowed)
        key, handle = self.keys[chosen]
        self.count = lie.get("count", self.count + 1)
        data = self._data(lie.get("site", asked["rpId"]), present=lie.get("present", True))
        client = self._client("webauthn.get", asked["challenge"], lie)
        signer: ec.EllipticCurvePrivateKey = lie.get("key", key)
        signature = signer.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text_of(client),
            "authenticatorData": text_of(data),
            "signature": text_of(signature),
            "userHandle": text_of(lie.get("handle", handle)),
        }
        return self._answer(chosen, response)

    def _data(self, site: str, *, attested: bytes = b"", present: bool = True) -> bytes:
        flags = (1 if present else 0) | (4 if self.verifies else 0) | (0x40 if attested else 0)
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested

    def _client(self, kind: str, challenge: str, lie: dict[str, Any]) -> bytes:
        said = {
            "type": lie.get("type", kind),
            "challenge": lie.get("challenge", challenge),
            "origin": lie.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _answer(self, credential: bytes, response: dict[str, Any]) -> str:
        id = text_of(credential)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
