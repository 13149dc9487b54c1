"""Random small catalogues with terms, prerequisites and caps: the engine's path beside the oracle's."""

import os
import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from path_oracle import Course, Terms, completes, finished, plans, shortest, stands, works
from stacking_samples import TODAY, setting_of
from test_stacking_against_wide_oracle import amount, candidate, random_item, random_world, stated
from wide_oracle import Item, World, leaves

from creditbank.framework import Qualification
from creditbank.stacking import Offer, Pace, Path, Term, evaluate
from creditbank.units import Credits

ROUNDS = int(os.environ.get("CREDITBANK_PATH_ORACLE_ROUNDS", "120"))
CHUNK = 20
DAYS = ((TODAY, date(2026, 8, 31)), (date(2026, 9, 1), date(2027, 2, 28)), (date(2027, 3, 2), date(2027, 8, 31)))
NAMES = "mnop"
Drawn = tuple[World, tuple[Item, ...], list[Course], Terms, int | None]


def drawn(seed: int) -> Drawn:
    """A quarter has any rules but bundles and those over attempts, the others have rules that paths lead to."""
    chance = random.Random(f"path/{seed}")
    if seed % 4 == 3:
        world, items, _ = next(
            found
            for found in (random_world(number) for number in range(seed, seed + 1_000_000, 1_000))
            if not found[0].bundles and not any(leaf.get("over") == "attempted" for leaf in leaves(found[0]))
        )
        courses = drawn_courses(chance, chance.randint(1, 3), world.whole)
    else:
        whole = chance.random() < 0.85
        items = tuple(random_item(chance, f"u{index}", whole=whole) for index in range(chance.randint(0, 2)))
        courses = drawn_courses(chance, chance.randint(3, 4), whole)
        world = open_world(chance, [*items, *(course.item for course in courses)], whole)
    terms = Terms(
        DAYS[: chance.choice([1, 2, 3, 3])],
        credits=chance.choice([None, None, 4, 5, 7]),
        units=chance.choice([None, None, 1, 2]),
    )
    return world, items[:3], courses, terms, chance.choice([None, None, None, 365 * 2, 300])


def drawn_courses(chance: random.Random, count: int, whole: bool) -> list[Course]:
    courses = []
    for index in range(count):
        item = replace(random_item(chance, f"offer{index}", whole=whole), grade=None)
        item = replace(item, available=item.credits, foreign=False, revoked=False, part="")
        given = frozenset(at for at in range(3) if chance.random() < 0.85)
        others = [one.item.achievement for one in courses]
        after = [
            frozenset(
                {chance.choice([*others, *others, chance.choice(NAMES)]), *chance.sample(NAMES, chance.choice([0, 1]))}
            )
            for _ in range(chance.choice([0, 1, 1, 2]) if others else 0)
        ]
        courses.append(Course(item, given, tuple(after)))
    return courses


