"""Why several awards cannot be had together: the fewest awards, and of their rules the fewest, that collide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import Group, Leaf, Limit, Requirement
from creditbank.stacking.coupling import copies_of, feasible_jointly
from creditbank.stacking.joint_enumeration import refuted_jointly
from creditbank.stacking.joint_refutation import certified
from creditbank.stacking.problem import Problem
from creditbank.stacking.solver import Effort
from creditbank.stacking.together import Shared

Rule = tuple[int, str]
"""A rule by the number of its award and its path."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Awards (by id of their qualification) that cannot be had together, and the rules of each that collide.

    Without any one of the awards the rest can be had; without any one of the rules these awards could. `proven` tells
    that a second, exhaustive route came to the same no.
    """

    awards: tuple[str, ...]
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    sentence: str
    proven: bool

    def to_json(self) -> JsonObject:
        """The collision as it stands in a joint evaluation."""
        return {
            "awards": list(self.awards),
            "rules": [{"qualification": award, "rules": list(paths)} for award, paths in self.rules],
            "sentence": self.sentence,
            "proven": self.proven,
        }


def colliding_pairs(
    problems: Sequence[Problem], shared: Sequence[Shared], effort: Effort
) -> tuple[tuple[str, str], ...]:
    """Every two awards that cannot be had together, each of which can be had alone. Raises `TooComplex`."""
    return tuple(
        (problems[one].qualification.id, problems[other].qualification.id)
        for one, other in combinations(range(len(problems)), 2)
        if not feasible_jointly(*_only(problems, shared, (one, other)), effort)
    )


def _only(
    problems: Sequence[Problem], shared: Sequence[Shared], awards: Sequence[int]
) -> tuple[list[Problem], list[Shared]]:
    """These awards, and the decisions that speak of two of them."""
    kept = [problems[award] for award in awards]
    ids = {problem.qualification.id for problem in kept}
    return kept, [decision for decision in shared if ids.issuperset(decision.between)]


def find_collision(problems: Sequence[Problem], shared: Sequence[Shared], effort: Effort) -> Collision:
    """Leave awards out, by id, then their rules, in document order, as long as the answer stays no.

    The problems must have no answer together. Raises `TooComplex`. A no that the second route contradicts is a broken
    promise.
    """
    awards = list(range(len(problems)))
    for award in reversed(range(len(problems))):
        fewer = [other for other in awards if other != award]
        if fewer and not feasible_jointly(*_only(problems, shared, fewer), effort):
            awards = fewer
    kept, permitted = _only(problems, shared, awards)
    rules = _fewest_rules(kept, permitted, effort)
    named = {award: [path for other, path in rules if other == award] for award in range(len(kept))}
    second = refuted_jointly(kept, named, permitted)
    assert second is not False, f"two exact routes disagree about {rules}"
    if second is None and not permitted and len(kept) > 1:
        second = certified(kept, named, effort.anew()) or None
    return Collision(
        tuple(problem.qualification.id for problem in kept),
        tuple((problem.qualification.id, tuple(named[award])) for award, problem in enumerate(kept)),
        _sentence(kept, named, permitted),
        proven=second is True,
    )


def _fewest_rules(problems: Sequence[Problem], shared: Sequence[Shared], effort: Effort) -> list[Rule]:
    every = [(award, path) for award, problem in enumerate(problems) for path in problem.leaves]
    rules, size = every, max(1, len(every) // 2)
    while size:
        at = 0
        while at < len(rules):
            fewer = rules[:at] + rules[at + size :]
            dropped = {
                award: frozenset(problem.leaves).difference(path for other, path in fewer if other == award)
                for award, problem in enumerate(problems)
            }
            if feasible_jointly(problems, shared, effort, dropped=dropped):
                at += size
            else:
                rules = fewer
        size //= 2
    return rules


def _sentence(problems: Sequence[Problem], named: Mapping[int, Sequence[str]], shared: Sequence[Shared]) -> str:
    wording = problems[0].setting.wording
    leaves: list[tuple[int, str, Leaf]] = []
    for award, paths in named.items():
        nodes = dict(problems[award].qualification.nodes())
        leaves += [(award, path, node) for path in paths if not isinstance(node := nodes[path], Group)]
    if not leaves:
        return wording.say("joint.once", awards=wording.titles([problem.qualification.title for problem in problems]))
    rules = wording.listed(
        [
            wording.say("joint.rule", rule=node.title, award=problems[award].qualification.title)
            for award, _, node in leaves
        ]
    )
    told = None if shared else _told(problems, leaves)
    if told is not None and told[0] < told[1]:
        words = wording.credits if told[2] == "credits" else wording.units
        return wording.say("joint.too-few", rules=rules, have=words(told[0]), need=words(told[1]))
    return wording.say("joint.once-shared" if shared else "joint.once-rules", rules=rules)


def _told(problems: Sequence[Problem], leaves: Sequence[tuple[int, str, Leaf]]) -> tuple[int, int, str] | None:
    """What the rules ask together and what all units that any of them speaks of have, where that is one plain sum."""
    asked = {(award, path) for award, path, node in leaves if _asks(node)}
    if len(asked) < len(leaves) or not asked or len({problem.qualification.credit_system for problem in problems}) > 1:
        return None
    bounds = [
        (award, bound)
        for award, problem in enumerate(problems)
        for bound in problem.bounds
        if (award, bound.node) in asked and bound.least is not None
    ]
    measures = {bound.measure for _, bound in bounds}
    if len(bounds) != len(asked) or len(measures) != 1 or any(bound.when is not None for _, bound in bounds):
        return None
    (measure,) = measures
    have = 0
    for credentials in copies_of(problems).values():
        worth = [0]
        for copies in credentials.values():
            for award, index in copies:
                if any(own == award and bound.weights[index] for own, bound in bounds):
                    worth.append(problems[award].units[index].most if measure == "credits" else 1)
        have += max(worth)
    return have, sum(bound.least or 0 for _, bound in bounds), "credits" if measure == "credits" else "units"


def _asks(node: Leaf) -> bool:
    if isinstance(node, Requirement):
        return True
    return isinstance(node, Limit) and (node.credits_at_least is not None or node.units_at_least is not None)
