"""Add a stack up again, from the signed facts and the rule documents alone.

Nothing here searches, guesses or solves: each rule is looked at once, in exact integers. A stack that
passes satisfies the rules whoever or whatever put it together. What the words of a rule mean for one unit
stands in `rule.py`; whether the credentials themselves are genuine is for verification to say, before this
is asked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from creditbank.canonical import Digest
from creditbank.credential.facts import UnitFacts
from creditbank.errors import CreditBankError
from creditbank.framework.framework import ConversionPolicy, Framework, Recognition
from creditbank.framework.qualification import Group, Limit, Qualification, Requirement, credits_of
from creditbank.stacking.proof import DocumentRef, NodeTotal, Portion, StackingProof, Use
from creditbank.stacking.rule import Reason, Weighed, admit, lot_key, portion_of, speaks_of
from creditbank.stacking.setting import Setting, level_codes, require_applicable
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
        require_applicable(qualification, setting)
    except CreditBankError as cause:
        return (Fault(cause.slug, "", cause.sentence),)
    sum_ = recount(qualification, proof.uses, facts, setting)
    faults = [*_statement(proof, qualification, setting), *_learner(proof, facts), *sum_.faults]
    if proof.counted != sum_.counted:
        faults.append(
            Fault("wrong-sum", "", f"The proof says {proof.counted} credits; its uses come to {sum_.counted}.")
        )
    if proof.totals != sum_.totals:
        faults.append(Fault("wrong-totals", "", "The proof's totals are not what its uses come to."))
    return tuple(faults)


def _statement(proof: StackingProof, qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """The proof must speak of these rules, this date, this body, and name exactly the documents it used."""
    if proof.date != setting.date:
        yield Fault("other-date", "", f"The proof is of {proof.date}, and was checked for {setting.date}.")
    if proof.awarding != setting.awarding:
        yield Fault("other-body", "", f"The proof is for awards of {proof.awarding}, not of {setting.awarding}.")
    if proof.qualification != DocumentRef.of(qualification):
        yield Fault("other-rules", "", "The proof was made under other rules than these.")
    used_conversions = {use.conversion for use in proof.uses if use.conversion is not None}
    used_recognitions = {use.recognition for use in proof.uses if use.recognition is not None}
    needed = {qualification.framework} if level_codes(qualification) else set()
    frameworks: list[Framework | None] = [setting.frameworks[name] for name in sorted(needed)]
    conversions = [chosen_policy(name, setting) for name in sorted(used_conversions)]
    recognitions = [chosen_decision(name, setting) for name in sorted(used_recognitions)]
    for kind, named, documents in (
        ("framework", proof.frameworks, frameworks),
        ("conversion", proof.conversions, conversions),
        ("recognition", proof.recognitions, recognitions),
    ):
        if named != tuple(DocumentRef.of(document) for document in documents if document is not None):
            yield Fault(f"other-{kind}s", "", f"The proof does not name exactly the {kind} documents it rests on.")


def _learner(proof: StackingProof, facts: Mapping[Digest, UnitFacts]) -> Iterator[Fault]:
    for use in proof.uses:
        unit = facts.get(use.digest)
        if unit is not None and unit.subject != proof.learner:
            yield Fault("other-learner", use.node, f"{use.credential} was not issued to {proof.learner}.")


def chosen_policy(name: str, setting: Setting) -> ConversionPolicy | None:
    """The policy of this name (its id) that the setting adopts: of several versions, the last in force."""
    found = [policy for policy in setting.conversions if policy.id == name and policy.valid_on(setting.date)]
    return max(found, key=lambda policy: (policy.valid_from, policy.version), default=None)


def chosen_decision(name: str, setting: Setting) -> Recognition | None:
    """The recognition of this id: of several, the last decided."""
    found = [item for item in setting.recognitions if item.id == name and item.valid_on(setting.date)]
    return max(found, key=lambda item: (item.decided, item.reason), default=None)


def recount(
    qualification: Qualification, uses: Iterable[Use], facts: Mapping[Digest, UnitFacts], setting: Setting
) -> Recount:
    """Add the uses up under the rules: linear in uses times rules."""
    uses = tuple(uses)
    faults = list(_repeated(uses, facts))
    stack: list[Counted] = []
    for use in uses:
        found = _counted(use, qualification, facts, setting)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            stack.append(found)
    total = _sum(stack)
    faults += _places(stack, qualification, setting)
    faults += _policy_shares(stack, total)
    totals = tuple(
        _requirement(path, node, stack)
        if isinstance(node, Requirement)
        else _limit(path, node, stack, qualification, setting)
        for path, node in qualification.nodes()
        if isinstance(node, Requirement | Limit)
    )
    holding = _holding(qualification, {leaf.node for leaf in totals if leaf.holds})
    faults += _unmet(qualification, holding)
    return Recount(total, totals, holding, tuple(faults))


def _counted(
    use: Use, qualification: Qualification, facts: Mapping[Digest, UnitFacts], setting: Setting
) -> Counted | Fault:
    unit = facts.get(use.digest)
    if unit is None:
        return Fault("unknown-credential", use.node, f"No verified credential has the digest of {use.credential}.")
    conversion = chosen_policy(use.conversion, setting) if use.conversion is not None else None
    recognition = chosen_decision(use.recognition, setting) if use.recognition is not None else None
    weighed = admit(unit, qualification, setting, conversion=conversion, recognition=recognition)
    if isinstance(weighed, Reason):
        return Fault(weighed.slug, use.node, f"{use.credential} may not be counted. {weighed.sentence}")
    own = unit.credits
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
    return Counted(use, weighed, worth)


def _repeated(uses: tuple[Use, ...], facts: Mapping[Digest, UnitFacts]) -> Iterator[Fault]:
    """One credential, one issue and one content count once."""
    units = [facts[use.digest] for use in uses if use.digest in facts]
    for slug, what, keys in (
        ("credential-twice", "credential", [use.credential for use in uses]),
        ("issue-twice", "issue", [lot_key(unit) for unit in units]),
        ("same-content", "content", [unit.content for unit in units if unit.content]),
    ):
        for key, times in sorted(Counter(keys).items()):
            if times > 1:
                yield Fault(slug, "", f"The same {what} is counted {times} times: {key}.")


def _places(stack: list[Counted], qualification: Qualification, setting: Setting) -> Iterator[Fault]:
    """A unit fills a requirement only if the requirement speaks of it; a part never fills a count of units."""
    requirements = {path: node for path, node in qualification.nodes() if isinstance(node, Requirement)}
    for item in stack:
        path = item.use.node
        if not path:
            continue
        node = requirements.get(path)
        if node is None or not speaks_of(node.where, item.unit, qualification, setting):
            yield Fault("wrong-place", path, f"{item.use.credential} does not fit the requirement it is said to fill.")
        elif node.units_at_least is not None and not item.entire:
            yield Fault("part-of-unit", path, f"«{node.title}» counts units, and a part of a unit is not one.")


def _policy_shares(stack: list[Counted], total: Credits) -> Iterator[Fault]:
    """A conversion policy may bound the part of the counted credits that comes through it."""
    policies = {item.unit.conversion.id: item.unit.conversion for item in stack if item.unit.conversion}
    for name, policy in sorted(policies.items()):
        through = _sum(item for item in stack if item.unit.conversion is policy)
        if through.thousandths * policy.share.denominator > total.thousandths * policy.share.numerator:
            yield Fault("policy-share", "", f"{through} of {total} credits came through {name}: over {policy.share}.")


def _sum(stack: Iterable[Counted]) -> Credits:
    return sum((item.credits for item in stack), NONE)


def _requirement(path: str, node: Requirement, stack: list[Counted]) -> NodeTotal:
    here = [item for item in stack if item.use.node == path]
    amount, need = _sum(here), credits_of(node.credits_at_least)
    holds = (need is None or amount >= need) and (node.units_at_least is None or len(here) >= node.units_at_least)
    return NodeTotal(path, amount, len(here), holds)


def _limit(path: str, node: Limit, stack: list[Counted], qualification: Qualification, setting: Setting) -> NodeTotal:
    matching = [item for item in stack if speaks_of(node.where, item.unit, qualification, setting)]
    portions: dict[str, list[Counted]] = {}
    for item in matching:
        portions.setdefault(portion_of(node, item.unit, qualification), []).append(item)
    whole = _sum(stack)
    if node.per is None:
        return NodeTotal(path, _sum(matching), len(matching), _bounded(node, matching, whole))
    holds = all(_bounded(node, part, whole) for part in portions.values())
    parts = tuple(Portion(key, _sum(part), len(part)) for key, part in sorted(portions.items()))
    return NodeTotal(path, _sum(matching), len(matching), holds, parts)


def _bounded(node: Limit, part: list[Counted], whole: Credits) -> bool:
    """Whether a limit's one bound holds for what it runs over. Shares are cross-multiplied, never divided."""
    amount, units, entire = _sum(part), len(part), sum(item.entire for item in part)
    if node.share is not None:
        have, bound = amount.thousandths * node.share.denominator, whole.thousandths * node.share.numerator
        return have >= bound if node.share_at_least is not None else have <= bound
    least, most = credits_of(node.credits_at_least), credits_of(node.credits_at_most)
    return (
        (least is None or amount >= least)
        and (most is None or amount <= most)
        and (node.units_at_least is None or entire >= node.units_at_least)
        and (node.units_at_most is None or units <= node.units_at_most)
    )


def _holding(qualification: Qualification, leaves: set[str]) -> frozenset[str]:
    """The paths of all nodes that hold: a group holds when enough of its nodes do."""
    holding = set(leaves)
    for path, node in reversed(qualification.nodes()):  # children stand after their group
        if isinstance(node, Group) and sum(f"{path}/{child.id}" in holding for child in node.of) >= node.needed:
            holding.add(path)
    return frozenset(holding)


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
