"""A unit is published only when it keeps the template it names, and reviewed where the template asks for that."""

from typing import Any

import pytest
from sample_reviews import review_bytes
from sample_templates import fitting
from sample_units import unit_bytes, unit_with

from creditbank.canonical import digest_text
from creditbank.framework import DocumentFaults, UnitDocument, document_digest, load_document
from creditbank.services.drafting import NotACoherenceReview

DID = "did:web:u.sample.example"
OURS: dict[str, Any] = {"awarding_body": DID, "provider": DID}


def of_template(id: str, version: str, **changes: Any) -> UnitDocument:
    return fitting(id, **OURS, template={"id": id, "version": version}, **changes)


def refused(world, unit: UnitDocument, review: bytes | None = None) -> list[str]:
    with pytest.raises(DocumentFaults) as caught:
        world.bank.drafting.publish_unit(world.university.id, unit_bytes(unit), "unit.json", review=review)
    assert world.bank.drafting.versions(unit.id) == []
    told = [f"{fault.slug} {fault.path}" for fault in caught.value.faults]
    assert told == [
        f"{fault.slug} {fault.path}"
        for fault in world.bank.drafting.check(unit_bytes(unit), "unit.json", review=review)
    ]
    return told


def test_a_unit_that_keeps_its_template_is_published(world):
    unit = of_template("eu-micro-credential", "2022")
    made = world.bank.drafting.publish_unit(world.university.id, unit_bytes(unit))
    assert made.unit_digest == document_digest(unit)


def test_a_unit_that_does_not_keep_its_template_is_refused_with_the_place(world):
    unit = of_template("emc-cmf", "2019", workload="PT151H", workload_explained="Much reading.")
    assert refused(world, unit) == ["template-at-most workload"]
    without = unit_with(**{**OURS, "workload": "PT151H", "workload_explained": "Much reading.", "template": None})
    assert world.bank.drafting.publish_unit(world.university.id, unit_bytes(without))


def test_a_template_that_is_not_known_in_this_version_is_refused(world):
    assert refused(world, of_template("emc-cmf", "2020")) == ["unknown-template template"]
    unknown = fitting("emc-cmf", **OURS, template={"id": "nobodys", "version": "1"})
    assert refused(world, unknown) == ["unknown-template template"]


def test_a_template_that_asks_for_a_review_waits_for_one(world):
    unit = of_template("unesco-three-dimensions", "2023")
    assert refused(world, unit) == ["template-coherence-review "]
    review = review_bytes(unit)
    made = world.bank.drafting.publish_unit(world.university.id, unit_bytes(unit), review=review)
    with world.bank.store.transaction() as tx:
        (kept,) = tx.documents("coherence-review")
    assert kept.content == review
    assert kept.id == digest_text(document_digest(load_document(review)))
    assert made.unit_digest is not None
    assert digest_text(made.unit_digest).encode() in kept.content


@pytest.mark.parametrize(
    "changes",
    [
        {"conclusion": "open"},
        {"conclusion": "not coherent"},
        {"findings": [{"item": "interaction", "finding": "disagrees", "text": "Peers never meet."}]},
    ],
    ids=["open", "not coherent", "objection"],
)
def test_a_review_that_does_not_find_it_coherent_is_none(world, changes):
    unit = of_template("unesco-three-dimensions", "2023")
    assert refused(world, unit, review_bytes(unit, **changes)) == ["template-coherence-review "]


def test_a_review_of_an_earlier_text_is_refused_even_where_none_is_asked_for(world):
    before = of_template("unesco-three-dimensions", "2023")
    after = of_template("unesco-three-dimensions", "2023", title="Describing Data Differently")
    assert refused(world, after, review_bytes(before)) == ["review-of-another-text "]
    free = fitting("eu-micro-credential", **OURS)
    assert refused(world, free, review_bytes(before)) == ["review-of-another-text "]


def test_what_is_no_review_is_not_taken_for_one(world):
    unit = of_template("eu-micro-credential", "2022")
    with pytest.raises(NotACoherenceReview):
        world.bank.drafting.publish_unit(world.university.id, unit_bytes(unit), review=unit_bytes(unit))
