"""Adding and checking proofs: what holds, and every way in which it must not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.credential import CREDITBANK_CONTEXT
from creditbank.signing import (
    MAX_PROOFS,
    OPEN_BADGES_CONTEXT,
    SUITES,
    VC2_CONTEXT,
    ContextRefused,
    PrivateKey,
    ProofInvalid,
    ProofMalformed,
    ProofMissing,
    Suite,
    UndefinedTerm,
    add_proof,
    did_key,
    proofs_of,
    verify_proof,
    without_proof,
)

LIBRARY = bundled_contexts()
KEY = PrivateKey.from_seed(b"\x07" * 32)
DID = did_key(KEY.public)
WHEN = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)


def document() -> dict[str, Any]:
    return {
        "@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential"],
        "name": "Ünïcode 学分 \t\x01",
        "issuer": DID,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": DID},
    }


def sign(unsigned: dict[str, Any], suite: Suite = "eddsa-rdfc-2022", **changes: Any) -> dict[str, Any]:
    return add_proof(
        unsigned,
        **{
            "suite": suite,
            "verification_method": f"{DID}#{KEY.public.multikey}",
            "created": WHEN,
            "purpose": "assertionMethod",
            "sign": KEY.sign,
            "contexts": LIBRARY,
            **changes,
        },
    )


def check(secured: dict[str, Any], **changes: Any) -> None:
    for proof in proofs_of(secured):
        verify_proof(secured, {**proof, **changes}, KEY.public, LIBRARY)


@pytest.mark.parametrize("suite", SUITES)
def test_what_was_signed_verifies_and_says_who_when_and_why(suite: Suite) -> None:
    unsigned = document()
    secured = sign(unsigned, suite)
    check(secured)
    assert without_proof(secured) == unsigned
    (proof,) = proofs_of(secured)
    assert proof["verificationMethod"] == f"{DID}#{KEY.public.multikey}"
    assert proof["created"] == "2026-11-23T14:02:00Z"
    assert proof["proofPurpose"] == "assertionMethod"
    assert sign(unsigned, suite) == secured  # deterministic


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another"},
        {"validFrom": "2025-01-01T00:00:00Z"},
        {"credentialSubject": {"id": "did:web:thief.example"}},
        {"validUntil": "2030-01-01T00:00:00Z"},
        {"type": ["VerifiableCredential", "OpenBadgeCredential"]},
    ],
)
def test_an_altered_value_is_refused(suite: Suite, change: dict[str, Any]) -> None:
    with pytest.raises(ProofInvalid):
        check({**sign(document(), suite), **change})


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "change",
    [
        {"created": "2026-11-23T14:02:01Z"},
        {"proofPurpose": "authentication"},
        {"verificationMethod": "did:web:thief.example#key"},
        {"challenge": "added"},
        {"domain": "added.example"},
        {"nonce": "added"},
        {"expires": "2030-01-01T00:00:00Z"},
    ],
)
def test_an_altered_proof_is_refused(suite: Suite, change: dict[str, Any]) -> None:
    """Threat 12: purpose and method are signed like everything else."""
    with pytest.raises(ProofInvalid):
        check(sign(document(), suite), **change)


@pytest.mark.parametrize("suite", SUITES)
def test_challenge_and_domain_are_signed(suite: Suite) -> None:
    secured = sign(document(), suite, purpose="authentication", challenge="c-1", domain="reader.example")
    check(secured)
    for change in ({"challenge": "c-2"}, {"domain": "other.example"}):
        with pytest.raises(ProofInvalid):
            check(secured, **change)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"type": "Ed25519Signature2020"}, "/proof"),
        ({"cryptosuite": "ecdsa-sd-2023"}, "/proof"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "/proof"),
        ({"cryptosuite": None}, "/proof"),
        ({"verificationMethod": ""}, "/proof/verificationMethod"),
        ({"proofPurpose": 7}, "/proof/proofPurpose"),
        ({"created": "2026-11-23"}, "/proof/created"),
        ({"created": "2026-11-23T24:00:00Z"}, "/proof/created"),
        ({"proofValue": None}, "/proof/proofValue"),
        ({"proofValue": "z"}, "/proof/proofValue"),
        ({"proofValue": "z0OIl"}, "/proof/proofValue"),
        ({"proofValue": "uAAAA"}, "/proof/proofValue"),
        ({"proofValue": "z" + "1" * 64}, None),  # 64 zero bytes: readable, and no signature
        ({"previousProof": "urn:uuid:absent"}, "/proof/previousProof"),
    ],
)
def test_a_malformed_proof_is_refused_with_its_place(change: dict[str, Any], place: str | None) -> None:
    """Threats 9, 10 and 13."""
    with pytest.raises((ProofMalformed, ProofInvalid)) as refused:
        check(sign(document()), **change)
    assert place is None or refused.value.place == place


def test_no_proof_an_empty_list_or_too_many_are_refused() -> None:
    """Threat 13."""
    secured = sign(document())
    for proof in (None, [], ["x"], "x", [secured["proof"]] * (MAX_PROOFS + 1)):
        with pytest.raises((ProofMissing, ProofMalformed)):
            proofs_of({**secured, "proof": proof})
    with pytest.raises(ProofMissing):
        proofs_of(document())


def test_a_second_proof_stands_beside_the_first_and_both_hold() -> None:
    both = sign(sign(document()), "eddsa-jcs-2022")
    assert len(proofs_of(both)) == 2
    check(both)
    with pytest.raises(ProofMalformed, match="at most"):
        sign(sign(sign(both)))


def test_a_jcs_proof_keeps_the_contexts_it_was_made_in() -> None:
    """vc-di-eddsa 3.3.2: contexts may be added behind the proof's own, never before or instead."""
    secured = sign(document(), "eddsa-jcs-2022")
    check({**secured, "@context": [*secured["@context"], "https://w3id.org/security/data-integrity/v2"]})
    with pytest.raises(ProofMalformed, match="contexts"):
        check({**secured, "@context": secured["@context"][:1]})
    with pytest.raises(ProofMalformed, match="contexts"):
        check({**secured, "@context": list(reversed(secured["@context"]))})


