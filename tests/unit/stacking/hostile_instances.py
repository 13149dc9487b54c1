"""Rule files and learners made to hurt (threat 59): each is a valid document, and small enough to be sent by anybody.

Run as a program with the name of an instance it weighs it twice, the second time in the reverse order, within a memory
cap of 1.5 GB, and prints what it found as JSON. `test_hostile_rule_files.py` runs each in a process of its own.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from stacking_samples import did, rules, setting_of, unit

from creditbank.framework import Qualification
from creditbank.stacking import Candidate, evaluate
from creditbank.units import Credits

MEMORY: Final = 1_500_000_000
"""The most memory, in bytes, that a process may ask for."""
DAY: Final = date(2026, 3, 2)

Drawn = tuple[Qualification, list[Candidate], list[Candidate]]
"""Rules, what the learner has, and what could still be taken."""


def place(name: str, **more: Any) -> dict[str, Any]:
    asks = {} if {"credits_at_least", "units_at_least"} & more.keys() else {"units_at_least": 1}
    return {"id": name, "title": f"Place {name}", "kind": "requirement", **asks, **more}


def limit(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": f"Limit {name}", "kind": "limit", "over": "counted", **more}


def of(*categories: str) -> dict[str, Any]:
    return {"category": list(categories)}


def thousandths(amount: int) -> str:
    return str(Credits(amount))


def subset_sum(count: int, *, planted: bool) -> Drawn:
    """Amounts of six digits that must come to one sum exactly. Half of them do when it is planted.

    Unplanted, every amount is even and the sum is odd, so no choice of them comes to it.
    """
    chance = random.Random(count)
    sizes = [2 * chance.randrange(50_000, 500_000) for _ in range(count)]
    target = sum(chance.sample(sizes, count // 2)) + (0 if planted else 1)
    exactly = [place("least", credits_at_least=thousandths(target)), limit("most", credits_at_most=thousandths(target))]
    return rules(exactly), [unit(f"{n:03d}", thousandths(size)) for n, size in enumerate(sizes)], []


def odd_subset_sum(count: int) -> Drawn:
    """Amounts without a common measure, and a sum in the middle that nobody planted."""
    chance = random.Random(-count)
    sizes = [chance.randrange(100_000, 1_000_000) for _ in range(count)]
    target = sum(sizes) // 2
    exactly = [place("least", credits_at_least=thousandths(target)), limit("most", credits_at_most=thousandths(target))]
    return rules(exactly), [unit(f"{n:03d}", thousandths(size)) for n, size in enumerate(sizes)], []


def pigeonhole(holes: int) -> Drawn:
    """One place more than there are units, and any unit fits any place."""
    return rules([place(f"p{n}") for n in range(holes + 1)]), [unit(f"{n:03d}") for n in range(holes)], []


def half_pigeonhole(holes: int) -> Drawn:
    """As before, but the units differ: each fits all places but one, so that no two of them are alike."""
    places = [place(f"p{n}", where={"excluding": of(f"c{n}")}) for n in range(holes + 1)]
    return rules(places), [unit(f"{n:03d}", categories=[f"c{n}"]) for n in range(holes)], []


def deep_any(levels: int) -> Drawn:
    """Choices within choices, each with a way out that is one credit too dear."""
    node = place("leaf", credits_at_least="100")
    for depth in range(levels):
        other = place(f"other{depth}", where=of(f"c{depth}"), credits_at_least="4")
        node = {"id": f"any{depth}", "title": "Any", "kind": "any", "of": [node, other]}
    return rules([node]), [unit(f"{n:03d}", categories=[f"c{n}"]) for n in range(levels)], []


def wide_choice(width: int, n: int) -> Drawn:
    """So many of a great many places, with one unit too few."""
    of_ = [place(f"p{index}", where=of(f"c{index}")) for index in range(width)]
    root = {"id": "choice", "title": "Choice", "kind": "n-of", "n": n, "of": of_}
    return rules([root]), [unit(f"{index:03d}", categories=[f"c{index}"]) for index in range(n - 1)], []


def choice_of_choices(outer: int, inner: int) -> Drawn:
    """Half of many groups, each half of many places: astronomically many smallest choices, and one unit too few."""
    groups = [
        {
            "id": f"g{g}",
            "title": "Half",
            "kind": "n-of",
            "n": inner // 2,
            "of": [place(f"g{g}p{p}", where=of(f"c{(g + p) % outer}")) for p in range(inner)],
        }
        for g in range(outer)
    ]
    root = {"id": "half", "title": "Half of them", "kind": "n-of", "n": outer // 2, "of": groups}
    have = (outer // 2) * (inner // 2) - 1
    return rules([root]), [unit(f"{n:03d}", categories=[f"c{n % outer}"]) for n in range(have)], []


def much_sharing(places: int) -> Drawn:
    """A ring of places, each of which may share with the next by an entry of its own, and one unit too few."""
    names = [f"p{n}" for n in range(places)]
    sharing = [
        {
            "id": f"s{n}",
            "title": f"Sharing {n}",
            "between": [name, names[(n + 1) % places]],
            **({"units_at_most": n % 3} if n % 2 else {"credits_at_most": str(n % 5)}),
        }
        for n, name in enumerate(names)
    ]
    asked = [place(name, credits_at_least="6", where={"excluding": of(f"c{n}")}) for n, name in enumerate(names)]
    units = [unit(f"{n:03d}", "3", categories=[f"c{n % places}"]) for n in range(places)]
    return rules(asked, sharing=sharing), units, []


def one_wide_sharing(places: int) -> Drawn:
    """One entry by which a unit may fill any places at once, up to all of them."""
    names = [f"p{n}" for n in range(places)]
    entry = {"id": "all", "title": "All", "between": names, "places_at_most": places, "credits_at_most": "59.999"}
    asked = [place(name, credits_at_least=str(20 + n)) for n, name in enumerate(names)]
    units = [unit(f"{n:03d}", thousandths(2_000 + 37 * n)) for n in range(places)]
    return rules(asked, sharing=[entry]), units, []


def long_chain(length: int, *, broken: bool) -> Drawn:
    """Each unit needs the one before it. Broken, the first two were earned in the wrong order."""
    days = [DAY - timedelta(days=length - n) for n in range(length)]
    if broken:
        days[0], days[1] = days[1], days[0]
    chain = [
        {
            "id": f"n{n}",
            "title": f"Step {n}",
            "kind": "prerequisite",
            "over": "counted",
            "where": {"achievement": [f"urn:achievement:{n:04d}"]},
            "needs": {"achievement": [f"urn:achievement:{n - 1:04d}"]},
            "units_at_least": 1,
        }
        for n in range(1, length)
    ]
    groups = [
        {"id": f"g{at}", "title": "Order", "kind": "all", "of": chain[at : at + 200]}
        for at in range(0, len(chain), 200)
    ]
    need = place("all", units_at_least=length)
    return rules([need, *groups]), [unit(f"{n:04d}", "1", earned=day) for n, day in enumerate(days)], []


def partial_units(count: int) -> Drawn:
    """Units of which any part counts, under shares, and one thousandth too few of what is asked."""
    shares = [limit(f"s{n}", where=of(f"c{n}"), share_at_most=f"{n + 3}/31") for n in range(6)]
    units = [unit(f"{n:04d}", thousandths(1000 + n % 17), categories=[f"c{n % 8}"]) for n in range(count)]
    total = sum(item.available.thousandths for item in units)
    return (
        rules([place("need", credits_at_least=thousandths(total)), *shares], admits={"whole_units": False}),
        units,
        [],
    )


def many_windows(years: int) -> Drawn:
    """A calendar of twelve windows a year over a working life, a cap in each, and slightly more asked than it lets."""
    starts = [f"{month:02d}-01" for month in range(1, 13)]
    start = date(2026 - years, 1, 15)
    days = [date(start.year + n // 12, 1 + n % 12, 15) for n in range(12 * years)]
    units = [unit(f"{n:04d}", "2", earned=day) for n, day in enumerate(days)]
    units += [unit(f"{n:04d}b", "1", earned=day) for n, day in enumerate(days)]
    cap = limit("pace", per="month", credits_at_most="2")
    need = place("need", credits_at_least=str(2 * len(days) + 1))
    return rules([need, cap], calendars={"month": {"starts": starts}}), units, []


def many_portions(count: int) -> Drawn:
    """One portion for each achievement, each with its own cap and its own share."""
    units = [unit(f"{n:04d}", "1") for n in range(count)]
    return (
        rules(
            [
                place("need", credits_at_least=str(count)),
                limit("cap", per="achievement", credits_at_most="1"),
                limit("share", per="achievement", share_at_most="1/1999"),
                limit("distinct", per="achievement", distinct_at_least=1000),
            ]
        ),
        units,
        [],
    )


def odd_shares(count: int) -> Drawn:
    """Shares with large parts that have no common measure."""
    primes = (9973, 9967, 9949, 9941, 9931, 9929, 9923, 9907, 9901, 9887)
    shares = [
        limit(f"s{n}", where=of(f"c{n}"), share_at_most=f"{prime // 10 - 7 * n}/{prime}")
        for n, prime in enumerate(primes)
    ]
    chance = random.Random(count)
    units = [
        unit(f"{n:03d}", thousandths(chance.randrange(1_000, 9_000)), categories=[f"c{n % 10}"]) for n in range(count)
    ]
    return rules([place("need", credits_at_least="100"), *shares]), units, []


def fine_means(count: int, *, fine: bool) -> Drawn:
    """Means with three decimals over many units and over parts of them; the credits are as fine, or whole."""
    chance = random.Random(count)
    units = [
        unit(
            f"{n:03d}",
            thousandths(chance.randrange(1_000, 9_000)) if fine else str(chance.randint(1, 9)),
            categories=[f"c{n % 5}"],
            about={"grades": (("marks", thousandths(chance.randrange(40_000, 90_000))),)},
        )
        for n in range(count)
    ]
    means = [limit(f"m{n}", where=of(f"c{n}"), grading="marks", mean_at_least=f"{66 + n}.{n}37") for n in range(5)]
    need = place("need", credits_at_least=str(2 * count))
    return rules([need, *means], grading={"marks": {"numbers": ["0", "100"]}}), units, []


def huge_amounts(count: int) -> Drawn:
    """The largest amount that can be written, many times."""
    units = [unit(f"{n:03d}", "999999.999", categories=[f"c{n % 3}"]) for n in range(count)]
    share = limit("share", where=of("c1"), share_at_most="333/1000")
    return rules([place("need", credits_at_least="999999.999"), share]), units, []


def many_equivalents(classes: int, size: int, count: int) -> Drawn:
    """Classes of achievements that are the same, and one credit more than one unit of each comes to."""
    groups = [
        {"id": f"e{n}", "achievements": [f"urn:achievement:{n:03d}.{k:03d}" for k in range(size)]}
        for n in range(classes)
    ]
    units = [
        unit(
            f"{n:04d}",
            thousandths(1_000 - n // classes),
            achievement=f"urn:achievement:{n % classes:03d}.{n % size:03d}",
        )
        for n in range(count)
    ]
    return rules([place("need", credits_at_least=str(classes + 1))], equivalents=groups), units, []


def many_spreads(count: int) -> Drawn:
    """Fields that overlap, and so many of them at least and at most at once."""
    fields = [f"{n:04d}" for n in range(100, 300)]
    chance = random.Random(count)
    units = [
        unit(f"{n:03d}", "3", provider=f"p{n % 60}", about={"fields": frozenset(chance.sample(fields, 8))})
        for n in range(count)
    ]
    spreads = [
        limit("fields", per="detailed-field", distinct_at_least=150),
        limit("few", per="provider", distinct_at_most=12),
        limit("deep", per="narrow-field", in_one_at_least="30"),
    ]
    return rules([place("need", units_at_least=12), *spreads]), units, []


def long_path(count: int) -> Drawn:
    """A catalogue of nearly equal offers, of which a third is needed, under shares and exclusions."""
    chance = random.Random(count)
    offers = [
        unit(
            f"o{n:03d}",
            thousandths(chance.randrange(1_000, 4_000)),
            provider=f"p{n % 7}",
            categories=[f"c{n % 10}"],
        )
        for n in range(count)
    ]
    places = [place(f"p{n}", where=of(f"c{n}", f"c{(n + 1) % 10}"), credits_at_least="9.5") for n in range(10)]
    cap = limit("share", per="provider", share_at_most="1/6")
    return rules([*places, cap]), [unit("has", "1", categories=["c0"])], offers


def closed_set(count: int) -> Drawn:
    """Each unit may count only beside others, in circles of concurrent conditions."""
    nodes = [
        {
            "id": f"n{n}",
            "title": f"Together {n}",
            "kind": "prerequisite",
            "over": "counted",
            "concurrent": True,
            "where": of(f"c{n}"),
            "needs": of(f"c{(n * 7 + 3) % count}", f"c{(n * 11 + 5) % count}"),
            "credits_at_least": "2",
        }
        for n in range(count)
    ]
    units = [unit(f"{n:03d}", "1", categories=[f"c{n % count}"]) for n in range(2 * count)]
    cap = limit("cap", credits_at_most=str(count))
    return rules([place("need", credits_at_least=str(count)), *nodes, cap]), units, []


def exclusions(count: int) -> Drawn:
    """Many ways to choose sides."""
    nodes = [
        {
            "id": f"x{n}",
            "title": f"Either {n}",
            "kind": "exclusion",
            "over": "counted",
            "between": [of(f"c{(n * 5 + k * 3) % count}") for k in range(3)],
        }
        for n in range(count)
    ]
    units = [unit(f"{n:03d}", str(1 + n % 5), categories=[f"c{n % count}"]) for n in range(3 * count)]
    return rules([place("need", credits_at_least=str(3 * count)), *nodes]), units, []


def mycielski(vertices: int, edges: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """A graph without triangles that needs one colour more than this one."""
    twins = [pair for a, b in edges for pair in ((a, vertices + b), (b, vertices + a))]
    return 2 * vertices + 1, [*edges, *twins, *((vertices + n, 2 * vertices) for n in range(vertices))]


def colouring(times: int, colours: int) -> Drawn:
    """One unit of some colour for each vertex, and for no edge two of one colour; the graph hides what it needs."""
    vertices, edges = 5, [(n, (n + 1) % 5) for n in range(5)]
    for _ in range(times):
        vertices, edges = mycielski(vertices, edges)
    nodes = [place(f"v{v}", where=of(f"v{v}")) for v in range(vertices)]
    nodes += [
        {
            "id": f"e{number}c{colour}",
            "title": "Two ends",
            "kind": "exclusion",
            "over": "counted",
            "between": [of(f"v{a}c{colour}"), of(f"v{b}c{colour}")],
        }
        for number, (a, b) in enumerate(edges)
        for colour in range(colours)
    ]
    groups = [
        {"id": f"g{at}", "title": "Part", "kind": "all", "of": nodes[at : at + 200]} for at in range(0, len(nodes), 200)
    ]
    units = [unit(f"v{v}c{c}", "1", categories=[f"v{v}", f"v{v}c{c}"]) for v in range(vertices) for c in range(colours)]
    return rules(groups), units, []


def many_nodes(nodes: int, count: int) -> Drawn:
    """Thousands of limits, each over the units of two categories of fifty."""
    limits = [
        limit(f"l{n}", where=of(f"c{n % 50}", f"c{(n * 7 + 1) % 50}"), credits_at_most=str(40 + n % 9))
        for n in range(nodes)
    ]
    groups = [
        {"id": f"g{at}", "title": "Part", "kind": "all", "of": limits[at : at + 200]} for at in range(0, nodes, 200)
    ]
    units = [unit(f"{n:03d}", "3", categories=[f"c{n % 50}"]) for n in range(count)]
    return rules([place("need", credits_at_least=str(2 * count)), *groups]), units, []


def circle(length: int) -> Drawn:
    """Each unit needs the next one before it, and the last one needs the first."""
    nodes = [
        {
            "id": f"n{n}",
            "title": f"Step {n}",
            "kind": "prerequisite",
            "over": "counted",
            "where": of(f"c{n}"),
            "needs": of(f"c{(n + 1) % length}"),
            "units_at_least": 1,
        }
        for n in range(length)
    ]
    groups = [
        {"id": f"g{at}", "title": "Order", "kind": "all", "of": nodes[at : at + 200]} for at in range(0, length, 200)
    ]
    units = [unit(f"{n:04d}", "3", categories=[f"c{n}"]) for n in range(length)]
    return rules([place("need", units_at_least=length - 1), *groups]), units, []


INSTANCES: Final[dict[str, Callable[[], Drawn]]] = {
    **{f"subset-sum-{n}": lambda n=n: odd_subset_sum(n) for n in (40, 100, 200)},
    **{f"subset-sum-planted-{n}": lambda n=n: subset_sum(n, planted=True) for n in (40, 100, 200)},
    **{f"subset-sum-parity-{n}": lambda n=n: subset_sum(n, planted=False) for n in (40, 100, 200)},
    **{f"pigeonhole-{n}": lambda n=n: pigeonhole(n) for n in (20, 40, 60)},
    **{f"pigeonhole-unlike-{n}": lambda n=n: half_pigeonhole(n) for n in (20, 40, 60)},
    "deep-any": lambda: deep_any(15),
    "wide-choice": lambda: wide_choice(200, 100),
    "choice-of-choices": lambda: choice_of_choices(16, 12),
    "choice-of-choices-wide": lambda: choice_of_choices(40, 20),
    "sharing": lambda: much_sharing(50),
    "sharing-wide": lambda: one_wide_sharing(50),
    "chain": lambda: long_chain(1_000, broken=False),
    "chain-broken": lambda: long_chain(1_000, broken=True),
    "partial": lambda: partial_units(2_000),
    "windows": lambda: many_windows(60),
    "portions": lambda: many_portions(2_000),
    "odd-shares": lambda: odd_shares(60),
    "odd-shares-many": lambda: odd_shares(300),
    "fine-means": lambda: fine_means(300, fine=False),
    "fine-means-fine-credits": lambda: fine_means(300, fine=True),
    "huge-amounts": lambda: huge_amounts(40),
    "equivalents": lambda: many_equivalents(200, 100, 1_800),
    "spreads": lambda: many_spreads(120),
    "path": lambda: long_path(300),
    "closed-set": lambda: closed_set(40),
    "exclusions": lambda: exclusions(60),
    "colouring": lambda: colouring(1, 3),
    "colouring-enough": lambda: colouring(1, 4),
    "colouring-large": lambda: colouring(2, 4),
    "nodes": lambda: many_nodes(6_000, 60),
    "circle": lambda: circle(300),
    # Smaller ones of the same kinds, for every run of the tests; the large ones are for `make soak`.
    "chain-broken-200": lambda: long_chain(200, broken=True),
    "choice-of-choices-small": lambda: choice_of_choices(8, 8),
    "equivalents-20": lambda: many_equivalents(20, 100, 180),
    "partial-200": lambda: partial_units(200),
    "path-60": lambda: long_path(60),
    "sharing-12": lambda: much_sharing(12),
    "sharing-wide-12": lambda: one_wide_sharing(12),
    "windows-5": lambda: many_windows(5),
}
LARGE: Final = frozenset(
    {
        "chain",
        "chain-broken",
        "choice-of-choices",
        "choice-of-choices-wide",
        "colouring-large",
        "equivalents",
        "partial",
        "path",
        "pigeonhole-60",
        "pigeonhole-unlike-60",
        "sharing",
        "sharing-wide",
        "spreads",
        "subset-sum-100",
        "subset-sum-parity-100",
        "subset-sum-parity-200",
        "subset-sum-planted-100",
        "windows",
    }
)
"""Instances that take more than a few seconds each."""


def main(name: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    qualification, candidates, catalogue = INSTANCES[name]()
    setting, found = setting_of(), []
    for step in (1, -1):
        started = time.process_time()
        found.append(evaluate(qualification, candidates[::step], setting, catalogue=catalogue[::step]))
        took = time.process_time() - started
    first, second = found
    print(
        json.dumps(
            {
                "verdict": first.verdict.value,
                "proven": first.proven,
                "stopped": [[stop.part, stop.limit] for stop in first.stopped],
                "digests": [first.digest.hex(), second.digest.hex()],
                "units": len(candidates),
                "seconds": round(took, 2),
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    assert did("x").startswith("did:")
    main(sys.argv[1])
