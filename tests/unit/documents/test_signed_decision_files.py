"""Signed decisions as files: told from their content, and refused with file and pointer when they are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.documents import FileKind, read_files
from creditbank.signing import DATA_INTEGRITY_CONTEXT
from creditbank.verification import NotASignedDecision

PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}


def decision(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [DATA_INTEGRITY_CONTEXT],
        "document": "creditbank/signed-decision/v1",
        "by": "did:web:university.example",
        "adopted": "2026-02-01",
        "decision": {
            "document": "creditbank/recognition/v1",
            "id": "sample-recognition",
            "by": "did:web:university.example",
            "achievement": "urn:uuid:00000000-0000-4000-8000-000000000000",
            "framework": "in-ncrf",
            "decided": "2026-02-01",
            "reason": "for a test",
        },
        "proof": PROOF,
    } | changes


def revocation(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [DATA_INTEGRITY_CONTEXT],
        "document": "creditbank/decision-revocation/v1",
        "by": "did:web:university.example",
        "decision": f"sha256:{'0' * 64}",
        "since": "2026-03-01",
        "stated": "2026-03-01",
        "reason": "for a test",
        "proof": PROOF,
    } | changes


def test_a_folder_gives_its_decisions_and_revocations(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(decision()))
    (tmp_path / "b.json").write_text(json.dumps(revocation()))
    bundle = read_files([tmp_path])
    assert [file.kind for file in bundle.files] == [FileKind.DECISION, FileKind.DECISION_REVOCATION]
    assert [one.decision.id for one in bundle.decisions] == ["sample-recognition"]
    assert [one.since.isoformat() for one in bundle.revocations] == ["2026-03-01"]
    assert bundle.rules == ()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        (decision(by=7), "/by"),
        (decision(decision={"document": "creditbank/recognition/v1"}), "/decision"),
        (revocation(since="2026-02-28"), "/since"),
        (revocation(decision="51ab"), "/decision"),
    ],
)
def test_a_broken_one_is_refused_with_file_and_pointer(document: dict[str, Any], pointer: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(document))
    bundle = read_files([file])
    with pytest.raises(NotASignedDecision) as refused:
        _ = (bundle.decisions, bundle.revocations)
    assert refused.value.place == f"{file}#{pointer}"
