"""1EdTech's own signed examples of Open Badges 3.0 and CLR 2.0, byte for byte, and the examples of its specification.

They are under 1EdTech's licence and not shipped: where they are not beside the repository, these tests are skipped.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from creditbank.adapters.documents import bundled_contexts
from creditbank.canonical import JsonObject, load_object
from creditbank.credential import read_credential
from creditbank.signing import canonical_forms, canonicalize_rdfc, proofs_of, without_proof
from creditbank.verification import Evidence, Outcome, verify_credential
from creditbank.verification.policy import ARCHIVAL

SHARED = next(
    (
        path / "shared" / "vectors"
        for path in Path(__file__).resolve().parents
        if (path / "shared" / "vectors" / "1edtech-impl-guide").is_dir()
    ),
    None,
)
LIBRARY = bundled_contexts()
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CHECKED = (
    "format.credential",
    "format.context",
    "proof.signature",
    "proof.purpose",
    "issuer.method",
    "issuer.document",
)
pytestmark = pytest.mark.skipif(SHARED is None, reason="1EdTech's files are not beside the repository")


def read(name: str) -> JsonObject:
    assert SHARED is not None
    return load_object((SHARED / name).read_bytes())


def text(name: str) -> str:
    assert SHARED is not None
    return (SHARED / name).read_text().rstrip("\n")


@pytest.mark.parametrize("kind", ["ob", "clr"])
def test_the_guides_canonical_forms_are_ours(kind: str, counted: Callable[..., None]) -> None:
    signed = read(f"1edtech-impl-guide/{kind}-signed-credential.json")
    (proof,) = proofs_of(signed)
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    proof_form, document_form = canonical_forms(without_proof(signed), config, LIBRARY)
    assert document_form.decode().rstrip("\n") == text(f"1edtech-impl-guide/{kind}-document-canon.txt")
    assert proof_form.decode().rstrip("\n") == text(f"1edtech-impl-guide/{kind}-proof-canon.txt")
    counted("1EdTech guide: canonical forms", 2)


@pytest.mark.parametrize("kind", ["ob", "clr"])
def test_the_guides_signed_credentials_verify_and_altered_copies_do_not(
    kind: str, counted: Callable[..., None]
) -> None:
    signed, issuer = (
        read(f"1edtech-impl-guide/{kind}-signed-credential.json"),
        read("1edtech-impl-guide/docs/issuer.json"),
    )
    assert SHARED is not None
    held = {str(issuer["id"]): (SHARED / "1edtech-impl-guide/docs/issuer.json").read_bytes()}
    evidence = Evidence(contexts=LIBRARY, documents=held)
    report = verify_credential(signed, evidence, policy=ARCHIVAL, now=NOW)
    assert {name: report.check(name).outcome for name in CHECKED} == dict.fromkeys(CHECKED, Outcome.PASSED)
    forged = verify_credential({**signed, "name": "Another"}, evidence, policy=ARCHIVAL, now=NOW)
    assert forged.check("proof.signature").outcome is Outcome.FAILED
    counted("1EdTech guide: signed credentials", 1)


def test_the_examples_of_the_specification_are_read_and_every_word_is_defined(counted: Callable[..., None]) -> None:
    assert SHARED is not None
    examples = sorted((SHARED / "1edtech-spec-examples").glob("*.json"))
    for path in examples:
        document = load_object(path.read_bytes())
        assert read_credential(document).id
        assert canonicalize_rdfc(without_proof(document), LIBRARY)
    assert len(examples) == 7
    counted("1EdTech specification examples", len(examples))
