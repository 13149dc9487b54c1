"""Endorsements by bodies of the bank: signed once, anchored, shown alone or inside what is issued next, taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.canonical import load_object
from creditbank.credential import Identity, NotAnEndorsement, UnusableIdentity, read_endorsement
from creditbank.services.endorsing import EndorsesItself, WithdrawnThing
from creditbank.services.issuing import AlreadyRevoked, EndorsementDoesNotFit, NotYourCredential, RequestReused
from creditbank.services.keys import LeavesOpen
from creditbank.services.ports import SigningPurpose, UnknownRecord
from creditbank.verification import Outcome, Verdict


def anchored(world):
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


@pytest.fixture
def offered(world):
    """An achievement of the university."""
    achievement = unit("a")
    world.publish(achievement)
    return achievement


def endorsed(world, of, request="e-1", comment="We hire with it."):
    return world.bank.endorsing.issue(request, organisation=world.rival.id, endorsed=of, comment=comment)


def issued(world, achievement, request="i-1", **more):
    return world.bank.issuing.issue(
        request,
        organisation=world.university.id,
        learner=world.learner.id,
        achievement=achievement.id,
        version=achievement.version,
        earned=date(2025, 6, 2),
        **more,
    )


def report_of(world, signed):
    (report,) = world.bank.verifying.verify([signed])
    return report


def outcome(report, name):
    (check,) = [check for check in report.checks if check.name == name]
    return check.outcome


def test_an_endorsement_is_signed_for_its_purpose_anchored_and_accepted_alone(world, offered):
    made = endorsed(world, offered.id)
    said = read_endorsement(load_object(made.signed))
    assert (said.issuer, said.endorsed, said.comment) == (world.rival.did, offered.id, "We hire with it.")
    rows = [row.about for row in world.bank.vault.audit() if row.purpose == SigningPurpose.ENDORSEMENT]
    assert rows == [made.id]
    assert report_of(world, made.signed).verdict is not Verdict.ACCEPTED  # nothing is anchored yet
    anchored(world)
    report = report_of(world, made.signed)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    kit = world.bank.kits.of(made.id)
    assert kit.files["credential.json"] == made.signed
    assert load_object(kit.files["credential.receipt.json"])["credential"] == made.id


def test_a_key_does_not_retire_before_the_endorsements_that_it_signed_are_anchored(world):
    body = world.university.id
    world.bank.endorsing.issue("e-1", organisation=body, endorsed=world.rival.did, comment="A good neighbour.")
    old = world.bank.signatures.key(body).multikey
    world.bank.keys.rotate(body)
    with pytest.raises(LeavesOpen):
        world.bank.keys.retire(body, old)
    anchored(world)
    world.bank.keys.retire(body, old)


@pytest.mark.parametrize("what", ["achievement", "issuer"])
def test_an_endorsement_inside_what_is_issued_next_is_verified_and_taken_back(world, offered, what):
    made = endorsed(world, offered.id if what == "achievement" else world.university.did)
    credential = issued(world, offered, endorsements=[made.id])
    plain = issued(world, offered, "i-2")
    assert b'"endorsement":' not in plain.signed
    document = load_object(credential.signed)
    place = document["credentialSubject"]["achievement"] if what == "achievement" else document["issuer"]
    assert place["endorsement"] == [load_object(made.signed)]
    anchored(world)
    report = report_of(world, credential.signed)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert outcome(report, "contents.endorsements") is Outcome.PASSED
    world.bank.endorsing.revoke(made.id, by=world.rival.id, reason="no longer true")
    report = report_of(world, credential.signed)
    assert report.verdict is Verdict.REJECTED
    assert outcome(report, "contents.endorsements") is Outcome.FAILED
    assert report_of(world, plain.signed).verdict is Verdict.ACCEPTED


def test_a_correction_leaves_out_an_endorsement_that_was_taken_back_and_keeps_the_rest(world, offered):
    kept, gone = endorsed(world, offered.id), endorsed(world, offered.id, "e-2")
    known_by = [("emailAddress", "learner@sample.example")]
    credential = issued(world, offered, endorsements=[kept.id, gone.id], identities=known_by)
    world.bank.endorsing.revoke(gone.id, by=world.rival.id, reason="no longer true")
    made = world.bank.issuing.reissue(credential.id, by=world.university.id, reason="without it")
    document = load_object(made.signed)
    assert document["credentialSubject"]["achievement"]["endorsement"] == [load_object(kept.signed)]
    assert (
        document["credentialSubject"]["identifier"] == load_object(credential.signed)["credentialSubject"]["identifier"]
    )
    assert world.bank.issuing.reissue(credential.id, by=world.university.id, reason="without it") == made


def test_only_what_stands_and_speaks_for_the_achievement_or_its_issuer_is_put_in(world, offered):
    other = unit("b")
    world.publish(other)
    elsewhere, gone = endorsed(world, other.id), endorsed(world, offered.id, "e-2")
    world.bank.endorsing.revoke(gone.id, by=world.rival.id, reason="no longer true")
    for name in (elsewhere.id, gone.id):
        with pytest.raises(EndorsementDoesNotFit):
            issued(world, offered, endorsements=[name])
    with pytest.raises(UnknownRecord):
        issued(world, offered, endorsements=["urn:uuid:00000000-0000-4000-8000-000000000000"])


def test_an_endorsement_of_a_credential_is_one_and_what_was_revoked_gets_none(world, offered):
    credential = issued(world, offered)
    made = endorsed(world, credential.id)
    assert world.bank.endorsing.of(credential.id) == [made]
    assert made.name == f"Endorsement of {offered.name}"
    world.bank.issuing.revoke(credential.id, by=world.university.id, reason="in error")
    with pytest.raises(WithdrawnThing):
        endorsed(world, credential.id, "e-2")


def test_what_every_version_of_was_withdrawn_gets_no_endorsement(world, offered):
    world.bank.drafting.withdraw(world.university.id, offered.id, offered.version, reason="closed")
    with pytest.raises(WithdrawnThing):
        endorsed(world, offered.id)


def test_nobody_endorses_itself_or_its_own_or_what_nobody_knows(world, offered):
    credential = issued(world, offered)
    for own in (world.university.did, offered.id, credential.id):
        with pytest.raises(EndorsesItself):
            world.bank.endorsing.issue("e-1", organisation=world.university.id, endorsed=own, comment="Good.")
    with pytest.raises(UnknownRecord):
        endorsed(world, "urn:sample:nothing")
    with pytest.raises(NotAnEndorsement):
        endorsed(world, offered.id, comment=" ")


def test_a_request_endorses_once_and_stands_for_nothing_else(world, offered):
    made = endorsed(world, offered.id)
    assert endorsed(world, offered.id) == made
    with pytest.raises(RequestReused):
        endorsed(world, offered.id, comment="Something else.")


def test_one_request_asked_by_many_at_once_is_one_endorsement_and_one_transcript(world, offered):
    credential = issued(world, offered)
    asked = {"organisation": world.university.id, "learner": world.learner.id, "credentials": [credential.id]}
    with ThreadPoolExecutor(4) as pool:
        said = {one.id for one in pool.map(lambda _: endorsed(world, offered.id), range(4))}
        made = {one.id for one in pool.map(lambda _: world.bank.transcripts.issue("t-1", **asked), range(4))}
    assert (len(said), len(made)) == (1, 1)


def test_only_who_endorsed_takes_it_back_and_once(world, offered):
    made = endorsed(world, offered.id)
    with pytest.raises(NotYourCredential):
        world.bank.endorsing.revoke(made.id, by=world.university.id, reason="x")
    world.bank.endorsing.revoke(made.id, by=world.rival.id, reason="no longer true")
    with pytest.raises(AlreadyRevoked):
        world.bank.endorsing.revoke(made.id, by=world.rival.id, reason="again")
    assert world.bank.endorsing.of(offered.id) == []
    assert report_of(world, made.signed).verdict is Verdict.REJECTED


@pytest.mark.parametrize("step", ["sign", "add_leaf"])
def test_a_crash_between_the_steps_leaves_one_endorsement_that_resume_completes(world, offered, monkeypatch, step):
    from creditbank.adapters.store.transaction import SqlTransaction

    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.signatures) if step == "sign" else SqlTransaction, step)
        with pytest.raises(Interrupted):
            endorsed(world, offered.id)
    bank = world.reopen()
    assert bank.endorsing.of(offered.id) == []
    bank.resume()
    (made,) = bank.endorsing.of(offered.id)
    assert endorsed(world, offered.id) == made
    with bank.store.transaction() as tx:
        assert tx.leaf_of(made.id) is not None
        assert tx.open_endorsements() == []


# -- by what a learner wants to be known


def test_an_identity_stands_there_only_as_a_hash_that_fits_and_only_where_it_was_asked_for(world, offered):
    known_by = [("emailAddress", "learner@sample.example"), ("name", "A sample learner")]
    credential = issued(world, offered, identities=known_by)
    found = load_object(credential.signed)["credentialSubject"]["identifier"]
    hashed = [Identity(one["identityType"], one["identityHash"], one["salt"]) for one in found]
    assert [(one.kind, one.matches(value)) for one, (_, value) in zip(hashed, known_by, strict=True)] == [
        ("emailAddress", True),
        ("name", True),
    ]
    assert not hashed[0].matches("another@sample.example")
    assert "sample.example" not in str(found)
    assert issued(world, offered, identities=known_by) == credential
    with pytest.raises(RequestReused):
        issued(world, offered, identities=known_by[:1])
    with pytest.raises(RequestReused):
        issued(world, offered, identities=[("emailAddress", "another@sample.example"), known_by[1]])
    second = load_object(issued(world, offered, "i-2", identities=known_by).signed)
    assert second["credentialSubject"]["identifier"][0]["identityHash"] != found[0]["identityHash"]
    assert "identifier" not in load_object(issued(world, offered, "i-3").signed)["credentialSubject"]
    with pytest.raises(UnusableIdentity):
        issued(world, offered, "i-4", identities=[("shoeSize", "42")])
    with world.bank.store.transaction() as tx:
        assert "sample.example" not in str(tx.find_intent("i-1").besides)
