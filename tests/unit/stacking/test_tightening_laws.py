"""What the rules' own algebra promises, held against what rules mean: choices hold choices, rules tighten rules.

The cases are drawn from numbered seeds, so that they are the same everywhere; each test says how many of them spoke.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from stacking_samples import setting_of, unit

from creditbank.credential import Level
from creditbank.framework import Qualification, Where
from creditbank.framework.choosing import Scope, disjoint, emptiness, includes
from creditbank.framework.contradiction import contradictions
from creditbank.framework.tightening import loosenings
from creditbank.stacking import Candidate, evaluate
from creditbank.stacking.rule import Weighed, admit, speaks_of

SETTING = setting_of()
INDIA = SETTING.frameworks["in-ncrf"]
LEVELS = [level.code for level in INDIA.levels][:4]
STEPS = ({"code": "F", "points": "0"}, {"code": "C", "points": "2"}, {"code": "A", "points": "4"})
DAYS = ["2024-08-01", "2025-03-01", "2026-02-01"]
VALUES: dict[str, list[Any]] = {
    "category": [("a",), ("b",), ("a", "b")],
    "mode": [("online",), ("on-site",), ("online", "blended")],
    "provider": [("did:web:p.example",), ("did:web:q.example",), ("awarding", "did:web:p.example")],
    "achievement": [("urn:one",), ("urn:two",), ("urn:three",), ("urn:one", "urn:three")],
    "field": [("06",), ("061",), ("0613", "05")],
    "dimension": [("values",), ("skills",), ("values", "skills")],
    "language": [("en",), ("mt",), ("en", "mt")],
    "level_at_least": LEVELS,
    "level_at_most": LEVELS,
    "size_at_least": ["1", "2", "4"],
    "size_at_most": ["1", "2", "4"],
    "earned_within": ["P6M", "P1Y", "P365D", "P18M", "P400D", "P2Y"],
    "earned_from": DAYS,
    "earned_until": DAYS,
    "grade": [{"scale": "letters"}, {"scale": "letters", "at_least": "C"}, {"scale": "letters", "at_most": "C"}],
}
ALIKE: list[dict[str, Any]] = [
    {},
    {"equivalents": ({"id": "e", "achievements": ("urn:one", "urn:two")},)},
    {"substitutes": ({"id": "s", "instead_of": "urn:one", "accepted": ("urn:three",)},)},
    {
        "equivalents": ({"id": "e", "achievements": ("urn:three", "urn:four")},),
        "substitutes": ({"id": "s", "instead_of": "urn:one", "accepted": ("urn:three",)},),
    },
]


def rules(tree: list[dict[str, Any]], **more: Any) -> Qualification:
    """Rules in Indian credits whose root needs all of `tree`."""
    return Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": "sample",
            "version": "1",
            "title": "Sample",
            "framework": "in-ncrf",
            "credit_system": "in-ncrf",
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "A sample.",
            "sources": ({"name": "made up"},),
            "grading": {"letters": {"grades": STEPS}},
            "calendars": {"year": {"starts": ("08-01",)}},
            "admits": {"frameworks": ("in-ncrf",)},
            "requires": {"id": "root", "title": "Root", "kind": "all", "of": tuple(tree)},
            **more,
        }
    )


ANY = rules([{"id": "x", "title": "X", "kind": "requirement", "units_at_least": 1}])


def flat(chance: Random, most: int = 2) -> dict[str, Any]:
    """A choice of at most so many keys."""
    keys = chance.sample(sorted(VALUES), chance.randint(0, most))
    found = {key: chance.choice(VALUES[key]) for key in keys}
    if found.get("earned_from", "") > found.get("earned_until", "9"):
        del found["earned_until"]
    return found


def deep(chance: Random) -> dict[str, Any]:
    """A choice that may hold others."""
    found = flat(chance)
    if chance.random() < 0.4:
        found["any_of"] = tuple(flat(chance) for _ in range(chance.randint(1, 2)))
    if chance.random() < 0.4:
        found["excluding"] = flat(chance)
    return found


def earned(chance: Random, name: str) -> Candidate:
    """A unit whose facts meet the words of the choices often."""
    grade = chance.choice(["F", "C", "A", None])
    return unit(
        name,
        chance.choice(["1", "2", "4", "6"]),
        provider=chance.choice(["did:web:p.example", "did:web:q.example", SETTING.awarding]),
        system="in-ncrf",
        level=Level("in-ncrf", chance.choice(LEVELS)),
        earned=date(2024, 6, 1) + timedelta(days=chance.randint(0, 720)),
        categories=chance.choice([(), ("a",), ("b",), ("a", "b")]),
        mode=chance.choice(["online", "on-site", "blended"]),
        achievement=chance.choice(["urn:one", "urn:two", "urn:three", "urn:four"]),
        about={
            "fields": frozenset(chance.sample(["0613", "0611", "0511"], chance.randint(0, 2))),
            "dimensions": frozenset(chance.sample(["values", "skills"], chance.randint(0, 2))),
            "language": chance.choice(["en", "mt", ""]),
            "grades": () if grade is None else (("letters", grade),),
        },
    )


def test_what_is_said_of_two_choices_is_true_of_every_unit() -> None:
    spoke = {"includes": 0, "disjoint": 0, "empty": 0}
    for seed in range(1000):
        chance = Random(seed)
        document = rules([ANY.requires.of[0].model_dump()], **chance.choice(ALIKE))
        scope = Scope.of(document, INDIA)
        first, second = Where.model_validate(deep(chance)), Where.model_validate(deep(chance))
        if chance.random() < 0.5:
            second = Where.model_validate(
                {**second.model_dump(), **{key: getattr(first, key) for key in first.given()}}
            )
        said = (includes(first, second, scope), disjoint(first, second, scope), emptiness(first, scope) is not None)
        for name, yes in zip(spoke, said, strict=True):
            spoke[name] += yes
        assert includes(first, first, scope), seed
        for number in range(8):
            facts = earned(chance, f"u{number}").facts
            weighed = admit(facts, document, SETTING, conversion=None, recognition=None)
            assert isinstance(weighed, Weighed)
            fits = [speaks_of(where, weighed, document, SETTING) for where in (first, second)]
            assert not (said[0] and fits[1]) or fits[0], seed
            assert not (said[1] and all(fits)), seed
            assert not (said[2] and fits[0]), seed
    assert min(spoke.values()) > 30, spoke


def leaf(chance: Random, name: str) -> dict[str, Any]:
    """A node of any kind with small numbers, so that a few units may meet it."""
    node: dict[str, Any] = {"id": name, "title": name, "kind": "limit", "over": "counted"}
    kind = chance.choice(["requirement"] * 3 + ["limit"] * 4 + ["prerequisite", "exclusion"])
    if kind == "requirement":
        amount: dict[str, Any] = chance.choice(
            [{"credits_at_least": "2"}, {"credits_at_least": "4"}, {"units_at_least": 1}]
        )
        most: dict[str, Any] = chance.choice(
            [{}, {}, {"units_at_most": 2}, {"credits_at_most": "8"}, {"same": "provider"}]
        )
        return {"id": name, "title": name, "kind": kind, "where": flat(chance, 1), **amount, **most}
    if kind == "prerequisite":
        both = {"where": flat(chance, 1), "needs": flat(chance, 1), "units_at_least": chance.randint(1, 2)}
        return {**node, "kind": kind, **both, "concurrent": chance.random() < 0.5}
    if kind == "exclusion":
        return {**node, "kind": kind, "between": tuple(flat(chance, 1) for _ in range(2))}
    bound: dict[str, Any] = chance.choice(
        [
            {"credits_at_least": chance.choice(["2", "4", "8"])},
            {"credits_at_most": chance.choice(["3", "8"]), "per": chance.choice([None, "provider", "year"])},
            {"units_at_most": chance.randint(1, 3), "per": chance.choice([None, "achievement"])},
            {"share_at_least": chance.choice(["1/4", "1/2"])},
            {"share_at_most": chance.choice(["1/2", "3/4"])},
            {"distinct_at_least": chance.randint(1, 2), "per": "provider"},
            {"in_one_at_least": chance.choice(["2", "4"]), "per": "provider"},
            {"mean_at_least": chance.choice(["1", "2", "3"]), "grading": "letters"},
            {"span_at_most": chance.choice(["P6M", "P1Y", "P18M"])},
        ]
    )
    return {**node, "where": flat(chance, 1), **bound}


def variant(chance: Random, node: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The node as it is, or with another choice, another number, or the words of another node of its kind."""
    changed = dict(node)
    how = chance.choice(["keep", "narrow", "widen", "number", "other"])
    if how == "narrow" and "where" in node:
        changed["where"] = {**flat(chance, 1), **node["where"]}
    if how == "widen" and "where" in node:
        changed["where"] = {}
    if how == "number":
        better = {"credits_at_least": "6", "units_at_least": 2, "share_at_most": "1/4", "span_at_most": "P3M"}
        changed.update({key: value for key, value in better.items() if key in node})
    return {**other, "id": node["id"]} if how == "other" else changed


