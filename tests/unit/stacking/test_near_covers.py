"""Where a place has too many covers to list, those that an answer near the least can use are found."""

from itertools import combinations, product

import pytest
from bench.synthetic import SMALL, Kind, instance, setting

from creditbank.stacking import lightest as listing
from creditbank.stacking import near as nearby
from creditbank.stacking.allocation import decide, formulate, settle
from creditbank.stacking.covers import Covers, Priced, asked_of_places, once_of
from creditbank.stacking.front import Front
from creditbank.stacking.lightest import lightest
from creditbank.stacking.near import Near, are_many, least_of_all
from creditbank.stacking.problem import Problem
from creditbank.stacking.seating import Seating
from creditbank.stacking.solver import Effort, TooComplex
from creditbank.stacking.weighing import build

WORK = 100_000
FEW = Kind("12x4", 12, 4)
LEAST = Kind("9x4", 9, 4)
NUMBERS = range(0, 16, 2)


def problem_of(kind: Kind, number: int) -> Problem:
    return build(instance(kind, number).qualification, instance(kind, number).candidates, setting())[0]


def covers_of(problem: Problem) -> dict[str, set[frozenset[int]]]:
    """Every set of units that fills a place with none to spare, tried one by one."""
    found: dict[str, set[frozenset[int]]] = {}
    for path, bounds in asked_of_places(problem).items():
        bound, own = bounds[0], set()
        fitting = [at for at, weight in enumerate(bound.weights) if weight]
        for size in range(1, len(fitting) + 1):
            for chosen in combinations(fitting, size):
                total = sum(bound.weights[at] for at in chosen)
                if total >= (bound.least or 0) > total - min(bound.weights[at] for at in chosen):
                    own.add(frozenset(chosen))
        found[path] = own
    return found


def listed(covers: Covers) -> dict[str, set[frozenset[int]]]:
    found: dict[str, set[frozenset[int]]] = {path: set() for path in covers.paths}
    for at, place in enumerate(covers.place):
        if place >= 0:
            found[covers.paths[place]].add(frozenset(map(int, covers.inside[at, : covers.count].nonzero()[0])))
    return found


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_every_cover_that_an_answer_up_to_so_many_credits_uses_is_there(number: int) -> None:
    """All answers of a small problem that count no more than is promised, put together cover by cover."""
    problem = problem_of(LEAST, number)
    near, every = Near.of(problem, Effort(WORK)), covers_of(problem)
    assert near is not None
    for table in (near.covers(12), near.covers(1_000)):
        assert table is not None
        known = listed(table)
        for path, own in every.items():
            assert known[path] <= own
            beside = together([covers for other, covers in every.items() if other != path])
            for cover in own - known[path]:
                assert not any(cover.isdisjoint(rest) and keeps(near, cover | rest, table.upto) for rest in beside)


def together(lists: list[set[frozenset[int]]]) -> set[frozenset[int]]:
    """The units of one cover from each list, no unit in two."""
    found = {frozenset[int]()}
    for own in lists:
        found = {units | cover for units in found for cover in own if units.isdisjoint(cover)}
    return found


def keeps(near: Near, units: frozenset[int], upto: int) -> bool:
    """Whether these count so few credits, keep every bound over all, and are no two of which one counts."""
    counted = sum(near.problem.units[at].most for at in units)
    return (
        counted <= upto
        and all(sum(weights[at] for at in units) >= least for weights, least in near.rows)
        and all(len(units.intersection(one)) <= 1 for one in once_of(near.problem))
    )


def test_prices_of_few_covers_tell_as_much_as_before_or_more() -> None:
    for number in NUMBERS:
        near = Near.of(problem_of(SMALL, number), Effort(WORK))
        covers = None if near is None else near.covers(300)
        priced = None if covers is None else Priced.of(covers, Effort(WORK))
        if near is not None and priced is not None:
            assert near.again(priced, Effort(WORK)).base >= near.base


