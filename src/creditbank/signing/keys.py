"""Ed25519 keys (RFC 8032) that cannot be unsafe: weak and ambiguous public keys are refused when they are
read.

OpenSSL alone accepts points of small order, for which one signature fits many messages (threat 11), and
encodings that are not the canonical one, which would give one key two names.
"""

from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from creditbank.errors import BadInput
from creditbank.signing.multikey import (
    ED25519_PUBLIC,
    UnreadableMultibase,
    multibase_decode,
    multibase_encode,
)

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ORDER_EIGHT: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# y coordinates of the points whose order divides 8: the identity, and those of order 2, 4 and 8
_SMALL_ORDER: Final = frozenset({1, _P - 1, 0, _ORDER_EIGHT, _P - _ORDER_EIGHT})


class UnusableKey(BadInput):
    """This public key must not be trusted with a signature."""

    slug = "unusable-key"


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


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key: 32 canonical bytes of a point that is not of small order."""

    raw: bytes

    def __post_init__(self) -> None:
        _check_point(self.raw)

    @classmethod
    def from_multikey(cls, text: str) -> Self:
        """Read a Multikey `z6Mk…`; raise `UnusableKey` for another kind, a weak key, a second spelling."""
        try:
            data = multibase_decode(text)
        except UnreadableMultibase as cause:
            raise UnusableKey(f"{text[:60]!r} is not a Multikey: {cause.sentence}") from None
        if not data.startswith(ED25519_PUBLIC) or len(data) != 34 or multibase_encode(data) != text:
            raise UnusableKey(
                f"{text[:60]!r} is not an Ed25519 public key.", next_step="Ed25519 Multikeys start with z6Mk."
            )
        return cls(data[2:])

    @property
    def multikey(self) -> str:
        """The key as a Multikey, `z6Mk…`."""
        return multibase_encode(ED25519_PUBLIC + self.raw)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


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


__all__ = ["PrivateKey", "PublicKey", "UnusableKey"]
