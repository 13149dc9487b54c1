"""Loader, verifier, proofs and status lists under hostile input: they answer, soon, and never yes to another meaning.

Each target starts from documents that are valid and signed, and edits bytes, nodes and tokens. `make fuzz` runs for
FUZZ_SECONDS in all (600 unless set), `make check` for a minute, any other run for a few seconds. Round `n` of a target
always draws the same examples, so what was found can be found again.
"""

import copy
import io
import json
import os
import resource
import time
import warnings
import zipfile
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import DataObject, binary, booleans, data, integers, sampled_from
from mutations import doubled_keys, edited, retold, scrambled
from pypdf import PdfWriter
from verification_samples import (
    KEYS,
    LEARNER,
    LEARNER_KEY,
    LIST,
    NOW,
    PROVIDER,
    SIGNED,
    UNIVERSITY,
    AwardWorld,
    World,
    make_award_world,
    make_world,
    presentation,
    sign,
    status_list,
    unsigned_unit,
)

from creditbank.adapters.documents import bundled_contexts, open_document
from creditbank.anchoring import Receipt
from creditbank.canonical import JsonObject, canonical_json, json_digest, load_json, load_object
from creditbank.cli.conformance import answer_to
from creditbank.cli.conformance_ops import OPERATIONS
from creditbank.credential import (
    IssuerProfile,
    StatusList,
    bake,
    build_transcript,
    plain_png,
    plain_svg,
    read_credential,
    read_status,
    unit_facts,
)
from creditbank.errors import CreditBankError
from creditbank.signing import (
    DidDocument,
    EcdsaKey,
    Jws,
    RsaKey,
    TokenProfile,
    canonicalize_rdfc,
    did_key,
    did_web_url,
    fetch_target,
    key_from_jwk,
    key_from_multikey,
    sign_jwt,
    without_proof,
)
from creditbank.stacking import read_proof
from creditbank.verification import (
    ARCHIVAL,
    Evidence,
    Policy,
    Report,
    TrustFacts,
    Verdict,
    read_secured,
    verify_credential,
    verify_presentation,
)

SECONDS = float(os.environ.get("CREDITBANK_FUZZ_SECONDS", "9"))
MOST_SECONDS = 5.0
"""What one input may cost, of processor time, on a slow machine."""
MOST_KIBIBYTES = 400 * 1024
"""How much one input may add to the largest size that the process ever had."""
SIGNATURE = Policy(
    "signature",
    "The signature holds, by the issuer's own key",
    frozenset({"format.readable", "format.credential", "format.context", "proof.present", "proof.signature"})
    | {"proof.purpose", "issuer.method", "issuer.document"},
    None,
)
INSIDE = replace(SIGNATURE, name="inside", required=SIGNATURE.required | {"contents.credentials"})
LIBRARY = bundled_contexts()


@dataclass(frozen=True)
class Seeds:
    """Documents that are valid and signed, of every kind."""

    world: World
    award: AwardWorld
    credentials: tuple[JsonObject, ...]
    presentation: JsonObject
    tokens: tuple[str, ...]
    others: tuple[JsonObject, ...]
    files: tuple[bytes, ...]


