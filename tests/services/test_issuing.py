"""Issuing: once per request, through a crash, by the body that teaches."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from crashes import Interrupted, interrupt
from worlds import unit

from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import load_object
from creditbank.credential import unit_facts
from creditbank.ledger import LotChanged, LotState
from creditbank.services.drafting import AchievementFrozen, NotAProvider
from creditbank.services.issuing import AlreadyRevoked, EarnedInFuture, IssueRequest, NotYourCredential, RequestReused
from creditbank.services.ports import UnknownRecord
from creditbank.units import Credits


def test_asking_twice_issues_once(world):
    achievement = unit("a")
    world.publish(achievement)
    first = world.issue(achievement, "request-1")
    assert world.issue(achievement, "request-1") == first
    assert len(world.bank.sharing.account(world.learner.id).lots) == 1


def test_a_request_id_stands_for_one_request(world):
    achievement = unit("a")
    world.publish(achievement)
    world.issue(achievement, "request-1")
    with pytest.raises(RequestReused):
        world.issue(achievement, "request-1", earned=date(2025, 6, 3))


def test_a_crash_before_the_signature_is_completed_later_under_the_same_id(world, monkeypatch):
    achievement = unit("a")
    world.publish(achievement)
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.signatures, "sign")
        with pytest.raises(Interrupted):
            world.issue(achievement, "request-1")
    with world.bank.store.transaction() as tx:
        (intent,) = tx.open_intents()
    (completed,) = world.reopen().issuing.resume()
    assert completed.id == intent.credential
    assert world.issue(achievement, "request-1") == completed


def test_the_lot_carries_what_the_signed_credential_says(world):
    achievement = unit("a", credits=3)
    world.publish(achievement)
    issued = world.issue(achievement, "request-1")
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.facts == unit_facts(load_object(issued.signed))
    assert str(view.lot.amount) == "3 in-ncrf"
    assert view.lot.state is LotState.AVAILABLE


def test_a_published_version_is_frozen(world):
    achievement = unit("a")
    world.publish(achievement)
    world.publish(achievement)
    with pytest.raises(AchievementFrozen):
        world.publish(replace(achievement, name="Another name"))


def test_only_the_body_that_offers_a_unit_issues_it(world):
    achievement = unit("a")
    world.publish(achievement)
    with pytest.raises(NotAProvider):
        world.bank.issuing.issue(
            "r",
            organisation=world.rival.id,
            learner=world.learner.id,
            achievement=achievement.id,
            version=achievement.version,
            earned=date(2025, 6, 2),
        )
    with pytest.raises(NotAProvider):
        world.bank.drafting.publish(world.rival.id, unit("b"))


def test_nothing_is_earned_on_a_day_that_has_not_come(world):
    achievement = unit("a")
    world.publish(achievement)
    today = world.bank.clock.now().date()
    with pytest.raises(EarnedInFuture):
        world.issue(achievement, "tomorrow", earned=today + timedelta(days=2))
    with world.bank.store.transaction() as tx:
        assert tx.find_intent("tomorrow") is None
    world.issue(achievement, "today", earned=today)


def test_an_unknown_learner_gets_no_credential_and_leaves_no_intent(world):
    achievement = unit("a")
    world.publish(achievement)
    with pytest.raises(UnknownRecord):
        world.bank.issuing.issue(
            "r",
            organisation=world.university.id,
            learner="urn:uuid:nobody",
            achievement=achievement.id,
            version=achievement.version,
            earned=date(2025, 6, 2),
        )
    with world.bank.store.transaction() as tx:
        assert tx.find_intent("r") is None


def test_revoking_shows_in_the_status_list_and_in_the_lot(world):
    (issued,) = world.fill(1)
    (report,) = world.bank.verifying.verify([load_object(issued.signed)])
    assert report.verdict == "accepted"
    with pytest.raises(NotYourCredential):
        world.bank.issuing.revoke(issued.id, by=world.rival.id, reason="not mine")
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="a mistake")
    (report,) = world.bank.verifying.verify([load_object(issued.signed)])
    assert (report.verdict, report.check("status.revocation").outcome) == ("rejected", "failed")
    (view,) = world.bank.sharing.account(world.learner.id).lots
    assert view.lot.state is LotState.REVOKED
    with pytest.raises(AlreadyRevoked):
        world.bank.issuing.revoke(issued.id, by=world.university.id, reason="again")


def test_several_are_issued_at_once_each_with_an_answer_of_its_own(world, monkeypatch):
    """Threat 29: a second call, and one after a crash between signature and store, give the same credentials."""
    achievement = unit("a")
    world.publish(achievement)
    asked = IssueRequest(world.university.id, world.learner.id, achievement.id, achievement.version, date(2025, 6, 2))
    first = world.issue(achievement, "a")
    wanted = {
        "a": asked,
        "b": asked,
        "c": replace(asked, learner="urn:uuid:nobody"),
        "d": replace(asked, version="2"),
        "e": replace(asked, result="A"),
    }
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.issuing, "_store_many")
        with pytest.raises(Interrupted):
            world.bank.issuing.issue_many(wanted)
    answers = world.bank.issuing.issue_many(wanted)
    assert answers["a"] == first
    assert isinstance(answers["c"], UnknownRecord)
    assert isinstance(answers["d"], UnknownRecord)
    assert world.bank.issuing.issue("b", **asked_by(asked)) == answers["b"]
    assert len(world.bank.sharing.account(world.learner.id).lots) == 3
    again = world.bank.issuing.issue_many({**wanted, "b": replace(asked, earned=date(2025, 6, 3))})
    assert again["e"] == answers["e"]
    assert isinstance(again["b"], RequestReused)
    (report,) = world.bank.verifying.verify([load_object(answers["e"].signed)])
    assert report.check("proof.signature").outcome == "passed"


def asked_by(asked):
    return {name: getattr(asked, name) for name in ("organisation", "learner", "achievement", "version", "earned")}


def test_a_revocation_looks_again_when_the_credits_move_at_that_moment(world, monkeypatch):
    """The provider is not told of a race that is none of its business; what never ends is told."""
    achievement = unit("a")
    world.publish(achievement)
    issued = world.issue(achievement, "request-1")
    real, looks = SqlTransaction.lot_opened_by, list[str]()
    stale = 2

    def looked(tx: SqlTransaction, credential: str) -> Any:
        lot = real(tx, credential)
        looks.append(credential)
        return replace(lot, reserved=Credits(1000)) if len(looks) <= stale else lot

    monkeypatch.setattr(SqlTransaction, "lot_opened_by", looked)
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="a mistake")
    assert len(looks) == 4
    assert {view.lot.state for view in world.bank.sharing.account(world.learner.id).lots} == {LotState.REVOKED}
    other, stale = world.issue(achievement, "request-2", earned=date(2025, 6, 3)), 1000
    with pytest.raises(LotChanged):
        world.bank.issuing.revoke(other.id, by=world.university.id, reason="a mistake")
    with world.bank.store.transaction() as tx:
        assert not tx.is_revoked(other.id)
