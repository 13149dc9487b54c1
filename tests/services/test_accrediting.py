"""The bank's registers: kept by digest, asked before an award, and demanded only where the bank's setting says so."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from registers import sample_register
from worlds import CERTIFICATE, World, evaluated, states, unit

from creditbank.bootstrap import open_bank
from creditbank.canonical import digest_text, load_object, sha256
from creditbank.config import BadSettings, Settings
from creditbank.credential import Level
from creditbank.framework import Register, document_digest, load_document
from creditbank.ledger import LotState
from creditbank.services.accrediting import (
    NotAccredited,
    NotEntitled,
    OtherSnapshot,
    SeveralRegisters,
    UnknownRegister,
)
from creditbank.services.records import AwardState, EvaluationRecord
from creditbank.stacking import Evaluation, read_proof
from creditbank.units import CreditAmount, Credits
from creditbank.verification import ARCHIVAL, Evidence, Outcome, Report, RuleFact, Rules, Verdict, verify_award


def today(world: World) -> date:
    return world.bank.clock.now().date()


def register(world: World, *awards: dict[str, Any], taken: date | None = None, **changed: Any) -> Register:
    """A register of today about the university: accredited for all, and entitled to these awards."""
    accreditation = {
        "id": "A-1",
        "by": "Sample Agency",
        "kind": "institution",
        "decision": "accredited",
        "valid_from": "2020-01-01",
        **changed,
    }
    body = {
        "id": world.university.did,
        "names": ["Sample University"],
        "accreditations": [accreditation],
        "awards": list(awards),
    }
    return sample_register(taken=(taken or today(world)).isoformat(), bodies=[body])


def right(**changed: Any) -> dict[str, Any]:
    return {"qualification": CERTIFICATE, "valid_from": "2020-01-01", **changed}


def demanding(world: World) -> None:
    """Open the bank again, with the setting that demands accreditation."""
    world.bank.close()
    world.bank = open_bank(Settings.load({"CREDITBANK_REQUIRE_ACCREDITATION": "true"}, world.home))


def award(world: World) -> AwardState:
    return world.bank.awarding.award("r", evaluation=evaluated(world).id, by=world.university.id).state


# what is kept ---------------------------------------------------------------------------------------------------


def test_a_snapshot_is_kept_as_a_public_document_whose_bytes_hash_to_its_digest(world: World) -> None:
    snapshot = register(world, right())
    kept = world.bank.accrediting.take_in(snapshot)
    assert sha256(kept.content) == document_digest(snapshot)
    assert world.bank.accrediting.take_in(snapshot) == kept
    assert world.bank.accrediting.register("sample-register") == snapshot
    assert world.bank.accrediting.registers() == (snapshot,)


def test_a_snapshot_is_never_replaced_by_another_text_of_its_day(world: World) -> None:
    snapshot = register(world, right())
    world.bank.accrediting.take_in(snapshot)
    with pytest.raises(OtherSnapshot):
        world.bank.accrediting.take_in(register(world))
    assert world.bank.accrediting.registers() == (snapshot,)


def test_the_newest_snapshot_is_meant_unless_a_day_is_named(world: World) -> None:
    older = register(world, right(), taken=date(2025, 1, 1))
    newer = register(world)
    for snapshot in (newer, older):
        world.bank.accrediting.take_in(snapshot)
    assert world.bank.accrediting.register("sample-register") == newer
    assert world.bank.accrediting.register("sample-register", "2025-01-01") == older
    for wanted in (("another-register", None), ("sample-register", "2024-01-01")):
        with pytest.raises(UnknownRegister, match="holds no register"):
            world.bank.accrediting.register(*wanted)


def test_the_digests_of_registers_are_trust_facts(world: World) -> None:
    snapshot = register(world)
    assert all(fact.id != snapshot.id for fact in world.bank.trusting.export().rules)
    world.bank.accrediting.take_in(snapshot)
    wanted = RuleFact(snapshot.id, snapshot.taken, document_digest(snapshot))
    assert wanted in world.bank.trusting.export().rules


def test_a_bank_answers_with_the_registers_it_holds_and_demands_none(world: World) -> None:
    issued = world.fill(1)
    before = world.bank.verifying.verify_held(issued)[issued[0].id]
    world.bank.accrediting.take_in(register(world))
    after = world.bank.verifying.verify_held(issued)[issued[0].id]
    assert before.check("issuer.accredited").outcome is Outcome.UNCHECKED
    assert after.check("issuer.accredited").outcome is Outcome.PASSED
    assert before.verdict == after.verdict
    assert "issuer.accredited" not in after.required


# awards ---------------------------------------------------------------------------------------------------------


def test_an_award_that_a_register_grants_or_says_nothing_about_is_made(world: World) -> None:
    world.fill()
    world.bank.accrediting.take_in(register(world, right()))
    world.bank.accrediting.take_in(sample_register(id="other", taken="2020-01-01", bodies=[]))
    assert award(world) is AwardState.POSTED


@pytest.mark.parametrize(
    "awards",
    [[], [right(version="1900")], [right(withdrawn={"since": "2024-01-01", "reason": "Lost."})]],
    ids=["no right", "another version", "withdrawn"],
)
def test_an_award_that_a_register_denies_is_refused_and_nothing_is_spent(
    world: World, awards: list[dict[str, Any]]
) -> None:
    world.fill()
    world.bank.accrediting.take_in(register(world, *awards, taken=today(world) - timedelta(days=400)))
    with pytest.raises(NotEntitled, match="Sample Agency"):
        award(world)
    assert states(world) == {LotState.AVAILABLE}
    world.bank.accrediting.take_in(register(world, right()))  # a newer snapshot corrects it
    assert award(world) is AwardState.POSTED


def test_another_register_that_grants_the_award_is_enough(world: World) -> None:
    world.fill()
    world.bank.accrediting.take_in(register(world))
    world.bank.accrediting.take_in(register(world, right()).model_copy(update={"id": "another-register"}))
    assert award(world) is AwardState.POSTED


def test_where_accreditation_is_demanded_an_award_needs_a_fresh_yes(world: World) -> None:
    world.fill()
    demanding(world)
    with pytest.raises(NotEntitled, match="No register this bank holds"):
        award(world)
    world.bank.accrediting.take_in(register(world, right(), taken=today(world) - timedelta(days=32)))
    with pytest.raises(NotEntitled):
        award(world)
    fresh = register(world, right(), taken=today(world) - timedelta(days=31))
    world.bank.accrediting.take_in(fresh)
    assert award(world) is AwardState.POSTED


def test_a_right_that_ended_since_the_snapshot_is_no_yes_for_today(world: World) -> None:
    world.fill()
    demanding(world)
    yesterday = today(world) - timedelta(days=1)
    world.bank.accrediting.take_in(register(world, right(valid_until=yesterday.isoformat()), taken=yesterday))
    with pytest.raises(NotEntitled, match="too old or has ended"):
        award(world)


# sums that count accredited units only ----------------------------------------------------------------------------


def maltese(world: World, count: int = 3) -> None:
    """Units of ten Maltese credits at level 5, issued to the learner."""
    for number in range(count):
        made = replace(unit(f"m{number}"), credits=CreditAmount("mt", Credits.parse("10")), level=Level("mt-mqf", "5"))
        world.publish(made)
        world.issue(made, f"maltese-{number}")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def weighed(world: World, **how: Any) -> tuple[EvaluationRecord, Evaluation]:
    return world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="mt-mqf-ug-certificate", organisation=world.university.id, **how
    )


def test_a_sum_of_accredited_units_goes_by_the_banks_register_and_can_be_run_again(world: World) -> None:
    maltese(world)
    record, before = weighed(world)
    assert not before.adds_up
    assert "register" not in record.document
    snapshot = register(world)
    world.bank.accrediting.take_in(snapshot)
    record, evaluation = weighed(world)
    assert evaluation.adds_up, evaluation.sentence
    assert record.document["register"] == digest_text(document_digest(snapshot))
    later = register(world, valid_until="2021-01-01").model_copy(update={"id": "another-register"})
    world.bank.accrediting.take_in(later)  # what comes later changes nothing on record
    assert world.bank.evaluating.again(record.id).setting.register == snapshot


def test_a_unit_of_a_provider_that_was_not_accredited_does_not_count(world: World) -> None:
    maltese(world)
    world.bank.accrediting.take_in(register(world, valid_until="2021-01-01"))
    record, evaluation = weighed(world)
    assert not evaluation.adds_up
    assert "lapsed after 2021-01-01" in str(record.document)


def test_of_several_registers_one_is_named(world: World) -> None:
    maltese(world)
    world.bank.accrediting.take_in(register(world))
    world.bank.accrediting.take_in(register(world, valid_until="2021-01-01").model_copy(update={"id": "stricter"}))
    with pytest.raises(SeveralRegisters):
        weighed(world)
    assert weighed(world, register="sample-register")[1].adds_up
    assert not weighed(world, register="stricter")[1].adds_up
    with pytest.raises(UnknownRegister):
        weighed(world, register="another")


def test_an_award_of_accredited_units_names_its_register_and_is_re_checked_with_it(world: World) -> None:
    maltese(world)
    snapshot = register(world, right(qualification="mt-mqf-ug-certificate"))
    world.bank.accrediting.take_in(snapshot)
    made = world.bank.awarding.award("r", evaluation=weighed(world)[0].id, by=world.university.id)
    assert made.state is AwardState.POSTED
    assert made.proof is not None
    assert made.signed is not None
    proof = read_proof(load_object(made.proof))
    assert [ref.digest for ref in proof.registers] == [document_digest(snapshot)]
    (paper,) = world.bank.accrediting.papers(ref.digest for ref in proof.registers)
    assert load_document(paper) == snapshot
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        units = [tx.get_credential(use.credential).signed for use in proof.uses]
    documents = [load_object(made.signed), *(load_object(one) for one in units)]
    rules = Rules(own=tuple(one for versions in world.bank.catalogue.documents.values() for one in versions))
    evidence = world.bank.verifying.evidence(documents)

    def report(known: Evidence) -> Report:
        now = world.bank.clock.now()
        return verify_award(made.signed, made.proof, units, rules, known, policy=ARCHIVAL.with_register(), now=now)

    assert report(evidence).verdict is Verdict.ACCEPTED, report(evidence).headline
    assert evidence.trust is not None
    unknown = report(replace(evidence, registers=(), trust=replace(evidence.trust, rules=())))
    assert unknown.check("stack.rules").outcome is Outcome.UNCHECKED
    assert unknown.verdict is Verdict.INCONCLUSIVE


# units ----------------------------------------------------------------------------------------------------------


def test_without_the_setting_nothing_that_is_issued_is_refused(world: World) -> None:
    world.bank.accrediting.take_in(register(world, valid_until="2021-01-01"))
    world.publish(unit("one"))
    assert world.issue(unit("one"), "r").organisation == world.university.id


def test_with_the_setting_a_unit_is_issued_only_where_its_provider_is_accredited_for_it(world: World) -> None:
    demanding(world)
    offered = unit("one")
    world.publish(offered)
    assert offered.level is not None
    with pytest.raises(NotAccredited, match="demands one"):
        world.issue(offered, "r")
    levels = [{"framework": offered.level.framework, "codes": ["8"]}]
    world.bank.accrediting.take_in(register(world, levels=levels, taken=today(world) - timedelta(days=2)))
    with pytest.raises(NotAccredited, match="is for the levels 8"):
        world.issue(offered, "r")
    levels = [{"framework": offered.level.framework, "codes": [offered.level.code]}]
    world.bank.accrediting.take_in(register(world, levels=levels, valid_from="2025-06-03"))
    with pytest.raises(NotAccredited, match="holds only from 2025-06-03"):
        world.issue(offered, "r", date(2025, 6, 2))
    issued = world.issue(offered, "r", date(2025, 6, 3))
    assert world.issue(offered, "r", date(2025, 6, 3)) == issued


def test_the_setting_is_off_unless_it_is_set_and_must_be_a_truth(world: World) -> None:
    assert not world.bank.settings.require_accreditation
    with pytest.raises(BadSettings):
        Settings.load({"CREDITBANK_REQUIRE_ACCREDITATION": "perhaps"}, world.home)
