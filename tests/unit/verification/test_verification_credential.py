"""Each check of a credential, in a case where it says no and in a case where it cannot say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from verification_samples import (
    ANCHORS,
    BANK,
    BLOCK_TIME,
    KEYS,
    LEARNER_KEY,
    LIST,
    NOW,
    PROVIDER,
    SIGNED,
    START,
    UNIVERSITY,
    World,
    block_of,
    did_document,
    endorsement,
    make_world,
    outcomes,
    sign,
    status_list,
    unsigned_transcript,
    unsigned_unit,
)

from creditbank.anchoring import BlockPlace
from creditbank.canonical import Digest, JsonObject, canonical_json
from creditbank.credential import StatusEntry, StatusList, build_status_list
from creditbank.signing import did_key, did_web_document
from creditbank.units import instant_text
from creditbank.verification import (
    ARCHIVAL,
    CREDENTIAL_CHECKS,
    LIVE,
    REGISTER_CHECKS,
    AnchorFact,
    BankUse,
    KeyFact,
    StatusFact,
    Verdict,
)

Break = Callable[[World], JsonObject | bytes | None]
ALWAYS = [name for name in CREDENTIAL_CHECKS if name not in REGISTER_CHECKS]  # the others have a file of their own
NO: dict[str, list[tuple[str, Break]]] = {name: [] for name in ALWAYS}
OPEN: dict[str, list[tuple[str, Break]]] = {name: [] for name in ALWAYS}
HOUR = timedelta(hours=1)


def no(name: str) -> Callable[[Break], Break]:
    """The case makes the check `name` fail."""
    return lambda case: NO[name].append((case.__name__, case)) or case


def cannot_say(name: str) -> Callable[[Break], Break]:
    """The case leaves the check `name` unchecked."""
    return lambda case: OPEN[name].append((case.__name__, case)) or case


def resigned(world: World, document: JsonObject, did: str = PROVIDER, **more: object) -> JsonObject:
    """Sign again, and anchor what came out, so that only the change itself is left to be found."""
    made = sign({key: value for key, value in document.items() if key != "proof"}, did, **more)  # type: ignore[arg-type]
    world.anchor(made)
    return made


# format ---------------------------------------------------------------------------------------------------------


@no("format.readable")
def a_key_stands_twice(world: World) -> bytes:
    """Threat 1."""
    return canonical_json(world.unit).replace(b'{"@context"', b'{"id":"urn:uuid:x","@context"', 1)


@no("format.readable")
def cut_short(world: World) -> bytes:
    return canonical_json(world.unit)[:-1]


@no("format.credential")
@cannot_say("proof.present")
@cannot_say("format.context")
@cannot_say("dates.valid")
def another_type(world: World) -> JsonObject:
    return {**world.unit, "type": ["VerifiablePresentation"]}


@cannot_say("format.credential")
def unreadable(world: World) -> bytes:
    return b"{"


@no("format.context")
def a_context_that_is_not_pinned(world: World) -> JsonObject:
    """Threat 5."""
    contexts = world.unit["@context"]
    assert isinstance(contexts, list)
    return {**world.unit, "@context": [*contexts, {"@vocab": "https://forger.example/"}]}


@no("format.context")
def a_word_without_meaning_added(world: World) -> JsonObject:
    """Threat 6: such a word would not be covered by the signature."""
    return {**world.unit, "honours": "first class"}


# proof and issuer -----------------------------------------------------------------------------------------------


@no("proof.present")
def no_proof(world: World) -> JsonObject:
    return {key: value for key, value in world.unit.items() if key != "proof"}


@no("proof.present")
def an_empty_list_of_proofs(world: World) -> JsonObject:
    """Threat 13."""
    return {**world.unit, "proof": []}


@no("proof.present")
def five_proofs(world: World) -> JsonObject:
    return {**world.unit, "proof": [world.unit["proof"]] * 5}


def altered(world: World, old: bytes, new: bytes) -> bytes:
    data = canonical_json(world.unit)
    assert data.count(old) == 1, old
    return data.replace(old, new)


@no("proof.signature")
def more_credits(world: World) -> bytes:
    return altered(world, b'"creditPoints":"20"', b'"creditPoints":"40"')


@no("proof.signature")
def another_earner(world: World) -> bytes:
    return altered(world, b'"id":"did:key:', b'"id":"did:key:z6Mkother')


@no("proof.signature")
def one_good_and_one_bad_proof(world: World) -> JsonObject:
    """Threat 13: some verifiers accept a set in which one proof holds."""
    good = world.unit["proof"]
    other = sign(unsigned_unit(2), PROVIDER)["proof"]
    return {**world.unit, "proof": [good, other]}


@no("proof.signature")
def a_proof_that_expired(world: World) -> JsonObject:
    import verification_samples as samples

    document = unsigned_unit(1)
    proof = sign(document, PROVIDER)["proof"]
    assert isinstance(proof, dict)
    config = {key: value for key, value in proof.items() if key != "proofValue"} | {"expires": "2026-05-02T00:00:00Z"}
    from creditbank.signing import multibase_encode, signed_bytes

    value = multibase_encode(KEYS[PROVIDER].sign(signed_bytes(document, config, samples.bundled_contexts())))
    made = {**document, "proof": {**config, "proofValue": value}}
    world.anchor(made)
    return made


@no("proof.purpose")
def signed_for_authentication(world: World) -> JsonObject:
    """Threats 12 and 13."""
    return resigned(world, world.unit, purpose="authentication")


@no("proof.purpose")
@cannot_say("proof.signature")
def signed_with_a_key_that_is_not_listed(world: World) -> JsonObject:
    return resigned(world, world.unit, key=LEARNER_KEY)


@no("issuer.method")
def signed_by_another_body(world: World) -> JsonObject:
    """Threat 12: the university signs in the provider's name."""
    return resigned(world, world.unit, UNIVERSITY)


