"""Learners' keys and DIDs: taken away, brought, and following one another, without a credit moving."""

import json
from collections.abc import Iterator

import pytest
from holders import copied, for_one, given, mark, own_unit
from joserfc import jwe
from joserfc.jwk import OctKey
from worlds import CERTIFICATE, World, evaluated

from creditbank.canonical import load_object
from creditbank.credential import award_facts
from creditbank.services.holder_records import DidOrigin, Occasion
from creditbank.services.holding import (
    DidOfAnother,
    HolderUnconfirmed,
    KeyNotHeld,
    NoDidKey,
    ShortPassphrase,
    TooManyKeys,
)
from creditbank.services.keys import PossessionNotProven
from creditbank.services.ports import KeyOfAnother, PurposeRefused, UnknownRecord
from creditbank.services.sharing import SeveralHolders
from creditbank.services.signatures import WalletSigns
from creditbank.signing import PrivateKey, base64url_decode, did_key
from creditbank.verification import LIVE, Evidence, Outcome, verify_presentation

PASSPHRASE = "three words of mine"


@pytest.fixture(scope="module")
def shared(founded: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = copied(founded, tmp_path_factory.mktemp("shared") / "bank")
    yield opened
    opened.bank.close()


@pytest.fixture
def world(shared: World) -> World:
    return for_one(shared)


def key_of(world: World, number: int = 1) -> PrivateKey:
    return PrivateKey.from_seed(mark(world).encode().ljust(32, bytes([number])))


def brought(world: World, number: int = 1, *, before: PrivateKey | None = None) -> str:
    """Let the account go by the DID of a wallet."""
    key = key_of(world, number)
    nonce = world.bank.holding.challenge(world.learner.id, Occasion.BIND).nonce
    did = did_key(key.public)
    text = world.bank.holding.statement(world.learner.id, did, nonce)
    world.bank.holding.rebind(
        world.learner.id,
        did=did,
        nonce=nonce,
        signature=key.sign(text),
        signature_before=None if before is None else before.sign(text),
    )
    return did


def presented(world: World, credential: str) -> bytes:
    return world.bank.sharing.present(world.learner.id, [credential], challenge="c", domain="d")


def test_a_key_leaves_under_a_passphrase_and_signs_as_the_banks_copy_does(world: World) -> None:
    holding, learner = world.bank.holding, world.learner
    with pytest.raises(ShortPassphrase):
        holding.export(learner.id, learner.did, "short")
    text = holding.export(learner.id, learner.did, PASSPHRASE)
    algorithms = ["PBES2-HS512+A256KW", "A256GCM"]
    opened = jwe.decrypt_compact(text, OctKey.import_key(PASSPHRASE), algorithms=algorithms).plaintext
    assert opened is not None
    key = PrivateKey.from_seed(base64url_decode(json.loads(opened)["d"]))
    assert did_key(key.public) == learner.did
    with pytest.raises(Exception, match=r"(?i)decrypt|unwrap|integrity|key|invalid"):
        jwe.decrypt_compact(text, OctKey.import_key("another passphrase"), algorithms=algorithms)
    acts = [entry.action for entry in world.bank.trail.entries() if entry.object == learner.did]
    assert acts == ["holder.key-exported"]
    rows = [row.purpose for row in world.bank.vault.audit() if row.tenant == learner.id]
    assert rows == ["export"]


def test_no_other_key_leaves_the_vault(world: World) -> None:
    """Threat 52: neither an organisation's, nor another learner's."""
    vault = world.bank.vault
    body = vault.find_key(world.university.id)
    mine = vault.find_key(world.learner.id)
    assert body is not None
    assert mine is not None
    for act in (lambda *args: vault.export_key(*args, b"x"), vault.forget_key):
        with pytest.raises(PurposeRefused):
            act(body.reference, world.university.id)
        with pytest.raises(KeyOfAnother):
            act(mine.reference, for_one(world).learner.id)
    refused = [row.refused for row in vault.audit() if row.purpose in ("export", "forget") and row.refused]
    assert sorted(refused[-4:]) == ["key-of-another", "key-of-another", "purpose-refused", "purpose-refused"]
    with pytest.raises(KeyNotHeld):
        world.bank.holding.export(world.learner.id, did_key(key_of(world).public), PASSPHRASE)


def test_a_forgotten_key_signs_nothing_here_any_more(world: World) -> None:
    credential = given(world)
    presented(world, credential.id)
    world.bank.holding.forget(world.learner.id, world.learner.did)
    with pytest.raises(WalletSigns):
        presented(world, credential.id)
    with pytest.raises(KeyNotHeld):
        world.bank.holding.forget(world.learner.id, world.learner.did)
    (identity,) = world.bank.holding.identities(world.learner.id)
    assert (identity.did.origin, identity.held) == (DidOrigin.MADE, False)


def test_an_account_goes_by_a_wallets_did_and_its_credits_stay(world: World) -> None:
    before = given(world)
    did = brought(world)
    old, new = world.bank.holding.identities(world.learner.id)
    assert (old.did.did, old.held) == (world.learner.did, True)
    assert old.did.until is not None
    assert (new.did.did, new.did.until, new.did.origin, new.held) == (did, None, DidOrigin.BROUGHT, False)
    said = load_object(new.did.statement)
    assert set(said) == {"statement", "signature", "signatureBefore"}
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1
    after = given(world, "u1")
    subject = {one.id: one.document["credentialSubject"] for one in (before, after)}
    assert [str(dict(subject[one.id])["id"]) for one in (before, after)] == [world.learner.did, did]  # type: ignore[arg-type, call-overload]
    report = verify_presentation(
        presented(world, before.id),
        Evidence(world.bank.contexts, documents={}, source="none"),
        policy=LIVE,
        now=world.bank.clock.now(),
        challenge="c",
        domain="d",
    )
    told = {check.name: check.outcome for check in report.checks}
    assert told["presentation.signature"] is told["presentation.holder"] is Outcome.PASSED
    with pytest.raises(WalletSigns):
        presented(world, after.id)


def test_a_correction_names_the_holder_by_todays_did(world: World) -> None:
    credential = given(world)
    did = brought(world)
    corrected = world.bank.issuing.reissue(credential.id, by=world.university.id, reason="a new identifier")
    assert dict(corrected.document["credentialSubject"])["id"] == did  # type: ignore[arg-type, call-overload]
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1


def test_nobody_takes_a_did_without_its_key(world: World) -> None:
    """Threat 39: a used or foreign challenge, a signature by another key or over other words, another's DID."""
    holding, learner, key = world.bank.holding, world.learner.id, key_of(world)
    did = did_key(key.public)
    nonce = holding.challenge(learner, Occasion.BIND).nonce
    text = holding.statement(learner, did, nonce)
    other = for_one(world)
    wrong = [
        {"nonce": nonce, "signature": key_of(world, 2).sign(text)},
        {"nonce": nonce, "signature": key.sign(text + b" ")},
        {"nonce": nonce, "signature": key.sign(text), "signature_before": key.sign(text)},
        {"nonce": holding.challenge(learner, Occasion.DEPOSIT).nonce},
        {"nonce": holding.challenge(other.learner.id, Occasion.BIND).nonce},
        {"nonce": "made-up"},
    ]
    for one in wrong:
        said = holding.statement(learner, did, str(one["nonce"]))
        with pytest.raises(PossessionNotProven):
            holding.rebind(learner, **{"did": did, "signature": key.sign(said), **one})  # type: ignore[arg-type]
    with pytest.raises(NoDidKey):
        holding.statement(learner, "did:web:somebody.example", nonce)
    brought(world)
    theirs = holding.challenge(other.learner.id, Occasion.BIND).nonce
    text = holding.statement(other.learner.id, did, theirs)
    with pytest.raises(DidOfAnother):
        holding.rebind(other.learner.id, did=did, nonce=theirs, signature=key.sign(text))
    assert [one.did.did for one in holding.identities(other.learner.id)] == [other.learner.did]


def test_without_the_key_before_a_provider_confirms_first(world: World) -> None:
    given(world)
    holding, learner = world.bank.holding, world.learner.id
    with pytest.raises(UnknownRecord):
        holding.confirm(learner, by=world.rival.id)
    holding.forget(learner, world.learner.did)
    brought(world)
    assert holding.identities(learner)[-1].did.origin is DidOrigin.RECOVERED
    with pytest.raises(HolderUnconfirmed):
        given(world, "u1")
    own_unit(world, "u1")
    holding.confirm(learner, by=world.university.id)
    holding.confirm(learner, by=world.university.id)
    given(world, "u1")
    acts = [entry.action for entry in world.bank.trail.entries(world.university.id)]
    assert acts.count("holder.confirmed") >= 1


def test_a_wallet_signs_for_the_wallet_after_it(world: World) -> None:
    brought(world, 1)
    brought(world, 2, before=key_of(world, 1))
    assert [one.did.origin for one in world.bank.holding.identities(world.learner.id)][1:] == [DidOrigin.BROUGHT] * 2


def test_the_bank_makes_an_account_a_new_key(world: World) -> None:
    given(world)
    made = world.bank.holding.renew(world.learner.id)
    new = world.bank.holding.identities(world.learner.id)[-1]
    assert (new.did.did, new.held, new.did.origin) == (made.did, True, DidOrigin.BROUGHT)
    presented(world, given(world, "u1").id)
    for _ in range(7):
        world.bank.holding.renew(world.learner.id)
    with pytest.raises(TooManyKeys):
        world.bank.holding.renew(world.learner.id)


def test_units_of_two_identifiers_are_not_mixed_in_one_award(world: World) -> None:
    """An award shows that its units are one learner's, and nothing would show a stranger that two DIDs are one."""
    units = [given(world, f"u{number}") for number in range(3)]
    brought(world)
    late = given(world, "u3")
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id, catalogue=False
    )
    told = {str(row["credential"]): row for row in record.document["notVerified"]}  # type: ignore[union-attr, index, call-overload]
    aside = told[late.id]
    assert (aside["check"], world.learner.did in str(aside["because"])) == ("award.learner", True)  # type: ignore[index, call-overload]
    assert not any("reissue" in str(told.get(one.id, "")) for one in units)
    for one in units:
        world.bank.issuing.reissue(one.id, by=world.university.id, reason="a new identifier")
    again, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id, catalogue=False
    )
    assert "reissue" not in str(again.document["notVerified"])


