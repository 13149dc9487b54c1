"""Certificates of a no: found wherever there is no answer, confirmed by additions, and never there for a yes."""

import dataclasses
import random
from typing import Any

import pytest
from stacking_oracle import fewest_credits
from stacking_samples import rules, setting_of, unit
from test_stacking_against_oracle import candidate as narrow_candidate
from test_stacking_against_oracle import random_instance, recognised
from test_stacking_against_oracle import stated as narrow_stated
from test_stacking_against_wide_oracle import candidate, random_world, stated
from wide_oracle import fewest_credits as wide_fewest
from wide_oracle import smallest_gap

from creditbank.stacking.certificate import Branch, Branching, Further, Ground, Proof, Weights, confirms, contradicts
from creditbank.stacking.gap import closest, proves_gap
from creditbank.stacking.refutation import Certificate, refute
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build

WORK = 20_000


def refuted(problem: Any, **more: Any) -> Certificate | None:
    return refute(problem, Effort(WORK), **more)


@pytest.mark.parametrize("chunk", range(8))
def test_whatever_has_no_answer_has_a_certificate_and_whatever_has_one_has_none(chunk: int) -> None:
    for seed in range(40_000 + chunk * 25, 40_000 + chunk * 25 + 25):
        world, items, _ = random_world(seed)
        problem, _ = build(stated(world), [candidate(item) for item in items], setting_of())
        certificate = refuted(problem)
        assert (certificate is not None) == (wide_fewest(world, items) is None), seed


@pytest.mark.parametrize("chunk", range(4))
def test_partial_and_converted_units_too(chunk: int) -> None:
    for seed in range(50_000 + chunk * 25, 50_000 + chunk * 25 + 25):
        instance, _ = random_instance(seed)
        qualification, setting = narrow_stated(instance)
        candidates = [narrow_candidate(thing) for thing in instance.things]
        problem, _ = build(qualification, candidates, recognised(instance, setting, candidates))
        certificate = refuted(problem)
        assert (certificate is not None) == (fewest_credits(instance) is None), seed


@pytest.mark.parametrize("chunk", range(6))
def test_the_smallest_gap_is_proven_by_refuting_a_smaller_one(chunk: int) -> None:
    for seed in range(60_000 + chunk * 20, 60_000 + chunk * 20 + 20):
        world, items, _ = random_world(seed)
        if wide_fewest(world, items) is not None:
            continue
        problem, _ = build(stated(world), [candidate(item) for item in items], setting_of())
        gap = smallest_gap(world, items)
        if gap is None:
            assert refuted(problem, further=Further(100_000, 100)) is not None, seed
            continue
        credits, units = gap
        if credits:
            assert refuted(problem, further=Further(credits - 1, 100)) is not None, seed
        if units:
            assert refuted(problem, further=Further(credits, units - 1)) is not None, seed
        assert refuted(problem, further=Further(credits, units)) is None, seed


@pytest.mark.parametrize(("asked", "whole"), [(("2", "2"), True), (("2.5", "1.5"), False)])
def test_of_three_and_a_half_further_credits_three_help_where_all_is_in_whole_credits(
    asked: tuple[str, str], whole: bool
) -> None:
    places = [
        {"id": id, "title": id, "kind": "requirement", "credits_at_least": own}
        for id, own in zip("ab", asked, strict=True)
    ]
    problem, _ = build(rules(places), [], setting_of())
    ground = Ground(problem, Further(3_500, 0))
    thrice = dict(zip(ground.gauges, (3, 2), strict=True))
    assert [gauge.least for gauge in ground.gauges.values()] == ([2_000, 2_000] if whole else [2_500, 1_500])
    assert contradicts(ground, thrice, Branch()) is whole  # 3 x 2 + 2 x 2 = 10 is more than 3 x 3, less than 3 x 3.5
    assert not contradicts(Ground(problem, Further(4_000, 0)), thrice, Branch())
    assert refuted(problem, further=Further(3_500, 0)) is not None
    assert refuted(problem, further=Further(4_000, 0)) is None


def test_two_places_that_share_two_units_are_one_sum() -> None:
    three = [
        {"id": f"r{index}", "title": f"R{index}", "kind": "requirement", "units_at_least": 1} for index in range(3)
    ]
    problem, _ = build(rules(three), [unit("a"), unit("b")], setting_of())
    certificate = refuted(problem)
    assert certificate is not None
    assert certificate.proof == Weights({f"root/r{index}[] entire at least": 1 for index in range(3)})
    assert certificate.rules == ("root/r0", "root/r1", "root/r2")


def test_a_certificate_of_some_rules_rests_on_no_others() -> None:
    """Two things are wrong at once: too few credits, and too few providers. Each is proven without the other."""
    of = [
        {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "9"},
        {"id": "y", "title": "Y", "kind": "limit", "over": "counted", "per": "provider", "distinct_at_least": 3},
    ]
    problem, _ = build(rules(of), [unit("a"), unit("b")], setting_of())
    for rule in ("root/x", "root/y"):
        certificate = refuted(problem, rules=frozenset({rule}))
        assert certificate is not None
        assert set(certificate.rules) <= {rule}
    enough, _ = build(rules(of), [unit(name) for name in "abc"], setting_of())
    assert refuted(enough, rules=frozenset({"root/x"})) is None
    assert refuted(enough, rules=frozenset({"root/y"})) is not None


