"""What other people's programs issue is accepted here, what we sign as tokens is accepted by theirs, and both refuse
copies that were tampered with.

Theirs are @digitalbazaar/vc with its cryptosuites and its status lists, and jose, with keys of their own making.
"""

import base64
import copy
import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from interop_node import HERE, node_program

from creditbank.adapters.documents import bundled_contexts
from creditbank.canonical import canonical_json
from creditbank.credential import read_credential
from creditbank.signing import (
    EcdsaKey,
    PrivateKey,
    RsaKey,
    TokenProfile,
    VerificationKey,
    did_key,
    jwk_of,
    sign_jwt,
)
from creditbank.verification import Evidence, Outcome, Policy, Report, Verdict, verify_credential

pytestmark = pytest.mark.node

NOW = datetime.now(UTC).replace(microsecond=0)
SIGNED = NOW - timedelta(minutes=1)
LIST = "https://peer.example/status/1"
REVOKED = 3
LEARNER = did_key(PrivateKey.from_seed(b"\x12" * 32).public)
LIBRARY = bundled_contexts()
THEIRS = Policy(
    "a stranger's",
    "The signature holds by the issuer's own key, and the credential is not revoked",
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
            "dates.valid",
        }
    ),
    timedelta(hours=1),
)
BADGE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:5e3f2b1c-9d2e-4a7b-8c1d-2f6a7b8c9d0e",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Peer badge",
    "issuer": {"type": ["Profile"], "name": "Peer University"},
    "validFrom": SIGNED.isoformat().replace("+00:00", "Z"),
    "credentialSubject": {
        "id": LEARNER,
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "urn:uuid:0b0a0908-0706-4504-8302-010000000001",
            "type": ["Achievement"],
            "name": "Sums – ‘adding up’ 学",
            "description": "Adds up.",
            "criteria": {"narrative": "Pass the examination."},
            "alignment": [
                {
                    "type": ["Alignment"],
                    "targetName": f"Level {level}",
                    "targetUrl": f"https://levels.example/{level}",
                    "targetFramework": "Sample",
                }
                for level in (5, 6, 7)
            ],
        },
    },
}
DATA_INTEGRITY = [
    "eddsa-rdfc-2022",
    "eddsa-jcs-2022",
    "a set of two proofs",
    "ecdsa-rdfc-2019 P-256",
    "ecdsa-rdfc-2019 P-384",
]
TOKENS = [f"{typ} {algorithm}" for typ in ("vc+jwt", "JWT") for algorithm in ("EdDSA", "ES256", "RS256")]


@pytest.fixture(scope="module")
def node() -> str:
    return node_program()


