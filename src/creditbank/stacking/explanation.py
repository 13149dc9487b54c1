"""The answer as a person reads it: the tree of rules with what meets each, and why each other unit is not
counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from creditbank.canonical import JsonObject
from creditbank.framework.qualification import AnyLeafOrGroup, Group, Limit, Qualification, Requirement, credits_of
from creditbank.stacking.allocation import Allocation, units_used
from creditbank.stacking.checker import Recount
from creditbank.stacking.problem import NotCounted, Problem, Unit
from creditbank.stacking.proof import NodeTotal, Portion, Use
from creditbank.stacking.rule import lot_key, speaks_of
from creditbank.stacking.setting import Setting
from creditbank.stacking.wording import bounded_words, credits_words, joined, need_words, number_words


class Status(StrEnum):
    """How a node stands in the answer, or in the closest answer there is."""

    MET = "met"
    NEEDS_MORE = "needs more"
    WAIVED = "waived"
    NOT_NEEDED = "not needed"
    NOT_KNOWN = "not known"
    LEFT_TO_A_PERSON = "left to a person"


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node of the tree as it is shown: what it has, what it needs, which uses it speaks of, a sentence."""

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

    def to_json(self) -> JsonObject:
        """The node as it stands in an evaluation; its uses by credential."""
        return {
            "path": self.path,
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "status": self.status.value,
            "have": self.have,
            "need": self.need,
            "sentence": self.sentence,
            "metBy": [{"credential": use.credential, "counted": str(use.counted)} for use in self.met_by],
            "children": [child.to_json() for child in self.children],
        }


@dataclass(frozen=True)
class _Shown:
    """What the tree is drawn from."""

    problem: Problem
    allocation: Allocation
    recount: Recount
    totals: Mapping[str, NodeTotal]
    missing: Mapping[str, tuple[int, int]]


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
    tree = _view(_Shown(problem, allocation, recount, totals, missing), "", problem.qualification.requires)
    return _with_checks(tree, problem.qualification)


def _with_checks(tree: NodeView, qualification: Qualification) -> NodeView:
    """The tree with the conditions that only a person can check, after its rules. None of them is ever drawn as met."""
    left = tuple(
        NodeView(
            f"{tree.path}/{check.id}",
            check.id,
            "person",
            check.text,
            Status.LEFT_TO_A_PERSON,
            "",
            "a person has to check this",
            "No credential can show this: a person has to check it.",
        )
        for check in qualification.checked_by_people
    )
    return replace(tree, children=(*tree.children, *left))


def draw_unknown(qualification: Qualification) -> NodeView:
    """The tree when the search stopped before anything was certain."""
    return _with_checks(_unknown("", qualification.requires), qualification)


def _unknown(prefix: str, node: AnyLeafOrGroup) -> NodeView:
    path = f"{prefix}/{node.id}" if prefix else node.id
    children = tuple(_unknown(path, child) for child in node.of) if isinstance(node, Group) else ()
    assert isinstance(node, Group | Requirement | Limit), "other rules are refused before anything is weighed"
    need = _group_need(node) if isinstance(node, Group) else need_words(node)
    sentence = "The search stopped before this was certain."
    return NodeView(path, node.id, node.kind, node.title, Status.NOT_KNOWN, "", need, sentence, (), children)


def _view(shown: _Shown, prefix: str, node: AnyLeafOrGroup) -> NodeView:
    path = f"{prefix}/{node.id}" if prefix else node.id
    status = Status.NEEDS_MORE
    if path in shown.recount.holding:
        status = Status.MET
    elif path not in shown.allocation.selected:
        status = Status.NOT_NEEDED
    if isinstance(node, Group):
        children = tuple(_view(shown, path, child) for child in node.of)
        held = sum(child.path in shown.recount.holding for child in children)
        have = f"{held} of {len(children)}"
        sentence = f"{have} {'holds' if held == 1 else 'hold'}; {_group_need(node)}."
        return NodeView(path, node.id, node.kind, node.title, status, have, _group_need(node), sentence, (), children)
    assert isinstance(node, Requirement | Limit), "other rules are refused before anything is weighed"
    total = shown.totals[path]
    have = _have(node, total)
    sentence = _leaf_sentence(shown, path, node, total, status)
    return NodeView(
        path,
        node.id,
        node.kind,
        node.title,
        status,
        have,
        need_words(node),
        sentence,
        _uses(shown, path, node),
    )


def _group_need(node: Group) -> str:
    if node.kind == "all":
        return "all are needed"
    return f"{node.needed} {'is' if node.needed == 1 else 'are'} needed"


def _uses(shown: _Shown, path: str, node: Requirement | Limit) -> tuple[Use, ...]:
    if isinstance(node, Requirement):
        return tuple(use for use in shown.allocation.uses if use.node == path)
    problem = shown.problem
    return tuple(
        use
        for use, unit in zip(shown.allocation.uses, units_used(problem, shown.allocation), strict=True)
        if speaks_of(node.where, unit.weighed, problem.qualification, problem.setting)
    )


