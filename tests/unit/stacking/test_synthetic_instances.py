"""The instances that we measure by are what they say: an answer holds, or a pool is too small for any."""

import pytest
from bench.synthetic import (
    KINDS,
    LARGE,
    MIDDLE,
    SMALL,
    SMALL_COUNTS,
    TIGHT,
    Instance,
    Kind,
    instance,
    instances,
    setting,
)
from stacking_samples import facts_of

from creditbank.canonical import json_digest
from creditbank.framework import document_digest
from creditbank.framework.rules import Requirement
from creditbank.stacking import Verdict, evaluate, recount
from creditbank.stacking.front import Front
from creditbank.stacking.seeking import any_answer
from creditbank.stacking.weighing import build
from creditbank.units import Credits

SETTING = setting()


def digest_of(one: Instance) -> str:
    """What the whole instance comes to, in a few letters."""
    told = [
        [
            facts.credential,
            facts.achievement,
            facts.issuer,
            str(facts.credits),
            facts.level.code if facts.level else "",
            facts.earned.isoformat(),
            facts.source_type,
            *sorted(facts.categories),
        ]
        for facts in (candidate.facts for candidate in (*one.candidates, *one.offers))
    ]
    return json_digest([document_digest(one.qualification).hex(), told]).hex()[:16]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_checker_confirms_every_planted_answer(kind: Kind) -> None:
    for one in instances(kind, 6 if kind.units > 100 else 120):
        assert one.feasible == (one.number % 2 == 0)
        if one.planted is not None:
            found = recount(one.qualification, one.planted, facts_of(one.candidates), SETTING)
            assert found.faults == ()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_where_no_answer_was_planted_two_pools_are_too_small_for_any(kind: Kind) -> None:
    for one in instances(kind, 6 if kind.units > 100 else 120):
        assert one.feasible != bool(one.pools)
        needs = {path: node for path, node in one.qualification.nodes() if isinstance(node, Requirement)}
        for pair in one.pools:
            tags = {tag for path in pair for tag in needs[path].where.category}
            pool = [candidate for candidate in one.candidates if tags & candidate.facts.categories]
            in_credits = [needs[path].credits_at_least for path in pair]
            if None not in in_credits:
                asked = sum(Credits.parse(text).thousandths for text in in_credits if text)
                assert asked > sum(candidate.available.thousandths for candidate in pool)
            else:
                assert sum(needs[path].units_at_least or 0 for path in pair) > len(pool)


@pytest.mark.parametrize("kind", [SMALL, SMALL_COUNTS], ids=lambda kind: kind.name)
def test_the_engine_says_the_same(kind: Kind) -> None:
    for one in instances(kind, 6):
        found = evaluate(one.qualification, one.candidates, SETTING)
        assert found.verdict is (Verdict.ADDS_UP if one.feasible else Verdict.FALLS_SHORT)
        assert found.proven


@pytest.mark.parametrize("number", [9, 21])
def test_that_no_shorter_path_leads_there_is_proven_where_two_pools_lack_what_one_offer_almost_makes_up(
    number: int,
) -> None:
    one = instance(MIDDLE, number)
    path = evaluate(one.qualification, one.candidates, SETTING, catalogue=one.offers).path
    assert path is not None
    assert (len(path.steps), path.proven, path.at_least) == (2, True, None)


def test_a_path_is_proven_the_shortest_also_where_thousands_of_sets_of_units_fill_a_place() -> None:
    """Branching over units ended at its bound here; one sum over the sets shows that five offers never do."""
    one = instance(SMALL, 11)
    found = evaluate(one.qualification, one.candidates, SETTING, catalogue=one.offers)
    assert found.path is not None
    assert (len(found.path.steps), found.path.proven, found.stopped) == (6, True, ())


@pytest.mark.parametrize("kind", [SMALL, MIDDLE], ids=lambda kind: kind.name)
def test_an_answer_that_was_planted_is_mostly_found_without_a_solver(kind: Kind) -> None:
    found = 0
    for one in instances(kind, 40):
        problem, _ = build(one.qualification, one.candidates, SETTING)
        filling = any_answer(Front(problem))
        assert filling is None or one.feasible
        if filling is not None:
            uses = [problem.units[index].use(1, [path] if path else []) for index, path in sorted(filling.items())]
            assert recount(one.qualification, uses, facts_of(one.candidates), SETTING).faults == ()
            found += 1
    assert found >= 16


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_credentials_are_as_the_facts_page_describes_them(kind: Kind) -> None:
    for one in instances(kind, 4):
        assert (len(one.candidates), len(one.offers)) == (kind.units, 2 * kind.places)
        for candidate in one.candidates:
            assert 5_000 <= candidate.available.thousandths <= 30_000
            assert 2 <= len(candidate.facts.categories) <= 5


def test_the_instance_of_a_number_is_always_the_same() -> None:
    """Figures of two machines are about the same instances: a change here is a change of every figure."""
    found = {
        kind.name: [digest_of(instance(kind, number)) for number in (0, 1)] for kind in (SMALL, MIDDLE, TIGHT, LARGE)
    }
    assert found == {
        "25x6": ["c8a74302949d6bdd", "72697b6281f8d31c"],
        "60x30": ["13da9c72f9b14f28", "a9457f81bdb3f64d"],
        "60x30 tight": ["58d39a7ad45eaefa", "0a0c449968789cbd"],
        "300x60": ["97602fef6a8c9542", "c2c8ac089fa1c6dc"],
    }