@cannot_say("issuer.document")
@cannot_say("proof.signature")
@cannot_say("proof.purpose")
def no_did_document(world: World) -> None:
    del world.documents[PROVIDER]


@cannot_say("issuer.document")
def a_did_document_that_came_along_and_nobody_knows(world: World) -> None:
    world.claims[PROVIDER] = world.documents.pop(PROVIDER)
    world.change_issuer(documents=())


@no("issuer.document")
def a_did_document_that_came_along_and_is_not_the_registered_one(world: World) -> JsonObject:
    """A forger adds a key of its own to the issuer's document and signs with it."""
    del world.documents[PROVIDER]
    world.claims[PROVIDER] = canonical_json(did_web_document(PROVIDER, [KEYS[PROVIDER].public, LEARNER_KEY.public]))
    return resigned(world, world.unit, key=LEARNER_KEY)


@no("issuer.document")
def a_did_document_of_somebody_else(world: World) -> None:
    world.documents[PROVIDER] = did_document(UNIVERSITY)


@no("issuer.document")
def a_did_document_that_is_broken(world: World) -> None:
    world.documents[PROVIDER] = b"[]"


@no("issuer.registered")
def the_register_was_asked_and_does_not_know_the_issuer(world: World) -> None:
    world.change_issuer(admitted=None)


@no("issuer.registered")
def withdrawn_before_the_anchor(world: World) -> None:
    world.change_issuer(withdrawn=BLOCK_TIME)


@no("issuer.registered")
def admitted_after_the_anchor(world: World) -> None:
    world.change_issuer(admitted=BLOCK_TIME + HOUR)


@no("issuer.registered")
def one_of_two_sources_says_no(world: World) -> None:
    other = replace(world.trust.issuers[0], admitted=None)
    world.trust = world.trust.merge(replace(world.trust, source="another source", issuers=(other,)))


@cannot_say("issuer.registered")
@cannot_say("anchor.on-chain")
@cannot_say("anchor.key-valid")
def no_trust_at_all(world: World) -> None:
    world.trust = None  # type: ignore[assignment]


@cannot_say("issuer.registered")
@cannot_say("anchor.key-valid")
def an_issuer_nobody_speaks_of(world: World) -> None:
    world.trust = replace(world.trust, issuers=())


