"""Published inclusion proofs, valid and invalid, kept byte for byte (tests/vectors/ct-merkle)."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank.canonical import Digest
from creditbank.merkle import BrokenProof, InclusionProof, MerkleTree

VECTORS = Path(__file__).parents[2] / "vectors" / "ct-merkle" / "inclusion.jsonl"
CASES = [json.loads(line) for line in VECTORS.read_text().splitlines()]


def accepts(case: dict[str, object]) -> bool:
    path = [base64.b64decode(item) for item in case["proof"] or []]
    proof = InclusionProof.of(case["leafIdx"], case["treeSize"], path)
    try:
        return proof.root_from(Digest(base64.b64decode(case["leafHash"]))) == base64.b64decode(case["root"])
    except BrokenProof:
        return False


def test_all_published_cases_are_here(counted: Callable[..., None]) -> None:
    assert len(CASES) == 98
    counted("Certificate Transparency inclusion proofs", len(CASES))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].removeprefix("testdata/inclusion/"))
def test_a_published_proof_is_judged_as_published(case: dict[str, object]) -> None:
    """Threats 18, 19 and 20."""
    assert accepts(case) is not case["wantErr"]


def test_the_eight_published_leaves_give_the_published_root() -> None:
    # The leaf data and roots of the Certificate Transparency reference tests (RFC 6962 implementations).
    leaves = [
        bytes.fromhex(text)
        for text in (
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        )
    ]
    assert MerkleTree.of(leaves).root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert MerkleTree.of(leaves[:1]).root.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
