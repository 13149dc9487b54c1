"""Exit ladders: credits of a lower award count again where the rules absorb it and it is given up.

A lower award is given up as a whole: all its credits come free, and what is not needed of them stays free. As few
awards as possible are given up, and none where free credits suffice: this comes before the fewest credits, which come
before everything else that makes an answer the canonical one. Of another body's awards, which only that body can give
up, there are the fewest; then of all; of equally many, those are given up that stand first under `absorbs`, then those
first by id.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from creditbank.canonical import Digest
from creditbank.framework.qualification import Qualification
from creditbank.stacking.allocation import possible
from creditbank.stacking.coupling import divisible
from creditbank.stacking.messages import Wording
from creditbank.stacking.proof import GivenUp, Moved, Use
from creditbank.stacking.setting import Candidate, Setting
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build
from creditbank.units import NONE, CreditAmount, Credits

MAX_LOWER: Final = 6
"""So many lower awards are tried in every combination."""


@dataclass(frozen=True, slots=True)
class Lower:
    """An award that these rules absorb, and that counts some of the learner's units."""

    award: str
    qualification: str
    title: str
    foreign: bool = False


def lower_awards(qualification: Qualification, candidates: Sequence[Candidate], setting: Setting) -> tuple[Lower, ...]:
    """The awards that could be given up: by their place under `absorbs`, then by id."""
    here = ("", setting.awarding)
    found = {
        held.award: Lower(held.award, held.qualification, held.title or held.qualification, held.by not in here)
        for candidate in candidates
        for held in candidate.held
        if held.qualification in qualification.absorbs and held.amount
    }
    order = {name: number for number, name in enumerate(qualification.absorbs)}
    return tuple(sorted(found.values(), key=lambda lower: (order[lower.qualification], lower.award)))


def freed(candidates: Sequence[Candidate], lower: Sequence[Lower]) -> list[Candidate]:
    """The candidates once these awards are given up: what counted there is free."""
    awards = {one.award for one in lower}
    return [
        replace(
            candidate,
            available=sum((held.amount for held in candidate.held if held.award in awards), start=candidate.available),
            held=tuple(held for held in candidate.held if held.award not in awards),
        )
        for candidate in candidates
    ]


def choose(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    lower: Sequence[Lower],
    effort: Effort,
) -> tuple[Lower, ...] | None:
    """The awards to give up so that the units add up, none where none need be; None when that does not help.

    Raises `TooComplex`.
    """

    def adds_up(given_up: Sequence[Lower]) -> bool:
        problem, _ = build(qualification, freed(candidates, given_up), setting)
        return possible(problem, effort)

    if adds_up(()):
        return ()
    if _more_never_hurts(qualification, candidates, setting, lower) and not adds_up(lower):
        return None
    return next((some for some in _sets(lower) if adds_up(some)), None)


def _sets(lower: Sequence[Lower]) -> Iterator[tuple[Lower, ...]]:
    sets = [some for size in range(1, len(lower) + 1) for some in combinations(lower, size)]
    yield from sorted(sets, key=lambda some: sum(one.foreign for one in some))  # keeps the order of equals


def _more_never_hurts(
    qualification: Qualification, candidates: Sequence[Candidate], setting: Setting, lower: Sequence[Lower]
) -> bool:
    """Whether what could count before can still count, however much more is free.

    It can, but for a unit of which only all that is left can count: then all means more.
    """
    if qualification.admits.whole_units:
        return True
    problem, _ = build(qualification, freed(candidates, lower), setting)
    return all(divisible(problem, unit) for unit in problem.units)


def moves(lower: Sequence[Lower], candidates: Sequence[Candidate], uses: Sequence[Use]) -> tuple[GivenUp, ...]:
    """For each award that is given up, what counts of it now: free credits are used first, then by their order."""
    known = {(candidate.facts.credential, candidate.digest): candidate for candidate in candidates}
    moved: dict[str, list[Moved]] = {one.award: [] for one in lower}
    used: dict[tuple[str, Digest], Credits] = {}
    for use in uses:  # the parts of one credential together
        used[use.credential, use.digest] = used.get((use.credential, use.digest), NONE) + use.amount
    for key, total in used.items():
        candidate = known[key]
        held: Mapping[str, Credits] = {one.award: one.amount for one in candidate.held}
        rest = total - min(total, candidate.available)
        for one in lower:
            amount = min(rest, held.get(one.award, NONE))
            if amount:
                moved[one.award].append(Moved(key[0], amount))
                rest -= amount
        assert not rest, "a unit counts no more than is free or given up of it"
    assert all(moved.values()), "no award is given up in vain"
    return tuple(
        GivenUp(one.award, one.qualification, tuple(sorted(moved[one.award], key=lambda item: item.credential)))
        for one in lower
    )


def gives_up_sentence(
    lower: Sequence[Lower], given_up: Sequence[GivenUp], uses: Sequence[Use], wording: Wording
) -> str:
    """Which awards are given up, and how much of what counted there counts here, by credit system."""
    systems = {use.credential: use.system for use in uses}
    amounts: dict[str, Credits] = {}
    for move in (move for one in given_up for move in one.moves):
        system = systems[move.credential]
        amounts[system] = amounts.get(system, NONE) + move.amount
    return wording.count(
        "ladder.gives-up",
        len(lower),
        awards=wording.titles([one.title for one in lower]),
        amounts=wording.listed([wording.shown(CreditAmount(name, amounts[name])) for name in sorted(amounts)]),
    )
