"""The shortest way on: the fewest units of a catalogue, then the fewest credits, with which it would add
up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.canonical import JsonObject
from creditbank.credential.facts import UnitFacts
from creditbank.stacking.allocation import formulate, settle, units_used
from creditbank.stacking.problem import Problem, state
from creditbank.stacking.proof import Use
from creditbank.stacking.setting import Setting
from creditbank.stacking.solver import Effort
from creditbank.units import NONE, CreditAmount, Credits


@dataclass(frozen=True, slots=True)
class PathStep:
    """One unit to take. `node` is the requirement it would fill, empty when it counts towards totals only."""

    credential: str
    achievement: str
    title: str
    provider: str
    credits: CreditAmount
    counted: Credits
    node: str

    def to_json(self) -> JsonObject:
        """The step as it stands in an evaluation."""
        return {
            "credential": self.credential,
            "achievement": self.achievement,
            "title": self.title,
            "provider": self.provider,
            "credits": str(self.credits.credits),
            "system": self.credits.system,
            "counted": str(self.counted),
            "node": self.node,
        }


@dataclass(frozen=True, slots=True)
class Path:
    """The units to take, and what is counted in all once they are earned.

    `proven` tells that a second, exhaustive route confirmed that fewer units do not do.
    """

    steps: tuple[PathStep, ...]
    credits: Credits
    counted: Credits
    sentence: str
    proven: bool

    def to_json(self) -> JsonObject:
        """The path as it stands in an evaluation."""
        return {
            "steps": [step.to_json() for step in self.steps],
            "credits": str(self.credits),
            "counted": str(self.counted),
            "sentence": self.sentence,
            "proven": self.proven,
        }


def shortest_path(problem: Problem, effort: Effort, *, no_is_proven: bool) -> Path | None:
    """The shortest path through the offered units of a problem, or None when they do not complete it.

    Of paths of equal length and credits, the one with the earliest units in canonical order. Raises
    `TooComplex`.
    """
    form = formulate(problem)
    offered = [index for index, unit in enumerate(problem.units) if unit.offered]
    if not offered:
        return None
    fewest = {form.counted[index]: 1 for index in offered}
    found = settle(form, [fewest, form.weigh_credits(offered)], effort)
    if found is None:
        return None
    taken = {unit.candidate.facts.credential for unit in units_used(problem, found) if unit.offered}
    kept = [unit for unit in problem.units if not unit.offered or unit.candidate.facts.credential in taken]
    final = settle(formulate(state(problem.qualification, kept, problem.setting)), (), effort)
    assert final is not None, "the units of a path complete it"
    uses = {use.credential: use for use in final.uses}
    steps = [
        _step(unit.candidate.facts, uses[unit.candidate.facts.credential])
        for unit in kept
        if unit.offered and unit.candidate.facts.credential in uses
    ]
    added = sum((step.counted for step in steps), NONE)
    counted = sum((use.counted for use in final.uses), NONE)
    sentence = _sentence(steps, counted, problem.setting)
    return Path(tuple(steps), added, counted, sentence, proven=no_is_proven and len(steps) == 1)


def _step(facts: UnitFacts, use: Use) -> PathStep:
    return PathStep(
        facts.credential, facts.achievement, facts.title, facts.issuer, facts.credits, use.counted, use.node
    )


def _sentence(steps: Sequence[PathStep], counted: Credits, setting: Setting) -> str:
    wording = setting.wording
    named = [
        wording.say(
            "path.step",
            title=step.title,
            credits=wording.credits(step.counted.thousandths),
            provider=setting.name_of(step.provider),
        )
        for step in steps
    ]
    units, credits_ = wording.units(len(steps)), wording.credits(counted.thousandths)
    return wording.sentences(
        wording.count("path.adds-up", len(steps), units=units, steps=wording.listed(named)),
        wording.count("path.counted", counted.as_fraction(), credits=credits_),
    )
