"""The answer as a person reads it: the tree of rules with what meets each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from creditbank.canonical import JsonObject
from creditbank.framework.excepting import Waived
from creditbank.framework.qualification import (
    AnyLeafOrGroup,
    Exclusion,
    Group,
    Leaf,
    Limit,
    Prerequisite,
    Qualification,
    Requirement,
    Where,
    credits_of,
)
from creditbank.stacking.allocation import Allocation, units_used
from creditbank.stacking.checker import Recount, recount
from creditbank.stacking.excepting import applied, sentence_of
from creditbank.stacking.messages import Wording
from creditbank.stacking.problem import Problem, Unit
from creditbank.stacking.proof import NodeTotal, Portion, Use
from creditbank.stacking.rule import over_attempted, points_of, speaks_of, times_of, unknowable, weight_of
from creditbank.stacking.setting import Setting, Standing
from creditbank.stacking.wording import different_words, need_words, portion_words
from creditbank.units import Credits


class Status(StrEnum):
    """How a node stands in the answer, or in the closest answer there is."""

    MET = "met"
    NEEDS_MORE = "needs more"
    WAIVED = "waived"
    NOT_NEEDED = "not needed"
    IN_PROGRESS = "in progress"
    NOT_KNOWN = "not known"
    LEFT_TO_A_PERSON = "left to a person"


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node of the tree as it is shown: what it has, what it needs, which uses it speaks of, a sentence.

    `ahead` tells, by credential, which of these uses are of units that are not earned yet (in a what-if only).
    `exceptions` are the ids of those that are about this very node.
    """

    path: str
    id: str
    kind: str
    title: str
    status: Status
    have: str
    need: str
    sentence: str
    met_by: tuple[Use, ...] = ()
    children: tuple["NodeView", ...] = ()
    ahead: tuple[tuple[str, Standing], ...] = ()
    exceptions: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """The node as it stands in an evaluation; its uses by credential."""
        ahead = dict(self.ahead)
        return {
            "path": self.path,
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "status": self.status.value,
            "have": self.have,
            "need": self.need,
            "sentence": self.sentence,
            "metBy": [
                {
                    "credential": use.credential,
                    "counted": str(use.counted),
                    **({"standing": ahead[use.credential].value} if use.credential in ahead else {}),
                    **({"part": use.part} if use.part else {}),
                }
                for use in self.met_by
            ],
            "children": [child.to_json() for child in self.children],
            **({"exceptions": list(self.exceptions)} if self.exceptions else {}),
        }


@dataclass(frozen=True)
class _Shown:
    """What the tree is drawn from."""

    problem: Problem
    allocation: Allocation
    recount: Recount
    totals: Mapping[str, NodeTotal]
    missing: Mapping[str, tuple[int, int]]
    used: tuple[tuple[Use, Unit], ...]

    @property
    def wording(self) -> Wording:
        return self.problem.setting.wording


def draw(problem: Problem, allocation: Allocation, recount: Recount) -> NodeView:
    """The tree for an allocation that was counted again."""
    missing: dict[str, tuple[int, int]] = {}
    for path, measure, amount in allocation.missing:
        thousandths, units = missing.get(path, (0, 0))
        if measure == "credits":
            missing[path] = (thousandths + amount, units)
        else:
            missing[path] = (thousandths, units + amount)
    totals = {total.node: total for total in recount.totals}
    used = tuple(zip(allocation.uses, units_used(problem, allocation), strict=True))
    tree = _view(_Shown(problem, allocation, recount, totals, missing, used), "", problem.qualification.requires)
    if applied(problem.qualification):
        tree = _noted(tree, problem.qualification)
    return _with_checks(tree, problem.qualification, problem.setting.wording)


def _with_checks(tree: NodeView, qualification: Qualification, wording: Wording) -> NodeView:
    """The tree with the conditions that only a person can check, after its rules. None of them is ever drawn as met."""
    left = tuple(
        NodeView(
            f"{tree.path}/{check.id}",
            check.id,
            "person",
            check.text,
            Status.LEFT_TO_A_PERSON,
            "",
            wording.say("explanation.person-need"),
            wording.say("explanation.person"),
        )
        for check in qualification.checked_by_people
    )
    return replace(tree, children=(*tree.children, *left))


def draw_unknown(qualification: Qualification, setting: Setting) -> NodeView:
    """The tree when the search stopped before anything was certain."""
    return _with_checks(_unknown("", qualification.requires, setting.wording), qualification, setting.wording)


