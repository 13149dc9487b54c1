"""What would be: units that are in progress or planned, weighed as if they were earned.

A what-if is weighed **as of a later day**: the last day on which one of the units it counts is expected, or the day it
names. So a unit that will be too old by then, a policy that will have lapsed and rules that will have ended are judged
as they will stand on that day, and every rule about order in time sees the day on which each unit is expected. It is
the one thing in this room that is no fact: no proof is made of it, and no award.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from creditbank.canonical import Digest, JsonObject
from creditbank.framework.qualification import AnyLeafOrGroup, Group, Limit, Qualification, Requirement
from creditbank.stacking.evaluation import Evaluation, Verdict
from creditbank.stacking.explanation import NodeView, Status
from creditbank.stacking.setting import Candidate, Setting, Standing

AHEAD: Final = frozenset({Standing.IN_PROGRESS, Standing.PLANNED})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Which units that are not earned yet are to count as if they were, and as of which day.

    By standing, and where `credentials` are named only those. Without a `day` it is weighed as of the last day on which
    one of them is expected, and never before the day of the setting.
    """

    standings: frozenset[Standing] = AHEAD
    credentials: frozenset[str] | None = None
    day: datetime.date | None = None

    def counts(self, candidate: Candidate) -> bool:
        """Whether this unit is counted although it is not earned yet."""
        named = self.credentials is None or candidate.facts.credential in self.credentials
        return candidate.standing in self.standings & AHEAD and named


@dataclass(frozen=True, slots=True, order=True)
class Ahead:
    """A unit that a what-if counts before it is earned."""

    credential: str
    standing: Standing
    expected: datetime.date
    title: str

    def to_json(self) -> JsonObject:
        """The unit as it stands in an evaluation."""
        return {
            "credential": self.credential,
            "title": self.title,
            "standing": self.standing.value,
            "expected": self.expected.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Supposed:
    """What a what-if supposed: the day as of which it was weighed, and every unit taken for earned."""

    as_of: datetime.date
    units: tuple[Ahead, ...]

    def to_json(self) -> JsonObject:
        """The supposition as it stands in an evaluation."""
        return {"asOf": self.as_of.isoformat(), "units": [unit.to_json() for unit in self.units]}


def suppose(
    what_if: WhatIf, candidates: Sequence[Candidate], setting: Setting
) -> tuple[Supposed, tuple[Candidate, ...], Setting]:
    """The units as if those of the what-if were earned, and the setting of the day as of which they are weighed."""
    chosen = [candidate for candidate in candidates if what_if.counts(candidate)]
    days = [candidate.facts.earned for candidate in chosen]
    as_of = what_if.day or max([setting.date, *days])
    units = {Ahead(one.facts.credential, one.standing, one.facts.earned, one.facts.title) for one in chosen}
    earned = tuple(replace(one, standing=Standing.EARNED) if what_if.counts(one) else one for one in candidates)
    return Supposed(as_of, tuple(sorted(units))), earned, replace(setting, date=as_of)


def standings(what_if: WhatIf, candidates: Sequence[Candidate]) -> Mapping[Digest, Standing]:
    """What is counted before it is earned, by digest."""
    return {one.digest: one.standing for one in candidates if what_if.counts(one)}


def what_if_sentence(
    found: Evaluation, ahead: Mapping[Digest, Standing], qualification: Qualification, setting: Setting
) -> str:
    """What would be, as it is said to the learner."""
    wording = setting.wording
    if found.verdict is Verdict.TOO_COMPLEX:
        return found.sentence
    if found.verdict is Verdict.FALLS_SHORT:
        from creditbank.stacking.conflict import told_with_gap

        said = told_with_gap(found.conflict, found.gap, wording)
        if found.path is not None:
            said.append(found.path.sentence)
        elif found.no_path is not None:
            said.append(found.no_path.after(said))
        return wording.sentences(wording.say("what-if.falls-short"), *said)
    number = sum(use.digest in ahead for use in found.uses)
    credits_, title = wording.credits(found.totals.counted.thousandths), qualification.title
    body = setting.name_of(setting.awarding)
    if not number:
        return wording.say("what-if.adds-up-earned", credits=credits_, title=title, body=body)
    return wording.count("what-if.adds-up", number, credits=credits_, title=title, body=body, count=number)


def marked(view: NodeView, qualification: Qualification, ahead: Mapping[Digest, Standing]) -> NodeView:
    """The tree with what is not earned yet made visible: a rule that holds with the help of it is in progress.

    A rule that only bounds from above is met as long as it holds, whatever comes under it.
    """
    return _marked(view, dict(qualification.nodes()), ahead)


def _marked(view: NodeView, nodes: Mapping[str, AnyLeafOrGroup], ahead: Mapping[Digest, Standing]) -> NodeView:
    children = tuple(_marked(child, nodes, ahead) for child in view.children)
    mine = tuple((use.credential, ahead[use.digest]) for use in view.met_by if use.digest in ahead)
    status, node = view.status, nodes.get(view.path)
    if status is Status.MET and isinstance(node, Group):
        settled = sum(child.status in (Status.MET, Status.WAIVED) for child in children)
        waiting = any(child.status is Status.IN_PROGRESS for child in children)
        status = Status.IN_PROGRESS if waiting and settled < node.needed else status
    elif status is Status.MET and mine and _asks(node):
        status = Status.IN_PROGRESS
    return replace(view, status=status, children=children, ahead=mine)


def _asks(node: AnyLeafOrGroup | None) -> bool:
    """Whether a rule asks for something to be there."""
    return isinstance(node, Requirement) or (isinstance(node, Limit) and node.bound.endswith("_at_least"))


__all__ = ["Ahead", "Supposed", "WhatIf", "marked", "standings", "suppose", "what_if_sentence"]
