"""Which evaluations still rest on today's facts is found by what they were made from, without weighing again."""

from datetime import timedelta

import pytest
from worlds import CERTIFICATE, World, evaluated, unit

from creditbank.cli.demo import samples
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import EvaluationRecord
from creditbank.services.standing import Outdated


def why(world: World, record: EvaluationRecord) -> set[Outdated]:
    return {reason.what for reason in world.bank.standing.reasons(record)}


def test_an_evaluation_of_today_rests_on_todays_facts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill()
    record = evaluated(world)
    calls: list[object] = []
    monkeypatch.setattr("creditbank.services.evaluating.evaluate", lambda *more, **_: calls.append(more))
    page = world.bank.standing.stale()
    assert (page.stale, page.looked_at, page.last) == ((), 1, None)
    assert why(world, record) == set()
    assert calls == [], "nothing is weighed to tell"


def test_a_revoked_credential_makes_it_stale_until_it_is_run_again(world: World) -> None:
    issued = world.fill()
    record = evaluated(world)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="awarded in error")
    (stale,) = world.bank.standing.stale().stale
    assert stale.record == record
    assert [(reason.what, reason.id) for reason in stale.reasons] == [(Outdated.CREDENTIAL_REVOKED, issued[0].id)]
    (affected,) = world.bank.standing.affected_by(issued[0].id)
    assert affected == stale
    newer = world.bank.evaluating.rerun(record.id).record
    assert world.bank.standing.stale().stale == ()
    assert [one.record for one in world.bank.standing.affected_by(issued[0].id)] == [newer], "it was refused, and named"


def test_a_credential_that_nobody_weighed_affects_nothing(world: World) -> None:
    issued = world.fill(3)
    world.bank.evaluating.evaluate(
        learner=world.learner.id,
        qualification=CERTIFICATE,
        organisation=world.university.id,
        credentials=[issued[0].id],
    )
    assert world.bank.standing.affected_by(issued[1].id) == ()
    (one,) = world.bank.standing.affected_by(issued[0].id)
    assert one.reasons == ()
    with pytest.raises(UnknownRecord):
        world.bank.standing.affected_by("urn:uuid:nothing")


def test_a_new_credential_and_one_that_was_anchored_meanwhile_make_it_stale(world: World) -> None:
    world.fill(3)
    world.issue(unit("u0"), "waits")
    record = evaluate(world)
    assert why(world, record) == set()
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    assert why(world, record) == {Outdated.CREDENTIAL_ANCHORED}
    world.issue(unit("u1"), "new")
    assert why(world, record) == {Outdated.CREDENTIAL_ANCHORED, Outdated.CREDENTIAL_NEW}


def test_only_what_was_asked_about_can_be_new(world: World) -> None:
    issued = world.fill(3)
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id,
        qualification=CERTIFICATE,
        organisation=world.university.id,
        credentials=[issued[0].id],
    )
    world.issue(unit("u1"), "unasked")
    assert why(world, record) == set()


def test_an_award_uses_the_credits_of_another_evaluation(world: World) -> None:
    world.fill(10)
    record = evaluated(world)
    world.bank.awarding.award("award-1", evaluation=record.id, by=world.university.id)
    assert why(world, record) == {Outdated.CREDITS_USED}


def test_a_decision_that_is_adopted_or_taken_back_makes_it_stale(world: World) -> None:
    world.fill(3)
    record = evaluate(world)
    policy = samples.conversion_policy(world.university.did)
    world.bank.deciding.adopt(world.university.id, policy)
    assert why(world, record) == {Outdated.DECISIONS_CHANGED}
    newer = world.bank.evaluating.rerun(record.id).record
    assert why(world, newer) == set()
    adopted = world.bank.deciding.adopted(world.university.id)[0]
    world.bank.deciding.revoke(world.university.id, adopted.signed.digest, reason="ended")
    assert why(world, newer) == {Outdated.DECISIONS_CHANGED}


def test_another_day_alone_makes_nothing_stale_and_a_day_that_matters_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill(3)
    record = evaluate(world)
    for days, reasons in ((1, set()), (365 * 30, {Outdated.TIME})):
        later = world.bank.clock.now() + timedelta(days=days)
        with monkeypatch.context() as clock:
            clock.setattr(type(world.bank.clock), "now", lambda _, moment=later: moment)
            assert why(world, record) == reasons, days


def test_other_rules_make_it_stale(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill(3)
    record = evaluate(world)
    true = world.bank.catalogue
    old = true.qualification(CERTIFICATE)
    edited = old.model_copy(update={"title": "Another text under the same version"})
    newer = old.model_copy(update={"version": "9999", "valid_from": "2026-01-01"})

    class Changed:
        def __init__(self, found: object, known: list[object]) -> None:
            self.found, self.known = found, known

        def qualification(self, *_: object) -> object:
            return self.found

        def qualifications(self) -> list[object]:
            return self.known

        def __getattr__(self, name: str) -> object:
            return getattr(true, name)

    monkeypatch.setattr(world.bank.standing, "_catalogue", Changed(edited, [edited]))
    assert why(world, record) == {Outdated.RULES_CHANGED}
    monkeypatch.setattr(world.bank.standing, "_catalogue", Changed(old, [old, newer]))
    assert why(world, record) == {Outdated.RULES_NEWER}


def test_standing_evaluations_are_looked_at_in_pages(world: World) -> None:
    issued = world.fill(3)
    learners = [world.bank.registering.register_learner(name=f"Sample {number}", sample=True) for number in range(3)]
    for learner in learners:
        world.bank.evaluating.evaluate(learner=learner.id, qualification=CERTIFICATE, organisation=world.university.id)
    evaluate(world)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="awarded in error")
    first = world.bank.standing.stale(limit=2)
    assert (first.stale, first.looked_at) == ((), 2)
    second = world.bank.standing.stale(after=first.last, limit=10)
    assert ([one.record.learner for one in second.stale], second.looked_at) == ([world.learner.id], 2)
    assert second.last is None


def evaluate(world: World) -> EvaluationRecord:
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    return record
