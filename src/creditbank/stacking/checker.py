"""Add a stack up again, from the signed facts and the rule documents alone.

Nothing here searches, guesses or solves: each rule is looked at once, in exact integers. A stack that
passes satisfies the rules whoever or whatever put it together. What the words of a rule mean for one unit
stands in `rule.py`; whether the credentials themselves are genuine is for verification to say, before this
is asked.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, combinations, groupby, pairwise
from typing import NamedTuple, assert_never

from creditbank.canonical import Digest
from creditbank.credential.facts import UnitFacts
from creditbank.errors import CreditBankError
from creditbank.framework.common import day_before
from creditbank.framework.excepting import Waived
from creditbank.framework.exception import RuleException
from creditbank.framework.framework import ConversionPolicy, Framework, Recognition
from creditbank.framework.qualification import (
    Exclusion,
    Group,
    Leaf,
    Limit,
    Prerequisite,
    Qualification,
    Requirement,
    Sharing,
    Where,
    credits_of,
)
from creditbank.stacking.excepting import (
    applied,
    pinned_to,
    pins,
    rested_on,
    under_exceptions,
    used_exceptions,
    without_pins,
)
from creditbank.stacking.proof import Attempt, DocumentRef, NodeTotal, Portion, StackingProof, Use
from creditbank.stacking.rule import (
    Reason,
    Weighed,
    achievement_of,
    admit,
    attempt,
    counts_once,
    fits_place,
    keys_of,
    lot_key,
    meaning,
    over_attempted,
    parts_of,
    permission,
    points_of,
    portions_of,
    times_of,
    unknowable,
    weighs_attempts,
    weight_of,
)
from creditbank.stacking.setting import Setting, acceptances_used, begun_by, level_codes, require_applicable
from creditbank.units import NONE, Credits


class Fault(NamedTuple):
    """One thing that is wrong with a stack: a slug, the path of the rule (or empty), a sentence."""

    slug: str
    node: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A use whose unit is admitted, with what it counts by our own arithmetic."""

    use: Use
    unit: Weighed
    credits: Credits

    weight: Fraction | int = 1
    """What it weighs where units are counted."""

    @property
    def entire(self) -> bool:
        """Whether the whole unit is used. A part is no unit where a rule asks for at least so many units."""
        return self.use.amount == self.unit.facts.credits.credits


@dataclass(frozen=True, slots=True)
class Recount:
    """The sum as re-added: what each leaf came to, which nodes hold, and every fault found on the way."""

    counted: Credits
    totals: tuple[NodeTotal, ...]
    holding: frozenset[str]
    faults: tuple[Fault, ...]


