"""Secrets that are shown once: how they are made, recognised and kept (threat 53).

A secret is a prefix, 256 random bits and a checksum: a scanner that finds one in a repository can be sure of it, and a
mistyped one is known without asking the database. Kept is only the SHA-256 of the whole text; since it is of 256
random bits, it can neither be guessed back nor found by the time that a look-up takes.
"""

import base64
import re
from enum import StrEnum
from typing import Final

from creditbank.canonical import Digest, sha256
from creditbank.services.ports import Entropy

FORM: Final = re.compile(r"(cb[a-z]{2}_)([A-Za-z0-9_-]{43})([0-9a-f]{6})")
HINT: Final = 9
"""How many characters a person sees of a secret that is kept: the prefix, and four more of 43."""


class Prefix(StrEnum):
    """What a secret is for, as it begins."""

    TOKEN = "cbat_"  # noqa: S105 -- how a token begins, not one
    CLIENT = "cbcs_"
    ACCESS = "cbac_"
    CODE = "cbco_"
    INVITATION = "cbin_"


def new_secret(prefix: Prefix, entropy: Entropy) -> str:
    """A fresh secret of its kind."""
    body = base64.urlsafe_b64encode(entropy.bytes(32)).decode().rstrip("=")
    return f"{prefix}{body}{_checksum(prefix, body)}"


def is_secret(prefix: Prefix, text: str) -> bool:
    """Whether the text is spelt like a secret of this kind, checksum and all."""
    match = FORM.fullmatch(text)
    return match is not None and match[1] == prefix and match[3] == _checksum(match[1], match[2])


def kept(secret: str) -> Digest:
    """What is kept of a secret."""
    return sha256(secret.encode())


def hint_of(secret: str) -> str:
    """How a secret begins, by which a person tells it from others."""
    return secret[:HINT]


def _checksum(prefix: str, body: str) -> str:
    return sha256(f"{prefix}{body}".encode()).hex()[:6]
