"""Turn rules and units into whole numbers: what may be counted, and every bound as one weighted sum.

A bound reads `sum of weight x amount >= least`, or `<= most`. For a requirement the sum runs over the units
that fill it, for a limit over everything counted. Shares become bounds by cross-multiplication: "at most
2/5 of the counted credits are online" is "5 x online - 2 x all <= 0". Nothing is rounded and nothing is a
float.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from creditbank.errors import BadInput
from creditbank.framework.qualification import Group, Limit, Qualification, Requirement, credits_of
from creditbank.stacking.checker import chosen_decision, chosen_policy
from creditbank.stacking.proof import Use
from creditbank.stacking.rule import (
    Reason,
    Weighed,
    admit,
    converts,
    is_native,
    lot_key,
    portion_of,
    recognises,
    speaks_of,
)
from creditbank.stacking.setting import Candidate, Setting
from creditbank.units import Credits

FOREVER: Final = datetime.date.max


class TwoLearners(BadInput):
    """Units of different learners cannot be stacked together."""

    slug = "two-learners"


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A unit that does not count, and why."""

    credential: str
    slug: str
    sentence: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """An admitted unit: it may count 0 to `steps` steps of `step` thousandths each. Whole units have one
    step.
    """

    candidate: Candidate
    weighed: Weighed
    step: int
    steps: int
    offered: bool = False

    @property
    def most(self) -> int:
        """The most it can count, in thousandths of the qualification's credits."""
        return self.step * self.steps

    @property
    def can_be_entire(self) -> bool:
        """Whether nothing of it is spent yet."""
        return self.candidate.available == self.candidate.facts.credits.credits

    def use(self, count: int, node: str) -> Use:
        """The use that counts `count` steps: all that is left at the top, else as little as they need."""
        facts, weighed = self.candidate.facts, self.weighed
        amount = self.candidate.available
        if count < self.steps and weighed.conversion is None:
            amount = Credits(count * self.step)
        elif count < self.steps and weighed.conversion is not None:
            numerator, denominator = map(int, weighed.conversion.ratio.split("/"))
            amount = Credits(-(-count * self.step * denominator // numerator))
        return Use(
            credential=facts.credential,
            digest=self.candidate.digest,
            amount=amount,
            system=facts.credits.system,
            counted=weighed.counted(amount),
            node=node,
            conversion=weighed.conversion.id if weighed.conversion else None,
            recognition=weighed.recognition.id if weighed.recognition else None,
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """One weighted sum and its one end. `node` is the rule it states, `portion` the provider or window it
    is about.

    `measure` says what is weighed: steps of credit, counted units, or entire units. `extra` weighs further
    credits (or units) that the learner does not have yet, and `missing` those of them that would help this
    very rule.
    """

    node: str
    portion: str
    measure: Literal["credits", "units", "entire"]
    weights: tuple[int, ...]
    least: int | None = None
    most: int | None = None
    place: bool = False
    extra: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Problem:
    """Everything a solver needs, in an order that does not depend on the order of what was given."""

    qualification: Qualification
    setting: Setting
    units: tuple[Unit, ...]
    bounds: tuple[Bound, ...]
    places: tuple[tuple[str, ...], ...]
    """For each unit, the paths of the requirements it may fill."""

    @cached_property
    def alike(self) -> tuple[tuple[int, ...], ...]:
        """Sets of units (by index) of which at most one counts: one credential, one issue, one content."""
        groups: dict[tuple[str, str], list[int]] = {}
        for index, unit in enumerate(self.units):
            facts = unit.candidate.facts
            keys = [("credential", facts.credential), ("issue", lot_key(facts))]
            if facts.content:
                keys.append(("content", facts.content))
            for key in keys:
                groups.setdefault(key, []).append(index)
        return tuple(sorted({tuple(members) for members in groups.values() if len(members) > 1}))

    def bounds_of(self, nodes: Iterable[str]) -> tuple[Bound, ...]:
        """The bounds that these rules state, and those that stand outside the tree."""
        wanted = {*nodes, ""}
        return tuple(bound for bound in self.bounds if bound.node in wanted)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The paths of all requirements and limits, in document order."""
        return tuple(path for path, node in self.qualification.nodes() if not isinstance(node, Group))


def weigh(
    candidate: Candidate, qualification: Qualification, setting: Setting, *, offered: bool = False
) -> Unit | Reason:
    """Weigh one candidate by the decisions that the awarding body adopts, or say why it cannot count.

    Where several apply, the awarding body's own come first; then policies go by id, and of two versions the later
    counts; decisions go by date, the latest first, then by id.
    """
    facts = candidate.facts
    refusal = _spent_or_gone(candidate, qualification, setting)
    if refusal is not None:
        return refusal
    policies = [item for item in setting.conversions if converts(item, facts, qualification, setting)]
    policies.sort(key=lambda item: (item.issuer != setting.awarding, item.id))
    decisions = [item for item in setting.recognitions if recognises(item, facts, qualification, setting)]
    decisions.sort(
        key=lambda item: (
            item.by != setting.awarding,
            -datetime.date.fromisoformat(item.decided).toordinal(),
            item.id,
        )
    )
    policy = chosen_policy(policies[0].id, setting) if policies else None
    decision = chosen_decision(decisions[0].id, setting) if decisions else None
    if is_native(facts, qualification):
        decision = None
    weighed = admit(facts, qualification, setting, conversion=policy, recognition=decision)
    if isinstance(weighed, Reason):
        return weighed
    step, steps = _steps(weighed, candidate.available, whole=qualification.admits.whole_units)
    if step * steps == 0:
        own = facts.credits
        sentence = (
            f"Its {own} convert to less than the smallest amount that {policy.id} counts."
            if policy
            else "It has no credits."
        )
        return Reason("counts-nothing", sentence)
    return Unit(candidate, weighed, step, steps, offered)


def _spent_or_gone(candidate: Candidate, qualification: Qualification, setting: Setting) -> Reason | None:
    own, left = candidate.facts.credits.credits, candidate.available
    if candidate.revoked:
        return Reason("revoked", "Its issuer has revoked it.")
    if candidate.expires is not None and candidate.expires < setting.date:
        return Reason("expired", f"It could be counted until {candidate.expires}.")
    if not left:
        return Reason("already-used", "All its credits are reserved for or counted towards another award.")
    if qualification.admits.whole_units and left < own:
        return Reason(
            "partly-used",
            f"Only {left} of its {own} credits are left, and these rules count whole units only.",
        )
    assert left <= own, "no more can be left of a unit than it has"
    return None


def _steps(weighed: Weighed, available: Credits, *, whole: bool) -> tuple[int, int]:
    """In which steps, and in how many, a unit may be counted."""
    most = weighed.counted(available).thousandths
    policy = weighed.conversion
    if whole:
        return most, 1
    if policy is None:
        return 1, most
    numerator, denominator = map(int, policy.ratio.split("/"))
    step = Credits.parse(policy.rounding_unit).thousandths
    if numerator > step * denominator:  # a thousandth of the unit spans several steps: parts would not be exact
        return most, 1
    return step, most // step


def order_of(unit: Unit) -> tuple[datetime.date, datetime.date, str, bytes]:
    """Soonest expiring first, then oldest, then by id: which of two equal units is used up first."""
    facts = unit.candidate.facts
    return (unit.candidate.expires or FOREVER, facts.earned, facts.credential, unit.candidate.digest)


def build(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    offers: Sequence[Candidate] = (),
) -> tuple[Problem, tuple[NotCounted, ...]]:
    """State the problem for a learner's candidates, and for units `offers` that they could still take.

    Raises `TwoLearners` when the candidates belong to different learners. An exact repetition of a
    candidate is listed as not counted, once for each repetition.
    """
    subjects = sorted({candidate.facts.subject for candidate in candidates})
    if len(subjects) > 1:
        raise TwoLearners(
            f"The units belong to {len(subjects)} learners: {', '.join(subjects[:3])}.",
            next_step="Evaluate the units of one learner at a time.",
        )
    units: list[Unit] = []
    refused: list[NotCounted] = []
    seen: set[tuple[str, bytes]] = set()
    given = [(candidate, False) for candidate in candidates] + [(offer, True) for offer in offers]
    for candidate, offered in given:
        facts = candidate.facts
        key = (facts.credential, candidate.digest)
        found: Unit | Reason = Reason("given-twice", "It was given twice, and counts once.")
        if key not in seen:
            found = weigh(candidate, qualification, setting, offered=offered)
        seen.add(key)
        if isinstance(found, Reason):
            refused.append(NotCounted(facts.credential, found.slug, found.sentence, facts.title))
        else:
            units.append(found)
    return state(qualification, units, setting), tuple(sorted(refused, key=lambda item: (item.credential, item.slug)))


def state(qualification: Qualification, units: Sequence[Unit], setting: Setting) -> Problem:
    """State the problem for units that have been weighed."""
    ordered = tuple(sorted(units, key=order_of))
    bounds: list[Bound] = []
    places: list[list[str]] = [[] for _ in ordered]
    for path, node in qualification.nodes():
        if not isinstance(node, Requirement | Limit):
            continue
        fits = [speaks_of(node.where, unit.weighed, qualification, setting) for unit in ordered]
        if isinstance(node, Requirement):
            bounds += _requirement_bounds(path, node, ordered, fits)
            for place, fit in zip(places, fits, strict=True):
                if fit:
                    place.append(path)
        else:
            bounds += _limit_bounds(path, node, ordered, fits, qualification)
    bounds += _policy_bounds(ordered)
    return Problem(qualification, setting, ordered, tuple(bounds), tuple(map(tuple, places)))


def _requirement_bounds(path: str, node: Requirement, units: Sequence[Unit], fits: Sequence[bool]) -> list[Bound]:
    found = []
    if (least := credits_of(node.credits_at_least)) is not None:
        weights = tuple(unit.step if fit else 0 for unit, fit in zip(units, fits, strict=True))
        found.append(Bound(path, "", "credits", weights, least=least.thousandths, place=True, missing=1))
    if node.units_at_least is not None:
        ones = tuple(int(fit) for fit in fits)
        found.append(Bound(path, "", "entire", ones, least=node.units_at_least, place=True, missing=1))
    return found


def _limit_bounds(
    path: str, node: Limit, units: Sequence[Unit], fits: Sequence[bool], qualification: Qualification
) -> list[Bound]:
    portions = {portion_of(node, unit.weighed, qualification) for unit, fit in zip(units, fits, strict=True) if fit}
    if node.per is None:
        portions = {""}
    found = []
    for portion in sorted(portions):
        inside = [
            fit and portion_of(node, unit.weighed, qualification) == portion
            for unit, fit in zip(units, fits, strict=True)
        ]
        found.append(_one_limit(path, node, units, inside, portion))
    return found


def _one_limit(path: str, node: Limit, units: Sequence[Unit], inside: Sequence[bool], portion: str) -> Bound:
    steps = tuple(unit.step if fit else 0 for unit, fit in zip(units, inside, strict=True))
    ones = tuple(map(int, inside))
    everything = int(node.where.everything and node.per is None)
    share = node.share
    if share is not None:
        part, of = share.numerator, share.denominator
        weights = tuple(of * step - part * unit.step for step, unit in zip(steps, units, strict=True))
        if node.share_at_least is not None:
            return Bound(path, portion, "credits", weights, least=0, extra=-part, missing=of)
        return Bound(path, portion, "credits", weights, most=0, extra=of * everything - part)
    if (least := credits_of(node.credits_at_least)) is not None:
        return Bound(path, portion, "credits", steps, least=least.thousandths, missing=1)
    if (most := credits_of(node.credits_at_most)) is not None:
        return Bound(path, portion, "credits", steps, most=most.thousandths, extra=everything)
    if node.units_at_least is not None:
        return Bound(path, portion, "entire", ones, least=node.units_at_least, missing=1)
    return Bound(path, portion, "units", ones, most=node.units_at_most, extra=everything)


def _policy_bounds(units: Sequence[Unit]) -> list[Bound]:
    policies = {unit.weighed.conversion.id: unit.weighed.conversion for unit in units if unit.weighed.conversion}
    found = []
    for name, policy in sorted(policies.items()):
        if policy.share == 1:
            continue
        part, of = policy.share.numerator, policy.share.denominator
        weights = tuple(
            (of if unit.weighed.conversion is policy else 0) * unit.step - part * unit.step for unit in units
        )
        found.append(Bound("", name, "credits", weights, most=0, extra=-part))
    return found