@pytest.mark.parametrize("kind", [FEW, Kind("14x5 tight", 14, 5, tight=True)], ids=lambda kind: kind.name)
def test_the_answer_is_the_one_of_the_solver(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby, "MANY", 0)
    monkeypatch.setattr(listing, "FIRST", 20)
    listed_ = 0
    for number in NUMBERS:
        problem = problem_of(kind, number)
        filling, found = lightest(Front(problem), Effort(WORK)), settle(formulate(problem), (), Effort(WORK))
        assert found is not None
        if filling is not None:
            listed_ += 1
            uses = tuple(problem.units[at].use(1, [path] if path else []) for at, path in sorted(filling.items()))
            assert uses == found.uses, problem.qualification.id
    assert listed_ >= 6


@pytest.mark.parametrize("number", [16, 28])
def test_places_that_many_units_fit_are_decided_in_canonical_order(number: int) -> None:
    """The solver alone does not find the order of these within its bound: they add up only without any credit over."""
    problem = problem_of(SMALL, number)
    assert are_many(problem)
    found = decide(problem, Effort(2_000), Effort(2_000))
    assert found.answer is not None
    assert found.unordered is None


def test_nothing_is_said_when_the_effort_is_spent() -> None:
    with pytest.raises(TooComplex):
        Near.of(problem_of(SMALL, 0), Effort(3))


def test_units_are_seated_in_the_first_way_of_all() -> None:
    """Two places and four units, every way tried: the first unit sits in the first place that leaves one."""
    problem = problem_of(FEW, 0)
    paths = list(asked_of_places(problem))[:2]
    count = len(problem.units)
    both = [at for at, places in enumerate(problem.places) if set(paths) <= set(places)]
    fits = [at for at, places in enumerate(problem.places) if set(paths) & set(places)]
    units = fits[:4]
    bit = {at: 1 << (count - 1 - at) for at in units}
    lists = {
        path: [
            sum(bit[at] for at in chosen)
            for size in range(1, 4)
            for chosen in combinations([at for at in units if path in problem.places[at]], size)
        ]
        for path in paths
    }
    every = sum(bit.values())
    ways = [
        {at: paths[0] if first & bit[at] else paths[1] for at in units}
        for first, second in product(lists[paths[0]], lists[paths[1]])
        if not first & second and first | second == every
    ]
    found = Seating(problem, every, every, Effort(WORK)).first(lists)
    assert both or ways
    best = min(ways, key=lambda way: [problem.places[at].index(way[at]) for at in units], default=None)
    assert found == best


def test_units_that_no_cover_takes_have_no_way() -> None:
    problem = problem_of(FEW, 0)
    assert Seating(problem, 0b11, 0b11, Effort(WORK)).first({"root/r00": [0b10]}) is None
    assert Seating(problem, 0b11, 0b11, Effort(WORK)).first({"root/r00": [0b11], "root/r01": [0b10]}) is None


@pytest.mark.parametrize("kind", [FEW, LEAST, Kind("12x4 tight", 12, 4, tight=True), SMALL], ids=lambda kind: kind.name)
def test_no_answer_counts_fewer_credits_than_is_said(kind: Kind) -> None:
    exact = 0
    for number in NUMBERS:
        problem = problem_of(kind, number)
        answer, least = decide(problem, Effort(WORK), Effort(WORK)).answer, least_of_all(problem, Effort(WORK))
        assert answer is not None
        assert least is not None
        counted = sum(use.counted.thousandths for use in answer.uses)
        assert 0 < least <= counted
        exact += least == counted
    assert exact or kind is not LEAST, "what is said is the fewest in some of the smallest instances"


@pytest.mark.parametrize("price", [0, 1, 10**9, 10**11])
def test_bad_prices_say_too_little_and_never_too_much(price: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(FEW, 0)
    answer, rows = decide(problem, Effort(WORK), Effort(WORK)).answer, nearby.bounds_over_all(problem)
    assert answer is not None
    assert rows is not None
    bad = nearby._Hints([price] * len(problem.units), [price // 1_000] * len(rows))
    monkeypatch.setattr(nearby, "_relaxed", lambda *_: bad)
    least = least_of_all(problem, Effort(WORK))
    assert least is not None
    assert least <= sum(use.counted.thousandths for use in answer.uses)
