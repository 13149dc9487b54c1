"""1EdTech's validator and our verifier on the same files: the same answer, or a difference with its reason (0023).

Asked is what can be asked of these files: form, meaning, signature, key, dates, status, and whatever stands inside.
Issuers' profiles are not among the files, so each is given with the keys that its own files name.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.errors import CreditBankError
from creditbank.signing import key_from_multikey
from creditbank.verification import Evidence, Policy, Report, Verdict, verify_credential

PACKED = Path(__file__).parents[2] / "vectors" / "1edtech-validator" / "signed.jsonl.gz"
FILES = {one["file"]: one for one in map(json.loads, gzip.decompress(PACKED.read_bytes()).splitlines())}
NOW = datetime(2025, 1, 1, tzinfo=UTC)
ASKED = Policy(
    "as-1edtech-asks",
    "What 1EdTech's validator asks too",
    frozenset(
        {
            "format.readable",
            "format.credential",
            "format.context",
            "proof.present",
            "proof.signature",
            "proof.purpose",
            "issuer.method",
            "issuer.document",
            "status.revocation",
            "status.suspension",
            "dates.valid",
            "contents.credentials",
            "contents.endorsements",
        }
    ),
    None,
)
VC_1_1 = "the data model of VC 1.1, whose meanings we hold no contexts for; VC 2.0 is asked for"
DIFFERENT = {
    "clr20/complex.json": VC_1_1,
    "clr20/simple.jwt": VC_1_1,
    "clr20/simple_v1.json": VC_1_1,
    "clr20/simple-noproof.json": f"{VC_1_1}; and nobody signed it",
    "ob30/simple_v1.json": VC_1_1,
    "ob30/simple-eddsa-2022.json": VC_1_1,
    "ob30/simple.jwt": VC_1_1,
    "ob30/velocity.jwt": VC_1_1,
    "ob30/simple-did-key-method.json": "the issuer is a urn and the key a did:key's: nothing says that it is its key",
    "ob30/simple-multiple-proofs.json": "every proof must hold, and one is of no known kind (threat 13)",
    "ob30/sd/derivedcredential.json": "selective disclosure with ecdsa-sd-2023 is not read",
    "ob30/bit-string-list/credential-status-revoked-blank-nodes.json": "its status list is not among the files",
    "ob30/endorsement-valid.json": "refused there; here form, signature and dates of the endorsement hold",
}


def methods_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("verificationMethod"), str):
            yield value["verificationMethod"]
        for item in value.values():
            yield from methods_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from methods_in(item)


def profiles() -> dict[str, bytes]:
    keys: dict[str, set[str]] = {}
    for one in FILES.values():
        for method in methods_in(json.loads(one["text"])) if one["text"].lstrip().startswith("{") else ():
            owner, _, key = method.partition("#")
            try:
                key_from_multikey(key)
            except CreditBankError:
                continue
            keys.setdefault(owner, set()).add(key)
    return {owner: json.dumps(profile(owner, sorted(found))).encode() for owner, found in keys.items()}


def profile(owner: str, keys: list[str]) -> dict[str, Any]:
    methods = [
        {"id": f"{owner}#{key}", "type": "Multikey", "controller": owner, "publicKeyMultibase": key} for key in keys
    ]
    return {"id": owner, "verificationMethod": methods, "assertionMethod": [method["id"] for method in methods]}


EVIDENCE = Evidence(contexts=bundled_contexts(), documents=profiles())


def report_on(text: str) -> Report:
    return verify_credential(text.encode(), EVIDENCE, policy=ASKED, now=NOW)


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_judged_as_1edtech_judges_it_or_for_a_stated_reason(name: str) -> None:
    report = report_on(FILES[name]["text"])
    same = (report.verdict is Verdict.ACCEPTED) is FILES[name]["expected"]
    assert same is (name not in DIFFERENT), report.headline


def test_a_badge_in_1edtechs_transcript_is_verified_and_an_altered_one_is_found_there() -> None:
    """Threat 6: the transcript is signed anew by nobody; its own signature breaks, and the badge's too."""
    report = report_on(FILES["clr20/simple.json"]["text"])
    assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED]
    altered = json.loads(FILES["clr20/simple.json"]["text"])
    altered["credentialSubject"]["verifiableCredential"][0]["name"] = "Leadership Badge"
    report = report_on(json.dumps(altered))
    assert report.check("contents.credentials").outcome == "failed"
    assert report.verdict is Verdict.REJECTED
