"""Proofs that rest on exceptions: confirmed with them, and refused when one is missing, needless or somebody else's."""

import dataclasses
from typing import Any, ClassVar

import pytest
from exception_samples import exception, with_exceptions
from stacking_samples import LEARNER, facts_of, rules, setting_of, unit
from test_exceptions import CORE, UNITS, only, place, prove
from test_stacking_proof import BOUND_BY_THE_AWARD, fields, forgeries, put, resealed, slugs

from creditbank.canonical import canonical_json, load_object
from creditbank.framework import RuleException
from creditbank.stacking import (
    UnreadableProof,
    check,
    check_refutation,
    evaluate,
    read_proof,
    read_refutation,
    refutation_proof,
)

RULES = rules(
    [
        place("named", credits_at_least="3", where={"achievement": ["urn:old"]}),
        place("core", **only("core")),
        place("thesis", units_at_least=1, where={"category": ["thesis"]}),
        place("free", credits_at_least="3"),
        {"id": "cap", "title": "Cap", "kind": "limit", "over": "counted", "credits_at_most": "6", "per": "provider"},
    ]
)
"""Nothing of it holds for these units without the exceptions below; each of them is needed."""
HELD = [
    unit("new", "3", achievement="urn:new"),
    unit("c", "3", categories=["core"]),
    unit("d", "3", achievement="urn:d"),
    unit("f", "3", provider="b"),
    unit("blocked", "3", provider="b", categories=["thesis"]),
]
ALL = (
    exception(RULES, "substitute", "root", instead_of="urn:old", accepted=["urn:new"]),
    exception(RULES, "also-allow", "root/core", credential="urn:uuid:d"),
    exception(RULES, "change-limit", "root/cap", bound="credits_at_most", value="9"),
    exception(RULES, "waive", "root/thesis", valid_until="2026-12-31"),
    exception(RULES, "pin", "root/free", credential="urn:uuid:f"),
    exception(RULES, "block", "root", credential="urn:uuid:blocked"),
)
SETTING = with_exceptions(*ALL)


def refusals(proof: dict[str, Any], *exceptions: RuleException) -> set[str]:
    return set(slugs(proof, RULES, HELD, with_exceptions(*exceptions)))


def test_with_all_of_them_it_adds_up_and_is_confirmed() -> None:
    proof = prove(RULES, HELD, SETTING)
    assert slugs(proof, RULES, HELD, SETTING) == []
    assert [ref["id"] for ref in proof["exceptions"]] == sorted(one.id for one in ALL)
    assert {use["credential"]: use.get("exceptions") for use in proof["uses"]} == {
        "urn:uuid:new": ["sample-substitute"],
        "urn:uuid:c": None,
        "urn:uuid:d": ["sample-also-allow"],
        "urn:uuid:f": ["sample-pin"],
    }


def test_with_one_field_forged_it_is_refused_even_when_sealed_anew() -> None:
    proof = prove(RULES, HELD, SETTING)
    survivors = set()
    for path, value in fields(proof):
        if path[-1] == "seal":
            continue
        for forged in forgeries(value):
            if forged != value and not slugs(resealed(put(proof, path, forged)), RULES, HELD, SETTING):
                survivors.add(path)
    assert survivors == BOUND_BY_THE_AWARD


@pytest.mark.parametrize("left_out", ALL, ids=lambda one: one.kind)
def test_it_is_refused_when_one_of_them_is_not_at_hand(left_out: RuleException) -> None:
    proof = prove(RULES, HELD, SETTING)
    assert refusals(proof, *(one for one in ALL if one is not left_out))


@pytest.mark.parametrize("left_out", ALL, ids=lambda one: one.kind)
def test_it_is_refused_when_it_does_not_name_one_of_them(left_out: RuleException) -> None:
    proof = prove(RULES, HELD, SETTING)
    proof["exceptions"] = [ref for ref in proof["exceptions"] if ref["id"] != left_out.id]
    assert "other-exceptions" in refusals(resealed(proof), *ALL)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
