"""Credentials and presentations as JSON Web Tokens, in the two profiles that exist.

VC-JOSE-COSE 1.0 (3.1): the payload is the credential itself. Open Badges 3.0 (8.2): the payload is the credential, or
carries it as `vc` (as VC 1.1 did), and repeats parts of it as registered claims, which must say the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self

from creditbank.canonical import MAX_BYTES, Json, JsonObject, UnreadableJson, canonical_json, load_object
from creditbank.errors import BadInput
from creditbank.signing.jose import Jws, UnreadableToken, sign_jws
from creditbank.units import UnreadableInstant, parse_instant

REGISTERED: Final = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce")
"""Claims of RFC 7519 and OpenID that speak of the token; they are no part of the credential."""

_LAST_SECOND: Final = 253402300799  # 9999-12-31T23:59:59Z


class TokenProfile(StrEnum):
    """The two ways in which a token carries a credential."""

    VC_JOSE = "vc-jose-cose"
    OPEN_BADGES = "open-badges-3.0"


class ClaimsDisagree(BadInput):
    """A token says one thing in its registered claims and another in the credential it carries."""

    slug = "claims-disagree"


_TYPES: Final = {
    "vc+jwt": TokenProfile.VC_JOSE,
    "vp+jwt": TokenProfile.VC_JOSE,
    "JWT": TokenProfile.OPEN_BADGES,
}


@dataclass(frozen=True, slots=True)
class CredentialToken:
    """A token that was read: the credential or presentation in it, and what the token says of itself.

    `signed`, `starts` and `ends` are claims about the signature; `nonce` and `audience` name the occasion of a
    presentation.
    """

    jws: Jws
    profile: TokenProfile
    document: JsonObject
    signed: datetime | None
    starts: datetime | None
    ends: datetime | None
    nonce: str | None
    audience: tuple[str, ...]

    @classmethod
    def read(cls, token: str, *, max_bytes: int = MAX_BYTES) -> Self:
        """Read a token of either profile; whether the signature holds is another matter.

        Raises `UnreadableToken` for what is no strict compact JWS around a JSON object that every reader reads alike,
        and `ClaimsDisagree` when it contradicts itself.
        """
        jws = Jws.read(token, max_bytes=max_bytes)
        payload = _payload(jws, max_bytes)
        claims = {name: value for name, value in payload.items() if name in REGISTERED}
        profile = _profile(jws, payload)
        document = _document(jws, payload, profile)
        _check_agreement(profile, claims, document)
        return cls(
            jws,
            profile,
            document,
            signed=_moment(claims, "iat"),
            starts=_moment(claims, "nbf"),
            ends=_moment(claims, "exp"),
            nonce=_text(claims, "nonce"),
            audience=_audience(claims.get("aud", [])),
        )


def sign_jwt(
    document: JsonObject,
    *,
    profile: TokenProfile,
    key_id: str,
    algorithm: str,
    sign: Callable[[bytes], bytes],
    signed: datetime | None = None,
    nonce: str | None = None,
    audience: str | None = None,
) -> str:
    """Sign a credential or presentation as a token; `sign` makes the raw signature over the bytes it is given.

    `key_id` is the verification method with its DID. `signed` becomes `iat`; `nonce` and `audience` are the challenge
    and domain of a presentation. Raises `ClaimsDisagree` for a document that could not be read back as it is.
    """
    presentation = "VerifiablePresentation" in _listed(document.get("type"))
    jose_type = "vp+jwt" if presentation else "vc+jwt"
    header: JsonObject = {
        "alg": algorithm,
        "kid": key_id,
        "typ": jose_type if profile is TokenProfile.VC_JOSE else "JWT",
    }
    claims: JsonObject = {} if profile is TokenProfile.VC_JOSE else _claims(document, presentation)
    if signed is not None:
        claims["iat"] = int(signed.timestamp())
    if nonce is not None:
        claims["nonce"] = nonce
    if audience is not None:
        claims["aud"] = audience
    token = sign_jws(header, canonical_json({**document, **claims}), sign)
    if CredentialToken.read(token).document != document:
        raise ClaimsDisagree("The document has members that a token needs for itself.", next_step="Leave them out.")
    return token


def _claims(document: JsonObject, presentation: bool) -> JsonObject:
    """The registered claims that repeat the document (Open Badges 3.0, 8.2.2.1)."""
    found: JsonObject = {"iss": _name(document.get("holder" if presentation else "issuer")), "jti": document.get("id")}
    if not presentation:
        found["sub"] = _name(_first(document.get("credentialSubject")))
        for claim, name in (("nbf", "validFrom"), ("exp", "validUntil")):
            if name in document:
                found[claim] = int(_second(document[name], name).timestamp())
    return {claim: value for claim, value in found.items() if value is not None}


def _payload(jws: Jws, max_bytes: int) -> JsonObject:
    try:
        return load_object(jws.payload, place="payload", max_bytes=max_bytes)
    except UnreadableJson as cause:
        raise UnreadableToken(
            f"The payload of the token cannot be read: {cause.sentence}", place="payload", next_step=cause.next_step
        ) from None


def _profile(jws: Jws, payload: JsonObject) -> TokenProfile:
    if jws.type:
        found = _TYPES.get(jws.type)
        if found is None:
            raise ClaimsDisagree(
                f"The token calls itself {jws.type[:40]!r}, which is neither a credential nor a presentation.",
                place="header/typ",
                next_step=f"Read are {', '.join(_TYPES)}.",
            )
        return found
    open_badges = payload.keys() & {"vc", "vp", "iss"}
    return TokenProfile.OPEN_BADGES if open_badges else TokenProfile.VC_JOSE


def _document(jws: Jws, payload: JsonObject, profile: TokenProfile) -> JsonObject:
    """The credential or presentation in the payload: there is exactly one."""
    members = {name: value for name, value in payload.items() if name not in REGISTERED}
    wrapped = sorted(members.keys() & {"vc", "vp"})
    if not wrapped:
        document = members
    elif profile is TokenProfile.VC_JOSE:
        raise ClaimsDisagree(
            f"The token says it is its own credential, and carries another one as {wrapped[0]}.",
            place=f"payload/{wrapped[0]}",
        )
    else:
        inner = members.pop(wrapped[0])
        if members or not isinstance(inner, dict):
            what = "beside other members" if members else "that is no JSON object"
            raise ClaimsDisagree(f"The token carries a {wrapped[0]} {what}.", place=f"payload/{wrapped[0]}")
        document = dict(inner)
    presentation = "VerifiablePresentation" in _listed(document.get("type"))
    if jws.type == ("vc+jwt" if presentation else "vp+jwt") or ("vc" in wrapped and presentation):
        raise ClaimsDisagree("The token calls itself something else than the document in it does.", place="header/typ")
    if presentation and profile is TokenProfile.OPEN_BADGES and "holder" not in document and "iss" in payload:
        document["holder"] = payload["iss"]  # VC 1.1, 6.3.1: `iss` is the holder of a presentation
    return document


def _check_agreement(profile: TokenProfile, claims: JsonObject, document: JsonObject) -> None:
    """Registered claims say what the document says (Open Badges 3.0, 8.2.4.1); that profile wants them stated."""
    presentation = "VerifiablePresentation" in _listed(document.get("type"))
    pairs = [("iss", _name(document.get("holder" if presentation else "issuer"))), ("jti", document.get("id"))]
    if not presentation:
        pairs.append(("sub", _name(_first(document.get("credentialSubject")))))
    for claim, stated in pairs:
        if claim in claims and claims[claim] != stated:
            _disagree(claim, claims[claim], stated)
        required = profile is TokenProfile.OPEN_BADGES and not presentation and stated is not None
        if required and claim not in claims:
            raise ClaimsDisagree(f"An Open Badges token must repeat its {claim} as a claim.", place=f"payload/{claim}")
    if profile is TokenProfile.OPEN_BADGES and not presentation:
        _check_dates(claims, document)


def _check_dates(claims: JsonObject, document: JsonObject) -> None:
    """`nbf` is `validFrom` and `exp` is `validUntil`, to the second; VC 1.1 had other names for the two."""
    for claim, names in (("nbf", ("validFrom", "issuanceDate")), ("exp", ("validUntil", "expirationDate"))):
        stated = [_second(document[name], name) for name in names if name in document]
        moment = _moment(claims, claim)
        if moment is None:
            if stated:
                raise ClaimsDisagree(
                    f"An Open Badges token must repeat its {names[0]} as the claim {claim}.", place=f"payload/{claim}"
                )
        elif claim == "nbf" and not stated:
            _disagree(claim, claims[claim], None)
        elif stated and moment not in stated:
            _disagree(claim, claims[claim], document.get(names[0], document.get(names[1])))


def _disagree(claim: str, said: Json, stated: Json) -> None:
    raise ClaimsDisagree(
        f"The claim {claim} of the token is {str(said)[:120]!r}, but the document in it says {str(stated)[:120]!r}.",
        place=f"payload/{claim}",
    )


def _second(value: Json, name: str) -> datetime:
    try:
        return parse_instant(value if isinstance(value, str) else "").replace(microsecond=0)
    except UnreadableInstant as cause:
        raise ClaimsDisagree(cause.sentence, place=f"payload/{name}") from None


def _moment(claims: JsonObject, name: str) -> datetime | None:
    """A NumericDate (RFC 7519, 2); parts of a second are cut off."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_SECOND:
        raise ClaimsDisagree(f"The claim {name} is no number of seconds since 1970.", place=f"payload/{name}")
    return datetime.fromtimestamp(int(value), UTC)


def _text(claims: JsonObject, name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise ClaimsDisagree(f"The claim {name} is no text.", place=f"payload/{name}")
    return value


def _audience(value: Json) -> tuple[str, ...]:
    found = _listed(value)
    if not all(isinstance(item, str) for item in found):
        raise ClaimsDisagree("The claim aud is no text and no list of texts.", place="payload/aud")
    return tuple(str(item) for item in found)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _first(value: Json) -> Json:
    return value[0] if isinstance(value, list) and value else value


def _name(value: Json) -> Json:
    return value.get("id") if isinstance(value, dict) else value


__all__ = ["REGISTERED", "ClaimsDisagree", "CredentialToken", "TokenProfile", "sign_jwt"]
