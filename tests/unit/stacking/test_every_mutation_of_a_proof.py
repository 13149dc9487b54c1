"""No single field of a proof can be changed unnoticed: every mutation, at any depth, sealed anew or not.

A mutation that leaves the old seal is unreadable. One that is sealed anew is a fault, but for a few names that no rule
looks at: the award binds the bytes of its proof by digest, and these are all that this alone protects.
"""

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from exception_samples import exception, with_exceptions
from mutating import mutations, together
from stacking_samples import rules, setting_of, unit
from test_exit_ladders import diploma, free, held
from test_limits_within_places import half_here, taken
from test_proof_of_a_no import CASES as REFUSED
from test_proof_of_a_no import deny
from test_proof_of_a_no import slugs as slugs_of_a_no
from test_rules_over_attempts import MEAN, PASSED, SCALE, graded
from test_so_many_of_the_last import FIRST, SECOND, THIRD, away, here, residence
from test_stacking_against_wide_oracle import candidate, random_world, stated
from test_stacking_proof import CASES, prove, resealed, slugs

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Setting, evaluate

pytestmark = pytest.mark.slow

BOUND_BY_THE_AWARD = {("id",), ("award",), ("engine",), ("evaluation",)}
"""Names that no rule looks at. Everything else is confirmed from the rules, the facts and the setting."""
SAYS_NOTHING = {("uses", "another order"), ("attempted", "another order"), ("attempted", "an item less")}
"""The order of these lists says nothing; and nothing shows that an attempt was left out."""
KNOWN_TO_THE_LEDGER = {
    ("givesUp", "gone"),
    ("givesUp", "an item less"),
    ("givesUp", "another order"),
    ("givesUp", "*", "award"),
    ("givesUp", "*", "moves", "*", "amount"),
    ("givesUp", "*", "moves", "*", "credential"),
}
"""Which lower award holds how much of a unit stands in the bank's journal, and in no credential."""
TOLD_BY_A_NO = {("id",), ("engine",), ("evaluation",), ("conflict", "sentence")}
"""The same for the proof of a no: names, and the sentence for people."""
ANOTHER_PROOF = {"times", "another order"}
"""Bounds added up otherwise, or in another order, are another proof of the same no, and as good."""

Case = tuple[Qualification, list[Candidate], Setting]
Fields = set[tuple[str, ...]]


def excepted() -> Case:
    core = {"id": "core", "title": "Core", "kind": "requirement", "where": {"category": ["core"]}}
    document = rules([{**core, "credits_at_least": "6"}, {"id": "free", "title": "Free", "kind": "limit",
                      "over": "counted", "credits_at_least": "9"}])  # fmt: skip
    waive = exception(document, "waive", "root/free")
    also = exception(document, "also-allow", "root/core", achievement="urn:x")
    units = [unit("c", "3", categories=["core"]), unit("x", "3", categories=["other"], achievement="urn:x")]
    return document, units, with_exceptions(waive, also)


def attempted() -> Case:
    place = {"id": "p", "title": "P", "kind": "requirement", "where": PASSED, "credits_at_least": "3"}
    document = rules([place, {"id": "mean", "title": "Mean", "over": "attempted", **MEAN}], grading=SCALE)
    return document, [graded("a", "A"), graded("b", "F")], setting_of()


def inside(here: str) -> Case:
    return half_here(), taken(here, str(6 - int(here))), setting_of()


def of_the_last(late: str) -> Case:
    return residence("31"), [away("a", "1", FIRST), here("h", "24", SECOND), away("z", late, THIRD)], setting_of()


def taken_over() -> Case:
    return diploma("9"), [held("1"), held("2", "w2"), free("3")], setting_of()


@cache
def whole_vocabulary() -> list[Case]:
    """Random rules of all constructs that were met: with shared units first, then with the most uses and rules."""
    found = []
    for seed in range(7_000_000, 7_000_220):
        world, items, _ = random_world(seed)
        document, units = stated(world), [candidate(item) for item in items]
        answer = evaluate(document, units, setting_of())
        if answer.adds_up and answer.uses:
            shared = any(use.also for use in answer.uses)
            found.append((shared, len(answer.uses) * len(document.nodes()), seed, (document, units, setting_of())))
    found.sort(key=lambda one: one[:3], reverse=True)
    return [case for *_, case in found]