def open_world(chance: random.Random, every: list[Item], whole: bool) -> World:
    """A few requirements, and rules about time, shares and order that do not often stand in the way."""
    of: list[dict[str, Any]] = []
    for index in range(chance.randint(1, 2)):
        need = {"id": f"r{index}", "title": f"R{index}", "kind": "requirement"}
        kinds = chance.sample("xyz", chance.choice([1, 2, 3]))
        where = {"category": kinds} if len(kinds) < 3 else {}
        most = sum(item.credits for item in every if item.category in kinds)
        ends = {"credits_at_least": amount(max(1, chance.randint(most // 3, most)))}
        ends = ends if chance.random() < 0.8 else {"units_at_least": chance.randint(1, 2)}
        of.append(need | ends | ({"where": where} if where else {}))
    for index in range(chance.choice([0, 1, 1, 2])):
        limit = {"id": f"l{index}", "title": f"L{index}", "kind": "limit", "over": "counted"}
        of.append(
            limit
            | chance.choice(
                [
                    {"per": "year", "credits_at_most": amount(chance.randint(4, 7))},
                    {"per": "provider", "credits_at_most": amount(chance.randint(5, 8))},
                    {"share_at_most": "2/3", "where": {"provider": ["did:web:a.example"]}},
                    {"span_at_most": chance.choice(["P6M", "P1Y"])},
                    {"units_at_most": chance.randint(2, 4)},
                    {"per": "year", "distinct_at_least": 2},
                ]
            )
        )
    if chance.random() < 0.3:
        first, then = chance.sample("xyz", 2)
        order = {"id": "order", "title": "Order", "kind": "prerequisite", "over": "counted", "units_at_least": 1}
        of.append(order | {"where": {"category": [then]}, "needs": {"category": [first]}})
    root = {"id": "root", "title": "Root", "kind": "all", "of": of}
    return World(root, TODAY, whole=whole, once=chance.random() < 0.3)


def asked(courses: list[Course], terms: Terms) -> tuple[list[Offer], Pace]:
    offers = [
        Offer(candidate(one.item), after=one.after, terms=frozenset(f"t{at}" for at in one.terms)) for one in courses
    ]
    return offers, Pace(
        tuple(Term(first, last, f"t{at}") for at, (first, last) in enumerate(terms.days)),
        None if terms.credits is None else Credits(terms.credits),
        terms.units,
    )


def ruled(world: World, age: int | None) -> Qualification:
    rules = stated(world)
    assert isinstance(rules, Qualification)
    if age is None:
        return rules
    return rules.model_copy(update={"admits": rules.admits.model_copy(update={"max_age": f"P{age}D"})})


def plan_of(path: Path, courses: list[Course]) -> tuple[int | None, ...]:
    terms = {step.credential: step.term - 1 for step in path.steps}
    return tuple(terms.get(f"urn:uuid:{one.item.id}") for one in courses)


def instead(
    world: World,
    items: tuple[Item, ...],
    courses: list[Course],
    terms: Terms,
    age: int | None,
    plan: tuple[int | None, ...],
    step: str,
    last: int,
) -> list[str]:
    """Every offer that could stand in the place of a step without taking longer, by credits, then in order."""
    held = {item.achievement: item.day for item in sorted(items, key=lambda item: item.day, reverse=True)}
    own = [index for index, at in enumerate(plan) if at is not None]
    stay = [index for index in own if f"urn:uuid:{courses[index].item.id}" != step]
    found = []
    for index, course in enumerate(courses):
        if index in own:
            continue
        taken = {*stay, index}
        for other in plans(courses, Terms(terms.days[: last + 1], terms.credits, terms.units)):
            if {at for at, term in enumerate(other) if term is not None} != taken:
                continue
            if stands(other, courses, terms, held) and done_by(world, items, other, courses, terms, age, last):
                found.append((course.item.credits, courses[index].item.day, course.item.id))
                break
    return [f"urn:uuid:{name}" for _, _, name in sorted(found)][:3]


def done_by(
    world: World,
    items: tuple[Item, ...],
    plan: tuple[int | None, ...],
    courses: list[Course],
    terms: Terms,
    age: int | None,
    last: int,
) -> bool:
    """Whether it adds up on the last day of exactly this term."""
    day = terms.days[last][1]
    units = [*items, *finished(plan, courses, terms)]
    return completes(world, [item for item in units if age is None or (day - item.day).days <= age])


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_engine_and_oracle_agree_on_units_credits_and_last_term(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        world, items, courses, terms, age = drawn(seed)
        today = [item for item in items if age is None or (TODAY - item.day).days <= age]
        if completes(world, today):
            continue
        offers, pace = asked(courses, terms)
        rules, units = ruled(world, age), [candidate(item) for item in items]
        found = evaluate(rules, units, setting_of(), catalogue=offers, pace=pace, alternatives=True)
        assert not found.adds_up, seed
        assert not found.stopped, seed
        best = shortest(world, items, courses, terms, age)
        assert (found.path is None) == (best is None), seed
        if found.path is None or best is None:
            assert found.no_path is not None, seed
            continue
        plan = plan_of(found.path, courses)
        held = {item.achievement: item.day for item in sorted(items, key=lambda item: item.day, reverse=True)}
        assert stands(plan, courses, terms, held), seed
        number = works(world, items, plan, courses, terms, age)
        assert number is not None, seed
        assert found.path.proven, seed
        assert (len(found.path.steps), found.path.cost.thousandths, number) == best, seed
        last = max(at for at in plan if at is not None)
        for step in found.path.steps:
            assert [one.credential for one in step.alternatives] == instead(
                world, items, courses, terms, age, plan, step.credential, number if age else last
            ), seed
        for other in found.path.others:
            assert len(other.steps) == len(found.path.steps), seed
            assert {step.credential for step in other.steps} != {step.credential for step in found.path.steps}, seed
            twin = plan_of(other, courses)
            assert stands(twin, courses, terms, held), seed
            assert works(world, items, twin, courses, terms, age) is not None, seed
        shuffled = random.Random(seed)
        again = evaluate(
            rules,
            shuffled.sample(units, len(units)),
            setting_of(),
            catalogue=shuffled.sample(offers, len(offers)),
            pace=pace,
            alternatives=True,
        )
        assert again.to_json() == found.to_json(), seed


def test_amounts_are_written_alike() -> None:
    assert amount(1500) == "1.5"
