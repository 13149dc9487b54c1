"""Turn rules and units into whole numbers: what may be counted, and every bound as one weighted sum.

A bound reads `sum of weight x amount >= least`, or `<= most`. For a requirement the sum runs over the units
that fill it, for a limit over everything counted. Shares become bounds by cross-multiplication: "at most
2/5 of the counted credits are online" is "5 x online - 2 x all <= 0". Means do likewise: "a mean of at least 3" is
"the sum of credits x (points - 3) >= 0". Nothing is rounded and nothing is a float.

What is no sum is one of two other things: an `Alternatives` holds when one of its cases does, and a `Spread` counts
how many portions are reached.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, compress
from math import gcd, lcm
from operator import mul
from typing import Final, Literal

from creditbank.canonical import Digest
from creditbank.credential.facts import UnitFacts
from creditbank.errors import BadInput
from creditbank.framework.common import day_before
from creditbank.framework.excepting import Waived
from creditbank.framework.framework import ConversionPolicy, Recognition
from creditbank.framework.qualification import (
    Exclusion,
    Limit,
    Prerequisite,
    Qualification,
    Requirement,
    Where,
    credits_of,
)
from creditbank.framework.rules import SEVERAL
from creditbank.stacking.checker import chosen_decision, chosen_policy
from creditbank.stacking.excepting import (
    SetAside,
    pinned_to,
    pins,
    rested_on,
    set_aside,
    under_exceptions,
    used_exceptions,
    without_idle_pins,
)
from creditbank.stacking.proof import Attempt, Use
from creditbank.stacking.reading import Reading
from creditbank.stacking.rule import (
    Reason,
    Weighed,
    admit,
    attempt,
    bundle_of,
    converts,
    counts_once,
    has_key,
    is_native,
    is_unsure,
    keys_of,
    lot_key,
    parts_of,
    permission,
    points_of,
    portions_of,
    recognises,
    unknowable,
)
from creditbank.stacking.setting import Candidate, Setting, Standing, begun_by
from creditbank.stacking.solver import TooComplex
from creditbank.units import Credits

FOREVER: Final = datetime.date.max
BEGUN: Final = "begun"
"""The portion of the bound that a transition states outside the tree."""


MAX_STATED: Final = 10_000_000
"""As many weights as rules may come to that are stated for each unit by itself: memory, and seconds."""


class TwoLearners(BadInput):
    """Units of different learners cannot be stacked together."""

    slug = "two-learners"


@dataclass(frozen=True, slots=True)
class NotCounted:
    """A unit that does not count, and why; `part` where it is a part of a bundle."""

    credential: str
    slug: str
    sentence: str
    title: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """An admitted unit: it may count 0 to `steps` steps of `step` thousandths each. Whole units have one
    step. `exceptions` are those that a use of it rests on, by the place it fills; under an empty path, in any place.
    """

    candidate: Candidate
    weighed: Weighed
    step: int
    steps: int
    offered: bool = False
    exceptions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bundle: Candidate | None = None
    """The credential of which this is a part, as it was given; `candidate` is then the part."""

    @property
    def given(self) -> Candidate:
        """The credential as it was given, whole."""
        return self.bundle or self.candidate

    @property
    def key(self) -> tuple[str, Digest, str]:
        """What it is: a credential, or a part of one."""
        return self.candidate.facts.credential, self.candidate.digest, self.weighed.part

    @property
    def most(self) -> int:
        """The most it can count, in thousandths of the qualification's credits."""
        return self.step * self.steps

    @property
    def can_be_entire(self) -> bool:
        """Whether nothing of it is spent yet; of a part, whether nothing of its credential is."""
        return self.given.available == self.given.facts.credits.credits

    @property
    def skipped(self) -> int:
        """How many steps lie between the most that a part of it comes to and all of it; more than one where only the
        whole is rounded up, and then the count between them cannot be reached.
        """
        policy = self.weighed.conversion
        if policy is None or self.steps == 1 or not self.can_be_entire:
            return 1
        numerator, denominator = map(int, policy.ratio.split("/"))
        part = (self.candidate.available.thousandths - 1) * numerator // (denominator * self.step)
        return max(1, self.steps - part)

    @property
    def counts(self) -> tuple[int, ...]:
        """Every number of steps, above none, that it or a part of it comes to."""
        return (*range(1, self.steps - self.skipped + 1), self.steps)

    def use(self, count: int, places: Sequence[str]) -> Use:
        """The use that counts `count` steps in these places: all that is left at the top, else as little as needed."""
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
            node=places[0] if places else "",
            also=tuple(places[1:]),
            conversion=weighed.conversion.id if weighed.conversion else None,
            recognition=weighed.recognition.id if weighed.recognition else None,
            exceptions=used_exceptions(self.exceptions, places),
            part=weighed.part,
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """One weighted sum and its one end. `node` is the rule it states, `portion` the provider or window it
    is about.

    `measure` says what is weighed: steps of credit, counted units, or entire units. `place` runs the sum over the
    units that fill the node; `sharing` over those that use this entry of the document's `sharing` (by number);
    `when` asks for the least only if this unit (by index) counts. `extra` weighs further credits (or units) that the
    learner does not have yet, and `missing` those of them that would help this very rule.
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
    when: int | None = None
    sharing: int | None = None

    @property
    def unit_of_measure(self) -> Literal["credits", "units"]:
        """Whether credits or units are missing where it falls short."""
        return "credits" if self.measure == "credits" else "units"

    def most_missing(self, units: Sequence[Unit]) -> int:
        """So much of the right kind meets it whatever counts of these units; 0 where no further credits help."""
        counts = [unit.steps if self.measure == "credits" else 1 for unit in units]
        amounts = [weight * count for weight, count in zip(self.weights, counts, strict=True)]
        if self.least is not None:
            short, help_ = self.least - sum(min(0, amount) for amount in amounts), self.missing + self.extra
        else:
            short, help_ = sum(max(0, amount) for amount in amounts) - (self.most or 0), -self.extra
        return max(0, -(-short // help_)) if help_ > 0 else 0


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A rule that holds in any one of `cases` cases: in each, only some of the units that it speaks of count.

    `allowed` holds for each unit the cases (by number) that allow it, or None where the rule does not speak of it.
    With `place` it speaks of the units that fill the node, else of all that count.
    """

    node: str
    cases: int
    allowed: tuple[tuple[int, ...] | None, ...]
    place: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """A rule about how many portions are reached: at least `least`, or at most `most`.

    `portions` holds for each unit those to which it belongs, `steps` what one step of it is worth. A portion is
    reached with so many thousandths of credit; with 0, by any part of one unit. They may overlap where a unit can
    belong to several.
    """

    node: str
    portions: tuple[tuple[str, ...], ...]
    steps: tuple[int, ...]
    reach: int = 0
    least: int | None = None
    most: int | None = None
    overlaps: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every portion that could be reached, in order."""
        return tuple(sorted({name for names in self.portions for name in names}))


@dataclass(frozen=True)
class Problem:
    """Everything a solver needs, in an order that does not depend on the order of what was given."""

    qualification: Qualification
    setting: Setting
    units: tuple[Unit, ...]
    bounds: tuple[Bound, ...]
    places: tuple[tuple[str, ...], ...]
    """For each unit, the paths of the requirements it may fill."""
    alternatives: tuple[Alternatives, ...] = ()
    spreads: tuple[Spread, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    """The exceptions that were given and do not hold here."""
    attempted: tuple[Unit, ...] = ()
    """Every unit that was attempted, whole, where a rule runs over these; in the order of units."""
    read: Reading | None = field(default=None, compare=False, repr=False)
    """The reading of these rules that this was stated by."""

    @cached_property
    def reading(self) -> Reading:
        """What these rules say before any unit is at hand."""
        if self.read is not None and self.read.is_of(self.qualification, self.setting):
            return self.read
        return Reading(self.qualification, self.setting)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What was attempted, as a proof lists it: each credential once."""
        found = (
            Attempt(
                unit.candidate.facts.credential,
                unit.candidate.digest,
                unit.weighed.conversion.id if unit.weighed.conversion else None,
                unit.weighed.recognition.id if unit.weighed.recognition else None,
            )
            for unit in self.attempted
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def permissions(self) -> Mapping[tuple[str, str], int]:
        """For two requirements (paths in document order) that may share a unit: the number of the entry saying so."""
        entries = self.qualification.sharing
        if not entries:
            return {}
        numbers = {entry.id: number for number, entry in enumerate(entries)}
        paths = [path for path, node in self.qualification.nodes() if isinstance(node, Requirement)]
        found = {pair: permission(*pair, self.qualification) for pair in combinations(paths, 2)}
        return {pair: numbers[entry.id] for pair, entry in found.items() if entry is not None}

    @cached_property
    def sharing_places(self) -> frozenset[str]:
        """Every requirement that may share a unit with another."""
        return frozenset(path for pair in self.permissions for path in pair)

    @cached_property
    def alike(self) -> tuple[tuple[int, ...], ...]:
        """Sets of units (by index) of which at most one counts: one credential, one issue, one content, one class of
        equivalents, and one achievement where the rules say so.
        """
        rules, as_parts = self.qualification, counts_once(self.qualification)
        once = rules.admits.same_achievement == "count-once"
        own = [(index, unit.candidate.facts) for index, unit in enumerate(self.units)]
        keys: dict[str, list[tuple[int, str]]] = {
            "credential": [(index, facts.credential) for index, facts in own],
            "issue": [(index, lot_key(facts)) for index, facts in own],
            "content": [
                (at, unit.given.facts.content) for at, unit in enumerate(self.units) if unit.given.facts.content
            ],
        }
        if once or as_parts:
            counted = [(index, facts.achievement) for index, facts in own if once or facts.achievement in as_parts]
            keys["achievement"] = counted
        for one in rules.equivalents:
            keys[f"class {one.id}"] = [(index, one.id) for index, facts in own if facts.achievement in one.achievements]
        groups: dict[tuple[str, str], list[int]] = {}
        for kind, named in keys.items():
            if len({name for _, name in named}) < len(named):
                for index, name in named:
                    groups.setdefault((kind, name), []).append(index)
        several = [members for members in groups.values() if len(members) > 1]
        return tuple(sorted({one for members in several for one in self._of_one_credential(members)}))

    def _of_one_credential(self, members: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """The set itself; where parts of one credential are in it, which may count together, each pair that may not."""
        keys = [self.units[index].key[:2] for index in members]
        if len(set(keys)) == len(keys):
            yield tuple(members)
            return
        for one, other in combinations(members, 2):
            if self.units[one].key[:2] != self.units[other].key[:2]:
                yield one, other

    @cached_property
    def kinds(self) -> tuple[tuple[int, ...], ...]:
        """Units that no rule can tell apart, in canonical order. Those of a set that counts once stand alone."""
        alone = {index for group in self.alike for index in group}
        owing = {bound.when for bound in self.bounds if bound.when is not None}
        weights = list(zip(*(bound.weights for bound in self.bounds), strict=True)) or [()] * len(self.units)
        allowed = list(zip(*(rule.allowed for rule in self.alternatives), strict=True)) or [()] * len(self.units)
        portions = list(zip(*(rule.portions for rule in self.spreads), strict=True)) or [()] * len(self.units)
        found: dict[tuple[object, ...], list[int]] = {}
        for at, unit in enumerate(self.units):
            size = (unit.step, unit.steps, unit.can_be_entire, unit.offered)
            key: tuple[object, ...] = (size, self.places[at], weights[at], allowed[at], portions[at])
            if at in alone or at in owing or unit.steps > 1:
                key = (at,)
            found.setdefault(key, []).append(at)
        return tuple(map(tuple, found.values()))

    def bounds_of(self, nodes: Iterable[str]) -> tuple[Bound, ...]:
        """The bounds that these rules state, and those that stand outside the tree."""
        wanted = {*nodes, ""}
        return tuple(bound for bound in self.bounds if bound.node in wanted)

    def grain_of(self, node: str) -> int:
        """What the credits that a rule lacks are a multiple of, whatever counts: all that it weighs and asks for is.

        Where further credits do more than to fill what lacks, and where they are shared, they go by thousandths.
        """
        bounds = [bound for bound in self.bounds if bound.node == node and bound.unit_of_measure == "credits"]
        if (
            node in self.sharing_places
            or any(bound.extra or bound.missing not in (0, 1) for bound in bounds)
            or any(rule.node == node for rule in self.spreads)
        ):
            return 1
        ends = (end for bound in bounds for end in (bound.least, bound.most) if end is not None)
        return gcd(*ends, *(weight for bound in bounds for weight in bound.weights)) or 1

    @cached_property
    def policies(self) -> tuple[tuple[Bound, ConversionPolicy], ...]:
        """The bounds that conversion policies state by their `max_share`."""
        found = {unit.weighed.conversion.id: unit.weighed.conversion for unit in self.units if unit.weighed.conversion}
        bounds = [bound for bound in self.bounds if not bound.node and bound.extra < 0 and bound.portion in found]
        return tuple((bound, found[bound.portion]) for bound in bounds)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The paths of all requirements and limits, in document order."""
        return self.reading.leaves


def weigh(
    candidate: Candidate,
    qualification: Qualification,
    setting: Setting,
    *,
    offered: bool = False,
    part: str = "",
    reading: Reading | None = None,
) -> Unit | Reason:
    """Weigh one candidate (or this part of it) by what the awarding body adopts, or say why it cannot count.

    Where several apply, the awarding body's own come first; then policies go by id, and of two versions the later
    counts; decisions go by date, the latest first, then by id.
    """
    facts = candidate.facts
    refusal = _spent_or_gone(candidate, qualification, setting)
    if refusal is not None:
        return refusal
    policy = None
    if reading is not None and not (part or setting.conversions or setting.recognitions):
        weighed = reading.admitted(facts)
    else:
        policy, decision = decisions_for(facts, qualification, setting)
        weighed = admit(facts, qualification, setting, conversion=policy, recognition=decision, part=part)
    if isinstance(weighed, Reason):
        return weighed
    whole, candidate = (candidate, _part_of(candidate, weighed)) if part else (None, candidate)
    facts = candidate.facts
    step, steps = _steps(weighed, candidate.available, whole=qualification.admits.whole_units)
    if step * steps == 0:
        say, sentence = setting.wording.say, setting.wording.say("problem.no-credits")
        if policy is not None:
            sentence = say("problem.converts-to-nothing", credits=facts.credits, policy=policy.id)
        return Reason("counts-nothing", sentence)
    return Unit(candidate, weighed, step, steps, offered, rested_on(weighed, qualification, setting), whole)


def _part_of(candidate: Candidate, weighed: Weighed) -> Candidate:
    """A part of a credential as a candidate: no more of it is left than of the credential."""
    return replace(candidate, facts=weighed.facts, available=min(weighed.facts.credits.credits, candidate.available))


def decisions_for(
    facts: UnitFacts, qualification: Qualification, setting: Setting
) -> tuple[ConversionPolicy | None, Recognition | None]:
    """The policy and the recognition by which a unit is weighed, where it needs any."""
    if not setting.conversions and not setting.recognitions:
        return None, None
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
    if decision is not None and is_native(facts, qualification) and not is_unsure(facts, qualification, setting):
        decision = None
    return policy, decision


def _spent_or_gone(candidate: Candidate, qualification: Qualification, setting: Setting) -> Reason | None:
    own, left, say = candidate.facts.credits.credits, candidate.available, setting.wording.say
    stands = not candidate.revoked and candidate.standing is Standing.EARNED and candidate.expires is None
    if stands and own.thousandths == left.thousandths > 0:
        return None
    if candidate.revoked:
        return Reason("revoked", say("problem.revoked"))
    if candidate.standing is not Standing.EARNED:
        slug = candidate.standing.value.replace(" ", "-")
        return Reason(slug, setting.wording.say(f"standing.{slug}", day=candidate.facts.earned))
    if candidate.expires is not None and candidate.expires < setting.date:
        return Reason("expired", say("problem.expired", day=candidate.expires))
    if not left:
        return Reason("already-used", say("problem.already-used"))
    converted = candidate.facts.credits.system != qualification.credit_system
    if left < own and bundle_of(candidate.facts, qualification) and (converted or qualification.admits.whole_units):
        return Reason("partly-used", say("problem.partly-used-bundle", left=left, credits=own))
    if qualification.admits.whole_units and left < own:
        return Reason("partly-used", say("problem.partly-used", left=left, credits=own))
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


def learner_of(candidates: Iterable[Candidate], setting: Setting) -> str:
    """The one learner whose units these are, or whom the setting names where there are none; empty where it is open."""
    subjects = {candidate.facts.subject for candidate in candidates} or {setting.learner}
    return subjects.pop() if len(subjects) == 1 else ""


def order_of(unit: Unit) -> tuple[datetime.date, datetime.date, str, bytes, str]:
    """Soonest expiring first, then oldest, then by id (and part): which of two equal units is used up first."""
    return (*_order_of(unit.candidate), unit.weighed.part)


def _order_of(candidate: Candidate) -> tuple[datetime.date, datetime.date, str, bytes]:
    return (candidate.expires or FOREVER, candidate.facts.earned, candidate.facts.credential, candidate.digest)


def build(
    qualification: Qualification,
    candidates: Sequence[Candidate],
    setting: Setting,
    offers: Sequence[Candidate] = (),
    reading: Reading | None = None,
) -> tuple[Problem, tuple[NotCounted, ...]]:
    """State the problem for a learner's candidates, and for units `offers` that they could still take.

    `reading` is one of these rules in this setting, where somebody holds it for many learners.

    Raises `TwoLearners` when the candidates belong to different learners, and `TooComplex` where `state` does. An exact
    repetition of a candidate is listed as not counted, once for each repetition.
    """
    subjects = sorted({candidate.facts.subject for candidate in candidates})
    if len(subjects) > 1:
        raise TwoLearners(
            f"The units belong to {len(subjects)} learners: {', '.join(subjects[:3])}.",
            next_step="Evaluate the units of one learner at a time.",
        )
    learner = learner_of(candidates, setting)
    aside = set_aside(qualification, setting, learner)
    qualification = under_exceptions(qualification, setting, learner)
    units: list[Unit] = []
    refused: list[NotCounted] = []
    if reading is None or not reading.is_of(qualification, setting):
        reading = Reading(qualification, setting)
    issues, tries = _standing_issues(candidates), reading.weighs_attempts
    seen: set[tuple[str, bytes]] = set()
    given = [(candidate, False) for candidate in candidates] + [(offer, True) for offer in offers]
    for candidate, offered in given:
        facts = candidate.facts
        key = (facts.credential, candidate.digest)
        found: list[Unit | Reason]
        if key in seen:
            found = [Reason("given-twice", setting.wording.say("problem.given-twice"))]
        else:
            replaced = _replaced(candidate, issues, setting, each=not tries)
            found = [replaced] if replaced else _weighed_parts(candidate, reading, offered=offered)
        seen.add(key)
        units += [one for one in found if isinstance(one, Unit)]
        if len(found) > 1 or isinstance(found[0], Reason):
            refused += _refusals(facts, found, qualification)
    attempted = attempted_of(qualification, issues, setting) if tries else ()
    earned = (unit.weighed for unit in units if not unit.offered)
    qualification, idle = without_idle_pins(qualification, earned, setting)
    problem = state(qualification, units, setting, attempted, reading)
    if aside or idle:
        problem = replace(problem, set_aside=(*aside, *idle))
    return problem, tuple(sorted(refused, key=lambda item: (item.credential, item.slug)))


def _weighed_parts(candidate: Candidate, reading: Reading, *, offered: bool) -> list[Unit | Reason]:
    """A credential weighed as the units that it stands for: itself, or the parts of a bundle."""
    rules, setting = reading.qualification, reading.setting
    return [
        weigh(candidate, rules, setting, offered=offered, part=part, reading=reading)
        for part in parts_of(candidate.facts, rules)
    ]


def _refusals(facts: UnitFacts, found: Sequence[Unit | Reason], qualification: Qualification) -> list[NotCounted]:
    """Why what was weighed does not count: once for a credential, or by part where its parts differ."""
    reasons = [one for one in found if isinstance(one, Reason)]
    if not reasons:
        return []
    if len(reasons) == len(found) and len(set(reasons)) == 1:
        return [NotCounted(facts.credential, *reasons[0], facts.title)]
    bundle = bundle_of(facts, qualification)
    parts = bundle.parts if bundle is not None else ()
    return [
        NotCounted(facts.credential, *one, part.title or facts.title, part.id)
        for one, part in zip(found, parts, strict=True)
        if isinstance(one, Reason)
    ]


def _standing_issues(candidates: Sequence[Candidate]) -> dict[tuple[str, str], Candidate]:
    """For each issue, by its issuer and its first credential, the candidate that stands.

    A correction stands in the place of what was issued first. What is revoked or not earned yet stands for nothing.
    """
    found: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        key = (candidate.facts.issuer, lot_key(candidate.facts))
        if _is_attempt(candidate) and (key not in found or _first_to_stand(candidate) < _first_to_stand(found[key])):
            found[key] = candidate
    return found


def _is_attempt(candidate: Candidate) -> bool:
    return not candidate.revoked and candidate.standing is Standing.EARNED


def _first_to_stand(candidate: Candidate) -> tuple[bool, datetime.date, datetime.date, str, bytes]:
    facts = candidate.facts
    return (lot_key(facts) == facts.credential, *_order_of(candidate))


def _replaced(
    candidate: Candidate, issues: Mapping[tuple[str, str], Candidate], setting: Setting, *, each: bool
) -> Reason | None:
    """Why one issue does not count beside another: it was corrected, or (but for `each`) another one stands."""
    facts = candidate.facts
    standing = issues.get((facts.issuer, lot_key(facts)))
    if standing is candidate or not _is_attempt(candidate) or standing is None or standing == candidate:
        return None
    other = standing.facts.credential
    if lot_key(facts) == facts.credential != other:
        return Reason("corrected", setting.wording.say("problem.corrected", credential=other))
    return None if each else Reason("same-issue", setting.wording.say("problem.other-issue", credential=other))


def attempted_of(
    qualification: Qualification, issues: Mapping[tuple[str, str], Candidate], setting: Setting
) -> tuple[Unit, ...]:
    """Every unit that was attempted by the day of the evaluation: of each issue the one that stands, whole."""
    found = []
    for candidate in issues.values():
        facts = candidate.facts
        if facts.earned > setting.date:
            continue
        policy, decision = decisions_for(facts, qualification, setting)
        for part in parts_of(facts, qualification):
            tried = attempt(facts, qualification, setting, conversion=policy, recognition=decision, part=part)
            size, whole = tried.size.thousandths if tried.worth_known else 0, tried.facts.credits.credits
            bundle = replace(candidate, available=facts.credits.credits) if part else None
            one = replace(candidate, facts=tried.facts, available=whole)
            found.append(Unit(one, tried, size, 1, bundle=bundle))
    return tuple(sorted(found, key=order_of))


@dataclass
class _Stated:
    """Counts the weights of rules that are stated for each unit by itself, and ends where they grow too many.

    A rule that speaks of few units states few bounds, however many units there are: so they are counted as they come.
    """

    left: int = field(default_factory=lambda: MAX_STATED)

    def take(self, weights: int) -> None:
        """Take so many weights from what is left; raise `TooComplex` when there are not so many."""
        self.left -= weights
        if self.left < 0:
            raise TooComplex("model-size", most=MAX_STATED)


def state(
    qualification: Qualification,
    units: Sequence[Unit],
    setting: Setting,
    attempted: tuple[Unit, ...] = (),
    reading: Reading | None = None,
) -> Problem:
    """State the problem for units that have been weighed, and for all that were attempted.

    Raises `TooComplex` where rules that are stated for each unit by itself come to more than `MAX_STATED` weights.
    """
    if reading is None or not reading.is_of(qualification, setting):
        reading = Reading(qualification, setting)
    desk = _Desk(reading, tuple(sorted(units, key=order_of)))
    bounds: list[Bound] = []
    alternatives: list[Alternatives] = []
    spreads: list[Spread] = []
    places: list[list[str]] = [[] for _ in desk.units]
    for path, node in reading.stated:
        match node:
            case Requirement():
                fits = desk.fits_place(node)
                bounds += _requirement_bounds(path, node, desk, fits)
                if node.same is not None:
                    alternatives += _together(path, node, desk.units, fits)
                for index in compress(desk.numbers, fits):
                    places[index].append(path)
            case Waived():
                pass  # nothing is asked
            case Limit(span_at_most=str()):
                alternatives.append(_span(path, node, desk))
            case Limit() if node.bound in ("distinct_at_least", "distinct_at_most", "in_one_at_least"):
                spreads.append(_spread(path, node, desk))
            case Limit():
                bounds += _limit_bounds(path, node, desk)
            case Prerequisite():
                bounds += _prerequisite_bounds(path, node, desk)
            case Exclusion():
                alternatives.append(_exclusion(path, node, desk))
    bounds += _policy_bounds(desk.units)
    bounds += _sharing_bounds(desk)
    bounds += _begun_bounds(desk)
    bounds += _bundle_bounds(desk.units)
    bounds += _pin_bounds(desk, places)
    tried = _rules_over_attempts(desk, attempted)
    bounds += [rule for rule in tried if isinstance(rule, Bound)]
    alternatives += [rule for rule in tried if isinstance(rule, Alternatives)]
    spreads += [rule for rule in tried if isinstance(rule, Spread)]
    return Problem(
        qualification,
        setting,
        desk.units,
        tuple(bounds),
        tuple(map(tuple, places)),
        tuple(alternatives),
        tuple(spreads),
        attempted=attempted,
        read=reading,
    )


@dataclass(frozen=True)
class _Desk:
    """The units in canonical order, and the rules they are read by."""

    reading: Reading
    units: tuple[Unit, ...]
    stated: _Stated = field(default_factory=_Stated)

    @property
    def qualification(self) -> Qualification:
        return self.reading.qualification

    @property
    def setting(self) -> Setting:
        return self.reading.setting

    @cached_property
    def numbers(self) -> range:
        return range(len(self.units))

    def fits(self, where: Where) -> tuple[bool, ...]:
        """For each unit, whether a rule's `where` speaks of it."""
        found, units = [False] * len(self.units), self.units
        if self.reading.names_alone(where):
            for index in self._near(where):
                found[index] = True
            return tuple(found)
        tests = self.reading.tests(where)
        if not tests:
            return (True,) * len(units)
        for index in self._near(where):
            weighed = units[index].weighed
            for test in tests:
                if not test(weighed):
                    break
            else:
                found[index] = True
        return tuple(found)

    def fits_place(self, node: Requirement) -> tuple[bool, ...]:
        """For each unit, whether it may fill a requirement."""
        found = self.fits(node.where)
        if node.same is None:
            return found
        return tuple(fit and has_key(node, unit.weighed) for fit, unit in zip(found, self.units, strict=True))

    def _near(self, where: Where) -> Iterable[int]:
        """The units that a rule can speak of at all: most rules name categories or achievements, and few units fit."""
        if where.category:
            return _near_any(where.category, self._by_category)
        if where.achievement:
            return _near_any(where.achievement, self._by_achievement)
        return self.numbers

    @cached_property
    def _by_category(self) -> Mapping[str, Sequence[int]]:
        return _by_name(unit.weighed.categories for unit in self.units)

    @cached_property
    def _by_achievement(self) -> Mapping[str, Sequence[int]]:
        return _by_name(unit.weighed.stands_for for unit in self.units)

    @property
    def full(self) -> int:
        """What a unit weighs where units are counted: one; or two halves, where some weigh half."""
        return 1 if self.qualification.admits.half_units is None else 2

    def heads(self, inside: Iterable[bool]) -> tuple[int, ...]:
        """What each unit that is inside weighs where units are counted."""
        half = self.qualification.admits.half_units
        if half is None:
            return tuple(map(int, inside))
        return tuple((1 if less else 2) if fit else 0 for fit, less in zip(inside, self.fits(half), strict=True))

    def steps(self, inside: Iterable[bool]) -> tuple[int, ...]:
        """One step of each unit that is inside, in thousandths."""
        return tuple(map(mul, self._step, inside))

    @cached_property
    def _step(self) -> tuple[int, ...]:
        return tuple(unit.step for unit in self.units)


def _near_any(names: Sequence[str], by_name: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """The numbers of those that have any of these names, in order."""
    if len(names) == 1:
        return by_name.get(names[0], ())
    return sorted({index for name in names for index in by_name.get(name, ())})


def _by_name(names: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """For each name the numbers of those that have it."""
    found: dict[str, list[int]] = {}
    for index, own in enumerate(names):
        for name in own:
            found.setdefault(name, []).append(index)
    return found


def _rules_over_attempts(desk: _Desk, attempted: Sequence[Unit]) -> list[Bound | Alternatives | Spread]:
    found: list[Bound | Alternatives | Spread] = []
    for path, node in desk.reading.nodes if desk.reading.weighs_attempts else ():
        if isinstance(node, Limit | Prerequisite | Exclusion) and node.over == "attempted":
            found += _over_attempts(path, node, desk, attempted)
    return found


def _over_attempts(
    path: str, node: Limit | Prerequisite | Exclusion, desk: _Desk, attempted: Sequence[Unit]
) -> list[Bound | Alternatives | Spread]:
    """A rule over all attempted units: what was attempted adds the same to every answer, whether it counts or not.

    So only offered units are left to weigh: what is taken up is attempted, with all of its credits. One portion that
    has enough (`in_one_at_least`) is looked for among what was attempted already.
    """
    offers = [index for index, unit in enumerate(desk.units) if unit.offered]
    whole = [replace(desk.units[index], step=desk.units[index].weighed.size.thousandths, steps=1) for index in offers]
    every = _Desk(desk.reading, (*attempted, *whole), desk.stated)
    fold = _Fold(path, len(attempted), tuple(offers), len(desk.units))
    if unknowable(node, [unit.weighed for unit in every.units], desk.qualification, desk.setting) is not None:
        return [fold.never()]
    match node:
        case Limit(span_at_most=str()):
            return [fold.alternatives(_span(path, node, every))]
        case Limit() if node.in_one_at_least is not None:
            own = _spread(path, node, every)
            have = [
                sum(unit.step for unit, names in zip(attempted, own.portions, strict=False) if name in names)
                for name in own.names
            ]
            short = own.reach - max(have, default=0)
            return [Bound(path, "", "credits", fold.nothing, least=short, missing=1)] if short > 0 else []
        case Limit() if node.bound in ("distinct_at_least", "distinct_at_most"):
            return [fold.spread(_spread(path, node, every))]
        case Limit():
            return [fold.bound(bound) for bound in _limit_bounds(path, node, every)]
        case Prerequisite():
            return [fold.bound(bound) for bound in _prerequisite_bounds(path, node, every)]
        case Exclusion():
            return [fold.alternatives(_exclusion(path, node, every))]


@dataclass(frozen=True, slots=True)
class _Fold:
    """Takes what is fixed out of a rule: the first `fixed` units of it are in every answer, the others are `offers`."""

    path: str
    fixed: int
    offers: tuple[int, ...]
    count: int

    @property
    def nothing(self) -> tuple[int, ...]:
        return (0,) * self.count

    def never(self) -> Bound:
        """A bound that nothing meets."""
        return Bound(self.path, "", "units", self.nothing, least=1)

    def bound(self, bound: Bound) -> Bound:
        """The same bound for what is not fixed. An offer adds its whole size, however much of it counts."""
        there = sum(bound.weights[: self.fixed])
        weights = list(self.nothing)
        for place, index in enumerate(self.offers):
            weights[index] = bound.weights[self.fixed + place]
        later = None if bound.when is None or bound.when < self.fixed else self.offers[bound.when - self.fixed]
        return replace(
            bound,
            measure="units" if self.offers else bound.measure,
            weights=tuple(weights),
            least=None if bound.least is None else bound.least - there,
            most=None if bound.most is None else bound.most - there,
            when=later,
        )

    def alternatives(self, rule: Alternatives) -> Alternatives | Bound:
        """The cases that all that is fixed allows."""
        asked = [set(allowed) for allowed in rule.allowed[: self.fixed] if allowed is not None]
        left = sorted(set(range(rule.cases)).intersection(*asked))
        if asked and not left:
            return self.never()
        allowed: list[tuple[int, ...] | None] = [None] * self.count
        for index, own in zip(self.offers, rule.allowed[self.fixed :], strict=True):
            allowed[index] = None if own is None else tuple(left.index(case) for case in own if case in left)
        return Alternatives(self.path, len(left), tuple(allowed))

    def spread(self, rule: Spread) -> Spread | Bound:
        """The portions that nothing fixed has reached."""
        there = {name for own in rule.portions[: self.fixed] for name in own}
        portions: list[tuple[str, ...]] = [()] * self.count
        for index, own in zip(self.offers, rule.portions[self.fixed :], strict=True):
            portions[index] = tuple(name for name in own if name not in there)
        least = None if rule.least is None else max(0, rule.least - len(there))
        most = None if rule.most is None else rule.most - len(there)
        if most is not None and most < 0:
            return self.never()
        return replace(rule, portions=tuple(portions), steps=self.nothing, least=least, most=most)


def _requirement_bounds(path: str, node: Requirement, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """What fills a place, at least and at most. Of further credits too a place takes no more than its most.

    Further units weigh whatever helps: a whole one towards a minimum, a half, where there are such, under a maximum.
    """
    found = []
    full, credits_of = desk.full, desk.reading.credits_of
    if (least := credits_of(node.credits_at_least)) is not None:
        found.append(Bound(path, "", "credits", desk.steps(fits), least=least.thousandths, place=True, missing=1))
    if node.units_at_least is not None:
        least_units = full * node.units_at_least
        found.append(Bound(path, "", "entire", desk.heads(fits), least=least_units, place=True, missing=full))
    if (most := credits_of(node.credits_at_most)) is not None:
        found.append(Bound(path, "", "credits", desk.steps(fits), most=most.thousandths, place=True, missing=1))
    if node.units_at_most is not None:
        most_units = full * node.units_at_most
        found.append(Bound(path, "", "units", desk.heads(fits), most=most_units, place=True, missing=1))
    return found


def _together(path: str, node: Requirement, units: Sequence[Unit], fits: Sequence[bool]) -> list[Alternatives]:
    """One case for each key that all units of the place may have in common."""
    if node.same is None:
        return []
    keys = [keys_of(node.same, unit.weighed) if fit else () for unit, fit in zip(units, fits, strict=True)]
    numbers = {key: number for number, key in enumerate(sorted({key for own in keys for key in own}))}
    allowed = tuple(tuple(numbers[key] for key in own) if fit else None for own, fit in zip(keys, fits, strict=True))
    return [Alternatives(path, len(numbers), allowed, place=True)]


def _span(path: str, node: Limit, desk: _Desk) -> Alternatives:
    """One case for each day that may be the last: what was earned after it, or too long before, does not count."""
    assert node.span_at_most is not None, "the caller asked for a span"
    fits = desk.fits(node.where)
    days = [unit.candidate.facts.earned for unit in desk.units]
    lasts = sorted({day for day, fit in zip(days, fits, strict=True) if fit})
    firsts = [day_before(last, node.span_at_most) for last in lasts]
    allowed = tuple(
        tuple(number for number, last in enumerate(lasts) if firsts[number] <= day <= last) if fit else None
        for day, fit in zip(days, fits, strict=True)
    )
    return Alternatives(path, len(lasts), allowed)


def _exclusion(path: str, node: Exclusion, desk: _Desk) -> Alternatives:
    """One case for each choice. A unit of two choices is excluded by itself: no case allows it."""
    allowed: list[tuple[int, ...] | None] = [None] * len(desk.units)
    for number, where in enumerate(node.between):
        for index in compress(desk.numbers, desk.fits(where)):
            allowed[index] = (number,) if allowed[index] is None else ()
    return Alternatives(path, len(node.between), tuple(allowed))


def _spread(path: str, node: Limit, desk: _Desk) -> Spread:
    fits = desk.fits(node.where)
    portions = tuple(
        portions_of(node, unit.weighed, desk.qualification) if fit else ()
        for unit, fit in zip(desk.units, fits, strict=True)
    )
    steps = tuple(unit.step for unit in desk.units)
    reach = credits_of(node.in_one_at_least)
    if reach is not None:
        return Spread(path, portions, steps, reach=reach.thousandths, least=1 if reach else 0)
    overlaps = node.per in SEVERAL
    return Spread(path, portions, steps, least=node.distinct_at_least, most=node.distinct_at_most, overlaps=overlaps)


def _prerequisite_bounds(path: str, node: Prerequisite, desk: _Desk) -> list[Bound]:
    """For each unit that needs something before it: enough of that, if it counts.

    What the learner does not have yet will be earned later, so it helps only a unit of this very day.
    """
    needs, least = desk.fits(node.needs), credits_of(node.credits_at_least)
    spoken = [index for index, fit in enumerate(desk.fits(node.where)) if fit]
    desk.stated.take(len(spoken) * len(desk.units))
    days = [unit.candidate.facts.earned for unit in desk.units]
    found = []
    for index in spoken:
        ready = [
            need and other != index and (day < days[index] or (node.concurrent and day == days[index]))
            for other, (need, day) in enumerate(zip(needs, days, strict=True))
        ]
        helps = int(node.concurrent and days[index] == desk.setting.date)
        if least is not None:
            end, steps = least.thousandths, desk.steps(ready)
            found.append(Bound(path, "", "credits", steps, least=end, missing=helps, when=index))
        else:
            heads, enough = desk.heads(ready), desk.full * (node.units_at_least or 0)
            found.append(Bound(path, "", "entire", heads, least=enough, missing=helps * desk.full, when=index))
    return found


def _limit_bounds(path: str, node: Limit, desk: _Desk) -> list[Bound]:
    whole = (True,) * len(desk.units) if node.base is None else desk.fits(node.base)
    fits = [fit and inside for fit, inside in zip(desk.fits(node.where), whole, strict=True)]
    if node.grading is not None:
        return _graded_bounds(path, node, node.grading, desk, fits)
    if node.last_at_least is not None:
        return _last_bounds(path, Credits.parse(node.last_at_least), desk, fits)
    if node.in_each_at_least is not None:
        return _each_bounds(path, node, Credits.parse(node.in_each_at_least), desk, fits)
    if node.per is None:
        return [_one_limit(path, node, desk, fits, "", whole)]
    own = [portions_of(node, unit.weighed, desk.qualification) for unit in desk.units]
    found = []
    for portion in sorted({name for names, fit in zip(own, fits, strict=True) if fit for name in names}):
        inside = [fit and portion in names for fit, names in zip(fits, own, strict=True)]
        of = [fit and portion in names for fit, names in zip(whole, own, strict=True)] if node.base_per else whole
        found.append(_one_limit(path, node, desk, inside, portion, of))
    return found


def _last_bounds(path: str, amount: Credits, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """For each unit that is none of these: enough was earned on later days, if it counts. What comes is later still."""
    spoken = [index for index, fit in enumerate(fits) if not fit]
    desk.stated.take(len(spoken) * len(desk.units))
    days = [unit.candidate.facts.earned for unit in desk.units]
    after = {day: desk.steps(later > day for later in days) for day in {days[index] for index in spoken}}
    least = amount.thousandths
    return [Bound(path, "", "credits", after[days[at]], least=least, missing=1, when=at) for at in spoken]


def _each_bounds(path: str, node: Limit, amount: Credits, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """For each unit and each portion in which it lies: enough lies there, if it counts.

    What is earned from now on lies in no window that is over.
    """
    fitting = zip(desk.units, fits, strict=True)
    own = [portions_of(node, unit.weighed, desk.qualification) if fit else () for unit, fit in fitting]
    desk.stated.take(sum(map(len, own)) * len(desk.units))
    calendar = desk.qualification.calendars.get(node.per or "")
    open_ = None if calendar is None else calendar.window(desk.setting.date).isoformat()
    inside = {name: desk.steps(name in names for names in own) for name in {name for names in own for name in names}}
    least = amount.thousandths
    return [
        Bound(path, name, "credits", inside[name], least=least, missing=int(open_ in (None, name)), when=index)
        for index, names in enumerate(own)
        for name in names
    ]


def _one_limit(
    path: str, node: Limit, desk: _Desk, inside: Sequence[bool], portion: str, whole: Sequence[bool]
) -> Bound:
    everything = int(node.per is None and desk.reading.everything(node.where))
    credits_of = desk.reading.credits_of
    if node.share is not None:
        return _share(path, node, desk, inside, portion, whole)
    if (least := credits_of(node.credits_at_least)) is not None:
        return Bound(path, portion, "credits", desk.steps(inside), least=least.thousandths, missing=1)
    if (most := credits_of(node.credits_at_most)) is not None:
        return Bound(path, portion, "credits", desk.steps(inside), most=most.thousandths, extra=everything)
    heads = desk.heads(inside)
    if node.units_at_least is not None:
        return Bound(path, portion, "entire", heads, least=desk.full * node.units_at_least, missing=desk.full)
    most_units = desk.full * (node.units_at_most or 0)
    return Bound(path, portion, "units", heads, most=most_units, extra=everything)


def _share(path: str, node: Limit, desk: _Desk, inside: Sequence[bool], portion: str, whole: Sequence[bool]) -> Bound:
    """A share, cross-multiplied. Of further credits those count into it, and into what it is a share of, that help."""
    share = node.share
    assert share is not None, "the caller asked for a share"
    part, of = share.numerator, share.denominator
    measure: Literal["credits", "units"] = node.weigh_by
    if measure == "credits":
        mine, all_, full = desk.steps(inside), desk.steps(whole), 1
    else:
        mine, all_, full = desk.heads(inside), desk.heads(whole), desk.full
    weights = tuple(of * one - part * every for one, every in zip(mine, all_, strict=True))
    if node.share_at_least is not None:
        if node.base is not None:
            return Bound(path, portion, measure, weights, least=0, missing=full * (of - part))
        return Bound(path, portion, measure, weights, least=0, extra=-part, missing=full * of - (full - 1) * part)
    everything = node.per is None and desk.reading.everything(node.where)
    extra = (0 if node.base is not None else of - part) if everything else -full * part
    return Bound(path, portion, measure, weights, most=0, extra=extra)


def _graded_bounds(path: str, node: Limit, scale: str, desk: _Desk, fits: Sequence[bool]) -> list[Bound]:
    """A mean or a sum of points, over the units whose grade has points. Further credits have the grade that helps."""
    grading = desk.qualification.grading[scale]
    points = [
        _milli(worth) if fit and (worth := points_of(scale, unit.weighed, desk.qualification)) is not None else None
        for unit, fit in zip(desk.units, fits, strict=True)
    ]
    known = [Fraction(end) for end in grading.numbers or [step.points for step in grading.grades if step.points]]
    ends = [_milli(end) for end in known] or [0]
    times, scaled, most = _times(node, desk)
    if node.points_at_least is not None:
        weights = tuple((worth or 0) * unit.step * n for unit, worth, n in zip(desk.units, points, times, strict=True))
        least = _milli(Fraction(node.points_at_least)) * 1000 * scaled
        return [Bound(path, "", "credits", weights, least=least, missing=max(ends) * most)]
    assert node.mean_at_least is not None, "only means and sums of points name a scale"
    bound, sign = _milli(Fraction(node.mean_at_least)), -1 if grading.descends else 1
    over = [0 if worth is None else sign * (worth - bound) * n for worth, n in zip(points, times, strict=True)]
    best = max(0, max(sign * (end - bound) for end in ends)) * most
    ones = tuple(int(worth is not None) for worth in points)
    some = Bound(path, "", "units", ones, least=1, missing=1)
    if node.weigh_by == "units":
        each = tuple(head * worth for head, worth in zip(desk.heads(fits), over, strict=True))
        return [Bound(path, "", "units", each, least=0, missing=desk.full * best), some]
    weights = tuple(worth * unit.step for unit, worth in zip(desk.units, over, strict=True))
    return [Bound(path, "", "credits", weights, least=0, missing=best), some]


def _times(node: Limit, desk: _Desk) -> tuple[Sequence[int], int, int]:
    """How many times each unit weighs in a mean or a sum of points, in whole numbers; how many of these are once, and
    how many the most that any unit could weigh.
    """
    if not node.weights:
        return (1,) * len(desk.units), 1, 1
    ones = [Fraction(one.times) for one in node.weights]
    once = lcm(*(one.denominator for one in ones))
    times = [once] * len(desk.units)
    for one, factor in reversed(list(zip(node.weights, ones, strict=True))):  # the first that speaks of a unit decides
        for index in compress(desk.numbers, desk.fits(one.where)):
            times[index] = int(factor * once)
    return times, once, max(once, *(int(factor * once) for factor in ones))


def _milli(points: Fraction) -> int:
    """Points in whole thousandths; documents and grades give no more than three places."""
    assert (points * 1000).denominator == 1, "the forms of points and grades have at most three places"
    return int(points * 1000)


def _begun_bounds(desk: _Desk) -> list[Bound]:
    """Past its last day a version asks for a unit earned by a day. What is earned from now on is too late for that."""
    day = begun_by(desk.qualification, desk.setting.date)
    if day is None:
        return []
    early = tuple(int(unit.candidate.facts.earned <= day) for unit in desk.units)
    return [Bound("", BEGUN, "units", early, least=1)]


def _pin_bounds(desk: _Desk, places: list[list[str]]) -> list[Bound]:
    """A pinned unit has no other place. While its own is part of the answer, one of those it names fills it, and each
    of them that counts does.
    """
    found = []
    for pin in pins(desk.qualification):
        held = [
            not unit.offered and pinned_to(pin, unit.weighed, desk.qualification, desk.setting) for unit in desk.units
        ]
        found.append(Bound(pin.node, pin.id, "units", tuple(map(int, held)), least=1, place=True))
        for index in [index for index, mine in enumerate(held) if mine]:
            places[index] = [pin.node]
            alone = tuple(int(other == index) for other in range(len(held)))
            found.append(Bound(pin.node, pin.id, "units", alone, least=1, place=True, when=index))
    return found


def _bundle_bounds(units: Sequence[Unit]) -> list[Bound]:
    """All parts of a credential together count no more than is left of it, where some of it is spent."""
    found: dict[tuple[str, Digest], Bound] = {}
    for unit in units:
        whole = unit.bundle
        if whole is not None and whole.available < whole.facts.credits.credits:
            steps = tuple(other.step if other.key[:2] == unit.key[:2] else 0 for other in units)
            name, left = whole.facts.credential, whole.available.thousandths
            found[unit.key[:2]] = Bound("", name, "credits", steps, most=left)
    return list(found.values())


def _sharing_bounds(desk: _Desk) -> list[Bound]:
    """How much may be shared by each entry in all."""
    if not desk.qualification.sharing:
        return []
    every = (True,) * len(desk.units)
    steps, heads = desk.steps(every), desk.heads(every)
    found = []
    for number, entry in enumerate(desk.qualification.sharing):
        if (most := credits_of(entry.credits_at_most)) is not None:
            found.append(Bound("", entry.id, "credits", steps, most=most.thousandths, sharing=number))
        if entry.units_at_most is not None:
            most_units = desk.full * entry.units_at_most
            found.append(Bound("", entry.id, "units", heads, most=most_units, sharing=number))
    return found


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