@cannot_say("issuer.registered")
def withdrawn_and_not_anchored(world: World) -> None:
    world.change_issuer(withdrawn=NOW - HOUR)
    world.receipts = ()


# anchor ---------------------------------------------------------------------------------------------------------


@cannot_say("anchor.included")
@cannot_say("anchor.on-chain")
@cannot_say("anchor.key-valid")
def no_receipt(world: World) -> None:
    world.receipts = ()


@cannot_say("anchor.included")
def only_a_receipt_of_another_credential(world: World) -> None:
    world.receipts = world.receipts[1:]


@no("anchor.included")
@cannot_say("anchor.on-chain")
def a_receipt_relabelled_for_this_credential(world: World) -> None:
    """Threat 20: a proof of another entry."""
    world.receipts = (replace(world.receipts[1], digest=world.receipts[0].digest),)


@no("anchor.included")
def a_receipt_with_the_zero_root(world: World) -> None:
    world.receipts = (replace(world.receipts[0], root=Digest(bytes(32))),)


@no("anchor.on-chain")
def evidence_with_a_bit_flipped(world: World) -> None:
    receipt = world.receipts[0]
    assert receipt.evidence is not None
    nodes = tuple(node[:-1] + bytes([node[-1] ^ 1]) for node in receipt.evidence.receipt_proof)
    world.receipts = (replace(receipt, evidence=replace(receipt.evidence, receipt_proof=nodes)),)


@no("anchor.on-chain")
def evidence_of_another_root(world: World) -> None:
    world.anchor(world.unit, evidence=block_of(Digest(b"\x01" * 32), 1))


@no("anchor.on-chain")
def evidence_of_another_size(world: World) -> None:
    """Threat 19: a tree of another size may have the same root in a forged path."""
    root = world.receipts[0].root
    world.anchor(*world.units, evidence=block_of(root, 3))


@no("anchor.on-chain")
def evidence_from_a_contract_that_anybody_could_deploy(world: World) -> None:
    """Threat 24."""
    root = world.receipts[0].root
    world.anchor(*world.units, evidence=block_of(root, 2, contract="0x" + "ee" * 20))


@no("anchor.on-chain")
def evidence_of_another_bank(world: World) -> None:
    root = world.receipts[0].root
    world.anchor(*world.units, evidence=block_of(root, 2, bank="0x" + "dd" * 20))


@no("anchor.on-chain")
def a_bank_that_is_not_admitted(world: World) -> None:
    world.trust = replace(world.trust, banks=("0x" + "dd" * 20,))


@no("anchor.on-chain")
def a_bank_that_the_issuer_does_not_use(world: World) -> None:
    world.change_issuer(banks=(BankUse("0x" + "dd" * 20),))


@no("anchor.on-chain")
def a_contract_that_was_asked_and_does_not_know_the_root(world: World) -> None:
    receipt = world.receipts[0]
    world.receipts = (replace(receipt, evidence=None),)
    world.change_chain(anchored=(AnchorFact(BANK, receipt.root, receipt.size, None, None),))


@no("anchor.on-chain")
def a_root_that_a_newer_reading_denies_though_its_block_was_trusted(world: World) -> None:
    """Threat 22: the block was reorganised away after somebody wrote its hash down."""
    receipt = world.receipts[0]
    world.change_chain(anchored=(AnchorFact(BANK, receipt.root, receipt.size, None, None, "a newer reading"),))


@cannot_say("anchor.on-chain")
def a_root_whose_time_trusted_sources_tell_differently(world: World) -> None:
    receipt = replace(world.receipts[0], evidence=None)
    world.receipts = (receipt,)
    told = [AnchorFact(BANK, receipt.root, receipt.size, 7, BLOCK_TIME + late * HOUR) for late in (0, 1)]
    world.change_chain(anchored=tuple(told))


@cannot_say("anchor.on-chain")
def a_block_of_a_real_chain_that_has_not_come_yet(world: World) -> None:
    world.change_chain(test=False)
    world.now = BLOCK_TIME - HOUR


@cannot_say("anchor.on-chain")
@cannot_say("anchor.key-valid")
def a_block_that_nobody_trusts(world: World) -> None:
    world.change_chain(blocks=())


