"""Who vouches for an issuer: each kind of source with a yes, a no and an unknown, where a policy accepts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from verification_samples import (
    KEYS,
    LEARNER_KEY,
    LIST,
    NOW,
    PROVIDER,
    UNIVERSITY,
    World,
    did_document,
    issuer_facts,
    make_world,
    presentation,
    sign,
    status_list,
    unsigned_unit,
)

from creditbank.canonical import canonical_json, json_digest, load_object
from creditbank.credential import StatusList, build_status_list
from creditbank.signing import did_web_document
from creditbank.verification import (
    ARCHIVAL,
    LIVE,
    UNANCHORED,
    Fetched,
    IssuerList,
    Outcome,
    PinnedIssuer,
    StatusFact,
    TrustFacts,
    UnreadableTrust,
    Verdict,
    Voucher,
    verify_presentation,
)

MINUTE = timedelta(minutes=1)
KEY = KEYS[PROVIDER].public.multikey
OTHER_KEY = KEYS[UNIVERSITY].public.multikey
DID_URL = "https://provider.example/.well-known/did.json"


@pytest.fixture
def world() -> World:
    """A credential of an issuer that no register knows."""
    world = make_world()
    world.trust = replace(world.trust, issuers=())
    return world


def pin(world: World, **changes: object) -> None:
    said = PinnedIssuer(PROVIDER, "Sample Provider", accepted=True)
    world.trust = replace(world.trust, pinned=(replace(said, **changes),))  # type: ignore[arg-type]


def listed(world: World, *dids: str, complete: bool = False) -> None:
    registry = {"meta": {"created": "2020"}, "registry": {did: {"name": f"Body {did}", "url": "x"} for did in dids}}
    world.trust = replace(world.trust, issuer_lists=(IssuerList.read("a sample list", registry, complete=complete),))


def served(world: World, data: bytes | None = None) -> None:
    world.fetched = {PROVIDER: Fetched(data or did_document(PROVIDER), DID_URL, NOW - MINUTE)}


def other_keys(world: World) -> None:
    served(world, canonical_json(did_web_document(PROVIDER, [KEYS[UNIVERSITY].public])))


def nothing(world: World) -> None:
    """Nobody says anything."""


Setting = Callable[[World], None]
SAID: list[tuple[Voucher, str, Setting]] = [
    (Voucher.REGISTER, "passed", lambda world: register(world)),
    (Voucher.REGISTER, "failed", lambda world: register(world, admitted=None)),
    (Voucher.REGISTER, "unchecked", nothing),
    (Voucher.PINNED, "passed", pin),
    (Voucher.PINNED, "passed", lambda world: pin(world, keys=(KEY,))),
    (Voucher.PINNED, "failed", lambda world: pin(world, accepted=False)),
    (Voucher.PINNED, "failed", lambda world: pin(world, keys=(OTHER_KEY,))),
    (Voucher.PINNED, "unchecked", lambda world: pin(world, did=UNIVERSITY)),
    (Voucher.ISSUER_LIST, "passed", lambda world: listed(world, PROVIDER)),
    (Voucher.ISSUER_LIST, "failed", lambda world: listed(world, UNIVERSITY, complete=True)),
    (Voucher.ISSUER_LIST, "unchecked", lambda world: listed(world, UNIVERSITY)),
    (Voucher.DOMAIN, "passed", served),
    (Voucher.DOMAIN, "failed", other_keys),
    (Voucher.DOMAIN, "failed", lambda world: served(world, did_document(UNIVERSITY))),
    (Voucher.DOMAIN, "failed", lambda world: served(world, b"<html>")),
    (Voucher.DOMAIN, "unchecked", nothing),
]


def register(world: World, **changes: object) -> None:
    facts = replace(issuer_facts(PROVIDER, "Sample Provider"), **changes)  # type: ignore[arg-type]
    world.trust = replace(world.trust, issuers=(facts,))


@pytest.mark.parametrize(("kind", "outcome", "setting"), SAID)
def test_a_source_says_yes_or_no_or_nothing(kind: Voucher, outcome: str, setting: Setting, world: World) -> None:
    setting(world)
    world.policy = replace(ARCHIVAL, vouchers=frozenset({kind}))
    check = world.report().check("issuer.registered")
    assert check.outcome == outcome, check.sentence
    assert check.compared.startswith(PROVIDER)


@pytest.mark.parametrize(("kind", "outcome", "setting"), SAID)
def test_a_source_that_the_policy_does_not_accept_is_not_heard(
    kind: Voucher, outcome: str, setting: Setting, world: World
) -> None:
    setting(world)
    world.policy = replace(ARCHIVAL, vouchers=frozenset(Voucher) - {kind})
    check = world.report().check("issuer.registered")
    assert check.outcome is Outcome.UNCHECKED, check.sentence
    assert bool(check.how) is (outcome != "unchecked")


def test_a_policy_that_accepts_no_source_never_accepts_an_issuer(world: World) -> None:
    register(world)
    world.policy = replace(ARCHIVAL, vouchers=frozenset())
    report = world.report()
    assert report.check("issuer.registered").outcome is Outcome.UNCHECKED
    assert report.verdict is not Verdict.ACCEPTED
    assert "register" in report.check("issuer.registered").how


def test_one_no_outweighs_every_yes_and_the_report_names_who_said_which(world: World) -> None:
    register(world)
    listed(world, PROVIDER)
    pin(world, accepted=False, source="my own list")
    check = world.report().check("issuer.registered")
    assert check.outcome is Outcome.FAILED
    assert "Failed by the pinned list: my own list." in check.how
    assert "Passed by the list of issuers: a sample list" in check.how


def test_the_report_names_every_source_that_said_yes(world: World) -> None:
    register(world)
    pin(world, source="my own list")
    sources = "; ".join(world.report().sources)
    assert "the sample trust file" in sources
    assert "my own list" in sources


def test_the_standing_policies_do_not_take_the_word_of_a_domain(world: World) -> None:
    served(world)
    for policy in (ARCHIVAL, LIVE):
        world.policy = policy
        check = world.report().check("issuer.registered")
        assert check.outcome is Outcome.UNCHECKED
        assert "does not take the word of: domain" in check.how


def test_a_strangers_credential_is_accepted_unanchored_by_the_word_of_its_domain(world: World) -> None:
    served(world)
    del world.documents[PROVIDER]
    world.receipts, world.policy = (), UNANCHORED
    report = world.report()
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.check("anchor.included").outcome is Outcome.UNCHECKED
    assert f"fetched from {DID_URL} at 2026-06-01T14:01:00Z" in report.sources


def test_an_anchor_that_does_not_hold_is_not_excused_by_a_policy_that_asks_for_none(world: World) -> None:
    served(world)
    world.policy = UNANCHORED
    world.change_chain(blocks=())
    assert world.report().verdict is Verdict.INCONCLUSIVE
    world.receipts = (replace(world.receipts[1], digest=world.receipts[0].digest),)
    assert world.report().verdict is Verdict.REJECTED


def test_a_revoked_key_is_not_excused_by_a_policy_that_asks_for_no_anchor(world: World) -> None:
    """Threat 16."""
    register(world)
    world.change_key(revoked=NOW - MINUTE)
    world.receipts, world.policy = (), UNANCHORED
    assert world.report().verdict is Verdict.REJECTED


def test_a_key_that_the_register_does_not_list_is_not_excused_either() -> None:
    """Whoever took a domain over lists a key of his own in its document, and never asks for an anchor."""
    world = make_world()
    world.policy, world.receipts = UNANCHORED, ()
    assert world.report().verdict is Verdict.ACCEPTED
    for change, word in (
        ({"multikey": OTHER_KEY}, "does not list this key"),
        ({"until": NOW - timedelta(days=40)}, "was retired"),
    ):
        broken = make_world()
        broken.policy, broken.receipts = UNANCHORED, ()
        broken.change_key(**change)
        check = broken.report().check("anchor.key-valid")
        assert (check.outcome, word in check.sentence) == (Outcome.FAILED, True)
        assert broken.report().verdict is Verdict.REJECTED


# DID documents --------------------------------------------------------------------------------------------------


def test_a_document_that_came_along_stands_when_its_keys_are_pinned(world: World) -> None:
    world.claims = {PROVIDER: world.documents.pop(PROVIDER)}
    assert world.report().check("issuer.document").outcome is Outcome.UNCHECKED
    pin(world, keys=(KEY, OTHER_KEY))
    assert world.report().check("issuer.document").outcome is Outcome.PASSED
    pin(world, keys=(OTHER_KEY,))
    assert world.report().check("issuer.document").outcome is Outcome.UNCHECKED
    pin(world, documents=(json_digest(load_object(world.claims[PROVIDER])),))
    assert world.report().check("issuer.document").outcome is Outcome.PASSED
    pin(world, documents=(json_digest({}),))
    assert world.report().check("issuer.document").outcome is Outcome.UNCHECKED


def test_a_pinned_key_vouches_for_no_other_key_in_the_same_document(world: World) -> None:
    """With the pinned key for assertions and a forger's for authentication, anybody could show himself as the body."""
    forger = LEARNER_KEY.public
    document: Any = did_web_document(PROVIDER, [KEYS[PROVIDER].public, forger])
    document["assertionMethod"], document["authentication"] = [f"{PROVIDER}#{KEY}"], [f"{PROVIDER}#{forger.multikey}"]
    del world.documents[PROVIDER]
    world.claims = {PROVIDER: canonical_json(document)}
    pin(world, keys=(KEY,))
    unit = sign(unsigned_unit(1, subject=PROVIDER), PROVIDER)
    world.anchor(unit)
    shown = presentation([unit], holder=PROVIDER, key=LEARNER_KEY)
    report = verify_presentation(shown, world.evidence, policy=world.policy, now=world.now)
    assert report.check("presentation.signature").outcome is Outcome.UNCHECKED
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_registered_document_that_came_along_goes_before_the_newer_one_of_the_domain(world: World) -> None:
    """Threat 15: the domain has moved on from the keys of then."""
    register(world)
    world.claims = {PROVIDER: world.documents.pop(PROVIDER)}
    other_keys(world)
    assert world.report().check("issuer.document").outcome is Outcome.PASSED