def survivors(document: dict[str, Any], faults: Callable[[dict[str, Any]], list[str]], unreadable: str) -> Fields:
    """The fields whose mutation, sealed anew, is confirmed. Under the old seal none of them can be read."""
    assert faults(document) == []
    found = set()
    for mutation in mutations(document):
        if len(mutation.path) > 2 and mutation.path[0] in ("uses", "inputs") and int(mutation.path[1]) % 7:
            continue  # every seventh of many uses stands for its like
        assert faults(mutation.document) == [unreadable], mutation[:2]
        if mutation.path != ("seal",) and not faults(resealed(mutation.document)):
            found.add(mutation.field)
    return found


@pytest.mark.parametrize(
    "case",
    [*CASES, excepted(), attempted(), inside("3"), of_the_last("6")],
    ids=["india", "korea", "shared", "excepted", "attempted", "within", "last"],
)
def test_no_field_of_a_proof_can_be_changed_unnoticed(case: Case) -> None:
    found = survivors(prove(*case), lambda proof: slugs(proof, *case), "unreadable-proof")
    assert found - SAYS_NOTHING == BOUND_BY_THE_AWARD


def test_of_awards_that_are_given_up_only_what_the_ledger_knows_could_be_changed() -> None:
    case = taken_over()
    found = survivors(prove(*case), lambda proof: slugs(proof, *case), "unreadable-proof")
    assert found - SAYS_NOTHING == BOUND_BY_THE_AWARD | KNOWN_TO_THE_LEDGER


@pytest.mark.parametrize("number", range(16))
def test_no_field_of_a_proof_by_any_construct_can_be_changed_unnoticed(number: int) -> None:
    case = whole_vocabulary()[number]
    found = survivors(prove(*case), lambda proof: slugs(proof, *case), "unreadable-proof")
    assert found - SAYS_NOTHING == BOUND_BY_THE_AWARD


@pytest.mark.parametrize(
    "case",
    [*REFUSED, inside("2"), of_the_last("7")],
    ids=["korea", "india", "shared", "odd", "tree", "excepted", "parts", "within", "last"],
)
def test_no_field_of_the_proof_of_a_no_can_be_changed_unnoticed(case: Case) -> None:
    found = survivors(deny(*case), lambda proof: slugs_of_a_no(proof, *case), "unreadable-refutation")
    assert {field for field in found if field[0] != "certificate"} == TOLD_BY_A_NO
    assert {field[-1] for field in found if field[0] == "certificate"} <= ANOTHER_PROOF


def meant(document: dict[str, Any]) -> str:
    """What a document says, without its names, the order of lists that says nothing, and how many times the bounds of a
    certificate are taken: these are its proof, and others may be as good.
    """
    named = ("id", "award", "engine", "evaluation", "seal")
    said = {name: value for name, value in document.items() if name not in named}
    said |= {name: sorted(said[name], key=str) for name in ("uses", "attempted") if name in said}
    if "conflict" in said:
        said["conflict"] = said["conflict"] | {"sentence": ""}
        said["certificate"] = [
            {"sum": [one | {"times": 0} for one in step["sum"]]} if "sum" in step else step
            for step in said["certificate"]
        ]
    return str(said)


@pytest.mark.parametrize(
    "case", [*CASES, excepted(), attempted()], ids=["india", "korea", "shared", "excepted", "attempted"]
)
def test_no_fields_of_a_proof_that_fit_one_another_can_be_changed_unnoticed(case: Case) -> None:
    """An amount with its sum, a digest with its credential, a place with its total: two to four of them at once."""
    proof, chance = prove(*case), random.Random(len(case[1]))
    forged = [together(proof, chance) for _ in range(300)]
    found = [one for one in forged if meant(one) != meant(proof) and not slugs(resealed(one), *case)]
    assert len({meant(one) for one in forged}) > 200
    assert found == []


@pytest.mark.parametrize("case", REFUSED, ids=["korea", "india", "shared", "odd", "tree", "excepted", "parts"])
def test_no_fields_of_the_proof_of_a_no_that_fit_one_another_can_be_changed_unnoticed(case: Case) -> None:
    proof, chance = deny(*case), random.Random(len(case[1]))
    forged = [together(proof, chance) for _ in range(300)]
    found = [one for one in forged if meant(one) != meant(proof) and not slugs_of_a_no(resealed(one), *case)]
    assert len({meant(one) for one in forged}) > 150
    assert found == []