@cannot_say("anchor.on-chain")
def another_trusted_block_only(world: World) -> None:
    world.change_chain(blocks=(BlockPlace(7, "0x" + "12" * 32, BLOCK_TIME),))


@cannot_say("anchor.on-chain")
def a_trusted_block_of_another_chain(world: World) -> None:
    world.change_chain(id=1)


@cannot_say("anchor.on-chain")
def a_receipt_without_proof_and_nobody_asked(world: World) -> None:
    world.receipts = (replace(world.receipts[0], evidence=None),)


@cannot_say("anchor.on-chain")
def banks_that_nobody_told_us(world: World) -> None:
    world.trust = replace(world.trust, banks=())


@no("anchor.key-valid")
def a_key_revoked_before_the_anchor(world: World) -> None:
    """Threat 16: the signature's own date lies before the revocation and is not believed."""
    world.change_key(revoked=SIGNED + timedelta(minutes=1))


@no("anchor.key-valid")
def a_key_revoked_in_the_second_of_the_anchor(world: World) -> None:
    world.change_key(revoked=BLOCK_TIME)


@no("anchor.key-valid")
def a_key_under_suspicion_since_before_the_anchor(world: World) -> None:
    """Threat 16."""
    world.change_key(revoked=BLOCK_TIME + HOUR, suspect=BLOCK_TIME - HOUR)


@no("anchor.key-valid")
def a_key_retired_before_the_anchor(world: World) -> None:
    """Threat 15."""
    world.change_key(until=BLOCK_TIME)


@no("anchor.key-valid")
def a_key_registered_after_the_anchor(world: World) -> None:
    world.change_key(starts=BLOCK_TIME + HOUR)


@no("anchor.key-valid")
def a_key_that_the_register_does_not_list(world: World) -> None:
    world.change_issuer(keys=(KeyFact(KEYS[UNIVERSITY].public.multikey, START),))


@no("dates.signed")
def a_signature_dated_after_its_block(world: World) -> JsonObject:
    """Threat 17."""
    return resigned(world, world.unit, created=BLOCK_TIME + timedelta(minutes=16))


@no("dates.signed")
def valid_from_a_day_after_its_block(world: World) -> JsonObject:
    """Threat 17."""
    return resigned(world, {**world.unit, "validFrom": instant_text(BLOCK_TIME + timedelta(minutes=16))})


@no("dates.signed")
def valid_from_before_the_issuer_had_a_key(world: World) -> JsonObject:
    """Threat 17."""
    return resigned(world, {**world.unit, "validFrom": instant_text(START - HOUR)})


@no("dates.signed")
def a_signature_dated_tomorrow_that_nobody_anchored(world: World) -> JsonObject:
    made = resigned(world, world.unit, created=NOW + timedelta(minutes=16))
    world.receipts = ()
    return made


@cannot_say("dates.signed")
def dates_that_no_block_bears_out(world: World) -> None:
    world.receipts = ()


@no("anchor.key-valid")
def a_revoked_key_and_nothing_that_was_anchored(world: World) -> None:
    """Threat 16: what was anchored before stands, the rest falls."""
    world.change_key(revoked=NOW - HOUR)
    world.receipts = ()


@cannot_say("anchor.key-valid")
def a_revoked_key_and_an_anchor_that_could_not_be_confirmed(world: World) -> None:
    world.change_key(revoked=NOW - HOUR)
    world.change_chain(blocks=())


@no("dates.signed")
def a_signature_dated_before_its_key(world: World) -> JsonObject:
    """Threat 17."""
    return resigned(world, world.unit, created=START - HOUR)


# status and dates -----------------------------------------------------------------------------------------------


@no("status.revocation")
def revoked(world: World) -> None:
    world.documents[LIST] = status_list(1)


@cannot_say("status.revocation")
def a_list_out_of_reach(world: World) -> None:
    del world.documents[LIST]


@cannot_say("status.revocation")
def a_list_of_another_issuer(world: World) -> None:
    """A known hole of other verifiers: any signed list is believed."""
    world.documents[LIST] = status_list(issuer=UNIVERSITY)