def test_what_the_domain_serves_goes_before_an_unregistered_document_that_came_along(world: World) -> None:
    forged = canonical_json(did_web_document(PROVIDER, [LEARNER_KEY.public]))
    world.claims = {PROVIDER: forged}
    del world.documents[PROVIDER]
    made = sign(unsigned_unit(1), PROVIDER, key=LEARNER_KEY)
    served(world)
    assert world.report(made).check("proof.purpose").outcome is Outcome.FAILED


def test_why_a_document_was_not_fetched_stands_in_the_report(world: World) -> None:
    del world.documents[PROVIDER]
    world.unfetched = {PROVIDER: "provider.example has no address."}
    assert "provider.example has no address." in world.report().check("issuer.document").how


# successors -----------------------------------------------------------------------------------------------------


def successor_list(*revoked: int) -> bytes:
    signed = NOW - 10 * MINUTE
    body = build_status_list(
        id=LIST,
        issuer=UNIVERSITY,
        purpose="revocation",
        status_list=StatusList.empty().with_set(revoked),
        valid_from=signed,
        valid_until=signed + 60 * MINUTE,
    )
    return canonical_json(sign(body, UNIVERSITY, created=signed))


def test_a_list_signed_by_the_named_successor_answers_for_an_issuer_that_closed() -> None:
    world = make_world()
    world.policy = LIVE
    world.documents[LIST] = successor_list()
    assert world.report().check("status.revocation").outcome is Outcome.UNCHECKED
    world.change_issuer(successor=UNIVERSITY)
    check = world.report().check("status.revocation")
    assert check.outcome is Outcome.PASSED
    assert "its successor by the sample trust file" in check.how
    world.documents[LIST] = successor_list(1)
    assert world.report().check("status.revocation").outcome is Outcome.FAILED