def test_a_transcript_is_of_one_identifier(world: World) -> None:
    first = given(world)
    brought(world)
    second = given(world, "u1")
    with pytest.raises(SeveralHolders):
        world.bank.transcripts.issue(f"{mark(world)}-both", organisation=world.university.id, learner=world.learner.id)
    made = world.bank.transcripts.issue(
        f"{mark(world)}-one", organisation=world.university.id, learner=world.learner.id, credentials=[first.id]
    )
    assert dict(made.document["credentialSubject"])["id"] == world.learner.did  # type: ignore[arg-type, call-overload]
    assert second.id not in made.signed.decode()


def test_an_award_names_its_learner_as_its_units_do(world: World) -> None:
    """Also where the account goes by another DID since: a stranger sees one learner in all of it."""
    world.bank.holding.renew(world.learner.id)  # the account's second DID, before anything was issued
    with world.bank.store.transaction() as tx:
        world.learner = tx.get_learner(world.learner.id)
    for number in range(10):
        given(world, f"u{number}")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    brought(world)
    record = evaluated(world)
    award = world.bank.awarding.award(f"{mark(world)}-award", evaluation=record.id, by=world.university.id)
    assert award.signed is not None
    assert award_facts(load_object(award.signed)).subject == world.learner.did
    assert {one.did.did for one in world.bank.holding.identities(world.learner.id) if not one.did.until} == {
        did_key(key_of(world).public)
    }
