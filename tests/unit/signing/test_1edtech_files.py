"""1EdTech's public validator: what its own tests expect of 44 files, and what becomes of the same signatures here.

Those tests fetch issuers and status lists, and some expect a no for reasons of dates or schema. Here is asked about
signatures alone; where the answer differs from theirs, the file stands below with its reason (record 0021).
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.errors import CreditBankError
from creditbank.signing import (
    CredentialToken,
    TokenProfile,
    VerificationKey,
    key_from_multikey,
    key_of_did,
    proofs_of,
    verify_proof,
)

PACKED = Path(__file__).parents[2] / "vectors" / "1edtech-validator" / "signed.jsonl.gz"
FILES = {one["file"]: one for one in map(json.loads, gzip.decompress(PACKED.read_bytes()).splitlines())}
OLD_SUITE = "a suite or a data model from before VC 2.0: Ed25519Signature2020, eddsa-2022"
REFUSED_HERE = {
    "ob30/simple_v1.json": OLD_SUITE,
    "ob30/simple-eddsa-2022.json": OLD_SUITE,
    "clr20/simple_v1.json": OLD_SUITE,
    "clr20/complex.json": OLD_SUITE,
    "ob30/simple-multiple-proofs.json": "every proof of a set must hold, and one is of no known kind (threat 13)",
    "ob30/sd/derivedcredential.json": "selective disclosure with ecdsa-sd-2023 is not read",
    "clr20/simple-noproof.json": "nobody signed it",
}
"""Files whose signatures 1EdTech's validator lets pass, and that are refused here."""

OTHER_REASONS = {
    "ob30/complete.json": "its status list",
    "ob30/simple-err-expired.json": "its dates",
    "ob30/simple-err-issued.json": "its dates",
    "ob30/simple-err-issuer.json": "its issuer",
    "ob30/endorsement-valid.json": "its claim",
    "ob30/bit-string-list/credential-status-revoked.json": "its status",
}
"""Files that 1EdTech's validator refuses although the signature holds."""


def key_of(proof: dict[str, Any]) -> VerificationKey:
    method = str(proof["verificationMethod"])
    return key_from_multikey(method.rpartition("#")[2]) if "#" in method else key_of_did(method)


def holds(text: str) -> bool:
    try:
        document = json.loads(text)
        for proof in proofs_of(document):
            verify_proof(document, proof, key_of(proof), bundled_contexts())
    except (CreditBankError, KeyError):
        return False
    return True


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".jwt")])
def test_the_signature_of_each_file_is_answered_as_expected_or_for_a_stated_reason(
    name: str, counted: Callable[..., None]
) -> None:
    answer, expected = holds(FILES[name]["text"]), FILES[name]["expected"]
    if answer != expected:
        assert name in (OTHER_REASONS if answer else REFUSED_HERE)
    else:
        assert name not in {**OTHER_REASONS, **REFUSED_HERE}
    counted("1EdTech validator files", 1, otherwise=int(answer != expected))


def test_the_tokens_are_read_in_the_open_badges_profile() -> None:
    """They carry RS256 signatures and a `vc` claim of VC 1.1; their issuers' keys are not in the files."""
    for name in ("ob30/simple.jwt", "ob30/velocity.jwt"):
        found = CredentialToken.read(FILES[name]["text"])
        assert found.profile is TokenProfile.OPEN_BADGES
        assert found.jws.algorithm == "RS256"
        assert "OpenBadgeCredential" in found.document["type"]  # type: ignore[operator]


def test_the_key_in_a_header_fits_its_signature_and_vouches_for_nothing() -> None:
    """Threat 9: 1EdTech's validator takes that key at its word; here it only names a key that the issuer lists."""
    found = CredentialToken.read(FILES["clr20/simple.jwt"]["text"])
    assert found.jws.named is not None
    found.jws.verify(found.jws.named)
    assert found.jws.method_among({}, "https://example.edu/issuers/565049") == ""