@cannot_say("status.revocation")
def a_list_that_was_altered(world: World) -> None:
    empty, full = status_list(), status_list(1)
    part = full.split(b'"encodedList":"')[1].split(b'"')[0]
    other = empty.split(b'"encodedList":"')[1].split(b'"')[0]
    world.documents[LIST] = full.replace(part, other)


@cannot_say("status.revocation")
def a_list_under_another_id(world: World) -> None:
    world.documents[LIST] = status_list().replace(b"status/1", b"status/2")


@cannot_say("status.revocation")
def a_list_of_rubbish(world: World) -> None:
    world.documents[LIST] = b"{}"


@cannot_say("status.revocation")
def a_list_too_old_for_a_live_answer(world: World) -> None:
    """Threat 31."""
    world.policy = LIVE
    world.documents[LIST] = status_list(signed=NOW - HOUR - timedelta(minutes=1))


@cannot_say("status.revocation")
def a_list_too_old_for_a_live_answer_that_says_it_is_good_for_long(world: World) -> None:
    """Threat 31: how old a live answer may be is the verifier's word, and not the list's."""
    world.policy = LIVE
    world.documents[LIST] = status_list(signed=NOW - HOUR - timedelta(minutes=1), lasts=10 * HOUR)


@cannot_say("status.revocation")
def a_list_that_was_good_for_less_than_its_age(world: World) -> None:
    """Threat 31."""
    world.policy = LIVE
    world.documents[LIST] = status_list(signed=NOW - timedelta(minutes=30), lasts=timedelta(minutes=20))


@cannot_say("status.revocation")
def a_list_from_the_future(world: World) -> None:
    world.documents[LIST] = status_list(signed=NOW + HOUR)


@cannot_say("status.revocation")
def a_list_signed_with_a_key_that_was_revoked_since(world: World) -> None:
    """The credential's anchor is older than the revocation; the list has no anchor."""
    world.change_key(revoked=BLOCK_TIME + HOUR)


@cannot_say("status.revocation")
def an_index_past_the_end(world: World) -> JsonObject:
    """Threat 33."""
    document = unsigned_unit(1)
    entry = document["credentialStatus"]
    assert isinstance(entry, dict)
    document["credentialStatus"] = {**entry, "statusListIndex": "131072"}
    return resigned(world, document)


@cannot_say("status.revocation")
@cannot_say("status.suspension")
def a_status_of_a_kind_we_do_not_read(world: World) -> JsonObject:
    document = unsigned_unit(1)
    document["credentialStatus"] = {"id": "https://provider.example/status/9", "type": "StatusList2021Entry"}
    return resigned(world, document, suite="eddsa-jcs-2022")


def known_list(**changes: object) -> StatusFact:
    return replace(StatusFact(PROVIDER, LIST, Digest(b"n" * 32), None, NOW, "a sample"), **changes)  # type: ignore[arg-type]


@no("status.current")
def a_list_older_than_one_that_was_seen(world: World) -> None:
    """Threat 31: an old status list, served again."""
    world.policy, world.seen = LIVE, (known_list(),)


@no("status.current")
def a_list_older_than_the_one_that_the_chain_names(world: World) -> None:
    """Threat 31."""
    world.policy = LIVE
    world.documents[LIST] = status_list(sequence=3)
    world.trust = replace(world.trust, statuses=(known_list(sequence=4, signed=None),))


@no("status.current")
def two_lists_of_one_number(world: World) -> None:
    world.policy = LIVE
    world.documents[LIST] = status_list(sequence=4)
    world.trust = replace(world.trust, statuses=(known_list(sequence=4, signed=None),))


@cannot_say("status.current")
def a_list_that_cannot_be_compared(world: World) -> None:
    world.policy, world.seen = LIVE, (known_list(sequence=4, signed=None),)


@cannot_say("status.current")
def no_list_to_compare(world: World) -> None:
    world.policy = LIVE
    del world.documents[LIST]


