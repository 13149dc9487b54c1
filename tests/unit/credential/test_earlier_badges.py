"""Open Badges 2.0: read, named as evidence, bound by digest, and worth no credit anywhere."""

import base64
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sample_units import sample_unit

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import digest_sri, json_digest, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    NotACredential,
    NotAnEarlierBadge,
    NotAUnit,
    build_credential,
    read_credential,
    read_ob2,
    unit_facts,
)
from creditbank.signing import canonicalize_rdfc

ADDRESS = "learner@sample.example"


def assertion(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "https://issuer.example/assertions/1",
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": "deadsea",
            "identity": f"sha256${sha256(f'{ADDRESS}deadsea'.encode()).hex()}",
        },
        "issuedOn": "2016-12-31T23:59:59Z",
        "badge": {
            "id": "https://issuer.example/badges/robotics",
            "type": "BadgeClass",
            "name": "Robotics",
            "issuer": {"id": "https://issuer.example/", "type": "Issuer", "name": "An issuer"},
        },
        "verification": {"type": "hosted"},
    }
    return {**document, **changes}


def token(payload: Any, header: Any = None) -> str:
    parts = [json.dumps(header or {"alg": "RS256"}).encode(), json.dumps(payload).encode(), b"\x01" * 256]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_an_assertion_says_what_it_says_and_that_nobody_verified_it() -> None:
    badge = read_ob2(assertion())
    assert (badge.name, badge.badge) == ("Robotics", "https://issuer.example/badges/robotics")
    assert (badge.issuer, badge.verification, badge.revoked) == ("https://issuer.example/", "hosted", False)
    assert badge.issued == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert badge.standing == "Open Badges 2.0 assertion: kept as evidence, not verified, no credit."


def test_the_recipient_is_told_by_the_hash_and_nobody_else_is() -> None:
    badge = read_ob2(assertion())
    assert badge.names(ADDRESS)
    assert not badge.names("another@sample.example")
    assert read_ob2(assertion(recipient={"type": "email", "identity": ADDRESS})).names(ADDRESS)


def test_a_signed_assertion_is_read_from_its_token_without_a_word_about_its_signature() -> None:
    signed = assertion(verification={"type": "signed", "creator": "https://issuer.example/key"})
    assert read_ob2(token(signed)) == read_ob2(signed)
    assert read_ob2(token(signed)).standing.endswith("not verified, no credit.")


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "BadgeClass"},
        {"@context": "https://w3id.org/openbadges/v9"},
        {"@context": {"@vocab": "https://forger.example/"}},
        {"recipient": None},
        {"verification": None},
        {"issuedOn": "yesterday"},
        {"id": "1"},
        {"badge": {"name": "Robotics"}},
    ],
)
def test_what_lacks_a_part_is_no_assertion(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAnEarlierBadge):
        read_ob2(assertion(**changes))


def test_what_is_no_document_is_no_assertion() -> None:
    for value in (None, [], 7, "x", token(assertion(), {"alg": "RS256", "jwk": {}})):
        with pytest.raises(NotAnEarlierBadge):
            read_ob2(value)


def test_older_ways_of_writing_are_read() -> None:
    """Open Badges 1.1: `verify`, an address for the badge, a day alone."""
    old = assertion(badge="https://issuer.example/badges/robotics", verify={"type": "hosted"}, issuedOn="2014-05-01")
    del old["verification"]
    badge = read_ob2({**old, "@context": "https://w3id.org/openbadges/v1"})
    assert (badge.name, badge.issuer, badge.verification) == ("", "", "hosted")
    assert badge.issued == datetime(2014, 5, 1, tzinfo=UTC)


def test_in_a_credential_it_stands_as_evidence_bound_by_digest_and_adds_no_credit() -> None:
    made: dict[str, Any] = {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "issuer": IssuerProfile("did:web:sample.example", "Sample University", None, "IN"),
        "subject": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "earned": date(2026, 6, 30),
        "valid_from": datetime(2026, 11, 23, tzinfo=UTC),
        "status": None,
    }
    unit = Achievement.of_unit(sample_unit())
    plain = build_credential(unit, **made)
    given = build_credential(unit, **made, evidence=[read_ob2(assertion()).evidence()])
    assert unit_facts(given) == unit_facts(plain)
    (evidence,) = given["evidence"]  # type: ignore[misc]
    assert evidence["digestSRI"] == digest_sri(json_digest(assertion()))  # type: ignore[call-overload,index]
    assert "not verified, no credit" in evidence["narrative"]  # type: ignore[call-overload,index,operator]
    assert canonicalize_rdfc(given, bundled_contexts()) != canonicalize_rdfc(plain, bundled_contexts())


def test_an_assertion_is_no_credential_and_no_unit() -> None:
    with pytest.raises(NotACredential):
        read_credential(assertion())
    with pytest.raises(NotAUnit):
        unit_facts(assertion())
