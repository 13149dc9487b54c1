"""Public keys that cannot be unsafe: weak and ambiguous ones are refused when they are read.

OpenSSL alone accepts points of small order, for which one Ed25519 signature fits many messages (threat 11), and
encodings that are not the canonical one, which would give one key two names. Each kind of key goes with one signature
algorithm: what a document or a token says of its algorithm chooses nothing (threat 9).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    EllipticCurve,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from creditbank.errors import BadInput
from creditbank.signing.multikey import (
    ED25519_PUBLIC,
    P256_PUBLIC,
    P384_PUBLIC,
    RSA_PUBLIC,
    UnreadableMultibase,
    multibase_decode,
    multibase_encode,
)

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ORDER_EIGHT: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# y coordinates of the points whose order divides 8: the identity, and those of order 2, 4 and 8
_SMALL_ORDER: Final = frozenset({1, _P - 1, 0, _ORDER_EIGHT, _P - _ORDER_EIGHT})


KeyKind = Literal["Ed25519", "P-256", "P-384", "RSA"]


class UnusableKey(BadInput):
    """This public key must not be trusted with a signature."""

    slug = "unusable-key"


class VerificationKey(Protocol):
    """A public key that was checked, under the one name that registers, reports and policies know it by."""

    @property
    def multikey(self) -> str:
        """The key as a Multikey: its only name."""

    @property
    def kind(self) -> KeyKind:
        """What kind of key it is, which fixes how it signs."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over exactly this message."""


@lru_cache(maxsize=1024)  # of good keys only: a refusal is no answer that is remembered
def _check_point(raw: bytes) -> None:
    if len(raw) != 32:
        raise UnusableKey(f"An Ed25519 public key has 32 bytes, this one has {len(raw)}.")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _P:
        raise UnusableKey("This key is written in a non-canonical way, so it would have two names.")
    if y in _SMALL_ORDER:
        raise UnusableKey("This key is a point of small order: one signature would fit many messages.")
    # RFC 8032, 5.1.3: x^2 = (y^2 - 1) / (d y^2 + 1) must be a square
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise UnusableKey("These bytes are not a point of the Ed25519 curve.")


@lru_cache(maxsize=1024)
def _spelt(raw: bytes) -> str:
    return multibase_encode(ED25519_PUBLIC + raw)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key: 32 canonical bytes of a point that is not of small order."""

    raw: bytes

    def __post_init__(self) -> None:
        _check_point(self.raw)

    @classmethod
    def from_multikey(cls, text: str) -> Self:
        """Read a Multikey `z6Mk…`; raise `UnusableKey` for another kind, a weak key, a second spelling."""
        data = _multikey_bytes(text)
        if not data.startswith(ED25519_PUBLIC) or len(data) != 34:
            raise UnusableKey(
                f"{text[:60]!r} is not an Ed25519 public key.", next_step="Ed25519 Multikeys start with z6Mk."
            )
        return cls(data[2:])

    @property
    def kind(self) -> KeyKind:
        """Ed25519."""
        return "Ed25519"

    @property
    def multikey(self) -> str:
        """The key as a Multikey, `z6Mk…`."""
        return _spelt(self.raw)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class _Curve(NamedTuple):
    """A curve of NIST (FIPS 186-5), the hash its signatures are made with, and its Multikey prefix."""

    curve: EllipticCurve
    hash: HashAlgorithm
    prefix: bytes
    length: int
    """Bytes of one coordinate."""


CurveName = Literal["P-256", "P-384"]
_CURVES: Final[Mapping[CurveName, _Curve]] = MappingProxyType(
    {
        "P-256": _Curve(SECP256R1(), SHA256(), P256_PUBLIC, 32),
        "P-384": _Curve(SECP384R1(), SHA384(), P384_PUBLIC, 48),
    }
)


@dataclass(frozen=True, slots=True)
class EcdsaKey:
    """An ECDSA public key on P-256 or P-384: the compressed bytes of a point that lies on the curve.

    Both curves have prime order, so that a point on one is never of small order.
    """

    kind: CurveName
    compressed: bytes

    def __post_init__(self) -> None:
        curve = _CURVES[self.kind]
        if len(self.compressed) != curve.length + 1 or self.compressed[0] not in (2, 3):
            raise UnusableKey(f"A {self.kind} key is a compressed point of {curve.length + 1} bytes.")
        if self._point().public_bytes(Encoding.X962, PublicFormat.CompressedPoint) != self.compressed:
            raise UnusableKey("This key is written in a second way, so it would have two names.")

    @classmethod
    def from_point(cls, kind: CurveName, x: int, y: int) -> Self:
        """The key with these coordinates; raise `UnusableKey` for a point that is not on the curve."""
        curve = _CURVES[kind]
        try:
            point = EllipticCurvePublicNumbers(x, y, curve.curve).public_key()
        except ValueError:
            raise UnusableKey(f"These coordinates are not a point of the curve {kind}.") from None
        numbers = point.public_numbers()
        if (numbers.x, numbers.y) != (x, y):  # OpenSSL takes a coordinate beyond the prime for its remainder
            raise UnusableKey(f"These coordinates are not a point of the curve {kind} in its one spelling.")
        return cls(kind, point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))

    @property
    def multikey(self) -> str:
        """The key as a Multikey: `zDn…` for P-256, `z82…` for P-384."""
        return multibase_encode(_CURVES[self.kind].prefix + self.compressed)

    @property
    def coordinates(self) -> tuple[bytes, bytes]:
        """The point as two numbers of full length, as a JWK writes it."""
        point = self._point().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
        return point[: len(point) // 2], point[len(point) // 2 :]

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature, r and s in full length (IEEE P1363), is this key's over exactly this message."""
        curve = _CURVES[self.kind]
        if len(signature) != 2 * curve.length:
            return False
        r, s = int.from_bytes(signature[: curve.length]), int.from_bytes(signature[curve.length :])
        try:
            self._point().verify(encode_dss_signature(r, s), message, ECDSA(curve.hash))
        except InvalidSignature:
            return False
        return True

    def _point(self) -> EllipticCurvePublicKey:
        try:
            return EllipticCurvePublicKey.from_encoded_point(_CURVES[self.kind].curve, self.compressed)
        except ValueError:
            raise UnusableKey(f"These bytes are not a point of the curve {self.kind}.") from None


