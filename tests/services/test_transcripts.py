"""Transcripts issued by an institution: signed once, anchored, verified with every badge inside, and never a lot."""

from datetime import date

import pytest
from crashes import Interrupted, interrupt
from worlds import CERTIFICATE, evaluated, unit

from creditbank.canonical import canonical_json, load_object
from creditbank.credential import NotForATranscript, read_transcript
from creditbank.errors import NotFound
from creditbank.services.correcting import RequestReserved
from creditbank.services.issuing import AlreadyRevoked, RequestReused
from creditbank.services.ports import SigningPurpose, UnknownRecord
from creditbank.services.records import Role
from creditbank.services.sharing import NotInThisAccount
from creditbank.services.transcripts import (
    ConsentDoesNotHold,
    ConsentMissing,
    DoesNotStand,
    NotAnInstitution,
    NothingToList,
)
from creditbank.verification import LIVE, Outcome, Verdict


def anchored(world):
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def names(issued):
    return [one["id"] for one in read_transcript(load_object(issued.signed)).inside]


def two_badges(world):
    badges = []
    for slug in ("a", "b"):
        achievement = unit(slug)
        world.publish(achievement)
        badges.append(world.issue(achievement, f"request-{slug}"))
    return badges


def of_another(world):
    """A badge of another provider in the same account."""
    college = world.bank.registering.register_organisation(
        name="Sample College", roles={Role.PROVIDER}, frameworks=["in-ncrf"], country="IN"
    )
    achievement = unit("elsewhere")
    world.bank.drafting.publish(college.id, achievement)
    return world.bank.issuing.issue(
        "elsewhere",
        organisation=college.id,
        learner=world.learner.id,
        achievement=achievement.id,
        version=achievement.version,
        earned=date(2025, 6, 2),
    )


def transcript(world, request="t-1", **asked):
    given = {"organisation": world.university.id, "learner": world.learner.id, **asked}
    return world.bank.transcripts.issue(request, **given)


def report_of(world, issued, policy=LIVE):
    (report,) = world.bank.verifying.verify([issued.signed], policy=policy)
    return report


def outcome(report, name):
    (check,) = [check for check in report.checks if check.name == name]
    return check.outcome


def test_a_transcript_is_accepted_and_every_badge_in_it_has_a_report_of_its_own(world):
    badges = two_badges(world)
    made = transcript(world)
    assert names(made) == [badge.id for badge in badges]
    assert outcome(report_of(world, made), "contents.credentials") is not Outcome.PASSED  # nothing is anchored yet
    anchored(world)
    report = report_of(world, made)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert [(part.id, part.verdict) for part in report.parts] == [(badge.id, Verdict.ACCEPTED) for badge in badges]
    assert read_transcript(load_object(made.signed)).partial is False


def test_a_transcript_with_a_badge_that_was_revoked_since_is_not_accepted(world):
    badges = two_badges(world)
    made = transcript(world)
    anchored(world)
    world.bank.issuing.revoke(badges[1].id, by=world.university.id, reason="issued in error")
    report = report_of(world, made)
    assert report.verdict is Verdict.REJECTED
    assert outcome(report, "contents.credentials") is Outcome.FAILED
    assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_a_transcript_is_revoked_in_its_issuers_list_and_its_badges_stand(world):
    badges = two_badges(world)
    made = transcript(world)
    anchored(world)
    world.bank.issuing.revoke(made.id, by=world.university.id, reason="superseded by a newer one")
    assert report_of(world, made).verdict is Verdict.REJECTED
    assert report_of(world, badges[0]).verdict is Verdict.ACCEPTED
    with pytest.raises(AlreadyRevoked):
        world.bank.issuing.revoke(made.id, by=world.university.id, reason="again")


def test_a_transcript_opens_no_lot_and_its_badges_stay_one_lot_each(world):
    """Threat 39: what stands in a transcript too is no second credit."""
    badges = two_badges(world)
    before = world.bank.sharing.account(world.learner.id)
    transcript(world)
    transcript(world, "t-2")
    after = world.bank.sharing.account(world.learner.id)
    assert (after.lots, after.balances, after.entries) == (before.lots, before.balances, before.entries)
    assert {view.lot.credential for view in after.lots} == {badge.id for badge in badges}