def test_a_successor_with_a_revoked_key_answers_nothing() -> None:
    world = make_world()
    world.documents[LIST] = successor_list()
    world.change_issuer(successor=UNIVERSITY)
    keys = world.trust.issuer(UNIVERSITY)[0].keys
    world.change_issuer(UNIVERSITY, keys=(replace(keys[0], revoked=NOW - MINUTE),))
    assert world.report().check("status.revocation").outcome is Outcome.UNCHECKED


def test_successors_are_followed_and_a_ring_or_a_quarrel_ends_the_search() -> None:
    trust = make_world().trust
    first, second = trust.issuers
    ring = replace(trust, issuers=(replace(first, successor=UNIVERSITY), replace(second, successor=PROVIDER)))
    assert list(ring.successors(PROVIDER)) == [UNIVERSITY, PROVIDER]
    quarrel = ring.merge(replace(ring, issuers=(replace(first, successor="did:web:else.example"),)))
    assert quarrel.successors(PROVIDER) == {}
    assert trust.successors(PROVIDER) == {}


# status: remembered, named by the chain, 1EdTech's kind ------------------------------------------------------------


def test_a_list_that_was_read_is_there_to_be_remembered_and_the_next_one_is_newer(world: World) -> None:
    world.policy = LIVE
    world.documents[LIST] = status_list(sequence=4)
    (seen,) = world.report().lists
    assert (seen.issuer, seen.list, seen.sequence) == (PROVIDER, LIST, 4)
    assert world.report().check("status.current").outcome is Outcome.NOT_APPLICABLE
    world.seen = (replace(seen, source="earlier verifications"),)
    assert world.report().check("status.current").outcome is Outcome.PASSED
    world.documents[LIST] = status_list(sequence=5)
    check = world.report().check("status.current")
    assert (check.outcome, check.how) == (Outcome.PASSED, "Told by earlier verifications.")
    world.documents[LIST] = status_list(sequence=3)
    assert "number 4 after number 3" in world.report().check("status.current").sentence


