"""The slow oracle for several awards at once: every satisfying stack of each award, and every way to pair them.

Like `stacking_oracle`, on which it builds, it shares no code with the room it judges. All awards speak of the same
things; what one counts of a thing, in the thing's own amounts, the others cannot count too, but for what is shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from stacking_oracle import Instance, holds, leaves, share_kept, stacks, tree_holds

Usage = tuple[int, ...]
"""How much of each thing is used, in its own amounts."""


@dataclass(frozen=True)
class Permission:
    """So many things, or so much of the home things, may count in both of two awards (by number)."""

    between: tuple[int, int]
    units: int | None = None
    amount: int | None = None


def usages(instance: Instance) -> dict[Usage, int]:
    """Every use of things that satisfies one award, with the fewest credits that it can count."""
    found: dict[Usage, int] = {}
    for stack in stacks(instance):
        if not share_kept(instance, stack):
            continue
        held = {leaf["id"] for leaf in leaves(instance.root) if holds(leaf, stack)}
        if not tree_holds(instance.root, held):
            continue
        used = {thing.id: amount for thing, amount, *_ in stack}
        key = tuple(used.get(thing.id, 0) for thing in instance.things)
        total = sum(choice[2] for choice in stack)
        found[key] = min(total, found.get(key, total))
    return found


def fewest_together(instances: Sequence[Instance], permission: Permission | None = None) -> int | None:
    """The fewest credits, over all awards, with which all of them are satisfied; None when they cannot be."""
    best = None
    for picks in product(*(usages(instance).items() for instance in instances)):
        total = sum(credits for _, credits in picks)
        if (best is None or total < best) and _fit(instances[0], [usage for usage, _ in picks], permission):
            best = total
    return best


def _fit(instance: Instance, together: Sequence[Usage], permission: Permission | None) -> bool:
    units = amount = 0
    issues: dict[str, set[str]] = {}
    for position, thing in enumerate(instance.things):
        used = [usage[position] for usage in together]
        if any(used):
            issues.setdefault(thing.issue, set()).add(thing.id)
        over = sum(used) - thing.available
        if over <= 0:
            continue
        if permission is None or any(used[award] < over for award in permission.between):
            return False
        if permission.amount is not None and not thing.home:
            return False
        units += 1
        amount += over
    if any(len(things) > 1 for things in issues.values()):
        return False
    if permission is None:
        return True
    return (permission.units is None or units <= permission.units) and (
        permission.amount is None or amount <= permission.amount
    )