def _unknown(prefix: str, node: AnyLeafOrGroup, wording: Wording) -> NodeView:
    path = f"{prefix}/{node.id}" if prefix else node.id
    node = node.instead_of if isinstance(node, Waived) else node
    children = tuple(_unknown(path, child, wording) for child in node.of) if isinstance(node, Group) else ()
    need = need_words(node, wording)
    sentence = wording.say("explanation.not-known")
    return NodeView(path, node.id, node.kind, node.title, Status.NOT_KNOWN, "", need, sentence, (), children)


def _view(shown: _Shown, prefix: str, node: AnyLeafOrGroup) -> NodeView:
    wording = shown.wording
    path = f"{prefix}/{node.id}" if prefix else node.id
    if isinstance(node, Waived):
        return _waived(shown, path, node)
    status = Status.NEEDS_MORE
    if path in shown.recount.holding:
        status = Status.MET
    elif path not in shown.allocation.selected:
        status = Status.NOT_NEEDED
    if isinstance(node, Group):
        children = tuple(_view(shown, path, child) for child in node.of)
        waived = sum(child.status is Status.WAIVED for child in children)
        held = sum(child.path in shown.recount.holding for child in children) - waived
        if waived and not held and status is Status.MET:
            status = Status.WAIVED
        have = wording.say("explanation.have-group", held=held, count=len(children))
        need = need_words(node, wording)
        sentence = wording.count("explanation.group", held, held=held, count=len(children), need=need)
        if waived:
            numbers = {"held": held, "count": len(children), "waived": waived}
            sentence = wording.count("excepting.group", held, **numbers, need=need)
        return NodeView(path, node.id, node.kind, node.title, status, have, need, sentence, (), children)
    total = shown.totals[path]
    have = _have(shown, node, total)
    sentence = _leaf_sentence(shown, path, node, total, status)
    if over_attempted(node):
        sentence = wording.sentences(sentence, *_about_attempts(shown, node))
    return NodeView(
        path,
        node.id,
        node.kind,
        node.title,
        status,
        have,
        need_words(node, wording),
        sentence,
        _uses(shown, path, node),
    )


def _waived(shown: _Shown, path: str, node: Waived) -> NodeView:
    """A waived node as its rule was written, and never as met: by whom, when and why it was let go."""
    qualification, setting = shown.problem.qualification, shown.problem.setting
    titles = {unit.candidate.facts.credential: unit.candidate.facts.title for unit in shown.problem.units}
    one = next(one for one in applied(qualification) if one.id == node.exception)
    return _let_go(path, node.instead_of, sentence_of(one, node.instead_of, setting, titles), shown.wording)


def _let_go(path: str, node: AnyLeafOrGroup, sentence: str, wording: Wording) -> NodeView:
    node = node.instead_of if isinstance(node, Waived) else node
    below = wording.say("excepting.below-waived")
    inside = node.of if isinstance(node, Group) else ()
    children = tuple(_let_go(f"{path}/{child.id}", child, below, wording) for child in inside)
    need = need_words(node, wording)
    return NodeView(path, node.id, node.kind, node.title, Status.WAIVED, "", need, sentence, (), children)


def _noted(view: NodeView, qualification: Qualification) -> NodeView:
    """The tree with the exceptions noted at the nodes that they are about."""
    ids = tuple(sorted(one.id for one in applied(qualification) if one.node == view.path))
    children = tuple(_noted(child, qualification) for child in view.children)
    return replace(view, children=children, exceptions=ids)


def _uses(shown: _Shown, path: str, node: Leaf) -> tuple[Use, ...]:
    """The uses that a rule speaks of."""
    if isinstance(node, Requirement):
        return tuple(use for use in shown.allocation.uses if path in use.places)
    return tuple(use for use, unit in shown.used if _inside(shown, node, use) and _speaks(shown, node, unit))


def _inside(shown: _Shown, node: Leaf, use: Use) -> bool:
    """Whether a use fills one of the places that a limit runs over, where it runs over no more."""
    if not isinstance(node, Limit) or not node.within:
        return True
    return not set(shown.problem.qualification.places_below(node.within)).isdisjoint(use.places)


def _speaks(shown: _Shown, node: Limit | Prerequisite | Exclusion, unit: Unit) -> bool:
    """Whether a rule speaks of a unit."""
    problem = shown.problem
    wheres = node.between if isinstance(node, Exclusion) else (node.where,)
    base = node.base if isinstance(node, Limit) else None

    def fits(where: Where) -> bool:
        return speaks_of(where, unit.weighed, problem.qualification, problem.setting)

    return any(fits(where) for where in wheres) and (base is None or fits(base))


def _amounts_under(shown: _Shown, node: Limit) -> list[tuple[Fraction, Unit]]:
    """What a limit runs over, each unit with its credits: what counts, or all that was attempted."""
    every = [(use.counted, unit) for use, unit in shown.used if _inside(shown, node, use)]
    if over_attempted(node):
        every = [(Credits(unit.most), unit) for unit in shown.problem.attempted]
    return [(amount.as_fraction(), unit) for amount, unit in every if _speaks(shown, node, unit)]


