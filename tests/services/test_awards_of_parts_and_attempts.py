"""An award that counts the parts of one credential, and one by rules over everything attempted: ledger, chain, kit."""

from typing import Any

import pytest
from ladders import sound
from worlds import World, spent_on_chain, unit

from creditbank.adapters.catalogue import Catalogue
from creditbank.canonical import load_object
from creditbank.framework import Qualification
from creditbank.services.evaluating import EvaluationChanged
from creditbank.services.records import AwardRecord, AwardState
from creditbank.stacking import read_proof
from creditbank.units import Credits
from creditbank.verification import ARCHIVAL, Rules, verify_award

WHOLE = unit("whole", 8, name="A bundle")


def place(name: str, category: str) -> dict[str, object]:
    where = {"where": {"category": [f"sample:{category}"]}}
    return {"id": name, "title": name.title(), "kind": "requirement", "credits_at_least": "4", **where}


def ruled(id: str, of: list[dict[str, object]], **more: object) -> Qualification:
    return Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": id,
            "version": "1",
            "title": f"Sample {id}",
            "framework": "in-ncrf",
            "credit_system": "in-ncrf",
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "Made for tests.",
            "sources": [{"name": "made for tests"}],
            "admits": {"frameworks": ["in-ncrf"]},
            "requires": {"id": "root", "title": "All of it", "kind": "all", "of": of},
            **more,
        }
    )


PARTS = [
    {"id": name, "achievement": f"urn:sample:{name}", "credits": "4", "categories": [f"sample:{name}"]}
    for name in ("data", "law")
]
BUNDLE = {"bundles": [{"id": "bundle", "achievement": WHOLE.id, "parts": PARTS}]}
TRIES: dict[str, object] = {"id": "tries", "title": "Tries", "kind": "limit", "over": "attempted", "units_at_most": 2}
ANY: dict[str, object] = {"id": "any", "title": "Any", "kind": "requirement", "credits_at_least": "4"}
OWN = {
    "sample-both": ruled("sample-both", [place("data", "data"), place("law", "law")], **BUNDLE),
    "sample-one": ruled("sample-one", [place("law", "law")], **BUNDLE),
    "sample-tries": ruled("sample-tries", [ANY, TRIES]),
}


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Catalogue.qualification

    def known(self: Catalogue, id: str, version: str | None = None) -> Qualification:
        return OWN.get(id) or real(self, id, version)

    monkeypatch.setattr(Catalogue, "qualification", known)


def weighed(world: World, qualification: str) -> str:
    record, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification=qualification, organisation=world.university.id, catalogue=False
    )
    assert evaluation.adds_up
    return record.id


def awarded(world: World, qualification: str) -> AwardRecord:
    return world.bank.awarding.award(qualification, evaluation=weighed(world, qualification), by=world.university.id)


def carried(world: World, award: AwardRecord) -> set[object]:
    """The credentials of an award's kit, by id."""
    files = world.bank.kits.of_award(award).files
    held = [name for name in files if name.startswith("credentials/") and "receipt" not in name]
    return {load_object(files[name])["id"] for name in held}


def rechecked(world: World, award: AwardRecord) -> dict[str, str]:
    """What a stranger finds who is given the award and the credentials of its kit."""
    assert award.signed is not None
    files = world.bank.kits.of_award(award).files
    units = [data for name, data in files.items() if name.startswith("credentials/") and "receipt" not in name]
    known = world.bank.catalogue.documents.values()
    report = verify_award(
        award.signed,
        award.proof,
        units,
        Rules(own=(*OWN.values(), *(one for versions in known for one in versions))),
        world.bank.verifying.evidence([load_object(item) for item in (award.signed, *units)]),
        policy=ARCHIVAL,
        now=world.bank.clock.now(),
    )
    return {check.name: str(check.outcome) for check in report.checks}


def bundle(world: World) -> None:
    world.publish(WHOLE)
    world.issue(WHOLE, "whole")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()


def test_the_parts_of_a_credential_are_spent_together_from_its_one_lot(world: World) -> None:
    bundle(world)
    award = awarded(world, "sample-both")
    assert award.state is AwardState.POSTED
    assert [amount for _, amount in award.uses] == [Credits.parse("8")]
    assert spent_on_chain(world, award) == [8000]
    assert [use.part for use in read_proof(load_object(award.proof or b"")).uses] == ["data", "law"]
    assert sound(world)
    assert len(carried(world, award)) == 1
    told = rechecked(world, award)
    assert told["stack.arithmetic"] == told["award.spent"] == "passed"


def test_of_a_bundle_that_was_partly_spent_nothing_counts_again(world: World) -> None:
    bundle(world)
    award = awarded(world, "sample-one")
    assert [amount for _, amount in award.uses] == [Credits.parse("4")]
    _, evaluation = world.bank.evaluating.evaluate(
        learner=world.learner.id, qualification="sample-both", organisation=world.university.id, catalogue=False
    )
    assert not evaluation.adds_up
    assert [item.slug for item in evaluation.not_counted] == ["partly-used"]
    assert sound(world)


def test_a_kit_carries_every_attempted_credential_and_only_what_counts_is_spent(world: World) -> None:
    world.fill(2)
    award = awarded(world, "sample-tries")
    proof = read_proof(load_object(award.proof or b""))
    assert (len(proof.uses), len(proof.attempted)) == (1, 2)
    assert [amount for _, amount in award.uses] == [Credits.parse("4")]
    assert carried(world, award) == set(proof.named.values())
    assert len(carried(world, award)) == 2
    told = rechecked(world, award)
    assert told["stack.credentials"] == told["stack.arithmetic"] == told["award.spent"] == "passed"


def test_an_attempted_unit_that_is_revoked_meanwhile_stops_the_award(world: World) -> None:
    issued = world.fill(2)
    evaluation = weighed(world, "sample-tries")
    with world.bank.store.transaction() as tx:
        document: Any = tx.get_evaluation(evaluation).document
    used = {use["credential"] for use in document["result"]["uses"]}
    other = next(one for one in issued if one.id not in used)
    world.bank.issuing.revoke(other.id, by=world.university.id, reason="a mistake")
    with pytest.raises(EvaluationChanged):
        world.bank.awarding.award("again", evaluation=evaluation, by=world.university.id)
