"""Random small instances of two or three awards at once, decided by the engine and by the tests' own oracle."""

import dataclasses
import os
import random
from fractions import Fraction

import pytest
from joint_oracle import Permission, fewest_together
from stacking_oracle import Exchange, Instance
from stacking_samples import facts_of
from test_stacking_against_oracle import candidate, random_thing, random_tree, recognised, stated

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Setting, Shared, Verdict, check_jointly, evaluate_jointly, recount
from creditbank.stacking.coupling import feasible_jointly
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build
from creditbank.units import CreditAmount, Credits

ROUNDS = int(os.environ.get("CREDITBANK_ORACLE_ROUNDS", "200"))
CHUNK = 20


def random_awards(seed: int) -> tuple[list[Instance], Permission | None]:
    """Awards over the same things; each has its own rules, its own conversion, and counts whole units or parts."""
    chance = random.Random(f"joint {seed}")
    foreign, count = chance.random() < 0.4, chance.choice([2, 2, 2, 3])
    wholes = [chance.random() < 0.7 for _ in range(count)]
    size = chance.randint(1, 4) if all(wholes) and count == 2 else chance.randint(1, 3)
    things = tuple(random_thing(chance, f"u{index}", whole=all(wholes), exchange=foreign) for index in range(size))
    scale = max(2, sum(thing.credits for thing in things) // 3)
    awards = []
    for whole in wholes:
        exchange = None
        if foreign and chance.random() < 0.8:
            ratio = Fraction(chance.randint(1, 3), chance.randint(1, 3))
            share = Fraction(chance.randint(2, 4), 4)
            exchange = Exchange(ratio, chance.choice([1, 2]), chance.random() < 0.5, share)
        tries = [Instance(random_tree(chance, min(scale, 4)), things, whole, exchange) for _ in range(12)]
        awards.append(next((one for one in tries if _asks_and_can_be_had(one)), tries[0]))
    permission = None
    if chance.random() < 0.4:
        between = tuple(sorted(chance.sample(range(count), 2)))
        limit = {"units": chance.randint(0, 2)} if chance.random() < 0.5 else {"amount": chance.randint(0, 4)}
        permission = Permission((between[0], between[1]), **limit)
    return awards, permission


def _asks_and_can_be_had(instance: Instance) -> bool:
    """Most instances should be those in which the awards compete: each can be had, and not for nothing."""
    fewest = fewest_together([instance])
    return fewest is not None and fewest > 0


def asked(awards: list[Instance], candidates: list[Candidate]) -> list[tuple[Qualification, Setting]]:
    found = []
    for number, instance in enumerate(awards):
        qualification, setting = stated(instance)
        title = f"Award {number}"
        found.append(
            (
                qualification.model_copy(update={"id": f"award-{number}", "title": title}),
                recognised(instance, setting, candidates),
            )
        )
    return found


def decisions(permission: Permission | None) -> list[Shared]:
    if permission is None:
        return []
    between = (f"award-{permission.between[0]}", f"award-{permission.between[1]}")
    if permission.units is not None:
        return [Shared("sample", between, units_at_most=permission.units)]
    assert permission.amount is not None
    return [Shared("sample", between, credits_at_most=CreditAmount("kr", Credits(permission.amount)))]


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_engine_and_oracle_agree_on_what_can_be_had_together(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        awards, permission = random_awards(seed)
        candidates = [candidate(thing) for thing in awards[0].things]
        wanted, shared = asked(awards, candidates), decisions(permission)
        found = evaluate_jointly(wanted, candidates, shared=shared)
        fewest = fewest_together(awards, permission)
        assert found.verdict is (Verdict.FALLS_SHORT if fewest is None else Verdict.ADDS_UP), seed
        assert found.proven, (seed, found.sentence)
        assert found.stopped == (), seed
        if fewest is None:
            _confirm_collision(found, awards, permission, seed)
            continue
        assert sum(one.totals.counted.thousandths for one in found.awards) == fewest, seed
        facts = facts_of(candidates)
        uses = {one.qualification.id: one.uses for one in found.awards}
        assert check_jointly(uses, facts, shared, found.overlaps) == (), seed
        for (rules, setting), one in zip(wanted, found.awards, strict=True):
            assert not recount(rules, one.uses, facts, setting).faults, seed


def _confirm_collision(found, awards, permission, seed: int) -> None:
    """Without any one of the awards that collide, the others can be had."""
    assert found.collision is not None, seed
    numbers = [int(name.removeprefix("award-")) for name in found.collision.awards]
    assert fewest_together([awards[number] for number in numbers], _of(permission, numbers)) is None, seed
    for left_out in numbers if len(numbers) > 1 else ():
        rest = [number for number in numbers if number != left_out]
        assert fewest_together([awards[number] for number in rest], _of(permission, rest)) is not None, seed


def _of(permission: Permission | None, numbers: list[int]) -> Permission | None:
    if permission is None or not set(permission.between) <= set(numbers):
        return None
    return dataclasses.replace(
        permission, between=(numbers.index(permission.between[0]), numbers.index(permission.between[1]))
    )


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_neither_the_order_of_awards_nor_that_of_units_matters(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        awards, permission = random_awards(seed)
        candidates = [candidate(thing) for thing in awards[0].things]
        wanted, shared = asked(awards, candidates), decisions(permission)
        digest = evaluate_jointly(wanted, candidates, shared=shared).digest
        chance = random.Random(seed)
        chance.shuffle(candidates)
        chance.shuffle(wanted)
        assert evaluate_jointly(wanted, candidates, shared=shared).digest == digest, seed


def test_every_rule_of_a_collision_is_needed_for_it() -> None:
    seen = 0
    for seed in range(60):
        awards, permission = random_awards(seed)
        candidates = [candidate(thing) for thing in awards[0].things]
        wanted, shared = asked(awards, candidates), decisions(permission)
        found = evaluate_jointly(wanted, candidates, shared=shared).collision
        if found is None or len(found.awards) < 2:
            continue
        seen += 1
        problems = [build(rules, candidates, setting)[0] for rules, setting in wanted if rules.id in found.awards]
        kept = [decision for decision in shared if set(decision.between) <= set(found.awards)]
        every = [(award, path) for award, (_, paths) in enumerate(found.rules) for path in paths]
        for left_out in every:
            dropped = {
                award: frozenset(problem.leaves)
                - {path for other, path in every if other == award and (other, path) != left_out}
                for award, problem in enumerate(problems)
            }
            assert feasible_jointly(problems, kept, Effort(8000), dropped=dropped), (seed, left_out)
    assert seen > 15
