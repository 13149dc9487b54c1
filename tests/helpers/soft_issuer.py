"""An issuer of OpenID Connect in memory that can be told to lie, behind the `Web` that the adapter asks."""

import base64
import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from front_doors import TestClock
from joserfc import jwk, jwt

from creditbank.canonical import canonical_json
from creditbank.errors import Unavailable

ISSUER = "https://login.sample.example"
CLIENT, SECRET = "bank-client", "a secret: with/marks"


def _keys() -> dict[str, jwk.Key]:
    return {
        "RS256": jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"}),
        "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"}),
        "EdDSA": jwk.OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
    }


KEYS = _keys()


@dataclass
class SoftIssuer:
    """One issuer. `claims` override those of its token, `say` its description, `more` its userinfo; `forge` signs."""

    clock: TestClock
    alg: str = "ES256"
    claims: dict[str, Any] = field(default_factory=dict)
    say: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    forge: Callable[[dict[str, Any]], str] | None = None
    away: bool = False
    subject: str = "subject-1"
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def sign_in(self, address: str) -> dict[str, str]:
        """What a browser brings back from the address it was sent to."""
        question = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = question
        return {"state": question["state"], "code": code, "named": ISSUER}

    def allows(self, url: str) -> bool:
        return url.startswith("https://")

    def get(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        self.asked.append(url)
        if self.away:
            raise Unavailable("Nothing answers.")
        if url == f"{ISSUER}/.well-known/openid-configuration":
            return canonical_json(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/auth",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/jwks",
                    "userinfo_endpoint": f"{ISSUER}/me",
                    "authorization_response_iss_parameter_supported": True,
                    **self.say,
                }
            )
        if url == f"{ISSUER}/jwks":
            keys = [key.as_dict(private=False) for key in KEYS.values()]
            return canonical_json({"keys": [*keys, {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"}]})
        assert url == f"{ISSUER}/me"
        assert headers["Authorization"] == "Bearer access"
        return canonical_json({"sub": self.subject, **self.more})

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        if self.away or form["code"] not in self.codes:
            raise Unavailable("400")
        question = self.codes.pop(form["code"])
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        pair = base64.b64encode(b"bank-client:a%20secret%3A%20with%2Fmarks").decode()
        if made != question["code_challenge"] or form["redirect_uri"] != question["redirect_uri"]:
            raise Unavailable("400")
        assert headers["Authorization"] == f"Basic {pair}"
        return canonical_json({"id_token": self._token(question), "access_token": "access"})

    def _token(self, question: dict[str, str]) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": question["nonce"],
            "name": "Staff Sample",
        }
        if question.get("prompt") == "login":
            claims["auth_time"] = now
        claims |= self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        if self.forge is not None:
            return self.forge(said)
        key = KEYS[self.alg]
        header = {"alg": self.alg, "kid": key.kid}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's remark that EdDSA has a newer name
            return jwt.encode(header, said, key, algorithms=[self.alg])
