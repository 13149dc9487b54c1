"""OpenID Connect: what an issuer says of itself, the code for a token, and every check of the token (joserfc)."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwt import JWTClaimsRegistry

from creditbank.canonical import UnreadableJson, load_object
from creditbank.errors import CreditBankError
from creditbank.services.federating import Asked, Client, Identity, IssuerUnavailable, UnusableIssuer, WrongIdentity
from creditbank.services.ports import Clock

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA", "Ed25519")
"""Of public keys alone: with `none` or an HMAC anybody who knows the client's id or secret would be anybody."""
SKEW: Final = 120
OLDEST: Final = 15 * 60
"""A token is made while the browser waits; one that is older comes from elsewhere."""
MOST_BYTES: Final = 256 * 1024
SCOPE: Final = "openid profile email"
LONGEST_SUBJECT: Final = 255
"""OpenID Connect Core 1.0, 2: at most 255 ASCII characters."""
MOST_KEYS: Final = 50
KINDS: Final = ("RSA", "EC", "OKP")


class _Algorithms(jws.JWSRegistry):
    """Reads `EdDSA`, the older name (RFC 8037), as the one curve that we take under it (RFC 9864)."""

    def get_alg(self, name: str) -> JWSAlgModel:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


class Web(Protocol):
    """What an issuer is reached by: https and public addresses, or whatever a test allows."""

    def get(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The body of a 200."""
        ...

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """The body of a 200."""
        ...

    def allows(self, url: str) -> bool:
        """Whether the address is one that may be asked at all."""
        ...


class OpenIdConnect:
    """Implements `services.federating.Issuers`."""

    def __init__(self, web: Web, clock: Clock) -> None:
        self._web, self._clock = web, clock

    def check(self, issuer: str) -> None:
        """Read the issuer's description; raises `UnusableIssuer` and `IssuerUnavailable`."""
        if not self._web.allows(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
            raise UnusableIssuer(
                "This is no address of an issuer.", next_step="Give its https address, as its own description has it."
            )
        self._description(issuer)

    def address(self, client: Client, asked: Asked, *, state: str, fresh: bool) -> str:
        """Where the browser goes to sign in (OpenID Connect Core 1.0, 3.1.2.1; RFC 7636, 4.3)."""
        question = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect,
            "scope": SCOPE,
            "state": state,
            "nonce": asked.nonce,
            "code_challenge": _text(sha256(asked.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        if fresh:
            question |= {"prompt": "login", "max_age": "0"}
        endpoint = self._description(client.issuer)["authorization_endpoint"]
        joint = "&" if urlsplit(endpoint).query else "?"
        return f"{endpoint}{joint}{urlencode(question)}"

    def identity(self, client: Client, asked: Asked, *, code: str, named: str) -> Identity:
        """Change a code into who somebody is, after every check. Raises `WrongIdentity` and `IssuerUnavailable`."""
        description = self._description(client.issuer)
        told = description.get("authorization_response_iss_parameter_supported") is True
        if (named or told) and named != client.issuer:  # another issuer's answer passed on to us (RFC 9207, 2.4)
            raise _wrong("The answer comes from another issuer than the one that was asked.")
        answer = self._exchanged(description, client, asked, code)
        claims = self._claims(description, client, asked, str(answer.get("id_token", "")))
        if "email" not in claims and description.get("userinfo_endpoint") and answer.get("access_token"):
            claims = self._more(description, claims, str(answer["access_token"]))
        return Identity(client.issuer, str(claims["sub"]), claims)

    def _description(self, issuer: str) -> dict[str, Any]:
        """What an issuer says of itself, which must be about this very issuer (OpenID Connect Discovery 1.0, 4.3)."""
        found = self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise UnusableIssuer("The issuer's own description names another issuer.", next_step=_NEXT)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str) or not self._web.allows(found[name]):
                raise UnusableIssuer(f"The issuer's own description has no usable {name}.", next_step=_NEXT)
        return found

    def _exchanged(self, description: Mapping[str, Any], client: Client, asked: Asked, code: str) -> dict[str, Any]:
        """The token endpoint (RFC 6749, 4.1.3), with the client's secret as HTTP Basic says (2.3.1)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect,
            "code_verifier": asked.verifier,
            "client_id": client.id,
        }
        headers = {"Accept": "application/json"}
        methods = description.get("token_endpoint_auth_methods_supported")
        if client.secret and (not isinstance(methods, list) or not methods or "client_secret_basic" in methods):
            pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif client.secret:
            form["client_secret"] = client.secret
        try:
            body = self._web.post_form(description["token_endpoint"], form, headers=headers, max_bytes=MOST_BYTES)
        except CreditBankError:
            raise _wrong("The issuer does not take this code.") from None
        return _object(body)

    def _claims(self, description: Mapping[str, Any], client: Client, asked: Asked, token: str) -> dict[str, Any]:
        """Every check of an ID token (OpenID Connect Core 1.0, 3.1.3.7), in its order."""
        keys = self._keys(str(description["jwks_uri"]))
        try:
            signed = jws.deserialize_compact(token, keys, registry=_Algorithms(algorithms=ALGORITHMS))
            claims: dict[str, Any] = load_object(signed.payload or b"")
            now = int(self._clock.now().timestamp())
            JWTClaimsRegistry(
                now=now,
                leeway=SKEW,
                iss={"essential": True, "value": client.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": client.id},
                exp={"essential": True},
                iat={"essential": True},
            ).validate(claims)
        except (JoseError, UnreadableJson, ValueError, TypeError):
            raise _wrong("The issuer's token does not hold.") from None
        if claims["aud"] not in (client.id, [client.id]):
            raise _wrong("The issuer's token is for others too.")
        if claims.get("azp", client.id) != client.id:
            raise _wrong("The issuer's token was made for another client.")
        if now - claims["iat"] > OLDEST + SKEW:
            raise _wrong("The issuer's token is too old.")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), asked.nonce.encode()):
            raise _wrong("The issuer's token answers another question.")
        if asked.since is not None:
            at = claims.get("auth_time")
            if not isinstance(at, int) or isinstance(at, bool) or at < int(asked.since.timestamp()) - SKEW:
                raise _wrong("The issuer did not ask for the sign-in anew.")
        subject = claims["sub"]
        if not (0 < len(subject) <= LONGEST_SUBJECT and subject.isascii() and subject.isprintable()):
            raise _wrong("The issuer's token names nobody.")
        return claims

    def _keys(self, url: str) -> jwk.KeySet:
        found = self._json(url).get("keys")
        keys = []
        for each in (found if isinstance(found, list) else [])[:MOST_KEYS]:
            if not isinstance(each, dict) or each.get("kty") not in KINDS or each.get("use", "sig") != "sig":
                continue
            named = {name: value for name, value in each.items() if name != "alg"}  # its kind leaves one of ours
            try:
                keys.append(jwk.import_key(named))
            except (JoseError, ValueError, TypeError, KeyError):  # of a curve that nobody here knows, among good ones
                continue
        if not keys:
            raise IssuerUnavailable("The issuer's keys cannot be read.", next_step=_LATER)
        return jwk.KeySet(keys)

    def _more(self, description: Mapping[str, Any], claims: dict[str, Any], access: str) -> dict[str, Any]:
        """What the issuer says only when asked (5.3); it must be about the same subject, and changes nothing proven."""
        url = str(description["userinfo_endpoint"])
        if not self._web.allows(url) or not access.isascii() or not access.isprintable():
            return claims
        more = self._json(url, {"Authorization": f"Bearer {access}"})
        if more.get("sub") != claims["sub"]:
            raise _wrong("The issuer speaks of somebody else.")
        return more | claims

    def _json(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            asked = {"Accept": "application/json", **(headers or {})}
            return _object(self._web.get(url, headers=asked, max_bytes=MOST_BYTES))
        except IssuerUnavailable:
            raise
        except CreditBankError as cause:
            raise IssuerUnavailable(
                f"The organisation's issuer cannot be asked: {cause.sentence}", next_step=_LATER
            ) from None


_NEXT: Final = "Give the issuer exactly as its own description names it."
_LATER: Final = "Try again in a moment, or ask your organisation."


def _wrong(sentence: str) -> WrongIdentity:
    return WrongIdentity(sentence, next_step="Begin again; if it happens once more, ask your organisation.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = load_object(body)
    except UnreadableJson:
        raise IssuerUnavailable("The organisation's issuer did not answer in JSON.", next_step=_LATER) from None
    return found


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
