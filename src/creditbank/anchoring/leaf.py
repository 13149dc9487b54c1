"""What one leaf of a batch says: whose document it is, and a salted commitment to the document."""

from typing import Final

from creditbank.canonical import Digest, sha256
from creditbank.errors import BadInput

SALT_BYTES: Final = 16


class UnusableSalt(BadInput):
    """A salt hides a guessable document only if it has the full length (threat 45)."""

    slug = "unusable-salt"


def issuer_id(did: str) -> Digest:
    """The 32 bytes that name an issuer on the chain: SHA-256 of its DID as UTF-8."""
    return sha256(did.encode())


def entry(issuer_did: str, salt: bytes, credential_digest: Digest) -> bytes:
    """The 64 bytes of one entry: issuer id, then SHA-256 of salt and credential digest.

    The issuer stands in the clear, so that a provider sees credentials in its name which it never issued; the
    document does not, so nobody can look one up by its digest. Raises `UnusableSalt` unless the salt has
    16 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise UnusableSalt(f"The salt of an entry has {SALT_BYTES} bytes; this one has {len(salt)}.")
    assert len(credential_digest) == 32, "a digest is 32 bytes"
    return issuer_id(issuer_did) + sha256(salt + credential_digest)
