"""Deciding: signed once, kept as signed, in force until taken back, and the only ground for an award."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from worlds import CERTIFICATE, World, unit

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import digest_text, load_object
from creditbank.cli.demo import samples
from creditbank.credential import Achievement
from creditbank.framework import (
    Acceptance,
    ConversionPolicy,
    CreditSystem,
    DocumentFaults,
    Qualification,
    Recognition,
    document_digest,
)
from creditbank.services.deciding import (
    Adopted,
    BackdatedRevocation,
    DecisionStands,
    DecisionTakenBack,
    NotADecision,
    NotAdopted,
    NotYourDecision,
    UnknownDecision,
)
from creditbank.services.evaluating import EvaluationChanged
from creditbank.services.records import EvaluationRecord
from creditbank.stacking import Evaluation, IndicativeRules
from creditbank.verification import ARCHIVAL, LIVE, Verdict, verify_decision

BRITISH = next(one.achievement for one in samples.ASHA_UNITS if one.body == "thames")


def policy(world: World, **changes: Any) -> ConversionPolicy:
    return samples.conversion_policy(world.university.did).model_copy(update=changes)


def recognition(world: World, **changes: Any) -> Recognition:
    return samples.recognition(world.university.did, BRITISH.id).model_copy(update=changes)


def adopt(world: World, *decisions: Any) -> list[Adopted]:
    return [world.bank.deciding.adopt(world.university.id, one) for one in decisions]


def today(world: World) -> date:
    return world.bank.clock.now().date()


def nine_and_a_british_one(world: World) -> None:
    """Thirty-six Indian credits and fifteen British ones: the certificate needs both."""
    made: list[Achievement] = [*(unit(f"u{number}") for number in range(9)), BRITISH]
    for achievement in made:
        world.publish(achievement)
        world.issue(achievement, achievement.id)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def weigh(world: World, **given: Any) -> tuple[EvaluationRecord, Evaluation]:
    return world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id, **given
    )


def award(world: World, record: EvaluationRecord) -> Any:
    return world.bank.awarding.award(f"award:{record.id}", evaluation=record.id, by=world.university.id)


# adopting


def test_what_is_adopted_verifies_by_the_register_of_the_bank(world: World) -> None:
    (made,) = adopt(world, policy(world))
    value = load_object(made.content)
    evidence = world.bank.verifying.evidence([{"issuer": made.signed.by}])
    report = verify_decision(value, evidence, policy=LIVE, now=world.bank.clock.now())
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert made.decision == policy(world)


def test_adopting_twice_gives_the_first_answer_to_the_byte(world: World) -> None:
    (first,), (again,) = adopt(world, policy(world)), adopt(world, policy(world))
    assert again == first
    assert world.bank.deciding.adopted() == [first]


def test_a_signed_decision_is_published_for_strangers(world: World) -> None:
    (made,) = adopt(world, policy(world))
    with world.bank.store.transaction() as tx:
        (document,) = tx.documents("decision")
    assert document.id == f"{world.university.did}#decision-{made.signed.digest.hex()}"
    assert document.content == made.content


def test_a_body_signs_in_its_own_name_only(world: World) -> None:
    for decision in (policy(world, issuer=world.rival.did), recognition(world, by=world.rival.did)):
        with pytest.raises(NotYourDecision):
            adopt(world, decision)
    assert world.bank.deciding.adopted() == []


def test_facts_are_not_adopted(world: World) -> None:
    system = world.bank.catalogue.credit_system("uk")
    assert isinstance(system, CreditSystem)
    with pytest.raises(NotADecision):
        adopt(world, system)


def test_a_changed_text_needs_a_version_of_its_own(world: World) -> None:
    adopt(world, policy(world))
    with pytest.raises(DecisionStands):
        adopt(world, policy(world, ratio="1/2"))
    adopt(world, policy(world, ratio="1/2", version="2"))
    assert [one.decision.version for one in world.bank.deciding.adopted()] == ["1", "2"]  # type: ignore[union-attr]


def test_decisions_without_versions_may_follow_one_another(world: World) -> None:
    adopt(world, recognition(world), recognition(world, decided="2026-03-02", level="5"))
    assert len(world.bank.deciding.adopted(world.university.id)) == 2


def test_a_policy_that_misquotes_the_statement_it_adopts_is_not_signed(world: World) -> None:
    wrong = policy(world, adopts="emc-cmf.uk.eu-ects")
    with pytest.raises(DocumentFaults) as refused:
        adopt(world, wrong)
    assert {fault.path for fault in refused.value.faults} == {"to_system", "ratio"}


def test_an_acceptance_of_a_text_that_is_not_here_is_not_signed(world: World) -> None:
    decision = Acceptance.model_validate(
        {
            "document": "creditbank/acceptance/v1",
            "id": "sample-acceptance",
            "by": world.university.did,
            "accepts": {"kind": "credit-system", "id": "uk", "digest": f"sha256:{'0' * 64}"},
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "for a test",
        }
    )
    with pytest.raises(DocumentFaults):
        adopt(world, decision)
    right = {"kind": "credit-system", "id": "uk", "digest": f"sha256:{_digest(world, 'uk').hex()}"}
    adopt(world, Acceptance.model_validate(decision.model_dump() | {"accepts": right}))


def _digest(world: World, system: str) -> bytes:
    return document_digest(world.bank.catalogue.credit_system(system))


def test_decisions_survive_a_restart(world: World) -> None:
    made = adopt(world, policy(world), recognition(world))
    world.reopen()
    assert {one.content for one in world.bank.deciding.adopted()} == {one.content for one in made}


# taking back


def test_a_revocation_works_from_its_day_on_and_edits_nothing(world: World) -> None:
    (made,) = adopt(world, policy(world))
    day = today(world) + timedelta(days=10)
    ended = world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="Replaced.", since=day)
    assert ended.content == made.content
    assert ended.holds_on(day - timedelta(days=1))
    assert not ended.holds_on(day)
    did = world.university.did
    assert world.bank.deciding.in_force(did, day - timedelta(days=1)) == (policy(world),)
    assert world.bank.deciding.in_force(did, day) == ()


def test_a_revocation_verifies_beside_the_decision(world: World) -> None:
    (made,) = adopt(world, policy(world))
    ended = world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="Replaced.")
    evidence = world.bank.verifying.evidence([{"issuer": made.signed.by}])
    report = verify_decision(
        made.content,
        evidence,
        policy=ARCHIVAL,
        now=world.bank.clock.now(),
        revocations=[one for one, _ in ended.revocations],
    )
    assert report.verdict is Verdict.REJECTED
    assert "Replaced." in report.check("decision.revocation").sentence


def test_revoking_again_gives_the_first_answer_unless_it_ends_sooner(world: World) -> None:
    (made,) = adopt(world, policy(world))
    revoke, id, digest, day = world.bank.deciding.revoke, world.university.id, made.signed.digest, today(world)
    first = revoke(id, digest, reason="Replaced.", since=day + timedelta(days=10))
    assert revoke(id, digest, reason="Again.", since=day + timedelta(days=20)) == first
    sooner = revoke(id, digest, reason="Sooner.", since=day + timedelta(days=5))
    assert sooner.revoked_from == day + timedelta(days=5)
    assert len(sooner.revocations) == 2


def test_the_past_is_not_revoked(world: World) -> None:
    (made,) = adopt(world, policy(world))
    yesterday = today(world) - timedelta(days=1)
    with pytest.raises(BackdatedRevocation):
        world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="Regret.", since=yesterday)


def test_nobody_takes_back_what_another_body_decided(world: World) -> None:
    (made,) = adopt(world, policy(world))
    with pytest.raises(UnknownDecision):
        world.bank.deciding.revoke(world.rival.id, made.signed.digest, reason="Envy.")
    assert made.holds_on(today(world))


def test_what_was_revoked_is_not_adopted_again(world: World) -> None:
    (made,) = adopt(world, policy(world))
    world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="Replaced.")
    with pytest.raises(DecisionTakenBack):
        adopt(world, policy(world))


# weighing and awarding


def test_evaluations_weigh_by_what_is_adopted_and_awards_rest_on_it(world: World) -> None:
    nine_and_a_british_one(world)
    adopt(world, policy(world), recognition(world))
    record, evaluation = weigh(world)
    assert evaluation.adds_up
    assert record.document["notAdopted"] == []
    made = award(world, record)
    proof: Any = load_object(made.proof)
    assert [ref["id"] for ref in proof["conversions"]] == ["sample-deccan-uk-by-hours"]
    assert {use["conversion"] for use in proof["uses"]} == {None, "sample-deccan-uk-by-hours"}


def test_another_bodys_decisions_weigh_nothing(world: World) -> None:
    nine_and_a_british_one(world)
    rival = world.bank.deciding.adopt
    rival(world.rival.id, policy(world, issuer=world.rival.did))
    rival(world.rival.id, recognition(world, by=world.rival.did))
    _, evaluation = weigh(world)
    assert not evaluation.adds_up


def test_what_would_be_may_be_asked_and_not_awarded(world: World) -> None:
    nine_and_a_british_one(world)
    adopt(world, recognition(world))
    record, evaluation = weigh(world, conversions=[policy(world)])
    assert evaluation.adds_up
    assert record.document["notAdopted"] == ["sample-deccan-uk-by-hours"]
    with pytest.raises(NotAdopted) as refused:
        award(world, record)
    assert "creditbank decision adopt" in refused.value.next_step
    assert world.bank.sharing.account(world.learner.id).balances[0].reserved.thousandths == 0


def test_an_unadopted_decision_that_nothing_rests_on_hinders_no_award(world: World) -> None:
    world.fill()
    record, _ = weigh(world, conversions=[policy(world)])
    assert award(world, record).signed is not None


def test_once_adopted_the_same_text_given_by_hand_is_awarded(world: World) -> None:
    nine_and_a_british_one(world)
    adopt(world, policy(world), recognition(world))
    record, _ = weigh(world, conversions=[policy(world)], recognitions=[recognition(world)])
    assert record.document["notAdopted"] == []
    assert award(world, record).signed is not None


def test_a_text_given_by_hand_takes_the_place_of_the_adopted_one_of_its_name_and_is_not_awarded(world: World) -> None:
    nine_and_a_british_one(world)
    adopt(world, policy(world), recognition(world))
    generous = policy(world, ratio="2/3", max_share=None)
    record, evaluation = weigh(world, conversions=[generous])
    uses = evaluation.allocation or ()
    assert [str(use.counted) for use in uses if use.conversion] == ["10"]
    with pytest.raises(NotAdopted):
        award(world, record)


def test_a_decision_revoked_since_the_evaluation_grounds_no_award(world: World) -> None:
    nine_and_a_british_one(world)
    made, _ = adopt(world, policy(world), recognition(world))
    record, _ = weigh(world)
    world.bank.deciding.revoke(world.university.id, made.signed.digest, reason="Replaced.")
    with pytest.raises((NotAdopted, EvaluationChanged)) as refused:
        award(world, record)
    assert refused.type is NotAdopted
    _, evaluation = weigh(world)
    assert not evaluation.adds_up


INDICATIVE = """
document: creditbank/qualification/v1
id: in-ncrf-sample-indicative
version: "1"
title: Sample of rules that nobody is sure of
framework: in-ncrf
credit_system: in-ncrf
valid_from: 2020-01-01
confidence: L
summary: Four credits of anything.
sources:
  - name: made for a test
