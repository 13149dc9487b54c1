"""Where a greedy answer is given it is the canonical one: the same, to the place, as the solver's."""

import random
from typing import Any

import pytest
from stacking_samples import acbs, acbs_learner, rules, setting_of, unit

from creditbank.stacking.allocation import formulate, settle
from creditbank.stacking.front import Front
from creditbank.stacking.matching import greedy
from creditbank.stacking.problem import Problem
from creditbank.stacking.proof import Use
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build

WORK = 100_000


def drawn(seed: int) -> Problem:
    """Places by count, or by credits of units that are all alike; sometimes a total, sometimes a cap."""
    chance = random.Random(seed)
    alike = chance.random() < 0.5
    names = [f"c{index}" for index in range(chance.randint(1, 5))]
    units = [
        unit(
            f"{index:02d}",
            "3" if alike else str(chance.randint(1, 6)),
            categories=chance.sample(names, chance.randint(1, min(3, len(names)))),
            provider=chance.choice("ab"),
        )
        for index in range(chance.randint(3, 14))
    ]
    of: list[dict[str, Any]] = []
    for index, name in enumerate(names):
        asks: dict[str, Any] = {"units_at_least": chance.randint(1, 3)}
        if alike and chance.random() < 0.5:
            asks = {"credits_at_least": str(chance.randint(1, 9))}
        of.append({"id": f"p{index}", "title": "P", "kind": "requirement", "where": {"category": [name]}, **asks})
    if alike and chance.random() < 0.5:
        of.append(
            {
                "id": "t",
                "title": "T",
                "kind": "limit",
                "over": "counted",
                "credits_at_least": str(chance.randint(3, 30)),
            }
        )
    if chance.random() < 0.4:
        cap = {"id": "k", "title": "K", "kind": "limit", "over": "counted", "per": "provider", "units_at_most": 4}
        of.append(cap)
    return build(rules(of), units, setting_of())[0]


def uses_of(problem: Problem) -> list[Use] | None:
    filling = greedy(Front(problem))
    if filling is None:
        return None
    return [problem.units[index].use(1, [path] if path else []) for index, path in sorted(filling.items())]


@pytest.mark.parametrize("chunk", range(10))
def test_a_greedy_answer_is_the_solvers_to_the_place(chunk: int) -> None:
    given = 0
    for seed in range(chunk * 30, chunk * 30 + 30):
        problem = drawn(seed)
        uses = uses_of(problem)
        if uses is None:
            continue
        given += 1
        expected = settle(formulate(problem), (), Effort(WORK))
        assert expected is not None, seed
        assert uses == list(expected.uses), seed
    assert given > 3, "some instances are settled so"


def test_units_move_on_so_that_all_are_seated() -> None:
    places = [
        {"id": f"p{name}", "title": "P", "kind": "requirement", "where": {"category": [name]}, "units_at_least": 1}
        for name in "xyz"
    ]
    units = [unit("a", categories="xy"), unit("b", categories="yz"), unit("c", categories="x")]
    uses = uses_of(build(rules(places), units, setting_of())[0])
    assert uses is not None
    assert [(use.credential, use.node) for use in uses] == [
        ("urn:uuid:a", "root/py"),
        ("urn:uuid:b", "root/pz"),
        ("urn:uuid:c", "root/px"),
    ]


def test_what_a_cap_forbids_is_left_to_the_solver() -> None:
    need = {"id": "p", "title": "P", "kind": "requirement", "units_at_least": 2}
    cap = {"id": "k", "title": "K", "kind": "limit", "over": "counted", "per": "provider", "units_at_most": 1}
    units = [unit("a"), unit("b"), unit("c", provider="z")]
    assert uses_of(build(rules([need, cap]), units, setting_of())[0]) is None
    assert uses_of(build(rules([need]), units, setting_of())[0]) is not None


@pytest.mark.parametrize(
    "asks",
    [
        {"units_at_least": 1, "units_at_most": 2},
        {"credits_at_least": "4"},
        {"units_at_least": 1, "same": "provider"},
    ],
)
def test_what_is_no_mere_count_is_left_to_the_solver(asks: dict[str, Any]) -> None:
    need = {"id": "p", "title": "P", "kind": "requirement", **asks}
    assert uses_of(build(rules([need]), [unit("a", "2"), unit("b", "3")], setting_of())[0]) is None


def test_the_korean_bachelor_of_units_alike_needs_no_solver_where_no_cap_binds() -> None:
    problem, _ = build(acbs(), acbs_learner(30, 25), setting_of())
    uses = uses_of(problem)
    expected = settle(formulate(problem), (), Effort(WORK))
    assert expected is not None
    assert uses is None or uses == list(expected.uses)
