"""An issued credential as a token too: one id, one lot, two digests, two receipts."""

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.canonical import load_object, sha256
from creditbank.credential import unit_facts
from creditbank.services.issuing import NotYourCredential
from creditbank.services.keys import LeavesOpen
from creditbank.services.ports import UnknownRecord
from creditbank.services.tokens import WithdrawnCredential
from creditbank.signing import CredentialToken, TokenProfile
from creditbank.verification import Verdict, read_secured


def issued(world):
    achievement = unit("a")
    world.publish(achievement)
    return world.issue(achievement, "request-1")


@pytest.mark.parametrize("profile", TokenProfile)
def test_the_token_says_what_the_credential_says_and_is_accepted_as_such(world, profile):
    credential = issued(world)
    made = world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=profile)
    found = CredentialToken.read(made.token)
    assert found.profile is profile
    assert unit_facts(found.document) == unit_facts(load_object(credential.signed))
    assert "proof" not in found.document
    assert made.digest == sha256(made.token.encode()) != credential.digest
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    as_json, as_token = world.bank.verifying.verify([credential.signed, made.token])
    assert as_json.verdict is as_token.verdict is Verdict.ACCEPTED, as_token.headline
    assert as_token.id == as_json.id == credential.id


def test_the_token_has_a_leaf_and_a_receipt_of_its_own_and_no_second_lot(world):
    """Threat 39: two forms of one credential are one lot."""
    credential = issued(world)
    made = world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        own, other = tx.find_receipt(made.name), tx.find_receipt(credential.id)
    assert own.document["credential"] == other.document["credential"] == credential.id
    assert own.document["digest"] != other.document["digest"]


def test_asked_again_it_gives_the_same_text_and_each_profile_has_its_own(world):
    credential = issued(world)
    texts = {
        world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=profile).token
        for profile in (*TokenProfile, *TokenProfile)
    }
    assert len(texts) == 2


def test_a_crash_before_it_is_kept_leaves_nothing_and_asking_again_helps(world, monkeypatch):
    credential = issued(world)
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.signatures, "sign_token")
        with pytest.raises(Interrupted):
            world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)
    again = world.reopen().tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)
    assert read_secured(again.token).document["id"] == credential.id


def test_only_the_issuer_signs_it_and_only_while_it_stands(world):
    credential = issued(world)
    with pytest.raises(NotYourCredential):
        world.bank.tokens.hand_out(credential.id, by=world.learner.id, profile=TokenProfile.VC_JOSE)
    with pytest.raises(UnknownRecord):
        world.bank.tokens.hand_out("urn:uuid:0", by=credential.organisation, profile=TokenProfile.VC_JOSE)
    world.bank.issuing.revoke(credential.id, by=credential.organisation, reason="issued in error")
    with pytest.raises(WithdrawnCredential):
        world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)


def test_a_key_is_not_retired_while_a_token_that_it_signed_waits(world):
    """Threat 15: what a key signed must be final before its window ends."""
    credential = issued(world)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    made = world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)
    (old,) = world.bank.keys.of(world.university.id)
    world.bank.keys.rotate(world.university.id)
    with pytest.raises(LeavesOpen):
        world.bank.keys.retire(world.university.id, old.multikey)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    world.bank.keys.retire(world.university.id, old.multikey)
    (report,) = world.bank.verifying.verify([made.token])
    assert report.verdict is Verdict.ACCEPTED, report.headline
    other = world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.OPEN_BADGES)
    assert CredentialToken.read(other.token).jws.key_id != CredentialToken.read(made.token).jws.key_id


def test_a_token_is_revoked_with_its_credential(world):
    credential = issued(world)
    made = world.bank.tokens.hand_out(credential.id, by=credential.organisation, profile=TokenProfile.VC_JOSE)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    world.bank.issuing.revoke(credential.id, by=credential.organisation, reason="issued in error")
    (report,) = world.bank.verifying.verify([made.token])
    assert str(report.check("status.revocation").outcome) == "failed"
    assert report.verdict is Verdict.REJECTED