def with_suspension(world: World, *suspended: int) -> JsonObject:
    other = "https://provider.example/status/suspended"
    listed = build_status_list(
        id=other,
        issuer=PROVIDER,
        purpose="suspension",
        status_list=StatusList.empty().with_set(suspended),
        valid_from=NOW - HOUR / 2,
        valid_until=NOW + HOUR / 2,
    )
    world.documents[other] = canonical_json(sign(listed, PROVIDER, created=NOW - HOUR / 2))
    document = unsigned_unit(1)
    entry = document["credentialStatus"]
    assert isinstance(entry, dict)
    document["credentialStatus"] = {
        **entry,
        "id": f"{other}#1",
        "statusPurpose": "suspension",
        "statusListCredential": other,
    }
    return resigned(world, document)


@no("status.suspension")
def suspended(world: World) -> JsonObject:
    return with_suspension(world, 1)


def with_a_place_beside(world: World, *suspended: int) -> JsonObject:
    """As this bank issues: revocation under `credentialStatus`, suspension under our own word beside it."""
    moved = with_suspension(world, *suspended)["credentialStatus"]
    return resigned(world, {**unsigned_unit(1), "suspensionStatus": moved})


@no("status.suspension")
def suspended_at_the_place_beside(world: World) -> JsonObject:
    return with_a_place_beside(world, 1)


@no("proof.signature")
def the_place_of_suspension_taken_away(world: World) -> JsonObject:
    made = with_a_place_beside(world, 1)
    del made["suspensionStatus"]
    return made


@no("format.credential")
def the_place_of_suspension_moved_out_of_sight(world: World) -> JsonObject:
    made = with_a_place_beside(world, 1)
    made["evidence"] = [{"id": made["id"], "type": ["Evidence"], "suspensionStatus": made.pop("suspensionStatus")}]
    return made


@cannot_say("status.suspension")
def a_suspension_list_out_of_reach(world: World) -> JsonObject:
    made = with_suspension(world)
    world.documents = {key: value for key, value in world.documents.items() if "suspended" not in key}
    return made


@no("dates.valid")
def expired(world: World) -> JsonObject:
    world.policy = LIVE
    return resigned(world, unsigned_unit(1, valid_until=NOW))


@no("dates.valid")
def not_valid_yet(world: World) -> None:
    world.policy = LIVE
    world.now = SIGNED - HOUR


# contents: more of them stand in test_verification_contents.py ---------------------------------------------------


def transcript_of(world: World, *inside: JsonObject) -> JsonObject:
    made = sign(unsigned_transcript(*inside), UNIVERSITY)
    world.anchor(made, *inside)
    return made


@no("contents.credentials")
def a_transcript_with_a_badge_that_was_altered(world: World) -> JsonObject:
    return transcript_of(world, world.unit, {**world.units[1], "awardedDate": "2020-01-01T00:00:00Z"})


@cannot_say("contents.credentials")
def a_transcript_with_a_badge_whose_status_list_is_missing(world: World) -> JsonObject:
    del world.documents[LIST]
    return transcript_of(world, world.unit)


@no("contents.endorsements")
def an_endorsement_of_another_unit(world: World) -> JsonObject:
    word = endorsement("urn:uuid:00000000-0000-4000-8000-0000000000ff")
    made = sign({**unsigned_unit(1), "endorsement": [word]}, PROVIDER)
    world.anchor(made, word)
    return made


@cannot_say("contents.endorsements")
def an_endorsement_by_somebody_whose_keys_are_not_at_hand(world: World) -> JsonObject:
    del world.documents[UNIVERSITY]
    word = endorsement(str(unsigned_unit(1)["id"]))
    made = sign({**unsigned_unit(1), "endorsement": [word]}, PROVIDER)
    world.anchor(made, word)
    return made


# the cases ------------------------------------------------------------------------------------------------------


def cases(table: dict[str, list[tuple[str, Break]]]) -> list[object]:
    return [pytest.param(name, case, id=f"{name}: {label}") for name, found in table.items() for label, case in found]


@pytest.mark.parametrize(("name", "case"), cases(NO))
def test_a_check_says_no_and_the_credential_is_rejected(name: str, case: Break, world: World) -> None:
    report = world.report(case(world))
    assert outcomes(report)[name] == "failed", report.check(name).sentence
    assert report.verdict is Verdict.REJECTED
    assert name in report.headline or report.named(report.check(name).outcome)