def _counts_units(node: Requirement | Limit) -> bool:
    if isinstance(node, Limit):
        return node.units_at_least is not None or node.units_at_most is not None
    return node.credits_at_least is None


def _have(node: Requirement | Limit, total: NodeTotal) -> str:
    if isinstance(node, Limit) and node.per is not None:
        return _amount(node, _most(node, total)) if total.portions else "nothing"
    if _counts_units(node):
        return number_words(total.units)
    if isinstance(node, Requirement) and node.units_at_least is not None:
        return f"{credits_words(total.credits.thousandths)} in {number_words(total.units)}"
    return credits_words(total.credits.thousandths)


def _leaf_sentence(shown: _Shown, path: str, node: Requirement | Limit, total: NodeTotal, status: Status) -> str:
    have, need = _have(node, total), need_words(node)
    if status is Status.NOT_NEEDED:
        return f"Not needed here: the answer goes another way ({need})."
    if status is Status.NEEDS_MORE:
        return f"{have}; {need}: {_needs(shown, path, node, total)}."
    if isinstance(node, Limit) and node.share is not None:
        return f"{have} of {shown.recount.counted} counted; {need}."
    if isinstance(node, Limit) and node.per is not None:
        return _portions_sentence(shown, node, total, need)
    return f"{have}; {need}."


def _needs(shown: _Shown, path: str, node: Requirement | Limit, total: NodeTotal) -> str:
    amount, units = shown.missing.get(path, (0, 0))
    if not amount and (least := credits_of(node.credits_at_least)) is not None:
        amount = max(0, least.thousandths - total.credits.thousandths)
    if not units and node.units_at_least is not None:
        units = max(0, node.units_at_least - total.units)
    parts = ([credits_words(amount)] if amount else []) + ([number_words(units)] if units else [])
    return f"needs {joined(parts)} more" if parts else "does not hold"


def _portions_sentence(shown: _Shown, node: Limit, total: NodeTotal, need: str) -> str:
    if not total.portions:
        return f"Nothing counted falls under it; {need}."
    top = _most(node, total)
    setting = shown.problem.setting
    where = f"from {setting.name_of(top.of)}" if node.per == "provider" else f"in the one begun {top.of}"
    return f"The most is {_amount(node, top)}, {where}; {need}."


def _most(node: Limit, total: NodeTotal) -> Portion:
    """The provider or window that comes closest to a limit that each has to itself."""
    units = _counts_units(node)
    return max(total.portions, key=lambda part: (part.units if units else part.credits.thousandths, part.of))


def _amount(node: Limit, part: Portion) -> str:
    return number_words(part.units) if _counts_units(node) else credits_words(part.credits.thousandths)


def left_over(problem: Problem, allocation: Allocation, *, adds_up: bool) -> Iterable[NotCounted]:
    """For each admitted unit that the answer does not use, the first reason that applies."""
    used = units_used(problem, allocation)
    for unit in problem.units:
        if unit.offered or unit in used:
            continue
        slug, sentence = (
            _repeats(unit, used) or (None if adds_up else _over_limit(problem, unit, used)) or _idle(adds_up)
        )
        yield NotCounted(unit.candidate.facts.credential, slug, sentence, unit.candidate.facts.title)


def _repeats(unit: Unit, used: tuple[Unit, ...]) -> tuple[str, str] | None:
    own = unit.candidate.facts
    for other in used:
        facts = other.candidate.facts
        if lot_key(facts) == lot_key(own) or facts.credential == own.credential:
            return "same-issue", f"It is another issue of «{facts.title}», which is counted."
        if own.content and facts.content == own.content:
            return "same-content", f"It has the same content as «{facts.title}», which is counted."
    return None


def _over_limit(problem: Problem, unit: Unit, used: tuple[Unit, ...]) -> tuple[str, str] | None:
    """The first maximum that the whole unit would break if it were counted too."""
    nodes = dict(problem.qualification.nodes())
    members = [
        *(index for index, other in enumerate(problem.units) if other in used),
        problem.units.index(unit),
    ]
    for bound in problem.bounds:
        node = nodes.get(bound.node)
        if bound.most is None or not isinstance(node, Limit) or bound.weights[members[-1]] <= 0:
            continue
        steps = [problem.units[index].steps if bound.measure == "credits" else 1 for index in members]
        total = sum(bound.weights[index] * count for index, count in zip(members, steps, strict=True))
        if total > bound.most:
            return "over-limit", f"With what is counted it would be too much: {bounded_words(node)}."
    return None


def _idle(adds_up: bool) -> tuple[str, str]:
    if adds_up:
        return "not-needed", "It is not needed: the rules are met without it."
    return "no-help", "It helps none of the rules that are still open."


def totals_sentence(recount: Recount, setting: Setting, qualification: Qualification) -> str:
    """The headline of a yes, with how many conditions it leaves to a person."""
    counted = credits_words(recount.counted.thousandths)
    body = setting.name_of(setting.awarding)
    said = f"It adds up: {counted} are counted towards «{qualification.title}» of {body}."
    left = len(qualification.checked_by_people)
    if not left:
        return said
    return f"{said} {left} condition{' remains' if left == 1 else 's remain'} for a person to check."