_ROCA_PRIMES: Final = tuple(p for p in range(3, 168) if all(p % d for d in range(2, p)))
_ROCA_GROUPS: Final = {p: frozenset(pow(65537, k, p) for k in range(p)) for p in _ROCA_PRIMES}


def _from_a_weak_generator(modulus: int) -> bool:
    """Whether the modulus has the mark of CVE-2017-15361: a power of 65537 modulo every small prime.

    Smartcards made such keys, and who knows the mark can factor them. By chance fewer than one in 2^27 have it.
    """
    return all(modulus % p in group for p, group in _ROCA_GROUPS.items())


RSA_BITS: Final = (2048, 4096)
"""The least and the greatest length of an RSA modulus: NIST SP 800-131A wants the one, a bounded time the other."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA public key of 2,048 to 4,096 bits; it signs with PKCS #1 v1.5 and SHA-256, as RS256 does."""

    modulus: int
    exponent: int

    def __post_init__(self) -> None:
        bits = self.modulus.bit_length()
        if not RSA_BITS[0] <= bits <= RSA_BITS[1]:
            raise UnusableKey(f"An RSA key of {bits} bits is not used; it has {RSA_BITS[0]} to {RSA_BITS[1]}.")
        if self.modulus % 2 == 0 or self.exponent % 2 == 0 or not 65537 <= self.exponent < 2**32:
            raise UnusableKey("An RSA key has an odd modulus, and an odd exponent of at least 65537.")
        if _from_a_weak_generator(self.modulus):
            raise UnusableKey("This RSA key was made by a generator whose keys can be factored (CVE-2017-15361).")

    @classmethod
    def from_der(cls, data: bytes) -> Self:
        """Read an RSAPublicKey of RFC 8017 (A.1.1) in DER; raise `UnusableKey` for anything else."""
        try:
            loaded = load_der_public_key(data)
        except ValueError:
            raise UnusableKey("These bytes are not an RSA public key.") from None
        if not isinstance(loaded, RSAPublicKey):
            raise UnusableKey("These bytes are not an RSA public key.")
        numbers = loaded.public_numbers()
        key = cls(numbers.n, numbers.e)
        if key.der != data:
            raise UnusableKey("This RSA key is written in a second way, so it would have two names.")
        return key

    @property
    def kind(self) -> KeyKind:
        """RSA."""
        return "RSA"

    @property
    def der(self) -> bytes:
        """The key as RSAPublicKey in DER."""
        return self._key().public_bytes(Encoding.DER, PublicFormat.PKCS1)

    @property
    def multikey(self) -> str:
        """The key as a Multikey, with the multicodec name rsa-pub."""
        return multibase_encode(RSA_PUBLIC + self.der)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over exactly this message."""
        try:
            self._key().verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def _key(self) -> RSAPublicKey:
        return RSAPublicNumbers(self.exponent, self.modulus).public_key()


def _multikey_bytes(text: str) -> bytes:
    try:
        data = multibase_decode(text)
    except UnreadableMultibase as cause:
        raise UnusableKey(f"{text[:60]!r} is not a Multikey: {cause.sentence}") from None
    if multibase_encode(data) != text:
        raise UnusableKey(f"{text[:60]!r} is a second spelling of a Multikey.")
    return data


_READERS: Final[Mapping[bytes, Callable[[bytes], VerificationKey]]] = MappingProxyType(
    {
        ED25519_PUBLIC: PublicKey,
        P256_PUBLIC: lambda raw: EcdsaKey("P-256", raw),
        P384_PUBLIC: lambda raw: EcdsaKey("P-384", raw),
        RSA_PUBLIC: RsaKey.from_der,
    }
)


def is_multikey(text: str) -> bool:
    """Whether this names itself a Multikey of a kind that is used here, however weak."""
    try:
        return multibase_decode(text)[:2] in _READERS
    except UnreadableMultibase:
        return False


def key_from_multikey(text: str) -> VerificationKey:
    """Read a Multikey of any kind that is used here; raise `UnusableKey` for another kind, or a weak key."""
    data = _multikey_bytes(text)
    read = _READERS.get(data[:2])
    if read is None:
        raise UnusableKey(
            f"{text[:60]!r} is a key of a kind that is not used here.",
            next_step="Used are Ed25519, P-256, P-384 and RSA.",
        )
    return read(data[2:])


class PrivateKey:
    """An Ed25519 private key. Its bytes do not appear in `repr` and cannot be read back."""

    __slots__ = ("_key", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Make the key of a 32-byte seed; raise `UnusableKey` for another length."""
        if len(seed) != 32:
            raise UnusableKey(f"An Ed25519 seed has 32 bytes, this one has {len(seed)}.")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """Sign a message; the same key and message give the same 64 bytes."""
        return self._key.sign(message)


__all__ = [
    "RSA_BITS",
    "CurveName",
    "EcdsaKey",
    "KeyKind",
    "PrivateKey",
    "PublicKey",
    "RsaKey",
    "UnusableKey",
    "VerificationKey",
    "is_multikey",
    "key_from_multikey",
]
