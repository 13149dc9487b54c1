"""Corrections: the one before is named and revoked, both are one lot, and a crash at any step is made good."""

from dataclasses import replace
from datetime import date

import pytest
from crashes import Interrupted, interrupt
from sqlalchemy import select
from worlds import unit

from creditbank.adapters.store.tables import credentials
from creditbank.canonical import load_object
from creditbank.credential import read_status, unit_facts
from creditbank.ledger import LotState, reserve
from creditbank.services.correcting import (
    CorrectionChangesCredits,
    CorrectionOfSuspended,
    CorrectionUnderWay,
    CreditsInUse,
    RequestReserved,
)
from creditbank.services.issuing import AlreadyRevoked, NotYourCredential, RequestReused
from creditbank.services.ports import UnknownRecord
from creditbank.units import Credits

RIGHT = date(2025, 6, 3)


@pytest.fixture
def issued(world):
    achievement = unit("a", credits=3)
    world.publish(achievement)
    return world.bank.issuing.issue(
        "request-1",
        organisation=world.university.id,
        learner=world.learner.id,
        achievement=achievement.id,
        version=achievement.version,
        earned=date(2025, 6, 2),
        result="B",
    )


def correct(world, credential, **changes):
    given = {"by": world.university.id, "reason": "wrong day", "earned": RIGHT, **changes}
    return world.bank.issuing.reissue(credential.id, **given)


def is_revoked(world, credential):
    document = load_object(world.bank.issuing.current_status(world.university.id).content)
    return read_status(document, index=credential.status_index, purpose="revocation")


def test_the_correction_names_what_it_supersedes_and_the_first_issue(world, issued):
    """Threat 39: one lot, inherited by corrections."""
    made = correct(world, issued)
    document = load_object(made.signed)
    assert document["supersedes"] == document["firstIssue"] == issued.id != made.id
    facts = unit_facts(document)
    assert (facts.earned, facts.first_issue) == (RIGHT, issued.id)
    assert document["credentialSubject"]["result"] == [{"type": ["Result"], "value": "B"}]


def test_what_was_issued_stays_byte_for_byte_and_is_revoked(world, issued):
    made = correct(world, issued)
    with world.bank.store.transaction() as tx:
        assert tx.get_credential(issued.id) == issued
    assert is_revoked(world, issued)
    assert not is_revoked(world, made)


def test_both_are_one_lot_that_is_shown_by_the_correction(world, issued):
    """Threat 39: nothing is deposited twice."""
    made = correct(world, issued)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.facts.credential == made.id
    assert view.lot.state is LotState.AVAILABLE
    assert str(view.lot.available) == "3"


def test_asking_again_gives_the_same_correction(world, issued):
    assert correct(world, issued) == correct(world, issued)
    assert correct(world, issued, reason="told otherwise") == correct(world, issued)


def test_a_credential_is_corrected_once_and_then_the_correction_is(world, issued):
    first = correct(world, issued)
    with pytest.raises(RequestReused, match="another credential"):
        correct(world, issued, earned=date(2025, 6, 4))
    second = correct(world, first, earned=date(2025, 6, 4), result="A")
    document = load_object(second.signed)
    assert (document["supersedes"], document["firstIssue"]) == (first.id, issued.id)
    assert (is_revoked(world, issued), is_revoked(world, first), is_revoked(world, second)) == (True, True, False)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.facts.credential == second.id


@pytest.mark.parametrize("where", ["signatures.sign", "issuing._take_place", "issuing.refresh_status"])
def test_a_crash_at_any_step_leaves_exactly_one_that_stands(world, issued, monkeypatch, where):
    """Threat 27."""
    room, _, method = where.partition(".")
    with monkeypatch.context() as patch:
        interrupt(patch, getattr(world.bank, room), method)
        with pytest.raises(Interrupted):
            correct(world, issued)
    world.bank = world.reopen()
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.lot.state is LotState.AVAILABLE
    world.bank.issuing.resume()
    made = correct(world, issued)
    assert is_revoked(world, issued)
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.facts.credential == made.id
    with world.bank.store.transaction() as tx:
        assert [one.id for one in tx.credentials_of(world.learner.id)] == [issued.id, made.id]


def test_the_reason_survives_a_crash(world, issued, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.signatures, "sign")
        with pytest.raises(Interrupted):
            correct(world, issued, reason="wrong\n\nday")
    (made,) = world.reopen().issuing.resume()
    with world.bank.store.transaction() as tx:
        found = tx._connection.scalars(select(credentials.c.revocation_reason)).all()
    assert found == [f"superseded by {made.id}: wrong day", None]


def test_what_an_award_rests_on_is_not_corrected(world, issued):
    """A verifier of the award would find the credential revoked under its feet."""
    (view,) = world.bank.sharing.account(world.learner.id).lots
    held = reserve(view.lot, Credits.parse("1"), award="urn:uuid:award", request="r", at=view.lot.opened)
    with world.bank.store.transaction() as tx:
        tx.post(held)
    with pytest.raises(CreditsInUse):
        correct(world, issued)


def test_an_evaluation_weighs_the_correction_and_not_what_it_superseded(world, issued):
    made = correct(world, issued)
    with world.bank.store.transaction() as tx:
        held = world.bank.evaluating._held(tx, world.learner.id, None)
    assert [one.id for _, one in held] == [made.id]


def test_a_correction_under_way_is_finished_before_anything_is_revoked(world, issued, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.signatures, "sign")
        with pytest.raises(Interrupted):
            correct(world, issued)
    bank = world.reopen()
    with pytest.raises(CorrectionUnderWay):
        bank.issuing.revoke(issued.id, by=world.university.id, reason="issued in error")


def test_revoking_the_correction_takes_the_credits(world, issued):
    made = correct(world, issued)
    world.bank.issuing.revoke(made.id, by=world.university.id, reason="issued in error")
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.lot.state is LotState.REVOKED
    with pytest.raises(AlreadyRevoked):
        correct(world, made)


def test_what_was_revoked_is_not_corrected(world, issued):
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="issued in error")
    with pytest.raises(AlreadyRevoked):
        correct(world, issued)


def test_a_suspension_is_not_shaken_off_by_a_correction(world, issued):
    world.bank.suspending.suspend(issued.id, by=world.university.id, reason="looked into")
    with pytest.raises(CorrectionOfSuspended):
        correct(world, issued)
    world.bank.suspending.reinstate(issued.id, by=world.university.id, reason="all is well")
    assert correct(world, issued).id != issued.id


def test_only_the_issuer_corrects(world, issued):
    with pytest.raises(NotYourCredential):
        correct(world, issued, by=world.rival.id)
    with pytest.raises(UnknownRecord):
        world.bank.issuing.reissue("urn:uuid:none", by=world.university.id, reason="x")


def test_a_correction_does_not_change_the_credits(world, issued):
    world.publish(replace(unit("a", credits=4), version="2"))
    with pytest.raises(CorrectionChangesCredits):
        correct(world, issued, version="2")


def test_a_request_id_that_poses_as_the_banks_own_is_refused(world, issued):
    """Else a provider could put a credential of its choice in the place of another."""
    for request in (f"reissue:{issued.id}", "award:1"):
        with pytest.raises(RequestReserved):
            world.issue(unit("a", credits=3), request)