def _curve_token(unit: JsonObject) -> str:
    secret = ec.derive_private_key(2**200 + 7, ec.SECP256R1())
    point = secret.public_key().public_numbers()
    key = EcdsaKey.from_point("P-256", point.x, point.y)
    did = did_key(key)

    def made(message: bytes) -> bytes:
        r, s = decode_dss_signature(secret.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    document = {**unit, "issuer": {**unit["issuer"], "id": did}}  # type: ignore[dict-item]
    return sign_jwt(
        document,
        profile=TokenProfile.VC_JOSE,
        key_id=f"{did}#{key.multikey}",
        algorithm="ES256",
        sign=made,
        signed=SIGNED,
    )


def _rsa_token(unit: JsonObject) -> str:
    secret = rsa.generate_private_key(65537, 2048)
    numbers = secret.public_key().public_numbers()
    key = RsaKey(numbers.n, numbers.e)
    did = did_key(key)
    document = {**unit, "issuer": {**unit["issuer"], "id": did}}  # type: ignore[dict-item]
    return sign_jwt(
        document,
        profile=TokenProfile.OPEN_BADGES,
        key_id=f"{did}#{key.multikey}",
        algorithm="RS256",
        sign=lambda message: secret.sign(message, padding.PKCS1v15(), SHA256()),
        signed=SIGNED,
    )


def _archive(entries: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return made.getvalue()


def _pdf(attached: dict[str, str]) -> bytes:
    made, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(72, 72)
    for name, content in attached.items():
        writer.add_attachment(name, content.encode())
    writer.write(made)
    return made.getvalue()


@cache
def seeds() -> Seeds:
    world, award = make_world(), make_award_world()
    unit = unsigned_unit(1)
    key = KEYS[PROVIDER]
    jcs = sign(unit, PROVIDER, suite="eddsa-jcs-2022")
    pair = sign(sign(unit, PROVIDER), PROVIDER, suite="eddsa-jcs-2022")
    tokens = [
        sign_jwt(
            unit,
            profile=one,
            key_id=f"{PROVIDER}#{key.public.multikey}",
            algorithm="EdDSA",
            sign=key.sign,
            signed=SIGNED,
        )
        for one in TokenProfile
    ]
    shown = presentation([world.unit], challenge="once", domain="university.example")
    listed = [json.loads(status_list(1)), *(json.loads(one) for one in world.documents.values())]
    facts = [
        world.trust.to_json(),
        *(receipt.to_json() for receipt in world.receipts),
        json.loads(award.proof),
        ARCHIVAL.to_json(),
    ]
    text = canonical_json(world.unit).decode()
    carried = (_archive({"credential.json": text, "token.jwt": tokens[0]}), _pdf({"credential.json": text}))
    files = (
        *carried,
        bake(plain_png("Sample"), text),
        bake(plain_svg("Sample"), tokens[0]),
        text.encode(),
        tokens[0].encode(),
    )
    return Seeds(
        world,
        award,
        (world.unit, jcs, pair),
        shown,
        (*tokens, _curve_token(unit), _rsa_token(unit)),
        (*listed, *facts, award.award, shown),
        files,
    )


JCS_ALONE = 1
"""The place of the credential with nothing but a JCS proof."""


def statements(document: JsonObject) -> bytes:
    """What a credential says to a reader of its statements."""
    return canonicalize_rdfc(without_proof(document), LIBRARY)


def text_alone(document: JsonObject) -> bytes:
    """What a JCS proof covers that names only the first contexts: the rest of them must be known, and need not stay."""
    return canonical_json({name: value for name, value in without_proof(document).items() if name != "@context"})


def seen(document: JsonObject) -> tuple[Any, ...]:
    """What decides about a credential, for a reader of its JSON."""
    view = read_credential(document)
    types = tuple(sorted(view.types))  # they are a set: their order says nothing, and no RDF signature covers it
    return view.id, view.issuer, view.subject, types, view.valid_from, view.valid_until, view.status


def facts_of(document: JsonObject) -> Any:
    """What counts of a credential, or None where the reader refuses to count it."""
    try:
        return unit_facts(document)
    except CreditBankError:
        return None


@cache
def originals() -> tuple[Any, ...]:
    return tuple((statements(one), seen(one), facts_of(one)) for one in seeds().credentials)


def text_of(document: Any) -> bytes:
    """JSON as a careless program would write it, whatever is in it."""
    try:
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (RecursionError, ValueError):
        return b"[" * 1000


def mutated(document: Any, draw: DataObject) -> bytes:
    """The document as bytes, with edits of one kind or another."""
    kind = draw.draw(sampled_from(["nodes", "nodes", "nodes", "bytes", "keys"]))
    if kind == "nodes":
        return text_of(edited(document, draw))
    if kind == "keys":
        return doubled_keys(copy.deepcopy(document), draw)
    return scrambled(json.dumps(document).encode(), draw)


def asked(given: Any, *, policy: Policy = SIGNATURE, evidence: Evidence | None = None) -> Report:
    return verify_credential(given, evidence or seeds().world.evidence, policy=policy, now=NOW)


# -- what must hold of each target; an exception that is not one of ours is a finding


def loader(draw: DataObject) -> None:
    """What is read is read the same from its canonical form."""
    document = draw.draw(sampled_from([*seeds().others, *seeds().credentials]))
    given = mutated(document, draw)
    try:
        value = load_json(given)
        again = canonical_json(value)
    except CreditBankError:
        return
    assert canonical_json(load_json(again)) == again


def documents(draw: DataObject) -> None:
    """Files of every kind are told apart or refused."""
    if draw.draw(booleans()):
        given = scrambled(draw.draw(sampled_from(seeds().files)), draw)
    else:
        given = mutated(draw.draw(sampled_from([*seeds().others, *seeds().credentials])), draw)
    try:
        for one in open_document(given, "fuzzed.json"):
            assert one.words
    except CreditBankError:
        return


def credential(draw: DataObject) -> None:
    """Threats 1 to 13: no change of meaning is accepted, under either cryptosuite or with both."""
    number = draw.draw(integers(0, len(seeds().credentials) - 1))
    given = mutated(seeds().credentials[number], draw)
    if asked(given).verdict is not Verdict.ACCEPTED:
        return
    accepted = load_object(given)
    said, decides, counts = originals()[number]
    if number == JCS_ALONE:
        assert text_alone(accepted) == text_alone(seeds().credentials[number])
        LIBRARY.check(accepted)
    else:
        assert statements(accepted) == said
    assert seen(accepted) == decides
    assert facts_of(accepted) in (counts, None)


def anchored(draw: DataObject) -> None:
    """With the anchor required, nothing but white space, order of keys and escapes may differ."""
    given = mutated(seeds().world.unit, draw)
    if asked(given, policy=ARCHIVAL).verdict is Verdict.ACCEPTED:
        assert canonical_json(load_object(given)) == canonical_json(seeds().world.unit)


def resigned(draw: DataObject) -> None:
    """What an issuer itself signs may be anything, and is answered; a revoked credential stays revoked."""
    forged = edited(unsigned_unit(1), draw)
    if not isinstance(forged, dict):
        return
    try:
        secured = sign(forged, PROVIDER, suite="eddsa-jcs-2022")
    except CreditBankError:
        return
    report = asked(secured, policy=ARCHIVAL)
    assert report.to_json()["checks"]


def transcript(draw: DataObject) -> None:
    """A badge that was changed stays refused inside a transcript that another body signs over it."""
    number = draw.draw(integers(0, len(seeds().credentials) - 1))
    if draw.draw(booleans()):
        inner = edited(seeds().credentials[number], draw)
    else:
        inner = retold(draw.draw(sampled_from(seeds().tokens)), draw, list(seeds().tokens))
    try:
        made = build_transcript(
            [inner],
            id="urn:uuid:40000000-0000-4000-8000-000000000001",
            issuer=IssuerProfile(UNIVERSITY, "Sample University", None, "IN"),
            subject=LEARNER,
            name="Transcript",
            valid_from=SIGNED,
        )
        secured = sign(made, UNIVERSITY, suite="eddsa-jcs-2022")
    except CreditBankError:
        return
    if asked(secured, policy=INSIDE).verdict is not Verdict.ACCEPTED:
        return
    if isinstance(inner, str):
        assert inner in seeds().tokens
    elif number == JCS_ALONE:
        assert text_alone(inner) == text_alone(seeds().credentials[number])
    else:
        assert statements(inner) == originals()[number][0]


def shown(draw: DataObject) -> None:
    """A presentation of which anything was changed is not accepted."""
    evidence = seeds().world.evidence
    given = mutated(seeds().presentation, draw)
    report = verify_presentation(
        given, evidence, policy=ARCHIVAL, now=NOW, challenge="once", domain="university.example"
    )
    if report.verdict is Verdict.ACCEPTED:
        original, accepted = (
            canonicalize_rdfc(without_proof(one), LIBRARY) for one in (seeds().presentation, load_object(given))
        )
        assert original == accepted


def token(draw: DataObject) -> None:
    """Threats 9 and 10: a token has one spelling, and says what its issuer signed."""
    original = draw.draw(sampled_from(seeds().tokens))
    given = retold(original, draw, list(seeds().tokens))
    report = asked(given.encode("utf-8", "surrogatepass"))
    assert report.verdict is not Verdict.ACCEPTED or given in seeds().tokens
    try:
        Jws.read(given)
        read_secured(given)
    except CreditBankError:
        return


def award(draw: DataObject) -> None:
    """An award or a proof of which anything was changed is not accepted."""
    world = seeds().award
    if draw.draw(booleans()):
        given = mutated(json.loads(world.proof), draw)
        report, same = world.award_report(proof=given), given == world.proof
    else:
        forged = mutated(world.award, draw)
        report = world.award_report(award=forged)
        same = report.verdict is Verdict.ACCEPTED and canonical_json(load_object(forged)) == canonical_json(world.award)
    assert report.verdict is not Verdict.ACCEPTED or same


def proof(draw: DataObject) -> None:
    """A proof that is sealed anew and signed by the university itself: the sum decides, and nothing breaks."""
    forged = edited(json.loads(seeds().award.proof), draw)
    if not isinstance(forged, dict):
        return
    try:
        forged["seal"] = f"sha256:{json_digest({name: item for name, item in forged.items() if name != 'seal'}).hex()}"
        read = read_proof(load_object(canonical_json(forged)))
    except CreditBankError:
        return
    world = copy.copy(seeds().award)
    world.make_award(edit=lambda _: read)
    report = world.award_report()
    if report.verdict is Verdict.ACCEPTED:
        before = read_proof(load_object(seeds().award.proof))
        assert (read.counted, read.uses, read.learner) == (before.counted, before.uses, before.learner)


def status(draw: DataObject) -> None:
    """Threats 31 to 33: a credential that its issuer revoked is never "not revoked" by a list that was touched."""
    world = seeds().world
    listed = json.loads(status_list(1, signed=NOW - timedelta(minutes=10)))
    kind = draw.draw(sampled_from(["document", "bits", "text", "spliced"]))
    if kind == "document":
        given = mutated(listed, draw)
    else:
        subject = listed["credentialSubject"]
        if kind == "bits":
            packed = zlib.compress(scrambled(bytes(16_384), draw), wbits=31)
            subject["encodedList"] = "u" + urlsafe_b64encode(
                scrambled(packed, draw) if draw.draw(booleans()) else packed
            ).decode().rstrip("=")
        elif kind == "spliced":
            subject["encodedList"] = StatusList.empty().encode()
        else:
            subject["encodedList"] = scrambled(subject["encodedList"].encode(), draw).decode("latin-1")
        given = text_of(listed)
    with suppress(CreditBankError):
        read_status(load_object(given), index=draw.draw(integers(-2, 140_000)), purpose="revocation")
    evidence = replace(world.evidence, documents={**world.documents, LIST: given})
    assert asked(world.unit, policy=ARCHIVAL, evidence=evidence).verdict is not Verdict.ACCEPTED


def keys(draw: DataObject) -> None:
    """Keys, DID documents, addresses, receipts, trust files and policies from strangers are read or refused."""
    world = seeds().world
    document = edited(json.loads(world.documents[PROVIDER]), draw)
    word = draw.draw(
        sampled_from([PROVIDER, did_key(LEARNER_KEY.public), LEARNER.removeprefix("did:key:"), "https://a.example/x"])
    )
    spelled = scrambled(word.encode(), draw).decode("latin-1")
    jwk = edited({"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "alg": "ES256"}, draw)
    receipt, facts, policy = (
        edited(one, draw) for one in (world.receipts[0].to_json(), world.trust.to_json(), ARCHIVAL.to_json())
    )
    for read, stranger in (
        (DidDocument.parse, document),
        (key_from_multikey, spelled),
        (did_web_url, spelled),
        (fetch_target, spelled),
        (key_from_jwk, jwk),
        (Receipt.parse, receipt),
        (TrustFacts.parse, facts),
        (Policy.parse, policy),
    ):
        with suppress(CreditBankError):
            read(stranger)  # type: ignore[operator]
    evidence = replace(world.evidence, documents={**world.documents, PROVIDER: text_of(document)})
    asked(world.unit, evidence=evidence)


def request(draw: DataObject) -> None:
    """The conformance protocol has no input that ends in an accident."""
    name = draw.draw(sampled_from(sorted(OPERATIONS)))
    asks = {
        "id": 1,
        "op": name,
        "document": seeds().credentials[1],
        "now": "2026-06-01T14:02:00Z",
        "index": 1,
        "size": 2,
    }
    asks |= {
        "did": PROVIDER,
        "text": "2.5",
        "data_text": "{}",
        "entries_hex": ["00"],
        "root_hex": "00",
        "purpose": "revocation",
    }
    known = {spelling for field in OPERATIONS[name].fields for spelling in field.spellings} | {"id", "op"}
    line = mutated({key: value for key, value in asks.items() if key in known}, draw)
    if draw.draw(booleans()):
        line = draw.draw(binary(max_size=200))
    assert answer_to(line).get("error") != "internal_error", line


TARGETS: list[Callable[[DataObject], None]] = [
    loader,
    documents,
    credential,
    anchored,
    resigned,
    transcript,
    shown,
    token,
    award,
    proof,
    status,
    keys,
    request,
]
COSTLY = {credential, status}
SHARES = {target: 2 if target in COSTLY else 1 for target in TARGETS}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_it_answers_soon_and_never_yes_to_another_meaning(target: Callable[[DataObject], None]) -> None:
    seeds()
    originals()
    ends = time.monotonic() + SECONDS * SHARES[target] / sum(SHARES.values())
    tried = 0

    def within_bounds(draw: DataObject) -> None:
        nonlocal tried
        tried += 1
        largest, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        target(draw)
        assert time.process_time() - began < MOST_SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest < MOST_KIBIBYTES

    number = 0
    while number == 0 or time.monotonic() < ends:
        number += 1
        law = settings(
            max_examples=25, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
        )(given(data())(within_bounds))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seed(number)(law)()
    assert tried >= 10
