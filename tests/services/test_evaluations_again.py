"""An evaluation is run again under today's facts: a new dated fact beside the old one, with the difference shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from worlds import CERTIFICATE, World, evaluated, unit

from creditbank.cli.demo import samples
from creditbank.services.evaluating import FollowsNothing, NotComparable, Rerun
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import EvaluationRecord
from creditbank.stacking import Evaluation, EvaluationAbandoned
from creditbank.stacking.differing import Move, Why
from creditbank.units import NONE


def stored(world: World) -> list[EvaluationRecord]:
    with world.bank.store.transaction() as tx:
        return tx.evaluations_of(world.learner.id)


def again(world: World, record: EvaluationRecord, **how: bool) -> Rerun:
    return world.bank.evaluating.rerun(record.id, **how)


def solved(world: World, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Counts how often the engine is asked from now on."""
    import creditbank.services.evaluating as room

    calls: list[object] = []
    true = room.evaluate

    def counted(*args: object, **more: object) -> Evaluation:
        calls.append(args)
        return true(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "evaluate", counted)
    return calls


def test_nothing_changed_gives_the_standing_answer_solves_nothing_and_stores_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    record = evaluated(world)
    calls = solved(world, monkeypatch)
    for _ in range(2):
        found = again(world, record)
        assert (found.record, found.stored) == (record, False)
        assert found.difference.empty
    assert (calls, stored(world)) == ([], [record])


def test_a_revocation_gives_a_new_evaluation_that_names_the_old_one(world: World) -> None:
    issued = world.fill()
    record = evaluated(world)
    before = record.document
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="awarded in error")
    found = again(world, record)
    assert (found.stored, found.record.follows) == (True, record.id)
    assert found.record.id != record.id
    assert world.bank.evaluating.get(record.id).document == before, "the old one stays as it was"
    assert found.difference.verdict is not None
    assert (found.difference.verdict.before, found.difference.verdict.after) == ("adds-up", "falls-short")
    moves = {change.credential: (change.move, change.why) for change in found.difference.units}
    assert moves[issued[0].id] == (Move.NO_LONGER_COUNTED, Why.REVOKED)
    assert any("no longer counts" in sentence for sentence in found.difference.sentences)
    second = again(world, record)
    assert (second.record, second.stored) == (found.record, False)
    assert second.difference == found.difference
    assert world.bank.evaluating.difference(found.record.id) == found.difference
    with pytest.raises(FollowsNothing):
        world.bank.evaluating.difference(record.id)
    backwards = world.bank.evaluating.difference(record.id, against=found.record.id)
    assert backwards.digests.before == found.difference.digests.after


def test_a_new_credential_is_weighed_when_it_is_run_again(world: World) -> None:
    world.fill(9)
    record, first = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert not first.adds_up
    world.publish(unit("more"))
    new = world.issue(unit("more"), "more")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    found = again(world, record)
    moves = {change.credential: (change.move, change.why) for change in found.difference.units}
    assert moves[new.id] == (Move.NEWLY_COUNTED, Why.NEW)
    assert found.record.document["result"]["verdict"] == "adds-up"  # type: ignore[index,call-overload]


def test_credits_that_an_award_took_are_told_as_used_elsewhere(world: World) -> None:
    world.fill(10)
    record = evaluated(world)
    world.bank.awarding.award("award-1", evaluation=record.id, by=world.university.id)
    found = again(world, record)
    assert {change.why for change in found.difference.units} == {Why.USED_ELSEWHERE}
    assert {change.after for change in (one.available for one in found.difference.units)} == {str(NONE)}


def test_only_what_was_chosen_is_weighed_again(world: World) -> None:
    issued = world.fill(10)
    chosen = [one.id for one in issued[:4]]
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id, credentials=chosen
    )
    assert again(world, record) == again(world, record)
    assert not again(world, record).stored
    world.issue(unit("u9"), "one more")
    assert not again(world, record).stored, "nobody asked about the new one"


def test_an_offer_that_came_is_another_input_where_the_way_on_was_asked_for(world: World) -> None:
    world.fill(3)
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    world.publish(unit("new-offer"))
    assert again(world, record).stored


def test_another_day_is_another_fact_even_where_the_answer_is_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    record = evaluated(world)
    later = world.bank.clock.now() + timedelta(days=1)
    monkeypatch.setattr(type(world.bank.clock), "now", lambda _: later)
    found = again(world, record)
    assert (found.stored, found.difference.empty) == (True, True)
    assert found.difference.dates.after != found.difference.dates.before
    assert not again(world, record).stored, "and on that day it stands"