def ask(node: str, script: str, given: Any) -> Any:
    ran = subprocess.run(
        [node, str(HERE / script)], input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def issued(node: str) -> Mapping[str, Mapping[str, Any]]:
    """What their programs issue, and the documents of those issuers, asked for in one run."""
    given = {"credential": BADGE, "list": {"id": LIST, "revoked": REVOKED}, "now": BADGE["validFrom"], "contexts": {}}
    found: Mapping[str, Mapping[str, Any]] = ask(node, "issue.mjs", given)
    return found


def judged(theirs: Mapping[str, Any], given: Any = None) -> Report:
    """Our verdict on what they issued, or on a tampered copy of it."""
    documents = {str(one["id"]): canonical_json(one) for one in theirs["documents"]}
    evidence = Evidence(contexts=LIBRARY, documents=documents)
    signed = theirs.get("credential") or theirs["token"].encode()
    return verify_credential(signed if given is None else given, evidence, policy=THEIRS, now=NOW)


def why(report: Report) -> str:
    return "; ".join(f"{check.name}: {check.sentence}" for check in report.checks if check.outcome is Outcome.FAILED)


@pytest.mark.parametrize("name", [*DATA_INTEGRITY, *TOKENS])
def test_what_they_issue_is_accepted(name: str, issued: Mapping[str, Mapping[str, Any]]) -> None:
    report = judged(issued[name])
    assert report.verdict is Verdict.ACCEPTED, f"{report.headline} {why(report)}"


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another name": lambda c: c["credentialSubject"]["achievement"].update(name="Another"),
    "another learner": lambda c: c["credentialSubject"].update(id="did:example:thief"),
    "another day": lambda c: c.update(validFrom="2020-01-01T00:00:00Z"),
    "another issuer's name": lambda c: c["issuer"].update(name="Better University"),
    "a level less": lambda c: c["credentialSubject"]["achievement"]["alignment"].pop(),
    "a term that means nothing": lambda c: c.update(bonus="100"),
    "another entry of the list": lambda c: c.get("credentialStatus", c).update(statusListIndex="4712"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", DATA_INTEGRITY)
def test_a_tampered_copy_of_what_they_issue_is_refused(
    name: str, change: str, issued: Mapping[str, Mapping[str, Any]]
) -> None:
    forged = copy.deepcopy(issued[name]["credential"])
    CHANGES[change](forged)
    assert judged(issued[name], forged).verdict is Verdict.REJECTED


def test_one_good_proof_of_two_is_not_enough(issued: Mapping[str, Mapping[str, Any]]) -> None:
    """Threat 13: @digitalbazaar/vc takes a set with one good proof."""
    theirs = issued["a set of two proofs"]
    forged = copy.deepcopy(theirs["credential"])
    forged["proof"][1]["created"] = "2020-01-01T00:00:00Z"
    assert judged(theirs, forged).verdict is Verdict.REJECTED


def test_what_their_list_revokes_is_revoked(issued: Mapping[str, Mapping[str, Any]]) -> None:
    report = judged(issued["eddsa-rdfc-2022-revoked"])
    assert report.verdict is Verdict.REJECTED
    assert report.named(Outcome.FAILED) == ["status.revocation"] or "status.revocation" in report.named(Outcome.FAILED)


def test_a_list_by_another_of_their_issuers_says_nothing(issued: Mapping[str, Mapping[str, Any]]) -> None:
    """DCC's verifier takes a status list from another issuer."""
    theirs = {**issued["eddsa-rdfc-2022"], "documents": issued["ecdsa-rdfc-2019 P-256"]["documents"]}
    assert judged(theirs).verdict is Verdict.INCONCLUSIVE


def retold(token: str, change: Callable[[dict[str, Any]], object], part: int = 1) -> str:
    pieces = token.split(".")
    inner = json.loads(base64.urlsafe_b64decode(pieces[part] + "=="))
    change(inner)
    pieces[part] = base64.urlsafe_b64encode(json.dumps(inner).encode()).decode().rstrip("=")
    return ".".join(pieces)


TOKEN_CHANGES: dict[str, Callable[[str], str]] = {
    "another name": lambda token: retold(token, lambda c: c["credentialSubject"]["achievement"].update(name="Another")),
    "another header": lambda token: retold(token, lambda header: header.update(cty="vc"), 0),
    "no algorithm": lambda token: retold(token, lambda header: header.update(alg="none"), 0).rpartition(".")[0] + ".",
    "half a signature": lambda token: token[:-20],
    "no signature": lambda token: token.rpartition(".")[0] + ".",
}


@pytest.mark.parametrize("change", TOKEN_CHANGES)
@pytest.mark.parametrize("name", TOKENS)
def test_a_tampered_copy_of_their_token_is_refused(
    name: str, change: str, issued: Mapping[str, Mapping[str, Any]]
) -> None:
    """Threat 9."""
    theirs = issued[name]
    assert judged(theirs, TOKEN_CHANGES[change](theirs["token"]).encode()).verdict is Verdict.REJECTED


# -- our tokens, by theirs


def our_keys() -> dict[str, tuple[VerificationKey, Callable[[bytes], bytes]]]:
    edwards = PrivateKey.from_seed(b"\x21" * 32)
    curve = ec.derive_private_key(2**200 + 7, ec.SECP256R1())
    point = curve.public_key().public_numbers()
    modulus = rsa.generate_private_key(65537, 2048)
    numbers = modulus.public_key().public_numbers()

    def by_curve(message: bytes) -> bytes:
        r, s = decode_dss_signature(curve.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return {
        "EdDSA": (edwards.public, edwards.sign),
        "ES256": (EcdsaKey.from_point("P-256", point.x, point.y), by_curve),
        "RS256": (RsaKey(numbers.n, numbers.e), lambda message: modulus.sign(message, padding.PKCS1v15(), SHA256())),
    }


@pytest.fixture(scope="module")
def said_of_ours(node: str) -> Mapping[str, str | None]:
    """What jose says of our tokens and of tampered copies."""
    asked = []
    for algorithm, (key, sign) in our_keys().items():
        did = did_key(key)
        document = {**BADGE, "issuer": {**BADGE["issuer"], "id": did}}
        for profile, typ in ((TokenProfile.VC_JOSE, "vc+jwt"), (TokenProfile.OPEN_BADGES, "JWT")):
            token = sign_jwt(
                document, profile=profile, key_id=f"{did}#{key.multikey}", algorithm=algorithm, sign=sign, signed=SIGNED
            )
            copies = {"ours": token} | {change: make(token) for change, make in TOKEN_CHANGES.items()}
            assert judged({"token": token, "documents": []}).verdict is Verdict.ACCEPTED
            asked += [
                {
                    "name": f"{typ} {algorithm}: {change}",
                    "token": text,
                    "jwk": jwk_of(key),
                    "algorithm": algorithm,
                    "typ": typ,
                    "now": NOW.isoformat(),
                }
                for change, text in copies.items()
            ]
    found: Mapping[str, str | None] = ask(node, "tokens.mjs", asked)
    return found


@pytest.mark.parametrize("name", TOKENS)
def test_our_tokens_are_accepted_by_jose_and_tampered_copies_are_not(
    name: str, said_of_ours: Mapping[str, str | None]
) -> None:
    assert said_of_ours[f"{name}: ours"] is None
    for change in TOKEN_CHANGES:
        assert said_of_ours[f"{name}: {change}"], change


def test_what_they_issue_says_what_it_says(issued: Mapping[str, Mapping[str, Any]]) -> None:
    for name in DATA_INTEGRITY:
        view = read_credential(issued[name]["credential"])
        assert (view.subject, view.issuer_name, view.id) == (LEARNER, "Peer University", BADGE["id"])


def test_nothing_was_left_unasked(issued: Mapping[str, Mapping[str, Any]]) -> None:
    assert issued.keys() == {*DATA_INTEGRITY, *TOKENS, "eddsa-rdfc-2022-revoked"}
    assert Path(HERE / "issue.mjs").is_file()