def check(
    proof: StackingProof, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> tuple[Fault, ...]:
    """Every fault of a stacking proof; an empty answer confirms the sum.

    `facts` holds what each verified credential says, by the credential's digest. Never raises for a wrong
    proof.
    """
    try:
        excepted = under_exceptions(qualification, setting, proof.learner)
        require_applicable(excepted, setting)
    except CreditBankError as cause:
        return (Fault(cause.slug, "", cause.sentence),)
    rules, idle = _named_pins(proof, excepted)
    sum_ = recount(rules, proof.uses, facts, setting, attempted=proof.attempted)
    faults = [*_statement(proof, rules, setting), *_learner(proof, facts), *sum_.faults]
    faults += _given_up(proof, rules)
    faults += _unnamed_pins(proof, rules, idle, facts, setting)
    if proof.counted != sum_.counted:
        faults.append(
            Fault("wrong-sum", "", f"The proof says {proof.counted} credits; its uses come to {sum_.counted}.")
        )
    if proof.totals != sum_.totals:
        faults.append(Fault("wrong-totals", "", "The proof's totals are not what its uses come to."))
    return tuple(faults)


def _named_pins(proof: StackingProof, rules: Qualification) -> tuple[Qualification, list[RuleException]]:
    """The rules with those pins only that the proof names, and the others: they may have had nothing to hold."""
    idle = [pin for pin in pins(rules) if DocumentRef.of(pin) not in proof.exceptions]
    return without_pins(rules, idle), idle


def _unnamed_pins(
    proof: StackingProof,
    rules: Qualification,
    idle: list[RuleException],
    facts: Mapping[Digest, UnitFacts],
    setting: Setting,
) -> Iterator[Fault]:
    """A pin that holds a unit which counts has to be named."""
    for use in proof.uses if idle else ():
        counted = _counted(use, rules, facts, setting)
        for pin in idle if isinstance(counted, Counted) else ():
            if isinstance(counted, Counted) and pinned_to(pin, counted.unit, rules, setting):
                yield Fault(
                    "other-exceptions", pin.node, f"The proof does not name {pin.id}, which holds a unit of it."
                )


def _statement(proof: StackingProof, qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """The proof must speak of these rules, this date, this body, and name exactly the documents it used."""
    if proof.date != setting.date:
        yield Fault("other-date", "", f"The proof is of {proof.date}, and was checked for {setting.date}.")
    if proof.awarding != setting.awarding:
        yield Fault("other-body", "", f"The proof is for awards of {proof.awarding}, not of {setting.awarding}.")
    if proof.qualification != DocumentRef.of(qualification):
        yield Fault("other-rules", "", "The proof was made under other rules than these.")
    decided: tuple[Use | Attempt, ...] = (*proof.uses, *proof.attempted)
    used_conversions = {item.conversion for item in decided if item.conversion is not None}
    used_recognitions = {item.recognition for item in decided if item.recognition is not None}
    needed = {qualification.framework} if level_codes(qualification) else set()
    frameworks: list[Framework | None] = [setting.frameworks[name] for name in sorted(needed)]
    registers = [setting.register] if qualification.admits.accredited else []
    conversions = [chosen_policy(name, setting) for name in sorted(used_conversions)]
    recognitions = [chosen_decision(name, setting) for name in sorted(used_recognitions)]
    for kind, named, documents in (
        ("framework", proof.frameworks, frameworks),
        ("conversion", proof.conversions, conversions),
        ("recognition", proof.recognitions, recognitions),
        ("acceptance", proof.acceptances, acceptances_used(qualification, setting)),
        ("register", proof.registers, registers),
        ("exception", proof.exceptions, sorted(applied(qualification), key=lambda one: one.id)),
    ):
        if named != tuple(DocumentRef.of(document) for document in documents if document is not None):
            yield Fault(f"other-{kind}s", "", f"The proof does not name exactly the {kind} documents it rests on.")


def _learner(proof: StackingProof, facts: Mapping[Digest, UnitFacts]) -> Iterator[Fault]:
    named: tuple[Use | Attempt, ...] = (*proof.uses, *proof.attempted)
    for item in named:
        unit = facts.get(item.digest)
        if unit is not None and unit.subject != proof.learner:
            node = item.node if isinstance(item, Use) else ""
            yield Fault("other-learner", node, f"{item.credential} was not issued to {proof.learner}.")


def _given_up(proof: StackingProof, qualification: Qualification) -> Iterator[Fault]:
    """Only awards that the rules absorb are given up, each once and for something, and no more moves than counts."""
    left: dict[str, Credits] = {}
    for use in proof.uses:
        left[use.credential] = left.get(use.credential, NONE) + use.amount
    awards = [lower.award for lower in proof.gives_up]
    if len(set(awards)) < len(awards) or proof.award in awards:
        yield Fault("wrong-move", "", "An award is given up twice, or for itself.")
    for lower in proof.gives_up:
        if lower.qualification not in qualification.absorbs:
            yield Fault("not-absorbed", "", f"These rules do not absorb {lower.qualification}, so {lower.award} stays.")
        credentials = [move.credential for move in lower.moves]
        if not credentials or any(one >= other for one, other in pairwise(credentials)):
            yield Fault("wrong-move", "", f"{lower.award} is given up for nothing, or its moves are not in order.")
        for move in lower.moves:
            rest = left.get(move.credential, NONE)
            if not move.amount or move.amount > rest:
                yield Fault("wrong-move", "", f"{lower.award} gives more of {move.credential} than counts here.")
            else:
                left[move.credential] = rest - move.amount


def chosen_policy(name: str, setting: Setting) -> ConversionPolicy | None:
    """The policy of this name (its id) that the setting adopts: of several versions, the last in force."""
    found = [policy for policy in setting.conversions if policy.id == name and policy.valid_on(setting.date)]
    return max(found, key=lambda policy: (policy.valid_from, policy.version), default=None)


def chosen_decision(name: str, setting: Setting) -> Recognition | None:
    """The recognition of this id: of several, the last decided."""
    found = [item for item in setting.recognitions if item.id == name and item.valid_on(setting.date)]
    return max(found, key=lambda item: (item.decided, item.reason), default=None)


def recount(
    qualification: Qualification,
    uses: Iterable[Use],
    facts: Mapping[Digest, UnitFacts],
    setting: Setting,
    *,
    attempted: Iterable[Attempt] = (),
) -> Recount:
    """Add the uses up under the rules: linear in uses and attempted units times rules."""
    uses, attempted = tuple(uses), tuple(attempted)
    faults = list(_repeated(uses, facts, qualification))
    stack: list[Counted] = []
    for use in uses:
        found = _counted(use, qualification, facts, setting)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            stack.append(found)
    total = _sum(stack)
    faults += _places(stack, qualification, setting)
    faults += _shared(stack, qualification)
    faults += _policy_shares(stack, total)
    faults += _begun(stack, qualification, setting)
    faults += _attempts(attempted, uses, qualification, facts)
    tried = [
        _tried(item, part, qualification, facts, setting)
        for item in attempted
        if item.digest in facts
        for part in parts_of(facts[item.digest], qualification)
    ]
    faults += [item for item in tried if isinstance(item, Fault)]
    hand = _Hand(stack, qualification, setting)
    every = _Hand([item for item in tried if isinstance(item, Counted)], qualification, setting)
    totals = tuple(
        _over_attempts(path, node, every) if over_attempted(node) else _leaf(path, node, hand)
        for path, node in qualification.nodes()
        if not isinstance(node, Group)
    )
    holding = _holding(qualification, {leaf.node for leaf in totals if leaf.holds})
    faults += _unmet(qualification, holding)
    if qualification.requires.id in holding:
        faults += _beside(stack, qualification, holding)
    return Recount(total, totals, holding, tuple(faults))


@dataclass(frozen=True)
class _Hand:
    """What counts, and the rules it is read by."""

    stack: list[Counted]
    qualification: Qualification
    setting: Setting

    def fitting(self, where: Where | None) -> list[Counted]:
        """What a rule's `where` speaks of; everything where there is none."""
        if where is None:
            return self.stack
        tests = meaning(where, self.qualification, self.setting)
        return [item for item in self.stack if all(test(item.unit) for test in tests)]

    def below(self, names: tuple[str, ...]) -> frozenset[str]:
        """The places that have one of these ids, or stand below a group that has."""
        return frozenset(self.qualification.places_below(names))

    @cached_property
    def filling(self) -> Mapping[str, Sequence[Counted]]:
        """What fills each place."""
        found: dict[str, list[Counted]] = {}
        for item in self.stack:
            for path in item.use.places:
                found.setdefault(path, []).append(item)
        return found


def _counted(
    use: Use, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> Counted | Fault:
    unit = facts.get(use.digest)
    if unit is None:
        return Fault("unknown-credential", use.node, f"No verified credential has the digest of {use.credential}.")
    conversion = chosen_policy(use.conversion, setting) if use.conversion is not None else None
    recognition = chosen_decision(use.recognition, setting) if use.recognition is not None else None
    weighed = admit(unit, qualification, setting, conversion=conversion, recognition=recognition, part=use.part)
    if isinstance(weighed, Reason):
        return Fault(weighed.slug, use.node, f"{use.credential} may not be counted. {weighed.sentence}")
    own = weighed.facts.credits
    if use.amount > own.credits or not use.amount:
        return Fault("wrong-amount", use.node, f"{use.credential} has {own}, and {use.amount} are said to be used.")
    if qualification.admits.whole_units and use.amount != own.credits:
        return Fault("part-of-unit", use.node, f"Only whole units count, and {use.credential} is used in part.")
    worth = weighed.counted(use.amount)
    named = (
        weighed.conversion.id if weighed.conversion else None,
        weighed.recognition.id if weighed.recognition else None,
    )
    if (use.credential, use.system, use.counted) != (unit.credential, own.system, worth) or not worth:
        return Fault("wrong-use", use.node, f"{use.credential} counts {worth} credits; the use says otherwise.")
    if (use.conversion, use.recognition) != named:
        return Fault("needless-decision", use.node, f"{use.credential} names a decision it does not rest on.")
    exceptions = used_exceptions(rested_on(weighed, qualification, setting), use.places)
    if use.exceptions != exceptions:
        rests = ", ".join(exceptions) or "none"
        return Fault(
            "other-exceptions", use.node, f"{use.credential} rests on these exceptions and no others: {rests}."
        )
    return Counted(use, weighed, worth, weight_of(weighed, qualification, setting))


def _repeated(
    uses: tuple[Use, ...], facts: Mapping[Digest, UnitFacts], qualification: Qualification
) -> Iterator[Fault]:
    """One credential, one issue, one content and one class of equivalents count once; one achievement if so ruled.

    Of a credential that is weighed as its parts, each part counts once.
    """
    known = [use for use in uses if use.digest in facts]
    units = [facts[digest] for digest in dict.fromkeys(use.digest for use in known)]
    once, as_parts = qualification.admits.same_achievement == "count-once", counts_once(qualification)
    earned = [achievement_of(facts[use.digest], use.part, qualification) for use in known]
    equal = [one.id for one in qualification.equivalents for name in earned if name in one.achievements]
    for slug, what, keys in (
        ("credential-twice", "credential", [" ".join((use.credential, use.part)).strip() for use in uses]),
        ("issue-twice", "issue", [lot_key(unit) for unit in units]),
        ("same-content", "content", [unit.content for unit in units if unit.content]),
        ("same-achievement", "achievement", [name for name in earned if once or name in as_parts]),
        ("equivalent", "class of equivalents", equal),
    ):
        for key, times in sorted(Counter(keys).items()):
            if times > 1:
                yield Fault(slug, "", f"The same {what} is counted {times} times: {key}.")


def _attempts(
    attempted: tuple[Attempt, ...],
    uses: tuple[Use, ...],
    qualification: Qualification,
    facts: Mapping[Digest, UnitFacts],
) -> Iterator[Fault]:
    """Each attempted unit stands in the list once, and whatever counts stands there, by the same decisions."""
    if not weighs_attempts(qualification):
        if attempted:
            yield Fault("needless-attempts", "", "No rule runs over attempted units, so none are listed.")
        return
    listed = {item.digest: item for item in attempted}
    for use in uses:
        found = listed.get(use.digest)
        if found is None:
            yield Fault(
                "attempt-missing", use.node, f"{use.credential} counts, so it was attempted, and is not listed."
            )
        elif (found.conversion, found.recognition) != (use.conversion, use.recognition):
            yield Fault(
                "attempt-differs", use.node, f"{use.credential} counts by other decisions than it was attempted."
            )
    for item in attempted:
        if item.digest not in facts:
            yield Fault("unknown-credential", "", f"No verified credential has the digest of {item.credential}.")
    issues = [(facts[item.digest].issuer, lot_key(facts[item.digest])) for item in attempted if item.digest in facts]
    for slug, keys in (("credential-twice", [item.credential for item in attempted]), ("issue-twice", issues)):
        for key, times in sorted(Counter(keys).items()):
            if times > 1:
                yield Fault(slug, "", f"It is listed {times} times as attempted: {key}.")


def _tried(
    item: Attempt, part: str, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> Counted | Fault:
    """An attempted unit with all of its credits; with none where nobody can say what they are worth."""
    unit = facts[item.digest]
    conversion = chosen_policy(item.conversion, setting) if item.conversion is not None else None
    recognition = chosen_decision(item.recognition, setting) if item.recognition is not None else None
    tried = attempt(unit, qualification, setting, conversion=conversion, recognition=recognition, part=part)
    named = (tried.conversion.id if tried.conversion else None, tried.recognition.id if tried.recognition else None)
    if item.credential != unit.credential or unit.earned > setting.date:
        return Fault("wrong-attempt", "", f"{item.credential} is not what was attempted by {setting.date}.")
    if (item.conversion, item.recognition) != named:
        return Fault("needless-decision", "", f"{item.credential} names a decision it does not rest on.")
    worth = tried.size if tried.worth_known else NONE
    own = tried.facts.credits
    whole = Use(item.credential, item.digest, own.credits, own.system, worth, part=part)
    return Counted(whole, tried, worth, weight_of(tried, qualification, setting))


def _over_attempts(path: str, node: Leaf, hand: _Hand) -> NodeTotal:
    """A rule over all attempted units; it does not hold where a unit of unknown worth leaves open whether it does."""
    total = _leaf(path, node, hand)
    doubt = unknowable(node, [item.unit for item in hand.stack], hand.qualification, hand.setting)
    return total if doubt is None else replace(total, holds=False)


def _places(stack: list[Counted], qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """A unit fills a requirement only if the requirement speaks of it; a part never fills a count of units."""
    requirements = {path: node for path, node in qualification.nodes() if isinstance(node, Requirement)}
    order = {path: index for index, path in enumerate(requirements)}
    for item in stack:
        ranks = [order.get(path, -1) for path in item.use.places]
        if any(earlier >= later for earlier, later in pairwise(ranks)) or (item.use.also and not item.use.node):
            yield Fault("wrong-place", item.use.node, f"The places of {item.use.credential} are not in order.")
        for path in item.use.places:
            node = requirements.get(path)
            if node is None or not fits_place(node, item.unit, qualification, setting):
                sentence = f"{item.use.credential} does not fit the requirement it is said to fill."
                yield Fault("wrong-place", path, sentence)
            elif node.units_at_least is not None and not item.entire:
                yield Fault("part-of-unit", path, f"«{node.title}» counts units, and a part of a unit is not one.")
        for pin in pins(qualification):
            if item.use.places not in ((), (pin.node,)) and pinned_to(pin, item.unit, qualification, setting):
                yield Fault("wrong-place", item.use.node, f"{item.use.credential} is held to {pin.node} by {pin.id}.")


def _shared(stack: list[Counted], qualification: Qualification) -> Iterator[Fault]:
    """A unit fills several requirements only by permission, each pair of them by the first entry that speaks of it."""
    users: dict[str, list[Counted]] = {}
    for item in stack:
        through: dict[str, set[str]] = {}
        for one, other in combinations(item.use.places, 2):
            entry = permission(one, other, qualification)
            if entry is None:
                yield Fault("not-shared", other, f"{item.use.credential} may not fill both {one} and {other}.")
                break
            through.setdefault(entry.id, set()).update((one, other))
        for entry in qualification.sharing:
            filled = len(through.get(entry.id, ()))
            if filled:
                users.setdefault(entry.id, []).append(item)
            if filled > entry.places_at_most:
                yield Fault("shared-too-often", item.use.node, f"{item.use.credential} fills {filled} requirements.")
    for entry in qualification.sharing:
        if not _share_kept(entry, users.get(entry.id, [])):
            yield Fault("shared-too-much", entry.id, f"More is shared than «{entry.title}» permits.")


def _share_kept(entry: Sharing, users: list[Counted]) -> bool:
    most = credits_of(entry.credits_at_most)
    return (entry.units_at_most is None or _count(users) <= entry.units_at_most) and (
        most is None or _sum(users) <= most
    )


def _policy_shares(stack: list[Counted], total: Credits) -> Iterator[Fault]:
    """A conversion policy may bound the part of the counted credits that comes through it."""
    policies = {item.unit.conversion.id: item.unit.conversion for item in stack if item.unit.conversion}
    for name, policy in sorted(policies.items()):
        through = _sum(item for item in stack if item.unit.conversion is policy)
        if through.thousandths * policy.share.denominator > total.thousandths * policy.share.numerator:
            yield Fault("policy-share", "", f"{through} of {total} credits came through {name}: over {policy.share}.")


def _begun(stack: list[Counted], qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """After its last day a version applies only to who had begun under it: something that counts was earned by then."""
    day = begun_by(qualification, setting.date)
    if day is not None and all(item.unit.facts.earned > day for item in stack):
        yield Fault("not-begun", "", f"Nothing that counts was earned by {day}, and these rules ask for that by now.")


def _count(stack: Iterable[Counted]) -> Fraction | int:
    """How many units these are; a whole number as such."""
    units: Fraction | int = sum(item.weight for item in stack)
    return units.numerator if units.denominator == 1 else units


def _sum(stack: Iterable[Counted]) -> Credits:
    return Credits(sum(item.credits.thousandths for item in stack))


def _leaf(path: str, node: Leaf, hand: _Hand) -> NodeTotal:
    """What a rule came to, and whether it holds."""
    match node:
        case Requirement():
            return _requirement(path, node, hand)
        case Waived():
            return NodeTotal(path, NONE, 0, holds=True, waived=node.exception)
        case Limit():
            return _limit(path, node, hand)
        case Prerequisite():
            return _prerequisite(path, node, hand)
        case Exclusion():
            return _exclusion(path, node, hand)
        case _:
            assert_never(node)


def _requirement(path: str, node: Requirement, hand: _Hand) -> NodeTotal:
    here = hand.filling.get(path, ())
    amount, need, most = _sum(here), credits_of(node.credits_at_least), credits_of(node.credits_at_most)
    holds = (
        (need is None or amount >= need)
        and (most is None or amount <= most)
        and (node.units_at_least is None or _count(here) >= node.units_at_least)
        and (node.units_at_most is None or _count(here) <= node.units_at_most)
        and (node.same is None or _together(node.same, here))
        and all(_pin_kept(pin, hand) for pin in pins(hand.qualification) if pin.node == path)
    )
    return NodeTotal(path, amount, _count(here), holds)


def _pin_kept(pin: RuleException, hand: _Hand) -> bool:
    """Whether a unit that the pin names fills its place, and each of them that counts does."""
    held = [item for item in hand.stack if pinned_to(pin, item.unit, hand.qualification, hand.setting)]
    return bool(held) and all(pin.node in item.use.places for item in held)


def _together(word: str, here: Sequence[Counted]) -> bool:
    """Whether all of these units go by one provider, or have one field in common."""
    return not here or bool(set.intersection(*(set(keys_of(word, item.unit)) for item in here)))


def _limit(path: str, node: Limit, hand: _Hand) -> NodeTotal:
    """A limit's one bound, over all it speaks of or over each portion by itself. `base` narrows what a share is of."""
    whole = hand.fitting(node.base)
    if node.within:
        whole = [item for item in whole if not hand.below(node.within).isdisjoint(item.use.places)]
    tests = meaning(node.where, hand.qualification, hand.setting)
    matching = [item for item in whole if all(test(item.unit) for test in tests)]
    portions, wholes = _cut(node, matching, hand), _cut(node, whole, hand)
    if node.last_at_least is not None:
        holds = _last(Credits.parse(node.last_at_least), credits_of(node.of_last), matching, whole)
        return NodeTotal(path, _sum(matching), _count(matching), holds)
    if node.per is None:
        return NodeTotal(path, _sum(matching), _count(matching), _bounded(node, matching, whole, hand))
    if node.in_one_at_least is not None:
        holds = max(map(_sum, portions.values()), default=NONE) >= Credits.parse(node.in_one_at_least)
    elif node.in_each_at_least is not None:
        holds = all(_sum(part) >= Credits.parse(node.in_each_at_least) for part in portions.values())
    elif node.distinct_at_least is not None or node.distinct_at_most is not None:
        holds = (node.distinct_at_least or 0) <= len(portions) <= (node.distinct_at_most or len(portions))
    else:
        holds = all(
            _bounded(node, part, wholes[key] if node.base_per else whole, hand) for key, part in portions.items()
        )
    parts = tuple(Portion(key, _sum(part), _count(part)) for key, part in sorted(portions.items()))
    return NodeTotal(path, _sum(matching), _count(matching), holds, parts)


def _last(amount: Credits, of: Credits | None, mine: list[Counted], every: list[Counted]) -> bool:
    """Whether so much was earned after the last day on which anything else was; or so much of the last (`of`): then of
    what was earned on one day these come first, and of a unit across the edge its last credits are inside.
    """
    keys = {item.use.key for item in mine}
    others = [item.unit.facts.earned for item in every if item.use.key not in keys]
    if of is not None:
        return _last_of(amount.thousandths, of.thousandths, keys, every)
    return not others or _sum(item for item in every if item.unit.facts.earned > max(others)) >= amount


def _last_of(amount: int, of: int, keys: Set[tuple[str, Digest, str]], every: list[Counted]) -> bool:
    """Whether this holds of the last credits: going back day by day, anything else first, it is enough in time."""
    left, have = of - amount, 0
    if left < 0:
        return False
    for _, day in groupby(sorted(every, key=_when, reverse=True), key=_when):
        mine = 0
        for item in day:
            if item.use.key in keys:
                mine += item.credits.thousandths
            else:
                left -= item.credits.thousandths
        if left < 0:  # more of anything else than may be among the last, unless enough of these came later
            return have >= amount
        have += mine
    return True


def _when(item: Counted) -> date:
    return item.unit.facts.earned


def _cut(node: Limit, items: list[Counted], hand: _Hand) -> dict[str, list[Counted]]:
    portions: dict[str, list[Counted]] = {}
    for item in items:
        for key in portions_of(node, item.unit, hand.qualification):
            portions.setdefault(key, []).append(item)
    return portions


def _bounded(node: Limit, part: list[Counted], whole: list[Counted], hand: _Hand) -> bool:
    """Whether a limit's one bound holds for what it runs over. Shares are cross-multiplied, never divided."""
    if node.share is not None:
        have = _weighed(node, part, hand) * node.share.denominator
        bound = _weighed(node, whole, hand) * node.share.numerator
        return have >= bound if node.share_at_least is not None else have <= bound
    if node.grading is not None:
        return _graded(node, node.grading, part, hand)
    if node.span_at_most is not None:
        days = [item.unit.facts.earned for item in part]
        return not days or day_before(max(days), node.span_at_most) <= min(days)
    amount, units, entire = _sum(part), _count(part), _count(item for item in part if item.entire)
    least, most = credits_of(node.credits_at_least), credits_of(node.credits_at_most)
    return (
        (least is None or amount >= least)
        and (most is None or amount <= most)
        and (node.units_at_least is None or entire >= node.units_at_least)
        and (node.units_at_most is None or units <= node.units_at_most)
    )


def _weighed(node: Limit, part: list[Counted], hand: _Hand) -> Fraction | int:
    """What this weighs in a share, where some units weigh more than once."""
    if not node.weights:
        return _weight(node, part)
    rules, setting = hand.qualification, hand.setting
    return sum(_weight(node, [item]) * times_of(node, item.unit, rules, setting) for item in part)


def _weight(node: Limit, part: list[Counted]) -> Fraction | int:
    return _count(part) if node.weigh_by == "units" else _sum(part).thousandths


def _graded(node: Limit, scale: str, part: list[Counted], hand: _Hand) -> bool:
    """A mean or a sum of points, over the units whose grade has points; a mean of nothing does not hold."""
    rules, setting = hand.qualification, hand.setting
    graded = [
        (item, points, times_of(node, item.unit, rules, setting))
        for item in part
        if (points := points_of(scale, item.unit, rules)) is not None
    ]
    if node.points_at_least is not None:
        have = sum(item.credits.as_fraction() * times * points for item, points, times in graded)
        return have >= Fraction(node.points_at_least)
    assert node.mean_at_least is not None, "only means and sums of points name a scale"
    bound, sign = Fraction(node.mean_at_least), -1 if rules.grading[scale].descends else 1
    over = sum(_weight(node, [item]) * times * sign * (points - bound) for item, points, times in graded)
    return bool(graded) and over >= 0


def _prerequisite(path: str, node: Prerequisite, hand: _Hand) -> NodeTotal:
    """Before each unit that the rule speaks of, enough of what it needs was earned; no unit prepares for itself."""
    after, needs = hand.fitting(node.where), sorted(hand.fitting(node.needs), key=lambda item: item.unit.facts.earned)
    worth = [_readiness(node, item) for item in needs]
    days, sums = [item.unit.facts.earned for item in needs], [0, *accumulate(worth)]
    own = {item.use.key: value for item, value in zip(needs, worth, strict=True)} if node.concurrent else {}
    until = bisect_right if node.concurrent else bisect_left
    least = credits_of(node.credits_at_least)
    enough = least.thousandths if least is not None else node.units_at_least or 0
    holds = all(sums[until(days, item.unit.facts.earned)] - own.get(item.use.key, 0) >= enough for item in after)
    return NodeTotal(path, _sum(after), _count(after), holds)


def _readiness(node: Prerequisite, item: Counted) -> Fraction | int:
    if node.units_at_least is not None:
        return item.weight if item.entire else 0
    return item.credits.thousandths


def _exclusion(path: str, node: Exclusion, hand: _Hand) -> NodeTotal:
    """Units of at most one choice count; a unit of two choices counts for both, so it is excluded alone."""
    chosen = [(index, items) for index, where in enumerate(node.between) if (items := hand.fitting(where))]
    parts = tuple(Portion(str(index + 1), _sum(items), _count(items)) for index, items in chosen)
    every = {item.use.key: item for _, items in chosen for item in items}.values()
    return NodeTotal(path, _sum(every), _count(every), len(chosen) <= 1, parts)


def _holding(qualification: Qualification, leaves: set[str]) -> frozenset[str]:
    """The paths of all nodes that hold: a group holds when enough of its nodes do."""
    holding = set(leaves)
    for path, node in reversed(qualification.nodes()):  # children stand after their group
        if isinstance(node, Group) and sum(f"{path}/{child.id}" in holding for child in node.of) >= node.needed:
            holding.add(path)
    return frozenset(holding)


def _beside(stack: list[Counted], qualification: Qualification, holding: frozenset[str]) -> Iterator[Fault]:
    """Where a limit runs over what fills certain places, a unit fills none of them that the answer does without."""
    named = {name for _, node in qualification.nodes() if isinstance(node, Limit) for name in node.within}
    for path in qualification.places_below(named):
        steps = path.split("/")
        if all("/".join(steps[:end]) in holding for end in range(1, len(steps) + 1)):
            continue
        for item in stack:
            if path in item.use.places:
                yield Fault("wrong-place", path, f"{item.use.credential} fills a place that the answer does without.")


def _unmet(qualification: Qualification, holding: frozenset[str]) -> Iterator[Fault]:
    """The leaves for which the root does not hold; none when it does."""
    open_groups: set[str] = set()
    for path, node in qualification.nodes():
        parent = path.rpartition("/")[0]
        if path in holding or (parent and parent not in open_groups):
            continue
        if isinstance(node, Group):
            open_groups.add(path)
        else:
            yield Fault("rule-not-met", path, f"«{node.title}» does not hold.")
