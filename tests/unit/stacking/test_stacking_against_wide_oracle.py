"""Random small instances of all constructs, weighed by the engine and by an oracle of the tests' own."""

import os
import random
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError
from stacking_samples import TODAY, facts_of, rules, setting_of, unit
from wide_oracle import Item, World, fewest_credits, fewest_more, leaves, smallest_gap, ways_to_share

from creditbank.stacking import Candidate, Verdict, check, evaluate, read_proof, recount, stacking_proof
from creditbank.units import Credits

ROUNDS = int(os.environ.get("CREDITBANK_WIDE_ORACLE_ROUNDS", "500"))
CHUNK = 50
DAYS = [date(2024, 3, 2), date(2025, 3, 2), date(2025, 9, 2), TODAY]
SCALES = {
    "letters": {
        "grades": [
            {"code": "F", "points": "0"},
            {"code": "C", "points": "2"},
            {"code": "P"},
            {"code": "B", "points": "3"},
            {"code": "A", "points": "4"},
        ]
    },
    "german": {"numbers": ["5", "1"]},
}


def amount(count: int) -> str:
    return str(Credits(count))


def random_grade(chance: random.Random) -> tuple[str, str] | None:
    if chance.random() < 0.25:
        return None
    if chance.random() < 0.7:
        return "letters", chance.choice("FCPBA")
    return "german", chance.choice(["1", "1.7", "2.5", "4", "6"])


def random_item(chance: random.Random, name: str, *, whole: bool) -> Item:
    credits = chance.randint(1, 5 if whole else 2)
    return Item(
        id=name,
        credits=credits,
        available=credits if chance.random() < 0.9 else chance.randint(0, credits),
        day=chance.choice(DAYS),
        provider=f"did:web:{chance.choice('ab')}.example",
        category=chance.choice("xyz"),
        source=chance.choice(["", "course", "exam"]),
        achievement=f"urn:{chance.choice('mnop')}",
        fields=tuple(sorted(set(chance.choices(["0611", "0612", "0688", "0711", "07"], k=chance.randint(0, 2))))),
        grade=random_grade(chance),
        revoked=chance.random() < 0.05,
        foreign=chance.random() < 0.08,
    )


