"""The stacking proof and its checker: every sum of the engine is confirmed, and every forged field is found."""

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from stacking_samples import (
    LEARNER,
    acbs,
    acbs_learner,
    conversion,
    facts_of,
    recognition,
    rules,
    setting_of,
    ug_certificate,
    unit,
)
from test_documents_behind_rules import acceptance, register
from test_indian_certificate import european, indian, thirty_six

from creditbank.canonical import canonical_json, digest_text, json_digest, load_object
from creditbank.credential import Level
from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    NothingToProve,
    Setting,
    UnreadableProof,
    check,
    evaluate,
    read_proof,
    recount,
    stacking_proof,
)

INDIA = setting_of(conversions=[conversion()], recognitions=[recognition("urn:achievement:europe")])
BOUND_BY_THE_AWARD = {("id",), ("award",), ("engine",), ("evaluation",)}
"""Names that no rule looks at: the award that binds the proof's bytes vouches for them."""


def prove(qualification: Qualification, candidates: list[Candidate], setting: Setting) -> dict[str, Any]:
    found = evaluate(qualification, candidates, setting)
    document = stacking_proof(
        found,
        qualification,
        candidates,
        setting,
        id="urn:uuid:proof",
        award="urn:uuid:award",
        learner=LEARNER,
        engine="creditbank/0.1.0",
    )
    return load_object(canonical_json(document))


def slugs(
    document: dict[str, Any], qualification: Qualification, candidates: list[Candidate], setting: Setting
) -> list[str]:
    try:
        proof = read_proof(document)
    except UnreadableProof as refusal:
        return [refusal.slug]
    return [fault.slug for fault in check(proof, qualification, facts_of(candidates), setting)]


def resealed(document: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in document.items() if name != "seal"}
    return {**plain, "seal": digest_text(json_digest(plain))}


