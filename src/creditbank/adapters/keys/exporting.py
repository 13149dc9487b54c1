"""A private key as a file that its owner takes away: a JWK, encrypted under a passphrase (RFC 7517, section 7).

Any tool of JOSE opens it. The passphrase is stretched by PBKDF2 with HMAC-SHA-512 (RFC 7518, 4.8).
"""

from typing import Final

from creditbank.canonical import canonical_json
from creditbank.signing import base64url_encode, key_from_multikey
from creditbank.signing.jwk import jwk_of

ROUNDS: Final = 210_000
ALGORITHM: Final = "PBES2-HS512+A256KW"
ENCRYPTION: Final = "A256GCM"


def encrypted_jwk(seed: bytes, multikey: str, passphrase: bytes) -> str:
    """The key with this public half, in the compact form of JWE."""
    from joserfc import jwe  # only who takes a key away needs it
    from joserfc.jwk import OctKey

    private = {**jwk_of(key_from_multikey(multikey)), "kid": multikey, "d": base64url_encode(seed)}
    header = {"alg": ALGORITHM, "enc": ENCRYPTION, "p2c": ROUNDS, "cty": "jwk+json"}
    return jwe.encrypt_compact(
        header, canonical_json(private), OctKey.import_key(passphrase), algorithms=[ALGORITHM, ENCRYPTION]
    )