def test_what_is_weighed_is_the_same_with_a_transcript_in_the_account(world):
    """Threat 39, at the engine: a transcript is no candidate, and an award with it in the account is made as before."""
    world.fill()
    transcript(world)
    record = evaluated(world)
    award = world.bank.awarding.award("award", evaluation=record.id, by=world.university.id)
    assert award.qualification == CERTIFICATE
    made = transcript(world, "with-award")
    assert award.id in names(made)
    anchored(world)
    assert report_of(world, made).verdict is Verdict.ACCEPTED


def test_a_request_issues_once_and_stands_for_nothing_else(world):
    badges = two_badges(world)
    first = transcript(world)
    assert transcript(world) == first
    with pytest.raises(RequestReused):
        transcript(world, credentials=[badges[0].id])
    with pytest.raises(RequestReused):
        transcript(world, learner=world.bank.registering.register_learner(name="Another").id)
    with pytest.raises(RequestReserved):
        transcript(world, "transcript:t-1")


@pytest.mark.parametrize("step", ["sign", "store_signed"])
def test_a_crash_between_the_steps_leaves_one_transcript_that_resume_completes(world, monkeypatch, step):
    two_badges(world)
    owner = world.bank.signatures if step == "sign" else world.bank.issuing
    with monkeypatch.context() as patch:
        interrupt(patch, type(owner), step)
        with pytest.raises(Interrupted):
            transcript(world)
    bank = world.reopen()
    (made,) = bank.transcripts.resume()
    assert bank.transcripts.resume() == []
    assert transcript(world) == made
    with bank.store.transaction() as tx:
        assert tx.leaf_of(made.id) is not None
        assert [one.id for one in tx.credentials_of(world.learner.id)].count(made.id) == 1


def test_the_bank_resumes_transcripts_and_issuing_leaves_them_alone(world, monkeypatch):
    two_badges(world)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.signatures), "sign")
        with pytest.raises(Interrupted):
            transcript(world)
    bank = world.reopen()
    assert bank.issuing.resume() == []
    bank.resume()
    with bank.store.transaction() as tx:
        assert tx.open_intents() == []


def test_a_badge_that_fell_before_the_signature_keeps_the_transcript_from_being_signed(world, monkeypatch):
    badges = two_badges(world)
    with monkeypatch.context() as patch:
        interrupt(patch, type(world.bank.signatures), "sign")
        with pytest.raises(Interrupted):
            transcript(world)
    bank = world.reopen()
    bank.issuing.revoke(badges[0].id, by=world.university.id, reason="in error")
    assert bank.transcripts.resume() == []
    with pytest.raises(DoesNotStand):
        transcript(world)
    assert names(transcript(world, "t-2")) == [badges[1].id]


def test_what_does_not_stand_is_left_out_and_refused_when_it_is_asked_for(world):
    badges = two_badges(world)
    world.bank.suspending.suspend(badges[0].id, by=world.university.id, reason="under review")
    assert names(transcript(world)) == [badges[1].id]
    with pytest.raises(DoesNotStand):
        transcript(world, "t-2", credentials=[badges[0].id])
    world.bank.suspending.reinstate(badges[0].id, by=world.university.id, reason="review closed")
    assert names(transcript(world, "t-3", credentials=[badges[0].id])) == [badges[0].id]


def test_a_choice_of_its_own_says_that_more_is_known(world):
    badges = two_badges(world)
    made = transcript(world, credentials=[badges[1].id])
    assert names(made) == [badges[1].id]
    assert read_transcript(load_object(made.signed)).partial is True


# -- what others issued