@pytest.mark.parametrize(("name", "case"), cases(OPEN))
def test_a_check_that_cannot_say_never_lets_a_credential_be_accepted(name: str, case: Break, world: World) -> None:
    """Threat 33: unknown is never valid."""
    report = world.report(case(world))
    assert outcomes(report)[name] == "unchecked", report.check(name).sentence
    assert report.verdict is not Verdict.ACCEPTED
    assert report.check(name).sentence


def test_every_check_has_a_case_in_which_it_says_no() -> None:
    assert [name for name, found in NO.items() if not found] == []


def test_every_check_but_the_first_has_a_case_in_which_it_cannot_say() -> None:
    always_answered = {"format.readable", "issuer.method"}
    assert {name for name, found in OPEN.items() if not found} == always_answered


@pytest.mark.parametrize("policy", [ARCHIVAL, LIVE], ids=lambda policy: policy.name)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_good_credential_is_accepted_by_both_policies(policy: object, suite: str, world: World) -> None:
    world.policy = policy  # type: ignore[assignment]
    report = world.report(resigned(world, world.unit, suite=suite))
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert {outcomes(report)[name] for name in ALWAYS} <= {"passed", "not applicable"}
    assert report.first_reason == ""


def test_bytes_and_the_object_they_hold_have_one_report(world: World) -> None:
    assert world.report(canonical_json(world.unit)) == world.report(world.unit)


def test_the_report_names_the_policy_and_whose_word_counted(world: World) -> None:
    report = world.report()
    assert "archival" in report.headline
    assert report.sources == ("the sample trust file", "the verifier's own documents")


def test_a_test_chain_is_named_in_the_check_and_in_the_headline(world: World) -> None:
    report = world.report()
    assert "test chain sample-chain" in report.check("anchor.on-chain").sentence
    assert "test chain sample-chain" in report.headline
    assert report.chains[0].test


def test_a_real_chain_is_not_called_a_test(world: World) -> None:
    world.receipts = tuple(replace(item, chain=replace(item.chain, test=False)) for item in world.receipts)
    world.change_chain(test=False)
    assert "test chain" not in world.report().headline


def test_a_receipt_cannot_hide_that_its_chain_is_a_test(world: World) -> None:
    world.receipts = tuple(replace(item, chain=replace(item.chain, test=False)) for item in world.receipts)
    report = world.report()
    assert "test chain" in report.check("anchor.on-chain").sentence
    assert "test chain" in report.headline


def test_what_was_anchored_before_a_revocation_stands(world: World) -> None:
    """Threat 15."""
    world.change_key(revoked=BLOCK_TIME + timedelta(seconds=1))
    assert outcomes(world.report())["anchor.key-valid"] == "passed"


def test_what_was_anchored_before_the_suspicion_stands(world: World) -> None:
    world.change_key(revoked=BLOCK_TIME + HOUR, suspect=BLOCK_TIME + timedelta(seconds=1))
    assert outcomes(world.report())["anchor.key-valid"] == "passed"


def test_a_list_signed_before_its_key_was_retired_still_answers_for_the_archive(world: World) -> None:
    world.documents[LIST] = status_list(signed=NOW - 48 * HOUR)
    world.change_key(until=NOW - 24 * HOUR)
    report = world.report()
    assert report.check("status.revocation").sentence == "Not revoked as of 2026-05-30T14:02:00Z."
    assert report.verdict is Verdict.ACCEPTED


def test_an_expired_credential_is_still_history_for_the_archive(world: World) -> None:
    report = world.report(resigned(world, unsigned_unit(1, valid_until=NOW)))
    assert outcomes(report)["dates.valid"] == "failed"
    assert report.verdict is Verdict.ACCEPTED


def test_the_status_sentence_is_the_one_people_were_promised(world: World) -> None:
    del world.documents[LIST]
    assert world.report().check("status.revocation").sentence == (
        "We could not reach the status list, so we cannot say whether this credential was revoked."
    )