def _counts_units(node: Requirement | Limit) -> bool:
    if isinstance(node, Limit):
        return node.units_at_least is not None or node.units_at_most is not None or node.weigh_by == "units"
    return node.credits_at_least is None


def _have(shown: _Shown, node: Leaf, total: NodeTotal) -> str:
    wording = shown.wording
    if isinstance(node, Prerequisite):
        return wording.count("explanation.have-needing", total.units, count=Credits(int(total.units * 1000)))
    if isinstance(node, Exclusion):
        return wording.say("explanation.have-choices", count=len(total.portions), all=len(node.between))
    if isinstance(node, Limit) and (said := _have_of_all(shown, node, total)):
        return said
    if isinstance(node, Limit) and node.per is not None:
        return _amount(node, _most(node, total), wording) if total.portions else wording.say("explanation.have-nothing")
    if _counts_units(node):
        return wording.units(total.units)
    credits_ = wording.credits(total.credits.thousandths)
    if isinstance(node, Requirement) and node.units_at_least is not None:
        return wording.say("explanation.have-credits-in-units", credits=credits_, units=wording.units(total.units))
    return credits_


def _have_of_all(shown: _Shown, node: Limit, total: NodeTotal) -> str:
    """What is there where the rule asks for no amount, or an empty text."""
    if node.distinct_at_least is not None or node.distinct_at_most is not None:
        return different_words(node, len(total.portions), shown.wording)
    if node.grading is not None:
        return _grades_words(shown, node, node.grading)
    if (of := credits_of(node.of_last)) is not None:
        have = shown.wording.credits(_among_the_last(shown, node, of.thousandths))
        return shown.wording.say("explanation.have-of-last", credits=have)
    if node.span_at_most is not None:
        days = [unit.candidate.facts.earned for _, unit in _amounts_under(shown, node)]
        if not days:
            return shown.wording.say("explanation.have-nothing")
        if min(days) == max(days):
            return shown.wording.say("explanation.have-earned-on", day=min(days))
        return shown.wording.say("explanation.have-earned", first=min(days), last=max(days))
    return ""


def _among_the_last(shown: _Shown, node: Limit, of: int) -> int:
    """How many of the last so many thousandths are of these: of one day anything else is the later."""
    every = [(use.counted.thousandths, unit) for use, unit in shown.used]
    if over_attempted(node):
        every = [(unit.most, unit) for unit in shown.problem.attempted]
    line = [(unit.candidate.facts.earned, not _speaks(shown, node, unit), amount) for amount, unit in every]
    have, left = 0, of
    for _, other, amount in sorted(line, reverse=True):
        have += 0 if other else min(amount, left)
        left -= min(amount, left)
    return have


def _grades_words(shown: _Shown, node: Limit, scale: str) -> str:
    """The mean or the sum of points of what counts, as the rule takes it."""
    wording, rules, setting = shown.wording, shown.problem.qualification, shown.problem.setting
    graded = [
        (times_of(node, unit.weighed, rules, setting) * weight, points)
        for amount, unit in _amounts_under(shown, node)
        for weight in (weight_of(unit.weighed, rules, setting) if node.weigh_by == "units" else amount,)
        if (points := points_of(scale, unit.weighed, rules)) is not None
    ]
    sum_ = sum((weight * points for weight, points in graded), Fraction(0))
    if node.points_at_least is not None:
        return wording.say("explanation.have-points", points=wording.points(sum_))
    together = sum((weight for weight, _ in graded), Fraction(0))
    if not together:  # nothing is graded, or nobody can say what it is worth
        return wording.say("explanation.have-no-grade")
    mean = sum_ / together
    return wording.say("explanation.have-mean", mean=wording.points(mean))


def _about_attempts(shown: _Shown, node: Leaf) -> list[str]:
    """What a rule over attempted units cannot show, and the unit that leaves it open, where one does."""
    return [*doubt_words(shown.problem, node), shown.wording.say("explanation.attempted")]


def _leaf_sentence(shown: _Shown, path: str, node: Leaf, total: NodeTotal, status: Status) -> str:
    wording = shown.wording
    have, need = _have(shown, node, total), need_words(node, wording)
    if status is Status.NOT_NEEDED:
        return wording.say("explanation.leaf-not-needed", need=need)
    if status is Status.NEEDS_MORE:
        have = _have_in_portion(shown, node, total) or have
        missing = wording.amounts(*_missing(shown, path, node, total))
        if not missing:
            return wording.say("explanation.leaf-fails", have=have, need=need)
        return wording.say("explanation.leaf-needs", have=have, need=need, missing=missing)
    if isinstance(node, Prerequisite) and not total.units:
        return wording.say("explanation.leaf-nothing", need=need)
    if isinstance(node, Limit) and _is_share_of_all(node):
        return wording.say("explanation.leaf-share", have=have, counted=shown.recount.counted, need=need)
    if isinstance(node, Limit) and node.per is not None and not node.bound.startswith("distinct"):
        return _portions_sentence(shown, node, total, need)
    return wording.say("explanation.leaf", have=have, need=need)