def test_a_list_that_is_not_the_issuers_is_not_remembered(world: World) -> None:
    """Otherwise a forger could make every honest list look old."""
    world.documents[LIST] = status_list(issuer=UNIVERSITY, sequence=10**6)
    assert world.report().lists == ()


def test_an_archive_answers_as_of_its_date_though_a_newer_list_is_known(world: World) -> None:
    register(world)
    world.documents[LIST] = status_list(signed=NOW - 4000 * MINUTE)
    world.seen = (StatusFact(PROVIDER, LIST, json_digest({}), None, NOW, "earlier verifications"),)
    report = world.report()
    assert report.check("status.current").outcome is Outcome.FAILED
    assert report.check("status.revocation").sentence.startswith("Not revoked as of 2026-05-29")
    assert report.verdict is Verdict.ACCEPTED
    world.policy = LIVE
    assert world.report().verdict is Verdict.REJECTED


def plain(
    *entries: dict[str, object], issuer: str = PROVIDER, id: str = LIST, name: str = "revokedCredentials"
) -> bytes:
    return canonical_json({"id": id, "issuer": issuer, name: list(entries)})  # type: ignore[arg-type]


def with_plain_list(world: World, data: bytes, *, own: bool = False, minutes: int = 1) -> Outcome:
    unit = unsigned_unit(1)
    unit["credentialStatus"] = {"id": LIST, "type": "1EdTechRevocationList"}
    world.documents.pop(LIST, None)
    if own:
        world.documents[LIST] = data
    else:
        world.fetched = {LIST: Fetched(data, LIST, NOW - minutes * MINUTE)}
    return world.report(sign(unit, PROVIDER, suite="eddsa-jcs-2022")).check("status.revocation").outcome


UNIT = "urn:uuid:10000000-0000-4000-8000-000000000001"


