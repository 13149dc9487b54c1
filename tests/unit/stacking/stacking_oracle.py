"""A slow oracle of the tests' own: it tries every amount and every place, and reads the rules by itself.

It shares no code with the room it judges. Rules come as the plain dictionaries the documents are made of; amounts are
thousandths. It understands the constructs that random instances use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from typing import Any

Rules = dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """One unit as the oracle sees it. `home` units are in the rules' own credits, others convert."""

    id: str
    credits: int
    available: int
    provider: str
    category: str
    mode: str
    window: int
    content: str
    issue: str
    home: bool = True


@dataclass(frozen=True)
class Exchange:
    """The one conversion policy of an instance."""

    ratio: Fraction
    step: int
    half_up: bool
    share: Fraction

    def worth(self, amount: int, whole: int) -> int:
        exact = amount * self.ratio / self.step
        if self.half_up and amount == whole:
            exact += Fraction(1, 2)
        return int(exact // 1) * self.step


@dataclass(frozen=True)
class Instance:
    """Rules, units, and whether units count whole only."""

    root: Rules
    things: tuple[Thing, ...]
    whole: bool
    exchange: Exchange | None


Choice = tuple[Thing, int, int, str]
"""A unit, how much of it, what that counts, and the requirement it fills (or an empty string)."""


def leaves(node: Rules) -> Iterator[Rules]:
    if node["kind"] in ("all", "any", "n-of"):
        for child in node["of"]:
            yield from leaves(child)
    else:
        yield node


def speaks(where: dict[str, Any], thing: Thing) -> bool:
    for field, value in (("category", thing.category), ("mode", thing.mode), ("provider", thing.provider)):
        if where.get(field) and value not in where[field]:
            return False
    return not (where.get("excluding") and speaks(where["excluding"], thing))


@cache
def fraction(text: str) -> Fraction:
    return Fraction(text)


@cache
def thousandths(text: str) -> int:
    return int(Fraction(text) * 1000)


def worth(instance: Instance, thing: Thing, amount: int) -> int:
    if thing.home:
        return amount
    return instance.exchange.worth(amount, thing.credits) if instance.exchange else 0


def options(instance: Instance, thing: Thing) -> list[Choice | None]:
    """Every way to use one unit, and not to use it."""
    amounts: list[int] = list(range(1, thing.available + 1))
    if not thing.home and instance.exchange and instance.exchange.ratio > instance.exchange.step:
        amounts = [thing.available] if thing.available else []
    if instance.whole:
        amounts = [thing.credits] if thing.available == thing.credits else []
    found: list[Choice | None] = [None]
    for amount in amounts:
        counted = worth(instance, thing, amount)
        if not counted:
            continue
        found.append((thing, amount, counted, ""))
        for leaf in leaves(instance.root):
            if leaf["kind"] != "requirement" or not speaks(leaf.get("where", {}), thing):
                continue
            if leaf.get("units_at_least") and amount != thing.credits:
                continue
            found.append((thing, amount, counted, leaf["id"]))
    return found


def stacks(instance: Instance) -> Iterator[list[Choice]]:
    """Every stack in which one issue and one content count once and the policy's share is kept."""
    for picks in product(*(options(instance, thing) for thing in instance.things)):
        stack = [pick for pick in picks if pick is not None]
        issues = [thing.issue for thing, *_ in stack]
        contents = [thing.content for thing, *_ in stack if thing.content]
        if len(set(issues)) < len(issues) or len(set(contents)) < len(contents):
            continue
        yield stack


def share_kept(instance: Instance, stack: list[Choice], extra: int = 0) -> bool:
    if instance.exchange is None:
        return True
    foreign = sum(counted for thing, _, counted, _ in stack if not thing.home)
    return foreign <= instance.exchange.share * (sum(choice[2] for choice in stack) + extra)


def portions(leaf: Rules, stack: list[Choice]) -> list[list[Choice]]:
    inside = [choice for choice in stack if speaks(leaf.get("where", {}), choice[0])]
    if "per" not in leaf:
        return [inside]
    key = (lambda thing: thing.provider) if leaf["per"] == "provider" else (lambda thing: thing.window)
    return [[choice for choice in inside if key(choice[0]) == one] for one in {key(choice[0]) for choice in inside}]


def holds(leaf: Rules, stack: list[Choice]) -> bool:
    if leaf["kind"] == "requirement":
        here = [choice for choice in stack if choice[3] == leaf["id"]]
        enough = sum(choice[2] for choice in here) >= thousandths(leaf.get("credits_at_least", "0"))
        return enough and len(here) >= leaf.get("units_at_least", 0)
    total = sum(choice[2] for choice in stack)
    return all(_bound(leaf, part, total) for part in portions(leaf, stack))


def _bound(leaf: Rules, part: list[Choice], total: int) -> bool:
    amount = sum(choice[2] for choice in part)
    entire = sum(choice[1] == choice[0].credits for choice in part)
    return {
        "credits_at_least": lambda end: amount >= thousandths(end),
        "credits_at_most": lambda end: amount <= thousandths(end),
        "units_at_least": lambda end: entire >= end,
        "units_at_most": lambda end: len(part) <= end,
        "share_at_least": lambda end: amount >= fraction(end) * total,
        "share_at_most": lambda end: amount <= fraction(end) * total,
    }[end_of(leaf)](leaf[end_of(leaf)])


def end_of(leaf: Rules) -> str:
    return next(name for name in leaf if name.endswith(("_at_least", "_at_most")))


def tree_holds(node: Rules, held: set[str]) -> bool:
    if node["kind"] not in ("all", "any", "n-of"):
        return node["id"] in held
    true = sum(tree_holds(child, held) for child in node["of"])
    return true >= {"all": len(node["of"]), "any": 1}.get(node["kind"], node.get("n", 0))


def satisfies(node: Rules, stack: list[Choice]) -> bool:
    """Whether a stack satisfies a tree; no rule is looked at that no longer matters."""
    if node["kind"] == "all":
        return all(satisfies(child, stack) for child in node["of"])
    if node["kind"] not in ("any", "n-of"):
        return holds(node, stack)
    return sum(satisfies(child, stack) for child in node["of"]) >= node.get("n", 1)


def fewest_credits(instance: Instance) -> int | None:
    """The fewest credits of any stack that satisfies the rules, or None when there is none."""
    best = None
    for stack in stacks(instance):
        total = sum(choice[2] for choice in stack)
        if (best is None or total < best) and share_kept(instance, stack) and satisfies(instance.root, stack):
            best = total
    return best


def smallest_gap(instance: Instance, most: int = 60) -> tuple[int, int] | None:
    """The fewest further credits, then units, of whatever kind helps most: by trying every number of them."""
    all_leaves = list(leaves(instance.root))
    chosen = [
        set(names)
        for size in range(len(all_leaves) + 1)
        for names in combinations([leaf["id"] for leaf in all_leaves], size)
        if tree_holds(instance.root, set(names))
    ]
    best: tuple[int, int] | None = None
    for stack in stacks(instance):
        for names in chosen:
            found = _gap_of([leaf for leaf in all_leaves if leaf["id"] in names], instance, stack, best, most)
            if found is not None:
                best = found
    return best


def _gap_of(
    asked: list[Rules], instance: Instance, stack: list[Choice], best: tuple[int, int] | None, most: int
) -> tuple[int, int] | None:
    places = [leaf for leaf in asked if leaf["kind"] == "requirement"]
    short = sum(
        max(0, thousandths(leaf.get("credits_at_least", "0")) - sum(c[2] for c in stack if c[3] == leaf["id"]))
        for leaf in places
    )
    units = sum(max(0, leaf.get("units_at_least", 0) - sum(c[3] == leaf["id"] for c in stack)) for leaf in places)
    limits = [leaf for leaf in asked if leaf["kind"] == "limit"]
    for leaf in limits:
        if end_of(leaf) == "units_at_least":
            [part] = portions(leaf, stack)
            units = max(units, leaf["units_at_least"] - sum(c[1] == c[0].credits for c in part))
    for leaf in limits:
        over_all = end_of(leaf) == "units_at_most" and not leaf.get("where") and "per" not in leaf
        if over_all and len(stack) + units > leaf["units_at_most"]:
            return None
    for credits in range(short, (best[0] if best else most) + 1):
        if best is not None and (credits, units) >= best:
            return None
        if share_kept(instance, stack, credits) and all(_with_extra(leaf, stack, credits) for leaf in limits):
            return credits, units
    return None


def _with_extra(leaf: Rules, stack: list[Choice], extra: int) -> bool:
    end = end_of(leaf)
    total = sum(choice[2] for choice in stack) + extra
    everything = not leaf.get("where") and "per" not in leaf
    for part in portions(leaf, stack):
        amount = sum(choice[2] for choice in part)
        if end in ("credits_at_least", "share_at_least") or everything:
            amount += extra
        if end == "units_at_least":
            continue
        if end == "units_at_most":
            if len(part) > leaf[end]:
                return False
            continue
        bound = thousandths(leaf[end]) if end.startswith("credits") else fraction(leaf[end]) * total
        if not (amount >= bound if end.endswith("least") else amount <= bound):
            return False
    return True


def fewest_more(instance: Instance, offers: tuple[Thing, ...]) -> int | None:
    """The fewest offered units with which the rules can be satisfied, or None."""
    wider = Instance(instance.root, (*instance.things, *offers), instance.whole, instance.exchange)
    offered, best = {offer.id for offer in offers}, None
    for stack in stacks(wider):
        used = sum(choice[0].id in offered for choice in stack)
        if (best is None or used < best) and share_kept(wider, stack) and satisfies(wider.root, stack):
            best = used
    return best