def random_where(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    where: dict[str, Any] = {}
    for key, value in (
        ("category", lambda: chance.sample("xyz", chance.randint(1, 2))),
        ("provider", lambda: [f"did:web:{chance.choice('ab')}.example"]),
        ("field", lambda: [chance.choice(["06", "061", "0711"])]),
        ("achievement", lambda: [f"urn:{chance.choice('mnop')}"]),
        ("grade", lambda: random_range(chance)),
        ("size_at_least", lambda: amount(chance.randint(1, 3))),
        ("size_at_most", lambda: amount(chance.randint(2, 5))),
        ("earned_from", lambda: chance.choice(DAYS[:3]).isoformat()),
        ("earned_until", lambda: chance.choice(DAYS[1:]).isoformat()),
    ):
        if chance.random() < 0.11:
            where[key] = value()
    if where.get("earned_from", "") > where.get("earned_until", "9"):
        del where["earned_until"]
    if depth == 0 and chance.random() < 0.1:
        where["any_of"] = [random_where(chance, 1), random_where(chance, 1)]
    if depth == 0 and chance.random() < 0.1:
        where["excluding"] = random_where(chance, 1) or {"category": ["z"]}
    return where


def random_range(chance: random.Random) -> dict[str, str]:
    if chance.random() < 0.3:
        return {"scale": "german", "at_least": chance.choice(["2.5", "4"])}
    return {"scale": "letters", chance.choice(["at_least", "at_most"]): chance.choice("CPB")}


PER = ["provider", "broad-field", "narrow-field", "source-type", "achievement", "category", "year"]


def random_leaf(chance: random.Random, name: str, scale: int) -> dict[str, Any]:
    leaf: dict[str, Any] = {"id": name, "title": f"Rule {name}"}
    kind = chance.choices(["requirement", "limit", "prerequisite", "exclusion"], [5, 6, 1.5, 1])[0]
    if kind == "requirement":
        leaf |= random_requirement(chance, scale)
    elif kind == "limit":
        leaf |= {"over": "counted", **random_limit(chance, scale)}
    elif kind == "prerequisite":
        leaf |= {"over": "counted", "where": random_where(chance), "needs": random_where(chance)}
        leaf |= {"credits_at_least": amount(chance.randint(1, 4))} if chance.random() < 0.5 else {"units_at_least": 1}
        leaf |= {"concurrent": True} if chance.random() < 0.5 else {}
    else:
        leaf |= {"over": "counted", "between": [random_where(chance) for _ in range(chance.randint(2, 3))]}
    leaf["kind"] = kind
    if kind != "requirement" and chance.random() < 0.2:
        leaf["over"] = "attempted"
    if kind in ("requirement", "limit") and (where := random_where(chance)):
        leaf["where"] = where
    return leaf | random_weights(leaf) | random_last(leaf)


def random_last(leaf: dict[str, Any]) -> dict[str, Any]:
    """Of how many last credits, for half of the rules about these, drawn beside all else."""
    chance = random.Random(repr(leaf))
    if "last_at_least" not in leaf or chance.random() < 0.5:
        return {}
    return {"of_last": amount(Credits.parse(leaf["last_at_least"]).thousandths + chance.randint(0, 4))}


def random_weights(leaf: dict[str, Any]) -> dict[str, Any]:
    """Weights for half of the means, sums of points and shares, drawn beside all else, which stays as it was."""
    chance = random.Random(repr(leaf))
    if not {"grading", "share_at_least", "share_at_most"} & leaf.keys() or chance.random() < 0.5:
        return {}
    wheres = [random_where(chance) for _ in range(chance.randint(1, 2))]
    return {"weights": [{"where": where, "times": chance.choice(["2", "3", "0.5", "1.25"])} for where in wheres]}


def random_requirement(chance: random.Random, scale: int) -> dict[str, Any]:
    leaf: dict[str, Any] = {}
    if chance.random() < 0.75:
        leaf["credits_at_least"] = amount(chance.randint(1, scale))
    if not leaf or chance.random() < 0.2:
        leaf["units_at_least"] = chance.randint(1, 2)
    if chance.random() < 0.2:
        least = leaf.get("credits_at_least", "0")
        leaf["credits_at_most"] = amount(Credits.parse(least).thousandths + chance.randint(0, 2))
    if chance.random() < 0.15:
        leaf["units_at_most"] = leaf.get("units_at_least", 1) + chance.randint(0, 1)
    if chance.random() < 0.2:
        leaf["same"] = chance.choice(["provider", "broad-field", "narrow-field"])
    return leaf


def random_limit(chance: random.Random, scale: int) -> dict[str, Any]:
    kinds = ["amount", "amount", "units", "share", "share", "distinct", "one", "each", "last", "mean", "points", "span"]
    kind = chance.choice(kinds)
    if kind == "amount":
        most = {"credits_at_most": amount(chance.randint(1, scale))}
        return most | ({"per": chance.choice(PER)} if chance.random() < 0.7 else {})
    if kind == "units":
        return {chance.choice(["units_at_least", "units_at_most"]): chance.randint(0, 3)}
    if kind == "share":
        return random_share(chance)
    if kind == "distinct":
        return {
            "per": chance.choice(PER),
            chance.choice(["distinct_at_least", "distinct_at_most"]): chance.randint(1, 2),
        }
    if kind == "one":
        return {"per": chance.choice(PER), "in_one_at_least": amount(chance.randint(0, scale))}
    if kind == "each":
        return {"per": chance.choice(PER), "in_each_at_least": amount(chance.randint(0, scale))}
    if kind == "last":
        return {"last_at_least": amount(chance.randint(0, scale))}
    if kind == "span":
        return {"span_at_most": chance.choice(["P1Y", "P6M", "P184D", "P15M", "P1D"])}
    grading = chance.choice(["letters", "letters", "german"])
    if kind == "points":
        return {"grading": grading, "points_at_least": str(Credits(chance.randint(1, 4 * scale)))}
    bound = chance.choice(["2", "2.5", "3", "4"] if grading == "letters" else ["1", "1.5", "2.5"])
    return {"grading": grading, "mean_at_least": bound} | ({"weigh_by": "units"} if chance.random() < 0.5 else {})


def random_share(chance: random.Random) -> dict[str, Any]:
    end = chance.choice(["share_at_least", "share_at_most"])
    leaf: dict[str, Any] = {end: f"{chance.randint(0, 3)}/{chance.randint(3, 4)}"}
    if chance.random() < 0.4:
        leaf["base"] = random_where(chance)
    if chance.random() < 0.3:
        leaf["weigh_by"] = "units"
    if end == "share_at_most" and chance.random() < 0.4:
        leaf["per"] = chance.choice(PER)
        leaf |= {"base_per": True} if chance.random() < 0.6 else {}
    return leaf


Drawn = tuple[World, tuple[Item, ...], tuple[Item, ...]]


def random_world(seed: int) -> Drawn:
    """The first draw of this seed that is a document: many contradict themselves and are refused when they are read."""
    for attempt in count():
        drawn = drawn_world(random.Random(f"{seed}/{attempt}"))
        try:
            stated(drawn[0])
        except ValidationError:
            continue
        world, items, offers = drawn
        return world, items, tuple(item for item in offers if item.achievement not in dict(world.bundles))
    raise AssertionError("counting has no end")


def drawn_world(chance: random.Random) -> Drawn:
    whole = chance.random() < 0.8
    items = tuple(
        random_item(chance, f"u{index}", whole=whole) for index in range(chance.randint(0, 4 if whole else 3))
    )
    offers = tuple(
        replace(random_item(chance, f"offer{index}", whole=whole), revoked=False, foreign=False)
        for index in range(chance.randint(0, 2))
    )
    scale = min(7, max(2, sum(item.credits for item in items) // 2))
    of = [random_leaf(chance, f"r{index}", scale) for index in range(chance.randint(1, 4))]
    if chance.random() < 0.4:
        inner = [random_leaf(chance, f"s{index}", scale) for index in range(chance.randint(1, 2))]
        of.append(group(chance, "inner", inner, [1, 1, 1]))
    root = group(chance, "root", of, [8, 1, 1])
    world = World(root, TODAY, whole)
    if not any(leaf["kind"] == "requirement" for leaf in leaves(world)):
        root["of"].append({"id": "some", "title": "Some", "kind": "requirement", "credits_at_least": amount(2)})
    return surrounded(chance, world), items, offers


def group(chance: random.Random, name: str, of: list[dict[str, Any]], odds: list[int]) -> dict[str, Any]:
    kind = chance.choices(["all", "any", "n-of"], odds)[0]
    node = {"id": name, "title": f"Group {name}", "kind": kind, "of": of}
    return node | ({"n": chance.randint(1, len(of))} if kind == "n-of" else {})


def surrounded(chance: random.Random, world: World) -> World:
    """The rules beside the tree."""
    places = [leaf["id"] for leaf in leaves(world) if leaf["kind"] == "requirement"]
    ends = [*places, *(["inner"] if any(node["id"] == "inner" for node in world.root["of"]) else [])]
    sharing = []
    for index in range(2):
        if len(ends) > 1 and chance.random() < 0.5:
            between = chance.sample(ends, chance.randint(2, len(ends)))
            most = chance.randint(2, min(3, len(between)))
            entry: dict[str, Any] = {"id": f"share{index}", "title": "May be shared", "between": between}
            entry["places_at_most"] = most
            bound = chance.choice(["", "units_at_most", "credits_at_most"])
            if bound:
                entry[bound] = chance.randint(0, 2) if bound == "units_at_most" else amount(chance.randint(1, 5))
            sharing.append(entry)
    return World(
        world.root,
        world.today,
        world.whole,
        once=chance.random() < 0.2,
        admits=random_where(chance) if chance.random() < 0.2 else None,
        equivalents=(("urn:m", "urn:n"),) if chance.random() < 0.25 else (),
        substitutes=(("urn:n", ("urn:o",)),) if chance.random() < 0.25 else (),
        sharing=tuple(sharing),
        halves=(random_where(chance) or {"category": ["x"]}) if chance.random() < 0.3 else None,
        bundles=(random_bundle(chance),) if chance.random() < 0.25 else (),
    )


def random_bundle(chance: random.Random) -> tuple[str, tuple[tuple[str, str, int, str], ...]]:
    """An achievement that stands for two units."""
    parts = (
        (name, f"urn:{chance.choice(of)}", chance.randint(1, 2), chance.choice(["", "x", "y", "z"]))
        for name, of in (("one", "mq"), ("two", "nr"))
    )
    return f"urn:{chance.choice('op')}", tuple(parts)


def candidate(item: Item) -> Candidate:
    return unit(
        item.id,
        amount(item.credits),
        available=amount(item.available),
        provider=item.provider,
        categories=[item.category],
        source=item.source,
        earned=item.day,
        achievement=item.achievement,
        system="elsewhere" if item.foreign else "kr",
        revoked=item.revoked,
        about={"fields": frozenset(item.fields), "grades": (item.grade,) if item.grade else ()},
    )


def stated(world: World) -> Any:
    return rules(
        [],
        requires=world.root,
        admits={
            "whole_units": world.whole,
            "same_achievement": "count-once" if world.once else "count-each",
            "where": world.admits or {},
            **({} if world.halves is None else {"half_units": world.halves}),
        },
        grading=SCALES,
        calendars={"year": {"starts": ["01-01"]}},
        equivalents=[{"id": f"c{i}", "achievements": names} for i, names in enumerate(world.equivalents)],
        substitutes=[
            {"id": f"s{i}", "instead_of": instead, "accepted": accepted}
            for i, (instead, accepted) in enumerate(world.substitutes)
        ],
        sharing=list(world.sharing),
        bundles=[
            {"id": f"b{i}", "achievement": whole, "parts": [part_of(*part) for part in parts]}
            for i, (whole, parts) in enumerate(world.bundles)
        ],
    )


def part_of(name: str, achievement: str, credits: int, category: str) -> dict[str, Any]:
    stated = {"id": name, "achievement": achievement, "credits": amount(credits)}
    return stated | ({"categories": [category]} if category else {})


def confined_world(seed: int) -> Drawn:
    """A world of another seed in which limits run over what fills certain places; None where none can."""
    for attempt in count():
        chance = random.Random(f"within {seed}/{attempt}")
        world, items, offers = random_world(chance.randrange(10**9))
        places = [leaf["id"] for leaf in leaves(world) if leaf["kind"] == "requirement"]
        names = [*places, *(["inner"] if any(node["id"] == "inner" for node in world.root["of"]) else []), "root"]
        drawn = False
        for leaf in leaves(world):
            fixed = leaf["kind"] != "limit" or {"span_at_most", "last_at_least", "in_each_at_least"} & leaf.keys()
            if not fixed and leaf["over"] == "counted" and chance.random() < 0.8:
                leaf["within"] = chance.sample(names, chance.choice([1, 1, min(2, len(names))]))
                drawn = True
        try:
            stated(world)
        except ValidationError:
            continue
        if drawn and ways_to_share(world) <= 4:  # the oracle puts further units in each of them, piece by piece
            return world, items, offers
    raise AssertionError("counting has no end")


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_they_agree_where_limits_run_over_what_fills_certain_places(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        compare(seed, confined_world(seed))


DIFFERED = [6823, 10862, 12670, 24301]
"""Seeds at which the oracle was wrong once: whether an attempted unit weighs half can turn on a size nobody knows."""


@pytest.mark.parametrize("chunk", range(ROUNDS // CHUNK))
def test_engine_and_wide_oracle_agree_on_verdict_credits_gap_and_path(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        compare(seed)


@pytest.mark.parametrize("seed", DIFFERED)
def test_where_they_once_differed_they_agree(seed: int) -> None:
    compare(seed)


def compare(seed: int, drawn: Drawn | None = None) -> None:
    setting = setting_of()
    world, items, offers = drawn or random_world(seed)
    qualification, candidates = stated(world), [candidate(item) for item in items]
    catalogue = [candidate(item) for item in offers if item.available]
    found = evaluate(qualification, candidates, setting, catalogue=catalogue)
    fewest = fewest_credits(world, items)
    assert found.verdict is (Verdict.FALLS_SHORT if fewest is None else Verdict.ADDS_UP), seed
    assert found.proven, seed
    facts = facts_of(candidates)
    if fewest is not None:
        assert found.totals.counted == Credits(fewest), seed
        learner = candidates[0].facts.subject if candidates else "x"
        proof = stacking_proof(
            found, qualification, candidates, setting, id="p", award="a", learner=learner, engine="t"
        )
        assert check(read_proof(proof), qualification, facts, setting) == (), seed
        return
    assert recount(qualification, found.uses, facts, setting, attempted=found.attempted).faults, seed
    gap = None if found.gap is None else (found.gap.credits.thousandths, found.gap.units)
    assert gap == smallest_gap(world, items), seed
    assert (None if found.path is None else len(found.path.steps)) == fewest_more(world, items, offers), seed