def test_what_another_body_issued_goes_in_only_where_the_learner_presents_it(world):
    own, foreign = two_badges(world), of_another(world)
    assert names(transcript(world)) == [badge.id for badge in own]
    with pytest.raises(ConsentMissing):
        transcript(world, "t-2", credentials=[foreign.id])
    consent = world.bank.transcripts.consent(
        "t-3", organisation=world.university.id, learner=world.learner.id, credentials=[foreign.id]
    )
    made = transcript(world, "t-3", consent=consent)
    assert names(made) == [*(badge.id for badge in own), foreign.id]
    anchored(world)
    assert report_of(world, made).verdict is Verdict.ACCEPTED
    with world.bank.store.transaction() as tx:
        kept = tx.find_intent("transcript:t-3").besides["asked"]["consent"]
    assert canonical_json(kept) == consent
    asked = [row for row in world.bank.vault.audit() if row.purpose == SigningPurpose.PRESENTATION]
    assert [(row.tenant, row.about) for row in asked] == [(world.learner.id, f"t-3 {world.university.did}")]


def test_a_consent_counts_for_its_request_its_institution_and_its_learner_alone(world):
    two_badges(world)
    foreign = of_another(world)
    given = {"organisation": world.university.id, "learner": world.learner.id, "credentials": [foreign.id]}
    consent = world.bank.transcripts.consent("t-1", **given)
    with pytest.raises(ConsentDoesNotHold, match="challenge"):
        transcript(world, "t-2", consent=consent)
    elsewhere = world.bank.transcripts.consent("t-1", **{**given, "organisation": world.rival.id})
    with pytest.raises(ConsentDoesNotHold, match="domain"):
        transcript(world, consent=elsewhere)
    altered = {**load_object(consent), "id": "urn:uuid:00000000-0000-4000-8000-000000000000"}
    with pytest.raises(ConsentDoesNotHold):
        transcript(world, consent=canonical_json(altered))
    other = world.bank.registering.register_learner(name="Another")
    with pytest.raises(ConsentDoesNotHold):
        transcript(world, learner=other.id, consent=consent)
    assert foreign.id in names(transcript(world, consent=consent))


def test_a_stranger_has_no_transcript_and_a_foreign_credential_is_in_no_account(world):
    badges = two_badges(world)
    other = world.bank.registering.register_learner(name="Another")
    with pytest.raises(NotInThisAccount):
        transcript(world, learner=other.id, credentials=[badges[0].id])
    with pytest.raises(NothingToList):
        transcript(world, learner=other.id)
    with pytest.raises(UnknownRecord):
        transcript(world, learner="urn:uuid:00000000-0000-4000-8000-000000000000")
    with pytest.raises(NotInThisAccount):
        world.bank.transcripts.consent(
            "t-1", organisation=world.university.id, learner=other.id, credentials=[badges[0].id]
        )


def test_a_transcript_stands_in_no_transcript_and_a_body_that_neither_teaches_nor_awards_issues_none(world):
    two_badges(world)
    first = transcript(world)
    assert first.id not in names(transcript(world, "t-2"))
    with pytest.raises(NotInThisAccount):
        transcript(world, "t-3", credentials=[first.id])
    agency = world.bank.registering.register_organisation(
        name="Sample Agency", roles={Role.REGISTRAR}, frameworks=[], country="IN"
    )
    with pytest.raises(NotAnInstitution):
        transcript(world, "t-4", organisation=agency.id)


def test_a_transcript_is_found_by_its_id_and_a_badge_is_none(world):
    badges = two_badges(world)
    made = transcript(world)
    assert world.bank.transcripts.get(made.id) == made
    with pytest.raises(NotFound):
        world.bank.transcripts.get(badges[0].id)


def test_what_no_reader_would_take_is_refused_before_anything_is_written(world, monkeypatch):
    two_badges(world)
    monkeypatch.setattr("creditbank.services.transcripts.LARGEST", 5000)
    with pytest.raises(NotForATranscript):
        transcript(world)
    with world.bank.store.transaction() as tx:
        assert tx.find_intent("transcript:t-1") is None


def test_a_kit_of_a_transcript_is_accepted_offline_with_the_receipts_of_its_badges(world):
    badges = two_badges(world)
    made = transcript(world)
    anchored(world)
    kit = world.bank.kits.of(made.id)
    receipts = [load_object(content)["credential"] for name, content in kit.files.items() if "receipt" in name]
    assert sorted(receipts) == sorted([made.id, *(badge.id for badge in badges)])
