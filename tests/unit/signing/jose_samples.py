"""Keys of every kind that signs tokens, and tokens in whatever shape is asked for."""

import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from creditbank.signing import EcdsaKey, PrivateKey, RsaKey, VerificationKey, base64url_encode


@dataclass(frozen=True)
class Pair:
    """A key pair: the algorithm's name, the public half, and what makes a raw signature."""

    algorithm: str
    public: VerificationKey
    sign: Any


def ed25519(seed: bytes = b"j" * 32) -> Pair:
    private = PrivateKey.from_seed(seed)
    return Pair("EdDSA", private.public, private.sign)


def ecdsa(kind: str = "P-256", number: int = 1_000_003) -> Pair:
    curve, algorithm, size = (ec.SECP256R1(), SHA256(), 32) if kind == "P-256" else (ec.SECP384R1(), SHA384(), 48)
    private = ec.derive_private_key(number, curve)
    point = private.public_key().public_numbers()

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(algorithm)))
        return r.to_bytes(size) + s.to_bytes(size)

    public = EcdsaKey.from_point("P-256" if kind == "P-256" else "P-384", point.x, point.y)
    return Pair("ES256" if kind == "P-256" else "ES384", public, sign)


def rsa_private(bits: int = 2048, exponent: int = 65537) -> RSAPrivateKey:
    return generate_rsa(exponent, bits)


def rsa() -> Pair:
    private = rsa_private()
    numbers = private.public_key().public_numbers()
    return Pair(
        "RS256",
        RsaKey(numbers.n, numbers.e),
        lambda message: private.sign(message, padding.PKCS1v15(), SHA256()),
    )


PAIRS: dict[str, Pair] = {"Ed25519": ed25519(), "P-256": ecdsa(), "P-384": ecdsa("P-384"), "RSA": rsa()}


def part(value: Any) -> str:
    """A part of a token: bytes as they are, text in UTF-8, anything else as JSON."""
    if isinstance(value, bytes):
        return base64url_encode(value)
    return base64url_encode((value if isinstance(value, str) else json.dumps(value)).encode())


def token(payload: Any, pair: Pair = PAIRS["Ed25519"], *, header: Any = None, **more: Any) -> str:
    """A token with any header, whatever it says; `header` as text is taken to the letter."""
    said = {"alg": pair.algorithm, "typ": "vc+jwt", **more} if header is None else header
    text = f"{part(said)}.{part(payload)}"
    return f"{text}.{base64url_encode(pair.sign(text.encode()))}"