@pytest.mark.parametrize("where", [{}, {"where": {"category": ["t:x"]}}])
@pytest.mark.parametrize("whole", [True, False])
def test_portions_that_these_units_cannot_reach_are_left_to_further_units(whole: bool, where: dict[str, Any]) -> None:
    """Two units of one provider reach one portion, so a third unit comes, and of the two only one has room beside it.

    What the units reach is not what their number reaches: a count of units alone would see two portions.
    """
    of = [
        {"id": "p", "title": "P", "kind": "requirement", "credits_at_least": "6"},
        {
            "id": "d",
            "title": "D",
            "kind": "limit",
            "over": "counted",
            **where,
            "per": "provider",
            "distinct_at_least": 2,
        },
        {"id": "s", "title": "S", "kind": "limit", "over": "counted", "units_at_most": 2},
    ]
    units = [unit("a", "3", categories=["t:x"]), unit("b", "0.5", categories=["t:x"])]
    problem, _ = build(rules(of, admits={"whole_units": whole}), units, setting_of())
    near = closest(problem, Effort(WORK), Effort(0)).answer
    assert near is not None
    assert (near.extra_credits, near.extra_units) == (3000, 1)
    assert proves_gap(problem, near, Effort(WORK))
    assert refuted(problem, further=Further(3000, 1)) is None


def parts(proof: Proof) -> list[Proof]:
    return [proof] + [part for way in proof.ways for part in parts(way)] if isinstance(proof, Branching) else [proof]


def odd_sum() -> Any:
    """Exactly seven of units worth two each: no sum shows it, a branching does."""
    need = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "7", "credits_at_most": "7"}
    return build(rules([need]), [unit(name, "2") for name in "abcdef"], setting_of())[0]


def test_where_no_sum_will_do_the_proof_branches_and_every_part_of_it_is_needed() -> None:
    problem = odd_sum()
    certificate = refuted(problem)
    assert certificate is not None
    assert isinstance(certificate.proof, Branching)
    ground = Ground(problem)
    assert confirms(ground, certificate.proof)
    for way in certificate.proof.ways:
        assert not confirms(ground, way), "half a proof proves nothing"
    lame = dataclasses.replace(certificate.proof, ways=certificate.proof.ways[:1])
    assert not confirms(ground, lame)
    twice = dataclasses.replace(certificate.proof, ways=(certificate.proof.ways[0],) * 2)
    assert not confirms(ground, twice)


@pytest.mark.parametrize(
    "proof",
    [
        Weights({}),
        Weights({"root/x[] credits at least": 1}),
        Weights({"root/x[] credits at least": 1, "root/x[] credits at most": 1}),
        Weights({"root/x[] credits at least": -1}),
        Weights({"root/y[] credits at least": 1}),
        Branching("rule", (Weights({}), Weights({})), node="root/x"),
        Branching("place", (Weights({}), Weights({})), node="root/x", unit=99),
        Branching("count", (Weights({}), Weights({})), unit=0, number=2),
        Branching("case", (Weights({}),), node="root/x"),
        Branching("portion", (Weights({}), Weights({})), node="root/x", portion="a"),
        Branching("luck", (Weights({}), Weights({}))),
    ],
)
def test_what_proves_nothing_is_not_confirmed(proof: Proof) -> None:
    assert not confirms(Ground(odd_sum()), proof)


@pytest.mark.parametrize("times", [1, 2**53 - 1, 10**30, 10**300, 10**4_000])
def test_no_number_of_times_however_large_refutes_what_holds(times: int) -> None:
    hardly_online = {"id": "online", "title": "Online", "kind": "limit", "over": "counted", "share_at_most": "1/9999"}
    qualification = rules(
        [
            {**hardly_online, "where": {"mode": ["online"]}},
            {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"},
        ]
    )
    units = [unit("own", "900000"), *(unit(f"web-{n}", "900000", mode="online") for n in range(20))]
    problem, _ = build(qualification, units, setting_of())
    ground = Ground(problem)
    assert len(ground.gauges) == 2
    for key in ground.gauges:
        assert not confirms(ground, Weights({key: times}))


@pytest.mark.parametrize("seed", range(40))
def test_no_proof_however_it_is_altered_refutes_a_problem_that_has_an_answer(seed: int) -> None:
    """A sound checker: proofs of one problem, and random ones, against another that has an answer."""
    chance = random.Random(seed)
    for number in range(70_000 + seed * 5, 70_000 + seed * 5 + 5):
        world, items, _ = random_world(number)
        if wide_fewest(world, items) is None:
            continue
        problem, _ = build(stated(world), [candidate(item) for item in items], setting_of())
        ground = Ground(problem)
        for _ in range(20):
            assert not confirms(ground, random_proof(chance, ground, 3)), number


def random_proof(chance: random.Random, ground: Ground, depth: int) -> Proof:
    problem = ground.problem
    if depth == 0 or chance.random() < 0.3:
        keys = [*ground.gauges, *(f"{rule.node} case" for rule in problem.alternatives)]
        return Weights({key: chance.choice([0, 1, 1, 2, 5, 1000]) for key in keys if chance.random() < 0.6})
    about = chance.choice(["rule", "place", "count", "case", "portion"])
    node, index, number, portion, ways = "", -1, 0, "", 2
    if about == "rule":
        node = chance.choice([path for path, _ in problem.qualification.nodes()])
    elif about in ("place", "count") and problem.units:
        index = chance.randrange(len(problem.units))
        node = chance.choice(problem.places[index] or ("root",)) if about == "place" else ""
        number = chance.randint(1, problem.units[index].steps) if about == "count" else 0
    elif about == "case" and problem.alternatives:
        rule = chance.choice(problem.alternatives)
        node, ways = rule.node, max(1, rule.cases)
    elif about == "portion" and problem.spreads:
        spread = chance.choice(problem.spreads)
        node, portion = spread.node, chance.choice(spread.names or ("",))
    return Branching(
        about, tuple(random_proof(chance, ground, depth - 1) for _ in range(ways)), node, index, number, portion
    )