@pytest.mark.parametrize(
    "change",
    [
        {"learner": "did:key:z6MkSomebodyElse"},
        {"by": "did:web:other.example"},
        {"decided": "2026-06-02"},
        {"valid_until": "2026-05-31"},
        {"rules": {"id": "sample", "version": "1", "digest": f"sha256:{'0' * 64}"}},
        {"reason": "Another reason."},
        {"decided_by": "somebody else"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_is_refused_with_another_text_of_one_of_them(one: RuleException, change: dict[str, Any]) -> None:
    proof = prove(RULES, HELD, SETTING)
    other = RuleException.model_validate(one.model_dump() | change)
    assert "other-exceptions" in refusals(proof, *(other if each is one else each for each in ALL))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("also-allow", {"credential": "urn:uuid:new"}),
        ("also-allow", {"node": "root/named"}),
        ("change-limit", {"value": "12"}),
        ("waive", {"node": "root/core"}),
        ("pin", {"credential": "urn:uuid:c"}),
        ("substitute", {"accepted": ["urn:d"]}),
    ],
)
def test_it_is_refused_with_another_value_of_one_of_them(kind: str, change: dict[str, Any]) -> None:
    proof = prove(RULES, HELD, SETTING)
    changed = [RuleException.model_validate(one.model_dump() | change) if one.kind == kind else one for one in ALL]
    assert refusals(proof, *changed)


def test_a_use_that_claims_an_exception_it_does_not_rest_on_is_refused() -> None:
    proof = prove(RULES, HELD, SETTING)
    for use in proof["uses"]:
        use["exceptions"] = sorted({*use.get("exceptions", []), "sample-waive"})
    assert "other-exceptions" in refusals(resealed(proof), *ALL)


def test_a_use_of_a_waived_place_is_refused() -> None:
    proof = prove(RULES, HELD, SETTING)
    proof["uses"][0]["node"] = "root/thesis"
    assert "wrong-place" in refusals(resealed(proof), *ALL)


def test_a_pinned_unit_in_another_place_is_refused() -> None:
    free = rules([place("one", credits_at_least="3"), place("two", credits_at_least="3")])
    pair = [unit("a"), unit("b")]
    proof = prove(free, pair, setting_of())
    assert [use["node"] for use in proof["uses"]] == ["root/one", "root/two"]
    setting = with_exceptions(exception(free, "pin", "root/two", credential="urn:uuid:a"))
    found = {fault.slug for fault in check(read_proof(proof), free, facts_of(pair), setting)}
    assert "other-exceptions" in found
    named = prove(free, pair, setting)
    for use, other in zip(named["uses"], ["root/one", "root/two"], strict=True):
        use["node"] = other
        use.pop("exceptions", None)
    assert "wrong-place" in slugs(resealed(named), free, pair, setting)


def test_an_empty_list_of_exceptions_is_no_way_to_write_a_proof() -> None:
    proof = prove(CORE, UNITS, with_exceptions(exception(CORE, "waive", "root/core")))
    for path in (("exceptions",), ("uses", 0, "exceptions"), ("totals", 0, "waived")):
        empty: Any = "" if path[-1] == "waived" else []
        with pytest.raises(UnreadableProof) as refusal:
            read_proof(resealed(put(proof, path, empty)))
        assert refusal.value.place == "/" + "/".join(map(str, path))


class TestANo:
    BLOCKED = (exception(CORE, "block", "root", credential="urn:uuid:y"), exception(CORE, "waive", "root/free"))
    NAMES: ClassVar[dict[str, str]] = {"id": "urn:uuid:no", "learner": LEARNER, "engine": "creditbank/0.1.0"}

    def deny(self) -> dict[str, Any]:
        setting = with_exceptions(*self.BLOCKED)
        return load_object(
            canonical_json(refutation_proof(evaluate(CORE, UNITS, setting), CORE, UNITS, setting, **self.NAMES))
        )

    def faults(self, proof: dict[str, Any], *exceptions: RuleException) -> list[str]:
        setting = with_exceptions(*exceptions)
        return [one.slug for one in check_refutation(read_refutation(proof), CORE, facts_of(UNITS), setting)]

    def test_names_the_exceptions_that_it_was_weighed_with(self) -> None:
        proof = self.deny()
        assert self.faults(proof, *self.BLOCKED) == []
        assert [ref["id"] for ref in proof["exceptions"]] == ["sample-block", "sample-waive"]

    def test_is_refused_without_them_and_with_one_more(self) -> None:
        proof = self.deny()
        more = exception(CORE, "also-allow", "root/core", credential="urn:uuid:x")
        for exceptions in ((), self.BLOCKED[:1], (*self.BLOCKED, more)):
            assert self.faults(proof, *exceptions) == ["other-exceptions"]

    def test_of_another_learners_exceptions_nothing_is_asked(self) -> None:
        other = exception(CORE, "waive", "root/core", id="other", learner="did:key:z6MkSomebodyElse")
        assert self.faults(self.deny(), *self.BLOCKED, other) == []

    def test_a_pin_on_a_unit_that_is_gone_is_named_and_proves_nothing(self) -> None:
        gone = dataclasses.replace(UNITS[0], revoked=True)
        setting = with_exceptions(exception(CORE, "pin", "root/core", credential="urn:uuid:c"))
        document = refutation_proof(
            evaluate(CORE, [gone, *UNITS[1:]], setting), CORE, [gone, *UNITS[1:]], setting, **self.NAMES
        )
        proof = read_refutation(load_object(canonical_json(document)))
        assert [ref.id for ref in proof.exceptions] == ["sample-pin"]
        assert [one.revoked for one in proof.candidates] == [True, False, False]
