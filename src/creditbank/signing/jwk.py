"""Public keys as JSON Web Keys (RFC 7517, 7518 and 8037), in and out; one with a private member is refused."""

from typing import Final

from creditbank.canonical import Json, JsonObject, canonical_json, sha256
from creditbank.signing.base64url import UnreadableBase64url, base64url_decode, base64url_encode
from creditbank.signing.keys import CurveName, EcdsaKey, KeyKind, PublicKey, RsaKey, UnusableKey, VerificationKey

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_COORDINATE: Final[dict[str, tuple[CurveName, int]]] = {"P-256": ("P-256", 32), "P-384": ("P-384", 48)}
FITTING: Final[dict[KeyKind, tuple[str, ...]]] = {
    "Ed25519": ("EdDSA", "Ed25519"),
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "RSA": ("RS256",),
}
"""The one signature algorithm of each kind of key; that of Ed25519 has two names (RFC 8037, RFC 9864)."""


def jwk_of(key: VerificationKey) -> JsonObject:
    """The key as a JWK with its required members alone, in the order of RFC 7638."""
    if isinstance(key, PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url_encode(key.raw)}
    if isinstance(key, EcdsaKey):
        x, y = key.coordinates
        return {"crv": key.kind, "kty": "EC", "x": base64url_encode(x), "y": base64url_encode(y)}
    assert isinstance(key, RsaKey), "there are no further kinds of keys"
    return {"e": _number_text(key.exponent), "kty": "RSA", "n": _number_text(key.modulus)}


def jwk_thumbprint(key: VerificationKey) -> str:
    """The name of a key by its own content (RFC 7638, SHA-256, base64url)."""
    return base64url_encode(sha256(canonical_json(jwk_of(key))))


def key_from_jwk(value: Json) -> VerificationKey:
    """Read a public JWK for signatures; raise `UnusableKey` for any other.

    Refused are private members, keys of other kinds, uses and algorithms, weak keys, and numbers in a second spelling.
    Members that are not known are passed over, as RFC 7517 (4) wants.
    """
    if not isinstance(value, dict):
        raise UnusableKey("A JWK is a JSON object.")
    if exposed := sorted(_PRIVATE & value.keys()):
        raise UnusableKey(
            f"This key shows its private member {exposed[0]!r}, so anybody can sign with it.",
            next_step="Revoke the key, and publish the public members of a new one.",
        )
    key = _read(value)
    _check_use(value, key)
    return key


def _read(value: JsonObject) -> VerificationKey:
    kind, curve = value.get("kty"), value.get("crv")
    if kind == "OKP" and curve == "Ed25519":
        return PublicKey(_bytes(value, "x"))
    if kind == "EC" and isinstance(curve, str) and curve in _COORDINATE:
        name, length = _COORDINATE[curve]
        x, y = _bytes(value, "x"), _bytes(value, "y")
        if len(x) != length or len(y) != length:
            raise UnusableKey(f"A coordinate of a {name} key has {length} bytes (RFC 7518, 6.2.1.2).")
        return EcdsaKey.from_point(name, int.from_bytes(x), int.from_bytes(y))
    if kind == "RSA":
        return RsaKey(_number(value, "n"), _number(value, "e"))
    raise UnusableKey(
        f"A key of the kind {str(kind)[:20]} {str(curve or '')[:20]} is not used here.".replace("  ", " "),
        next_step="Used are OKP with Ed25519, EC with P-256 or P-384, and RSA.",
    )


def _check_use(value: JsonObject, key: VerificationKey) -> None:
    operations = value.get("key_ops", ["verify"])
    if value.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise UnusableKey("This key is not meant for checking signatures.")
    if value.get("alg", FITTING[key.kind][0]) not in FITTING[key.kind]:
        raise UnusableKey(f"A key of the kind {key.kind} cannot be one for {str(value['alg'])[:20]!r}.")


def _bytes(value: JsonObject, name: str) -> bytes:
    text = value.get(name)
    try:
        return base64url_decode(text if isinstance(text, str) else "=")
    except UnreadableBase64url as cause:
        raise UnusableKey(f"The member {name} of the JWK cannot be read. {cause.sentence}") from None


def _number(value: JsonObject, name: str) -> int:
    """A Base64urlUInt (RFC 7518, 2): the fewest bytes that hold it."""
    data = _bytes(value, name)
    if not data or data[0] == 0 or len(data) > 1024:
        raise UnusableKey(f"The member {name} of the JWK is no number in its one spelling.")
    return int.from_bytes(data)


def _number_text(number: int) -> str:
    return base64url_encode(number.to_bytes((number.bit_length() + 7) // 8))


__all__ = ["FITTING", "jwk_of", "jwk_thumbprint", "key_from_jwk"]