@pytest.mark.parametrize("name", ["revokedCredentials", "revokedCredential"])
def test_a_list_of_1edtechs_kind_is_read_as_its_address_serves_it(world: World, name: str) -> None:
    world.policy = LIVE
    assert with_plain_list(world, plain(name=name)) is Outcome.PASSED
    assert with_plain_list(world, plain({"id": "urn:uuid:another"}, name=name)) is Outcome.PASSED
    assert with_plain_list(world, plain({"id": UNIT, "revoked": False}, name=name)) is Outcome.PASSED
    for revoked in (
        {"id": UNIT},
        {"id": UNIT, "revoked": True, "revocationReason": "x"},
        {"id": UNIT, "revoked": "true"},
    ):
        assert with_plain_list(world, plain(revoked, name=name)) is Outcome.FAILED


@pytest.mark.parametrize(
    "data",
    [
        plain(issuer=UNIVERSITY),
        plain(id="https://provider.example/status/2"),
        canonical_json({"id": LIST, "issuer": PROVIDER}),
        plain({"id": UNIT, "revoked": 0}),
        plain({"revoked": True}),
        canonical_json({"id": LIST, "issuer": PROVIDER, "revokedCredentials": "none"}),
        b"[]",
        b"<html>",
    ],
)
def test_a_list_of_1edtechs_kind_that_is_another_or_unclear_says_nothing(world: World, data: bytes) -> None:
    assert with_plain_list(world, data) is Outcome.UNCHECKED


def test_a_list_without_signature_that_came_along_says_nothing(world: World) -> None:
    """Anybody can write one; only the address itself, or the verifying party's own copy, is the issuer's word."""
    unit = unsigned_unit(1)
    unit["credentialStatus"] = {"id": LIST, "type": "1EdTechRevocationList"}
    del world.documents[LIST]
    world.claims = {LIST: plain()}
    check = world.report(sign(unit, PROVIDER, suite="eddsa-jcs-2022")).check("status.revocation")
    assert check.outcome is Outcome.UNCHECKED
    assert "without a signature" in check.sentence


def test_a_list_without_a_date_is_enough_for_an_archive_and_not_for_now(world: World) -> None:
    assert with_plain_list(world, plain(), own=True) is Outcome.PASSED
    world.policy = LIVE
    assert with_plain_list(world, plain(), own=True) is Outcome.UNCHECKED
    assert with_plain_list(world, plain(), minutes=61) is Outcome.UNCHECKED


# trust files ----------------------------------------------------------------------------------------------------


def test_a_trust_file_keeps_pins_lists_successors_and_statuses(world: World) -> None:
    register(world, successor=UNIVERSITY)
    pin(world, keys=(KEY,), documents=(json_digest({}),))
    trust = replace(
        world.trust,
        issuer_lists=(IssuerList("a list", {PROVIDER: "Sample Provider"}, complete=True),),
        statuses=(StatusFact(PROVIDER, LIST, json_digest({}), 4, NOW),),
    )
    assert TrustFacts.parse(load_object(canonical_json(trust.to_json()))) == trust
    named = trust.named()
    assert TrustFacts.parse(load_object(canonical_json(named.to_json()))).named() == named


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({}, "/registry"),
        ([], "/registry"),
        ({"registry": []}, "/registry"),
        ({"registry": {PROVIDER: "x"}}, f"/registry/{PROVIDER}"),
        ({"registry": {PROVIDER: {}}}, f"/registry/{PROVIDER}"),
        ({"registry": {"Sample": {"name": "x"}}}, "/registry/Sample"),
    ],
)
def test_a_file_that_is_no_registry_of_issuers_is_refused(value: object, place: str) -> None:
    with pytest.raises(UnreadableTrust) as refused:
        IssuerList.read("a list", value)
    assert refused.value.place == place


def test_a_trust_file_names_the_place_in_a_list_of_issuers_that_is_wrong(world: World) -> None:
    value = world.trust.to_json() | {"issuerLists": [{"name": "a list", "registry": {"did:web:x.example": {}}}]}
    with pytest.raises(UnreadableTrust) as refused:
        TrustFacts.parse(value)
    assert refused.value.place == "/issuerLists/0/registry/did:web:x.example"
