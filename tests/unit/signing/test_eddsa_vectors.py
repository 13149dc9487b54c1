"""The published vectors of vc-di-eddsa, byte for byte: canonical forms, hashes, signatures, sets, chains."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import canonical_json
from creditbank.signing import (
    VC2_CONTEXT,
    ContextLibrary,
    ContextRefused,
    PrivateKey,
    ProofInvalid,
    ProofMalformed,
    canonical_forms,
    key_of_did,
    multibase_decode,
    multibase_encode,
    proofs_of,
    signed_bytes,
    verify_proof,
    without_proof,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "vc-di-eddsa"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"


def read(name: str) -> Any:
    return json.loads((VECTORS / name).read_bytes())


def text(name: str) -> str:
    return (VECTORS / name).read_text()


@pytest.fixture(scope="module")
def library() -> ContextLibrary:
    documents = {
        VC2_CONTEXT: (files("creditbank.adapters.documents") / "contexts" / "credentials-v2.json").read_bytes(),
        EXAMPLES: (VECTORS / "contexts" / "credentials-examples-v2.json").read_bytes(),
        CITIZENSHIP: (VECTORS / "contexts" / "citizenship-v4rc1.json").read_bytes(),
    }
    return ContextLibrary(documents, pinned={url: sha256(data).hexdigest() for url, data in documents.items()})


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    pair = read("keyPair.json")
    seed = multibase_decode(pair["privateKeyMultibase"])
    assert seed[:2] == b"\x80\x26"  # multicodec ed25519-priv
    key = PrivateKey.from_seed(seed[2:])
    assert key.public.multikey == pair["publicKeyMultibase"]
    return key


SETS = [
    ("unsigned.json", "eddsa-rdfc-2022", "DataInt"),
    ("employmentAuth.json", "eddsa-rdfc-2022/employ", "DataInt"),
    ("unsigned.json", "eddsa-jcs-2022", "JCS"),
]


@pytest.mark.parametrize(("unsigned", "folder", "suffix"), SETS)
def test_every_step_gives_the_published_bytes(
    unsigned: str, folder: str, suffix: str, library: ContextLibrary, key: PrivateKey
) -> None:
    document, config = read(unsigned), read(f"{folder}/proofConfig{suffix}.json")
    proof_form, document_form = canonical_forms(document, config, library)
    assert document_form.decode() == text(f"{folder}/canonDoc{suffix}.txt")
    assert proof_form.decode() == text(f"{folder}/proofCanon{suffix}.txt")
    assert sha256(document_form).hexdigest() == text(f"{folder}/docHash{suffix}.txt")
    assert sha256(proof_form).hexdigest() == text(f"{folder}/proofHash{suffix}.txt")
    to_sign = signed_bytes(document, config, library)
    assert to_sign.hex() == text(f"{folder}/combinedHash{suffix}.txt")
    signature = key.sign(to_sign)
    assert signature.hex() == text(f"{folder}/sigHex{suffix}.txt")
    assert multibase_encode(signature) == text(f"{folder}/sigBTC58{suffix}.txt")


@pytest.mark.parametrize(("unsigned", "folder", "suffix"), SETS)
def test_the_published_signed_documents_verify_and_altered_copies_do_not(
    unsigned: str, folder: str, suffix: str, library: ContextLibrary, key: PrivateKey
) -> None:
    signed = read(f"{folder}/signed{suffix}.json")
    assert without_proof(signed) == read(unsigned)
    (proof,) = proofs_of(signed)
    verify_proof(signed, proof, key.public, library)
    with pytest.raises(ProofInvalid):
        verify_proof({**signed, "name": "Another name"}, proof, key.public, library)
    with pytest.raises(ProofInvalid):
        verify_proof(signed, {**proof, "created": "2023-02-24T23:36:39Z"}, key.public, library)
    with pytest.raises(ProofInvalid):
        verify_proof(signed, proof, PrivateKey.from_seed(bytes(32)).public, library)


@pytest.mark.parametrize("name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_every_proof_of_the_published_sets_and_chains_holds(name: str, library: ContextLibrary) -> None:
    signed = read(f"proof-set-chain/{name}.json")
    for proof in proofs_of(signed):
        verify_proof(signed, proof, key_of_did(str(proof["verificationMethod"]).split("#")[0]), library)


def test_a_chain_breaks_when_an_earlier_proof_is_altered_or_missing(library: ContextLibrary) -> None:
    signed = read("proof-set-chain/signedProofChain2.json")
    last = signed["proof"][2]
    key = key_of_did(last["verificationMethod"].split("#")[0])
    without = {**signed, "proof": signed["proof"][1:]}
    with pytest.raises(ProofMalformed, match="builds on"):
        verify_proof(without, last, key, library)
    altered = json.loads(json.dumps(signed))
    altered["proof"][0]["created"] = "2023-02-24T23:36:39Z"
    with pytest.raises(ProofInvalid):
        verify_proof(altered, last, key, library)


def test_the_product_itself_refuses_the_context_that_defines_every_word() -> None:
    """Threat 5: `@vocab` would give any word a meaning."""
    with pytest.raises(ContextRefused, match="examples"):
        bundled_contexts().check(read("unsigned.json"))


def test_key_order_and_white_space_change_nothing(library: ContextLibrary, key: PrivateKey) -> None:
    signed = json.loads(canonical_json(read("eddsa-rdfc-2022/signedDataInt.json")))
    verify_proof(signed, signed["proof"], key.public, library)


def test_every_step_of_the_published_sets_and_chains_leads_to_the_next(library: ContextLibrary) -> None:
    """Each configuration, signed with its key over what it speaks of, gives the published proof."""
    pairs = read("proof-set-chain/multiKeyPairs.json")
    seeds = {f"did:key:{pair['publicKeyMultibase']}": pair["privateKeyMultibase"] for pair in pairs.values()}
    unsigned = read("proof-set-chain/unsigned.json")
    steps = [
        ("proofSetConfig1", "proofSetConfigSigned1", unsigned),
        ("proofSetConfig2", "proofSetConfigSigned2", unsigned),
        ("proofChainConfig1", "proofChainConfigSigned1", read("proof-set-chain/proofChainTempDoc1.json")),
        ("proofChainConfig2", "proofChainConfigSigned2", read("proof-set-chain/proofChainTempDoc2.json")),
    ]
    for config_name, signed_name, document in steps:
        config = read(f"proof-set-chain/{config_name}.json")
        seed = multibase_decode(seeds[config["verificationMethod"].split("#")[0]])
        signature = PrivateKey.from_seed(seed[2:]).sign(signed_bytes(document, config, library))
        published = read(f"proof-set-chain/{signed_name}.json")
        assert multibase_encode(signature) == published["proofValue"], config_name


def test_every_published_file_is_used_by_a_test_of_this_page(counted: Callable[..., None]) -> None:
    here = Path(__file__).read_text()
    names = [path for path in VECTORS.rglob("*") if path.suffix in (".json", ".txt") and path.parent.name != "contexts"]
    stems = {re.sub(r"(DataInt|JCS|[0-9])$", "", path.stem) for path in names}
    assert [stem for stem in stems if stem not in here] == []
    counted("vc-di-eddsa files (W3C)", len(names))
