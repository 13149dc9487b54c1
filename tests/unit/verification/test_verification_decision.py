"""Signed decisions from documents alone: what is read, and each check in a case where it says no or cannot say."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from test_verification_report import SCHEMA
from verification_samples import (
    KEYS,
    PROVIDER,
    START,
    UNIVERSITY,
    World,
    adopted,
    conversion,
    outcomes,
    revoked,
    sign,
)

from creditbank.canonical import JsonObject, canonical_json
from creditbank.framework import Acceptance, document_digest
from creditbank.signing import PrivateKey
from creditbank.verification import (
    DECISION_CHECKS,
    DecisionRevocation,
    KeyFact,
    NotASignedDecision,
    Report,
    TrustFacts,
    Verdict,
    read_revocation,
    read_signed_decision,
    unsigned_decision,
    unsigned_revocation,
    verify_decision,
)

POLICY = conversion()
DAY = date(2026, 2, 1)


def signed(**how: Any) -> JsonObject:
    return adopted(POLICY, **how).value


def judge(world: World, value: JsonObject | bytes | None = None, **how: Any) -> Report:
    given = signed() if value is None else value
    return verify_decision(given, world.evidence, policy=world.policy, now=world.now, **how)


def test_a_good_decision_is_accepted_under_its_own_name(world: World) -> None:
    report = judge(world)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert (report.id, report.issuer) == ("sample-conversion", UNIVERSITY)
    assert report.title == "conversion sample-conversion, version 1 (a sample)"
    assert [check.name for check in report.checks] == list(DECISION_CHECKS)
    jsonschema.validate(report.to_json(), SCHEMA)


def test_what_is_signed_is_the_decision_by_its_digest() -> None:
    assert read_signed_decision(signed()).digest == document_digest(POLICY)


def test_an_acceptance_is_signed_like_every_decision(world: World) -> None:
    decision = Acceptance.model_validate(
        {
            "document": "creditbank/acceptance/v1",
            "id": "sample-acceptance",
            "by": UNIVERSITY,
            "accepts": {"kind": "framework", "id": "sample", "version": "1", "digest": f"sha256:{'0' * 64}"},
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "for a test",
        }
    )
    report = judge(world, adopted(decision).value)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.title == "acceptance sample-acceptance"


def edited(**changes: Any) -> JsonObject:
    value: Any = copy.deepcopy(signed())
    value["decision"].update(changes)
    return dict(value)


def other_suite() -> JsonObject:
    value: Any = copy.deepcopy(signed())
    value["proof"]["cryptosuite"] = "eddsa-rdfc-2022"
    return dict(value)


Break = Callable[[World], Report]
NO: list[tuple[str, str, Break]] = [
    ("format.readable", "bytes that are no document", lambda world: judge(world, b"{")),
    ("decision.form", "a document of another kind", lambda world: judge(world, world.unit)),
    ("decision.form", "a decision that cannot be read", lambda world: judge(world, edited(ratio="2"))),
    ("decision.form", "a proof of the suite that drops words", lambda world: judge(world, other_suite())),
    ("proof.signature", "an altered ratio", lambda world: judge(world, edited(ratio="3/1"))),
    ("proof.signature", "a prolonged validity", lambda world: judge(world, edited(valid_until="2099-01-01"))),
    (
        "proof.signature",
        "another adoption day",
        lambda world: judge(world, {**signed(), "adopted": "2025-01-01"}),
    ),
    ("proof.purpose", "a proof for another purpose", lambda world: judge(world, signed(purpose="authentication"))),
    ("issuer.method", "a key of another body", lambda world: judge(world, signed(signer=PROVIDER))),
    ("decision.body", "a decision of another body", lambda world: judge(world, signed(by=PROVIDER))),
    ("decision.in-force", "before it was adopted", lambda world: judge(world, on=DAY - timedelta(days=1))),
    (
        "decision.in-force",
        "after it expired",
        lambda world: judge(world, adopted(conversion(valid_until="2026-05-31")).value),
    ),
    (
        "decision.in-force",
        "before it starts",
        lambda world: judge(world, adopted(conversion(valid_from="2026-07-01")).value),
    ),
    ("decision.revocation", "a revoked decision", lambda world: judge(world, revocations=[revoked(POLICY)])),
    (
        "decision.revocation",
        "on the very day of its revocation",
        lambda world: judge(world, on=date(2026, 4, 1), revocations=[revoked(POLICY)]),
    ),
]


def without_did_document(world: World) -> Report:
    del world.documents[UNIVERSITY]
    return judge(world)


def without_trust(world: World) -> Report:
    world.trust = replace(world.trust, issuers=())
    return judge(world)


CANNOT_SAY: list[tuple[str, Break]] = [
    ("proof.signature", without_did_document),
    ("proof.purpose", without_did_document),
    ("issuer.document", without_did_document),
    ("decision.key-valid", without_did_document),
    ("issuer.registered", without_trust),
    ("decision.key-valid", without_trust),
]


@pytest.mark.parametrize(("name", "case"), [pytest.param(n, c, id=f"{n}: {label}") for n, label, c in NO])
def test_a_check_says_no_and_the_decision_is_rejected(name: str, case: Break, world: World) -> None:
    report = case(world)
    assert outcomes(report)[name] == "failed", report.check(name).sentence
    assert report.verdict is Verdict.REJECTED
    jsonschema.validate(report.to_json(), SCHEMA)


@pytest.mark.parametrize(("name", "case"), [pytest.param(n, c, id=f"{n}: {c.__name__}") for n, c in CANNOT_SAY])
def test_a_check_that_cannot_say_never_lets_a_decision_be_accepted(name: str, case: Break, world: World) -> None:
    report = case(world)
    assert outcomes(report)[name] == "unchecked", report.check(name).sentence
    assert report.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked": START + timedelta(days=100)},
        {"suspect": START + timedelta(days=100)},
        {"until": START + timedelta(days=10)},
        {"multikey": KEYS[PROVIDER].public.multikey},
    ],
    ids=["revoked since", "suspected since", "retired before", "never registered"],
)
def test_a_key_that_the_register_does_not_stand_by_vouches_for_no_decision(
    changes: dict[str, Any], world: World
) -> None:
    key = KeyFact(KEYS[UNIVERSITY].public.multikey, START)
    world.change_issuer(UNIVERSITY, keys=(replace(key, **changes),))
    report = judge(world)
    assert outcomes(report)["decision.key-valid"] == "failed"
    assert report.verdict is Verdict.REJECTED


def test_a_decision_without_a_date_of_signing_is_not_vouched_for(world: World) -> None:
    value: Any = copy.deepcopy(signed())
    del value["proof"]
    undated = sign(value, UNIVERSITY, suite="eddsa-jcs-2022")
    proof: Any = undated["proof"]
    del proof["created"]
    assert judge(world, undated).verdict is Verdict.REJECTED


def test_an_earlier_day_may_be_asked_for(world: World) -> None:
    assert judge(world, on=date(2026, 3, 31), revocations=[revoked(POLICY)]).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "revocation",
    [
        revoked(POLICY, PROVIDER),
        revoked(POLICY, UNIVERSITY, signer=PROVIDER),
        revoked(conversion(ratio="1/1")),
        revoked(POLICY, key=PrivateKey.from_seed(b"f" * 32), method=f"{UNIVERSITY}#{KEYS[UNIVERSITY].public.multikey}"),
    ],
    ids=["of another body", "with a key of another body", "of another text", "forged"],
)
def test_a_revocation_that_the_body_did_not_sign_for_this_text_counts_for_nothing(
    revocation: DecisionRevocation, world: World
) -> None:
    assert judge(world, revocations=[revocation]).verdict is Verdict.ACCEPTED


def test_the_past_cannot_be_revoked() -> None:
    unsigned = unsigned_revocation(
        document_digest(POLICY), UNIVERSITY, since=date(2026, 2, 28), stated=date(2026, 3, 1), reason="backdated"
    )
    with pytest.raises(NotASignedDecision) as refused:
        read_revocation(sign(unsigned, UNIVERSITY, suite="eddsa-jcs-2022"))
    assert refused.value.place == "/since"


def changed(path: tuple[str, ...], value: Any) -> JsonObject:
    """The signed decision with one value replaced, or taken out when `value` is None."""
    document: Any = copy.deepcopy(signed())
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return dict(document)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("@context",), None, "/@context"),
        (("@context",), ["https://www.w3.org/ns/credentials/v2"], "/@context"),
        (("document",), "creditbank/conversion/v1", "/document"),
        (("by",), None, "/by"),
        (("adopted",), "soon", "/adopted"),
        (("adopted",), "20260201", "/adopted"),
        (("decision",), "it", "/decision"),
        (("decision", "sample"), "yes", "/decision"),
        (("decision", "note"), "one key more", "/decision"),
        (("proof",), None, "/proof"),
        (("proof",), [{}], "/proof"),
        (("note",), "one key more", "/note"),
    ],
)
def test_an_envelope_that_is_not_exactly_one_is_refused_by_its_place(
    path: tuple[str, ...], value: Any, place: str
) -> None:
    with pytest.raises(NotASignedDecision) as refused:
        read_signed_decision(changed(path, value))
    assert refused.value.place == place


def test_only_a_decision_can_be_signed_as_one() -> None:
    envelope: Any = unsigned_decision(POLICY, UNIVERSITY, DAY)
    envelope["decision"] = {
        "document": "creditbank/credit-system/v1",
        "id": "x",
        "name": "X",
        "basis": "x",
        "confidence": "L",
        "sources": [{"name": "x"}],
    }
    with pytest.raises(NotASignedDecision) as refused:
        read_signed_decision(sign(envelope, UNIVERSITY, suite="eddsa-jcs-2022"))
    assert "no decision of a body" in refused.value.sentence


def test_a_report_needs_no_trust_file_at_all(world: World) -> None:
    world.trust = TrustFacts("nobody")
    assert judge(world, canonical_json(signed())).verdict is Verdict.INCONCLUSIVE
