"""Base58btc, and the prefixes of Multikeys (W3C Controlled Identifiers 1.0, 2.2.2 and 2.4).

Every text has exactly one spelling here: what decodes must encode back to the same characters (threat 10).
"""

from typing import Final

from creditbank.errors import BadInput

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_MAX_TEXT: Final = 768  # decoding costs the square of the length; an RSA key of 4,096 bits has 723 characters
# multicodec codes as varints: 0xed, 0x1200, 0x1201, 0x1205
ED25519_PUBLIC: Final = b"\xed\x01"
P256_PUBLIC: Final = b"\x80\x24"
P384_PUBLIC: Final = b"\x81\x24"
RSA_PUBLIC: Final = b"\x85\x24"


class UnreadableMultibase(BadInput):
    """This text is not base58btc in its one spelling."""

    slug = "unreadable-multibase"


def base58btc_encode(data: bytes) -> str:
    """Write bytes in base58 with Bitcoin's alphabet; each leading zero byte becomes a `1`."""
    number = int.from_bytes(data)
    digits: list[str] = []
    while number:
        number, pair = divmod(number, 58 * 58)
        digits.append(_PAIRS[pair])
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "1" * zeros + "".join(reversed(digits)).lstrip("1")


def base58btc_decode(text: str) -> bytes:
    """Read base58btc; raise `UnreadableMultibase` for a foreign character or an overlong text."""
    if len(text) > _MAX_TEXT:
        raise UnreadableMultibase(f"A base58 text of {len(text)} characters is longer than any key or signature.")
    number = 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise UnreadableMultibase(f"{character!r} is not a base58btc character.")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multibase_encode(data: bytes) -> str:
    """Write bytes as multibase base58btc, the `z` spelling."""
    return "z" + base58btc_encode(data)


def multibase_decode(text: str) -> bytes:
    """Read multibase base58btc; raise `UnreadableMultibase` for any other base."""
    if not text.startswith("z"):
        raise UnreadableMultibase(
            f"{text[:12]!r} does not start with z, the sign of base58btc, the only multibase used here."
        )
    return base58btc_decode(text[1:])


__all__ = [
    "ED25519_PUBLIC",
    "P256_PUBLIC",
    "P384_PUBLIC",
    "RSA_PUBLIC",
    "UnreadableMultibase",
    "base58btc_decode",
    "base58btc_encode",
    "multibase_decode",
    "multibase_encode",
]
