"""Exceptions for one learner in a bank: signed, weighed with, awarded on, taken back, and nobody else's business."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from worlds import CERTIFICATE, World

from creditbank.canonical import canonical_json, digest_sri, digest_text, json_digest, load_object, sha256
from creditbank.framework import ContradictingExceptions, DocumentFaults, Qualification, RuleException, document_digest
from creditbank.services.deciding import Adopted, NotAdopted, NotYourDecision
from creditbank.services.records import EvaluationRecord
from creditbank.stacking import Evaluation, Status, read_proof
from creditbank.verification import (
    ARCHIVAL,
    LIVE,
    Evidence,
    Outcome,
    Report,
    Rules,
    Verdict,
    read_revocation,
    read_signed_decision,
    unsigned_decision,
    verify_award,
    verify_decision,
)

FEWER = {"kind": "change-limit", "node": "certificate/year-one", "bound": "credits_at_least", "value": "36"}


@pytest.fixture
def short(world: World) -> World:
    """A learner with thirty-six credits, where the certificate asks for forty."""
    world.fill(9)
    return world


def rules_of(world: World) -> Qualification:
    return world.bank.catalogue.qualification(CERTIFICATE, None)


def exception(world: World, **changes: Any) -> RuleException:
    rules = rules_of(world)
    return RuleException.model_validate(
        {
            "document": "creditbank/exception/v1",
            "id": "sample-exception",
            "by": world.university.did,
            "learner": world.learner.did,
            "rules": {"id": rules.id, "version": rules.version, "digest": digest_text(document_digest(rules))},
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "One course was not offered in the second term.",
            "sample": True,
            **FEWER,
            **changes,
        }
    )


def adopt(world: World, *exceptions: RuleException) -> list[Adopted]:
    return [world.bank.deciding.adopt(world.university.id, one) for one in exceptions]


def weigh(world: World, **given: Any) -> tuple[EvaluationRecord, Evaluation]:
    return world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=CERTIFICATE, organisation=world.university.id, **given
    )


def award(world: World, record: EvaluationRecord) -> Any:
    return world.bank.awarding.award(f"award:{record.id}", evaluation=record.id, by=world.university.id)


def anchored(world: World) -> None:
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def rechecked(world: World, made: Any, papers: list[bytes]) -> Report:
    """What a stranger finds who is given the award, its credentials and these papers."""
    proof = read_proof(load_object(made.proof))
    with world.bank.store.transaction() as tx:
        units = [tx.get_credential(use.credential).signed for use in proof.uses]
    known = tuple(one for versions in world.bank.catalogue.documents.values() for one in versions)
    found = [load_object(content) for content in papers]
    signed = tuple(read_signed_decision(one) for one in found if one["document"] == "creditbank/signed-decision/v1")
    ended = tuple(read_revocation(one) for one in found if one["document"] != "creditbank/signed-decision/v1")
    evidence: Evidence = world.bank.verifying.evidence([load_object(item) for item in (made.signed, *units)])
    return verify_award(
        made.signed,
        made.proof,
        units,
        Rules(own=known, signed=signed, revocations=ended),
        evidence,
        policy=ARCHIVAL,
        now=world.bank.clock.now(),
    )


# adopting


def test_what_is_adopted_is_signed_by_the_body_and_verifies(short: World) -> None:
    (made,) = adopt(short, exception(short))
    evidence = short.bank.verifying.evidence([{"issuer": made.signed.by}])
    report = verify_decision(load_object(made.content), evidence, policy=LIVE, now=short.bank.clock.now())
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert report.title == "exception sample-exception (a sample)"
    assert short.bank.deciding.adopted(short.university.id) == [made]


def test_nobody_is_given_an_exception_or_its_end_as_a_public_document(short: World) -> None:
    (made,) = adopt(short, exception(short))
    short.bank.deciding.revoke(short.university.id, made.signed.digest, reason="The course was offered.")
    with short.bank.store.transaction() as tx:
        kept = {document.kind: document for document in tx.documents()}
        assert tx.documents("decision") == tx.documents("decision-revocation") == []
    assert not kept["exception"].open
    assert not kept["exception-revocation"].open


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"node": "certificate/year-two"}, "node", "has no rule 'certificate/year-two'"),
        ({"bound": "units_at_least", "value": 3}, "bound", "its bounds are: credits_at_least"),
        ({"value": "40"}, "value", "is 40 already"),
        ({"value": "4e9"}, "value", "cannot be '4e9'"),
        ({"value": 36}, "value", "cannot be 36"),
        ({"rules": {"id": CERTIFICATE, "version": "1999", "digest": f"sha256:{'0' * 64}"}}, "rules.version", "1999"),
    ],
)
def test_one_that_does_not_fit_the_rules_is_refused_with_its_place_and_a_next_step(
    short: World, changes: dict[str, Any], path: str, said: str
) -> None:
    with pytest.raises(DocumentFaults) as refusal:
        adopt(short, exception(short, **changes))
    (fault,) = refusal.value.faults
    assert fault.path == path
    assert said in fault.sentence
    assert short.bank.deciding.adopted() == []


def test_a_body_excepts_from_its_own_awards_only(short: World) -> None:
    with pytest.raises(NotYourDecision):
        adopt(short, exception(short, by=short.rival.did))


def test_one_that_says_the_opposite_of_another_in_force_is_not_adopted(short: World) -> None:
    adopt(short, exception(short))
    waive = {"kind": "waive", "bound": None, "value": None, "id": "sample-other"}
    with pytest.raises(ContradictingExceptions):
        adopt(short, exception(short, **waive))
    adopt(short, exception(short, **waive, learner="did:key:z6MkSomebodyElse"))


# weighing


def test_an_adopted_exception_turns_a_no_into_a_yes_for_this_learner(short: World) -> None:
    assert not weigh(short)[1].adds_up
    adopt(short, exception(short))
    record, found = weigh(short)
    assert found.adds_up
    assert [one.exception.id for one in found.exceptions] == ["sample-exception"]
    document: Any = record.document
    assert [one["id"] for one in document["exceptions"]] == ["sample-exception"]
    assert document["notAdopted"] == []


def test_without_an_exception_the_record_is_as_it_was(short: World) -> None:
    document: Any = weigh(short)[0].document
    assert not {"exceptions"} & document.keys()
    assert not {"exceptions", "exceptionsSetAside"} & document["result"].keys()


def test_the_exception_of_another_learner_helps_nobody_and_gets_into_no_record(short: World) -> None:
    other = exception(short, learner="did:key:z6MkSomebodyElse", reason="Illness.")
    adopt(short, other)
    for given in ({}, {"exceptions": [other]}):
        record, found = weigh(short, **given)
        assert not found.adds_up
        assert "Illness" not in repr(record.document)
        assert "SomebodyElse" not in repr(record.document)


@pytest.mark.parametrize("changes", [{"decided": "2999-01-01"}, {"decided": "2020-01-01", "valid_until": "2020-12-31"}])
def test_one_that_is_not_in_force_does_not_count(short: World, changes: dict[str, Any]) -> None:
    adopt(short, exception(short, **changes))
    assert not weigh(short)[1].adds_up


def test_an_exception_given_by_hand_can_be_tried_and_is_not_awarded(short: World) -> None:
    record, found = weigh(short, exceptions=[exception(short)])
    assert found.adds_up
    document: Any = record.document
    assert document["notAdopted"] == ["sample-exception"]
    with pytest.raises(NotAdopted):
        award(short, record)


def test_a_stored_evaluation_is_reproduced_with_its_exceptions(short: World) -> None:
    adopt(short, exception(short))
    record, found = weigh(short)
    again = short.bank.evaluating.again(record.id)
    assert again.evaluation.digest == found.digest
    assert [one.id for one in again.setting.exceptions] == ["sample-exception"]


def test_revoking_and_asking_again_gives_the_answer_without_it(short: World) -> None:
    before, without = weigh(short)
    (made,) = adopt(short, exception(short))
    record, _ = weigh(short)
    short.bank.deciding.revoke(short.university.id, made.signed.digest, reason="The course was offered.")
    assert [one.what for one in short.bank.standing.reasons(record)] == ["decisions-changed"]
    again = short.bank.evaluating.rerun(record.id)
    assert again.stored
    assert again.record.document["result"] == before.document["result"] == without.to_json()


def test_what_everybody_is_held_at_has_nothing_of_one_learners_exceptions_in_it(short: World) -> None:
    adopt(short, exception(short))
    day = short.bank.clock.now().date()
    assert short.bank.evaluating.setting_for(short.university.id, rules_of(short), day).exceptions == ()


# awarding


def test_an_award_names_the_exception_and_a_stranger_confirms_it_from_its_papers(short: World) -> None:
    (signed,) = adopt(short, exception(short))
    made = award(short, weigh(short)[0])
    anchored(short)
    proof = read_proof(load_object(made.proof))
    assert [ref.digest for ref in proof.exceptions] == [signed.signed.digest]
    papers = short.bank.deciding.papers(ref.digest for ref in proof.decisions)
    assert papers == [signed.content]
    report = rechecked(short, made, papers)
    assert report.check("stack.exceptions").outcome is Outcome.PASSED
    assert report.check("stack.arithmetic").outcome is Outcome.PASSED
    without = rechecked(short, made, [])
    assert without.check("stack.exceptions").outcome is Outcome.UNCHECKED
    assert without.check("stack.arithmetic").outcome is Outcome.UNCHECKED


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learner": "did:key:z6MkSomebodyElse"}, "is for another learner than the one whose sum this is."),
        ({"rules": {"digest": f"sha256:{'0' * 64}"}}, "is about another text of the rules in-ncrf-ug-certificate"),
        ({"by": "did:web:another.example"}, "which is not the awarding body"),
    ],
)
def test_an_award_bound_to_an_exception_that_is_not_for_it_is_rejected_and_says_why(
    short: World, changes: dict[str, Any], said: str
) -> None:
    """The university itself swaps the exception, seals proof and award anew, and signs both."""
    (signed,) = adopt(short, exception(short))
    made = award(short, weigh(short)[0])
    other = exception(short).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    changed = {**changes, "rules": {**other["rules"], **changes.get("rules", {})}}
    swapped = RuleException.model_validate({**other, **changed})
    now, owner = short.bank.clock.now(), short.university
    unsigned = unsigned_decision(swapped, owner.did, now.date())
    paper = short.bank.signatures.sign_decision(unsigned, owner.id, owner.did, now)
    proof: Any = load_object(made.proof)
    assert proof["exceptions"][0]["digest"] == digest_text(signed.signed.digest)
    proof["exceptions"][0]["digest"] = digest_text(document_digest(swapped))
    del proof["seal"]
    proof["seal"] = digest_text(json_digest(proof))
    content, document = canonical_json(proof), load_object(made.signed)
    bound: Any = {name: value for name, value in document.items() if name != "proof"}
    bound["relatedResource"][0]["digestSRI"] = digest_sri(sha256(content))
    forged = replace(made, proof=content, signed=short.bank.signatures.sign(bound, owner.id, owner.did, now))
    report = rechecked(short, forged, [paper])
    assert report.verdict is Verdict.REJECTED
    assert said in report.check("stack.exceptions").sentence


def test_an_exception_that_is_taken_back_after_the_award_leaves_it_standing(short: World) -> None:
    (signed,) = adopt(short, exception(short))
    made = award(short, weigh(short)[0])
    anchored(short)
    tomorrow = short.bank.clock.now().date() + timedelta(days=1)
    short.bank.deciding.revoke(short.university.id, signed.signed.digest, reason="Too generous.", since=tomorrow)
    papers = short.bank.deciding.papers([signed.signed.digest])
    assert len(papers) == 2
    assert rechecked(short, made, papers).check("stack.exceptions").outcome is Outcome.PASSED


def test_an_exception_that_is_taken_back_before_the_award_is_no_ground_for_it(short: World) -> None:
    (signed,) = adopt(short, exception(short))
    record, _ = weigh(short)
    short.bank.deciding.revoke(short.university.id, signed.signed.digest, reason="Too generous.")
    with pytest.raises(NotAdopted):
        award(short, record)


def test_a_waived_rule_is_waived_in_the_record_and_never_met(short: World) -> None:
    adopt(short, exception(short, kind="waive", bound=None, value=None))
    record, found = weigh(short)
    (view,) = [child for child in found.tree.children if child.path == "certificate/year-one"]
    assert view.status is Status.WAIVED
    assert "examination board" in view.sentence
    document: Any = record.document
    assert date.fromisoformat(document["result"]["exceptions"][0]["decided"]) == date(2026, 1, 15)
