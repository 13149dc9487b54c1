"""Each thing that rules of real bodies say, with a learner who satisfies it and one who does not."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from stacking_samples import AWARDING, conversion, rules, setting_of, unit
from test_stacking_proof import prove, slugs

from creditbank.credential import Level
from creditbank.stacking import Candidate, evaluate

SCALES = {"letters": {"grades": [{"code": code, "points": str(n)} for n, code in enumerate("FDCBA")]}}
CALENDARS = {"term": {"starts": ["03-01", "09-01"]}, "year": {"starts": ["03-01"]}}
FHEQ = {"framework": "uk-fheq", "admits": {"frameworks": ["uk-fheq"]}}


def place(name: str = "place", **asked: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "kind": "requirement", **asked}


def limit(name: str = "limit", **asked: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "kind": "limit", "over": "counted", **asked}


def group(kind: str, *of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "group", "title": "Group", "kind": kind, "of": list(of), **more}


def in_(category: str) -> dict[str, Any]:
    return {"category": [f"s:{category}"]}


def u(name: str, credits: str = "3", category: str = "", grade: str = "", **more: Any) -> Candidate:
    about = {"grades": (("letters", grade),)} if grade else {}
    return unit(
        name, credits, categories=[f"s:{category}"] if category else [], about=about | more.pop("about", {}), **more
    )


def named(name: str, **more: Any) -> Candidate:
    return u(name, achievement=f"urn:{name}", **more)


def at(level: str, name: str = "l") -> Candidate:
    return u(name, level=Level("uk-fheq", level))


def six(**more: Any) -> list[Candidate]:
    return [u("six-a", **more), u("six-b", **more)]


@dataclass(frozen=True)
class Case:
    """Rules (a list of nodes under `all`), who satisfies them, who does not, and what else the document says."""

    says: str
    of: list[dict[str, Any]]
    yes: list[Candidate]
    no: list[Candidate]
    document: dict[str, Any] = field(default_factory=dict)


SIX = place(credits_at_least="6")
TWO_PLACES = [place("one", where=in_("a"), credits_at_least="3"), place("two", where=in_("b"), credits_at_least="3")]
SHARED = unit("ab", categories=["s:a", "s:b"])
SHARED_TOO = unit("abc", categories=["s:a", "s:b"])
LARGE = [place("one", where=in_("a"), credits_at_least="6"), place("two", where=in_("b"), credits_at_least="6")]
LATE, EARLY = date(2026, 3, 2), date(2024, 3, 2)


def between(**bound: Any) -> dict[str, Any]:
    return {"sharing": [{"id": "s", "title": "S", "between": ["one", "two"], **bound}]}


CASES = [
    Case("core", [place(where={"achievement": ["urn:x"]}, units_at_least=1)], [named("x")], [named("y")]),
    Case(
        "n of a pool",
        [place(where={"achievement": ["urn:x", "urn:y", "urn:z"]}, units_at_least=2)],
        [named("x"), named("z")],
        [named("x"), named("w")],
    ),
    Case(
        "credits from a pool",
        [place(where=in_("a"), credits_at_least="6")],
        [u("p", "6", "a")],
        [u("p", "3", "a"), u("q", "3")],
    ),
    Case("a maximum", [SIX, limit(where=in_("a"), credits_at_most="3")], [u("p", "3", "a"), u("q")], six(category="a")),
    Case(
        "any of two ways",
        [group("any", place("p", where=in_("a"), units_at_least=1), place("q", where=in_("b"), units_at_least=2))],
        [u("p", "3", "a")],
        [u("p", "3", "b")],
    ),
    Case(
        "two of three",
        [group("n-of", *[place(c, where=in_(c), units_at_least=1) for c in "abc"], n=2)],
        [u("p", "3", "a"), u("q", "3", "c")],
        [u("p", "3", "a"), u("q", "3", "a")],
    ),
    Case("nothing counts twice", TWO_PLACES, [SHARED, u("b", "3", "b")], [SHARED]),
    Case("a free overlay", TWO_PLACES, [SHARED], [u("a", "3", "a")], between()),
    Case(
        "limited sharing in units",
        LARGE,
        [SHARED, u("a", "3", "a"), u("b", "3", "b")],
        [SHARED, SHARED_TOO],
        between(units_at_most=1),
    ),
    Case(
        "limited sharing in credits",
        LARGE,
        [SHARED, u("a", "3", "a"), u("b", "3", "b")],
        [SHARED, SHARED_TOO],
        between(credits_at_most="3"),
    ),
    Case(
        "credits at or above a level",
        [place(where={"level_at_least": "6"}, units_at_least=1)],
        [at("6")],
        [at("5")],
        FHEQ,
    ),
    Case(
        "a cap on a level",
        [SIX, limit(where={"level_at_most": "4"}, credits_at_most="3")],
        [at("4"), at("5", "m")],
        [at("4"), at("4", "m")],
        FHEQ,
    ),
    Case(
        "transfer as a share of the counted total",
        [SIX, limit(where={"excluding": {"provider": ["awarding"]}}, share_at_most="1/2")],
        [u("h", provider=AWARDING), u("t")],
        six(),
    ),
    Case(
        "recognition of prior learning as a share",
        [SIX, limit(where={"source_type": ["rpl"]}, share_at_most="1/2")],
        [u("r", source="rpl"), u("c")],
        six(source="rpl"),
    ),
    Case(
        "online as a share",
        [SIX, limit(where={"mode": ["online"]}, share_at_most="1/2")],
        [u("o", mode="online"), u("c")],
        six(mode="online"),
    ),
    Case(
        "residency as a share",
        [SIX, limit(where={"provider": ["awarding"]}, share_at_least="1/2")],
        [u("h", provider=AWARDING), u("t")],
        six(),
    ),
    Case(
        "the last credits here",
        [SIX, limit(where={"provider": ["awarding"]}, last_at_least="3")],
        [u("t", earned=EARLY), u("h", provider=AWARDING, earned=LATE)],
        [u("h", provider=AWARDING, earned=EARLY), u("t", earned=LATE)],
    ),
    Case(
        "a cap per term",
        [SIX, limit(per="term", credits_at_most="3")],
        [u("p", earned=EARLY), u("q", earned=LATE)],
        six(),
    ),
    Case(
        "a cap per year",
        [SIX, limit(per="year", credits_at_most="3")],
        [u("p", earned=EARLY), u("q", earned=LATE)],
        [u("p", earned=LATE), u("q", earned=date(2026, 5, 1))],
    ),
    Case(
        "a minimum per term",
        [SIX, limit(per="term", in_each_at_least="6")],
        six(),
        [u("p", earned=EARLY), u("q", earned=LATE)],
    ),
    Case(
        "a cap per institution",
        [SIX, limit(per="provider", credits_at_most="3")],
        [u("p"), u("q", provider="b")],
        six(),
    ),
    Case(
        "a cap per source type",
        [SIX, limit(per="source-type", credits_at_most="3")],
        [u("p"), u("q", source="rpl")],
        six(),
    ),
    Case(
        "a cap per category",
        [SIX, limit(per="category", credits_at_most="3")],
        [u("p", "3", "a"), u("q", "3", "b")],
        six(category="a"),
    ),
    Case(
        "a number of certificates",
        [SIX, limit(where={"achievement_type": ["Certificate"]}, units_at_most=1)],
        [u("p", about={"kind": "Certificate"}), u("q")],
        six(about={"kind": "Certificate"}),
    ),
    Case("whole units", [place(credits_at_least="4"), limit(credits_at_most="5")], [u("p", "5")], [u("p", "6")]),
    Case(
        "parts of units",
        [place(credits_at_least="4"), limit(credits_at_most="5")],
        [u("p", "6")],
        [u("p")],
        {"admits": {"whole_units": False}},
    ),
    Case(
        "recency of a place",
        [place(where={"earned_within": "P1Y"}, units_at_least=1)],
        [u("p", earned=LATE)],
        [u("p", earned=EARLY)],
    ),
    Case(
        "shelf life",
        [place(units_at_least=1)],
        [u("p", earned=LATE)],
        [u("p", earned=EARLY)],
        {"admits": {"max_age": "P1Y"}},
    ),
    Case("expiry", [place(units_at_least=1)], [u("p", expires=date(2026, 6, 1))], [u("p", expires=date(2026, 5, 31))]),
    Case(
        "a grade floor of a place",
        [place(where={"grade": {"scale": "letters", "at_least": "C"}}, units_at_least=1)],
        [u("p", grade="C")],
        [u("p", grade="D")],
    ),
    Case(
        "a weighted average",
        [place(credits_at_least="9"), limit(grading="letters", mean_at_least="3")],
        [u("p", "6", grade="A"), u("q", "3", grade="D")],
        [u("p", "3", grade="A"), u("q", "6", grade="D")],
    ),
    Case(
        "a sum of points",
        [limit(grading="letters", points_at_least="12"), place(credits_at_least="0")],
        [u("p", "3", grade="A")],
        [u("p", "3", grade="B")],
    ),
    Case(
        "a count of low grades",
        [SIX, limit(where={"grade": {"scale": "letters", "at_most": "D"}}, units_at_most=1)],
        [u("p", grade="D"), u("q", grade="C")],
        six(grade="D"),
    ),
    Case(
        "a mean over everything attempted",
        [place(units_at_least=1), {**limit(grading="letters", mean_at_least="2"), "over": "attempted"}],
        [u("p", grade="A"), u("q", grade="F")],
        [u("p", grade="B"), u("q", grade="F")],
    ),
    Case(
        "a number of tries",
        [place(units_at_least=1), {**limit(per="achievement", units_at_most=1), "over": "attempted"}],
        [named("x"), named("y")],
        [named("x"), unit("again", achievement="urn:x")],
    ),
    Case(
        "an exclusion",
        [SIX, {"id": "x", "title": "X", "kind": "exclusion", "over": "counted", "between": [in_("a"), in_("b")]}],
        six(category="a"),
        [u("p", "3", "a"), u("q", "3", "b")],
    ),
    Case("the same content twice", [SIX], [u("p", content="k"), u("q", content="l")], six(content="k")),
    Case(
        "an equivalence",
        [place(where={"achievement": ["urn:x"]}, units_at_least=1)],
        [named("y")],
        [named("z")],
        {"equivalents": [{"id": "e", "achievements": ["urn:x", "urn:y"]}]},
    ),
    Case(
        "a substitution",
        [place(where={"achievement": ["urn:x"]}, units_at_least=1)],
        [named("y")],
        [named("z")],
        {"substitutes": [{"id": "e", "instead_of": "urn:x", "accepted": ["urn:y"]}]},
    ),
    Case(
        "a superseded unit",
        [SIX],
        [named("x"), named("z")],
        [named("x"), named("y")],
        {"equivalents": [{"id": "e", "achievements": ["urn:x", "urn:y"]}]},
    ),
    Case(
        "a prerequisite in time",
        [
            SIX,
            {
                "id": "x",
                "title": "X",
                "kind": "prerequisite",
                "over": "counted",
                "where": in_("a"),
                "needs": in_("b"),
                "units_at_least": 1,
            },
        ],
        [u("p", "3", "a", earned=LATE), u("q", "3", "b", earned=EARLY)],
        [u("p", "3", "a", earned=EARLY), u("q", "3", "b", earned=LATE)],
    ),
    Case(
        "distinct providers", [SIX, limit(per="provider", distinct_at_least=2)], [u("p"), u("q", provider="b")], six()
    ),
    Case(
        "distinct departments",
        [SIX, limit(per="broad-field", distinct_at_least=2)],
        [u("p", about={"fields": frozenset({"0611"})}), u("q", about={"fields": frozenset({"0711"})})],
        six(about={"fields": frozenset({"0611"})}),
    ),
    Case(
        "concentration in one subject",
        [SIX, limit(per="narrow-field", in_one_at_least="6")],
        six(about={"fields": frozenset({"0611"})}),
        [u("p", about={"fields": frozenset({"0611"})}), u("q", about={"fields": frozenset({"0711"})})],
    ),
    Case(
        "coverage of three dimensions",
        [place(name, where={"dimension": [name]}, units_at_least=1) for name in ("knowledge", "skills", "values")],
        [u(name, about={"dimensions": frozenset({name})}) for name in ("knowledge", "skills", "values")],
        [u(name, about={"dimensions": frozenset({"skills", "values"})}) for name in "abc"],
    ),
    Case("a time for the whole", [SIX, limit(span_at_most="P1Y")], six(), [u("p", earned=EARLY), u("q", earned=LATE)]),
    Case(
        "rules that ended, for who had begun",
        [place(units_at_least=1)],
        [u("p", earned=EARLY)],
        [u("p", earned=LATE)],
        {"valid_until": "2025-12-31", "transition": {"begun_by": "2024-12-31", "until": "2027-12-31"}},
    ),
    Case("a lot that was redeemed", [place(units_at_least=1)], [u("p")], [u("p", available="0")]),
    Case(
        "a bundle as one credential",
        TWO_PLACES,
        [u("w", "6", achievement="urn:w")],
        [u("w", "6", achievement="urn:v")],
        {
            "bundles": [
                {
                    "id": "b",
                    "achievement": "urn:w",
                    "parts": [
                        {"id": c, "achievement": f"urn:{c}", "credits": "3", "categories": [f"s:{c}"]} for c in "ab"
                    ],
                }
            ]
        },
    ),
    Case(
        "half units",
        [place(units_at_least=1)],
        [u("p", "1"), u("q", "1")],
        [u("p", "1")],
        {"admits": {"half_units": {"size_at_most": "1"}}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_of_two_learners_one_satisfies_it_and_one_does_not(case: Case) -> None:
    document = {"grading": SCALES, "calendars": CALENDARS} | case.document
    ruled = rules(case.of, **document)
    found, short = (evaluate(ruled, units, setting_of()) for units in (case.yes, case.no))
    assert found.adds_up
    assert slugs(prove(ruled, case.yes, setting_of()), ruled, case.yes, setting_of()) == []
    assert not short.adds_up
    assert short.proven


def test_credits_of_another_system_count_by_a_policy_with_exact_fractions_or_not_at_all() -> None:
    ruled, foreign = (
        rules([place(credits_at_least="2.5")]),
        unit("f", "7.5", system="eu-ects", level=Level("kr-acbs", "1")),
    )
    third = conversion(to_system="kr", ratio="1/3", rounding_unit="0.5")
    assert evaluate(ruled, [foreign], setting_of(conversions=[third])).adds_up
    assert not evaluate(ruled, [foreign], setting_of()).adds_up