def test_a_jcs_document_in_unknown_contexts_is_refused() -> None:
    """Threat 5 holds for both suites."""
    with pytest.raises(ContextRefused):
        sign({**document(), "@context": [VC2_CONTEXT, "https://evil.example/"]}, "eddsa-jcs-2022")


HOSTILE = [{"@vocab": "https://evil.example/"}, {"name": "https://evil.example/name"}, "https://evil.example/context"]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_context_that_the_proof_does_not_name_is_looked_at_all_the_same(suite: Suite, hostile: Any) -> None:
    """Threat 5: no signature covers what stands behind the contexts of a JCS proof, and a proof under RDFC has none."""
    secured = sign(document(), suite)
    more = {**secured, "@context": [*secured["@context"], hostile]}
    with pytest.raises(ContextRefused):
        check({**more, "proof": {**secured["proof"], "@context": secured["@context"]}})
    with pytest.raises(ContextRefused):
        check(more)


@pytest.mark.parametrize(
    "own", [7, None, {"note": "x"}, [VC2_CONTEXT, {"@vocab": "https://evil.example/"}], "urn:x"], ids=str
)
def test_nothing_unsigned_hides_in_the_context_of_a_proof(own: Any) -> None:
    """A proof under RDFC is read in the document's contexts; what it says itself about them is not signed."""
    secured = sign(document(), "eddsa-rdfc-2022")
    proof: Any = secured["proof"]
    check({**secured, "proof": {**proof, "@context": secured["@context"]}})
    with pytest.raises(ContextRefused):
        check({**secured, "proof": {**proof, "@context": own}})


def test_a_jcs_proof_names_the_contexts_up_to_the_first_that_stands_in_full() -> None:
    """Peers compare contexts one by one, and take two objects of the same content for different ones."""
    unsigned = {**document(), "@context": [VC2_CONTEXT, OPEN_BADGES_CONTEXT, dict(CREDITBANK_CONTEXT)]}
    secured = sign(unsigned, "eddsa-jcs-2022")
    assert secured["proof"]["@context"] == [VC2_CONTEXT, OPEN_BADGES_CONTEXT]
    assert secured["@context"] == unsigned["@context"]
    check(secured)
    with pytest.raises(ProofInvalid):
        check({**secured, "name": "Another"})


def test_nothing_undefined_is_ever_signed_over_its_meaning() -> None:
    """Threat 6, on issue and on verification."""
    with pytest.raises(UndefinedTerm):
        sign({**document(), "bonus": "100 credits"})
    with pytest.raises(UndefinedTerm):
        check({**sign(document()), "bonus": "100 credits"})
    with pytest.raises(UndefinedTerm):
        check(sign(document()), bonus="in the proof")
