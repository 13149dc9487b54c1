"""Other people's verifiers accept what we issue and refuse what was altered.

They run on Node.js with the packages of `package.json`; the network stays closed. Install them with
`npm ci --prefix tests/interop`. With CREDITBANK_REQUIRE=1 a missing package fails instead of skipping.
"""

import copy
import json
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph
import pytest
from interop_node import HERE, node_program

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import canonical_json, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    Level,
    Outcome,
    StatusEntry,
    StatusList,
    build_award,
    build_credential,
    build_endorsement,
    build_presentation,
    build_status_list,
    build_transcript,
)
from creditbank.signing import CLR_CONTEXT, PrivateKey, add_proof, did_key, did_web_document
from creditbank.signing.rdfc import canonical_nquads
from creditbank.units import CreditAmount, Credits
from creditbank.verification import Evidence, Policy, Verdict, verify_credential, verify_presentation

pytestmark = pytest.mark.node

LIBRARY = bundled_contexts()
PROVIDER = PrivateKey.from_seed(b"\x11" * 32)
LEARNER = PrivateKey.from_seed(b"\x12" * 32)
THIEF = PrivateKey.from_seed(b"\x13" * 32)
WEB = "did:web:sample-university.example"
KEY_DID = did_key(PROVIDER.public)
HOLDER = did_key(LEARNER.public)
NOW = datetime.now(UTC) - timedelta(minutes=1)
REVOKED = 3
Answer = Mapping[str, Any]
UNTRUSTING = Policy(
    "what peers look at",
    "The signature holds by the issuer's own key, everything inside does too, and nothing is revoked or expired",
    frozenset(
        [
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
            "contents.credentials",
            "contents.endorsements",
            "presentation.readable",
            "presentation.signature",
            "presentation.holder",
            "presentation.credentials",
        ]
    ),
    timedelta(hours=2),
)


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012x}"


def sign(document: dict[str, Any], did: str = WEB, key: PrivateKey = PROVIDER, **changes: Any) -> dict[str, Any]:
    return add_proof(
        document,
        **{
            "verification_method": f"{did}#{key.public.multikey}",
            "created": NOW,
            "purpose": "assertionMethod",
            "sign": key.sign,
            "contexts": LIBRARY,
            **changes,
        },
    )


def unit(
    points: str = "2.5", *, did: str = WEB, index: int | None = 4711, name: str = "Sample unit", **more: Any
) -> dict[str, Any]:
    achievement = Achievement(
        id=urn(1),
        version="1",
        name=name,
        description="A unit for tests.",
        criteria="Pass the examination.",
        credits=CreditAmount("eu-ects", Credits.parse(points)),
        level=Level("eu-eqf", "6", "2017"),
        workload="PT65H",
        categories=("kr-acbs:major", "quantitative"),
        source_type="accredited-course",
        mode="online",
        outcomes=(Outcome("Explains it.", "knowledge"), Outcome("Does it.", "skills")),
        assessment="written examination",
        quality_assurance="self-declared",
        supervision="supervised without identity check",
        content="sample-unit",
        language="en",
        country="EE",
    )
    return build_credential(
        achievement,
        id=urn(2),
        issuer=IssuerProfile(did, "Sample University", "https://sample-university.example/", "EE"),
        subject=HOLDER,
        earned=date(2026, 6, 30),
        valid_from=NOW,
        status=StatusEntry(_list_of(did), index) if index is not None else None,
        **more,
    )


def award() -> dict[str, Any]:
    return build_award(
        id=urn(3),
        issuer=IssuerProfile(WEB, "Sample University", None, "EE"),
        subject=HOLDER,
        qualification_id="sample.certificate",
        version="2026",
        title="Sample certificate",
        framework="eu-eqf",
        level="6",
        criteria="Forty credits.",
        valid_from=NOW,
        status=StatusEntry(_list_of(WEB), 12),
        proof_id=urn(4),
        proof_digest=sha256(b"the stacking proof"),
    )


def transcript(*credentials: dict[str, Any]) -> dict[str, Any]:
    return build_transcript(
        credentials,
        id=urn(6),
        issuer=IssuerProfile(WEB, "Sample University", None, "EE"),
        subject=HOLDER,
        name="Transcript",
        valid_from=NOW,
        status=StatusEntry(_list_of(WEB), 13),
    )


def endorsement() -> dict[str, Any]:
    return build_endorsement(
        id=urn(7),
        issuer=IssuerProfile(WEB, "Sample University", None, "EE"),
        endorsed=urn(1),
        comment="We take it as our own.",
        name="Endorsement",
        valid_from=NOW,
    )


