"""Tokens inside a document: a badge in an envelope, an endorsement under `endorsementJwt`, each verified by itself."""

from dataclasses import replace
from typing import Any

import pytest
from verification_samples import (
    KEYS,
    PROVIDER,
    SIGNED,
    UNIVERSITY,
    World,
    achievement,
    endorsement,
    make_world,
    outcomes,
    receipts_for,
    sign,
    unsigned_transcript,
    unsigned_unit,
)

from creditbank.anchoring import Receipt, entry
from creditbank.canonical import JsonObject, sha256
from creditbank.merkle import MerkleTree
from creditbank.signing import TokenProfile, sign_jwt
from creditbank.verification import Report


def token(document: JsonObject, did: str, profile: TokenProfile = TokenProfile.VC_JOSE) -> str:
    key = KEYS[did]
    method = f"{did}#{key.public.multikey}"
    return sign_jwt(document, profile=profile, key_id=method, algorithm="EdDSA", sign=key.sign, signed=SIGNED)


def unsigned(document: JsonObject) -> JsonObject:
    return {name: value for name, value in document.items() if name != "proof"}


def altered(given: str) -> str:
    head, payload, signature = given.split(".")
    return f"{head}.{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def judged(world: World, outer: JsonObject) -> Report:
    world.receipts = receipts_for([outer])
    world.trust_blocks()
    return world.report(outer)


def receipt_for_token(given: str, did: str) -> Receipt:
    """A receipt like those of the samples, over the characters of a token; its block proves another root."""
    (sample,) = receipts_for([make_world().unit])
    digest = sha256(given.encode())
    tree = MerkleTree.of([entry(did, sample.salt, digest)])
    return replace(sample, digest=digest, issuer=did, root=tree.root, size=1, index=0, path=())


@pytest.mark.parametrize("profile", list(TokenProfile))
def test_a_badge_signed_as_a_token_is_verified_in_its_envelope(profile: TokenProfile) -> None:
    inner = token(unsigned_unit(1), PROVIDER, profile)
    report = judged(make_world(), sign(unsigned_transcript(inner), UNIVERSITY))
    (part,) = report.parts
    assert part.id == unsigned_unit(1)["id"]
    assert outcomes(part)["proof.signature"] == "passed"
    assert outcomes(part)["anchor.included"] == "unchecked"
    assert outcomes(report)["contents.credentials"] == "unchecked"


def test_a_receipt_for_the_token_is_found_by_its_characters() -> None:
    world, inner = make_world(), token(unsigned_unit(1), PROVIDER)
    outer = sign(unsigned_transcript(inner), UNIVERSITY)
    world.receipts = (*receipts_for([outer]), receipt_for_token(inner, PROVIDER))
    (part,) = world.report(outer).parts
    assert outcomes(part)["anchor.included"] == "passed"


def test_a_token_with_another_signature_is_found_inside_a_transcript() -> None:
    inner = altered(token(unsigned_unit(1), PROVIDER))
    report = judged(make_world(), sign(unsigned_transcript(inner), UNIVERSITY))
    assert outcomes(report)["proof.signature"] == "passed"
    assert outcomes(report.parts[0])["proof.signature"] == "failed"
    assert outcomes(report)["contents.credentials"] == "failed"


@pytest.mark.parametrize(("breaking", "outcome"), [(lambda given: given, "unchecked"), (altered, "failed")])
def test_an_endorsement_as_a_token_is_verified_too(breaking: Any, outcome: str) -> None:
    word = breaking(token(unsigned(endorsement(achievement(1).id)), UNIVERSITY))
    unit: Any = unsigned_unit(1)
    unit["credentialSubject"]["achievement"]["endorsementJwt"] = [word]
    report = judged(make_world(), sign(unit, PROVIDER))
    assert outcomes(report)["format.context"] == "passed"
    assert outcomes(report)["contents.endorsements"] == outcome
    assert len(report.parts) == 1


def test_an_endorsement_as_a_token_that_speaks_of_something_else_is_refused() -> None:
    unit: Any = unsigned_unit(1)
    unit["credentialSubject"]["achievement"]["endorsementJwt"] = [token(unsigned(endorsement(PROVIDER)), UNIVERSITY)]
    assert outcomes(judged(make_world(), sign(unit, PROVIDER)))["contents.endorsements"] == "failed"