def test_a_lot_whose_time_runs_out_is_told_as_expired(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bank issues no credit that expires yet; one that does counts through its last whole day."""
    issued = world.fill()
    record = evaluated(world)
    true, ends = world.bank.evaluating._held, world.bank.clock.now() - timedelta(days=1)

    def held(*args: object) -> object:
        return [
            (replace(lot, expires=ends) if lot.credential == issued[0].id else lot, credential)
            for lot, credential in true(*args)  # type: ignore[arg-type]
        ]

    monkeypatch.setattr(world.bank.evaluating, "_held", held)
    found = again(world, record)
    moves = {change.credential: (change.move, change.why) for change in found.difference.units}
    assert moves[issued[0].id] == (Move.NO_LONGER_COUNTED, Why.EXPIRED)
    assert world.bank.evaluating.again(found.record.id).evaluation.digest, "its record holds the last day"


def test_a_newer_version_of_the_rules_is_weighed_by_unless_the_same_one_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill()
    record = evaluated(world)
    true = world.bank.catalogue
    old = true.qualification(CERTIFICATE)
    new = old.model_copy(update={"version": "9999", "valid_from": "2026-01-01"})
    coming = old.model_copy(update={"version": "10000", "valid_from": "9998-01-01"})

    class Newer:
        def __getattr__(self, name: str) -> object:
            return getattr(true, name)

        def qualifications(self) -> list[object]:
            return [*true.qualifications(), new, coming]

        def qualification(self, id: str, version: str | None = None) -> object:
            return new if (id, version) == (CERTIFICATE, "9999") else true.qualification(id, version)

    monkeypatch.setattr(world.bank.evaluating, "_catalogue", Newer())
    assert not again(world, record, same_version=True).stored
    found = again(world, record)
    assert found.record.version == "9999", "the newest in force, and not one that is still to come"
    assert found.difference.rules is not None
    assert (found.difference.rules.versions.before, found.difference.rules.versions.after) == (old.version, "9999")
    assert "9999" in found.difference.sentences[0]


def test_decisions_that_were_only_tried_are_tried_again(world: World) -> None:
    policy = samples.conversion_policy(world.university.did)
    record, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id,
        qualification=CERTIFICATE,
        organisation=world.university.id,
        conversions=[policy],
    )
    assert record.document["notAdopted"] == [policy.id]
    assert not again(world, record).stored
    world.bank.deciding.adopt(world.university.id, policy)
    found = again(world, record)
    assert found.stored, "what was tried is adopted now"
    assert found.record.document["notAdopted"] == []


def test_a_record_of_older_code_is_run_again_as_if_everything_was_asked_for(world: World) -> None:
    world.fill()
    record = evaluated(world)
    bare = {key: value for key, value in record.document.items() if key != "asked"}
    older = replace(record, id="urn:uuid:older", document=bare, inputs=None)
    with world.bank.store.transaction() as tx:
        tx.add_evaluation(older)
    found = again(world, older)
    assert (found.stored, found.record.follows) == (True, "urn:uuid:older")
    assert found.difference.empty


def test_a_crash_before_the_new_record_leaves_nothing_and_asking_again_stores_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = world.fill()
    record = evaluated(world)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="awarded in error")
    with monkeypatch.context() as crash:

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        crash.setattr("creditbank.adapters.store.transaction.SqlTransaction.add_following", die)
        with pytest.raises(KeyboardInterrupt):
            again(world, record)
    assert stored(world) == [record]
    world.reopen()
    first, second = again(world, record), again(world, record)
    assert (first.stored, second.stored) == (True, False)
    assert stored(world) == [record, first.record]


def test_two_learners_are_not_compared(world: World) -> None:
    other = world.bank.registering.register_learner(name="Another sample learner", sample=True)
    made = [
        world.bank.evaluating.evaluate(learner=one, qualification=CERTIFICATE, organisation=world.university.id)[0]
        for one in (world.learner.id, other.id)
    ]
    with pytest.raises(NotComparable):
        world.bank.evaluating.difference(made[0].id, against=made[1].id)


def test_what_does_not_exist_is_not_run_again(world: World) -> None:
    with pytest.raises(UnknownRecord):
        world.bank.evaluating.rerun("urn:uuid:nothing")
    with pytest.raises(UnknownRecord):
        world.bank.evaluating.difference("urn:uuid:nothing")


def test_an_evaluation_that_takes_too_long_is_given_up_and_nothing_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = world.fill()
    record = evaluated(world)
    world.bank.issuing.revoke(issued[0].id, by=world.university.id, reason="awarded in error")
    monkeypatch.setattr(world.bank.evaluating, "_deadline", timedelta(0))
    with pytest.raises(EvaluationAbandoned):
        world.bank.evaluating.evaluate(
            learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
        )
    with pytest.raises(EvaluationAbandoned):
        again(world, record)
    with pytest.raises(EvaluationAbandoned):
        world.bank.awarding.award("award-1", evaluation=record.id, by=world.university.id)
    assert stored(world) == [record]
    monkeypatch.undo()
    assert again(world, record).stored


def test_after_a_small_change_nothing_is_searched_and_the_record_is_that_of_a_full_evaluation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unit more than is needed is revoked: the answer stands, and what is written is what would be weighed."""
    issued = world.fill(11)
    record = evaluated(world)
    used = {use["credential"] for use in record.document["result"]["uses"]}  # type: ignore[index,call-overload]
    idle = next(one for one in issued if one.id not in used)
    world.bank.issuing.revoke(idle.id, by=world.university.id, reason="awarded in error")
    calls = solved(world, monkeypatch)
    found = again(world, record)
    assert calls == []
    assert found.stored
    assert {(one.credential, one.move) for one in found.difference.units} == {(idle.id, Move.GONE)}
    full, _ = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id
    )
    assert len(calls) == 1
    assert full.document == found.record.document
    assert full.inputs == found.record.inputs
    world.bank.awarding.award("award-1", evaluation=found.record.id, by=world.university.id)


def test_an_answer_of_another_program_is_not_carried_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = world.fill(11)
    record = evaluated(world)
    older = replace(record, id="urn:uuid:older", document={**record.document, "engine": "0.0.1"}, inputs=None)
    with world.bank.store.transaction() as tx:
        tx.add_evaluation(older)
    world.bank.issuing.revoke(issued[-1].id, by=world.university.id, reason="awarded in error")
    calls = solved(world, monkeypatch)
    assert again(world, older).stored
    assert len(calls) == 1