admits:
  frameworks: [in-ncrf]
requires:
  id: sample
  title: The sample
  kind: all
  of:
    - id: units
      title: Four credits
      kind: requirement
      credits_at_least: "4"
"""


@pytest.fixture
def unsure(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Qualification:
    """Rules of confidence L in the bank's catalogue, and a learner who meets them."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "indicative.yaml").write_text(INDICATIVE)
    catalogue = Catalogue.load(builtin_data("frameworks"), folder)
    monkeypatch.setattr(world.bank.evaluating, "_catalogue", catalogue)
    monkeypatch.setattr(world.bank.deciding, "_catalogue", catalogue)
    world.fill(1)
    return catalogue.qualification("in-ncrf-sample-indicative")


def acceptance(world: World, rules: Qualification) -> Acceptance:
    return Acceptance.model_validate(
        {
            "document": "creditbank/acceptance/v1",
            "id": "sample-acceptance",
            "by": world.university.did,
            "accepts": {
                "kind": "qualification",
                "id": rules.id,
                "version": rules.version,
                "digest": digest_text(document_digest(rules)),
            },
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "for a test",
        }
    )


def weigh_unsure(world: World, unsure: Qualification, **given: Any) -> tuple[EvaluationRecord, Evaluation]:
    return world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=unsure.id, organisation=world.university.id, **given
    )


def test_nothing_is_stacked_on_indicative_rules_that_the_university_has_not_accepted(
    world: World, unsure: Qualification
) -> None:
    with pytest.raises(IndicativeRules):
        weigh_unsure(world, unsure)


def test_indicative_rules_weigh_and_award_once_the_university_has_accepted_them(
    world: World, unsure: Qualification
) -> None:
    adopt(world, acceptance(world, unsure))
    record, evaluation = weigh_unsure(world, unsure)
    assert evaluation.adds_up
    proof: Any = load_object(award(world, record).proof)
    assert [ref["id"] for ref in proof["acceptances"]] == ["sample-acceptance"]


def test_an_acceptance_that_is_not_signed_may_be_tried_and_is_not_awarded(world: World, unsure: Qualification) -> None:
    record, evaluation = weigh_unsure(world, unsure, acceptances=[acceptance(world, unsure)])
    assert evaluation.adds_up
    with pytest.raises(NotAdopted):
        award(world, record)


def test_an_expired_policy_weighs_nothing(world: World) -> None:
    nine_and_a_british_one(world)
    adopt(world, policy(world, valid_until="2025-12-31"), recognition(world))
    _, evaluation = weigh(world)
    assert not evaluation.adds_up