def _is_share_of_all(node: Limit) -> bool:
    """Whether it is a share of all credits that count, so that these say what it is a share of."""
    counted = node.over == "counted" and not node.within
    plain = node.base is None and node.weigh_by == "credits" and not node.weights
    return node.share is not None and plain and counted


def _missing(shown: _Shown, path: str, node: Leaf, total: NodeTotal) -> tuple[int, Fraction | int]:
    """How many more thousandths of credit and how many more units a rule needs."""
    amount: int
    units: Fraction | int
    amount, units = shown.missing.get(path, (0, 0))
    if isinstance(node, Exclusion | Prerequisite):
        return amount, units
    if not amount and (least := credits_of(node.credits_at_least)) is not None:
        amount = max(0, least.thousandths - total.credits.thousandths)
    if not units and node.units_at_least is not None:
        units = max(0, node.units_at_least - total.units)
    return amount, units


def _portions_sentence(shown: _Shown, node: Limit, total: NodeTotal, need: str) -> str:
    wording = shown.wording
    if not total.portions:
        return wording.say("explanation.leaf-nothing", need=need)
    top = _most(node, total)
    portion = portion_words(node, top.of, shown.problem.setting, shown.problem.titles)
    message = "explanation.leaf-least" if node.in_each_at_least is not None else "explanation.leaf-most"
    return wording.say(message, amount=_amount(node, top, wording), portion=portion, need=need)


def _have_in_portion(shown: _Shown, node: Leaf, total: NodeTotal) -> str:
    """What there is in the portion that comes closest to a bound of each portion, and which that is; else empty."""
    if not isinstance(node, Limit) or node.per is None or node.bound.startswith("distinct") or not total.portions:
        return ""
    top = _most(node, total)
    portion = portion_words(node, top.of, shown.problem.setting, shown.problem.titles)
    return shown.wording.say("explanation.have-portion", amount=_amount(node, top, shown.wording), portion=portion)


def _most(node: Limit, total: NodeTotal) -> Portion:
    """The provider or window that comes closest to a limit that each has to itself."""
    units = _counts_units(node)
    if node.in_each_at_least is not None:
        return min(total.portions, key=lambda part: (part.credits.thousandths, part.of))
    return max(total.portions, key=lambda part: (part.units if units else part.credits.thousandths, part.of))


def _amount(node: Limit, part: Portion, wording: Wording) -> str:
    return wording.units(part.units) if _counts_units(node) else wording.credits(part.credits.thousandths)


def totals_sentence(recount: Recount, setting: Setting, qualification: Qualification) -> str:
    """The headline of a yes, with how many conditions it leaves to a person."""
    wording, counted = setting.wording, recount.counted
    said = wording.count(
        "explanation.adds-up",
        counted.as_fraction(),
        credits=wording.credits(counted.thousandths),
        title=qualification.title,
        body=setting.name_of(setting.awarding),
    )
    if number := len(applied(qualification)):
        said = wording.sentences(said, wording.count("excepting.rests", number, count=number))
    left = len(qualification.checked_by_people)
    return wording.sentences(said, wording.count("explanation.remaining", left, count=left)) if left else said


def attempts_words(problem: Problem, path: str, node: Leaf) -> str:
    """What all attempted units come to under a rule that runs over these: `3 units of «Examination»`."""
    facts = {unit.given.digest: unit.given.facts for unit in problem.attempted}
    sum_ = recount(problem.qualification, (), facts, problem.setting, attempted=problem.attempts)
    totals = {total.node: total for total in sum_.totals}
    shown = _Shown(problem, Allocation((), frozenset()), sum_, totals, {}, ())
    return _have_in_portion(shown, node, totals[path]) or _have(shown, node, totals[path])


def doubt_words(problem: Problem, node: Leaf) -> tuple[str, ...]:
    """Which attempted unit leaves open whether a rule holds, where one does."""
    tried = [unit.weighed for unit in problem.attempted]
    doubt = unknowable(node, tried, problem.qualification, problem.setting)
    if doubt is None:
        return ()
    facts, say = doubt.facts, problem.setting.wording.say
    return (say("conflict.attempted-unknown", title=facts.title, credits=facts.credits),)
