"""The checker judges stacks that no engine made: drawn at random, right and wrong, rule by rule beside the oracle.

The engine never offers a stack that breaks a rule, so its answers alone would not show a checker that had become blind.
"""

import os
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from stacking_samples import TODAY, facts_of, setting_of
from test_stacking_against_wide_oracle import candidate, random_world, stated
from wide_oracle import Item, Pick, World, apart, holds, leaves, may_stand, nodes, options, tree_holds

from creditbank.stacking import Candidate, recount
from creditbank.stacking.proof import Attempt, Use
from creditbank.units import Credits

ROUNDS = int(os.environ.get("CREDITBANK_WIDE_ORACLE_ROUNDS", "240"))
CHUNK = 60
STACKS = 12


def paths(world: World) -> dict[str, str]:
    """The path of each leaf, in document order."""
    found: dict[str, str] = {}

    def visit(node: dict, above: str) -> None:  # type: ignore[type-arg]
        path = f"{above}/{node['id']}" if above else node["id"]
        if "of" not in node:
            found[node["id"]] = path
        for child in node.get("of", ()):
            visit(child, path)

    visit(world.root, "")
    return found


def drawn_pick(chance: random.Random, world: World, item: Item) -> Pick | None:
    """A pick that is allowed by itself, or now and then any at all."""
    if chance.random() < 0.8:
        return chance.choice(options(world, item))
    places = [leaf["id"] for leaf, _ in nodes(world.root) if leaf["kind"] == "requirement"]
    chosen = frozenset(chance.sample(places, chance.randint(0, min(3, len(places)))))
    return Pick(item, chance.randint(1, item.credits), chosen)


def use_of(pick: Pick, given: Candidate, where: dict[str, str]) -> Use:
    """The pick as a proof states it: its first place, then the others in document order."""
    filled = [path for name, path in where.items() if name in pick.places]
    used = Credits(pick.amount)
    facts = given.facts
    return Use(
        credential=facts.credential,
        digest=given.digest,
        amount=used,
        system=facts.credits.system,
        counted=used,
        node=filled[0] if filled else "",
        also=tuple(filled[1:]),
        part=pick.item.part,
    )


def attempts(given: Iterable[Candidate]) -> tuple[Attempt, ...]:
    """All of these as a proof lists what was attempted."""
    return tuple(Attempt(one.facts.credential, one.digest) for one in given)


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_the_checker_says_of_every_rule_what_the_oracle_says(chunk: int) -> None:
    said: Counter[tuple[str, bool]] = Counter()
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        world, items, _ = random_world(seed)
        items = tuple(replace(item, available=item.credits, revoked=False) for item in items)
        pieces = apart(world, items)
        world = replace(world, given=pieces)
        given = {item.id: candidate(item) for item in items}
        tried = attempts(given.values()) if "'attempted'" in str(world.root) else ()
        chance, rules, where = random.Random(f"stacks/{seed}"), stated(world), paths(world)
        for _ in range(STACKS):
            stack = [pick for item in pieces if (pick := drawn_pick(chance, world, item)) is not None]
            found = recount(
                rules,
                [use_of(pick, given[pick.item.id], where) for pick in stack],
                facts_of(given.values()),
                setting_of(),
                attempted=tried,
            )
            allowed = all(pick in options(world, pick.item) for pick in stack) and may_stand(world, stack)
            held = {leaf["id"] for leaf in leaves(world) if holds(world, leaf, stack)}
            right = allowed and tree_holds(world.root, held)
            assert (found.faults == ()) is right, (seed, stack, found.faults)
            said["stack", right] += 1
            if not allowed:
                said["allowed", False] += 1
                continue
            for leaf in leaves(world):
                told = next(total.holds for total in found.totals if total.node == where[leaf["id"]])
                assert told is (leaf["id"] in held), (seed, leaf, stack)
                said[leaf["kind"], told] += 1
    for what in ("stack", "requirement", "limit", "prerequisite", "exclusion"):
        assert said[what, True] > 2, said
        assert said[what, False] > 2, said
    assert said["allowed", False] > 5, said


def shared_world(**entry: object) -> World:
    """Three places of one credit each, which may share a unit."""
    places = [
        {"id": name, "title": name, "kind": "requirement", "credits_at_least": "0.002"}
        for name in ("one", "two", "three")
    ]
    permission = {"id": "both", "title": "May be shared", "between": ["one", "two", "three"], **entry}
    return World({"id": "root", "title": "Root", "kind": "all", "of": places}, TODAY, sharing=(permission,))


def faults_of(world: World, picks: list[Pick]) -> set[str]:
    """What the checker says of picks of these rules."""
    given = {pick.item.id: candidate(pick.item) for pick in picks}
    uses = [use_of(pick, given[pick.item.id], paths(world)) for pick in picks]
    return {fault.slug for fault in recount(stated(world), uses, facts_of(given.values()), setting_of()).faults}


def item_of(name: str) -> Item:
    """A unit of two thousandths that fits every place."""
    return Item(name, 2, 2, TODAY, "did:web:a.example", "x", "", f"urn:{name}", (), None)


def test_a_unit_fills_no_more_places_than_the_permission_says() -> None:
    every = [Pick(item_of("m"), 2, frozenset({"one", "two", "three"}))]
    assert faults_of(shared_world(places_at_most=3), every) == set()
    assert faults_of(shared_world(places_at_most=2), every) == {"shared-too-often"}


def test_no_more_credits_are_shared_than_the_permission_says() -> None:
    two = [Pick(item_of("m"), 2, frozenset({"one", "two"})), Pick(item_of("n"), 2, frozenset({"two", "three"}))]
    assert faults_of(shared_world(credits_at_most="0.004"), two) == set()
    assert faults_of(shared_world(credits_at_most="0.003"), two) == {"shared-too-much"}


def test_no_more_units_are_shared_than_the_permission_says() -> None:
    two = [Pick(item_of("m"), 2, frozenset({"one", "two"})), Pick(item_of("n"), 2, frozenset({"two", "three"}))]
    assert faults_of(shared_world(units_at_most=2), two) == set()
    assert faults_of(shared_world(units_at_most=1), two) == {"shared-too-much"}
