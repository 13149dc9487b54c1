"""Secrets at rest: AES-256-GCM (NIST SP 800-38D), the master key wrapped by scrypt (RFC 7914)."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from creditbank.adapters.keys.errors import DamagedKeyFile
from creditbank.canonical import UnreadableJson, canonical_json, load_object

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
# 32 MiB and about a tenth of a second for each guess; a vault pays it once, when it is opened.
SCRYPT: Final = {"n": 2**15, "r": 8, "p": 1}


def stretch(passphrase: bytes, salt: bytes) -> bytes:
    """The wrapping key of a passphrase."""
    return Scrypt(salt=salt, length=KEY_BYTES, **SCRYPT).derive(passphrase)


def seal(key: bytes, secret: bytes, facts: Mapping[str, str]) -> bytes:
    """A JSON document with `facts` in the clear and `secret` encrypted; neither can be changed unnoticed."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, secret, canonical_json(dict(facts)))
    return canonical_json({**facts, "nonce": nonce.hex(), "sealed": sealed.hex()}) + b"\n"


def read_sealed(data: bytes, place: str) -> dict[str, str]:
    """The fields of a sealed document; raise `DamagedKeyFile` for anything else."""
    try:
        document: dict[str, Any] = load_object(data)
    except UnreadableJson:
        raise damaged(place) from None
    if not all(isinstance(value, str) for value in document.values()) or not {"nonce", "sealed"} <= document.keys():
        raise damaged(place)
    return document


def unseal(key: bytes, document: Mapping[str, str], place: str) -> bytes:
    """The secret of a sealed document; raise `DamagedKeyFile` for another key or any changed byte."""
    facts = {name: value for name, value in document.items() if name not in ("nonce", "sealed")}
    try:
        nonce, sealed = bytes.fromhex(document["nonce"]), bytes.fromhex(document["sealed"])
        if len(nonce) != NONCE_BYTES:
            raise damaged(place)
        return AESGCM(key).decrypt(nonce, sealed, canonical_json(facts))
    except (InvalidTag, ValueError):
        raise damaged(place) from None


def damaged(place: str) -> DamagedKeyFile:
    """The refusal of a file that the vault did not write as it stands."""
    return DamagedKeyFile(
        "This key file is not as the vault wrote it.", place=place, next_step="Restore it from a backup."
    )