def test_the_word_of_a_trusted_source_anchors_a_receipt_without_proof(world: World) -> None:
    receipt = replace(world.receipts[0], evidence=None)
    world.receipts = (receipt,)
    world.change_chain(blocks=(), anchored=(AnchorFact(BANK, receipt.root, receipt.size, 7, BLOCK_TIME, "a node"),))
    report = world.report()
    assert report.verdict is Verdict.ACCEPTED
    assert report.check("anchor.on-chain").how == "Read from the anchors contract; told by a node."
    assert "a node" in report.sources


def test_of_two_receipts_the_earliest_that_holds_counts(world: World) -> None:
    """Re-anchoring on a new chain leaves the old receipt true."""
    late = block_of(world.receipts[0].root, 2, time=BLOCK_TIME + 24 * HOUR)
    early = world.receipts
    world.anchor(*world.units, evidence=late)
    world.receipts = world.receipts + early
    world.trust_blocks()
    world.change_key(revoked=BLOCK_TIME + HOUR)
    assert outcomes(world.report())["anchor.key-valid"] == "passed"


def test_a_broken_receipt_beside_a_good_one_does_no_harm(world: World) -> None:
    world.receipts = (replace(world.receipts[0], salt=bytes(16)), *world.receipts)
    assert world.report().verdict is Verdict.ACCEPTED


def test_a_did_document_that_came_along_counts_once_its_digest_is_registered(world: World) -> None:
    world.claims[PROVIDER] = world.documents.pop(PROVIDER)
    report = world.report()
    assert report.verdict is Verdict.ACCEPTED
    assert report.check("issuer.document").sentence == "The issuer's DID document is the one that was registered."


def test_a_did_document_of_the_verifier_itself_needs_no_register(world: World) -> None:
    world.change_issuer(documents=())
    assert outcomes(world.report())["issuer.document"] == "passed"


def test_a_did_key_issuer_needs_no_document(world: World) -> None:
    did = did_key(KEYS[PROVIDER].public)
    document = unsigned_unit(1)
    issuer = document["issuer"]
    assert isinstance(issuer, dict)
    document = {**document, "issuer": {**issuer, "id": did}, "credentialStatus": None}
    del document["credentialStatus"]
    made = sign(document, did, key=KEYS[PROVIDER])
    world.trust = replace(world.trust, issuers=(replace(world.trust.issuers[0], did=did, documents=()),))
    world.anchor(made)
    report = world.report(made)
    assert outcomes(report)["issuer.document"] == "not applicable"
    assert report.verdict is Verdict.ACCEPTED, report.headline


def test_a_list_from_before_the_credential_says_nothing_of_it(world: World) -> None:
    """Whoever hands the credential over picks the list that comes along: an old one is always at hand."""
    came = status_list(signed=SIGNED - 2 * HOUR)
    del world.documents[LIST]
    world.claims[LIST] = came
    check = world.report().check("status.revocation")
    assert check.outcome == "unchecked"
    assert "before the credential was issued" in check.sentence
    assert world.report().verdict is Verdict.INCONCLUSIVE
    world.claims[LIST] = status_list(signed=SIGNED - HOUR)
    assert world.report().verdict is Verdict.ACCEPTED
    world.documents[LIST] = came
    assert world.report().verdict is Verdict.ACCEPTED


def test_a_credential_without_a_status_list_has_nothing_to_look_at(world: World) -> None:
    document = {key: value for key, value in unsigned_unit(1).items() if key != "credentialStatus"}
    report = world.report(resigned(world, document))
    assert outcomes(report)["status.revocation"] == "not applicable"
    assert report.verdict is Verdict.ACCEPTED


def test_address_case_does_not_matter(world: World) -> None:
    world.change_chain(anchors=ANCHORS.upper().replace("0X", "0x"))
    world.trust = replace(world.trust, banks=(BANK.upper().replace("0X", "0x"),))
    assert world.report().verdict is Verdict.ACCEPTED


def test_two_worlds_give_one_report() -> None:
    assert make_world().report() == make_world().report()


def test_a_status_entry_names_its_list() -> None:
    entry = unsigned_unit(1)["credentialStatus"]
    assert isinstance(entry, dict)
    assert (entry["statusListCredential"], entry["statusListIndex"]) == (StatusEntry(LIST, 1).list_id, "1")