def drawn(chance: Random) -> tuple[Qualification, Qualification]:
    """Rules, and rules made from them by changing, adding and taking away: looser or stricter, as it falls."""
    place = {"id": "p", "title": "P", "kind": "requirement", "credits_at_least": "1"}
    parent = [place, *(leaf(chance, name) for name in "ab"[: chance.randint(1, 2)])]
    child = [variant(chance, node, leaf(chance, "o")) if node is not place else node for node in parent]
    if chance.random() < 0.3:
        child.append(leaf(chance, "c"))
    alike = chance.choice(ALIKE)
    return rules(parent, **alike), rules(child, **(alike if chance.random() < 0.7 else chance.choice(ALIKE)))


def test_whatever_satisfies_rules_that_tighten_others_satisfies_those_too() -> None:
    tightened = satisfied = changed = 0
    for seed in range(800):
        chance = Random(seed)
        parent, child = drawn(chance)
        if loosenings(child, parent, INDIA):
            continue
        tightened += 1
        candidates = [earned(chance, f"u{number}") for number in range(chance.randint(3, 5))]
        if evaluate(child, candidates, SETTING).adds_up:
            satisfied += 1
            changed += parent != child
            assert evaluate(parent, candidates, SETTING).adds_up, seed
    assert (tightened > 200, satisfied > 60, changed > 25) == (True, True, True), (tightened, satisfied, changed)


def test_rules_that_are_said_to_contradict_one_another_are_met_by_nobody() -> None:
    spoke = 0
    for seed in range(1200):
        chance = Random(seed)
        document, _ = drawn(chance)
        scope = Scope.of(document, INDIA)
        found = [fault for fault in contradictions(document, scope) if fault.slug == "contradiction"]
        if found:
            spoke += 1
            candidates = [earned(chance, f"u{number}") for number in range(5)]
            assert not evaluate(document, candidates, SETTING).adds_up, (seed, found)
    assert spoke > 10, spoke