def presentation(*credentials: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return sign(
        build_presentation(credentials, id=urn(5), holder=HOLDER),
        HOLDER,
        LEARNER,
        **{
            "purpose": "authentication",
            "challenge": "once",
            "domain": "university.example",
            **changes,
        },
    )


def status_list(did: str) -> dict[str, Any]:
    return build_status_list(
        id=_list_of(did),
        issuer=did,
        purpose="revocation",
        status_list=StatusList.empty().with_set([REVOKED]),
        valid_from=NOW,
        valid_until=NOW + timedelta(hours=1),
    )


def _list_of(did: str) -> str:
    return f"https://bank.example/status/{'web' if did == WEB else 'key'}"


def altered(document: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    forged = copy.deepcopy(document)
    change(forged)
    return forged


SIGNED = sign(unit())
BOTH_WAYS = sign(sign(unit()), suite="eddsa-jcs-2022")
TRANSCRIPT = sign(transcript(SIGNED, sign(award())))
ACCEPTED = {
    "unit-of-a-web-issuer": SIGNED,
    "unit-of-a-key-issuer": sign(unit(did=KEY_DID), KEY_DID),
    "unit-with-whole-credits": sign(unit("3")),
    "unit-without-status": sign(unit(index=None)),
    "unit-with-result-and-first-issue": sign(unit(result="A", first_issue=urn(9), valid_until=NOW + timedelta(days=9))),
    "unit-in-many-scripts": sign(unit(name='学点 – ক্রেডিট – ‘crédit’ 🎓 <&amp;> \t\n"\\\x01\x7f')),
    "award": sign(award()),
    "presentation": presentation(SIGNED, sign(award())),
    "transcript": TRANSCRIPT,
    "endorsement": sign(endorsement()),
}
WITH_JCS = {"unit-signed-by-jcs": sign(unit(), suite="eddsa-jcs-2022"), "unit-signed-both-ways": BOTH_WAYS}
"""DCC's verifier knows no JCS: whatever it says of these is no judgement."""
REFUSED_WITH_JCS = {
    "jcs-with-more-credits": altered(
        WITH_JCS["unit-signed-by-jcs"], lambda c: c["credentialSubject"]["achievement"].update(creditPoints="25")
    ),
    "jcs-signed-by-a-thief": sign(unit(), WEB, THIEF, suite="eddsa-jcs-2022"),
    "jcs-revoked": sign(unit(index=REVOKED), suite="eddsa-jcs-2022"),
}
UNSEEN = {
    "transcript-with-a-forged-badge": sign(
        transcript(altered(SIGNED, lambda c: c["credentialSubject"]["achievement"].update(creditPoints="25")))
    ),
}
"""Peers do not look inside a transcript: they accept what the product refuses."""
REFUSED = {
    "more-credits": altered(SIGNED, lambda c: c["credentialSubject"]["achievement"].update(creditPoints="25")),
    "another-learner": altered(SIGNED, lambda c: c["credentialSubject"].update(id=did_key(THIEF.public))),
    "another-outcome": altered(
        SIGNED,
        lambda c: c["credentialSubject"]["achievement"]["learningOutcome"][0].update(description="All."),
    ),
    "a-term-of-ours-removed": altered(SIGNED, lambda c: c["credentialSubject"]["achievement"].pop("contentKey")),
    "status-removed": altered(SIGNED, lambda c: c.pop("credentialStatus")),
    "an-undefined-term-added": altered(SIGNED, lambda c: c.update(bonus="100")),
    "signed-by-a-thief": sign(unit(), WEB, THIEF),
    "signed-under-another-name": sign(unit(), KEY_DID),
    "revoked": sign(unit(index=REVOKED)),
    "expired": sign(unit(valid_until=NOW - timedelta(hours=1))),
    "award-bound-to-another-proof": altered(
        sign(award()), lambda c: c["relatedResource"][0].update(digestSRI="sha256-" + "A" * 43 + "=")
    ),
    "presentation-of-a-revoked-unit": presentation(sign(unit(index=REVOKED))),
    "transcript-of-another-learner": altered(
        TRANSCRIPT, lambda c: c["credentialSubject"].update(id=did_key(THIEF.public))
    ),
    "transcript-without-one-badge": altered(TRANSCRIPT, lambda c: c["credentialSubject"]["verifiableCredential"].pop()),
    "endorsement-of-something-else": altered(sign(endorsement()), lambda c: c["credentialSubject"].update(id=urn(8))),
    "presentation-of-an-altered-unit": presentation(altered(SIGNED, lambda c: c.update(name="Other"))),
}


@cache
def documents() -> Mapping[str, Any]:
    """What a verifier of these files needs."""
    return {
        "did": did_web_document(WEB, [PROVIDER.public]),
        "status-web": sign(status_list(WEB)),
        "status-key": sign(status_list(KEY_DID), KEY_DID),
    }


def clr_contexts() -> Mapping[str, bytes]:
    """The contexts of transcripts, which no package of npm has; these are 1EdTech's own files."""
    folder = files("creditbank.adapters.documents") / "contexts"
    return {CLR_CONTEXT: (folder / "clr-2.0.1.json").read_bytes()}


@pytest.fixture(scope="module")
def node() -> str:
    return node_program()


@pytest.fixture(scope="module")
def answers(node: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Answer]:
    """What the verifiers say of every file, asked in one run."""
    folder = tmp_path_factory.mktemp("interop")
    groups = {
        "documents": documents(),
        "credentials": {**ACCEPTED, **WITH_JCS, **UNSEEN},
        "rejected": {**REFUSED, **REFUSED_WITH_JCS},
    }
    contexts = {url: json.loads(data) for url, data in clr_contexts().items()}
    (folder / "contexts.json").write_text(json.dumps(contexts))
    for group, members in groups.items():
        (folder / group).mkdir()
        for name, document in members.items():
            (folder / group / f"{name}.json").write_bytes(canonical_json(document))
    ran = subprocess.run(
        [node, str(HERE / "verify.mjs"), str(folder), "--contexts", str(folder / "contexts.json")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return {Path(line["file"]).stem: line for line in lines}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_we_issue_is_accepted(name: str, answers: Mapping[str, Answer]) -> None:
    assert answers[name]["digitalbazaar"] == {"accepted": True}
    assert answers[name]["dcc"] == {"accepted": True}


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_altered_stolen_or_revoked_is_refused(name: str, answers: Mapping[str, Answer]) -> None:
    assert answers[name]["digitalbazaar"]["accepted"] is False
    assert answers[name]["dcc"]["accepted"] is False


@pytest.mark.parametrize("name", WITH_JCS)
def test_what_we_sign_with_jcs_is_accepted(name: str, answers: Mapping[str, Answer]) -> None:
    assert answers[name]["digitalbazaar"] == {"accepted": True}


@pytest.mark.parametrize("name", REFUSED_WITH_JCS)
def test_what_was_altered_stolen_or_revoked_is_refused_with_jcs_too(name: str, answers: Mapping[str, Answer]) -> None:
    assert answers[name]["digitalbazaar"]["accepted"] is False


@pytest.mark.parametrize("name", [*ACCEPTED, *WITH_JCS, *REFUSED, *REFUSED_WITH_JCS, *UNSEEN])
def test_the_product_says_the_same_and_looks_inside(name: str, answers: Mapping[str, Answer]) -> None:
    """What peers refuse the product refuses; what they accept it accepts, but for what they do not look at."""
    given = {**ACCEPTED, **WITH_JCS, **REFUSED, **REFUSED_WITH_JCS, **UNSEEN}[name]
    evidence = Evidence(
        contexts=LIBRARY,
        documents={str(one["id"]): canonical_json(one) for one in documents().values()},
    )
    if name.startswith("presentation"):
        report = verify_presentation(given, evidence, policy=UNTRUSTING, now=datetime.now(UTC))
    else:
        report = verify_credential(given, evidence, policy=UNTRUSTING, now=datetime.now(UTC))
    if name in UNSEEN:
        assert answers[name]["digitalbazaar"]["accepted"] is True
    expected = Verdict.ACCEPTED if name in {**ACCEPTED, **WITH_JCS} else Verdict.REJECTED
    assert report.verdict is expected, report.headline


def test_every_file_was_judged_and_nothing_was_fetched(answers: Mapping[str, Answer]) -> None:
    every = ACCEPTED.keys() | REFUSED.keys() | WITH_JCS.keys() | REFUSED_WITH_JCS.keys() | UNSEEN.keys()
    assert answers.keys() == every
    assert answers["presentation"]["kind"] == "presentation"
    assert not [name for name, answer in answers.items() if "not in the folder" in json.dumps(answer)]


def test_rdf_canonize_writes_the_same_canonical_form_of_random_graphs(node: str) -> None:
    """RDFC-1.0 is our own code for good reasons (see `signing.rdfc`), so others' code must agree with it."""
    random = Random(20261123)
    names = [f"_:n{number}" for number in range(5)] + ["_:g0", "<urn:a>"]
    things = [*names, '"t"']
    texts = [
        "".join(
            f"{random.choice(names)} <urn:{random.choice('pq')}> {random.choice(things)} "
            f"{random.choice(['', '_:g0', '_:g1', '<urn:g>'])} .\n"
            for _ in range(random.randint(1, 10))
        )
        for _ in range(500)
    ]
    ran = subprocess.run(
        [node, str(HERE / "canonize.mjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for text, theirs in zip(texts, json.loads(ran.stdout), strict=True):
        quads = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
        assert canonical_nquads(list(quads)).decode() == theirs  # type: ignore[arg-type]
