"""Is this signature good, and whose key made it? Ed25519 keys, pinned contexts, Data Integrity proofs, DIDs.

A signature that holds says that these words, in these meanings, were signed with this key. Whether the key
could speak for the issuer at that time is for `creditbank.verification` to say.
"""

from creditbank.signing.addresses import (
    FetchRefused,
    FetchTarget,
    address_refused,
    fetch_allowed,
    fetch_refused,
    fetch_target,
)
from creditbank.signing.contexts import (
    DATA_INTEGRITY_CONTEXT,
    DID_CONTEXT,
    MULTIKEY_CONTEXT,
    OPEN_BADGES_CONTEXT,
    OPEN_BADGES_EXTENSIONS,
    PINNED,
    PINNED_INLINE,
    VC2_CONTEXT,
    ContextLibrary,
    ContextRefused,
)
from creditbank.signing.dids import (
    DidDocument,
    UnreadableDid,
    UnreadableDidDocument,
    did_document,
    did_key,
    did_key_document,
    did_web_document,
    did_web_url,
    key_of_did,
)
from creditbank.signing.keys import PrivateKey, PublicKey, UnusableKey
from creditbank.signing.multikey import (
    UnreadableMultibase,
    base58btc_decode,
    base58btc_encode,
    multibase_decode,
    multibase_encode,
)
from creditbank.signing.rdf import UncoveredContent, UndefinedTerm, canonicalize_rdfc
from creditbank.signing.rdfc import NoCanonicalForm
from creditbank.signing.suites import (
    MAX_PROOFS,
    SUITES,
    ProofInvalid,
    ProofMalformed,
    ProofMissing,
    Suite,
    add_proof,
    canonical_forms,
    proofs_of,
    signed_bytes,
    verify_proof,
    without_proof,
)

__all__ = [
    "DATA_INTEGRITY_CONTEXT",
    "DID_CONTEXT",
    "MAX_PROOFS",
    "MULTIKEY_CONTEXT",
    "OPEN_BADGES_CONTEXT",
    "OPEN_BADGES_EXTENSIONS",
    "PINNED",
    "PINNED_INLINE",
    "SUITES",
    "VC2_CONTEXT",
    "ContextLibrary",
    "ContextRefused",
    "DidDocument",
    "FetchRefused",
    "FetchTarget",
    "NoCanonicalForm",
    "PrivateKey",
    "ProofInvalid",
    "ProofMalformed",
    "ProofMissing",
    "PublicKey",
    "Suite",
    "UncoveredContent",
    "UndefinedTerm",
    "UnreadableDid",
    "UnreadableDidDocument",
    "UnreadableMultibase",
    "UnusableKey",
    "add_proof",
    "address_refused",
    "base58btc_decode",
    "base58btc_encode",
    "canonical_forms",
    "canonicalize_rdfc",
    "did_document",
    "did_key",
    "did_key_document",
    "did_web_document",
    "did_web_url",
    "fetch_allowed",
    "fetch_refused",
    "fetch_target",
    "key_of_did",
    "multibase_decode",
    "multibase_encode",
    "proofs_of",
    "signed_bytes",
    "verify_proof",
    "without_proof",
]
