"""The published vectors of vc-di-ecdsa, byte for byte, and Wycheproof's signatures with raw r and s."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256, sha384
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from creditbank.signing import (
    VC2_CONTEXT,
    ContextLibrary,
    EcdsaKey,
    PrivateKey,
    ProofInvalid,
    ProofMalformed,
    add_proof,
    canonical_forms,
    did_key,
    key_from_multikey,
    key_of_did,
    multibase_decode,
    multibase_encode,
    proofs_of,
    signed_bytes,
    verify_proof,
    without_proof,
)

VECTORS = Path(__file__).parents[2] / "vectors"
ECDSA = VECTORS / "vc-di-ecdsa"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
SETS = [
    ("unsigned.json", "ecdsa-rdfc-2019-p256", "ECDSAP256"),
    ("employmentAuth.json", "ecdsa-rdfc-2019-p256/employ", "ECDSAP256"),
    ("unsigned.json", "ecdsa-rdfc-2019-p384", "ECDSAP384"),
    ("employmentAuth.json", "ecdsa-rdfc-2019-p384/employ", "ECDSAP384"),
    ("unsigned.json", "ecdsa-jcs-2019-p256", "JCSECDSAP256"),
    ("unsigned.json", "ecdsa-jcs-2019-p384", "JCSECDSAP384"),
]


def read(name: str) -> Any:
    return json.loads((ECDSA / name).read_bytes())


def text(name: str) -> str:
    return (ECDSA / name).read_text()


@pytest.fixture(scope="module")
def library() -> ContextLibrary:
    beside = VECTORS / "vc-di-eddsa" / "contexts"
    documents = {
        VC2_CONTEXT: (files("creditbank.adapters.documents") / "contexts" / "credentials-v2.json").read_bytes(),
        EXAMPLES: (beside / "credentials-examples-v2.json").read_bytes(),
        CITIZENSHIP: (beside / "citizenship-v4rc1.json").read_bytes(),
    }
    return ContextLibrary(documents, pinned={url: sha256(data).hexdigest() for url, data in documents.items()})


@pytest.mark.parametrize(("unsigned", "folder", "suffix"), SETS)
def test_every_step_gives_the_published_bytes(unsigned: str, folder: str, suffix: str, library: ContextLibrary) -> None:
    document, config = read(unsigned), read(f"{folder}/proofConfig{suffix}.json")
    kind, algorithm = ("P-384", sha384) if suffix.endswith("384") else ("P-256", sha256)
    proof_form, document_form = canonical_forms(document, config, library, kind)
    assert document_form.decode() == text(f"{folder}/canonDoc{suffix}.txt")
    assert proof_form.decode() == text(f"{folder}/proofCanon{suffix}.txt")
    assert algorithm(document_form).hexdigest() == text(f"{folder}/docHash{suffix}.txt")
    assert algorithm(proof_form).hexdigest() == text(f"{folder}/proofHash{suffix}.txt")
    to_sign = signed_bytes(document, config, library, kind)
    assert to_sign.hex() == text(f"{folder}/combinedHash{suffix}.txt")
    key = key_from_multikey(read(f"p{kind[2:]}KeyPair.json")["publicKeyMultibase"])
    signature = bytes.fromhex(text(f"{folder}/sigHex{suffix}.txt"))
    assert key.verify(to_sign, signature)
    assert multibase_encode(signature) == text(f"{folder}/sigBTC58{suffix}.txt")


@pytest.mark.parametrize(("unsigned", "folder", "suffix"), SETS)
def test_the_published_signed_documents_verify_and_altered_copies_do_not(
    unsigned: str, folder: str, suffix: str, library: ContextLibrary
) -> None:
    signed = read(f"{folder}/signed{suffix}.json")
    assert without_proof(signed) == read(unsigned)
    (proof,) = proofs_of(signed)
    key = key_of_did(str(proof["verificationMethod"]).split("#")[0])
    verify_proof(signed, proof, key, library)
    with pytest.raises(ProofInvalid):
        verify_proof({**signed, "name": "Another name"}, proof, key, library)
    with pytest.raises(ProofInvalid):
        verify_proof(signed, {**proof, "created": "2023-02-24T23:36:39Z"}, key, library)


def test_a_suite_takes_only_keys_of_its_own_kind(library: ContextLibrary) -> None:
    """Threat 9: the key decides; a proof cannot name a suite under which its signature would mean something else."""
    signed = read("ecdsa-rdfc-2019-p256/signedECDSAP256.json")
    proof = signed["proof"]
    key = key_of_did(proof["verificationMethod"].split("#")[0])
    with pytest.raises(ProofInvalid, match="kind P-256"):
        verify_proof(signed, {**proof, "cryptosuite": "eddsa-rdfc-2022"}, key, library)
    with pytest.raises(ProofInvalid, match="kind Ed25519"):
        verify_proof(signed, proof, PrivateKey.from_seed(bytes(32)).public, library)
    with pytest.raises(ProofMalformed, match="96 bytes"):
        verify_proof(signed, proof, key_from_multikey(read("p384KeyPair.json")["publicKeyMultibase"]), library)


def test_a_signature_in_der_or_of_another_length_is_malformed(library: ContextLibrary) -> None:
    """Threat 10: r and s stand in full length, and nothing else."""
    signed = read("ecdsa-rdfc-2019-p256/signedECDSAP256.json")
    proof = signed["proof"]
    key = key_of_did(proof["verificationMethod"].split("#")[0])
    raw = multibase_decode(proof["proofValue"])
    for other in (raw[:63], raw + b"\0", b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]):
        with pytest.raises(ProofMalformed, match="64 bytes"):
            verify_proof(signed, {**proof, "proofValue": multibase_encode(other)}, key, library)


def test_wycheproof_p256_with_raw_signatures_is_answered_as_published(counted: Callable[..., None]) -> None:
    """262 vectors: edge cases of r, s and the modular arithmetic, and every other length."""
    suite = json.loads(gzip.decompress((VECTORS / "wycheproof/ecdsa_secp256r1_sha256_p1363_test.json.gz").read_bytes()))
    run = 0
    for group in suite["testGroups"]:
        point = group["publicKey"]
        key = EcdsaKey.from_point("P-256", int(point["wx"], 16), int(point["wy"], 16))
        for case in group["tests"]:
            holds = key.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert holds == (case["result"] == "valid"), case["tcId"]
            run += 1
    assert run == suite["numberOfTests"] == 262
    counted("Wycheproof ECDSA P-256", run)


def test_a_set_of_proofs_may_mix_suites_and_each_must_hold(library: ContextLibrary) -> None:
    """Threat 13: the published P-256 and P-384 signatures, and one of Ed25519, over one document."""
    first = read("ecdsa-rdfc-2019-p256/signedECDSAP256.json")
    second = read("ecdsa-rdfc-2019-p384/signedECDSAP384.json")
    assert without_proof(first) == without_proof(second)
    private = PrivateKey.from_seed(b"s" * 32)
    both = add_proof(
        {**without_proof(first), "proof": [first["proof"], second["proof"]]},
        suite="eddsa-jcs-2022",
        verification_method=f"{did_key(private.public)}#{private.public.multikey}",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        purpose="assertionMethod",
        sign=private.sign,
        contexts=library,
    )
    proofs = proofs_of(both)
    keys = [key_of_did(str(proof["verificationMethod"]).split("#")[0]) for proof in proofs]
    assert [key.kind for key in keys] == ["P-256", "P-384", "Ed25519"]
    for proof, key in zip(proofs, keys, strict=True):
        verify_proof(both, proof, key, library)
        with pytest.raises(ProofInvalid):
            verify_proof({**both, "validFrom": "2011-01-01T00:00:00Z"}, proof, key, library)
