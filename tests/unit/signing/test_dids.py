"""did:key and did:web, their documents, and who may vouch with which key."""

from datetime import UTC, datetime
from typing import Any

import pytest

from creditbank.signing import (
    DidDocument,
    PrivateKey,
    UnreadableDid,
    UnreadableDidDocument,
    UnusableKey,
    did_key,
    did_key_document,
    did_web_document,
    did_web_url,
    key_of_did,
)

ONE = PrivateKey.from_seed(b"\x01" * 32).public
TWO = PrivateKey.from_seed(b"\x02" * 32).public
WEB = "did:web:sample-university.example"
REVOKED = datetime(2026, 5, 1, tzinfo=UTC)


def test_a_did_key_spells_its_own_document() -> None:
    did = did_key(ONE)
    assert did.startswith("did:key:z6Mk")
    assert key_of_did(did) == ONE
    document = DidDocument.parse(did_key_document(did))
    assert document.id == did
    assert document.assertion_keys == {f"{did}#{ONE.multikey}": ONE} == document.authentication_keys


def test_a_did_key_of_another_kind_is_refused() -> None:
    with pytest.raises(UnreadableDid):
        key_of_did(WEB)
    with pytest.raises(UnusableKey):
        key_of_did("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme")


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        (WEB, "https://sample-university.example/.well-known/did.json"),
    ],
)
def test_a_did_web_is_served_where_its_method_says(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:localhost",
        "did:web:127.0.0.1",
        "did:web:0x7f.0x1",
        "did:web:provider.0x",
        "did:web:169.254.169.254:latest",
        "did:web:example.com%3A8443",
        "did:web:user@example.com",
        "did:web:example.com/../x",
        "did:web:example.com:..:x",
        "did:web:example.com:a:.:b",
        "did:web:example.com::x",
        "did:web:example.com:a%2Fb",
        "did:web:EXAMPLE.com",
        "did:web:exämple.com",
        "did:web:-example.com",
        "did:web:example.com\n",
        "did:web:" + "a." * 200 + "com",
    ],
)
def test_a_did_web_that_could_lead_elsewhere_is_refused(did: str) -> None:
    """Threat 14."""
    with pytest.raises(UnreadableDid):
        did_web_url(did)


def test_a_did_web_document_lists_present_and_revoked_keys() -> None:
    """Threat 15: what was anchored before a revocation still needs the key."""
    document = DidDocument.parse(did_web_document(WEB, [ONE, TWO], {TWO: REVOKED}))
    assert set(document.assertion_keys.values()) == {ONE, TWO}
    assert document.revoked == {f"{WEB}#{TWO.multikey}": REVOKED}
    with pytest.raises(UnreadableDid):
        did_web_document("did:web:localhost", [ONE])


def test_a_method_counts_only_for_the_purposes_that_name_it() -> None:
    """Threat 12."""
    raw: dict[str, Any] = did_web_document(WEB, [ONE, TWO])
    raw["assertionMethod"] = [f"#{ONE.multikey}"]
    raw["authentication"] = []
    document = DidDocument.parse(raw)
    assert document.assertion_keys == {f"{WEB}#{ONE.multikey}": ONE}
    assert document.authentication_keys == {}


def test_a_method_controlled_by_somebody_else_does_not_vouch() -> None:
    """Threat 12."""
    raw: dict[str, Any] = did_web_document(WEB, [ONE])
    raw["verificationMethod"][0]["controller"] = "did:web:thief.example"
    assert DidDocument.parse(raw).assertion_keys == {}


def test_a_method_written_inside_its_purpose_is_read() -> None:
    raw: dict[str, Any] = did_web_document(WEB, [ONE])
    raw["assertionMethod"] = raw.pop("verificationMethod")
    assert list(DidDocument.parse(raw).assertion_keys.values()) == [ONE]


def test_keys_of_other_kinds_are_passed_over() -> None:
    raw: dict[str, Any] = did_web_document(WEB, [ONE])
    raw["verificationMethod"] += [
        {"id": f"{WEB}#p256", "type": "Multikey", "controller": WEB, "publicKeyMultibase": "zDnaer"},
        {"id": f"{WEB}#jwk", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": {}},
    ]
    raw["assertionMethod"] += [f"{WEB}#p256", f"{WEB}#jwk", f"{WEB}#absent"]
    assert list(DidDocument.parse(raw).assertion_keys.values()) == [ONE]


def faulty(**changes: Any) -> dict[str, Any]:
    return {**did_web_document(WEB, [ONE]), **changes}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([], ""),
        (faulty(id=7), "/id"),
        (faulty(id="sample"), "/id"),
        (faulty(verificationMethod=["x"]), "/verificationMethod/0"),
        (faulty(verificationMethod=[{"type": "Multikey"}]), "/verificationMethod/0"),
        (faulty(verificationMethod=[{"id": "#a"}] * 65), "/verificationMethod"),
        (faulty(assertionMethod=[7]), "/assertionMethod/0/0"),
    ],
)
def test_a_malformed_did_document_is_refused_with_its_place(document: Any, place: str) -> None:
    with pytest.raises(UnreadableDidDocument) as refused:
        DidDocument.parse(document)
    assert refused.value.place == place


def test_a_document_with_a_weak_key_a_bad_date_or_a_method_twice_is_refused() -> None:
    """Threat 11."""
    raw: dict[str, Any] = did_web_document(WEB, [ONE])
    weak = "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP"  # 32 zero bytes: y = 0, a point of order 4
    for change in ({"publicKeyMultibase": weak}, {"revoked": "yesterday"}):
        method = {**raw["verificationMethod"][0], **change}
        with pytest.raises(UnreadableDidDocument):
            DidDocument.parse({**raw, "verificationMethod": [method]})
    with pytest.raises(UnreadableDidDocument, match="twice"):
        DidDocument.parse({**raw, "verificationMethod": raw["verificationMethod"] * 2})
    with pytest.raises(UnreadableDidDocument, match="twice"):
        DidDocument.parse({**raw, "assertionMethod": raw["verificationMethod"]})


def test_a_profile_at_an_https_address_lists_keys_like_a_did_document() -> None:
    """Open Badges 3.0 issuers may be named by an address; an address with a fragment, or over http, names nobody."""
    key = PrivateKey.from_seed(b"\x09" * 32).public
    at = "https://university.example/issuers/1"
    method = {"id": f"{at}#{key.multikey}", "type": "Multikey", "controller": at, "publicKeyMultibase": key.multikey}
    profile = {"id": at, "type": ["Profile"], "verificationMethod": [method], "assertionMethod": [method["id"]]}
    assert DidDocument.parse(profile).assertion_keys == {method["id"]: key}
    for other in ("http://university.example/issuers/1", f"{at}#here", "https://", f"{at} x"):
        with pytest.raises(UnreadableDidDocument):
            DidDocument.parse({**profile, "id": other})
    foreign = {**method, "controller": "https://thief.example/issuers/1"}
    assert DidDocument.parse({**profile, "verificationMethod": [foreign]}).assertion_keys == {}