def fields(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from fields(child, (*path, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from fields(child, (*path, index))
    else:
        yield path, value


def forgeries(value: Any) -> list[Any]:
    """Other values that look right for a field."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, 0 if value else 7]
    if value is None:
        return ["sample-ects-to-ncrf", "sample-recognition", "nobody"]
    if value.startswith("sha256:"):
        return ["sha256:" + "0" * 64]
    if value.replace(".", "").isdigit():
        return [str(int(float(value)) + 1), "0", "0.001"]
    if value[:2] == "20" and len(value) == 10:
        return ["2026-06-02", "2026-05-31"]
    return [value + "x", "", None]


def put(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    forged = copy.deepcopy(document)
    at: Any = forged
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return forged


SHARED = rules(
    [
        {"id": f"p{index}", "title": f"P{index}", "kind": "requirement", "credits_at_least": "6", "confidence": "L"}
        for index in range(2)
    ],
    admits={"accredited": True},
    sharing=[{"id": "both", "title": "Both", "between": ["p0", "p1"]}],
)
CASES = [
    (ug_certificate(), [*thirty_six(), european()], INDIA),
    (acbs(), acbs_learner(35, 12), setting_of()),
    (
        SHARED,
        [unit("a"), unit("b")],
        dataclasses.replace(setting_of(), register=register(), acceptances=(acceptance(SHARED),)),
    ),
]


@pytest.mark.parametrize(("qualification", "candidates", "setting"), CASES, ids=["india", "korea", "shared"])
class TestEveryProof:
    def test_is_confirmed(self, qualification: Qualification, candidates: list[Candidate], setting: Setting) -> None:
        assert slugs(prove(qualification, candidates, setting), qualification, candidates, setting) == []

    def test_with_one_field_forged_is_refused_even_when_sealed_anew(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = prove(qualification, candidates, setting)
        survivors = set()
        for path, value in fields(proof):
            if path[0] == "uses" and path[1] % 6:  # every sixth use stands for its like
                continue
            for other in forgeries(value):
                if other == value:
                    continue
                forged = put(proof, path, other)
                assert slugs(forged, qualification, candidates, setting) == ["unreadable-proof"]
                if path != ("seal",) and slugs(resealed(forged), qualification, candidates, setting) == []:
                    survivors.add(path)
        assert survivors == BOUND_BY_THE_AWARD

    def test_with_a_use_left_out_or_repeated_is_refused(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = prove(qualification, candidates, setting)
        for name in ("uses", "totals", "frameworks", "conversions", "recognitions", "acceptances", "registers"):
            for index in range(len(proof.get(name, ()))):
                shorter = put(proof, (name,), proof[name][:index] + proof[name][index + 1 :])
                longer = put(proof, (name,), [*proof[name], proof[name][index]])
                assert slugs(resealed(shorter), qualification, candidates, setting)
                assert slugs(resealed(longer), qualification, candidates, setting)

    def test_with_a_field_missing_or_added_cannot_be_read(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = prove(qualification, candidates, setting)
        for name in proof:
            with pytest.raises(UnreadableProof):  # what is left out at will is missed by the seal
                read_proof({key: value for key, value in proof.items() if key != name})
        with pytest.raises(UnreadableProof, match="does not belong here"):
            read_proof({**proof, "note": "trust me"})

    def test_does_not_hold_for_changed_facts(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = read_proof(prove(qualification, candidates, setting))
        facts = facts_of(candidates)
        first = next(iter(facts))
        for change in (
            {"credential": "urn:uuid:other"},
            {"subject": "did:key:zSomebodyElse"},
            {"credits": dataclasses.replace(facts[first].credits, system="elsewhere")},
            {"first_issue": next(reversed(facts.values())).first_issue},
            {"earned": setting.date.replace(year=2027)},
            {"level": Level("nowhere", "1")},
        ):
            changed = {**facts, first: dataclasses.replace(facts[first], **change)}
            assert check(proof, qualification, changed, setting), change
        assert check(proof, qualification, {}, setting)

    def test_does_not_hold_under_other_rules_or_in_another_setting(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = read_proof(prove(qualification, candidates, setting))
        facts = facts_of(candidates)
        reworded = qualification.model_copy(update={"summary": "Something else."})
        refused = "indicative-rules" if qualification is SHARED else "other-rules"  # no other text was accepted
        assert [fault.slug for fault in check(proof, reworded, facts, setting)] == [refused]
        later = dataclasses.replace(setting, date=setting.date.replace(month=7))
        assert "other-date" in [fault.slug for fault in check(proof, qualification, facts, later)]
        other = dataclasses.replace(setting, awarding="did:web:somebody.example")
        assert "other-body" in [fault.slug for fault in check(proof, qualification, facts, other)]
        early = dataclasses.replace(setting, date=setting.date.replace(year=2001))
        assert [fault.slug for fault in check(proof, qualification, facts, early)] == ["rules-not-in-force"]


def test_a_proof_names_exactly_the_documents_it_rests_on() -> None:
    document = prove(ug_certificate(), [*thirty_six(), european()], INDIA)
    assert [ref["id"] for ref in document["frameworks"]] == ["in-ncrf"]
    assert [ref["id"] for ref in document["conversions"]] == ["sample-ects-to-ncrf"]
    assert [ref["id"] for ref in document["recognitions"]] == ["sample-recognition"]
    swapped = dataclasses.replace(INDIA, conversions=(conversion(source="Another text"),))
    faults = check(read_proof(document), ug_certificate(), facts_of([*thirty_six(), european()]), swapped)
    assert [fault.slug for fault in faults] == ["other-conversions"]


def test_only_a_yes_can_be_proven() -> None:
    candidates = thirty_six()
    found = evaluate(ug_certificate(), candidates, INDIA)
    with pytest.raises(NothingToProve, match="does not add up"):
        stacking_proof(found, ug_certificate(), candidates, INDIA, id="p", award="a", learner=LEARNER, engine="e")


def test_a_yes_cannot_be_proven_for_somebody_else() -> None:
    candidates = [indian(f"own{index}", own=True) for index in range(10)]
    found = evaluate(ug_certificate(), candidates, INDIA)
    with pytest.raises(NothingToProve, match="was not issued to did:key:zOther"):
        stacking_proof(
            found, ug_certificate(), candidates, INDIA, id="p", award="a", learner="did:key:zOther", engine="e"
        )


def test_the_place_of_what_is_unreadable_is_a_json_pointer() -> None:
    document = prove(acbs(), acbs_learner(35, 12), setting_of())
    with pytest.raises(UnreadableProof) as refusal:
        read_proof(put(document, ("uses", 3, "amount"), "3.0"))
    assert refusal.value.place == "/uses/3/amount"
    with pytest.raises(UnreadableProof) as refusal:
        read_proof(put(document, ("document",), "creditbank/receipt/v1"))
    assert refusal.value.place == "/document"


def forged_use(index: int, **changes: Any) -> list[str]:
    """The faults of a small stack in which one use is changed."""
    qualification = rules(
        [
            {"id": "x", "title": "X", "kind": "requirement", "where": {"category": ["x"]}, "credits_at_least": "3"},
            {"id": "y", "title": "Y", "kind": "requirement", "credits_at_least": "3"},
        ]
    )
    candidates = [unit("a", categories=["x"], content="k"), unit("b", categories=["y"], content="k2")]
    document = prove(qualification, candidates, setting_of())
    for name, value in changes.items():
        document["uses"][index][name] = value
    return slugs(resealed(document), qualification, candidates, setting_of())


def test_each_forged_use_is_refused_by_name() -> None:
    assert forged_use(0) == []
    assert "part-of-unit" in forged_use(0, amount="2", counted="2")
    assert "wrong-amount" in forged_use(0, amount="4", counted="4")
    assert "wrong-amount" in forged_use(0, amount="0", counted="0")
    assert "wrong-use" in forged_use(0, counted="4")
    assert "wrong-place" in forged_use(1, node="root/x")
    assert "wrong-place" in forged_use(1, node="root")
    assert "unknown-credential" in forged_use(0, digest="sha256:" + "1" * 64)
    assert "needless-decision" in forged_use(0, conversion="sample-ects-to-ncrf")


def test_the_same_content_twice_is_refused() -> None:
    qualification = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"}])
    honest = [unit("a", content="k"), unit("b", content="other")]
    bigger = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}])
    proof = read_proof(prove(bigger, honest, setting_of()))
    same = {digest: dataclasses.replace(facts, content="k") for digest, facts in facts_of(honest).items()}
    assert [fault.slug for fault in check(proof, bigger, same, setting_of())] == ["same-content"]
    assert evaluate(qualification, [unit("a", content="k"), unit("b", content="k")], setting_of()).adds_up


def test_the_checker_adds_up_a_policys_share_by_itself() -> None:
    candidates = [*thirty_six(), european()]
    uses = evaluate(ug_certificate(), candidates, INDIA).uses  # 5 of 41 credits come through the policy
    for share, faults in (("1/8", []), ("1/9", ["policy-share"])):
        setting = dataclasses.replace(INDIA, conversions=(conversion(max_share=share),))
        found = recount(ug_certificate(), uses, facts_of(candidates), setting)
        assert [fault.slug for fault in found.faults] == faults


def test_of_several_versions_of_a_policy_the_last_in_force_counts() -> None:
    candidates = [*thirty_six(), european()]
    versions = [
        conversion(version="2", valid_from="2024-01-01", ratio="2/3"),
        conversion(version="1"),
        conversion(version="3", valid_from="2027-01-01", ratio="1/1"),
        conversion(id="another", from_system="uk", version="9", valid_from="2025-01-01"),
    ]
    setting = dataclasses.replace(INDIA, conversions=tuple(versions))
    [use] = [use for use in evaluate(ug_certificate(), candidates, setting).uses if use.conversion]
    assert (use.conversion, str(use.counted)) == ("sample-ects-to-ncrf", "4")
    document = prove(ug_certificate(), candidates, setting)
    assert [ref["version"] for ref in document["conversions"]] == ["2"]


def test_of_several_decisions_the_awarding_bodys_own_then_the_latest_counts() -> None:
    candidates = [*thirty_six(), european()]
    decisions = [
        recognition("urn:achievement:europe", id="old"),
        recognition("urn:achievement:europe", id="new", decided="2026-01-01"),
        recognition("urn:achievement:europe", id="foreign", by="did:web:b.example", decided="2026-05-01"),
        recognition("urn:achievement:europe", id="next-year", decided="2027-01-01"),
    ]
    setting = dataclasses.replace(INDIA, recognitions=tuple(decisions))
    document = prove(ug_certificate(), candidates, setting)
    assert [ref["id"] for ref in document["recognitions"]] == ["new"]


def test_only_the_rules_that_keep_the_whole_from_holding_are_faults() -> None:
    def need(name: str, category: str) -> dict[str, Any]:
        where = {"category": [category]}
        return {"id": name, "title": name, "kind": "requirement", "where": where, "credits_at_least": "3"}

    either = {"id": "either", "title": "Either", "kind": "any", "of": [need("x", "x"), need("y", "y")]}
    both = rules([either, need("z", "z")])
    candidates = [unit("a", categories=["x"]), unit("b", categories=["w"])]
    uses = evaluate(rules([either]), candidates, setting_of()).uses
    faults = recount(both, uses, facts_of(candidates), setting_of()).faults
    assert [(fault.slug, fault.node) for fault in faults] == [("rule-not-met", "root/z")]
    nothing = recount(both, [], {}, setting_of()).faults
    assert [fault.node for fault in nothing] == ["root/either/x", "root/either/y", "root/z"]
