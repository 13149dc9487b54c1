"""Base64url without padding (RFC 7515, 2): each text stands for its bytes alone, and they have no other (threat 10)."""

import base64
import re
from typing import Final

from creditbank.errors import BadInput

_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


class UnreadableBase64url(BadInput):
    """This text is not base64url in its one spelling."""

    slug = "unreadable-base64url"


def base64url_encode(data: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Read base64url; raise `UnreadableBase64url` for padding, white space, spare bits and foreign characters."""
    if _ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        raise UnreadableBase64url("This is not base64url without padding.")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url_encode(data) != text:
        raise UnreadableBase64url("Its last character has spare bits, so the same bytes would have two spellings.")
    return data


__all__ = ["UnreadableBase64url", "base64url_decode", "base64url_encode"]
